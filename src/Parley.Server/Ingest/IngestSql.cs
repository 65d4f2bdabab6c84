namespace Parley.Server.Ingest;

/// <summary>The statements of the ingest batch. Each takes arrays, works for many tenants at once, and hangs everything
/// downstream on the rows it really inserted: a repeated delivery changes nothing. The feed's lock comes last in each, taken
/// in the tenants' order: the writer's plans are nested loops, which update as n is sorted;
/// a deadlock is run again all the same.</summary>
internal static class IngestSql
{
    public const string Enter = "call enter_system()";

    public const string Journal = """
        insert into webhook_events (tenant_id, id, integration_id, provider, kind, status, error, body, created_at, processed_at)
        select x.tenant_id, x.id, x.integration_id, x.provider, x.kind, x.status, x.error, x.body, x.at, x.at
        from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[], $9::timestamptz[])
            as x (tenant_id, id, integration_id, provider, kind, status, error, body, at)
        """;

    /// <summary>Messages, their conversations, and a feed line for each.</summary>
    public const string Messages = """
        with m as (
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata,
                external_message_id, status, author, sender_contact_id, reply_to, webhook_event_id, sent_at, delivered_at, occurred_at, created_at)
            -- The contact is the conversation's as it is now: a memory may be older than a join. (Null, and refused, when it is gone.)
            select x.tenant_id, x.id, x.conversation_id, c.contact_id, x.integration_id, x.channel, x.direction, x.type, x.content, x.metadata::jsonb,
                x.external_id, x.status, x.author, x.sender_id, x.reply_to, x.webhook_id,
                case when x.direction = 'outbound' then x.at end, case when x.direction = 'inbound' then x.at end, x.at, $18::timestamptz
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                    $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[], $16::uuid[], $17::timestamptz[])
                as x (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata,
                    external_id, status, author, sender_id, reply_to, webhook_id, at)
            left join conversations c on c.tenant_id = x.tenant_id and c.id = x.conversation_id
            on conflict (tenant_id, integration_id, external_message_id) do nothing
            returning tenant_id, id, conversation_id, contact_id, integration_id, direction, type, content, occurred_at
        ),
        a as (
            select tenant_id, conversation_id, count(*) as n,
                count(*) filter (where direction = 'inbound') as unread,
                max(occurred_at) as last,
                max(occurred_at) filter (where direction = 'inbound') as last_inbound,
                (array_agg(left(coalesce(content, type), 140) order by occurred_at desc, id desc))[1] as preview,
                (array_agg(direction order by occurred_at desc, id desc))[1] as direction
            from m
            group by tenant_id, conversation_id
        ),
        u as (
            update conversations c set
                last_message_at = greatest(c.last_message_at, a.last),
                last_message_preview = case when c.last_message_preview is null or a.last >= c.last_message_at then a.preview else c.last_message_preview end,
                last_message_direction = case when c.last_message_direction is null or a.last >= c.last_message_at then a.direction else c.last_message_direction end,
                last_inbound_at = greatest(c.last_inbound_at, a.last_inbound),
                message_count = c.message_count + a.n,
                unread_count = c.unread_count + a.unread,
                is_read = c.is_read and a.unread = 0,
                status = case when a.unread > 0 then 'open' else c.status end,
                snoozed_until = case when a.unread > 0 then null else c.snoozed_until end,
                updated_at = $18
            from a
            where c.tenant_id = a.tenant_id and c.id = a.conversation_id
            returning 1
        ),
        h as (
            update feed_heads f set seq = f.seq + n.n
            from (select tenant_id, count(*) as n from m group by tenant_id order by tenant_id) n
            where f.tenant_id = n.tenant_id and (select count(*) from u) >= 0
            returning f.tenant_id, f.seq - n.n as base
        )
        insert into events (tenant_id, seq, type, conversation_id, message_id, contact_id, integration_id, created_at)
        select m.tenant_id, h.base + row_number() over (partition by m.tenant_id order by m.id),
            'message.created', m.conversation_id, m.id, m.contact_id, m.integration_id, $18
        from m join h on h.tenant_id = m.tenant_id
        """;

    /// <summary>Locks the messages that a mixed batch will change, before its first statement takes the feed's lock: everybody
    /// else goes from the message to the feed, too.</summary>
    public const string Reserve = """
        select 1
        from messages m
        where (m.tenant_id, m.id) in (
            select m.tenant_id, m.id
            from unnest($1::uuid[], $2::uuid[], $3::text[]) as x (tenant_id, integration_id, external_id)
            join messages m on m.tenant_id = x.tenant_id and m.integration_id = x.integration_id and m.external_message_id = x.external_id
            union
            select m.tenant_id, m.id
            from unnest($1::uuid[], $4::uuid[]) as x (tenant_id, id)
            join messages m on m.tenant_id = x.tenant_id and m.id = x.id
        )
        order by m.tenant_id, m.id
        for no key update
        """;

    /// <summary>Files of messages that were really inserted, each with the job that fetches it. $1: now.</summary>
    public const string Attachments = """
        with a as (
            insert into attachments (tenant_id, id, message_id, position, kind, status, mime_type, file_name, size, provider_id, provider_url, provider_sha256, created_at)
            select x.tenant_id, x.id, x.message_id, x.position, x.kind, 'pending', x.mime_type, x.file_name, x.size, x.provider_id, x.url, x.sha256, $1::timestamptz
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[])
                as x (tenant_id, id, message_id, position, kind, mime_type, file_name, size, provider_id, url, sha256)
            join messages m on m.tenant_id = x.tenant_id and m.id = x.message_id
            returning tenant_id, id
        )
        insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
        select tenant_id, id, 'media.fetch', id::text, 'waiting', $13::timestamptz, $1, $1 from a
        """;

