using System.Net.Http.Headers;
using System.Net.Sockets;
using Parley.Channels.Egress;

namespace Parley.Server.Egress;

/// <summary>A request to an address that somebody in a tenant has written.</summary>
/// <param name="Headers">Beside those that belong to the body and to the connection, which are ours to set.</param>
internal sealed record EgressRequest(HttpMethod Method, Uri Url, IReadOnlyDictionary<string, string> Headers, byte[]? Body = null, string? ContentType = null);

/// <param name="LongestBody">In bytes; what is longer is cut.</param>
/// <param name="Redirects">How many are followed.</param>
internal sealed record EgressLimits(TimeSpan Time, int LongestBody = 64 * 1024, int Redirects = 0);

/// <summary>What came back.</summary>
/// <param name="IsCut">The body went on beyond the limit.</param>
internal sealed record EgressAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool IsCut, TimeSpan Took);

/// <summary>No whole answer. <see cref="Code"/>: refused, timeout, unreachable, broken, too_many_redirects, bad_redirect.</summary>
internal sealed class EgressException(string code, string words, TimeSpan took) : Exception(words)
{
    public string Code => code;
    public TimeSpan Took => took;
}

/// <summary>The one way out to addresses that people write: webhooks, steps of automations. Each connection is judged by what it dials, each redirect is
/// a new request with the same judgement, nothing of ours travels along (no cookies, no proxy, no credentials), and time and size are bounded.</summary>
internal sealed class EgressClient(EgressDialler dialler, TimeProvider time) : IDisposable
{
    /// <summary>Says for which run of an automation a request is made.</summary>
    public const string RunHeader = "Parley-Run";

    // What belongs to the connection or to the length of the body; a request that sets them could be read as two.
    static readonly HashSet<string> Ours = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Connection", "Keep-Alive", "Content-Length", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", "Content-Type",
        "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection",
    };

    // No secrets: by the one a receiver sees that it got the same twice, by the other a circle is seen.
    static readonly HashSet<string> Carried = new(StringComparer.OrdinalIgnoreCase) { "Idempotency-Key", RunHeader };

    readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        ConnectCallback = dialler.DialAsync, AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(2), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        MaxConnectionsPerServer = 64, MaxResponseHeadersLength = 64, MaxResponseDrainSize = 0,
    });

    /// <summary>True for an address that may be written at all: http or https, a host, no user name in it.</summary>
    public static bool IsUsable(string? text, out Uri url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url!) && url.Scheme is "http" or "https" && url.Host.Length > 0 && url.UserInfo.Length == 0 && text!.Length <= 2000;

    /// <summary>True for a header that people may set.</summary>
    public static bool IsUsableHeader(string name, string value) =>
        name.Length is > 0 and <= 100 && !Ours.Contains(name) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "!#$%&'*+-.^_`|~".Contains(letter)) && value.Length <= 4000 && !value.Any(char.IsControl);

    /// <exception cref="EgressException">There was no whole answer; says why. The other side may have got the request all the same.</exception>
    public async Task<EgressAnswer> SendAsync(EgressRequest request, EgressLimits limits, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(limits.Time);
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                using var message = Message(request);
                using var response = await _http.SendAsync(message, bound.Token);
                if (limits.Redirects > 0 && Redirect(request, response) is { } next)
                {
                    if (redirects == limits.Redirects) throw Failed("too_many_redirects", $"It redirected more than {limits.Redirects} times.");
                    request = next;
                    continue;
                }
                var (body, isCut) = await ReadAsync(response.Content, limits.LongestBody, bound.Token);
                var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
                return new((int)response.StatusCode, headers, body, isCut, time.GetElapsedTime(begun));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed("timeout", $"There was no answer within {limits.Time.TotalSeconds:0.#} seconds.");
        }
        catch (HttpRequestException failure)
        {
            throw failure switch
            {
                { InnerException: EgressRefusedException refused } => Failed("refused", refused.Message),
                { HttpRequestError: HttpRequestError.NameResolutionError } or { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } }
                    => Failed("unreachable", $"There is no host named {request.Url.Host}."),
                { HttpRequestError: HttpRequestError.ConnectionError } => Failed("unreachable", $"Nothing answers at {request.Url.Authority}."),
                { HttpRequestError: HttpRequestError.SecureConnectionError } => Failed("unreachable", $"{request.Url.Authority} has no certificate that can be trusted."),
                _ => Failed("broken", "The connection broke."),
            };
        }
        catch (IOException)
        {
            throw Failed("broken", "The answer broke off.");
        }

        EgressException Failed(string code, string words) => new(code, words, time.GetElapsedTime(begun));

        EgressRequest? Redirect(EgressRequest asked, HttpResponseMessage response)
        {
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location) return null;
            var to = new Uri(asked.Url, location);
            if (!IsUsable(to.ToString(), out to) || asked.Url.Scheme == "https" && to.Scheme != "https") throw Failed("bad_redirect", "It redirected to an address that is not used: not http or https, or no longer https.");
            // What somebody entrusted to one host is not carried to another; what only tells one request from another is.
            var headers = to.Authority == asked.Url.Authority && to.Scheme == asked.Url.Scheme ? asked.Headers : asked.Headers.Where(header => Carried.Contains(header.Key)).ToDictionary();
            return (int)response.StatusCode is 307 or 308 || asked.Method == HttpMethod.Get || asked.Method == HttpMethod.Head
                ? asked with { Url = to, Headers = headers }
                : asked with { Url = to, Headers = headers, Method = HttpMethod.Get, Body = null };
        }
    }

    static HttpRequestMessage Message(EgressRequest request)
    {
        var message = new HttpRequestMessage(request.Method, request.Url);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(body);
            if (request.ContentType is { } type && MediaTypeHeaderValue.TryParse(type, out var parsed)) message.Content.Headers.ContentType = parsed;
        }
        foreach (var (name, value) in request.Headers)
            if (IsUsableHeader(name, value) && !message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        if (!message.Headers.Contains("User-Agent")) message.Headers.TryAddWithoutValidation("User-Agent", "Parley");
        return message;
    }

    static async Task<(byte[] Body, bool IsCut)> ReadAsync(HttpContent content, int longest, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[longest + 1];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return (buffer[..Math.Min(read, longest)], read > longest);
    }

    public void Dispose() => _http.Dispose();
}
