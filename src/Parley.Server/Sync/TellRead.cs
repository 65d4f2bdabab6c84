using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>Tells the provider that a chat was read here. Where its network has no such thing, our own mark is all there is.</summary>
internal sealed class TellRead(TenantDatabase database, IntegrationDirectory integrations, ChannelCatalog catalog) : IJobHandler
{
    public const string JobType = "chat.read";

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var chat = await database.FindAsync<Chat>(job.TenantId, "select integration_id, thread_id, is_read from conversations where tenant_id = @tenant and id = @id and is_thread", new { id = Guid.Parse(job.Key) }, stopping);
        if (chat is not { IsRead: true } || await integrations.FindByIdAsync(chat.IntegrationId) is not { Status: not "disabled" } integration || catalog.Find(integration.Provider) is not IMarkRead channel)
            return new JobOutcome.Done();
        // What is wrong for good is no reason to trouble anybody: it is read here.
        return await channel.MarkReadAsync(integration.Account, chat.ThreadId, isRead: true, stopping) is { Retry: Retry.Later } failure ? new JobOutcome.Retry(failure.Words) : new JobOutcome.Done();
    }

    sealed class Chat
    {
        public Guid IntegrationId { get; init; }
        public string ThreadId { get; init; } = "";
        public bool IsRead { get; init; }
    }
}
