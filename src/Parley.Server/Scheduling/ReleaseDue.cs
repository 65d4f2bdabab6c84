using Parley.Server.Jobs;

namespace Parley.Server.Scheduling;

/// <summary>Queues a tenant's messages when their time has come: one job, which comes again at the next time. A crash anywhere leaves
/// messages either waiting or queued, and the job to be taken up.</summary>
internal sealed class ReleaseDue(ScheduledMessageStore store, SchedulingSettingsStore settings) : IJobHandler
{
    const int Batch = 500;

    public string Type => ScheduledMessageStore.JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var policy = await settings.ReadAsync(job.TenantId, stopping);
        while (await store.ReleaseDueAsync(job.TenantId, policy, Batch, stopping) > 0) { }
        // What is scheduled after this look asks for the job again, and while it runs that is remembered.
        return await store.FindNextAsync(job.TenantId, stopping) is { } next ? new JobOutcome.Again(next) : new JobOutcome.Done();
    }
}
