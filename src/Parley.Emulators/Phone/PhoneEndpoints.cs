using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Emulators.Meta;

namespace Parley.Emulators.Phone;

/// <summary>A page that plays a customer's phone, and what it calls.</summary>
internal static class PhoneEndpoints
{
    public static void MapPhone(this IEndpointRouteBuilder routes)
    {
        var phone = routes.MapGroup("/phone");
        phone.MapGet("", PhonePage.Show);
        phone.MapGet("/numbers", (PhoneLines lines) => new { items = lines.List() });
        phone.MapGet("/chat", Chat);
        phone.MapGet("/events", Events);
        phone.MapPost("/messages", Write);
        phone.MapPost("/files", SendFile);
        phone.MapPost("/read", Read);
        phone.MapGet("/media/{id}", Media);
    }

    static Results<Ok<PhoneView>, ProblemHttpResult> Chat(string number, string me, PhoneLines lines, PhoneChats chats, long since = 0)
    {
        if (Stranger(number, me, lines) is { } stranger) return stranger;
        return TypedResults.Ok(Open(number, me, chats).Since(since).View);
    }

    static Results<ServerSentEventsResult<PhoneView>, ProblemHttpResult> Events(
        string number, string me, HttpRequest request, PhoneLines lines, PhoneChats chats, IHostApplicationLifetime lifetime, long since = 0)
    {
        if (Stranger(number, me, lines) is { } stranger) return stranger;
        if (long.TryParse(request.Headers["Last-Event-ID"], out var last)) since = last;
        return TypedResults.ServerSentEvents(Follow(Open(number, me, chats), since, lifetime.ApplicationStopping, request.HttpContext.RequestAborted));
    }

    static async IAsyncEnumerable<SseItem<PhoneView>> Follow(PhoneChat chat, long since, CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping, gone);
        while (!ends.IsCancellationRequested)
        {
            var (view, changed) = chat.Since(since);
            since = view.Rev;
            yield return new(view, "chat") { EventId = view.Rev.ToString() };
            // An event at least every 15 seconds: proxies hang up on silence, and a page that is gone is noticed.
            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromSeconds(15), ends.Token));
        }
    }

    static async Task<IResult> Write(JsonObject request, PhoneLines lines)
    {
        if (Stranger(request.Text("number"), request.Text("me"), lines) is { } stranger) return stranger;
        var said = new JsonObject { ["from"] = request.Text("me"), ["type"] = request.Text("type") ?? "text" };
        foreach (var part in new[] { "name", "text", "location", "contacts", "reaction", "interactive", "button", "reply_to" })
            if (request[part] is { } value) said[part] = value.DeepClone();
        var type = said.Text("type")!;
        if (type == "text" ? string.IsNullOrWhiteSpace(said.Text("text")) : type is not ("location" or "contacts" or "reaction" or "interactive" or "button") || said[type] is null)
            return TypedResults.Problem($"There is no {type} in it.", statusCode: 400, title: "Nothing to send");
        return await SayAsync(request.Text("number")!, said, null, lines);
    }

    // The body is the file, the rest is in the query: a video need not become base64 in a browser.
    static async Task<IResult> SendFile(string number, string me, string type, HttpRequest request, PhoneLines lines, string? name = null, string? file_name = null, string? caption = null, string? reply_to = null)
    {
        if (Stranger(number, me, lines) is { } stranger) return stranger;
        if (!MetaMediaRules.Types.Contains(type)) return TypedResults.Problem($"type is one of {string.Join(", ", MetaMediaRules.Types)}.", statusCode: 400, title: "Bad request");
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
        if (bytes.Length is 0 or > 100 * 1024 * 1024) return TypedResults.Problem("A file has at least one byte and at most 100 MB.", statusCode: 400, title: "Not a file to send");
        var mimeType = string.IsNullOrEmpty(request.ContentType) ? "application/octet-stream" : request.ContentType;
        var said = new JsonObject { ["from"] = me, ["type"] = type };
        if (name is not null) said["name"] = name;
        if (reply_to is not null) said["reply_to"] = reply_to;
        return await SayAsync(number, said, new(type, mimeType, bytes.ToArray(), file_name, caption), lines);
    }

    static async Task<IResult> SayAsync(string number, JsonObject said, PhoneFile? file, PhoneLines lines)
    {
        var line = lines.Find(number)!;
        if (line.Refuse(number, said.Text("type")!) is { } refused) return TypedResults.Problem(refused, statusCode: 400, title: "Not on this channel");
        var (id, status) = await line.SayAsync(number, said, file);
        return Results.Ok(new { id, delivered = status is >= 200 and <= 299, status });
    }

    static Results<Ok<JsonObject>, ProblemHttpResult> Read(JsonObject request, PhoneLines lines, PhoneChats chats)
    {
        if (Stranger(request.Text("number"), request.Text("me"), lines) is { } stranger) return stranger;
        var unread = Open(request.Text("number")!, request.Text("me")!, chats).Change(message => message is { Mine: false, State: "delivered" }, message => message with { State = "read" });
        foreach (var message in unread) lines.Find(request.Text("number"))!.Read(request.Text("number")!, request.Text("me")!, message);
        return TypedResults.Ok(new JsonObject { ["read"] = unread.Count });
    }

    static Results<FileContentHttpResult, NotFound> Media(string id, HttpResponse response, PhoneLines lines)
    {
        if (lines.FindMedia(id) is not var (bytes, mimeType)) return TypedResults.NotFound();
        // A customer or a business may send a page with scripts: it must not run here.
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        var baseType = MetaMediaRules.BaseType(mimeType);
        var shown = baseType.Split('/')[0] is "image" or "audio" or "video" && baseType != "image/svg+xml";
        if (!shown) response.Headers.ContentDisposition = "attachment";
        return TypedResults.File(bytes, shown ? mimeType : "application/octet-stream", enableRangeProcessing: true);
    }

    static PhoneChat Open(string number, string me, PhoneChats chats)
    {
        var chat = chats.Of(number, me);
        chat.IsPlayed = true;
        return chat;
    }

    static ProblemHttpResult? Stranger(string? number, string? me, PhoneLines lines) =>
        lines.Find(number) is null ? TypedResults.Problem($"Nobody has connected {number}. POST /connect first.", statusCode: 404, title: "Not connected")
        : me is null || me.TrimStart('+') is not { Length: >= 5 and <= 20 } digits || !digits.All(char.IsAsciiDigit) ? TypedResults.Problem("me is a telephone number: digits, with or without a +.", statusCode: 400, title: "Who are you?")
        : null;
}
