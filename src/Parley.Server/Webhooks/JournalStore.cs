using Parley.Server.Audit;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Webhooks;

/// <param name="Status">unprocessed, processed or failed.</param>
/// <param name="Kind">What it is about: one of the kinds of a webhook that carried several, too.</param>
internal sealed record JournalFilter(string? Status = null, Guid? IntegrationId = null, string? Kind = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null)
{
    /// <summary>Conditions, each with "and"; ids grow with time, so that what is younger is one stretch of the key.</summary>
    internal string Sql => $"""
        {(Status is null ? "" : Status == "processed" ? "and status = 'processed'" : "and status <> 'processed' and status = @Status")}
        {(IntegrationId is null ? "" : "and integration_id = @IntegrationId")} {(Kind is null ? "" : "and @Kind = any (string_to_array(kind, '+'))")}
        {(Since is null ? "" : "and id >= @from and created_at >= @Since")} {(Until is null ? "" : "and created_at < @Until")}
        """;

    internal Guid From => Since is { } since ? Ids.Floor(since) : default;
}

/// <summary>Reads the journal of what providers sent, and marks what shall be applied again.</summary>
internal sealed class JournalStore(TenantDatabase database)
{
    /// <summary>Marked by one request.</summary>
    public const int MostMarked = 10_000;

    const string Columns = "id, integration_id, provider, kind, status, error, attempts, created_at, processed_at, octet_length(body) as size";

    /// <summary>One more than <paramref name="limit"/>, newest first (ids grow with time).</summary>
    public Task<IReadOnlyList<JournalRow>> ListAsync(Guid tenant, JournalFilter filter, Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<JournalRow>(tenant, $"""
            select {Columns}
            from webhook_events
            where tenant_id = @tenant {filter.Sql} {(before is null ? "" : "and id < @before")}
            order by id desc
            limit @limit
            """, new { filter.Status, filter.IntegrationId, filter.Kind, filter.Since, filter.Until, from = filter.From, before, limit = limit + 1 }, cancellationToken);

    /// <summary>The oldest <see cref="MostMarked"/> of them are unprocessed again, and a job applies them (<see cref="ReplayJournal"/>): how many.</summary>
    public static async Task<int> MarkAsync(Change change, Guid tenant, JournalFilter filter, CancellationToken cancellationToken)
    {
        var marked = await change.ExecuteAsync($"""
            with picked as materialized (
                select id from webhook_events
                where tenant_id = @tenant {filter.Sql}
                order by id
                limit {MostMarked}
            )
            update webhook_events w set status = 'unprocessed', processed_at = null
            from picked
            where w.tenant_id = @tenant and w.id = picked.id
            """, new { filter.Status, filter.IntegrationId, filter.Kind, filter.Since, filter.Until, from = filter.From }, cancellationToken);
        if (marked > 0) await JobStore.AddAsync(change, tenant, ReplayJournal.JobType, ReplayJournal.JobKey, change.Now, cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "webhook_event.bulk_replayed", "webhook_event", null, after: new { filter.Status, filter.IntegrationId, filter.Kind, filter.Since, filter.Until, count = marked }));
        return marked;
    }

    /// <summary>What waits to be applied, the oldest first.</summary>
    public Task<IReadOnlyList<Guid>> ListUnprocessedAsync(Guid tenant, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<Guid>(tenant, "select id from webhook_events where tenant_id = @tenant and status <> 'processed' and status = 'unprocessed' order by id limit @limit", new { limit }, cancellationToken);

    /// <summary>Looks at so many of the oldest that were applied, and takes away what came before then; what was not stays, however old it is.</summary>
    public Task<int> PruneAsync(Guid tenant, DateTimeOffset before, int most, CancellationToken cancellationToken) =>
        database.ExecuteAsync(tenant, """
            delete from webhook_events w
            using (select id from webhook_events where tenant_id = @tenant and status = 'processed' order by id limit @most) old
            where w.tenant_id = @tenant and w.id = old.id and w.status = 'processed' and w.created_at < @before
            """, new { before, most }, cancellationToken);

    public Task<JournalRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<JournalRow>(tenant, $"select {Columns}, body from webhook_events where tenant_id = @tenant and id = @id", new { id }, cancellationToken);
}

internal sealed class JournalRow
{
    public Guid Id { get; init; }
    public Guid IntegrationId { get; init; }
    public string Provider { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Status { get; init; } = "";
    public string? Error { get; init; }
    public int Attempts { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ProcessedAt { get; init; }
    public int Size { get; init; }
    public byte[]? Body { get; init; }
}
