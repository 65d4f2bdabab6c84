using Npgsql;
using Parley.Server.Integrations;
using Parley.Server.Jobs;

namespace Parley.Server.Webhooks;

/// <summary>Applies what was marked unprocessed, the oldest first. What it did not come to stays marked: whoever takes the job over goes on there.</summary>
internal sealed partial class ReplayJournal(JournalStore journal, JournalReplay replay, IntegrationDirectory directory, TimeProvider time, ILogger<ReplayJournal> logger) : IJobHandler
{
    public const string JobType = "journal.replay";

    /// <summary>One for each tenant: the order of what came is kept.</summary>
    public const string JobKey = "all";
    const int Page = 50;
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);

    public string Type => JobType;
    public int AtOnce => 4;
    public int AtOnceOfATenant => 1;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        directory.ForgetAccounts();
        for (var begun = time.GetTimestamp(); time.GetElapsedTime(begun) < Turn;)
        {
            var waiting = await journal.ListUnprocessedAsync(job.TenantId, Page, stopping);
            if (waiting.Count == 0) return new JobOutcome.Done();
            foreach (var id in waiting)
            {
                stopping.ThrowIfCancellationRequested();
                try
                {
                    await replay.ReplayAsync(job.TenantId, id, stopping, isOneOfMany: true);
                }
                catch (Exception failure) when (failure is not (OperationCanceledException or NpgsqlException))
                {
                    // Those behind it are not to wait for one that nobody can read.
                    Log.Failed(logger, id, failure.GetType().Name);
                    await replay.FailAsync(job.TenantId, id, $"It could not be applied: {failure.GetType().Name}.", stopping);
                }
            }
        }
        return new JobOutcome.Again(time.GetUtcNow());
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook {Id} could not be applied again: {Kind}")]
        public static partial void Failed(ILogger logger, Guid id, string kind);
    }
}
