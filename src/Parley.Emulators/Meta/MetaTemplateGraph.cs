using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Emulators.Meta;

/// <summary>The templates of a WhatsApp Business account: a small believable set for every account, and what was created since.</summary>
internal sealed partial class MetaTemplates
{
    readonly List<JsonObject> _templates = [.. JsonNode.Parse("""
        [{"id":"594425479261596","name":"hello_world","language":"en_US","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL","components":[{"type":"HEADER","format":"TEXT","text":"Hello World"},{"type":"BODY","text":"Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message."},{"type":"FOOTER","text":"WhatsApp Business Platform sample message"}]},
         {"id":"594425479261597","name":"order_ready","language":"pt_BR","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"Oi {{1}}, seu pedido {{2}} está pronto para retirada.","example":{"body_text":[["Ana","1042"]]}},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Vou buscar"},{"type":"QUICK_REPLY","text":"Mudar horário"}]}]},
         {"id":"594425479261598","name":"order_ready","language":"en_US","status":"APPROVED","category":"UTILITY","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"Hi {{1}}, your order {{2}} is ready to be picked up.","example":{"body_text":[["Ana","1042"]]}}]},
         {"id":"594425479261599","name":"appointment_reminder","language":"en_US","status":"APPROVED","category":"UTILITY","parameter_format":"NAMED","components":[{"type":"HEADER","format":"TEXT","text":"See you soon, {{first_name}}"},{"type":"BODY","text":"Your appointment with {{doctor}} is on {{day}} at {{time}}."},{"type":"BUTTONS","buttons":[{"type":"URL","text":"Change it","url":"https://clinic.example/appointments/{{1}}"}]}]},
         {"id":"594425479261600","name":"spring_sale","language":"en_US","status":"APPROVED","category":"MARKETING","parameter_format":"POSITIONAL","components":[{"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"{{1}}, everything in blue is 20 % off until Sunday."},{"type":"FOOTER","text":"Reply STOP to hear no more of us"},{"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Show me"}]}]},
         {"id":"594425479261601","name":"win_a_car","language":"en_US","status":"REJECTED","category":"MARKETING","parameter_format":"POSITIONAL","rejected_reason":"PROMOTIONAL","components":[{"type":"BODY","text":"You have won!"}]},
         {"id":"594425479261602","name":"newsletter","language":"en_US","status":"PAUSED","category":"MARKETING","parameter_format":"POSITIONAL","components":[{"type":"BODY","text":"Our news of {{1}}."}]}]
        """)!.AsArray().Select(template => template!.DeepClone().AsObject())];
    readonly Lock _gate = new();
    long _next = 700_000_000_000_000;

    public IReadOnlyList<JsonObject> List(string? name, string? status, string? language, string? category)
    {
        lock (_gate)
            return [.. _templates.Where(template => Is(template, "name", name) && Is(template, "status", status) && Is(template, "language", language) && Is(template, "category", category)).Select(template => template.DeepClone().AsObject())];

        static bool Is(JsonObject template, string member, string? wanted) => string.IsNullOrEmpty(wanted) || string.Equals((string?)template[member], wanted, StringComparison.OrdinalIgnoreCase);
    }

    public JsonObject Add(JsonObject given)
    {
        var template = given.DeepClone().AsObject();
        lock (_gate)
        {
            template["id"] = (_next++).ToString();
            template["status"] = "PENDING";
            template["category"] ??= "UTILITY";
            template["parameter_format"] ??= "POSITIONAL";
            _templates.Add(template);
            return template.DeepClone().AsObject();
        }
    }

    public int Remove(string name)
    {
        lock (_gate) return _templates.RemoveAll(template => (string?)template["name"] == name);
    }

    public JsonObject? SetStatus(string name, string language, string status, string? reason)
    {
        lock (_gate)
        {
            var template = _templates.Find(template => (string?)template["name"] == name && (string?)template["language"] == language);
            if (template is null) return null;
            template["status"] = status;
            template["rejected_reason"] = reason;
            return template.DeepClone().AsObject();
        }
    }

