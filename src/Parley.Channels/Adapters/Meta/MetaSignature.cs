using System.Security.Cryptography;
using System.Text;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Meta signs the bytes it sends, escapes and all: a body that was parsed and written again no longer matches.</summary>
public static class MetaSignature
{
    public const string Header = "X-Hub-Signature-256";

    /// <summary>The header's value: "sha256=" and 64 lower-case hex digits.</summary>
    public static string Of(string appSecret, ReadOnlySpan<byte> body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(appSecret), body));

    /// <summary>False without a secret: an empty key is one that everybody knows.</summary>
    public static bool Matches(string? given, string appSecret, ReadOnlySpan<byte> body) =>
        !string.IsNullOrEmpty(given)
        && appSecret.Length > 0
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.ASCII.GetBytes(Of(appSecret, body)));
}
