namespace Parley.Emulators.Meta;

/// <summary>The Graph's nodes: GET, POST and DELETE of one id, which may be a number's, a file's or a template's.</summary>
internal static class MetaGraph
{
    /// <summary>With or without a version.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = ["/meta", "/meta/v{version}"];

    public static void MapMetaGraph(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            routes.MapGet(prefix + "/{id}", Show);
            routes.MapPost(prefix + "/{id}", Change);
            routes.MapDelete(prefix + "/{id}", Delete);
        }
        routes.MapMetaSends();
        routes.MapMetaMedia();
        routes.MapMetaTemplates();
    }

    /// <summary>The token; null when there is none, or it is refused.</summary>
    public static string? Bearer(HttpRequest request, bool onlyHeader = false)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : onlyHeader ? "" : request.Query["access_token"].ToString();
        return token is "" or "bad" ? null : token;
    }

    static async Task<IResult> Show(string id, HttpRequest request, MetaEmulator meta, MetaMedia media, MetaTemplates templates)
    {
        if (Bearer(request) is null) return MetaErrors.Answer(401, 190);
        if (MetaMediaEndpoints.Resolve(id, request, meta, media) is { } resolved)
        {
            if (meta.Faults.LatencyMs > 0) await Task.Delay(meta.Faults.LatencyMs, request.HttpContext.RequestAborted);
            return resolved;
        }
        if (templates.FindById(id) is { } template) return MetaTemplateEndpoints.Show(template, request);
        // Any number is a business number here, but those that were somebody's file.
        if (meta.Find(id) is null && (!id.All(char.IsAsciiDigit) || media.WasHere(id))) return MetaErrors.Missing(id);
        var account = meta.Find(id);
        return Results.Json(new
        {
            display_phone_number = account?.DisplayNumber ?? "+1 555-078-3881", verified_name = account?.Name ?? "Emulated business", quality_rating = "GREEN", id,
        });
    }

    static async Task<IResult> Change(string id, HttpRequest request, MetaTemplates templates, MetaEmulator meta)
    {
        if (Bearer(request) is null) return MetaErrors.Answer(401, 190);
        return templates.FindById(id) is { } template ? await MetaTemplateEndpoints.EditAsync(template, request, templates, meta) : MetaErrors.Missing(id);
    }

    static IResult Delete(string id, HttpRequest request, MetaMedia media)
    {
        if (Bearer(request) is null) return MetaErrors.Answer(401, 190);
        return media.Delete(id) ? Results.Json(new { success = true }) : MetaErrors.Missing(id);
    }
}
