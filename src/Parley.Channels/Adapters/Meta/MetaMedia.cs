using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Files that come and go: an id is resolved to an address that lives five minutes, and the token goes along only to
/// hosts that are Meta's (…/documentation/business-messaging/whatsapp/business-phone-numbers/media).</summary>
internal sealed class MetaMedia(HttpMessageInvoker http, TimeProvider time)
{
    // Meta keeps an uploaded file 30 days; we stop relying on it a day earlier.
    static readonly TimeSpan UploadKept = TimeSpan.FromDays(29);
    static readonly TimeSpan Answer = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    const int Drip = 64 * 1024;   // bytes: the least that must come in the time of a silence

    static readonly string[] MetaHosts = [".fbsbx.com", ".fbcdn.net", ".facebook.com", ".whatsapp.net", ".cdninstagram.com"];

    const long Megabyte = 1024 * 1024;

    static readonly Dictionary<string, (string[] Types, long Most, string Words)> Limits = new()
    {
        ["image"] = (["image/jpeg", "image/png"], 5 * Megabyte, "WhatsApp takes pictures as JPEG or PNG of up to 5 MB."),
        ["audio"] = (["audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"], 16 * Megabyte, "WhatsApp takes audio as AAC, MP4, MP3, AMR or OGG of up to 16 MB."),
        ["video"] = (["video/mp4", "video/3gpp"], 16 * Megabyte, "WhatsApp takes video as MP4 or 3GP of up to 16 MB."),
        ["document"] = ([], 100 * Megabyte, "WhatsApp takes documents of up to 100 MB."),
        ["sticker"] = (["image/webp"], 500 * 1024, "WhatsApp takes stickers as WebP of up to 100 kB, or 500 kB when they move."),
    };

    public static string? Complaint(string kind, string mimeType, long size)
    {
        if (!Limits.TryGetValue(kind, out var limit)) return "WhatsApp takes pictures, audio, video, documents and stickers.";
        var type = mimeType.Split(';')[0].Trim();
        return size == 0 ? "The file is empty."
            : size > limit.Most || limit.Types.Length > 0 && !limit.Types.Contains(type) ? $"{limit.Words} This is {type} of {(size < Megabyte ? $"{size / 1024.0:N0} kB" : $"{size / (double)Megabyte:N1} MB")}."
            : null;
    }

