using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Parley.Server.Integrations;
using Parley.Server.Platform.Http;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Media;

/// <summary>One file, as a link to it knows it.</summary>
internal sealed record LinkedFile(Guid TenantId, string Sha256, string MimeType, string? FileName, long Size);

/// <summary>Addresses from which a provider fetches a file that goes out. The address is the permission: sealed with the installation's
/// keys, so that nobody can make or guess one, for one file, and for a while.</summary>
internal sealed class MediaLinks(SecretBox secrets, PublicAddress address, TimeProvider time)
{
    sealed record Payload(LinkedFile File, DateTimeOffset Until);

    public string Make(LinkedFile file, TimeSpan lifetime) =>
        $"{address.Url()}/media/{WebEncoders.Base64UrlEncode(secrets.Seal("media link", JsonSerializer.SerializeToUtf8Bytes(new Payload(file, time.GetUtcNow() + lifetime))))}";

    /// <summary>Null when it was not made here, was changed, or its time is over.</summary>
    public LinkedFile? Find(string token)
    {
        byte[] box;
        try { box = WebEncoders.Base64UrlDecode(token); }
        catch (FormatException) { return null; }
        return secrets.Open("media link", box) is { } opened && JsonSerializer.Deserialize<Payload>(opened) is { } payload && payload.Until > time.GetUtcNow() ? payload.File : null;
    }
}

internal static class MediaLinkEndpoints
{
    const int LongestToken = 2000;

    public static void MapMediaLinks(this IEndpointRouteBuilder routes) =>
        routes.MapMethods("/media/{token}", [HttpMethods.Get, HttpMethods.Head], Content).WithTags("Attachments").AllowAnonymous().DisableRateLimiting()
            .WithSummary("A file for the provider that sends it. The address is made for one message and lives some hours.").Produces(StatusCodes.Status200OK, contentType: "application/octet-stream");

    static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Content(string token, HttpContext http, MediaLinks links, IMediaStorage storage, CancellationToken cancellationToken)
    {
        if (token.Length > LongestToken || links.Find(token) is not { } file) return Problems.Missing("file");
        await using var bytes = await storage.OpenAsync(new(file.TenantId, file.Sha256), 0, file.Size, cancellationToken);
        if (bytes is null) return Problems.Missing("file");
        // Providers go by the type; a browser that comes along gets nothing it would run.
        http.Response.ContentType = file.MimeType;
        http.Response.ContentLength = file.Size;
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        http.Response.Headers.CacheControl = "private, no-store";
        http.Response.Headers["X-Robots-Tag"] = "noindex";
        var disposition = new ContentDispositionHeaderValue(FileKinds.MayShow(file.MimeType) ? "inline" : "attachment");
        disposition.SetHttpFileName(FileKinds.SafeName(file.FileName) ?? file.Sha256[..8]);
        http.Response.GetTypedHeaders().ContentDisposition = disposition;
        if (!HttpMethods.IsHead(http.Request.Method)) await bytes.CopyToAsync(http.Response.Body, 128 * 1024, cancellationToken);
        return TypedResults.Empty;
    }
}
