using System.Text.Json.Nodes;
using Parley.Emulators.Meta;

namespace Parley.Emulators.Phone;

/// <summary>A page on which one is the customer: write, send files, tap buttons, and see what the business answers.</summary>
internal static class PhonePage
{
    static readonly byte[] Page = ReadPage();

    public static void MapPhone(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Results.Redirect("/phone"));
        routes.MapGet("/phone", () => Results.Bytes(Page, "text/html; charset=utf-8"));
        routes.MapGet("/phone/numbers", (MetaEmulator meta) => meta.Numbers());
        routes.MapGet("/phone/chat", Chat);
        routes.MapPost("/phone/say", Say);
        routes.MapGet("/phone/media/{id}", Media);
    }

    static IResult Chat(string number, string me, MetaEmulator meta, Phones phones, bool visible = true)
    {
        var person = me.TrimStart('+');
        phones.Open(number, person);
        if (visible) meta.ReadByCustomer(number, person);
        return Results.Json(phones.Chat(number, person).Select(message => new
        {
            id = message.Id, mine = message.Mine, at = message.At, state = message.State, reaction = message.Reaction, body = message.Body,
        }));
    }

    // The same as /say; a reaction and a tap are written by the page as the provider writes them, under "message".
    static async Task<IResult> Say(JsonObject request, MetaEmulator meta, Phones phones)
    {
        if ((string?)request["to"] is not { } number || meta.Find(number) is not { } account)
            return TypedResults.Problem("Nothing is connected under this number.", statusCode: 404, title: "Not connected");
        if ((string?)request["from"] is not { Length: > 4 } from) return TypedResults.Problem("from is missing.", statusCode: 400, title: "Bad request");
        phones.Open(number, from.TrimStart('+'));
        var (id, status) = await meta.SayAsync(account, request, wait: true);
        return Results.Ok(new { id, delivered = status is >= 200 and <= 299 });
    }

    static IResult Media(string id, HttpResponse response, MetaFiles files)
    {
        if (files.Find(id) is not { } file) return Results.NotFound();
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        var mayShow = file.MimeType is "image/jpeg" or "image/png" or "image/webp" || file.MimeType.StartsWith("audio/", StringComparison.Ordinal) || file.MimeType.StartsWith("video/", StringComparison.Ordinal);
        return Results.Bytes(file.Bytes, mayShow ? file.MimeType : "application/octet-stream", mayShow ? null : "file", enableRangeProcessing: true);
    }

    static byte[] ReadPage()
    {
        using var stream = typeof(PhonePage).Assembly.GetManifestResourceStream("phone.html")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
