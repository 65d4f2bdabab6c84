namespace Parley.Channels;

/// <summary>The one HTTP stack that adapters share.</summary>
public static class ChannelHttp
{
    /// <summary>No redirects (a token must not follow one, and a POST would become a GET), no cookies, no retries: what may
    /// be repeated is decided where the meaning of a failure is known.</summary>
    public static HttpMessageInvoker Create() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),   // so that a provider's DNS change is noticed
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(50),
        EnableMultipleHttp2Connections = true,
    });
}
