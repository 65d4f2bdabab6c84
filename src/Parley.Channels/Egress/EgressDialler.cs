using System.Net;
using System.Net.Sockets;

namespace Parley.Channels.Egress;

/// <summary>Opens connections for a <see cref="SocketsHttpHandler"/>, each to an address that the policy allows. The name is resolved here, once, and what
/// was judged is what is dialled: a name server that answers differently the second time is never asked a second time.</summary>
/// <param name="resolve">Null: the system's resolver.</param>
public sealed class EgressDialler(EgressPolicy policy, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="EgressRefusedException">No address of this host may be called.</exception>
    /// <exception cref="SocketException">It has no address, or nothing answers there.</exception>
    public async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        // Through a proxy of the operator's, only the proxy knows what is dialled: it is the one that decides.
        var isProxy = context.InitialRequestMessage.RequestUri is { } url && (url.Port != port || !url.IdnHost.Trim('[', ']').Equals(host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase));
        var addresses = IPAddress.TryParse(host, out var written) ? [written] : await _resolve(host, cancellationToken).ConfigureAwait(false);
        var allowed = isProxy ? addresses : [.. addresses.Where(address => policy.Allows(host, port, address))];
        if (allowed.Length == 0) throw addresses.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new EgressRefusedException(host);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>An address that nobody outside may make us call. Nothing was sent.</summary>
public sealed class EgressRefusedException(string host)
    : IOException($"{host} is not on the open internet, and Parley calls nothing else unless its operator opens it with PARLEY_EGRESS_ALLOW.");
