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

    // One path for two things, as at Meta: a number, or a file.
    static IResult Number(string phoneNumberId, HttpRequest request, MetaEmulator meta, MetaFiles files)
    {
        if (!IsAuthorised(request)) return MetaErrors.Answer(401, 190);
        if (MetaMediaGraph.Resolve(phoneNumberId, request, files, meta) is { } file) return file;
        if (meta.Find(phoneNumberId) is null && !phoneNumberId.All(char.IsAsciiDigit)) return MetaErrors.Answer(400, 100, $"Unsupported get request. Object with ID '{phoneNumberId}' does not exist.");
        return Results.Json(new { display_phone_number = "+1 555-078-3881", verified_name = "Emulated business", quality_rating = "GREEN", id = phoneNumberId });
    }

    static async Task<IResult> Send(string phoneNumberId, HttpContext http, MetaEmulator meta, MetaFiles files, MetaTemplates templates)
    {
        var faults = meta.Faults;
        if (!IsAuthorised(http.Request)) return MetaErrors.Answer(401, 190);
        if (faults.Count(() => faults.DropBeforeNext, left => faults.DropBeforeNext = left)) return Cut(http);
        JsonObject? body;
        try { body = await JsonSerializer.DeserializeAsync<JsonObject>(http.Request.Body, cancellationToken: http.RequestAborted); }
        catch (JsonException) { return MetaErrors.Answer(400, 100, "The body is not valid JSON."); }
        if (body is null || Text(body, "messaging_product") != "whatsapp") return MetaErrors.Answer(400, 100, "The parameter messaging_product is required.");
        if (Text(body, "status") == "read")
        {
            meta.MarkRead(phoneNumberId, Text(body, "message_id") ?? "");
            return Results.Json(new { success = true });
        }

        if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
        if (faults.Count(() => faults.FailNext, left => faults.FailNext = left)) return MetaErrors.Answer(faults.Status, faults.Code);
        var to = Text(body, "to") ?? Text(body, "recipient");
        if (string.IsNullOrEmpty(to)) return MetaErrors.Answer(400, 131008, "The parameter to is required.");
        if (Invalid(body, files, templates) is { } invalid) return invalid;
        if (!meta.WithinRate()) return MetaErrors.Answer(429, 130429);
        var plain = to.TrimStart('+');
        if (MagicRecipients.TryGetValue(plain, out var magic)) return MetaErrors.Answer(magic == 131000 ? 500 : 400, magic);
        if (faults.RejectRecipients.TryGetValue(to, out var code) || faults.RejectRecipients.TryGetValue("+" + plain, out code) || faults.RejectRecipients.TryGetValue(plain, out code)) return MetaErrors.Answer(400, code);

        var entry = meta.Accept(phoneNumberId, to, body);
        if (faults.Count(() => faults.LoseAnswerNext, left => faults.LoseAnswerNext = left)) return Cut(http);
        if (faults.Count(() => faults.HangNext, left => faults.HangNext = left))
        {
            try { await Task.Delay(Timeout.Infinite, http.RequestAborted); }
            catch (OperationCanceledException) { }
            return Results.Empty;
        }
        return Results.Json(new { messaging_product = "whatsapp", contacts = new[] { new { input = to, wa_id = plain } }, messages = new[] { new { id = entry.Id, message_status = "accepted" } } });
    }

    static IResult? Invalid(JsonObject body, MetaFiles files, MetaTemplates templates)
    {
        var type = Text(body, "type") ?? "text";
        if (!Types.Contains(type)) return MetaErrors.Answer(400, 100, $"Param type must be one of {{{string.Join(", ", Types).ToUpperInvariant()}}}.");
        if (type == "contacts" ? body[type] is not JsonArray : body[type] is not JsonObject) return MetaErrors.Answer(400, 131008, $"The parameter {type} is required.");
        switch (type)
        {
            case "text":
                var text = body["text"]?["body"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
                return string.IsNullOrEmpty(text) ? MetaErrors.Answer(400, 131008, "The parameter text['body'] is required.")
                    : text.Length > 4096 ? MetaErrors.Answer(400, 100, "Param text['body'] must be at most 4096 characters long.")
                    : null;
            case "image" or "video" or "audio" or "document" or "sticker":
                var file = (JsonObject)body[type]!;
                if (Text(file, "caption") is { Length: > 1024 }) return MetaErrors.Answer(400, 100, $"Param {type}['caption'] must be at most 1024 characters long.");
                return Text(file, "link") is not null || Text(file, "id") is { } id && files.Find(id) is not null ? null : MetaErrors.Answer(400, 131009, $"Param {type}['id'] is not a valid media id.");
            case "location":
                return body["location"]!["latitude"]?.GetValueKind() == JsonValueKind.Number && body["location"]!["longitude"]?.GetValueKind() == JsonValueKind.Number ? null : MetaErrors.Answer(400, 131009, "latitude and longitude must be numbers.");
            case "interactive":
                var buttons = body["interactive"]!["action"]?["buttons"] as JsonArray;
                return (string?)body["interactive"]!["type"] == "button" && buttons is not { Count: >= 1 and <= 3 } ? MetaErrors.Answer(400, 131009, "There must be 1 to 3 buttons.") : null;
            case "template":
                return templates.Refuse((JsonObject)body["template"]!) is { } refused ? MetaErrors.Answer(refused.Status, refused.Code, refused.Details) : null;
            default: return null;
        }
    }

    internal static bool IsAuthorised(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : request.Query["access_token"].ToString();
        return token.Length > 0 && token != "bad";
    }

    static IResult Cut(HttpContext http)
    {
        http.Abort();
        return Results.Empty;
    }

    static string? Text(JsonObject body, string name) => body[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
