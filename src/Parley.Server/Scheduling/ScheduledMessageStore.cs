using System.Diagnostics.CodeAnalysis;
using Parley.Server.Audit;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Scheduling;

/// <summary>A message that waits for its time, with whom it is for.</summary>
public sealed record ScheduledMessageView : MessageView
{
    [SetsRequiredMembers]
    internal ScheduledMessageView(MessageView message, string? contactName, string handle) : base(message) => (ContactName, Handle) = (contactName, handle);

    public required string? ContactName { get; init; }
    public required string Handle { get; init; }
}

/// <summary>All SQL of messages that wait for their time. Whoever releases one takes it out of that status, so it is released once, by
/// however many nodes at once; from then on it is a queued message like any other, and passes the gate as the world is then.</summary>
internal sealed class ScheduledMessageStore(TenantDatabase database)
{
    /// <summary>The one job of a tenant that looks for what is due.</summary>
    public const string JobType = "messages.due", JobKey = "all";

    /// <summary>Puts a message aside, in the caller's transaction. Null when the conversation is not here.</summary>
    public static async Task<MessageView?> AddAsync(
        Change change, Guid tenant, Guid conversation, string author, MessageDraft draft, string? replyTo, Schedule schedule, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        var added = await change.ExecuteAsync("""
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata, status, author, reply_to,
                scheduled_at, scheduled_zone, occurred_at, created_at)
            select @tenant, @id, c.id, c.contact_id, c.integration_id, c.channel, 'outbound', @Type, @Content, @metadata::jsonb, 'scheduled', @author, @replyTo, @At, @Zone, @At, @now
            from conversations c
            where c.tenant_id = @tenant and c.id = @conversation
            """, new
        {
            id, conversation, author, draft.Type, draft.Content, metadata = draft.Metadata?.ToJsonString(), replyTo, schedule.At, schedule.Zone, now = change.Now,
        }, cancellationToken);
        if (added == 0) return null;
        if (draft.AttachmentId is { } attachment) await AttachmentStore.AttachAsync(change, id, attachment, draft.FileKind!, cancellationToken);
        await JobStore.AddAsync(change, tenant, JobType, JobKey, schedule.At, cancellationToken);
        return await TellAsync(change, tenant, id, cancellationToken);
    }

