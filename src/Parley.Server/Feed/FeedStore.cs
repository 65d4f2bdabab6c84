using Parley.Server.Platform.Database;

namespace Parley.Server.Feed;

/// <summary>Reads the feed.</summary>
internal sealed class FeedStore(TenantDatabase database)
{
    public Task<IReadOnlyList<FeedRow>> ListAfterAsync(Guid tenant, long seq, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<FeedRow>(tenant, """
            select e.seq, e.type, e.conversation_id, e.message_id, coalesce(a.contact_id, e.contact_id) as contact_id, e.integration_id, e.user_id, e.created_at
            from events e
            left join contact_aliases a on a.tenant_id = @tenant and a.id = e.contact_id   -- who was merged since is who they are now
            where e.tenant_id = @tenant and e.seq > @seq
            order by e.seq
            limit @limit
            """, new { seq, limit }, cancellationToken);

    /// <summary>Who takes care of these contacts; those of nobody are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, FeedOwner>> ListOwnersAsync(Guid tenant, IReadOnlyList<Guid> contacts, CancellationToken cancellationToken) =>
        (await database.ListAsync<OwnerRow>(tenant, "select contact_id, user_id, team_id from assignments where tenant_id = @tenant and contact_id = any (@contacts)",
            new { contacts = contacts.ToArray() }, cancellationToken)).ToDictionary(row => row.ContactId, row => new FeedOwner(false, row.UserId, row.TeamId));

    /// <summary>The newest sequence number, and the oldest one that is kept (head + 1 when none is).</summary>
    public async Task<(long Head, long Oldest)> FindBoundsAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var bounds = await database.FindAsync<Bounds>(tenant, """
            select h.seq as head, coalesce((select min(e.seq) from events e where e.tenant_id = @tenant), h.seq + 1) as oldest
            from feed_heads h
            where h.tenant_id = @tenant
            """, null, cancellationToken);
        return (bounds?.Head ?? 0, bounds?.Oldest ?? 1);
    }

    sealed class OwnerRow
    {
        public Guid ContactId { get; init; }
        public Guid? UserId { get; init; }
        public Guid? TeamId { get; init; }
    }

    sealed class Bounds
    {
        public long Head { get; init; }
        public long Oldest { get; init; }
    }
}

internal sealed class FeedRow
{
    public long Seq { get; init; }
    public string Type { get; init; } = "";
    public Guid? ConversationId { get; init; }
    public Guid? MessageId { get; init; }
    public Guid? ContactId { get; init; }
    public Guid? IntegrationId { get; init; }
    public Guid? UserId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
