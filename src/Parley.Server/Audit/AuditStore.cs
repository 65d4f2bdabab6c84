using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Audit;

/// <summary>What a list of audit entries is narrowed to; null leaves a part open.</summary>
internal sealed record AuditFilter(Guid? UserId, string? Actor, string? Action, string? Resource, string? ResourceId, DateTimeOffset? After, DateTimeOffset? Before);

/// <summary>Where a chain begins and ends.</summary>
internal sealed class AuditEnds
{
    public long First { get; init; }
    public long Last { get; init; }
    public long? Head { get; init; }
    public byte[] Hash { get; init; } = [];
}

/// <summary>Reads the audit log, and takes away what is older than it must be kept. (<see cref="AuditLog"/> adds to it.)</summary>
internal sealed class AuditStore(TenantDatabase database, SystemDatabase system)
{
    const string Columns = "tenant_id, id, seq, actor, user_id, action, resource, resource_id, before::text as before, after::text as after, address, created_at, hash";
    const int MostAtOnce = 10_000;

    /// <summary>One more than <paramref name="limit"/>, newest first.</summary>
    public Task<IReadOnlyList<AuditLine>> ListAsync(Guid tenant, AuditFilter filter, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<AuditLine>(tenant, $"""
            select {Columns}
            from audit_logs
            where tenant_id = @tenant
              {(filter.UserId is null ? "" : "and user_id = @UserId")} {(filter.Actor is null ? "" : "and actor = @Actor")}
              {(filter.Action is null ? "" : "and action = @Action")} {(filter.Resource is null ? "" : "and resource = @Resource")} {(filter.ResourceId is null ? "" : "and resource_id = @ResourceId")}
              {(filter.After is null ? "" : "and created_at >= @since")} {(filter.Before is null ? "" : "and created_at < @until")}
              {(cursor is null ? "" : "and (created_at, id) < (@at, @id)")}
            order by created_at desc, id desc
            limit @limit
            """, new
        {
            filter.UserId, filter.Actor, filter.Action, filter.Resource, filter.ResourceId, since = filter.After, until = filter.Before, at = cursor?.At, id = cursor?.Id, limit = limit + 1,
        }, cancellationToken);

    /// <summary>In the order of the chain, for whoever follows it.</summary>
    public Task<IReadOnlyList<AuditLine>> ListChainAsync(Guid tenant, long after, long upTo, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<AuditLine>(tenant, $"""
            select {Columns}
            from audit_logs
            where tenant_id = @tenant and seq > @after and seq <= @upTo
            order by seq
            limit @limit
            """, new { after, upTo, limit }, cancellationToken);

    /// <summary>Where lines were taken away, as the chain itself tells.</summary>
    public Task<IReadOnlyList<AuditLine>> ListCheckpointsAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.ListAsync<AuditLine>(tenant, $"""
            select {Columns}
            from audit_logs
            where tenant_id = @tenant and action = @Pruned
            order by created_at desc, id desc
            limit 100
            """, new { Pruned }, cancellationToken);

    public Task<AuditHead?> FindHeadAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.FindAsync<AuditHead>(tenant, "select seq, hash from audit_heads where tenant_id = @tenant", null, cancellationToken);

    /// <summary>The numbers of the first and the last line, 0 when there is none, and what the head says: as of one moment.</summary>
    public async Task<AuditEnds> FindEndsAsync(Guid tenant, CancellationToken cancellationToken) =>
        (await database.FindAsync<AuditEnds>(tenant, """
            select (select coalesce(min(seq), 0) from audit_logs where tenant_id = @tenant) as first, (select coalesce(max(seq), 0) from audit_logs where tenant_id = @tenant) as last,
                (select seq from audit_heads where tenant_id = @tenant) as head, (select hash from audit_heads where tenant_id = @tenant) as hash
            """, null, cancellationToken))!;

    /// <summary>The action of a checkpoint.</summary>
    public const string Pruned = "audit.pruned";

    /// <summary>Takes away what is older, up to ten thousand lines, and says so in the chain: the line that remains first follows the
    /// hash that the checkpoint names. How many went.</summary>
    public Task<int> PruneAsync(Guid tenant, DateTimeOffset olderThan, CancellationToken cancellationToken) =>
        system.ChangeAsync(async change =>
        {
            var head = await AuditLog.LockHeadAsync(change, tenant, cancellationToken);
            var args = new { tenant, olderThan, most = MostAtOnce, head.Seq };
            // Whole beginnings only: from the first line that is kept, all are.
            var last = await change.FindAsync<AuditHead>("""
                select seq, hash from (select seq, hash, created_at from audit_logs where tenant_id = @tenant order by seq limit @most) first
                where created_at < @olderThan
                  and seq < coalesce((select seq from audit_logs where tenant_id = @tenant and created_at >= @olderThan order by seq limit 1), @Seq + 1)
                order by seq desc
                limit 1
                """, args, cancellationToken);
            if (last is null) return 0;
            var gone = await change.ExecuteAsync("delete from audit_logs where tenant_id = @tenant and seq <= @Seq", new { tenant, last.Seq }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, Pruned, "audit", null, after: new { throughSeq = last.Seq, chain = Convert.ToHexStringLower(last.Hash), lines = gone }));
            return gone;
        }, cancellationToken);

    public Task<IReadOnlyList<Guid>> ListTenantsAsync(CancellationToken cancellationToken) =>
        system.ListAsync<Guid>("select tenant_id from audit_heads order by tenant_id", null, cancellationToken);
}
