using System.Net;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Files that people sent. Twilio's own address wants the account's access, and answers with the address of a store, which must
/// not get it (https://www.twilio.com/docs/messaging/api/media-resource).</summary>
internal sealed class TwilioMedia(HttpMessageInvoker http, TimeProvider time)
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    const int Drip = 64 * 1024;   // bytes: the least that must come in the time of a silence
    const int MostHops = 3;
    const long Megabyte = 1024 * 1024;

    static readonly string[] Stores = [".twilio.com", ".twiliocdn.com", ".amazonaws.com"];

    static readonly string[] WhatsAppTypes =
    [
        "image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/amr", "audio/3gpp", "audio/aac", "audio/mpeg", "audio/mp4", "video/mp4", "application/pdf",
        "application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", "text/vcard", "text/plain", "text/csv",
    ];

    /// <summary>16 MB for WhatsApp (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages) and 5 MB for MMS; which
    /// account a file will go to is not known when it is asked for, so the larger one counts. The smaller is Twilio's to refuse.</summary>
    public static string? Complaint(string mimeType, long size)
    {
        var type = mimeType.Split(';')[0].Trim().ToLowerInvariant();
        if (size == 0) return "The file is empty.";
        if (size > 16 * Megabyte) return $"Twilio takes files of up to 16 MB. This has {size / (double)Megabyte:N1} MB.";
        return WhatsAppTypes.Contains(type) || type.Split('/')[0] is "image" or "audio" or "video" ? null : $"Twilio takes pictures, audio, video, PDF, Office files, vCards and plain text. This is {type}.";
    }

    /// <summary>:: 1 where it is · 2 from host to host, the access only to Twilio · 3 the bytes.</summary>
    public async Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken)
    {
        var settings = TwilioSettings.Of(account);
        if (TwilioRequest.Problem(settings) is var (problem, _)) return FetchedMedia.Failed(problem, isFinal: false);
        using var clock = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            // :: 1
            var url = reference.Url is { } given && given.StartsWith("/2010-04-01/", StringComparison.Ordinal) ? settings.BaseUrl + given : reference.Url;
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !IsTwilios(address, settings)) return Elsewhere;

            // :: 2
            for (var hop = 0; hop <= MostHops; hop++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                if (IsApi(address, settings)) request.Headers.Authorization = TwilioRequest.Access(settings);
                using var silence = CancellationTokenSource.CreateLinkedTokenSource(either.Token);
                silence.CancelAfter(Silence);
                using var response = await http.SendAsync(request, silence.Token);
                if ((int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is { } location)
                {
                    address = new Uri(address, location);
                    if (!IsTwilios(address, settings)) return Elsewhere;
                    continue;
                }
                if (!response.IsSuccessStatusCode) return Judge(response.StatusCode);

                // :: 3
                await CopyAsync(response, into, silence, cancellationToken);
                return new(response.Content.Headers.ContentType?.MediaType ?? reference.MimeType, null, null);
            }
            return FetchedMedia.Failed("Twilio sent us from address to address without the file. We will try again.", isFinal: false);
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

    static async Task CopyAsync(HttpResponseMessage response, Stream into, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
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
    }

    static FetchedMedia Elsewhere => FetchedMedia.Failed("Twilio named an address for this file that is not one of Twilio's. It was not fetched.", isFinal: true);

    static bool IsApi(Uri address, TwilioSettings settings) =>
        Uri.TryCreate(settings.BaseUrl, UriKind.Absolute, out var api) && address.Scheme == api.Scheme && address.Authority == api.Authority;

    // Whoever stands in for Twilio keeps its files on the same machine.
    static bool IsTwilios(Uri address, TwilioSettings settings) =>
        IsApi(address, settings)
        || address.Scheme == "https" && Stores.Any(host => address.Host.EndsWith(host, StringComparison.OrdinalIgnoreCase))
        || !settings.IsTwilioItself && address.Scheme is "http" or "https" && Uri.TryCreate(settings.BaseUrl, UriKind.Absolute, out var api) && (address.Host == api.Host || address.IsLoopback && api.IsLoopback);

    // A file that was just announced may be missing for a moment.
    static FetchedMedia Judge(HttpStatusCode status) => FetchedMedia.Failed((int)status switch
    {
        401 or 403 => "Twilio does not accept the account's access. Renew its token; the file is fetched then.",
        404 or 410 => "Twilio does not have this file, or not yet.",
        429 or >= 500 => "Twilio has a problem of its own. We will try again.",
        var other => $"Twilio refused the file (HTTP {other}).",
    }, isFinal: false);
}
