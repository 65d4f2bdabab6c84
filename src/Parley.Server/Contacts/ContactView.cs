using System.Text.Json.Nodes;

namespace Parley.Server.Contacts;

/// <summary>A person or group outside.</summary>
/// <param name="SocialHandles">Names on channels as people write them, e.g. {"instagram": "ana.lima"}.</param>
/// <param name="Metadata">Custom fields.</param>
/// <param name="Notes">What the team knows, in free words.</param>
public record ContactView(
    Guid Id, string Kind, string? Name, string? Phone, string? Email, string? ExternalRef, string Status, JsonNode? SocialHandles, JsonNode? Metadata, string? Notes,
    IReadOnlyList<IdentityView> Identities, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static ContactView From(ContactRow row) => new(
        row.Id, row.Kind, row.Name, row.Phone, row.Email, row.ExternalRef, row.Status, JsonNode.Parse(row.SocialHandles), JsonNode.Parse(row.Metadata), row.Notes,
        [.. JsonNode.Parse(row.Identities)!.AsArray().Select(identity => new IdentityView(
            (string)identity!["channel"]!, (string)identity["handle"]!, (DateTimeOffset?)identity["opted_out_at"], (string?)identity["opted_out_by"]))],
        row.CreatedAt, row.UpdatedAt);
}

/// <param name="Handle">"+E.164" for numbers, the provider's id otherwise.</param>
/// <param name="OptedOutAt">Since when this address is not to be written to; null while it may be.</param>
/// <param name="OptedOutBy">contact, provider or user.</param>
public sealed record IdentityView(string Channel, string Handle, DateTimeOffset? OptedOutAt, string? OptedOutBy);

internal sealed class ContactRow
{
    // Identities come along as JSON: one statement for a page, however many there are.
    public const string Columns = """
        k.id, k.kind, k.name, k.phone, k.email, k.external_ref, k.status, k.social_handles::text as social_handles, k.metadata::text as metadata, k.notes, k.created_at, k.updated_at,
        (select coalesce(jsonb_agg(jsonb_build_object('channel', i.channel, 'handle', i.handle, 'opted_out_at', i.opted_out_at, 'opted_out_by', i.opted_out_by) order by i.channel, i.handle), '[]')::text
         from contact_identities i where i.tenant_id = k.tenant_id and i.contact_id = k.id) as identities
        """;

    public Guid Id { get; init; }
    public string Kind { get; init; } = "";
    public string? Name { get; init; }
    public string? Phone { get; init; }
    public string? Email { get; init; }
    public string? ExternalRef { get; init; }
    public string Status { get; init; } = "";
    public string SocialHandles { get; init; } = "{}";
    public string Metadata { get; init; } = "{}";
    public string? Notes { get; init; }
    public string Identities { get; init; } = "[]";
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}
