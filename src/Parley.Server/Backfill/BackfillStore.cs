using Parley.Server.Platform.Database;

namespace Parley.Server.Backfill;

/// <summary>What is here of a provider's list, and up to when it was compared.</summary>
internal sealed class BackfillStore(TenantDatabase database)
{
    /// <summary>The end of the last comparison; null before the first.</summary>
    public Task<ReadUpTo?> FindAsync(Guid tenant, Guid integration, CancellationToken cancellationToken) =>
        database.FindAsync<ReadUpTo>(tenant, "select log_read_until as until, created_at from integrations where tenant_id = @tenant and id = @integration", new { integration }, cancellationToken);

    /// <summary>The effect of a comparison that came to its end.</summary>
    public static Func<Change, Task> ReadUntil(Guid integration, DateTimeOffset until) => change => change.ExecuteAsync(
        "update integrations set log_read_until = greatest(log_read_until, @until) where tenant_id = @tenant and id = @integration", new { integration, until }, CancellationToken.None);

    /// <summary>Those of these messages that are here.</summary>
    public async Task<IReadOnlyDictionary<string, KnownMessage>> ListKnownAsync(Guid tenant, Guid integration, IReadOnlyList<string> externalIds, CancellationToken cancellationToken) =>
        (await database.ListAsync<KnownMessage>(tenant, """
            select m.external_message_id as external_id, m.status, m.occurred_at
            from unnest(@ids::text[]) as x (external_id)
            join messages m on m.tenant_id = @tenant and m.integration_id = @integration and m.external_message_id = x.external_id
            order by m.external_message_id
            """, new { integration, ids = externalIds.Distinct().ToArray() }, cancellationToken)).ToDictionary(row => row.ExternalId);
}

internal sealed class KnownMessage
{
    public string ExternalId { get; init; } = "";
    public string Status { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }
}

internal sealed class ReadUpTo
{
    public DateTimeOffset? Until { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
