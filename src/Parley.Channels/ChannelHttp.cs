using Parley.Channels.Egress;

namespace Parley.Channels;

/// <summary>The one HTTP stack that adapters share.</summary>
public static class ChannelHttp
{
    /// <summary>No redirects (a token must not follow one, and a POST would become a GET), no cookies, no retries: what may
    /// be repeated is decided where the meaning of a failure is known.</summary>
    /// <param name="policy">Where accounts' addresses may lead. Null, for tools of whoever runs the machine: anywhere.</param>
    public static HttpMessageInvoker Create(EgressPolicy? policy = null) => new(new SocketsHttpHandler
    {
        ConnectCallback = policy is null ? null : new EgressDialler(policy).DialAsync,
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),   // so that a provider's DNS change is noticed
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(50),
        EnableMultipleHttp2Connections = true,
    });
}
