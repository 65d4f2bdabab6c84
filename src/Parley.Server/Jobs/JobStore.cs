using Parley.Server.Audit;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Jobs;

/// <summary>All SQL of scheduled_jobs, but for those that the ingest batch inserts with its attachments.</summary>
internal sealed class JobStore(SystemDatabase system, TenantDatabase database, TimeProvider time)
{
    /// <summary>Tries before a job is dead; with pauses that double up to an hour, that is about four hours.</summary>
    public const int MostAttempts = 14;
    public const string Vanished = "The worker that had it vanished.";
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Puts a job into the queue, with the change that causes it. One that is open already comes no later than this; one that
    /// is running runs once more afterwards, because it may have looked before the change.</summary>
    public static Task AddAsync(Change change, Guid tenant, string type, string key, DateTimeOffset at, CancellationToken cancellationToken) =>
        change.ExecuteAsync(Add, AddArguments(tenant, type, key, at, change.Now), cancellationToken);

    /// <summary>The same for many keys, in one statement.</summary>
    public static Task AddManyAsync(Change change, Guid tenant, string type, string[] keys, DateTimeOffset at, CancellationToken cancellationToken) =>
        AddManyAsync(change, tenant, type, [.. keys.Select(key => (key, at))], cancellationToken);

    /// <summary>The same, each at a time of its own; each key once.</summary>
    public static async Task AddManyAsync(Change change, Guid tenant, string type, IReadOnlyCollection<(string Key, DateTimeOffset At)> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count == 0) return;
        var sorted = jobs.OrderBy(job => job.Key, StringComparer.Ordinal).ToList();   // everybody takes the locks in one order
        await change.ExecuteAsync($"""
            insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
            select @tenant, x.id, @type, x.key, 'waiting', x.at, @now, @now from unnest(@ids::uuid[], @keys::text[], @ats::timestamptz[]) as x (id, key, at)
            {Otherwise}
            """, new
        {
            tenant, type, keys = sorted.Select(job => job.Key).ToArray(), ats = sorted.Select(job => job.At.UtcDateTime).ToArray(), ids = sorted.Select(_ => Ids.New(change.Now)).ToArray(), now = change.Now,
        }, cancellationToken);
    }

    internal const string Add = $"""
        insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
        values (@tenant, @id, @type, @key, 'waiting', @at, @now, @now)
        {Otherwise}
        """;

    const string Otherwise = """
        on conflict (tenant_id, type, key) do update set
            scheduled_at = least(scheduled_jobs.scheduled_at, excluded.scheduled_at),
            status = case scheduled_jobs.status when 'running' then 'running' else 'waiting' end,
            attempts = case scheduled_jobs.status when 'running' then scheduled_jobs.attempts else 0 end,
            payload = case scheduled_jobs.status when 'running' then scheduled_jobs.payload || '{"again": true}' else scheduled_jobs.payload end,
            updated_at = excluded.updated_at
        """;

    internal static object AddArguments(Guid tenant, string type, string key, DateTimeOffset at, DateTimeOffset now) => new { tenant, id = Ids.New(now), type, key, at, now };

    /// <summary>Tenants with something due.</summary>
    public Task<IReadOnlyList<Guid>> ListDueTenantsAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken) =>
        // From tenant to tenant, one look into the index each: a long queue of one of them costs nothing.
        system.ListAsync<Guid>("""
            with recursive t as (
                (select tenant_id from scheduled_jobs where status = 'waiting' order by tenant_id limit 1)
                union all
                select (select j.tenant_id from scheduled_jobs j where j.status = 'waiting' and j.tenant_id > t.tenant_id order by j.tenant_id limit 1)
                from t where t.tenant_id is not null
            )
            select tenant_id from t
            where tenant_id is not null
              and exists (select 1 from scheduled_jobs j where j.tenant_id = t.tenant_id and j.status = 'waiting' and j.scheduled_at <= @now and j.type = any (@types))
            """, new { now = time.GetUtcNow(), types = types.ToArray() }, cancellationToken);

    /// <summary>Takes over what a worker left behind when it vanished. What has been tried too often is claimed once more, to be given up.</summary>
    public Task<int> ReviveAsync(CancellationToken cancellationToken) =>
        system.ExecuteAsync("""
            update scheduled_jobs set status = 'waiting', scheduled_at = @now, lease_until = null, last_error = @Vanished, updated_at = @now
            where status = 'running' and lease_until < @now
            """, new { Vanished, now = time.GetUtcNow() }, cancellationToken);

    /// <summary>Claims up to <paramref name="most"/> due jobs of a tenant, the longest due first.</summary>
    public Task<IReadOnlyList<Job>> ClaimAsync(Guid tenant, IReadOnlyCollection<string> types, int most, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // Type by type, from the index: the long queue of another type costs nothing.
        return database.ListAsync<Job>(tenant, """
            with due as (
                select d.id
                from unnest(@types) as t (type)
                cross join lateral (
                    select id, scheduled_at from scheduled_jobs
                    where tenant_id = @tenant and status = 'waiting' and type = t.type and scheduled_at <= @now
                    order by scheduled_at, id
                    limit @most
                    for update skip locked
                ) d
                order by d.scheduled_at, d.id
                limit @most
            )
            update scheduled_jobs j set status = 'running', attempts = j.attempts + 1, fence = j.fence + 1, lease_until = @lease, updated_at = @now
            from due
            where j.tenant_id = @tenant and j.id = due.id
            returning j.tenant_id, j.id, j.type, j.key, j.attempts, j.fence
            """, new { now, types = types.ToArray(), most, lease = now + Lease }, cancellationToken);
    }

    /// <summary>Still ours? Then for another <see cref="Lease"/>.</summary>
    public async Task<bool> RenewAsync(Job job, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await database.ExecuteAsync(job.TenantId, """
            update scheduled_jobs set lease_until = @lease
            where tenant_id = @tenant and id = @Id and status = 'running' and fence = @Fence and lease_until >= @now
            """, new { job.Id, job.Fence, lease = now + Lease, now }, cancellationToken) > 0;
    }

    /// <summary>Gives a job back that this process did not come to the end of, because it ends: the try does not count.</summary>
    public Task ReleaseAsync(Job job, CancellationToken cancellationToken) =>
        database.ExecuteAsync(job.TenantId, """
            update scheduled_jobs set status = 'waiting', attempts = attempts - 1, lease_until = null, scheduled_at = @now, updated_at = @now
            where tenant_id = @tenant and id = @Id and status = 'running' and fence = @Fence
            """, new { job.Id, job.Fence, now = time.GetUtcNow() }, cancellationToken);

    /// <summary>Finishes a job and writes its effect, in one transaction. False when the job is no longer this worker's:
    /// then nothing was written.</summary>
    /// <param name="giveUp">Written as well when the job is given up.</param>
    public Task<bool> FinishAsync(Job job, JobOutcome outcome, CancellationToken cancellationToken, Func<Change, Task>? giveUp = null) =>
        database.ChangeAsync(job.TenantId, async change =>
        {
            const string mine = "tenant_id = @tenant and id = @Id and status = 'running' and fence = @Fence";
            var isLast = job.Attempts >= MostAttempts;
            var (sql, error, at) = outcome switch
            {
                JobOutcome.Done => ($"delete from scheduled_jobs where {mine}", null, change.Now),
                JobOutcome.Again later => ($"update scheduled_jobs set status = 'waiting', attempts = 0, last_error = @error, lease_until = null, scheduled_at = @at, updated_at = @now where {mine}", later.Error, later.At),
                JobOutcome.Retry retry when !isLast => ($"update scheduled_jobs set status = 'waiting', last_error = @error, lease_until = null, scheduled_at = @at, updated_at = @now where {mine}", retry.Error, change.Now + Pause(job.Attempts)),
                JobOutcome.Retry retry => (Bury(mine), retry.Error, change.Now),
                JobOutcome.Dead dead => (Bury(mine), dead.Error, change.Now),
                _ => throw new InvalidOperationException($"{outcome.GetType().Name} is no outcome."),
            };
            // Somebody may be asking for it at this moment: the row is locked before it is looked at, or what they wrote would be deleted with it.
            if (await change.FindAsync<bool?>($"select jsonb_exists(payload, 'again') from scheduled_jobs where {mine} for update", new { job.Id, job.Fence }, cancellationToken) is not { } isWanted) return false;
            // Asked for while it ran: it is not over.
            if (isWanted && outcome is JobOutcome.Done or JobOutcome.Again)
                sql = $"update scheduled_jobs set status = 'waiting', attempts = 0, last_error = null, lease_until = null, scheduled_at = @now, payload = payload - 'again', updated_at = @now where {mine}";
            await change.ExecuteAsync(sql, new { job.Id, job.Fence, error = Short(error), at, now = change.Now }, cancellationToken);
            if (outcome.Effect is { } effect) await effect(change);
            if (giveUp is not null && (outcome is JobOutcome.Dead || isLast && outcome is JobOutcome.Retry)) await giveUp(change);
            return true;
        }, cancellationToken);

    static string Bury(string mine) => $"update scheduled_jobs set status = 'dead', last_error = @error, lease_until = null, updated_at = @now where {mine}";

    // Doubling from two seconds to an hour, spread by up to a quarter.
    static TimeSpan Pause(int attempts) => TimeSpan.FromSeconds(Math.Min(3600, Math.Pow(2, attempts))) * (1 + Random.Shared.NextDouble() / 4);

    static string? Short(string? error) => error is { Length: > 1000 } ? error[..1000] : error;

    public Task<IReadOnlyList<JobRow>> ListAsync(Guid tenant, string? status, string? type, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<JobRow>(tenant, $"""
            select id, type, key, status, attempts, scheduled_at, last_error, created_at
            from scheduled_jobs
            where tenant_id = @tenant {(status is null ? "" : "and status = @status")} {(type is null ? "" : "and type = @type")} {(after is null ? "" : "and id > @after")}
            order by id
            limit @limit
            """, new { status, type, after, limit }, cancellationToken);

    /// <summary>Puts a job to the front, with all its tries before it again; a running one is left alone. Null when there is none.</summary>
    public Task<JobRow?> ReplayAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var changed = await change.ExecuteAsync("""
                update scheduled_jobs set status = 'waiting', attempts = 0, scheduled_at = @now, updated_at = @now
                where tenant_id = @tenant and id = @id and status <> 'running'
                """, new { id, now = change.Now }, cancellationToken);
            if (changed > 0) change.Audit(AuditEntry.Of(tenant, "job.replayed", "job", id));
            return await change.FindAsync<JobRow>("select id, type, key, status, attempts, scheduled_at, last_error, created_at from scheduled_jobs where tenant_id = @tenant and id = @id", new { id }, cancellationToken);
        }, cancellationToken);
}

internal sealed class JobRow
{
    public Guid Id { get; init; }
    public string Type { get; init; } = "";
    public string Key { get; init; } = "";
    public string Status { get; init; } = "";
    public int Attempts { get; init; }
    public DateTimeOffset ScheduledAt { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
