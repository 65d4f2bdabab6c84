using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Parley.Server.Audit;

/// <summary>A line of the audit log, in its place.</summary>
internal sealed record AuditLine
{
    public Guid TenantId { get; init; }
    public Guid Id { get; init; }
    public long Seq { get; init; }
    public string Actor { get; init; } = "";
    public Guid? UserId { get; init; }
    public string Action { get; init; } = "";
    public string Resource { get; init; } = "";
    public string? ResourceId { get; init; }
    public string? Before { get; init; }
    public string? After { get; init; }
    public string? Address { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public byte[] Hash { get; init; } = [];
}

/// <summary>The canonical form of a line, and its hash: SHA-256 over a JSON array of all its columns in the order below, times in
/// UTC with six digits, before and after as the text that is stored, and the hash of the line before it in hex. The first
/// line of a tenant follows 32 zero bytes.</summary>
internal static class AuditChain
{
    public static byte[] Start { get; } = new byte[SHA256.HashSizeInBytes];

    public static byte[] Hash(AuditLine line, byte[] previous)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartArray();
            writer.WriteStringValue("parley-audit-1");
            writer.WriteStringValue(line.TenantId.ToString("D"));
            writer.WriteNumberValue(line.Seq);
            writer.WriteStringValue(line.Id.ToString("D"));
            writer.WriteStringValue(line.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            writer.WriteStringValue(line.Actor);
            writer.WriteStringValue(line.UserId?.ToString("D"));
            writer.WriteStringValue(line.Action);
            writer.WriteStringValue(line.Resource);
            writer.WriteStringValue(line.ResourceId);
            writer.WriteStringValue(line.Before);
            writer.WriteStringValue(line.After);
            writer.WriteStringValue(line.Address);
            writer.WriteStringValue(Convert.ToHexStringLower(previous));
            writer.WriteEndArray();
        }
        return SHA256.HashData(bytes.WrittenSpan);
    }
}
