using System.Text.Json.Nodes;
using Parley.Server.Automations.Runs;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations.Triggers;

/// <summary>Starts what is due by the clock: one job for each automation, at its next time. What passed while nobody was there comes once, or not at all, as the automation wants it.</summary>
internal sealed class ScheduleTrigger(TenantDatabase database, SchedulingSettingsStore zones, JobNews jobs, TimeProvider time) : IJobHandler
{
    public const string JobType = "automations.schedule";

    /// <summary>Later than this, it was missed.</summary>
    static readonly TimeSpan Late = TimeSpan.FromMinutes(2);

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        var row = await database.FindAsync<DueRow>(job.TenantId, "select version, trigger_config::text as trigger_config, next_at from automations where tenant_id = @tenant and id = @id and status = 'active' and trigger_type = 'schedule' and next_at is not null", new { id }, stopping);
        if (row is null) return new JobOutcome.Done();
        var now = time.GetUtcNow();
        if (row.NextAt > now) return new JobOutcome.Again(row.NextAt);
        var config = JsonNode.Parse(row.TriggerConfig)!.AsObject();
        var zone = Schedule.FindZone(config.Text("time_zone")) ?? Schedule.FindZone((await zones.ReadAsync(job.TenantId, stopping)).TimeZone) ?? TimeZoneInfo.Utc;
        var next = Cron.Parse(config.Text("cron"))?.Next(now, zone);
        var isMissed = now - row.NextAt > Late;
        var run = new NewRun(id, row.Version, $"schedule:{row.NextAt.UtcDateTime:O}", TriggerTypes.Schedule, new() { ["scheduled_at"] = row.NextAt.UtcDateTime.ToString("O"), ["is_late"] = isMissed },
            Stopped: isMissed && config.Text("missed") == "skip" ? "Parley came to it more than two minutes late, and it is to be left out then." : null);
        return next is { } at ? new JobOutcome.Again(at, StartAsync) : new JobOutcome.Done(StartAsync);

        async Task StartAsync(Change change)
        {
            // Somebody may have given it another time meanwhile.
            if (await change.ExecuteAsync("update automations set next_at = @next where tenant_id = @tenant and id = @id and next_at = @NextAt and status = 'active'", new { id, next, row.NextAt }, CancellationToken.None) == 0) return;
            await RunStore.AddAsync(change, job.TenantId, [run], CancellationToken.None);
            jobs.PublishAt(change.Now.AddMilliseconds(50));
        }
    }

    sealed class DueRow
    {
        public int Version { get; init; }
        public string TriggerConfig { get; init; } = "{}";
        public DateTimeOffset NextAt { get; init; }
    }
}