    /// <summary>Null when a send of it is right; otherwise Meta's status and code.</summary>
    public (int Status, int Code, string Details)? Refuse(JsonObject sent)
    {
        var (name, language) = ((string?)sent["name"], (string?)sent["language"]?["code"]);
        if (name is null || language is null) return (400, 131008, "The parameters template['name'] and template['language'] are required.");
        var template = List(name, null, language, null).FirstOrDefault();
        if (template is null) return (404, 132001, $"Template name ({name}) does not exist in {language}.");
        switch ((string?)template["status"])
        {
            case "APPROVED": break;
            case "PAUSED": return (400, 132015, "The template is paused.");
            case "DISABLED": return (400, 132016, "The template is disabled.");
            default: return (404, 132001, $"Template name ({name}) is not approved.");
        }
        foreach (var component in template["components"]!.AsArray().OfType<JsonObject>())
        {
            var type = (string?)component["type"];
            if (type is not ("BODY" or "HEADER")) continue;
            var wanted = Placeholder().Matches((string?)component["text"] ?? "").Select(match => match.Groups[1].Value).Distinct().ToList();
            var parameters = (sent["components"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(one => string.Equals((string?)one["type"], type, StringComparison.OrdinalIgnoreCase))?["parameters"] as JsonArray ?? [];
            var isMedia = type == "HEADER" && (string?)component["format"] is not ("TEXT" or null);
            var count = isMedia ? 1 : wanted.Count;
            if (parameters.Count != count) return (400, 132000, $"{type!.ToLowerInvariant()}: number of localizable_params ({parameters.Count}) does not match the expected number of params ({count})");
            if (!isMedia && (string?)template["parameter_format"] == "NAMED" && wanted.Exists(name => !parameters.Any(parameter => (string?)parameter?["parameter_name"] == name)))
                return (400, 132000, $"{type!.ToLowerInvariant()}: parameter names do not match");
        }
        return null;
    }

    /// <summary>The body of a send as a phone shows it: for a template with "shown" beside it, the texts with their values.</summary>
    public JsonObject Shown(JsonObject body)
    {
        var shown = body.DeepClone().AsObject();
        if (shown["template"] is not JsonObject sent || List((string?)sent["name"], null, (string?)sent["language"]?["code"], null).FirstOrDefault() is not { } template) return shown;
        var texts = new JsonObject();
        foreach (var component in template["components"]!.AsArray().OfType<JsonObject>())
        {
            var type = ((string)component["type"]!).ToLowerInvariant();
            var parameters = (sent["components"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(one => string.Equals((string?)one["type"], type, StringComparison.OrdinalIgnoreCase))?["parameters"] as JsonArray ?? [];
            if (type == "buttons") texts["buttons"] = component["buttons"]!.DeepClone();
            else if (type == "header" && (string?)component["format"] is "IMAGE" or "VIDEO" or "DOCUMENT")
            {
                var format = ((string)component["format"]!).ToLowerInvariant();
                texts["header_format"] = format;
                texts["header_media"] = parameters.FirstOrDefault()?[format]?.DeepClone();
            }
            else
            {
                var n = 0;
                texts[type] = Placeholder().Replace((string?)component["text"] ?? "", match =>
                    (string?)(parameters.FirstOrDefault(parameter => (string?)parameter?["parameter_name"] == match.Groups[1].Value) ?? parameters.ElementAtOrDefault(n++))?["text"] ?? match.Value);
            }
        }
        shown["shown"] = texts;
        return shown;
    }

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex Placeholder();
}

/// <summary>The calls to list, create and delete templates; a created one is judged a moment later, by a webhook.</summary>
internal static class MetaTemplateGraph
{
    public static void MapMetaTemplates(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/meta", "/meta/v{version}" })
        {
            routes.MapGet(prefix + "/{wabaId}/message_templates", List);
            routes.MapPost(prefix + "/{wabaId}/message_templates", Create);
            routes.MapDelete(prefix + "/{wabaId}/message_templates", Delete);
        }
        routes.MapPost("/template-status", SetStatus);
    }

    static IResult List(string wabaId, HttpRequest request, MetaTemplates templates)
    {
        if (!MetaGraph.IsAuthorised(request)) return MetaErrors.Answer(401, 190);
        var all = templates.List(request.Query["name"], request.Query["status"], request.Query["language"], request.Query["category"]);
        var limit = int.TryParse(request.Query["limit"], out var asked) ? Math.Clamp(asked, 1, 250) : 25;
        var from = int.TryParse(request.Query["after"], out var after) ? after : 0;
        var page = new JsonObject
        {
            ["data"] = new JsonArray([.. all.Skip(from).Take(limit)]),
            ["paging"] = new JsonObject { ["cursors"] = new JsonObject { ["before"] = from.ToString(), ["after"] = (from + limit).ToString() } },
        };
        if (from + limit < all.Count) page["paging"]!["next"] = $"{request.Scheme}://{request.Host}{request.Path}?limit={limit}&after={from + limit}";
        return Results.Json(page);
    }

    static IResult Create(string wabaId, JsonObject body, HttpRequest request, MetaTemplates templates, MetaEmulator meta)
    {
        if (!MetaGraph.IsAuthorised(request)) return MetaErrors.Answer(401, 190);
        if ((string?)body["name"] is not { Length: > 0 } name || name.Any(letter => letter is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_'))) return MetaErrors.Answer(400, 100, "The name takes lower-case letters, digits and _.");
        if ((string?)body["language"] is not { Length: > 0 } language || body["components"] is not JsonArray) return MetaErrors.Answer(400, 100, "language and components are required.");
        if (templates.List(name, null, language, null).Count > 0) return MetaErrors.Answer(400, 100, "There is already content in this language.");
        var made = templates.Add(body);
        var rejected = name.Contains("reject", StringComparison.Ordinal);
        _ = JudgeAsync();
        return Results.Json(new { id = (string?)made["id"], status = "PENDING", category = (string?)made["category"] });

        async Task JudgeAsync()
        {
            await Task.Delay(300);
            Announce(wabaId, name, language, rejected ? "REJECTED" : "APPROVED", rejected ? "INVALID_FORMAT" : null, templates, meta);
        }
    }

    static IResult Delete(string wabaId, HttpRequest request, MetaTemplates templates) =>
        !MetaGraph.IsAuthorised(request) ? MetaErrors.Answer(401, 190)
        : templates.Remove(request.Query["name"].ToString()) > 0 ? Results.Json(new { success = true })
        : MetaErrors.Answer(404, 100, "There is no such template.");

    static IResult SetStatus(JsonObject request, MetaTemplates templates, MetaEmulator meta) =>
        Announce((string?)request["waba_id"] ?? "102290129340398", (string?)request["name"] ?? "", (string?)request["language"] ?? "en_US", (string?)request["event"] ?? "PAUSED", (string?)request["reason"], templates, meta) is { } template
            ? Results.Ok(template)
            : TypedResults.Problem("There is no such template.", statusCode: 404, title: "Not found");

    static JsonObject? Announce(string wabaId, string name, string language, string status, string? reason, MetaTemplates templates, MetaEmulator meta)
    {
        if (templates.SetStatus(name, language, status, reason) is not { } template) return null;
        meta.AnnounceTemplate(wabaId, new JsonObject
        {
            ["event"] = status, ["message_template_id"] = long.Parse((string)template["id"]!), ["message_template_name"] = name, ["message_template_language"] = language,
            ["message_template_category"] = (string?)template["category"], ["reason"] = reason ?? "NONE",
        });
        return template;
    }
}
