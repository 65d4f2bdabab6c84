using System.Net;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Files that people sent, asked for by message and attachment: the addresses in messages do not last, and some are
/// in a scheme that only Unipile can open.</summary>
internal sealed class UnipileMedia(HttpMessageInvoker http, TimeProvider time)
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    const long Megabyte = 1024 * 1024;
    const long Most = 15 * Megabyte;   // Unipile's guides; the networks behind it differ and change

    /// <summary>How an attachment of a message is called in <see cref="AttachmentReference.ProviderId"/>.</summary>
    public static string Name(string messageId, string attachmentId) => $"{messageId}/{attachmentId}";

    public static string? Complaint(string kind, long size) =>
        kind is not ("image" or "audio" or "video" or "document") ? "Through Unipile go pictures, audio, video and documents."
        : size == 0 ? "The file is empty."
        : size > Most ? $"Unipile takes files of up to 15 MB. This one has {size / (double)Megabyte:N1} MB."
        : null;

    public async Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken)
    {
        var settings = UnipileSettings.Of(account);
        if (reference.ProviderId?.Split('/', 2) is not [var message, var attachment]) return FetchedMedia.Failed("The network no longer has this file.", isFinal: true);
        if (UnipileRequest.KeyProblem(settings) is { } problem) return FetchedMedia.Failed(problem, isFinal: false);
        if (UnipileRequest.Address(settings, $"/messages/{UnipileRequest.Escaped(message)}/attachments/{UnipileRequest.Escaped(attachment)}") is not { } address)
            return FetchedMedia.Failed("The account's DSN is no address.", isFinal: false);

        using var clock = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            return await DownloadAsync(address, settings, reference.MimeType, into, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return FetchedMedia.Failed("The file came too slowly. We will try again.", isFinal: false);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException and not MediaTooLargeException)
        {
            return FetchedMedia.Failed("The connection broke while the file came. We will try again.", isFinal: false);
        }
    }

    async Task<FetchedMedia> DownloadAsync(Uri address, UnipileSettings settings, string? mime, Stream into, CancellationToken cancellationToken)
    {
        using var request = UnipileRequest.For(HttpMethod.Get, address, settings);
        request.Headers.Accept.Clear();
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Silence);
        using var response = await http.SendAsync(request, silence.Token);
        if (!response.IsSuccessStatusCode)
            return new(null, null, Judge(response.StatusCode, UnipileErrors.Read(await OneRequest.ReadAsync(response.Content, silence.Token)).Type));
        await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, silence.Token)) > 0)
        {
            await into.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            silence.CancelAfter(Silence);
        }
        return new(mime ?? response.Content.Headers.ContentType?.MediaType, null, null);
    }

    static FetchFailure Judge(HttpStatusCode status, string? type) => (type, (int)status) switch
    {
        ("missing_credentials", _) => new("Unipile does not accept the account's access token. Renew it; the file is fetched then.", IsFinal: false),
        (_, 401) => new("Unipile has lost its connection to the account. Reconnect it there; the file is fetched then.", IsFinal: false),
        (not null, 404 or 410) => new("The network no longer has this file.", IsFinal: true),
        (not null, 501) => new("Unipile cannot fetch files of this network.", IsFinal: true),
        (_, 429 or >= 500) => new("Unipile has a problem of its own. We will try again.", IsFinal: false),
        _ => new($"Unipile refused the file (HTTP {(int)status}).", IsFinal: false),
    };
}
