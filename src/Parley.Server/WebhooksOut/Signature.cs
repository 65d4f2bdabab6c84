using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Server.WebhooksOut;

/// <summary>How a delivery proves that it is ours, as Standard Webhooks 1.0.0 writes it (standardwebhooks.com).</summary>
internal static class Signature
{
    public const string Prefix = "whsec_";

    /// <summary>32 random bytes, as receivers' libraries take them.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <param name="secrets">All that count at present, the newest first: a receiver is content with any of them.</param>
    public static Dictionary<string, string> Headers(string id, DateTimeOffset at, byte[] body, IEnumerable<string> secrets)
    {
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new()
        {
            ["webhook-id"] = id, ["webhook-timestamp"] = timestamp, ["webhook-signature"] = string.Join(' ', secrets.Select(secret => Of(secret, id, timestamp, body))), ["User-Agent"] = "Parley-Webhooks/1",
        };
    }

    internal static string Of(string secret, string id, string timestamp, byte[] body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed));
    }
}
