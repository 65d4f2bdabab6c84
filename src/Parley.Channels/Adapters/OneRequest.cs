using System.Net;
using System.Net.Http.Headers;
using Parley.Channels.Contract;
using Parley.Channels.Egress;

namespace Parley.Channels.Adapters;

/// <summary>An answer. <paramref name="Body"/> is null when it broke off or was absurdly long.</summary>
internal sealed record HttpAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, byte[]? Body);

/// <summary>Makes a request that must not be made twice, and when it goes wrong says whether it can have arrived.</summary>
internal static class OneRequest
{
    const int LargestBody = 1024 * 1024;

    /// <summary>An answer or a failure, never both. Throws only when <paramref name="cancellationToken"/> fires before the body left.</summary>
    public static async Task<(HttpAnswer? Answer, SendFailure? Failure)> SendAsync(
        HttpMessageInvoker http, HttpRequestMessage request, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var departure = new Departure(request.Content!);
        request.Content = departure;
        using var clock = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            using var response = await http.SendAsync(request, either.Token);
            return (new HttpAnswer(response.StatusCode, response.Headers, await ReadAsync(response.Content, either.Token)), null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !departure.HasLeft)
        {
            throw;
        }
        catch (HttpRequestException failure) when (NeverConnected(failure) || !departure.HasLeft)
        {
            return (null, SendFailure.ConnectionFailed.From(null, Words(failure)));
        }
        catch (Exception failure)   // whatever it was, only this matters: had the body left?
        {
            return (null, (departure.HasLeft ? SendFailure.OutcomeUnknown : SendFailure.ConnectionFailed).From(null, Words(failure)));
        }
    }

    /// <summary>The whole body, or null. A status line has arrived by now, so a broken body is an answer of its own.</summary>
    public static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken, int largest = LargestBody)
    {
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            using var body = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                body.Write(buffer, 0, read);
                if (body.Length > largest) return null;
            }
            return body.ToArray();
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    public static bool NeverConnected(HttpRequestException failure) => failure.HttpRequestError
        is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;

    /// <summary>Why a provider could not be reached, in few words.</summary>
    public static string Reason(Exception broken) => broken switch
    {
        HttpRequestException { InnerException: EgressRefusedException refused } => refused.Message,
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } told => $"{told.HttpRequestError}",
        _ => "The connection broke.",
    };

    static string Words(Exception failure) => StorableText.Clean(failure switch
    {
        OperationCanceledException => "No answer in time.",
        HttpRequestException { InnerException: EgressRefusedException refused } => refused.Message,
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http => $"{http.HttpRequestError}: {http.Message}",
        _ => failure.Message,
    });

    /// <summary>Notices when the handler starts to write the body: before that, no provider can have taken the message.
    /// Exception types alone do not tell (a connect time-out and a lost answer are both cancellations).</summary>
    sealed class Departure : HttpContent
    {
        readonly HttpContent body;

        public Departure(HttpContent body)
        {
            this.body = body;
            foreach (var header in body.Headers) Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        public bool HasLeft { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            HasLeft = true;
            return body.CopyToAsync(stream, context, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Headers.ContentLength ?? 0;
            return body.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) body.Dispose();
            base.Dispose(disposing);
        }
    }
}
