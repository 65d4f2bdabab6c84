using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>POST /{number}/messages: sends, and marks as read.</summary>
internal static class MetaSends
{
    // These numbers always end badly, whatever the faults say.
    static readonly Dictionary<string, int> MagicRecipients = new()
    {
        ["15550000026"] = 131026, ["15550000030"] = 131030, ["15550000050"] = 131050, ["15550000500"] = 131000, ["15550000056"] = 131056,
    };

    public static void MapMetaSends(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in MetaGraph.Prefixes) routes.MapPost(prefix + "/{phoneNumberId}/messages", Send);
    }

    static async Task<IResult> Send(string phoneNumberId, HttpContext http, MetaEmulator meta, MetaMedia media, MetaTemplates templates)
    {
        var faults = meta.Faults;
        if (MetaGraph.Bearer(http.Request) is null) return MetaErrors.Answer(401, 190);
        if (faults.Take(now => now.DropBeforeNext, (now, left) => now.DropBeforeNext = left)) return Cut(http);
        JsonObject? body;
        try { body = await JsonSerializer.DeserializeAsync<JsonObject>(http.Request.Body, cancellationToken: http.RequestAborted); }
        catch (JsonException) { return MetaErrors.Answer(400, 100, "The body is not valid JSON."); }
        if (body is null || body.Text("messaging_product") != "whatsapp") return MetaErrors.Answer(400, 100, "The parameter messaging_product is required.");
        if (body.Text("status") is not null) return MarkAsRead(phoneNumberId, body, meta);

        if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
        if (faults.Take(now => now.FailNext, (now, left) => now.FailNext = left)) return MetaErrors.Answer(faults.Status, faults.Code);
        var to = body.Text("to") ?? body.Text("recipient");
        if (string.IsNullOrEmpty(to)) return MetaErrors.Answer(400, 131008, "The parameter to is required.");
        if (new MetaSendRules(media, faults).Refuse(body) is { } refused) return refused;
        var template = body["template"] is { } named && body.Text("type") == "template" ? templates.Find(meta.WabaOf(phoneNumberId), named.Text("name")!, named["language"].Text("code")!) : null;
        if (body.Text("type") == "template" && new MetaTemplateSends(media, faults).Refuse(template, body["template"]!) is { } mismatch) return mismatch;
        if (!meta.WithinRate()) return MetaErrors.Answer(429, 130429);
        var plain = to.TrimStart('+');
        if (MagicRecipients.TryGetValue(plain, out var magic)) return MetaErrors.Answer(magic == 131000 ? 500 : 400, magic);
        if (faults.RejectRecipients.TryGetValue(to, out var code) || faults.RejectRecipients.TryGetValue("+" + plain, out code) || faults.RejectRecipients.TryGetValue(plain, out code)) return MetaErrors.Answer(400, code);

        var entry = meta.Accept(phoneNumberId, to, body, template);
        if (faults.Take(now => now.LoseAnswerNext, (now, left) => now.LoseAnswerNext = left)) return Cut(http);
        if (faults.Take(now => now.HangNext, (now, left) => now.HangNext = left))
        {
            try { await Task.Delay(Timeout.Infinite, http.RequestAborted); }
            catch (OperationCanceledException) { }
            return Results.Empty;
        }
        return Results.Json(new { messaging_product = "whatsapp", contacts = new[] { new { input = to, wa_id = plain } }, messages = new[] { new { id = entry.Id, message_status = "accepted" } } });
    }

    // Ids that this emulator never gave are taken when they look like Meta's: tests sign webhooks of their own.
    static IResult MarkAsRead(string phoneNumberId, JsonObject body, MetaEmulator meta)
    {
        if (body.Text("status") != "read") return MetaErrors.Answer(400, 100, "Param status must be one of {READ}.");
        if (body.Text("message_id") is not { Length: > 0 } id) return MetaErrors.Answer(400, 131008, "The parameter message_id is required.");
        if (!id.StartsWith("wamid.", StringComparison.Ordinal)) return MetaErrors.Answer(400, 131009, "message_id is not the id of a message.");
        meta.MarkAsRead(phoneNumberId, id, body.Member("typing_indicator") is not null);
        return Results.Json(new { success = true });
    }

    static IResult Cut(HttpContext http)
    {
        http.Abort();
        return Results.Empty;
    }
}