    /// <summary>One more than <paramref name="limit"/>, the next to leave first.</summary>
    public async Task<IReadOnlyList<ScheduledMessageView>> ListAsync(
        Guid tenant, Sight? sight, Guid? conversation, Guid? contact, bool? needsDecision, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<ScheduledRow>(tenant, $"""
            select {MessageRow.Columns}, k.name as contact_name, c.handle
            from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            join contacts k on k.tenant_id = m.tenant_id and k.id = c.contact_id
            where m.tenant_id = @tenant and m.status = 'scheduled'
              {(conversation is null ? "" : "and m.conversation_id = @conversation")} {(contact is null ? "" : $"and c.contact_id = {ContactNow.Of("@contact")}")}
              {(needsDecision is null ? "" : needsDecision.Value ? "and m.needs_decision" : "and not m.needs_decision")}
              {(cursor is null ? "" : "and (m.scheduled_at, m.id) > (@at, @id)")} {Sight.OfConversation(sight)}
            order by m.scheduled_at, m.id
            limit @limit
            """, Sight.With(sight, new { conversation, contact, at = cursor?.At, id = cursor?.Id, limit = limit + 1 }), cancellationToken)).Select(row => row.View())];

    public async Task<ScheduledMessageView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        (await database.FindAsync<ScheduledRow>(tenant, $"""
            select {MessageRow.Columns}, k.name as contact_name, c.handle
            from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            join contacts k on k.tenant_id = m.tenant_id and k.id = c.contact_id
            where m.tenant_id = @tenant and m.id = @id and m.status = 'scheduled'
            """, new { id }, cancellationToken))?.View();

    /// <summary>Other words, another time, or both. Null when it is not here, or has left.</summary>
    public Task<MessageView?> UpdateAsync(Guid tenant, Guid id, string? content, Schedule? schedule, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<DateTimeOffset?>("select scheduled_at from messages where tenant_id = @tenant and id = @id and status = 'scheduled' for no key update", new { id }, cancellationToken) is not { } before) return null;
            await change.ExecuteAsync("""
                update messages set
                    content = coalesce(@content, content), scheduled_at = coalesce(@at, scheduled_at), scheduled_zone = coalesce(@zone, scheduled_zone),
                    occurred_at = coalesce(@at, occurred_at), needs_decision = case when @at is null then needs_decision else false end
                where tenant_id = @tenant and id = @id and status = 'scheduled'
                """, new { id, content, at = schedule?.At, zone = schedule?.Zone }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "scheduled_message.updated", "message", id, new { scheduledAt = before }, new { scheduledAt = schedule?.At ?? before, hasOtherWords = content is not null }));
            if (schedule is not null) await JobStore.AddAsync(change, tenant, JobType, JobKey, schedule.At, cancellationToken);
            return await TellAsync(change, tenant, id, cancellationToken);
        }, cancellationToken);

    /// <summary>False when it is not here, or has left.</summary>
    public Task<bool> CancelAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var files = await change.ListAsync<string>("select sha256 from attachments where tenant_id = @tenant and message_id = @id and sha256 is not null", new { id }, cancellationToken);
            var gone = await change.FindAsync<Freed>("""
                delete from messages
                where tenant_id = @tenant and id = @id and status = 'scheduled'
                returning id, conversation_id, contact_id, integration_id, type, content, scheduled_at
                """, new { id }, cancellationToken);
            if (gone is null) return false;
            await JobStore.AddManyAsync(change, tenant, RemoveFile.JobType, [.. files.Distinct()], change.Now, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "scheduled_message.cancelled", "message", id, before: new { gone.ConversationId, gone.Type, gone.ScheduledAt }));
            change.Publish(new FeedEvent(tenant, "message.cancelled", gone.ConversationId, gone.Id, gone.ContactId, gone.IntegrationId));
            return true;
        }, cancellationToken);

    // What is of a paused account waits for it: when it goes on, the policy for what is late is asked.
    const string OfPaused = "exists (select 1 from integrations i where i.tenant_id = @tenant and i.id = messages.integration_id and i.status = 'paused')";

    /// <summary>When the next one is due; null when none waits. (Whoever lets a paused account go on asks for the job.)</summary>
    public Task<DateTimeOffset?> FindNextAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.FindAsync<DateTimeOffset?>(tenant, $"select min(scheduled_at) from messages where tenant_id = @tenant and status = 'scheduled' and not needs_decision and not {OfPaused}", null, cancellationToken);

    /// <summary>Queues what is due, at most so many; what is late is put before a person where the organisation wants that. How many were dealt with.</summary>
    public Task<int> ReleaseDueAsync(Guid tenant, SchedulingSettings settings, int most, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var late = settings.LateMessages == "ask" ? change.Now - TimeSpan.FromMinutes(settings.LateAfterMinutes) : DateTimeOffset.UnixEpoch;
            var asked = await change.ListAsync<Freed>($"""
                update messages m set needs_decision = true
                from (
                    select id from messages
                    where tenant_id = @tenant and status = 'scheduled' and not needs_decision and scheduled_at <= @late and not {OfPaused}
                    order by scheduled_at, id
                    limit @most
                ) due
                where m.tenant_id = @tenant and m.id = due.id and m.status = 'scheduled' and not m.needs_decision
                returning m.id, m.conversation_id, m.contact_id, m.integration_id, m.type, m.content
                """, new { late, most }, cancellationToken);
            foreach (var message in asked) change.Publish(new FeedEvent(tenant, "message.scheduled", message.ConversationId, message.Id, message.ContactId, message.IntegrationId));
            var due = await change.ListAsync<Guid>($"""
                select id from messages
                where tenant_id = @tenant and status = 'scheduled' and not needs_decision and scheduled_at <= @now and not {OfPaused}
                order by scheduled_at, id
                limit @most
                """, new { now = change.Now, most }, cancellationToken);
            return asked.Count + (due.Count == 0 ? 0 : await ReleaseAsync(change, tenant, due, "and not m.needs_decision and m.scheduled_at <= @now", "", cancellationToken));
        }, cancellationToken);

    /// <summary>What was queued in time and was then held up until it was late waits again, for a person. Only while the attempt that was refused is the last.</summary>
    public Task AskAsync(Guid tenant, IReadOnlyList<(Guid Id, int Attempt)> refused, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var args = new { ids = refused.Select(one => one.Id).ToArray(), attempts = refused.Select(one => one.Attempt).ToArray(), now = change.Now };
            await LockConversationsAsync(change, args.ids, cancellationToken);
            var back = await change.ListAsync<Freed>("""
                update messages m set status = 'scheduled', needs_decision = true, tries = 0, failure_code = null, error_code = null, error_message = null
                from unnest(@ids::uuid[], @attempts::int[]) as x (id, attempt)
                where m.tenant_id = @tenant and m.id = x.id and m.attempt = x.attempt and m.status = 'sending' and m.scheduled_at is not null
                returning m.id, m.conversation_id, m.contact_id, m.integration_id, m.type, m.content
                """, args, cancellationToken);
            var threads = back.GroupBy(message => message.ConversationId).ToList();
            // As if it had not been queued: the conversation shows what was said before.
            await change.ExecuteAsync("""
                update conversations c set
                    message_count = c.message_count - x.n, updated_at = @now, last_message_at = coalesce(x.occurred_at, c.last_message_at),
                    last_message_preview = left(coalesce(x.content, x.type), 140), last_message_direction = x.direction
                from (
                    select t.id, t.n, l.occurred_at, l.content, l.type, l.direction
                    from unnest(@conversations::uuid[], @counts::bigint[]) as t (id, n)
                    left join lateral (
                        select m.occurred_at, m.content, m.type, m.direction from messages m
                        where m.tenant_id = @tenant and m.conversation_id = t.id and m.status <> 'scheduled' and not m.is_hidden
                        order by m.occurred_at desc, m.id desc
                        limit 1
                    ) l on true
                ) x
                where c.tenant_id = @tenant and c.id = x.id
                """, new { conversations = threads.Select(thread => thread.Key).ToArray(), counts = threads.Select(thread => thread.LongCount()).ToArray(), now = change.Now }, cancellationToken);
            foreach (var message in back) change.Publish(new FeedEvent(tenant, "message.scheduled", message.ConversationId, message.Id, message.ContactId, message.IntegrationId));
            return back.Count;
        }, cancellationToken);

    /// <summary>A person sends it now, whatever its time. Null when it is not here, or has left.</summary>
    public static async Task<MessageView?> SendNowAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await ReleaseAsync(change, tenant, [id], "", ", scheduled_at = @now", cancellationToken) == 0) return null;
        change.Audit(AuditEntry.Of(tenant, "scheduled_message.sent_now", "message", id));
        return MessageView.From((await change.FindAsync<MessageRow>($"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = @id", new { id }, cancellationToken))!);
    }

    static async Task<int> ReleaseAsync(Change change, Guid tenant, IReadOnlyList<Guid> ids, string unless, string set, CancellationToken cancellationToken)
    {
        await LockConversationsAsync(change, [.. ids], cancellationToken);
        var freed = (await change.ListAsync<Freed>($"""
            update messages m set status = 'queued', needs_decision = false, occurred_at = @now{set}
            where m.tenant_id = @tenant and m.id = any (@ids) and m.status = 'scheduled' {unless}
            returning m.id, m.conversation_id, m.contact_id, m.integration_id, m.type, m.content
            """, new { ids = ids.ToArray(), now = change.Now }, cancellationToken)).OrderBy(message => message.Id).ToList();
        if (freed.Count == 0) return 0;
        var threads = freed.GroupBy(message => message.ConversationId).ToList();
        await change.ExecuteAsync("""
            update conversations c set
                last_message_at = greatest(c.last_message_at, @now), last_message_preview = left(x.preview, 140), last_message_direction = 'outbound',
                message_count = c.message_count + x.n, updated_at = @now
            from unnest(@conversations::uuid[], @counts::bigint[], @previews::text[]) as x (id, n, preview)
            where c.tenant_id = @tenant and c.id = x.id
            """, new
        {
            conversations = threads.Select(thread => thread.Key).ToArray(), counts = threads.Select(thread => thread.LongCount()).ToArray(),
            previews = threads.Select(thread => thread.Last().Content ?? thread.Last().Type).ToArray(), now = change.Now,
        }, cancellationToken);
        change.QueuesMessages = true;
        foreach (var message in freed) change.Publish(new FeedEvent(tenant, "message.created", message.ConversationId, message.Id, message.ContactId, message.IntegrationId));
        return freed.Count;
    }

    // Conversations before messages, as everybody takes their locks.
    static Task<int> LockConversationsAsync(Change change, Guid[] ids, CancellationToken cancellationToken) =>
        change.ExecuteAsync("""
            select id from conversations
            where tenant_id = @tenant and id in (select conversation_id from messages where tenant_id = @tenant and id = any (@ids))
            order by id
            for no key update
            """, new { ids }, cancellationToken);

    static async Task<MessageView> TellAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        var row = (await change.FindAsync<MessageRow>($"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = @id", new { id }, cancellationToken))!;
        change.Publish(new FeedEvent(tenant, "message.scheduled", row.ConversationId, row.Id, row.ContactId, row.IntegrationId));
        return MessageView.From(row);
    }

    sealed class ScheduledRow : MessageRow
    {
        public string? ContactName { get; init; }
        public string Handle { get; init; } = "";

        public ScheduledMessageView View() => new(MessageView.From(this), ContactName, Handle);
    }

    sealed class Freed
    {
        public Guid Id { get; init; }
        public Guid ConversationId { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
        public string Type { get; init; } = "";
        public string? Content { get; init; }
        public DateTimeOffset ScheduledAt { get; init; }
    }
}
