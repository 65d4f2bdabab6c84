using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Parley.Channels.Egress;

/// <summary>Where requests may go whose address somebody else has written: to the open internet, and to what the operator has opened by name.
/// It judges the address that is dialled, not the one that is written: a name can resolve to anything, and to something else a moment later.</summary>
/// <param name="Open">What the operator has opened.</param>
/// <param name="OpensLoopback">This machine too, as long as nobody but itself can reach Parley.</param>
public sealed record EgressPolicy(IReadOnlyList<EgressRule> Open, bool OpensLoopback = false)
{
    /// <summary>Nothing but the open internet.</summary>
    public static EgressPolicy Strict { get; } = new([]);

    /// <param name="host">As the URL has it.</param>
    /// <param name="address">What is about to be dialled.</param>
    public bool Allows(string host, int port, IPAddress address) =>
        AddressSpace.IsPublic(address)
        || OpensLoopback && IPAddress.IsLoopback(AddressSpace.Plain(address))
        || Open.Any(rule => rule.Matches(host, port, address));
}

/// <summary>One opening: a name, an address or a network, at one port or at all.</summary>
public sealed record EgressRule
{
    string? Host { get; init; }
    IPNetwork? Network { get; init; }
    int? Port { get; init; }

    /// <summary>Reads <c>crm.internal</c>, <c>crm.internal:8443</c>, <c>10.0.0.5:8080</c>, <c>[fd00::5]:8080</c>, <c>10.2.0.0/16</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EgressRule? rule)
    {
        rule = null;
        text = text.Trim();
        if (IPNetwork.TryParse(text, out var network)) rule = new() { Network = network };
        else if (IPAddress.TryParse(text, out var alone)) rule = new() { Network = Single(alone) };
        else if (!text.Contains('/') && !text.Contains('@') && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var written))
        {
            int? port = text.EndsWith($":{written.Port.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal) ? written.Port : null;
            rule = IPAddress.TryParse(written.IdnHost, out var address) ? new() { Network = Single(address), Port = port }
                : written.HostNameType == UriHostNameType.Dns ? new() { Host = Name(written.IdnHost), Port = port }
                : null;
        }
        return rule is not null;
    }

    /// <summary>The host of an address that the operator has set, whatever the port is that it names.</summary>
    public static EgressRule Of(Uri address) =>
        IPAddress.TryParse(address.IdnHost, out var ip) ? new() { Network = Single(ip), Port = address.Port } : new() { Host = Name(address.IdnHost), Port = address.Port };

    internal bool Matches(string host, int port, IPAddress address) =>
        (Port is null || Port == port) && (Network is { } network ? network.Contains(AddressSpace.Plain(address)) : Host == Name(host));

    static IPNetwork Single(IPAddress address)
    {
        var plain = AddressSpace.Plain(address);
        return new(plain, plain.GetAddressBytes().Length * 8);
    }

    static string Name(string host) => host.TrimEnd('.').ToLowerInvariant();
}
