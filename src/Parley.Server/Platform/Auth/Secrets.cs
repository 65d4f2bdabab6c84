using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Server.Platform.Auth;

/// <summary>Keys and session tokens: the tenant's id in clear, so that the row can be found inside the tenant, and 32 random
/// bytes. Stored as SHA-256: there is nothing to guess in 256 random bits, so no slow hash is needed.</summary>
internal readonly record struct BearerSecret(Guid TenantId, string Text)
{
    public static BearerSecret New(Guid tenant) => new(tenant, $"{tenant:N}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}");

    public byte[] Hash => SHA256.HashData(Encoding.UTF8.GetBytes(Text));

    public static BearerSecret? Parse(string? text) =>
        text is { Length: 76 } && text[32] == '_' && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var tenant) ? new(tenant, text) : null;

    /// <summary>A password a person can copy: about 100 bits.</summary>
    public static string Password() => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 18);
}