    /// <summary>Steps of what we sent. A step whose message is not known yet is kept and waits (message_id null).
    /// A message is found by the provider's id or, while that is still unknown, by the reference the provider echoes.</summary>
    public const string Statuses = $"""
        with x as (
            select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::uuid[], $11::int[])
                as x (tenant_id, integration_id, external_id, status, at, failure_code, error_code, error_message, reference, attempt)
        ),
        s as (
            insert into message_statuses (tenant_id, integration_id, external_message_id, status, message_id, occurred_at, failure_code, error_code, error_message, created_at)
            select x.tenant_id, x.integration_id, x.external_id, x.status, found.id, x.at, x.failure_code, x.error_code, x.error_message, $1::timestamptz
            from x
            left join lateral (
                select id from (
                    select m.id, 0 as rank from messages m
                    where m.tenant_id = x.tenant_id and m.integration_id = x.integration_id and m.external_message_id = x.external_id
                      and m.direction = 'outbound'
                    union all
                    select m.id, 1 from messages m
                    where m.tenant_id = x.tenant_id and m.id = x.reference and m.integration_id = x.integration_id
                      and m.attempt = x.attempt and m.external_message_id is null and m.direction = 'outbound'
                ) candidate
                order by rank
                limit 1
            ) found on true
            order by x.tenant_id, x.integration_id, x.external_id, x.status
            on conflict (tenant_id, integration_id, external_message_id, status) do nothing
            returning tenant_id, external_message_id, status, message_id, occurred_at, failure_code, error_code, error_message
        ),
        {MoveForward}
        """;

    /// <summary>Gives waiting steps to messages that became known since. $1: now; $2: steps that came later than this are
    /// left to the webhook that is writing them; $3: those that came earlier belong to other systems on the same number.</summary>
    public const string Waiting = $"""
        with w as (
            select s.tenant_id, s.integration_id, s.external_message_id, s.status, m.id as message_id
            from message_statuses s
            join messages m on m.tenant_id = s.tenant_id and m.integration_id = s.integration_id and m.external_message_id = s.external_message_id
            where s.message_id is null and m.direction = 'outbound' and s.created_at <= $2::timestamptz and s.created_at > $3::timestamptz
            order by s.tenant_id, s.integration_id, s.external_message_id, s.status
            limit 1000
        ),
        s as (
            update message_statuses s set message_id = w.message_id
            from w
            where s.tenant_id = w.tenant_id and s.integration_id = w.integration_id and s.external_message_id = w.external_message_id
              and s.status = w.status and s.message_id is null
            returning s.tenant_id, s.external_message_id, s.status, s.message_id, s.occurred_at, s.failure_code, s.error_code, s.error_message
        ),
        {MoveForward}
        """;

    // queued < sending < unknown < sent < delivered < read < failed. The highest step wins, in whatever order they come;
    // failed is the highest because leaving it needs a person (see the retry of a message).
    // Expects the rows s and the time of the change as $1.
    const string MoveForward = """
        a as (
            select tenant_id, message_id,
                min(external_message_id) as external_id,
                max(array_position(array['sent', 'delivered', 'read', 'failed'], status)) as step,
                min(occurred_at) filter (where status = 'sent') as sent_at,
                min(occurred_at) filter (where status = 'delivered') as delivered_at,
                min(occurred_at) filter (where status = 'read') as read_at,
                min(occurred_at) filter (where status = 'failed') as failed_at,
                min(failure_code) as failure_code, min(error_code) as error_code, min(error_message) as error_message
            from s
            where message_id is not null
            group by tenant_id, message_id
        ),
        u as (
            update messages m set
                external_message_id = coalesce(m.external_message_id, a.external_id),
                status = case when a.step + 3 > array_position(array['queued', 'sending', 'unknown', 'sent', 'delivered', 'read', 'failed'], m.status)
                    then (array['sent', 'delivered', 'read', 'failed'])[a.step] else m.status end,
                sent_at = least(m.sent_at, a.sent_at),
                delivered_at = least(m.delivered_at, a.delivered_at),
                read_at = least(m.read_at, a.read_at),
                failed_at = least(m.failed_at, a.failed_at),
                failure_code = case when a.failed_at is not null then a.failure_code when m.status in ('sending', 'unknown') then null else m.failure_code end,
                error_code = case when a.failed_at is not null then a.error_code when m.status in ('sending', 'unknown') then null else m.error_code end,
                error_message = case when a.failed_at is not null then a.error_message when m.status in ('sending', 'unknown') then null else m.error_message end
            from a
            where m.tenant_id = a.tenant_id and m.id = a.message_id
              and (m.external_message_id is null or m.external_message_id = a.external_id)
            returning m.tenant_id, m.id, m.conversation_id, m.contact_id, m.integration_id
        ),
        h as (
            update feed_heads f set seq = f.seq + n.n
            from (select tenant_id, count(*) as n from u group by tenant_id order by tenant_id) n
            where f.tenant_id = n.tenant_id
            returning f.tenant_id, f.seq - n.n as base
        )
        insert into events (tenant_id, seq, type, conversation_id, message_id, contact_id, integration_id, created_at)
        select u.tenant_id, h.base + row_number() over (partition by u.tenant_id order by u.id),
            'message.updated', u.conversation_id, u.id, u.contact_id, u.integration_id, $1::timestamptz
        from u join h on h.tenant_id = u.tenant_id
        """;
}
