using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts;

/// <summary>A person or group outside.</summary>
public record ContactView(
    Guid Id, string Kind, string? Name, string? Phone, string? Email, string? ExternalRef, string Status, JsonNode? Metadata,
    IReadOnlyList<IdentityView> Identities, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <param name="Handle">"+E.164" for numbers, the provider's id otherwise.</param>
/// <param name="OptedOutAt">Since when this person does not want to be written to on this channel; null: they may be.</param>
/// <param name="OptedOutBy">How we know: contact (their own word), provider or user.</param>
public sealed record IdentityView(string Channel, string Handle, DateTimeOffset? OptedOutAt, string? OptedOutBy);

/// <summary>Reads contacts and changes what people may change about them.</summary>
internal sealed class ContactStore(TenantDatabase database)
{
    // Identities come along as JSON: one statement for a page, however many there are.
    const string Columns = """
        k.id, k.kind, k.name, k.phone, k.email, k.external_ref, k.status, k.metadata::text as metadata, k.created_at, k.updated_at,
        (select coalesce(jsonb_agg(jsonb_build_object('channel', i.channel, 'handle', i.handle, 'at', i.opted_out_at, 'by', i.opted_out_by) order by i.channel, i.handle), '[]')::text
         from contact_identities i where i.tenant_id = k.tenant_id and i.contact_id = k.id) as identities
        """;

    /// <summary>One more than <paramref name="limit"/>, newest first (ids grow with time).</summary>
    public async Task<IReadOnlyList<ContactView>> ListAsync(Guid tenant, Sight? sight, Guid? before, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"""
            select {Columns}
            from contacts k
            where k.tenant_id = @tenant {(before is null ? "" : "and k.id < @before")} {Sight.OfContact(sight, "k.id")}
            order by k.id desc
            limit @limit
            """, Sight.With(sight, new { before, limit = limit + 1 }), cancellationToken)).Select(From)];

    public async Task<ContactView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        await database.FindAsync<Row>(tenant, $"select {Columns} from contacts k where k.tenant_id = @tenant and k.id = @id", new { id }, cancellationToken) is { } row ? From(row) : null;

    public async Task<IReadOnlyList<ContactView>> ListByIdsAsync(Guid tenant, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"select {Columns} from contacts k where k.tenant_id = @tenant and k.id = any (@ids) order by k.id",
            new { ids = ids.ToArray() }, cancellationToken)).Select(From)];

    /// <summary>Changes what is given.</summary>
    public async Task<ContactView?> UpdateAsync(Guid tenant, Guid id, string? name, string? email, string? status, CancellationToken cancellationToken)
    {
        await database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<Edited>("select name, email, status from contacts where tenant_id = @tenant and id = @id for no key update", new { id }, cancellationToken) is not { } before) return 0;
            var changed = await change.ExecuteAsync("""
                update contacts set name = coalesce(@name, name), email = nullif(coalesce(@email, email), ''), status = coalesce(@status, status), updated_at = @now
                where tenant_id = @tenant and id = @id
                """, new { id, name, email, status, now = change.Now }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "contact.updated", "contact", id, before, new Edited { Name = name ?? before.Name, Email = email ?? before.Email, Status = status ?? before.Status }));
            change.Publish(new FeedEvent(tenant, "contact.updated", ContactId: id));
            return changed;
        }, cancellationToken);
        return await FindAsync(tenant, id, cancellationToken);
    }

    static ContactView From(Row row) => new(
        row.Id, row.Kind, row.Name, row.Phone, row.Email, row.ExternalRef, row.Status, JsonNode.Parse(row.Metadata),
        [.. JsonNode.Parse(row.Identities)!.AsArray().Select(identity => new IdentityView((string)identity!["channel"]!, (string)identity["handle"]!, (DateTimeOffset?)identity["at"], (string?)identity["by"]))],
        row.CreatedAt, row.UpdatedAt);

    sealed class Edited
    {
        public string? Name { get; init; }
        public string? Email { get; init; }
        public string Status { get; init; } = "";
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Kind { get; init; } = "";
        public string? Name { get; init; }
        public string? Phone { get; init; }
        public string? Email { get; init; }
        public string? ExternalRef { get; init; }
        public string Status { get; init; } = "";
        public string Metadata { get; init; } = "{}";
        public string Identities { get; init; } = "[]";
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }
    }
}