    /// <summary>:: 1 where it is · 2 whether the token may go there · 3 the bytes.</summary>
    public async Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken)
    {
        var settings = MetaSettings.Of(account);
        if (MetaRequest.TokenProblem(settings) is { } problem) return FetchedMedia.Failed(problem, isFinal: false);
        using var clock = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            // :: 1
            var (url, mime, digest) = (reference.Url, reference.MimeType, reference.Sha256);
            if (reference.ProviderId is { } id)
            {
                var (resolved, failure) = await ResolveAsync(id, settings, either.Token);
                if (resolved is null) return new(null, null, failure);
                (url, mime, digest) = (resolved.Url, resolved.MimeType ?? mime, resolved.Sha256 ?? digest);
            }

            // :: 2
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !IsMetas(address, settings))
                return FetchedMedia.Failed("Meta named an address for this file that is not one of Meta's. It was not fetched.", isFinal: true);

            // :: 3
            return await DownloadAsync(address, settings, into, mime, Hex(digest), either.Token);
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

    sealed record Resolved(string Url, string? MimeType, string? Sha256);

    // Without phone_number_id, which Meta checks against who uploaded: a file that a customer sent was uploaded by nobody of ours.
    async Task<(Resolved? Media, FetchFailure? Failure)> ResolveAsync(string id, MetaSettings settings, CancellationToken cancellationToken)
    {
        if (MetaRequest.Address(settings, id, "") is not { } address)
            return (null, new("The account's base_url is no http address.", IsFinal: false));
        using var request = MetaRequest.For(HttpMethod.Get, address, settings);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Answer);
        using var response = await http.SendAsync(request, limit.Token);
        var body = await OneRequest.ReadAsync(response.Content, limit.Token);
        try
        {
            using var document = JsonDocument.Parse(body ?? []);
            var root = document.RootElement;
            if (MetaErrors.Find(root, (int)response.StatusCode >= 500) is { } failure) return (null, Judge(failure, response.StatusCode));
            if (root.Get("url"u8).Text() is { } url) return (new(url, root.Get("mime_type"u8).Text(), root.Get("sha256"u8).Text()), null);
        }
        catch (JsonException)
        {
            // Judged by its status below.
        }
        return (null, Judge(null, response.StatusCode));
    }

    async Task<FetchedMedia> DownloadAsync(Uri address, MetaSettings settings, Stream into, string? mime, string? digest, CancellationToken cancellationToken)
    {
        using var request = MetaRequest.For(HttpMethod.Get, address, settings);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Silence);
        using var response = await http.SendAsync(request, silence.Token);
        if (!response.IsSuccessStatusCode) return new(null, null, Judge(null, response.StatusCode));
        await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
        var buffer = new byte[64 * 1024];
        int read;
        var since = 0;
        while ((read = await body.ReadAsync(buffer, silence.Token)) > 0)
        {
            await into.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            // Drips count as silence: who sends a byte now and then would hold a worker for ever.
            if ((since += read) < Drip) continue;
            silence.CancelAfter(Silence);
            since = 0;
        }
        return new(mime ?? response.Content.Headers.ContentType?.MediaType, digest, null);
    }

    // An expired address and a file that is gone look alike: the address is asked for again with the next try.
    static FetchFailure Judge(SendFailure? failure, HttpStatusCode status) => (failure?.Code, (int)status) switch
    {
        ("account_invalid", _) or (null, 401 or 403) => new("Meta does not accept the account's access. Renew its token; the file is fetched then.", IsFinal: false),
        (_, 404 or 410) => new("Meta no longer has this file, or not at this address.", IsFinal: false),
        ("rate_limited" or "provider_unavailable", _) or (_, 429 or >= 500) => new("Meta has a problem of its own. We will try again.", IsFinal: false),
        ("rejected" or "content_invalid", _) => new("Meta knows no such file for this account.", IsFinal: false),
        _ => new($"Meta refused the file (HTTP {(int)status}).", IsFinal: false),
    };

    static bool IsMetas(Uri address, MetaSettings settings)
    {
        if (Uri.TryCreate(settings.BaseUrl, UriKind.Absolute, out var graph) && address.Scheme == graph.Scheme && address.Authority == graph.Authority) return true;
        return address.Scheme == "https" && MetaHosts.Any(host => address.Host.EndsWith(host, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Webhooks give the digest in base64, the resolved file in hex.</summary>
    static string? Hex(string? digest)
    {
        if (digest is null) return null;
        if (digest.Length == 64 && digest.All(char.IsAsciiHexDigit)) return digest.ToLowerInvariant();
        var bytes = new byte[64];
        return Convert.TryFromBase64String(digest, bytes, out var length) && length == 32 ? Convert.ToHexStringLower(bytes.AsSpan(0, 32)) : null;
    }

    public async Task<UploadedMedia> UploadAsync(OutboundFile file, ChannelAccount account, CancellationToken cancellationToken)
    {
        var settings = MetaSettings.Of(account);
        if (MetaRequest.TokenProblem(settings) is { } problem) return Failed(SendFailure.AccountInvalid.From(null, problem));
        if (MetaRequest.Address(settings, account.ExternalId, "/media") is not { } address)
            return Failed(SendFailure.Rejected.From(null, "The account's base_url is no http address."));
        try
        {
            using var limit = new CancellationTokenSource(Longest, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            await using var bytes = await file.Open(either.Token);
            using var part = new StreamContent(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(file.MimeType), ContentLength = file.Size } };
            using var form = new MultipartFormDataContent { { new StringContent("whatsapp"), "messaging_product" }, { new StringContent(file.MimeType), "type" } };
            form.Add(part, "file", AsciiName(file));
            using var request = MetaRequest.For(HttpMethod.Post, address, settings);
            request.Content = form;
            using var response = await http.SendAsync(request, either.Token);
            var body = await OneRequest.ReadAsync(response.Content, either.Token);
            using var document = JsonDocument.Parse(body ?? []);
            var root = document.RootElement;
            if (root.Get("id"u8).Id() is { } id && response.IsSuccessStatusCode) return new(id, UploadKept, null);
            var failure = MetaErrors.Find(root, (int)response.StatusCode >= 500) ?? Silent(response.StatusCode);
            return Failed(failure with { ProviderText = Redaction.Redact(failure.ProviderText, account.Credentials.Values) });
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or JsonException || broken is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // A file that arrived twice harms nobody: an upload may always be repeated.
            return Failed(SendFailure.ConnectionFailed.From(null, "The file did not get through."));
        }
    }

    static SendFailure Silent(HttpStatusCode status) => (int)status switch
    {
        429 => SendFailure.RateLimited.From("429", null),
        401 => SendFailure.AccountInvalid.From("401", null),
        413 => SendFailure.ContentInvalid.From("413", "The file is too large."),
        >= 500 => SendFailure.ProviderUnavailable.From($"{(int)status}", null),
        var other => SendFailure.Rejected.From($"{other}", null),
    };

    static UploadedMedia Failed(SendFailure failure) => new(null, TimeSpan.Zero, failure);

    // The name in a form's header is for machines; what the person sees travels with the message.
    static string AsciiName(OutboundFile file) => $"file{Path.GetExtension(new string([.. (file.FileName ?? "").Where(letter => letter is '.' or (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'))]))}";
}
