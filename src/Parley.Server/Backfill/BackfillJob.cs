using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Configuration;
using Parley.Server.Ingest;

namespace Parley.Server.Backfill;

/// <summary>Fetches what webhooks failed to tell: at each start, after a webhook that we could not take, when an account is connected or
/// changed, and now and then as a net. The job's lease sees to it that one node does it at a time.</summary>
internal sealed class BackfillJob(
    MessageLogReader reader, BackfillStore store, IntegrationDirectory integrations, ChannelCatalog catalog, ParleySettings settings, BackfillPacing pacing, TimeProvider time) : IJobHandler
{
    public const string JobType = "messages.backfill";
    static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    public string Type => JobType;

    public int AtOnce => 4;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        if (await integrations.ReloadAsync(id) is not { Status: "active" } integration || catalog.Find(integration.Provider) is not IReadMessageLog channel) return new JobOutcome.Done();
        if (integration.Account.Credentials.Count == 0) return new JobOutcome.Again(time.GetUtcNow() + pacing.Net, Error: "Its credentials cannot be opened. Enter all of them anew.");
        if (await store.FindAsync(job.TenantId, id, stopping) is not { } last) return new JobOutcome.Done();
        var now = time.GetUtcNow();
        // What was written before the account was connected is none of ours; its first second counts whole.
        var connected = DateTimeOffset.FromUnixTimeSeconds(last.CreatedAt.ToUnixTimeSeconds());
        var since = last.Until is { } until && until - pacing.Overlap > connected ? until - pacing.Overlap : connected;
        try
        {
            var (failure, hasYoung) = await reader.RunAsync(integration, channel, since, now, stopping);
            if (failure is not null) return new JobOutcome.Again(time.GetUtcNow() + Pause(failure), Error: failure.Words);
            return new JobOutcome.Again(time.GetUtcNow() + (hasYoung ? pacing.Grace : Usual(integration)), BackfillStore.ReadUntil(id, now - pacing.Grace));
        }
        catch (IngestUnavailableException)
        {
            return new JobOutcome.Again(time.GetUtcNow() + pacing.Grace, Error: "The database could not take what was fetched.");
        }
    }

    TimeSpan Pause(ReadFailure failure) => failure.Retry == Retry.Never ? pacing.Net : failure.RetryAfter is { } asked && asked > AfterFailure ? asked : AfterFailure;

    // Without a public address no webhook finds us, unless the provider runs on this very machine.
    TimeSpan Usual(ConnectedIntegration integration) =>
        settings.PublicUrl is not null || integration.Account.Config.TryGetValue("base_url", out var provider) && Uri.TryCreate(provider, UriKind.Absolute, out var address) && address.IsLoopback
            ? pacing.Net : pacing.Unreachable;
}
