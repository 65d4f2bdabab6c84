using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>Upload, resolve, download and delete.</summary>
internal static class MetaMediaEndpoints
{
    public static void MapMetaMedia(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in MetaGraph.Prefixes) routes.MapPost(prefix + "/{phoneNumberId}/media", Upload);
        // Not a Graph address: a client that only ever speaks to one host would miss that the real one differs.
        routes.MapGet("/meta/lookaside/{ticket}", Download);
    }

    static async Task<IResult> Upload(string phoneNumberId, HttpContext http, MetaEmulator meta, MetaMedia media)
    {
        if (MetaGraph.Bearer(http.Request) is null) return MetaErrors.Answer(401, 190);
        if (meta.Faults.LatencyMs > 0) await Task.Delay(meta.Faults.LatencyMs, http.RequestAborted);
        if (meta.Faults.Take(faults => faults.MediaUploadFailNext, (faults, left) => faults.MediaUploadFailNext = left)) return MetaErrors.OfStatus(meta.Faults.MediaStatus);
        if (!http.Request.HasFormContentType) return MetaErrors.Answer(400, 100, "The parameter file is required.");
        IFormCollection form;
        try { form = await http.Request.ReadFormAsync(http.RequestAborted); }
        catch (InvalidDataException) { return MetaErrors.Answer(400, 100, "The multipart body cannot be read."); }
        if (form["messaging_product"] != "whatsapp") return MetaErrors.Answer(400, 100, "The parameter messaging_product is required.");
        if (string.IsNullOrEmpty(form["type"])) return MetaErrors.Answer(400, 100, "The parameter type is required.");
        if (form.Files.GetFile("file") is not { } file) return MetaErrors.Answer(400, 100, "The parameter file is required.");

        // The part's own type counts; the field is looked at when the part has none.
        var mimeType = string.IsNullOrEmpty(file.ContentType) ? form["type"].ToString() : file.ContentType;
        using var bytes = new MemoryStream((int)file.Length);
        await file.CopyToAsync(bytes, http.RequestAborted);
        return MetaMediaRules.Refuse(mimeType, bytes.ToArray()) ?? Results.Json(new { id = media.Add(phoneNumberId, mimeType, bytes.ToArray()).Id });
    }

    /// <summary>Null when this is not the id of a file.</summary>
    public static IResult? Resolve(string id, HttpRequest request, MetaEmulator meta, MetaMedia media)
    {
        if (media.Find(id) is not { } found) return null;
        var faults = meta.Faults;
        if (faults.MediaVanished) return MetaErrors.Missing(id);
        if (faults.Take(left => left.MediaStatusNext, (now, left) => now.MediaStatusNext = left)) return MetaErrors.OfStatus(faults.MediaStatus);
        // A customer's file was uploaded on no business number, so none matches: integrations that always send the parameter fail.
        if (request.Query["phone_number_id"].ToString() is { Length: > 0 } number && number != found.UploadedOn)
            return MetaErrors.Answer(400, 100, "Param phone_number_id is not a valid whatsapp business phone number id ID");
        var ticket = media.Open(found, MetaGraph.Bearer(request)!, TimeSpan.FromSeconds(faults.MediaUrlSeconds));
        return Results.Json(new JsonObject
        {
            ["messaging_product"] = "whatsapp", ["url"] = $"{request.Scheme}://{request.Host}/meta/lookaside/{ticket}", ["mime_type"] = found.MimeType,
            ["sha256"] = Convert.ToHexStringLower(Digest(found, faults)), ["file_size"] = found.Bytes.Length, ["id"] = id,
        });
    }

    /// <summary>What a customer's message says of the file, under the key of its type.</summary>
    public static JsonObject Describe(StoredMedia media, MetaFaults faults) => new()
    {
        ["id"] = media.Id, ["mime_type"] = media.MimeType, ["sha256"] = Convert.ToBase64String(Digest(media, faults)),
    };

    static byte[] Digest(StoredMedia media, MetaFaults faults) => faults.MediaWrongDigest ? [.. media.Sha256.Reverse()] : media.Sha256;

    static async Task<IResult> Download(string ticket, HttpContext http, MetaEmulator meta, MetaMedia media)
    {
        var faults = meta.Faults;
        var bearer = MetaGraph.Bearer(http.Request, onlyHeader: true);
        if (bearer is null) return MetaErrors.Answer(401, 190);
        if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
        if (faults.Take(now => now.MediaStatusNext, (now, left) => now.MediaStatusNext = left)) return MetaErrors.OfStatus(faults.MediaStatus);
        if (faults.MediaVanished || faults.Take(now => now.MediaExpiredNext, (now, left) => now.MediaExpiredNext = left) || media.Ticket(ticket) is not { } open) return Results.NotFound();
        if (open.Bearer != bearer) return MetaErrors.Answer(401, 190, "The address was given to another token.");

        var bytes = open.Media.Bytes;
        var cut = faults.Take(now => now.MediaCutNext, (now, left) => now.MediaCutNext = left);
        http.Response.ContentType = open.Media.MimeType;
        http.Response.ContentLength = bytes.Length;
        await WriteAsync(http, bytes.AsMemory(0, cut ? bytes.Length / 2 : bytes.Length), faults.MediaSlowBytesPerSecond);
        // Fewer bytes than announced: the server hangs up after them. (Aborting would take back those on their way.)
        return Results.Empty;
    }

    static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> bytes, int perSecond)
    {
        var step = perSecond > 0 ? Math.Max(1, perSecond / 10) : Math.Max(1, bytes.Length);
        for (var at = 0; at < bytes.Length; at += step)
        {
            await http.Response.Body.WriteAsync(bytes.Slice(at, Math.Min(step, bytes.Length - at)), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            if (perSecond > 0) await Task.Delay(TimeSpan.FromSeconds((double)step / perSecond), http.RequestAborted);
        }
    }
}
