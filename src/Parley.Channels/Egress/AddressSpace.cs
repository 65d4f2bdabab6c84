using System.Net;
using System.Net.Sockets;

namespace Parley.Channels.Egress;

/// <summary>Which addresses belong to the open internet, by the registries of special-purpose addresses (RFC 6890 and its successors, at IANA).</summary>
internal static class AddressSpace
{
    static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            "168.63.129.16/32",   // public by number, and yet the host's own service at Azure
            // What follows lies inside 2000::/3, the part of IPv6 in use: tunnels that carry any IPv4 address, identifiers, documentation.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];
    static readonly IPNetwork InUse = IPNetwork.Parse("2000::/3");
    static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>False for everything that means this machine, its network, its cloud's own services, many at once, or nobody.</summary>
    public static bool IsPublic(IPAddress address)
    {
        address = Plain(address);
        return (address.AddressFamily == AddressFamily.InterNetwork || InUse.Contains(address)) && !Special.Any(network => network.Contains(address));
    }

    /// <summary>The IPv4 address that an IPv6 one stands for (mapped, or translated on the way by NAT64); otherwise itself, without a zone.</summary>
    public static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return Translated.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12)) : address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());
    }
}
