using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Audit;

/// <summary>Adds lines to the chain, in the transaction of the change that they tell of. The lock on the tenant's head is taken
/// after all of the change's own rows and before the feed's, so every transaction takes them in one order.</summary>
internal static class AuditLog
{
    public static async Task AppendAsync(Change change, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var group in entries.GroupBy(entry => entry.TenantId).OrderBy(group => group.Key))
            await AppendAsync(change, group.Key, [.. group], cancellationToken);
    }

    /// <summary>The end of the chain, locked until the transaction ends.</summary>
    public static async Task<AuditHead> LockHeadAsync(Change change, Guid tenant, CancellationToken cancellationToken) =>
        await change.FindAsync<AuditHead>("select seq, hash from audit_heads where tenant_id = @tenant for update", new { tenant }, cancellationToken)
        ?? (await change.FindAsync<AuditHead>("""
            insert into audit_heads (tenant_id, seq, hash) values (@tenant, 0, @hash)
            on conflict (tenant_id) do update set seq = audit_heads.seq
            returning seq, hash
            """, new { tenant, hash = AuditChain.Start }, cancellationToken))!;

    static async Task AppendAsync(Change change, Guid tenant, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var head = await LockHeadAsync(change, tenant, cancellationToken);
        var actor = Actor.Current;
        var at = new DateTimeOffset(change.Now.UtcTicks / 10 * 10, TimeSpan.Zero);   // PostgreSQL keeps microseconds
        var (seq, hash) = (head.Seq, head.Hash);
        var lines = new List<AuditLine>(entries.Count);
        foreach (var entry in entries)
        {
            var line = new AuditLine
            {
                TenantId = tenant, Id = Ids.New(change.Now), Seq = ++seq, Actor = actor.Name, UserId = actor.UserId, Action = entry.Action, Resource = entry.Resource,
                ResourceId = entry.ResourceId, Before = entry.Before, After = entry.After, Address = actor.Address, CreatedAt = at,
            };
            hash = AuditChain.Hash(line, hash);
            lines.Add(line with { Hash = hash });
        }
        await change.ExecuteAsync("""
            insert into audit_logs (tenant_id, id, seq, actor, user_id, action, resource, resource_id, before, after, address, created_at, hash)
            select @tenant, line.id, line.seq, @actor, @user, line.action, line.resource, line.resource_id, line.before::json, line.after::json, @address, @at, line.hash
            from unnest(@ids::uuid[], @seqs::bigint[], @actions::text[], @resources::text[], @resourceIds::text[], @befores::text[], @afters::text[], @hashes::bytea[])
                as line (id, seq, action, resource, resource_id, before, after, hash);
            update audit_heads set seq = @last, hash = @end where tenant_id = @tenant
            """, new
        {
            tenant, actor = actor.Name, user = actor.UserId, address = actor.Address, at, last = seq, end = hash,
            ids = lines.Select(line => line.Id).ToArray(), seqs = lines.Select(line => line.Seq).ToArray(),
            actions = lines.Select(line => line.Action).ToArray(), resources = lines.Select(line => line.Resource).ToArray(), resourceIds = lines.Select(line => line.ResourceId).ToArray(),
            befores = lines.Select(line => line.Before).ToArray(), afters = lines.Select(line => line.After).ToArray(), hashes = lines.Select(line => line.Hash).ToArray(),
        }, cancellationToken);
    }
}

/// <summary>The last line of a tenant's chain: its number and its hash.</summary>
internal sealed class AuditHead
{
    public long Seq { get; init; }
    public byte[] Hash { get; init; } = [];
}
