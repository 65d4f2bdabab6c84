using System.Security.Cryptography;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Bot.Answering;

/// <summary>Reads the feed of each tenant that has a bot, behind a cursor: a customer's message makes the job that answers it, a person's stops the bot. Webhooks are
/// acknowledged without knowing of bots.
/// :: 1 whose feed has grown · 2 take the cursor, which only one node can · 3 a person's answers stop the bot · 4 chats end and begin · 5 jobs · 6 the cursor moves on, all in one transaction.</summary>
internal sealed class BotFeed(SystemDatabase system, TenantDatabase database, FeedNews news, JobNews jobs, TimeProvider time, ILogger<BotFeed> logger) : FeedReader("the bot", news, time, logger)
{
    const int PageSize = 1000;

    /// <summary>Reads all that is there to read.</summary>
    internal override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        // :: 1
        var cursors = await system.ListAsync<CursorRow>("""
            select c.tenant_id, h.seq > c.seq as is_behind
            from bot_cursors c
            join feed_heads h on h.tenant_id = c.tenant_id
            order by c.tenant_id
            """, null, cancellationToken);
        ListenTo(cursors.Select(cursor => cursor.TenantId));
        foreach (var cursor in cursors)
            if (cursor.IsBehind)
                await ReadAloneAsync(async () =>
                {
                    while (await ReadAsync(cursor.TenantId, cancellationToken)) { }
                }, cancellationToken);
    }

    /// <summary>True when there may be more.</summary>
    async Task<bool> ReadAsync(Guid tenant, CancellationToken cancellationToken)
    {
        DateTimeOffset? due = null;
        var more = await database.ChangeAsync(tenant, async change =>
        {
            due = null;
            // :: 2
            var seq = await change.FindAsync<long?>("select seq from bot_cursors where tenant_id = @tenant for update skip locked", null, cancellationToken);
            if (seq is null) return false;
            var rows = await change.ListAsync<EventRow>($"""
                select e.seq, m.id as message_id, m.conversation_id, m.direction, m.occurred_at, m.created_at, b.wait_seconds, b.session_days,
                    m.type <> 'event' and not m.is_hidden and b.is_on as counts, {People.Sql} as is_by_person, k.kind = 'person' as is_with_person
                from (select seq, type, message_id from events where tenant_id = @tenant and seq > @seq order by seq limit @PageSize) e
                left join messages m on e.type = 'message.created' and m.tenant_id = @tenant and m.id = e.message_id
                left join conversations c on c.tenant_id = @tenant and c.id = m.conversation_id
                left join contacts k on k.tenant_id = @tenant and k.id = c.contact_id
                left join bots b on b.tenant_id = @tenant and b.integration_id = m.integration_id
                order by e.seq
                """, new { seq, PageSize }, cancellationToken);
            if (rows.Count == 0) return false;
            var messages = rows.Where(row => row is { Counts: true, IsWithPerson: true }).ToList();
            if (messages.Count > 0)
            {
                await StopAsync(change, tenant, [.. messages.Where(row => row.IsByPerson == true)], cancellationToken);
                await KeepChatsAsync(change, tenant, messages, cancellationToken);
                due = await AddJobsAsync(change, [.. messages.Where(row => row.Direction == "inbound")], cancellationToken);
            }
            // :: 6
            await change.ExecuteAsync("update bot_cursors set seq = @last where tenant_id = @tenant", new { last = rows[^1].Seq }, cancellationToken);
            return rows.Count == PageSize;
        }, cancellationToken);
        if (due is { } at) jobs.PublishAt(at);
        return more;
    }

    // :: 3
    static async Task StopAsync(Change change, Guid tenant, List<EventRow> byPeople, CancellationToken cancellationToken)
    {
        if (byPeople.Count == 0) return;
        // What was written before somebody let the bot go on does not stop it again.
        var stopped = await change.ListAsync<StoppedRow>("""
            update conversations c set bot_state = 'paused', bot_cause = @cause, bot_reason = @reason, bot_changed_at = @now, updated_at = @now
            from (select conversation_id, max(at) as at from unnest(@conversations::uuid[], @ats::timestamptz[]) as x (conversation_id, at) group by conversation_id) x
            where c.tenant_id = @tenant and c.id = x.conversation_id and c.bot_state is null and (c.bot_changed_at is null or x.at > c.bot_changed_at)
            returning c.id, c.contact_id, c.integration_id
            """, new
        {
            cause = Causes.Answered, reason = Causes.AnsweredWords, now = change.Now, conversations = byPeople.Select(row => row.ConversationId!.Value).ToArray(), ats = byPeople.Select(row => row.CreatedAt!.Value.UtcDateTime).ToArray(),
        }, cancellationToken);
        foreach (var row in stopped) change.Publish(new FeedEvent(tenant, "conversation.updated", row.Id, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
    }

    // :: 4
    static async Task KeepChatsAsync(Change change, Guid tenant, List<EventRow> messages, CancellationToken cancellationToken)
    {
        var chats = messages.GroupBy(row => row.ConversationId!.Value).Select(group => (Conversation: group.Key, First: group.First(), Last: group.Last(), Opens: group.FirstOrDefault(row => row.Direction == "inbound"))).ToList();
        var opening = chats.Where(chat => chat.Opens is not null).ToList();
        await change.ExecuteAsync("""
            update bot_chats b set is_active = false, updated_at = @now
            from unnest(@conversations::uuid[], @ats::timestamptz[]) as x (conversation_id, at)
            where b.tenant_id = @tenant and b.conversation_id = x.conversation_id and b.is_active and b.active_until < x.at
            """, new { now = change.Now, conversations = opening.Select(chat => chat.Conversation).ToArray(), ats = opening.Select(chat => chat.Opens!.CreatedAt!.Value.UtcDateTime).ToArray() }, cancellationToken);
        var opened = await change.ListAsync<Guid>("""
            insert into bot_chats (tenant_id, id, chat_id, conversation_id, is_active, began_at, first_message_id, active_until, created_at, updated_at)
            select @tenant, x.id, x.chat_id, x.conversation_id, true, x.began_at, x.first_id, x.until, @now, @now
            from unnest(@ids::uuid[], @chats::text[], @conversations::uuid[], @begins::timestamptz[], @firsts::uuid[], @untils::timestamptz[]) as x (id, chat_id, conversation_id, began_at, first_id, until)
            on conflict (tenant_id, conversation_id) where is_active do nothing
            returning conversation_id
            """, new
        {
            now = change.Now, ids = opening.Select(_ => Ids.New(change.Now)).ToArray(), chats = opening.Select(_ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))).ToArray(),
            conversations = opening.Select(chat => chat.Conversation).ToArray(), begins = opening.Select(chat => chat.Opens!.OccurredAt!.Value.UtcDateTime).ToArray(), firsts = opening.Select(chat => chat.Opens!.MessageId!.Value).ToArray(), untils = opening.Select(chat => Until(change, chat.Opens!)).ToArray(),
        }, cancellationToken);
        if (opened.Count > 0) await BeginAfreshAsync(change, tenant, opened, cancellationToken);
        await change.ExecuteAsync("""
            update bot_chats b set active_until = x.until, updated_at = x.at
            from unnest(@conversations::uuid[], @ats::timestamptz[], @untils::timestamptz[]) as x (conversation_id, at, until)
            where b.tenant_id = @tenant and b.conversation_id = x.conversation_id and b.is_active
            """, new
        {
            conversations = chats.Select(chat => chat.Conversation).ToArray(), ats = chats.Select(chat => chat.Last.CreatedAt!.Value.UtcDateTime).ToArray(), untils = chats.Select(chat => Until(change, chat.Last)).ToArray(),
        }, cancellationToken);
    }

    // Where the next chat begins, the one before it ends; and what stopped the bot in that one is over, unless the team itself did.
    static async Task BeginAfreshAsync(Change change, Guid tenant, IReadOnlyList<Guid> opened, CancellationToken cancellationToken)
    {
        await change.ExecuteAsync("""
            update bot_chats b set ended_before = n.first_message_id
            from bot_chats n
            where n.tenant_id = @tenant and n.conversation_id = any (@opened) and n.is_active
              and b.tenant_id = @tenant and b.conversation_id = n.conversation_id and not b.is_active and b.ended_before is null
            """, new { opened = opened.ToArray() }, cancellationToken);
        var freed = await change.ListAsync<StoppedRow>("""
            update conversations c set bot_state = null, bot_cause = null, bot_reason = null, bot_changed_at = @now, updated_at = @now
            where c.tenant_id = @tenant and c.id = any (@opened) and c.bot_state is not null and c.bot_cause is distinct from @team
              and exists (select 1 from bot_chats b where b.tenant_id = @tenant and b.conversation_id = c.id and not b.is_active)
            returning c.id, c.contact_id, c.integration_id
            """, new { opened = opened.ToArray(), team = Causes.Team, now = change.Now }, cancellationToken);
        foreach (var row in freed) change.Publish(new FeedEvent(tenant, "conversation.updated", row.Id, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
    }

    // :: 5
    static async Task<DateTimeOffset?> AddJobsAsync(Change change, List<EventRow> inbound, CancellationToken cancellationToken)
    {
        if (inbound.Count == 0) return null;
        var wanted = inbound.GroupBy(row => row.ConversationId!.Value).Select(group => (Conversation: group.Key, At: group.First().CreatedAt!.Value.AddSeconds((double)group.First().WaitSeconds!.Value))).ToList();
        // One that waits already stays as it is: when it runs, it sees for itself whether the customer has finished.
        var added = await change.ExecuteAsync("""
            insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
            select @tenant, x.id, @type, x.conversation_id::text, 'waiting', x.at, @now, @now
            from unnest(@ids::uuid[], @conversations::uuid[], @ats::timestamptz[]) as x (id, conversation_id, at)
            join conversations c on c.tenant_id = @tenant and c.id = x.conversation_id and c.bot_state is null
            order by x.conversation_id
            on conflict (tenant_id, type, key) do update set
                scheduled_at = least(scheduled_jobs.scheduled_at, excluded.scheduled_at),
                status = case scheduled_jobs.status when 'running' then 'running' else 'waiting' end,
                attempts = case scheduled_jobs.status when 'running' then scheduled_jobs.attempts else 0 end,
                payload = case scheduled_jobs.status when 'running' then scheduled_jobs.payload || '{"again": true}' else scheduled_jobs.payload end,
                updated_at = excluded.updated_at
            """, new
        {
            type = BotAnswer.JobType, now = change.Now, ids = wanted.Select(_ => Ids.New(change.Now)).ToArray(), conversations = wanted.Select(one => one.Conversation).ToArray(), ats = wanted.Select(one => one.At.UtcDateTime).ToArray(),
        }, cancellationToken);
        return added == 0 ? null : wanted.Min(one => one.At);
    }

    static DateTime Until(Change change, EventRow row) => (row.CreatedAt ?? change.Now).AddDays(row.SessionDays ?? 30).UtcDateTime;

    sealed class CursorRow
    {
        public Guid TenantId { get; init; }
        public bool IsBehind { get; init; }
    }

    sealed class EventRow
    {
        public long Seq { get; init; }
        public Guid? MessageId { get; init; }
        public Guid? ConversationId { get; init; }
        public string? Direction { get; init; }
        public DateTimeOffset? OccurredAt { get; init; }
        public DateTimeOffset? CreatedAt { get; init; }
        public decimal? WaitSeconds { get; init; }
        public int? SessionDays { get; init; }
        public bool? Counts { get; init; }
        public bool? IsByPerson { get; init; }
        public bool? IsWithPerson { get; init; }
    }

    sealed class StoppedRow
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
    }
}
