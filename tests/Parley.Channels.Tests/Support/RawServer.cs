using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Channels.Tests.Support;

/// <summary>A real socket on loopback that reads one request, writes these bytes as they are and hangs up: what no
/// well-behaved server library would do.</summary>
sealed class RawServer : IAsyncDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly Task serving;

    public RawServer(string answer)
    {
        listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        serving = ServeAsync(answer);
    }

    public string Url { get; }

    /// <summary>Where nobody listens (any more).</summary>
    public static string ClosedUrl()
    {
        using var once = new TcpListener(IPAddress.Loopback, 0);
        once.Start();
        return $"http://127.0.0.1:{((IPEndPoint)once.LocalEndpoint).Port}";
    }

    async Task ServeAsync(string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var received = new StringBuilder();
        var buffer = new byte[4096];
        // Meta's messages end in the two braces of their last member; that is all this needs to know of HTTP.
        while (!received.ToString().TrimEnd().EndsWith('}'))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0) return;
            received.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        try
        {
            await serving;
        }
        catch (Exception failure) when (failure is SocketException or IOException or ObjectDisposedException)
        {
            // Nobody called.
        }
    }
}
