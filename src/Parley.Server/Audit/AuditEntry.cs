using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Server.Audit;

/// <summary>What a change has to tell the audit log, before it has a place in the chain.</summary>
/// <param name="Action">For example user.updated: stored, never rename one.</param>
/// <param name="Before">What the change replaced, as JSON.</param>
internal sealed record AuditEntry(Guid TenantId, string Action, string Resource, string? ResourceId, string? Before, string? After)
{
    /// <param name="before">An object whose members are shown to admins; what is named like a secret is not kept.</param>
    public static AuditEntry Of(Guid tenant, string action, string resource, object? id, object? before = null, object? after = null) =>
        new(tenant, action, resource, id?.ToString(), AuditJson.Of(before), AuditJson.Of(after));
}

/// <summary>Before and after, as JSON without secrets.</summary>
internal static class AuditJson
{
    const string Redacted = "[redacted]";

    static readonly string[] Secret = ["password", "secret", "token", "credential", "signature", "hash", "api_key", "access_key"];

    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static string? Of(object? value)
    {
        var node = value as JsonNode ?? (value is null ? null : JsonSerializer.SerializeToNode(value, value.GetType(), Options));
        return Redact(node?.DeepClone())?.ToJsonString(Options);
    }

    // By name, on any level: callers leave secrets out themselves, and this is the net under them.
    static JsonNode? Redact(JsonNode? node)
    {
        if (node is JsonArray items)
            foreach (var item in items) Redact(item);
        if (node is not JsonObject members) return node;
        foreach (var (name, value) in members.ToList())
        {
            if (value is JsonValue && Secret.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))) members[name] = Redacted;
            else Redact(value);
        }
        return node;
    }
}
