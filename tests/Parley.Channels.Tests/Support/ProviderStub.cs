using System.Net;
using System.Text;

namespace Parley.Channels.Tests.Support;

/// <summary>Stands in for a provider's server: takes the request's body, as a socket would, then answers as told.</summary>
sealed class ProviderStub(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    public List<(HttpRequestMessage Request, string Body)> Requests { get; } = [];

    public static ProviderStub Answering(int status, string body, IReadOnlyDictionary<string, string>? headers = null) => new((_, _) =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>()) response.Headers.TryAddWithoutValidation(name, value);
        return Task.FromResult(response);
    });

    public static ProviderStub Failing(Func<Exception> failure) => new((_, _) => throw failure());

    public static ProviderStub Silent() => new(async (_, cancellationToken) =>
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("Nobody waits this long.");
    });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request, body));
        return await answer(request, cancellationToken);
    }
}
