using Parley.Server.Platform.Database;

namespace Parley.Server.Feed;

/// <summary>Reads the feed.</summary>
internal sealed class FeedStore(TenantDatabase database)
{
    public Task<IReadOnlyList<FeedRow>> ListAfterAsync(Guid tenant, long seq, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<FeedRow>(tenant, """
            select seq, type, conversation_id, message_id, contact_id, integration_id, created_at
            from events
            where tenant_id = @tenant and seq > @seq
            order by seq
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
    public DateTimeOffset CreatedAt { get; init; }
}
