using Dapper;
using Npgsql;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Threads;

namespace Parley.Server.Ingest;

/// <summary>What a provider that keeps chats tells beside messages: who has read, what was read elsewhere, how the account is.</summary>
internal static class ThreadUpdates
{
    /// <summary>False when the message is not here (yet).</summary>
    public static async Task<bool> ApplySeenAsync(NpgsqlConnection connection, Guid tenant, Guid integration, MessageSeen seen, List<FeedEvent> lines, CancellationToken cancellationToken)
    {
        var row = await connection.QueryFirstOrDefaultAsync<ThreadMessageRow>(new CommandDefinition("""
            select integration_id, external_message_id, id, conversation_id, contact_id, seen_by::text as seen_by from messages
            where tenant_id = @tenant and integration_id = @integration and external_message_id = @TargetExternalId
            for no key update
            """, new { tenant, integration, seen.TargetExternalId }, cancellationToken: cancellationToken));
        if (row is null) return false;
        if (ThreadMessageState.Join(row.SeenBy, seen.By) is not { } joined) return true;
        await connection.ExecuteAsync(new CommandDefinition("update messages set seen_by = @joined::jsonb where tenant_id = @tenant and id = @Id", new { tenant, row.Id, joined }, cancellationToken: cancellationToken));
        lines.Add(new(tenant, "message.updated", row.ConversationId, row.Id, row.ContactId, integration));
        return true;
    }

    /// <summary>Our side read the chat elsewhere; what came after the message up to which it did stays unread.</summary>
    public static async Task ApplyReadAsync(NpgsqlConnection connection, Guid tenant, Guid integration, ThreadRead read, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var conversations = await connection.QueryAsync<(Guid Id, Guid Contact)>(new CommandDefinition("""
            update conversations c set is_read = true, unread_count = 0, updated_at = @now
            where c.tenant_id = @tenant and c.integration_id = @integration and c.thread_id = @ThreadId and c.is_thread and not c.is_read
              and (@UpToExternalId::text is null or c.last_inbound_at is null or c.last_inbound_at <= (
                  select m.occurred_at from messages m
                  where m.tenant_id = @tenant and m.integration_id = @integration and m.external_message_id = @UpToExternalId))
            returning c.id, c.contact_id
            """, new { tenant, integration, read.ThreadId, read.UpToExternalId, now }, cancellationToken: cancellationToken));
        foreach (var (id, contact) in conversations) lines.Add(new(tenant, "conversation.updated", id, ContactId: contact, IntegrationId: integration));
    }

    /// <summary>The agents see it, sends fail in words while it lasts, and what was missed is read when it is over.</summary>
    public static async Task ApplyAccountAsync(NpgsqlConnection connection, Guid tenant, Guid integration, AccountChanged account, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var health = account.Health switch { AccountHealth.Ok => "ok", AccountHealth.Connecting => "unknown", _ => "failing" };
        var changed = await connection.ExecuteAsync(new CommandDefinition("""
            update integrations set health = @health, health_message = @Words, health_at = @now
            where tenant_id = @tenant and id = @integration and (health, health_message) is distinct from (@health, @Words)
            """, new { tenant, integration, health, account.Words, now }, cancellationToken: cancellationToken));
        if (changed > 0)
        {
            await connection.ExecuteAsync(new CommandDefinition(Integrations.IntegrationHistory.Note, new { tenant, id = integration, @event = Platform.Ids.New(now), now }, cancellationToken: cancellationToken));
            lines.Add(new(tenant, "integration.updated", IntegrationId: integration));
        }
        if (!account.MayHaveMissed) return;
        await connection.ExecuteAsync(new CommandDefinition(JobStore.Add, JobStore.AddArguments(tenant, Sync.AccountSyncStore.JobType, integration.ToString(), now, now), cancellationToken: cancellationToken));
    }
}
