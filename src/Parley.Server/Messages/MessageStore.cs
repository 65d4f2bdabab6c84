using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Media;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Messages;

/// <summary>Reads messages and queues new ones. (Ingest writes what comes in, Sending what came of what goes out.)</summary>
internal sealed class MessageStore(TenantDatabase database)
{
    /// <summary>One more than <paramref name="limit"/>, newest first, or oldest first when reading towards now.</summary>
    public async Task<IReadOnlyList<MessageView>> ListAsync(
        Guid tenant, Guid conversation, Cursor? cursor, bool newer, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<MessageRow>(tenant, $"""
            select {MessageRow.Columns}
            from messages m
            where m.tenant_id = @tenant and m.conversation_id = @conversation and not m.is_hidden and m.status <> 'scheduled'
              {(cursor is null ? "" : newer ? "and (m.occurred_at, m.id) > (@at, @id)" : "and (m.occurred_at, m.id) < (@at, @id)")}
            order by {(newer ? "m.occurred_at, m.id" : "m.occurred_at desc, m.id desc")}
            limit @limit
            """, new { conversation, at = cursor?.At, id = cursor?.Id, limit = limit + 1 }, cancellationToken)).Select(MessageView.From)];

    /// <summary>A message of the conversation with its neighbours, newest first: up to <paramref name="each"/> newer and as many older
    /// ones, and one more where there are more. Null when the message is not in this conversation.</summary>
    public async Task<(IReadOnlyList<MessageView> Newer, MessageView Centre, IReadOnlyList<MessageView> Older)?> ListAroundAsync(
        Guid tenant, Guid conversation, Guid centre, int each, CancellationToken cancellationToken)
    {
        if ((await ListByIdsAsync(tenant, [centre], cancellationToken)).FirstOrDefault() is not { } message || message.ConversationId != conversation) return null;
        var position = new Cursor(message.OccurredAt, message.Id);
        var newer = await ListAsync(tenant, conversation, position, newer: true, each, cancellationToken);
        return ([.. newer.Reverse()], message, await ListAsync(tenant, conversation, position, newer: false, each, cancellationToken));
    }

    public async Task<MessageView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await database.FindAsync<MessageRow>(tenant, $"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = @id", new { id }, cancellationToken) is not { } row) return null;
        var steps = await database.ListAsync<StepRow>(tenant, """
            select status, occurred_at, error_code, error_message
            from message_statuses
            where tenant_id = @tenant and message_id = @id
            order by occurred_at, array_position(array['sent', 'delivered', 'read', 'failed'], status)
            limit 100
            """, new { id }, cancellationToken);
        return MessageView.From(row) with { Steps = [.. steps.Select(step => new StepView(step.Status, step.OccurredAt, step.ErrorCode, step.ErrorMessage))] };
    }

    public async Task<IReadOnlyList<MessageView>> ListByIdsAsync(Guid tenant, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<MessageRow>(tenant, $"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = any (@ids) order by m.id",
            new { ids = ids.ToArray() }, cancellationToken)).Select(MessageView.From)];

    /// <summary>Puts a message into the queue, in the caller's transaction. Null when the conversation is not here.</summary>
    /// <param name="replyTo">The provider's id of the message it answers.</param>
    public static async Task<MessageView?> QueueAsync(
        Change change, Guid tenant, Guid conversation, string author, MessageDraft draft, string? replyTo, CancellationToken cancellationToken)
    {
        var row = await change.FindAsync<MessageRow>($"""
            with c as (
                update conversations set
                    last_message_at = greatest(last_message_at, @now), last_message_preview = left(coalesce(@Content, @Type), 140), last_message_direction = 'outbound',
                    message_count = message_count + 1, updated_at = @now
                where tenant_id = @tenant and id = @conversation
                returning id, contact_id, integration_id, channel
            ),
            m as (
                insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata, status, author, reply_to, occurred_at, created_at)
                select @tenant, @id, c.id, c.contact_id, c.integration_id, c.channel, 'outbound', @Type, @Content, @metadata::jsonb, 'queued', @author, @replyTo, @now, @now
                from c
                returning *
            )
            select {MessageRow.Columns} from m
            """, new { id = Ids.New(change.Now), conversation, author, draft.Type, draft.Content, metadata = draft.Metadata?.ToJsonString(), replyTo, now = change.Now }, cancellationToken);
        if (row is null) return null;
        if (draft.AttachmentId is { } attachment)
        {
            await AttachmentStore.AttachAsync(change, row.Id, attachment, draft.FileKind!, cancellationToken);
            row = (await change.FindAsync<MessageRow>($"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = @Id", new { row.Id }, cancellationToken))!;
        }
        using var step = MessageTrace.Start("message.queued", row.Id, tenant);
        change.QueuesMessages = true;
        change.Publish(new FeedEvent(tenant, "message.created", row.ConversationId, row.Id, row.ContactId, row.IntegrationId));
        return MessageView.From(row);
    }

    /// <summary>A person asks to try again what failed or could not be confirmed. Null: there is no such message; otherwise
    /// whether it was put back into the queue.</summary>
    public static async Task<(MessageView? Message, bool Queued)> RetryAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        var queued = await change.ExecuteAsync("""
            update messages set
                status = 'queued', attempt = attempt + 1, tries = 0, external_message_id = null, failure_code = null, error_code = null, error_message = null,
                failed_at = null, sent_at = null, delivered_at = null, read_at = null, send_after = null,
                priority = 0,   -- a person asks, whatever it was part of
                scheduled_at = case when scheduled_at is not null then @now end   -- its time is now: somebody says so
            where tenant_id = @tenant and id = @id and direction = 'outbound' and status in ('failed', 'unknown')
            """, new { id, now = change.Now }, cancellationToken);
        var row = await change.FindAsync<MessageRow>($"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = @id", new { id }, cancellationToken);
        if (row is null || queued == 0) return (row is null ? null : MessageView.From(row), false);
        change.QueuesMessages = true;
        change.Audit(AuditEntry.Of(tenant, "message.retried", "message", id));
        change.Publish(new FeedEvent(tenant, "message.updated", row.ConversationId, row.Id, row.ContactId, row.IntegrationId));
        return (MessageView.From(row), true);
    }

    sealed class StepRow
    {
        public string Status { get; init; } = "";
        public DateTimeOffset OccurredAt { get; init; }
        public string? ErrorCode { get; init; }
        public string? ErrorMessage { get; init; }
    }
}
