using System.Runtime.ExceptionServices;
using Npgsql;
using Parley.Server.Platform.Database;

namespace Parley.Server.Analytics;

/// <summary>Keeps the numbers of the reports. Nothing is added up, so nothing can be added twice: what changed is marked, and what is marked is counted anew.
/// :: 1 a tenant that was never counted marks all it has · 2 the feed marks what changed · 3 marked quarters of an hour are counted · 4 marked conversations are timed · 5 how far that is.
/// Each step is one transaction under the tenant's cursor, which one node holds while others wait; killed anywhere, the next pass goes on.</summary>
internal sealed class MessageCounter(SystemDatabase system, TenantDatabase database, TimeProvider time)
{
    const int EventsAtOnce = 2000, SlotsAtOnce = 48, ConversationsAtOnce = 200;

    /// <summary>Where quarters of an hour begin.</summary>
    public const string SlotOf = "date_bin('15 minutes', m.occurred_at, '2000-01-01 00:00:00+00')";

    /// <summary>Counts everything that is to be counted.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var behind = await system.ListAsync<Guid>("""
            select t.id
            from tenants t
            join feed_heads h on h.tenant_id = t.id
            left join count_cursors c on c.tenant_id = t.id
            where c.tenant_id is null or h.seq > c.seq or c.counted_until is null
               or exists (select 1 from count_marks k where k.tenant_id = t.id) or exists (select 1 from response_marks k where k.tenant_id = t.id)
            order by t.id
            """, null, cancellationToken);
        // What is wrong with one tenant's is not to hold up the others'.
        ExceptionDispatchInfo? broken = null;
        foreach (var tenant in behind)
        {
            try { await CountAsync(tenant, cancellationToken); }
            catch (PostgresException failure) { broken ??= ExceptionDispatchInfo.Capture(failure); }
        }
        broken?.Throw();
    }

    /// <summary>One tenant's numbers, up to now.</summary>
    public async Task CountAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        await BeginAsync(tenant, cancellationToken);
        while (await ReadFeedAsync(tenant, cancellationToken)) { }
        while (await CountSlotsAsync(tenant, cancellationToken)) { }
        while (await TimeConversationsAsync(tenant, cancellationToken)) { }
        await SettleAsync(tenant, began, cancellationToken);
    }

    // :: 1
    Task<bool> BeginAsync(Guid tenant, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        // The feed's place is taken first: what is written while the marks are set is read from there.
        var begun = await change.ExecuteAsync("""
            insert into count_cursors (tenant_id, seq)
            select tenant_id, seq from feed_heads where tenant_id = @tenant
            on conflict do nothing
            """, null, cancellationToken);
        if (begun == 0) return false;
        await change.ExecuteAsync($"""
            insert into count_marks (tenant_id, slot, marked_at)
            select distinct m.tenant_id, {SlotOf}, @now::timestamptz from messages m where m.tenant_id = @tenant
            union
            select tenant_id, slot, @now from message_counts where tenant_id = @tenant
            on conflict do nothing
            """, new { now = change.Now }, cancellationToken);
        await change.ExecuteAsync("""
            insert into response_marks (tenant_id, conversation_id, since)
            select tenant_id, id, 'epoch'::timestamptz from conversations where tenant_id = @tenant
            union
            select tenant_id, conversation_id, 'epoch'::timestamptz from response_times where tenant_id = @tenant
            on conflict (tenant_id, conversation_id) do update set since = excluded.since
            """, null, cancellationToken);
        return true;
    }, cancellationToken);

    // :: 2
    Task<bool> ReadFeedAsync(Guid tenant, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        if (await LockAsync(change, cancellationToken) is not { } seq) return false;
        var last = await change.FindAsync<long?>($"""
            select max(seq) from (select seq from events where tenant_id = @tenant and seq > @seq order by seq limit {EventsAtOnce}) e
            """, new { seq }, cancellationToken);
        if (last is null) return false;
        const string changed = """
            from (select distinct message_id from events where tenant_id = @tenant and seq > @seq and seq <= @last and message_id is not null) e
            join messages m on m.tenant_id = @tenant and m.id = e.message_id
            """;
        await change.ExecuteAsync($"""
            insert into count_marks (tenant_id, slot, marked_at)
            select distinct @tenant, {SlotOf}, @now::timestamptz {changed}
            on conflict do nothing
            """, new { seq, last, now = change.Now }, cancellationToken);
        await change.ExecuteAsync($"""
            insert into response_marks (tenant_id, conversation_id, since)
            select @tenant, m.conversation_id, min(m.occurred_at) {changed} group by m.conversation_id
            on conflict (tenant_id, conversation_id) do update set since = least(response_marks.since, excluded.since)
            """, new { seq, last }, cancellationToken);
        // Conversations that became one: the one that is gone, and whichever took its messages.
        await change.ExecuteAsync("""
            insert into response_marks (tenant_id, conversation_id, since)
            select @tenant, x.id, 'epoch'::timestamptz
            from (
                select conversation_id as id from events where tenant_id = @tenant and seq > @seq and seq <= @last and type = 'conversation.merged'
                union
                select c.id from events e
                join conversations c on c.tenant_id = @tenant and c.contact_id = e.contact_id
                where e.tenant_id = @tenant and e.seq > @seq and e.seq <= @last and e.type = 'conversation.merged'
            ) x
            on conflict (tenant_id, conversation_id) do update set since = excluded.since
            """, new { seq, last }, cancellationToken);
        await change.ExecuteAsync("update count_cursors set seq = @last where tenant_id = @tenant", new { last }, cancellationToken);
        return true;
    }, cancellationToken);

    // :: 3
    Task<bool> CountSlotsAsync(Guid tenant, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        if (await LockAsync(change, cancellationToken) is null) return false;
        // The mark goes first: whoever marks it while we count waits for us, and it is counted again.
        var slots = await change.ListAsync<DateTimeOffset>($"""
            with due as materialized (select slot from count_marks where tenant_id = @tenant order by slot desc limit {SlotsAtOnce} for update)
            delete from count_marks k using due where k.tenant_id = @tenant and k.slot = due.slot
            returning k.slot
            """, null, cancellationToken);
        if (slots.Count == 0) return false;
        var arguments = new { slots = slots.Select(slot => slot.UtcDateTime).ToArray(), ends = slots.Select(slot => slot.UtcDateTime.AddMinutes(15)).ToArray() };
        await change.ExecuteAsync("delete from message_counts where tenant_id = @tenant and slot = any (@slots)", arguments, cancellationToken);
        await change.ExecuteAsync("""
            insert into message_counts (tenant_id, slot, integration_id, channel, direction, author, total, waiting, unknown, sent, delivered, read, failed)
            select m.tenant_id, s.slot, m.integration_id, m.channel, m.direction, m.author, count(*),
                count(*) filter (where m.status in ('queued', 'sending')), count(*) filter (where m.status = 'unknown'), count(*) filter (where m.status = 'sent'),
                count(*) filter (where m.status = 'delivered'), count(*) filter (where m.status = 'read'), count(*) filter (where m.status = 'failed')
            from unnest(@slots::timestamptz[], @ends::timestamptz[]) as s (slot, until)
            join messages m on m.tenant_id = @tenant and m.occurred_at >= s.slot and m.occurred_at < s.until
            where m.type <> 'event' and not m.is_hidden and m.status <> 'scheduled'
            group by m.tenant_id, s.slot, m.integration_id, m.channel, m.direction, m.author
            """, arguments, cancellationToken);
        return true;
    }, cancellationToken);

    // :: 4
    Task<bool> TimeConversationsAsync(Guid tenant, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        if (await LockAsync(change, cancellationToken) is null) return false;
        var marked = await change.ListAsync<MarkRow>($"""
            with due as materialized (select conversation_id from response_marks where tenant_id = @tenant order by conversation_id limit {ConversationsAtOnce} for update)
            delete from response_marks k using due where k.tenant_id = @tenant and k.conversation_id = due.conversation_id
            returning k.conversation_id, k.since
            """, null, cancellationToken);
        if (marked.Count == 0) return false;
        var arguments = new { conversations = marked.Select(mark => mark.ConversationId).ToArray(), sinces = marked.Select(mark => mark.Since.UtcDateTime).ToArray() };
        const string since = "unnest(@conversations::uuid[], @sinces::timestamptz[]) as x (conversation_id, since)";
        const string counts = "m.type <> 'event' and not m.is_hidden and m.status not in ('failed', 'scheduled')";
        await change.ExecuteAsync($"""
            delete from response_times r using {since}
            where r.tenant_id = @tenant and r.conversation_id = x.conversation_id and r.began_at >= x.since
            """, arguments, cancellationToken);
        // Who waited then waits on, until it is seen below who answered: what was an answer may have failed since.
        await change.ExecuteAsync($"""
            update response_times r set ended_at = null, author = null from {since}
            where r.tenant_id = @tenant and r.conversation_id = x.conversation_id and r.ended_at >= x.since
            """, arguments, cancellationToken);
        // A stretch is what people said between two answers of ours, and the answer that ends it: the first of it waits until then. The one before it, which is here
        // or there already, tells whether it is the first since the conversation was closed.
        await change.ExecuteAsync($"""
            with said as (
                select m.conversation_id, c.integration_id, c.channel, m.id, m.direction, m.occurred_at, m.author,
                    count(*) filter (where m.direction = 'outbound') over earlier - (m.direction = 'outbound')::int as stretch
                from {since}
                join conversations c on c.tenant_id = @tenant and c.id = x.conversation_id
                join contacts k on k.tenant_id = @tenant and k.id = c.contact_id and k.kind = 'person'
                join messages m on m.tenant_id = @tenant and m.conversation_id = x.conversation_id and m.occurred_at >= x.since
                where {counts}
                window earlier as (partition by m.conversation_id order by m.occurred_at, m.id)
            ),
            waited as (
                select s.conversation_id, (array_agg(s.id order by s.occurred_at, s.id) filter (where s.direction = 'inbound'))[1] as message_id, s.integration_id, s.channel,
                    min(s.occurred_at) filter (where s.direction = 'inbound') as began_at, max(s.occurred_at) filter (where s.direction = 'outbound') as ended_at,
                    max(s.author) filter (where s.direction = 'outbound') as author
                from said s
                group by s.conversation_id, s.integration_id, s.channel, s.stretch
                having bool_or(s.direction = 'inbound')
                   and (s.stretch > 0 or not exists (select 1 from response_times r where r.tenant_id = @tenant and r.conversation_id = s.conversation_id and r.ended_at is null))
            )
            insert into response_times (tenant_id, conversation_id, message_id, integration_id, channel, began_at, ended_at, author, is_first)
            select @tenant, w.conversation_id, w.message_id, w.integration_id, w.channel, w.began_at, w.ended_at, w.author, coalesce(w.before <= coalesce((
                    select max(c.closed_at) from closings c
                    where c.tenant_id = @tenant and c.conversation_id = w.conversation_id and c.closed_at < w.began_at and c.reopened_at is null
                ), '-infinity'), true)
            from (
                select w.*, coalesce(
                    lag(w.began_at) over (partition by w.conversation_id order by w.began_at, w.message_id),
                    (select max(r.began_at) from response_times r where r.tenant_id = @tenant and r.conversation_id = w.conversation_id)) as before
                from waited w
            ) w
            """, arguments, cancellationToken);
        await change.ExecuteAsync($"""
            update response_times r set ended_at = a.occurred_at, author = a.author
            from {since}
            cross join lateral (
                select m.occurred_at, m.author from messages m
                where m.tenant_id = @tenant and m.conversation_id = x.conversation_id and m.occurred_at >= x.since and m.direction = 'outbound' and {counts}
                order by m.occurred_at, m.id
                limit 1
            ) a
            where r.tenant_id = @tenant and r.conversation_id = x.conversation_id and r.began_at < x.since and r.ended_at is null
            """, arguments, cancellationToken);
        return true;
    }, cancellationToken);

    // :: 5
    Task<int> SettleAsync(Guid tenant, DateTimeOffset began, CancellationToken cancellationToken) => database.ExecuteAsync(tenant, """
        update count_cursors c set counted_until = @began
        where c.tenant_id = @tenant and (c.counted_until is null or c.counted_until < @began)
          and not exists (select 1 from count_marks k where k.tenant_id = @tenant) and not exists (select 1 from response_marks k where k.tenant_id = @tenant)
        """, new { began }, cancellationToken);

    static Task<long?> LockAsync(Change change, CancellationToken cancellationToken) =>
        change.FindAsync<long?>("select seq from count_cursors where tenant_id = @tenant for update", null, cancellationToken);

    sealed class MarkRow
    {
        public Guid ConversationId { get; init; }
        public DateTimeOffset Since { get; init; }
    }
}
