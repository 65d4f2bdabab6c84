using Parley.Server.Jobs;

namespace Parley.Server.Conversations;

/// <summary>Brings back what was put aside when its time has come: open, unread, and told. One job for each tenant, which comes again
/// at the next time.</summary>
internal sealed class WakeSnoozed(ConversationStore store) : IJobHandler
{
    public const string JobType = "conversations.wake", JobKey = "all";
    const int Batch = 500;

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        while (await store.WakeDueAsync(job.TenantId, Batch, stopping) > 0) { }
        return await store.FindNextWakeAsync(job.TenantId, stopping) is { } next ? new JobOutcome.Again(next) : new JobOutcome.Done();
    }
}
