using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>The templates of a business account, to list and to change.</summary>
internal static class MetaTemplateEndpoints
{
    const string DefaultFields = "name,parameter_format,components,language,status,category";

    public static void MapMetaTemplates(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in MetaGraph.Prefixes)
        {
            routes.MapGet(prefix + "/{wabaId}/message_templates", List);
            routes.MapPost(prefix + "/{wabaId}/message_templates", Create);
            routes.MapDelete(prefix + "/{wabaId}/message_templates", Delete);
        }
    }

    static IResult List(string wabaId, HttpRequest request, MetaTemplates templates)
    {
        if (MetaGraph.Bearer(request) is null) return MetaErrors.Answer(401, 190);
        if (!wabaId.All(char.IsAsciiDigit)) return MetaErrors.Missing(wabaId);
        var limit = int.TryParse(request.Query["limit"], out var asked) ? Math.Clamp(asked, 1, 1000) : 25;
        if (Position(request.Query["after"]) is not { } after) return MetaErrors.Answer(400, 100, "Invalid cursors values.");
        var matching = templates.List(wabaId).Where(template => template.Order > after
            && Is(request, "name", template.Name) && Is(request, "language", template.Language) && Is(request, "status", template.Status) && Is(request, "category", template.Category)).ToList();
        var page = matching.Take(limit).ToList();
        var answer = new JsonObject { ["data"] = new JsonArray([.. page.Select(template => (JsonNode)View(template, request.Query["fields"]))]) };
        // An empty page has no cursors to speak of.
        if (page.Count > 0)
        {
            answer["paging"] = new JsonObject { ["cursors"] = new JsonObject { ["before"] = Cursor(page[0]), ["after"] = Cursor(page[^1]) } };
            if (matching.Count > page.Count)
            {
                var rest = request.Query.Where(pair => pair.Key is not ("after" or "access_token")).SelectMany(pair => pair.Value, (pair, value) => $"{pair.Key}={Uri.EscapeDataString(value ?? "")}");
                answer["paging"]!["next"] = $"{request.Scheme}://{request.Host}{request.Path}?{string.Join('&', rest.Append("after=" + Uri.EscapeDataString(Cursor(page[^1]))))}";
            }
        }
        return Results.Json(answer);
    }

    public static IResult Show(MetaTemplate template, HttpRequest request) => Results.Json(View(template, request.Query["fields"]));

    static async Task<IResult> Create(string wabaId, HttpRequest request, MetaTemplates templates, MetaEmulator meta)
    {
        if (MetaGraph.Bearer(request) is null) return MetaErrors.Answer(401, 190);
        if (!wabaId.All(char.IsAsciiDigit)) return MetaErrors.Missing(wabaId);
        if (await ReadAsync(request) is not { } body) return MetaErrors.Answer(400, 100, "The body is not valid JSON.");
        var wanted = MetaTemplateRequest.From(body);
        if (wanted.Refuse() is { } refused) return refused;
        return templates.Create(wabaId, wanted, Review(meta)) is { } created
            ? Results.Json(new { id = created.Id, status = created.Status, category = created.Category })
            : MetaErrors.Invalid($"There is {wanted.Language} content for this template already.", 2388024, "Content in this language already exists");
    }

    public static async Task<IResult> EditAsync(MetaTemplate template, HttpRequest request, MetaTemplates templates, MetaEmulator meta)
    {
        if (await ReadAsync(request) is not { } body) return MetaErrors.Answer(400, 100, "The body is not valid JSON.");
        if (template.Status is not ("APPROVED" or "REJECTED" or "PAUSED")) return MetaErrors.Answer(400, 100, $"A template that is {template.Status} cannot be edited.");
        var wanted = MetaTemplateRequest.From(body, template);
        if (wanted.Refuse() is { } refused) return refused;
        templates.Edit(template, wanted, Review(meta));
        return Results.Json(new { success = true });
    }

    static IResult Delete(string wabaId, HttpRequest request, MetaTemplates templates)
    {
        if (MetaGraph.Bearer(request) is null) return MetaErrors.Answer(401, 190);
        var name = request.Query["name"].ToString();
        if (name.Length == 0) return MetaErrors.Answer(400, 100, "The parameter name is required.");
        return templates.Delete(wabaId, name, request.Query["hsm_id"]) > 0
            ? Results.Json(new { success = true })
            : MetaErrors.Invalid($"There is no template {name}.", 2593002, "Message Template Not Found");
    }

    static JsonObject View(MetaTemplate template, string? fields)
    {
        var view = new JsonObject();
        foreach (var field in (string.IsNullOrEmpty(fields) ? DefaultFields : fields).Split(',', StringSplitOptions.TrimEntries))
        {
            JsonNode? value = field switch
            {
                "name" => template.Name, "language" => template.Language, "status" => template.Status, "category" => template.Category,
                "parameter_format" => template.IsNamed ? "NAMED" : "POSITIONAL", "components" => template.Components.DeepClone(),
                "rejected_reason" => template.RejectedReason, "quality_score" => new JsonObject { ["score"] = template.Quality }, _ => null,
            };
            if (value is not null) view[field] = value;
        }
        view["id"] = template.Id;
        return view;
    }

    static bool Is(HttpRequest request, string filter, string value) =>
        request.Query[filter].ToString() is var wanted && (wanted.Length == 0 || wanted.Split(',').Contains(value, StringComparer.OrdinalIgnoreCase));

    static TimeSpan Review(MetaEmulator meta) => TimeSpan.FromMilliseconds(meta.Faults.TemplateReviewMs);

    static string Cursor(MetaTemplate template) => Convert.ToBase64String(Encoding.ASCII.GetBytes($"after:{template.Order}"));

    static long? Position(string? cursor)
    {
        if (string.IsNullOrEmpty(cursor)) return 0;
        Span<byte> bytes = stackalloc byte[64];
        return Convert.TryFromBase64String(cursor, bytes, out var length) && long.TryParse(Encoding.ASCII.GetString(bytes[..length]).Replace("after:", ""), out var order) ? order : null;
    }

    static async Task<JsonObject?> ReadAsync(HttpRequest request)
    {
        try { return await JsonSerializer.DeserializeAsync<JsonObject>(request.Body, cancellationToken: request.HttpContext.RequestAborted); }
        catch (JsonException) { return null; }
    }
}
