using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Backfill;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>A message left, and its id or its fate is not known: what the provider keeps is read again, its chat or its list of messages,
/// and tells. It is never sent again; what a few looks do not find stays unknown, for a person to judge.</summary>
internal sealed class SettleByReading(
    TenantDatabase database, IntegrationDirectory integrations, ChannelCatalog catalog, AccountSync sync, SyncRequests requests, SettleByLog log, TimeProvider time) : IJobHandler
{
    public const string JobType = "message.settle";
    static readonly TimeSpan[] Looks = [TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        if (await FindAsync(job.TenantId, id, stopping) is not { } message || await integrations.FindByIdAsync(message.IntegrationId) is not { Status: not "disabled" } integration) return new JobOutcome.Done();
        ReadFailure? failure = null;
        switch (catalog.Find(integration.Provider))
        {
            case IReadMessageLog list: failure = await log.RunAsync(integration, list, message, stopping); break;
            case IReadHistory chats when message.IsThread: failure = await sync.RunChatAsync(integration, chats, message.ThreadId, isFull: false, new SyncProgress(), stopping); break;
            case IReadHistory: await requests.RequestAsync(job.TenantId, message.IntegrationId, isFull: false, stopping); break;   // a chat that was to begin: it is among all of them
            default: return new JobOutcome.Done();
        }
        if (await FindAsync(job.TenantId, id, stopping) is null) return new JobOutcome.Done();
        // How old it is says how often it was looked for: a job that comes again has no count of its own.
        var age = time.GetUtcNow() - (message.ClaimedAt ?? DateTimeOffset.MinValue);
        return Looks.FirstOrDefault(look => look > age) is var next && next > TimeSpan.Zero ? new JobOutcome.Again(time.GetUtcNow() + next, Error: failure?.Words) : new JobOutcome.Done();
    }

    // Null when there is nothing to settle any more.
    Task<Unsettled?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<Unsettled>(tenant, """
            select m.id, m.integration_id, m.attempt, m.type, m.content, c.handle, c.is_thread, c.thread_id, m.claimed_at
            from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            where m.tenant_id = @tenant and m.id = @id and m.external_message_id is null and m.status in ('unknown', 'sent')
            """, new { id }, cancellationToken);
}

/// <summary>A message of ours of which it is not known what became.</summary>
internal sealed class Unsettled
{
    public Guid Id { get; init; }
    public Guid IntegrationId { get; init; }
    public int Attempt { get; init; }
    public string Type { get; init; } = "";
    public string? Content { get; init; }
    public string Handle { get; init; } = "";
    public bool IsThread { get; init; }
    public string ThreadId { get; init; } = "";
    public DateTimeOffset? ClaimedAt { get; init; }
}
