using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>A message left, and its id or its fate is not known: the chat is read again, and its echo there tells. It is never sent
/// again; what a few looks do not find stays unknown, for a person to judge.</summary>
internal sealed class SettleByReading(TenantDatabase database, IntegrationDirectory integrations, ChannelCatalog catalog, AccountSync sync, SyncRequests requests, TimeProvider time) : IJobHandler
{
    public const string JobType = "message.settle";
    static readonly TimeSpan[] Looks = [TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        if (await FindAsync(job.TenantId, id, stopping) is not { } message || await integrations.FindByIdAsync(message.IntegrationId) is not { Status: not "disabled" } integration
            || catalog.Find(integration.Provider) is not IReadHistory channel) return new JobOutcome.Done();
        ReadFailure? failure = null;
        if (message.IsThread) failure = await sync.RunChatAsync(integration, channel, message.ThreadId, isFull: false, new SyncProgress(), stopping);
        else await requests.RequestAsync(job.TenantId, message.IntegrationId, isFull: false, stopping);   // a chat that was to begin: it is among all of them
        if (await FindAsync(job.TenantId, id, stopping) is null) return new JobOutcome.Done();
        // How old it is says how often it was looked for: a job that comes again has no count of its own.
        var age = time.GetUtcNow() - (message.ClaimedAt ?? DateTimeOffset.MinValue);
        return Looks.FirstOrDefault(look => look > age) is var next && next > TimeSpan.Zero ? new JobOutcome.Again(time.GetUtcNow() + next, Error: failure?.Words) : new JobOutcome.Done();
    }

    // Null when there is nothing to settle any more.
    Task<Unsettled?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<Unsettled>(tenant, """
            select m.integration_id, c.is_thread, c.thread_id, m.claimed_at
            from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            where m.tenant_id = @tenant and m.id = @id and m.external_message_id is null and m.status in ('unknown', 'sent')
            """, new { id }, cancellationToken);

    sealed class Unsettled
    {
        public Guid IntegrationId { get; init; }
        public bool IsThread { get; init; }
        public string ThreadId { get; init; } = "";
        public DateTimeOffset? ClaimedAt { get; init; }
    }
}
