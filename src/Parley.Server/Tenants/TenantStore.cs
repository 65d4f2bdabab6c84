using Parley.Server.Audit;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Tenants;

/// <summary>Organisations. Only the CLI and the first start make them.</summary>
internal sealed class TenantStore(SystemDatabase database)
{
    public Task<Guid> CreateAsync(string name, CancellationToken cancellationToken) =>
        database.ChangeAsync(change => AddAsync(change, name, cancellationToken), cancellationToken);

    /// <summary>As a part of the caller's transaction.</summary>
    public static async Task<Guid> AddAsync(Change change, string name, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        await change.ExecuteAsync("""
            insert into tenants (id, name, created_at) values (@id, @name, @now);
            insert into feed_heads (tenant_id) values (@id)
            """, new { id, name, now = change.Now }, cancellationToken);
        change.Audit(AuditEntry.Of(id, "tenant.created", "tenant", id, after: new { name }));
        return id;
    }

    public Task<IReadOnlyList<TenantRow>> ListAsync(CancellationToken cancellationToken) =>
        database.ListAsync<TenantRow>("select id, name, status, created_at from tenants order by id limit 1000", null, cancellationToken);

    /// <param name="status">active or inactive: an inactive one signs nobody in and sends nothing, and still journals what comes in.</param>
    public Task<bool> SetStatusAsync(Guid id, string status, CancellationToken cancellationToken) =>
        database.ChangeAsync(async change =>
        {
            if (await change.FindAsync<string>("select status from tenants where id = @id for update", new { id }, cancellationToken) is not { } before) return false;
            await change.ExecuteAsync("update tenants set status = @status where id = @id", new { id, status }, cancellationToken);
            if (before != status) change.Audit(AuditEntry.Of(id, "tenant.updated", "tenant", id, new { status = before }, new { status }));
            return true;
        }, cancellationToken);
}

internal sealed class TenantRow
{
    public Guid Id { get; init; }
    public string Name { get; init; } = "";
    public string Status { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
}
