using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;

namespace Parley.Emulators.Meta;

/// <summary>A file at Meta.</summary>
internal sealed record MetaFile(string Id, string MimeType, byte[] Bytes)
{
    public byte[] Digest { get; } = SHA256.HashData(Bytes);
}

/// <summary>Files that people sent and files that were uploaded, and the addresses under which they can be had for five minutes.</summary>
internal sealed class MetaFiles(TimeProvider time)
{
    static readonly TimeSpan AddressLives = TimeSpan.FromMinutes(5);
    readonly ConcurrentDictionary<string, MetaFile> _files = new();
    readonly ConcurrentDictionary<string, (string Id, DateTimeOffset Until)> _addresses = new();

    public MetaFile Add(string mimeType, byte[] bytes)
    {
        var file = new MetaFile(RandomNumberGenerator.GetInt32(100_000_000, int.MaxValue).ToString() + RandomNumberGenerator.GetInt32(100_000, 999_999), mimeType, bytes);
        _files[file.Id] = file;
        return file;
    }

    public MetaFile? Find(string id) => _files.GetValueOrDefault(id);

    public bool Remove(string id) => _files.TryRemove(id, out _);

    public string NewAddress(string id)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _addresses[token] = (id, time.GetUtcNow() + AddressLives);
        return token;
    }

    public MetaFile? FindByAddress(string token) => _addresses.TryGetValue(token, out var address) && address.Until > time.GetUtcNow() ? Find(address.Id) : null;
}

/// <summary>The media calls of the Graph API: upload, resolve, download (at another path, as at Meta), delete.</summary>
internal static class MetaMediaGraph
{
    const long Megabyte = 1024 * 1024;

    static readonly Dictionary<string, long> Caps = new()
    {
        ["image/jpeg"] = 5 * Megabyte, ["image/png"] = 5 * Megabyte, ["image/webp"] = 500 * 1024,
        ["audio/aac"] = 16 * Megabyte, ["audio/mp4"] = 16 * Megabyte, ["audio/mpeg"] = 16 * Megabyte, ["audio/amr"] = 16 * Megabyte, ["audio/ogg"] = 16 * Megabyte,
        ["video/mp4"] = 16 * Megabyte, ["video/3gpp"] = 16 * Megabyte,
    };

    public static void MapMetaMedia(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in new[] { "/meta", "/meta/v{version}" })
        {
            routes.MapPost(prefix + "/{phoneNumberId}/media", Upload).DisableAntiforgery().WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(110 * Megabyte));
            routes.MapDelete(prefix + "/{mediaId}", Delete);
        }
        routes.MapGet("/meta/lookaside/{token}", Download);
    }

    static async Task<IResult> Upload(string phoneNumberId, HttpRequest request, MetaFiles files, MetaEmulator meta)
    {
        if (!MetaGraph.IsAuthorised(request)) return MetaErrors.Answer(401, 190);
        var faults = meta.Faults;
        if (faults.Count(() => faults.MediaFailNext, left => faults.MediaFailNext = left)) return MetaErrors.Answer(faults.Status, faults.Code);
        if (!request.HasFormContentType) return MetaErrors.Answer(400, 100, "The request must be multipart/form-data.");
        request.HttpContext.Features.Set<IFormFeature>(new FormFeature(request, new FormOptions { MultipartBodyLengthLimit = 110 * Megabyte }));
        var form = await request.ReadFormAsync();
        if (form["messaging_product"] != "whatsapp") return MetaErrors.Answer(400, 100, "The parameter messaging_product is required.");
        if (form.Files.GetFile("file") is not { Length: > 0 } part) return MetaErrors.Answer(400, 100, "The parameter file is required.");
        var type = (part.ContentType is { Length: > 0 } given ? given : form["type"].ToString()).Split(';')[0];
        if (part.Length > Caps.GetValueOrDefault(type, 100 * Megabyte)) return MetaErrors.Answer(400, 131053, $"The file is too large for {type}.");
        using var bytes = new MemoryStream();
        await part.CopyToAsync(bytes);
        return Results.Json(new { id = files.Add(type, bytes.ToArray()).Id });
    }

    /// <summary>Null when there is no such file: the id may be a number's.</summary>
    public static IResult? Resolve(string id, HttpRequest request, MetaFiles files, MetaEmulator meta)
    {
        if (files.Find(id) is not { } file) return null;
        var faults = meta.Faults;
        if (faults.Count(() => faults.MediaFailNext, left => faults.MediaFailNext = left)) return MetaErrors.Answer(faults.Status, faults.Code);
        if (faults.MediaVanished) return MetaErrors.Answer(400, 100, $"Unsupported get request. Object with ID '{id}' does not exist.");
        return Results.Json(new
        {
            messaging_product = "whatsapp", url = $"{request.Scheme}://{request.Host}/meta/lookaside/{files.NewAddress(id)}", mime_type = file.MimeType,
            sha256 = Convert.ToHexStringLower(faults.MediaWrongDigest ? SHA256.HashData(file.Digest) : file.Digest), file_size = file.Bytes.Length.ToString(), id,
        });
    }

    static async Task<IResult> Download(string token, HttpContext http, MetaFiles files, MetaEmulator meta)
    {
        if (!MetaGraph.IsAuthorised(http.Request)) return Results.StatusCode(401);
        var faults = meta.Faults;
        if (faults.Count(() => faults.MediaExpiredNext, left => faults.MediaExpiredNext = left) || files.FindByAddress(token) is not { } file) return Results.StatusCode(404);
        http.Response.ContentType = file.MimeType;
        if (faults.Count(() => faults.MediaCutNext, left => faults.MediaCutNext = left))
        {
            http.Response.ContentLength = file.Bytes.Length;
            await http.Response.Body.WriteAsync(file.Bytes.AsMemory(0, file.Bytes.Length / 2));
            await http.Response.Body.FlushAsync();
            http.Abort();
            return Results.Empty;
        }
        if (faults.MediaBytesPerSecond == 0) return Results.Bytes(file.Bytes, file.MimeType);
        for (var at = 0; at < file.Bytes.Length; at += faults.MediaBytesPerSecond)
        {
            await http.Response.Body.WriteAsync(file.Bytes.AsMemory(at, Math.Min(faults.MediaBytesPerSecond, file.Bytes.Length - at)), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(1000, http.RequestAborted);
        }
        return Results.Empty;
    }

    static IResult Delete(string mediaId, HttpRequest request, MetaFiles files) =>
        !MetaGraph.IsAuthorised(request) ? MetaErrors.Answer(401, 190)
        : files.Remove(mediaId) ? Results.Json(new { success = true })
        : MetaErrors.Answer(400, 100, $"Unsupported delete request. Object with ID '{mediaId}' does not exist.");
}
