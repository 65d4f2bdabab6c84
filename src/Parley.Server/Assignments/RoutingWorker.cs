using Parley.Server.Jobs;
using Parley.Server.Platform.Health;

namespace Parley.Server.Assignments;

/// <summary>Finds out whose new conversations are, behind ingest and never in its way: what came in is on the screens before somebody
/// is found for it. Any number of nodes may run it: rows are claimed, and of two that find somebody one wins.</summary>
internal sealed partial class RoutingWorker(RoutingStore store, AssignmentStore assignments, Heartbeats heartbeats, TimeProvider time, ILogger<RoutingWorker> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            do
            {
                heartbeats.Beat("routing");
                try { while (await RunOnceAsync(stoppingToken) > 0) heartbeats.Beat("routing"); }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested) { Log.PassFailed(logger, failure.GetType().Name); }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>How many conversations were looked at.</summary>
    internal async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var looked = 0;
        foreach (var tenant in await store.ListTenantsAsync(cancellationToken))
        {
            try
            {
                var (claimed, rest) = await store.RouteAsync(tenant, cancellationToken);
                foreach (var contact in rest)
                    await assignments.SetAsync(tenant, contact.ContactId, null, contact.TeamId, new Seen(true, contact.Version), "system", cancellationToken);
                looked += claimed;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Log.PassFailed(logger, failure.GetType().Name);   // the others do not wait for this one
            }
        }
        return looked;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "New conversations could not be assigned and are tried again: {Kind}")]
        public static partial void PassFailed(ILogger logger, string kind);
    }
}

/// <summary>Somebody or a team has gone: what they had is nobody's, and their conversations are routed again, some at a time.</summary>
internal sealed class ReleaseAssignments(RoutingStore store, AssignmentStore assignments, TeamStore teams) : IJobHandler
{
    public const string JobType = "assignments.release";

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var parts = job.Key.Split(':');
        var id = Guid.Parse(parts[1]);
        if (parts[0] == "user")
            while (await assignments.LeaveMoreAsync(job.TenantId, id, stopping) > 0) { }
        else
            // What is given to it in this moment (an old merge is taken apart, a change that began before) is given back, too.
            do { while (await assignments.LeaveTeamAsync(job.TenantId, id, stopping) > 0) { } }
            while (!await teams.RemoveAsync(job.TenantId, id, stopping));
        while (await store.ReleaseAsync(job.TenantId, parts[0] == "user" ? id : null, parts[0] == "team" ? id : null, stopping) > 0) { }
        return new JobOutcome.Done();
    }
}
