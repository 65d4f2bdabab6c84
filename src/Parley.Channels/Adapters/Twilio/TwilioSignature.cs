using System.Security.Cryptography;
using System.Text;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Twilio signs the address it called and, for a form, the decoded fields sorted by name
/// (https://www.twilio.com/docs/usage/webhooks/webhooks-security).</summary>
public static class TwilioSignature
{
    public const string Header = "X-Twilio-Signature";
    const string BodyHash = "bodySHA256";

    /// <summary>The header's value. A GET and a JSON body have no fields.</summary>
    public static string Of(string authToken, string address, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var signed = new StringBuilder(address);
        foreach (var (name, value) in fields.OrderBy(field => field.Key, StringComparer.Ordinal)) signed.Append(name).Append(value);
#pragma warning disable CA5350 // SHA-1 is Twilio's choice; as a keyed hash it still holds.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(signed.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>False without a token: an empty key is one that everybody knows.</summary>
    /// <param name="authTokens">The account's, and the one before while it is being replaced.</param>
    /// <param name="address">As it was called, its query as it was written. What stands after # is never sent, nor signed.</param>
    public static bool Matches(string? given, IEnumerable<string> authTokens, string address, string? contentType, ReadOnlyMemory<byte> body)
    {
        if (string.IsNullOrEmpty(given) || address.Length == 0) return false;
        address = address.Split('#')[0];
        IReadOnlyList<IEnumerable<KeyValuePair<string, string>>> readings = [[]];
        if (HashIn(address) is { } announced && contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
        {
            if (!Same(announced.ToLowerInvariant(), Convert.ToHexStringLower(SHA256.HashData(body.Span)))) return false;
        }
        else if (body.Length > 0)
        {
            readings = Readings(new TwilioForm(body.Span).Fields);
        }
        var matches = false;
        foreach (var token in authTokens.Where(token => token.Length > 0))
            foreach (var called in Ports(address))
                foreach (var fields in readings) matches |= Same(given, Of(token, called, fields));
        return matches;
    }

    static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    /// <summary>Twilio repeats no name. If one ever comes twice: its own libraries disagree, so either reading counts.</summary>
    static List<IEnumerable<KeyValuePair<string, string>>> Readings(IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        var names = fields.GroupBy(field => field.Key, StringComparer.Ordinal).ToList();
        if (names.Count == fields.Count) return [fields];
        return
        [
            names.SelectMany(name => name.Select(field => field.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(value => KeyValuePair.Create(name.Key, value))).ToList(),
            names.Select(name => KeyValuePair.Create(name.Key, string.Join(',', name.Select(field => field.Value)))).ToList(),
        ];
    }

    static string? HashIn(string address) => address.Split('?', 2) is [_, var query]
        ? query.Split('&').Where(pair => pair.StartsWith(BodyHash + "=", StringComparison.Ordinal)).Select(pair => pair[(BodyHash.Length + 1)..]).FirstOrDefault()
        : null;

    /// <summary>As it is, with the default port written out, and without a port: Twilio has signed all three.</summary>
    static IEnumerable<string> Ports(string address)
    {
        yield return address;
        var from = address.IndexOf("://", StringComparison.Ordinal) + 3;
        if (from < 3) yield break;
        var to = address.AsSpan(from).IndexOfAny('/', '?') is >= 0 and var end ? from + end : address.Length;
        var authority = address[from..to];
        // (The colons of an IPv6 address stand inside its brackets.)
        var colon = authority.LastIndexOf(':') is >= 0 and var last && last > authority.LastIndexOf(']') ? last : -1;
        yield return colon < 0
            ? $"{address[..to]}:{(address.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? 443 : 80)}{address[to..]}"
            : $"{address[..(from + colon)]}{address[to..]}";
    }
}
