using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;

namespace Parley.Server.Sync;

/// <summary>Reads an account's history: when it is connected, at each start, every ten minutes, and when somebody asks. The job's lease sees
/// to it that one node does it at a time, and that another goes on where a vanished one was.</summary>
internal sealed class SyncJob(AccountSync sync, AccountSyncStore store, IntegrationDirectory integrations, ChannelCatalog catalog, TimeProvider time) : IJobHandler
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    public string Type => AccountSyncStore.JobType;

    public int AtOnce => 4;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        if (await integrations.ReloadAsync(id) is not { } integration || catalog.Find(integration.Provider) is not IReadHistory channel) return new JobOutcome.Done();
        var run = await store.BeginAsync(job.TenantId, id, stopping);
        var progress = new SyncProgress();
        var stoppedBy = integration switch
        {
            { Status: "disabled" } => "This integration is switched off.",
            { Account.Credentials.Count: 0 } => "Its credentials cannot be opened. Enter all of them anew.",
            _ => await sync.RunAsync(integration, channel, run.IsFull, progress, token => store.ReportAsync(job.TenantId, id, run.Run, progress, token), stopping),
        };
        return new JobOutcome.Again(time.GetUtcNow() + Pause, AccountSyncStore.Finished(job.TenantId, id, run.Run, stoppedBy, progress), stoppedBy);
    }
}
