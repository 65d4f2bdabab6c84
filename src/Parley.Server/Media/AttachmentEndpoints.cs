using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Parley.Channels.Contract;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Http;

namespace Parley.Server.Media;

internal static class AttachmentEndpoints
{
    static readonly string[] Kinds = ["image", "video", "audio", "document", "sticker"];

    public static void MapAttachments(this IEndpointRouteBuilder routes, ParleySettings settings)
    {
        var read = routes.MapGroup("/api/attachments").WithTags("Attachments").RequireAuthorization(Policies.Viewer);
        read.MapGet("/{id:guid}", Show).WithSummary("A file's state.");
        read.MapMethods("/{id:guid}/content", [HttpMethods.Get, HttpMethods.Head], Content).WithSummary("A file's bytes, or a range of them.").Produces(StatusCodes.Status200OK, contentType: "application/octet-stream");

        var write = routes.MapGroup("/api/attachments").WithTags("Attachments").RequireAuthorization(Policies.Editor);
        write.MapPost("", Upload).WithSummary("Uploads a file to be sent: its bytes as the body, or the part \"file\" of a form. One that broke off is simply sent again.")
            .Produces<AttachmentView>(StatusCodes.Status201Created)
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(settings.MediaLimit + 64 * 1024));
        write.MapPost("/{id:guid}/fetch", FetchAgain).WithSummary("Tries again to fetch a file from the provider.");
    }

    static async Task<Results<Ok<AttachmentView>, ProblemHttpResult>> Show(Guid id, Caller caller, AttachmentStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } file ? TypedResults.Ok(AttachmentView.From(file)) : Problems.Missing("attachment");

    static async Task<IResult> Upload(
        Caller caller, HttpContext http, AttachmentStore store, IMediaStorage storage, Incoming incoming, ParleySettings settings, CancellationToken cancellationToken,
        string? file_name = null, string? kind = null)
    {
        if (kind is not null && !Kinds.Contains(kind)) return Problems.Invalid("kind", $"It must be one of {string.Join(", ", Kinds)}.");
        if (http.Request.ContentLength > settings.MediaLimit + 64 * 1024) return TooLarge(settings);
        await using var received = incoming.New(settings.MediaLimit);
        string? type;
        try
        {
            if (http.Request.HasFormContentType)
            {
                if (await PartAsync(http.Request, cancellationToken) is not { } part) return Problems.Invalid("file", "The form has no part named file.");
                (type, file_name) = (part.ContentType, file_name ?? part.ContentDisposition?.FileNameStar.Value ?? part.ContentDisposition?.FileName.Value);
                await part.Section.Body.CopyToAsync(received, cancellationToken);
            }
            else
            {
                type = http.Request.ContentType;
                await http.Request.Body.CopyToAsync(received, cancellationToken);
            }
        }
        catch (MediaTooLargeException)
        {
            return TooLarge(settings);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return Problems.Invalid("file", "The form broke off. Send it again.");
        }
        await received.CompleteAsync(cancellationToken);
        if (received.Length == 0) return Problems.Invalid("file", "The file is empty.");
        var (size, proven) = (received.Length, FileKinds.TypeOf(received.Head, type));
        await storage.PutAsync(new(caller.TenantId, received.Sha256), received.FilePath, cancellationToken);
        var row = await store.AddUploadAsync(caller.TenantId, kind ?? FileKinds.KindOf(proven), proven, FileKinds.SafeName(file_name), size, received.Sha256, caller.Author, cancellationToken);
        return TypedResults.Created($"/api/attachments/{row.Id}", AttachmentView.From(row));
    }

    static async Task<(MultipartSection Section, string? ContentType, ContentDispositionHeaderValue? ContentDisposition)?> PartAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value;
        if (string.IsNullOrEmpty(boundary) || boundary.Length > 100) return null;
        var reader = new MultipartReader(boundary, request.Body) { BodyLengthLimit = null };
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && HeaderUtilities.RemoveQuotes(disposition.Name) == "file")
                return (section, section.ContentType, disposition);
        return null;
    }

    static async Task<Results<Accepted<AttachmentView>, ProblemHttpResult>> FetchAgain(
        Guid id, Caller caller, AttachmentStore store, IMediaStorage storage, JobNews news, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } known) return Problems.Missing("attachment");
        var isLost = false;
        if (known is { Status: "stored", Sha256: { } sha256 })
            await using (var bytes = await storage.OpenAsync(new(caller.TenantId, sha256), 0, 1, cancellationToken)) isLost = bytes is null;
        var (file, queued) = await store.FetchAgainAsync(caller.TenantId, id, isLost, cancellationToken);
        if (file is null) return Problems.Missing("attachment");
        if (!queued) return Problems.Conflict(isLost ? "This file was uploaded here and is lost: no provider has it." : "This file is here already.");
        news.Publish();
        return TypedResults.Accepted($"/api/attachments/{id}", AttachmentView.From(file));
    }

    /// <summary>Never a page: unknown types are downloads, nothing may run, nothing is guessed, and only those who may see the
    /// message get it.</summary>
    static async Task<IResult> Content(Guid id, Caller caller, HttpContext http, AttachmentStore store, IMediaStorage storage, CancellationToken cancellationToken, bool download = false)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } file) return Problems.Missing("attachment");
        if (file is not { Status: "stored", Sha256: { } sha256, Size: { } size })
            return Problems.Conflict(file.Status == "failed" ? $"This file could not be fetched. {file.Error}" : "This file is still on its way from the provider.");

        var headers = http.Response.GetTypedHeaders();
        var tag = new EntityTagHeaderValue($"\"{sha256}\"");
        headers.ETag = tag;
        headers.CacheControl = new CacheControlHeaderValue { Private = true, MaxAge = TimeSpan.FromDays(1) };
        http.Response.Headers.AcceptRanges = "bytes";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        http.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))) return TypedResults.StatusCode(StatusCodes.Status304NotModified);

        var (offset, length, isPart) = (0L, size, false);
        if (http.Request.GetTypedHeaders().Range is { Unit.Value: "bytes", Ranges.Count: 1 } asked)
        {
            var range = asked.Ranges.First();
            offset = range.From ?? Math.Max(0, size - range.To!.Value);
            var last = range.From is null ? size - 1 : Math.Min(range.To ?? size - 1, size - 1);
            if (offset > last)
            {
                headers.ContentRange = new ContentRangeHeaderValue(size);
                return TypedResults.Problem($"The file has {size} bytes.", statusCode: StatusCodes.Status416RangeNotSatisfiable, title: "No such range");
            }
            (length, isPart) = (last - offset + 1, true);
        }
        // A promise of bytes that the head of the answer makes is checked, also where only the head was asked for.
        await using var bytes = await storage.OpenAsync(new(caller.TenantId, sha256), offset, length, cancellationToken);
        if (bytes is null) return TypedResults.Problem("The file is not in the storage. Look whether the media folder or bucket is the right one.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "File missing");

        var mayShow = FileKinds.MayShow(file.MimeType) && !download;
        var disposition = new ContentDispositionHeaderValue(mayShow ? "inline" : "attachment");
        disposition.SetHttpFileName(FileKinds.SafeName(file.FileName) ?? $"{file.Kind}-{sha256[..8]}");
        headers.ContentDisposition = disposition;
        if (isPart)
        {
            http.Response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = new ContentRangeHeaderValue(offset, offset + length - 1, size);
        }
        http.Response.ContentType = mayShow ? file.MimeType : FileKinds.Unknown;
        http.Response.ContentLength = length;
        if (HttpMethods.IsHead(http.Request.Method)) return TypedResults.Empty;
        await bytes.CopyToAsync(http.Response.Body, 128 * 1024, cancellationToken);
        return TypedResults.Empty;
    }

    static ProblemHttpResult TooLarge(ParleySettings settings) =>
        TypedResults.Problem($"A file may have {settings.MediaLimit / 1024 / 1024} MB.", statusCode: StatusCodes.Status413PayloadTooLarge, title: "Too large");
}
