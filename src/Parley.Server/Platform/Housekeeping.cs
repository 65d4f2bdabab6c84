using Parley.Server.Platform.Database;

namespace Parley.Server.Platform;

/// <summary>Removes what has served its time: idempotency keys after a day, uploads that nobody sent after a week, deliveries of webhooks after a month, runs of automations after ninety days, ended sessions, old failed sign-ins, and audit lines and applied webhooks where PARLEY_AUDIT_DAYS and PARLEY_JOURNAL_DAYS say so.</summary>
internal sealed partial class Housekeeping(SystemDatabase database, Audit.AuditStore audit, Webhooks.JournalStore journal, Configuration.ParleySettings settings, TimeProvider time, ILogger<Housekeeping> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            do
            {
                try { await RunOnceAsync(stoppingToken); }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested) { Log.PassFailed(logger, failure.GetType().Name); }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>How many rows went. Bounded, so that a pass never holds much: the next one goes on.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var day = time.GetUtcNow() - TimeSpan.FromDays(1);
        var now = time.GetUtcNow();
        var pruned = 0;
        if (settings.AuditDays > 0)
            foreach (var tenant in await audit.ListTenantsAsync(cancellationToken)) pruned += await audit.PruneAsync(tenant, now - TimeSpan.FromDays(settings.AuditDays), cancellationToken);
        if (settings.JournalDays > 0)
            foreach (var tenant in await database.ListAsync<Guid>("select id from tenants order by id", null, cancellationToken)) pruned += await journal.PruneAsync(tenant, now - TimeSpan.FromDays(settings.JournalDays), 10_000, cancellationToken);
        var week = now - TimeSpan.FromDays(7);
        foreach (var tenant in await database.ListAsync<Guid>("select distinct tenant_id from attachments where message_id is null and campaign_id is null and created_at < @week", new { week }, cancellationToken))
            pruned += await SweepUploadsAsync(tenant, week, cancellationToken);
        return pruned + await database.ExecuteAsync("""
            delete from idempotency_keys k
            using (select tenant_id, key, route from idempotency_keys where created_at < @day limit 10000) old
            where k.tenant_id = old.tenant_id and k.key = old.key and k.route = old.route
            """, new { day }, cancellationToken)
            + await database.ExecuteAsync("""
                delete from webhook_deliveries d
                using (select tenant_id, id from webhook_deliveries where status <> 'pending' and created_at < @month limit 10000) old
                where d.tenant_id = old.tenant_id and d.id = old.id and d.status <> 'pending'
                """, new { month = now - TimeSpan.FromDays(30) }, cancellationToken)
            + await database.ExecuteAsync("""
                delete from automation_runs r
                using (select tenant_id, id from automation_runs where created_at < @quarter and status in ('succeeded', 'failed', 'stopped', 'cancelled') limit 10000) old
                where r.tenant_id = old.tenant_id and r.id = old.id
                """, new { quarter = now - TimeSpan.FromDays(90) }, cancellationToken)
            + await database.ExecuteAsync("""
                delete from automation_runs r
                using (
                    select r.tenant_id, r.id
                    from automations a
                    join automation_runs r on r.tenant_id = a.tenant_id and r.automation_id = a.id
                    where a.status = 'removed'
                    limit 10000
                ) old
                where r.tenant_id = old.tenant_id and r.id = old.id
                """, null, cancellationToken)
            + await database.ExecuteAsync("""
                delete from automations a
                where a.status = 'removed' and not exists (select 1 from automation_runs r where r.tenant_id = a.tenant_id and r.automation_id = a.id)
                """, null, cancellationToken)
            + await database.ExecuteAsync("delete from provider_media where expires_at < @now", new { now }, cancellationToken)
            + await database.ExecuteAsync("delete from presence where last_seen < @hour", new { hour = now - TimeSpan.FromHours(1) }, cancellationToken)
            + await database.ExecuteAsync("delete from sessions where expires_at < @now", new { now }, cancellationToken)
            + await database.ExecuteAsync("delete from login_attempts where last_failed_at < @day", new { day }, cancellationToken);
    }

    // Their bytes go, too, where nothing else has the same.
    Task<int> SweepUploadsAsync(Guid tenant, DateTimeOffset before, CancellationToken cancellationToken) =>
        database.ChangeAsync(async change =>
        {
            var gone = await change.ListAsync<string>("""
                delete from attachments a
                using (select id from attachments where tenant_id = @tenant and message_id is null and campaign_id is null and created_at < @before limit 10000) old
                where a.tenant_id = @tenant and a.id = old.id and a.message_id is null and a.campaign_id is null
                returning a.sha256
                """, new { tenant, before }, cancellationToken);
            await Jobs.JobStore.AddManyAsync(change, tenant, Media.RemoveFile.JobType, [.. gone.Distinct()], change.Now, cancellationToken);
            return gone.Count;
        }, cancellationToken);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Housekeeping failed and is tried again: {Kind}")]
        public static partial void PassFailed(ILogger logger, string kind);
    }
}
