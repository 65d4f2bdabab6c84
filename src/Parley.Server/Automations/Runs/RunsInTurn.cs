using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations.Runs;

/// <summary>What concerns all runs of an automation: one job for each, which takes a piece at a time and may end anywhere.
/// :: 1 of a deleted one: they are cancelled · 2 of one that was switched on, or has other limits: what is under way is queued again · 3 the next begin, the first first, so many as its limits allow.</summary>
internal sealed class RunsInTurn(TenantDatabase database, JobNews jobs) : IJobHandler
{
    public const string JobType = "automations.turn";
    const int AtATime = 5000;

    // What ends makes room, and says so; this is for what ended without a word.
    static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(250);

    public string Type => JobType;

    public static Task AddAsync(Change change, Guid tenant, Guid automation, CancellationToken cancellationToken) => JobStore.AddAsync(change, tenant, JobType, automation.ToString(), change.Now, cancellationToken);

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        var again = await database.ChangeAsync(job.TenantId, change => StepAsync(change, job.TenantId, id, stopping), stopping);
        jobs.Publish();
        return again is { } at ? new JobOutcome.Again(at) : new JobOutcome.Done();
    }

    // When to look again; null: when there is a reason to.
    static async Task<DateTimeOffset?> StepAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await change.FindAsync<TurnRow>("select status, options::text as options, sweep_after, hold_reason from automations where tenant_id = @tenant and id = @id for no key update", new { id }, cancellationToken) is not { } row) return null;
        // :: 1
        if (row.Status == "removed")
            return await change.ExecuteAsync("""
                update automation_runs set status = 'cancelled', reason = 'The automation was deleted.', resume_at = null, finished_at = @now
                where tenant_id = @tenant and id = any (array(
                    select id from automation_runs where tenant_id = @tenant and automation_id = @id and status in ('queued', 'running', 'waiting') limit @most
                )) and status in ('queued', 'running', 'waiting')
                """, new { id, most = AtATime, now = change.Now }, cancellationToken) == AtATime ? change.Now : null;
        if (row.Status != "active") return null;
        var options = DefinitionJson.Read<AutomationOptions>(row.Options);

        // :: 2
        if (row.SweepAfter is { } after)
        {
            var open = await change.ListAsync<Guid>("""
                select x.id
                from unnest(@statuses::text[]) as s (status)
                cross join lateral (
                    select r.id from automation_runs r where r.tenant_id = @tenant and r.automation_id = @id and r.status = s.status and r.id > @after order by r.id limit @most
                ) x
                order by x.id
                limit @most
                """, new { id, after, most = AtATime, statuses = new[] { "running", "waiting" } }, cancellationToken);
            await JobStore.AddManyAsync(change, tenant, RunAutomation.JobType, [.. open.Select(run => run.ToString())], change.Now, cancellationToken);
            var isAll = open.Count < AtATime;
            await change.ExecuteAsync("update automations set sweep_after = @to where tenant_id = @tenant and id = @id", new { id, to = isAll ? (Guid?)null : open[^1] }, cancellationToken);
            if (!isAll) return change.Now;
        }
        // Also without limits: a run that came while they were taken away waits for its turn.
        return await BeginAsync(change, tenant, id, options, row.HoldReason, cancellationToken);
    }

    // :: 3
    static async Task<DateTimeOffset?> BeginAsync(Change change, Guid tenant, Guid id, AutomationOptions options, string? held, CancellationToken cancellationToken)
    {
        var (room, reason, at) = (AtATime, (string?)null, change.Now);
        if (options.MaxConcurrency is { } most)
        {
            var running = await change.FindAsync<int>("select count(*)::int from (select 1 from automation_runs where tenant_id = @tenant and automation_id = @id and status = 'running' limit @most) x", new { id, most }, cancellationToken);
            if (most - running < room) (room, reason, at) = (most - running, $"{most} of its runs are under way, which is as many as it may have at once.", change.Now + Look);
        }
        if (options.MaxPerMinute is { } rate)
        {
            var begun = await change.FindAsync<BegunRow>("""
                select count(*)::int as n, min(started_at) as first
                from (
                    select started_at from automation_runs where tenant_id = @tenant and automation_id = @id and started_at > @since order by started_at desc limit @rate
                ) x
                """, new { id, rate, since = change.Now.AddMinutes(-1) }, cancellationToken) ?? new();
            if (rate - begun.N < room)
                (room, reason, at) = (rate - begun.N, $"{rate} of its runs have begun within a minute, which is as many as it may have.", Max((begun.First ?? change.Now).AddMinutes(1), change.Now + Soonest));
        }
        var next = room <= 0 ? [] : await change.ListAsync<Guid>("""
            update automation_runs set status = 'running', started_at = coalesce(started_at, @now), resume_at = null, reason = null
            where tenant_id = @tenant and id = any (array(select id from automation_runs where tenant_id = @tenant and automation_id = @id and status = 'queued' order by id limit @room)) and status = 'queued'
            returning id
            """, new { id, room, now = change.Now }, cancellationToken);
        await JobStore.AddManyAsync(change, tenant, RunAutomation.JobType, [.. next.Select(run => run.ToString())], change.Now, cancellationToken);
        var isLeft = next.Count >= room && await change.FindAsync<bool>("select exists (select 1 from automation_runs where tenant_id = @tenant and automation_id = @id and status = 'queued')", new { id }, cancellationToken);
        var hold = isLeft ? reason : null;
        if (hold != held) await change.ExecuteAsync("update automations set hold_reason = @hold where tenant_id = @tenant and id = @id", new { id, hold }, cancellationToken);
        return isLeft ? at : null;
    }

    static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    sealed class TurnRow
    {
        public string Status { get; init; } = "";
        public string Options { get; init; } = "{}";
        public Guid? SweepAfter { get; init; }
        public string? HoldReason { get; init; }
    }

    sealed class BegunRow
    {
        public int N { get; init; }
        public DateTimeOffset? First { get; init; }
    }
}
