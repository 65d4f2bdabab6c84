using Dapper;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>Reads one message again: its provider said that it is not what it was, and not surely what it is now.</summary>
internal sealed class RereadMessage(
    TenantDatabase tenants, IngestDatabase database, IntegrationDirectory integrations, ChannelCatalog catalog, ProviderPaces paces, FeedNews news, JobNews jobs, TimeProvider time) : IJobHandler
{
    public const string JobType = "message.reread";

    public string Type => JobType;

    /// <summary>The job, inside the transaction that learnt of it.</summary>
    public static Task AddAsync(NpgsqlConnection connection, Guid tenant, Guid integration, string externalId, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(JobStore.Add, JobStore.AddArguments(tenant, JobType, $"{integration}/{externalId}", now, now), cancellationToken: cancellationToken));

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var (id, externalId) = (Guid.Parse(job.Key.AsSpan(0, 36)), job.Key[37..]);
        if (await integrations.FindByIdAsync(id) is not { Status: not "disabled" } integration || catalog.Find(integration.Provider) is not IReadHistory channel) return new JobOutcome.Done();
        var row = await tenants.FindAsync<KnownChatRow>(job.TenantId, """
            select c.id, c.thread_id, c.contact_id, c.handle, k.name as contact_name, k.kind as contact_kind, c.thread_activity_at, c.synced_activity_at
            from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where m.tenant_id = @tenant and m.integration_id = @id and m.external_message_id = @externalId
            """, new { id, externalId }, stopping);
        if (row is null) return new JobOutcome.Done();   // when it comes, it comes as it is
        var readAt = time.GetUtcNow();
        using var reader = new HistoryReader(channel, integration.Account, paces, id, time);
        var found = await reader.FindMessageAsync(externalId, row.With, stopping);
        if (found.Item is { } message)
        {
            await using var writer = new HistoryWriter(database, news, jobs, time, job.TenantId, id, integration.Account.Channel);
            await writer.ChangeAsync((connection, lines, now) => Threads.ThreadMessageStore.WriteAsync(connection,
                [new(job.TenantId, id, integration.Account.Channel, row.Id, null, message with { ThreadId = row.ThreadId }, readAt)], lines, now, stopping), stopping);
        }
        return found.Failure is { Retry: Retry.Later } failure ? new JobOutcome.Retry(failure.Words) : new JobOutcome.Done();
    }
}
