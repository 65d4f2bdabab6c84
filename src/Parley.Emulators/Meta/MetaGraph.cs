using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>The Graph endpoints of the WhatsApp Cloud API, under /meta, with or without a version in the path.</summary>
internal static class MetaGraph
{
    static readonly string[] Types = ["text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction", "interactive", "template"];

    // These numbers always end badly, whatever the faults say.
    static readonly Dictionary<string, int> MagicRecipients = new()
    {
        ["15550000026"] = 131026, ["15550000030"] = 131030, ["15550000050"] = 131050, ["15550000500"] = 131000, ["15550000056"] = 131056,
    };

    public static void MapMetaGraph(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/meta", "/meta/v{version}" })
        {
            routes.MapPost(prefix + "/{phoneNumberId}/messages", Send);
            routes.MapGet(prefix + "/{phoneNumberId}", Number);
        }
    }

    static IResult Number(string phoneNumberId, HttpRequest request, MetaEmulator meta)
    {
        if (!IsAuthorised(request)) return MetaErrors.Answer(401, 190);
        if (meta.Find(phoneNumberId) is null && !phoneNumberId.All(char.IsAsciiDigit)) return MetaErrors.Answer(400, 100, $"Unsupported get request. Object with ID '{phoneNumberId}' does not exist.");
        return Results.Json(new { display_phone_number = "+1 555-078-3881", verified_name = "Emulated business", quality_rating = "GREEN", id = phoneNumberId });
    }

    static async Task<IResult> Send(string phoneNumberId, HttpContext http, MetaEmulator meta)
    {
        var faults = meta.Faults;
        if (!IsAuthorised(http.Request)) return MetaErrors.Answer(401, 190);
        if (Countdown(() => faults.DropBeforeNext, left => faults.DropBeforeNext = left, faults)) return Cut(http);
        JsonObject? body;
        try { body = await JsonSerializer.DeserializeAsync<JsonObject>(http.Request.Body, cancellationToken: http.RequestAborted); }
        catch (JsonException) { return MetaErrors.Answer(400, 100, "The body is not valid JSON."); }
        if (body is null || Text(body, "messaging_product") != "whatsapp") return MetaErrors.Answer(400, 100, "The parameter messaging_product is required.");
        if (Text(body, "status") == "read") return Results.Json(new { success = true });

        if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
        if (Countdown(() => faults.FailNext, left => faults.FailNext = left, faults)) return MetaErrors.Answer(faults.Status, faults.Code);
        var to = Text(body, "to") ?? Text(body, "recipient");
        if (string.IsNullOrEmpty(to)) return MetaErrors.Answer(400, 131008, "The parameter to is required.");
        if (Invalid(body) is { } invalid) return invalid;
        if (!meta.WithinRate()) return MetaErrors.Answer(429, 130429);
        var plain = to.TrimStart('+');
        if (MagicRecipients.TryGetValue(plain, out var magic)) return MetaErrors.Answer(magic == 131000 ? 500 : 400, magic);
        if (faults.RejectRecipients.TryGetValue(to, out var code) || faults.RejectRecipients.TryGetValue("+" + plain, out code) || faults.RejectRecipients.TryGetValue(plain, out code)) return MetaErrors.Answer(400, code);

        var entry = meta.Accept(phoneNumberId, to, body);
        if (Countdown(() => faults.LoseAnswerNext, left => faults.LoseAnswerNext = left, faults)) return Cut(http);
        if (Countdown(() => faults.HangNext, left => faults.HangNext = left, faults))
        {
            try { await Task.Delay(Timeout.Infinite, http.RequestAborted); }
            catch (OperationCanceledException) { }
            return Results.Empty;
        }
        return Results.Json(new { messaging_product = "whatsapp", contacts = new[] { new { input = to, wa_id = plain } }, messages = new[] { new { id = entry.Id, message_status = "accepted" } } });
    }

    static IResult? Invalid(JsonObject body)
    {
        var type = Text(body, "type") ?? "text";
        if (!Types.Contains(type)) return MetaErrors.Answer(400, 100, $"Param type must be one of {{{string.Join(", ", Types).ToUpperInvariant()}}}.");
        if (type == "contacts" ? body[type] is not JsonArray : body[type] is not JsonObject) return MetaErrors.Answer(400, 131008, $"The parameter {type} is required.");
        if (type != "text") return null;
        var text = body["text"]?["body"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        return string.IsNullOrEmpty(text) ? MetaErrors.Answer(400, 131008, "The parameter text['body'] is required.")
            : text.Length > 4096 ? MetaErrors.Answer(400, 100, "Param text['body'] must be at most 4096 characters long.")
            : null;
    }

    static bool IsAuthorised(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : request.Query["access_token"].ToString();
        return token.Length > 0 && token != "bad";
    }

    static bool Countdown(Func<int> read, Action<int> write, Faults faults)
    {
        lock (faults)
        {
            var left = read();
            if (left <= 0) return false;
            write(left - 1);
            return true;
        }
    }

    static IResult Cut(HttpContext http)
    {
        http.Abort();
        return Results.Empty;
    }

    static string? Text(JsonObject body, string name) => body[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
