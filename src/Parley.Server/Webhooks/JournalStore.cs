using Parley.Server.Platform.Database;

namespace Parley.Server.Webhooks;

/// <summary>Reads the journal of what providers sent.</summary>
internal sealed class JournalStore(TenantDatabase database)
{
    const string Columns = "id, integration_id, provider, kind, status, error, attempts, created_at, processed_at, octet_length(body) as size";

    /// <summary>One more than <paramref name="limit"/>, newest first (ids grow with time).</summary>
    public Task<IReadOnlyList<JournalRow>> ListAsync(Guid tenant, string? status, Guid? integration, Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<JournalRow>(tenant, $"""
            select {Columns}
            from webhook_events
            where tenant_id = @tenant
              {(status is null ? "" : status == "processed" ? "and status = 'processed'" : "and status <> 'processed' and status = @status")}
              {(integration is null ? "" : "and integration_id = @integration")}
              {(before is null ? "" : "and id < @before")}
            order by id desc
            limit @limit
            """, new { status, integration, before, limit = limit + 1 }, cancellationToken);

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
