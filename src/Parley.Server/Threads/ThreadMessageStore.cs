using Dapper;
using Npgsql;
using NpgsqlTypes;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Ingest;
using Parley.Server.Platform;
using static Parley.Server.Platform.Database.Arrays;

namespace Parley.Server.Threads;

/// <summary>Writes messages of providers' chats, many at once, inside a transaction that has entered the system role: what webhooks
/// bring and what is read of the history end here, so both follow one rule. Writing the same twice changes nothing.</summary>
internal static class ThreadMessageStore
{
    /// <param name="Created">Those that were new here, the oldest first.</param>
    /// <param name="Changed">How many were here already, and told otherwise.</param>
    internal sealed record Written(IReadOnlyList<(ThreadMessage Told, Guid Id)> Created, int Changed, int Unread, bool HasFiles);

    static readonly TimeSpan EchoWindow = TimeSpan.FromMinutes(15);

    /// <summary>The files of what was said long ago come after the words.</summary>
    static readonly TimeSpan FilesWait = TimeSpan.FromMinutes(1);

    /// <summary>:: 1 give echoes to what we sent ourselves · 2 insert what is new · 3 its files, and its conversations' summaries ·
    /// 4 change what is here and was told otherwise.</summary>
    /// <param name="lines">Gets what the feed has to tell, to be written at the end of the transaction.</param>
    public static async Task<Written> WriteAsync(
        NpgsqlConnection connection, IReadOnlyList<ThreadMessage> messages, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The oldest first, so that ids grow with time; equal times stay in the order given.
        var rows = messages.OrderBy(row => row.Message.SentAt).DistinctBy(row => (row.IntegrationId, row.Message.ExternalId)).ToList();

        // :: 1
        await NameAnsweredAsync(connection, rows, cancellationToken);
        foreach (var echo in await FindAwaitedAsync(connection, rows.FindAll(MayBeAwaited), cancellationToken))
            await MatchEchoAsync(connection, echo, cancellationToken);

        // :: 2
        var ids = rows.ConvertAll(_ => Ids.New(now));
        var inserted = new HashSet<Guid>();
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(Insert(rows, ids, now));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken)) inserted.Add(reader.GetGuid(0));
        }
        var created = rows.Select((row, n) => (Told: row, Id: ids[n])).Where(row => inserted.Contains(row.Id)).ToList();

        // :: 3
        var hasFiles = created.Exists(row => row.Told.Message.Attachments.Count > 0);
        if (created.Count > 0)
        {
            await using var batch = new NpgsqlBatch(connection);
            if (hasFiles)
                foreach (var (isOld, due) in new[] { (true, now + FilesWait), (false, now) })
                    if (created.Where(row => row.Told.IsFirstImport == isOld && row.Told.Message.Attachments.Count > 0).ToList() is { Count: > 0 } withFiles)
                        batch.BatchCommands.Add(IngestStore.Attachments([.. withFiles.Select(row => (row.Told.TenantId, row.Id, row.Told.Message.Attachments))], now, due));
            batch.BatchCommands.Add(Summaries(created, now));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            var contacts = new Dictionary<Guid, Guid>();
            while (await reader.ReadAsync(cancellationToken)) contacts[reader.GetGuid(0)] = reader.GetGuid(1);
            foreach (var (told, id) in created)
                if (!told.IsFirstImport)
                    lines.Add(new(told.TenantId, "message.created", told.ConversationId, id, contacts.TryGetValue(told.ConversationId, out var contact) ? contact : null, told.IntegrationId));
        }

        // :: 4
        var known = rows.Where((_, n) => !inserted.Contains(ids[n])).ToList();
        var changed = known.Count == 0 ? 0 : await ChangeAsync(connection, known, lines, now, cancellationToken);
        return new(created, changed, created.Count(row => row.Told.IsUnread), hasFiles);
    }

    // Where only the network's id says what a message answers: in the same batch, or else in the same conversation.
    static async Task NameAnsweredAsync(NpgsqlConnection connection, List<ThreadMessage> rows, CancellationToken cancellationToken)
    {
        var nameless = rows.Where(row => row.Message is { ReplyToExternalId: null, ReplyToNetworkId: not null }).ToList();
        if (nameless.Count == 0) return;
        var byNetwork = rows.Where(row => row.Message.NetworkId is not null).DistinctBy(row => (row.ConversationId, row.Message.NetworkId!)).ToDictionary(row => (row.ConversationId, row.Message.NetworkId!), row => row.Message.ExternalId);
        var others = nameless.Where(row => !byNetwork.ContainsKey((row.ConversationId, row.Message.ReplyToNetworkId!))).DistinctBy(row => (row.ConversationId, row.Message.ReplyToNetworkId!)).ToList();
        if (others.Count > 0)
            foreach (var (conversation, network, external) in await connection.QueryAsync<(Guid, string, string)>(new CommandDefinition("""
                select distinct on (m.conversation_id, m.network_id) m.conversation_id, m.network_id, m.external_message_id
                from unnest(@tenants::uuid[], @conversations::uuid[], @networks::text[]) as x (tenant_id, conversation_id, network_id)
                join messages m on m.tenant_id = x.tenant_id and m.conversation_id = x.conversation_id and m.network_id = x.network_id
                where m.external_message_id is not null
                order by m.conversation_id, m.network_id, m.occurred_at desc
                """, new
            {
                tenants = others.Select(row => row.TenantId).ToArray(), conversations = others.Select(row => row.ConversationId).ToArray(), networks = others.Select(row => row.Message.ReplyToNetworkId).ToArray(),
            }, cancellationToken: cancellationToken)))
                byNetwork[(conversation, network)] = external;
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Message is { ReplyToExternalId: null, ReplyToNetworkId: { } network } && byNetwork.TryGetValue((rows[i].ConversationId, network), out var answered))
                rows[i] = rows[i] with { Message = rows[i].Message with { ReplyToExternalId = answered } };
    }

    // Of what was said before we came, only the newest: we may have written in a chat that was never read to the end.
    static bool MayBeAwaited(ThreadMessage row) => row.Message is { IsEcho: true, IsHidden: false } && (!row.IsFirstImport || row.Message.SentAt > row.ReadAt - TimeSpan.FromDays(1));

    /// <summary>Those that are not here yet, in conversations where something of ours waits for its echo: usually none.</summary>
    static async Task<IEnumerable<ThreadMessage>> FindAwaitedAsync(NpgsqlConnection connection, List<ThreadMessage> echoes, CancellationToken cancellationToken) =>
        echoes.Count == 0 ? [] : (await connection.QueryAsync<int>(new CommandDefinition("""
            select x.n::int - 1
            from unnest(@tenants::uuid[], @integrations::uuid[], @conversations::uuid[], @externals::text[], @since::timestamptz[], @until::timestamptz[])
                with ordinality as x (tenant_id, integration_id, conversation_id, external_id, since, until, n)
            where not exists (select 1 from messages e where e.tenant_id = x.tenant_id and e.integration_id = x.integration_id and e.external_message_id = x.external_id)
              and exists (
                  select 1 from messages c
                  where c.tenant_id = x.tenant_id and c.conversation_id = x.conversation_id and c.occurred_at > x.since
                    and c.direction = 'outbound' and c.external_message_id is null and c.status in ('sending', 'unknown', 'sent') and c.claimed_at between x.since and x.until)
            order by x.n
            """, new
        {
            tenants = echoes.Select(row => row.TenantId).ToArray(), integrations = echoes.Select(row => row.IntegrationId).ToArray(), conversations = echoes.Select(row => row.ConversationId).ToArray(),
            externals = echoes.Select(row => row.Message.ExternalId).ToArray(),
            since = echoes.Select(row => (row.Message.SentAt - EchoWindow).UtcDateTime).ToArray(), until = echoes.Select(row => (row.Message.SentAt + EchoWindow).UtcDateTime).ToArray(),
        }, cancellationToken: cancellationToken))).Select(n => echoes[n]).ToList();

    /// <summary>What we sent and have no id of: the provider answered without one, or has not answered yet, or its answer was lost. Its
    /// echo in the same conversation, with the same words and about the same time, is it; first what is under way, then the oldest.</summary>
    static Task MatchEchoAsync(NpgsqlConnection connection, ThreadMessage echo, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition("""
            update messages m set external_message_id = @ExternalId
            where m.tenant_id = @TenantId and m.id = (
                    select c.id from messages c
                    where c.tenant_id = @TenantId and c.conversation_id = @ConversationId and c.occurred_at > @since
                      and c.direction = 'outbound' and c.external_message_id is null and c.status in ('sending', 'unknown', 'sent')
                      and c.claimed_at between @since and @until and c.type = @Type and btrim(coalesce(c.content, ''), E' \n\r\t') = btrim(coalesce(@Content, ''), E' \n\r\t')
                    order by c.status = 'sending' desc, c.id
                    limit 1
                    for no key update)
              and not exists (select 1 from messages e where e.tenant_id = @TenantId and e.integration_id = @IntegrationId and e.external_message_id = @ExternalId)
            """, new
        {
            echo.TenantId, echo.IntegrationId, echo.ConversationId, echo.Message.ExternalId, echo.Message.Type, echo.Message.Content,
            since = echo.Message.SentAt - EchoWindow, until = echo.Message.SentAt + EchoWindow,
        }, cancellationToken: cancellationToken));

    static NpgsqlBatchCommand Insert(List<ThreadMessage> rows, List<Guid> ids, DateTimeOffset now)
    {
        var states = rows.ConvertAll(row => ThreadMessageState.Of(row, now));
        return new("""
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata, external_message_id, status,
                author, sender_contact_id, reply_to, webhook_event_id, sent_at, delivered_at, read_at, edited_at, deleted_at, occurred_at, created_at,
                network_id, seen_by, reactions, details, is_hidden)
            select x.tenant_id, x.id, x.conversation_id, c.contact_id, x.integration_id, x.channel, x.direction, x.type, x.content, x.metadata::jsonb, x.external_id, x.status,
                case when x.direction = 'outbound' then 'provider' else 'contact' end, x.sender_id, x.reply_to, x.webhook_id,
                case when x.direction = 'outbound' then x.at end, case when x.direction = 'inbound' then x.at end, x.read_at, x.edited_at, x.deleted_at, x.at, $1::timestamptz,
                x.network_id, x.seen_by::jsonb, x.reactions::jsonb, x.details::jsonb, x.is_hidden
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                    $13::uuid[], $14::text[], $15::uuid[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::text[], $21::text[], $22::text[],
                    $23::text[], $24::boolean[])
                as x (tenant_id, id, conversation_id, integration_id, channel, direction, type, content, metadata, external_id, status,
                    sender_id, reply_to, webhook_id, at, read_at, edited_at, deleted_at, network_id, seen_by, reactions, details, is_hidden)
            left join conversations c on c.tenant_id = x.tenant_id and c.id = x.conversation_id
            on conflict (tenant_id, integration_id, external_message_id) do nothing
            returning id
            """)
        {
            Parameters =
            {
                Time(now),
                Uuids(rows, row => row.TenantId),
                Uuids(ids, id => id),
                Uuids(rows, row => row.ConversationId),
                Uuids(rows, row => row.IntegrationId),
                Texts(rows, row => row.Channel),
                Texts(rows, row => row.Message.IsEcho ? "outbound" : "inbound"),
                Texts(rows, row => row.Message.Type),
                Texts(states, state => state.Content),
                Texts(rows, row => row.Message.IsDeleted ? null : row.Message.Metadata?.ToJsonString()),
                Texts(rows, row => row.Message.ExternalId),
                Texts(states, state => state.Status),
                Column(rows, row => row.SenderContactId, NpgsqlDbType.Uuid),
                Texts(rows, row => row.Message.ReplyToExternalId),
                Column(rows, row => row.WebhookEventId, NpgsqlDbType.Uuid),
                Times(rows, row => IngestStore.Earlier(row.Message.SentAt, now)),
                TimesOrNull(states, state => state.ReadAt),
                TimesOrNull(states, state => state.EditedAt),
                TimesOrNull(states, state => state.DeletedAt),
                Texts(states, state => state.NetworkId),
                Texts(states, state => state.SeenBy),
                Texts(states, state => state.Reactions),
                Texts(states, state => state.Details),
                Booleans(states, state => state.IsHidden),
            },
        };
    }

    /// <summary>Answers with each conversation's contact.</summary>
    static NpgsqlBatchCommand Summaries(List<(ThreadMessage Told, Guid Id)> created, DateTimeOffset now)
    {
        var rows = created.GroupBy(row => (row.Told.TenantId, row.Told.ConversationId)).OrderBy(group => group.Key).Select(group =>
        {
            var last = group.LastOrDefault(row => row.Told.IsShown).Told?.Message;
            return (group.Key.TenantId, group.Key.ConversationId, Count: group.LongCount(), Unread: group.Count(row => row.Told.IsUnread),
                Last: last is null ? (DateTimeOffset?)null : IngestStore.Earlier(last.SentAt, now),
                Heard: group.LastOrDefault(row => row.Told.IsShown && !row.Told.Message.IsEcho).Told is { } heard ? IngestStore.Earlier(heard.Message.SentAt, now) : (DateTimeOffset?)null,
                Preview: last is null ? null : Start(last), Direction: last is null ? null : last.IsEcho ? "outbound" : "inbound");
        }).ToList();
        return new("""
            update conversations c set
                last_message_at = greatest(c.last_message_at, x.last),
                last_message_preview = case when c.last_message_preview is null or x.last >= c.last_message_at then x.preview else c.last_message_preview end,
                last_message_direction = case when c.last_message_direction is null or x.last >= c.last_message_at then x.direction else c.last_message_direction end,
                last_inbound_at = greatest(c.last_inbound_at, x.heard),
                message_count = c.message_count + x.n,
                unread_count = c.unread_count + x.unread,
                is_read = c.is_read and x.unread = 0,
                status = case when x.unread > 0 then 'open' else c.status end,
                snoozed_until = case when x.unread > 0 then null else c.snoozed_until end,
                updated_at = $1::timestamptz
            from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[])
                as x (tenant_id, id, n, unread, last, heard, preview, direction)
            where c.tenant_id = x.tenant_id and c.id = x.id
            returning c.id, c.contact_id
            """)
        {
            Parameters =
            {
                Time(now), Uuids(rows, row => row.TenantId), Uuids(rows, row => row.ConversationId), Column(rows, row => row.Count, NpgsqlDbType.Bigint),
                Column(rows, row => row.Unread, NpgsqlDbType.Integer), TimesOrNull(rows, row => row.Last), TimesOrNull(rows, row => row.Heard),
                Texts(rows, row => row.Preview), Texts(rows, row => row.Direction),
            },
        };

        static string Start(MessageReceived message)
        {
            var words = (message.IsDeleted ? null : message.Content) ?? message.Type;
            return words.Length <= 140 ? words : words[..(char.IsHighSurrogate(words[139]) ? 139 : 140)];
        }
    }

    // First without a lock: usually nothing is to change. What is, is looked at again under its lock, as others may change it too.
    static async Task<int> ChangeAsync(NpgsqlConnection connection, List<ThreadMessage> known, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var told = known.ToDictionary(row => (row.IntegrationId, row.Message.ExternalId));
        var differing = (await FindAsync(connection, known, isLocking: false, cancellationToken))
            .Where(row => ThreadMessageState.After(row, told[(row.IntegrationId, row.ExternalMessageId)], now) is not null)
            .Select(row => told[(row.IntegrationId, row.ExternalMessageId)])
            .ToList();
        if (differing.Count == 0) return 0;
        var changes = (await FindAsync(connection, differing, isLocking: true, cancellationToken))
            .Select(row => (Row: row, Told: told[(row.IntegrationId, row.ExternalMessageId)], State: ThreadMessageState.After(row, told[(row.IntegrationId, row.ExternalMessageId)], now)!))
            .Where(change => change.State is not null)
            .ToList();
        if (changes.Count == 0) return 0;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("""
            update messages m set
                content = x.content, status = x.status, edited_at = x.edited_at, deleted_at = x.deleted_at, read_at = x.read_at, reactions = x.reactions::jsonb,
                seen_by = x.seen_by::jsonb, details = x.details::jsonb, network_id = x.network_id, is_hidden = x.is_hidden,
                sent_at = case when m.direction = 'outbound' then coalesce(m.sent_at, x.at) else m.sent_at end,
                failure_code = case when x.status in ('sent', 'delivered', 'read') then null else m.failure_code end,
                error_code = case when x.status in ('sent', 'delivered', 'read') then null else m.error_code end,
                error_message = case when x.status in ('sent', 'delivered', 'read') then null else m.error_message end
            from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[], $12::boolean[], $13::timestamptz[])
                as x (tenant_id, id, content, status, edited_at, deleted_at, read_at, reactions, seen_by, details, network_id, is_hidden, at)
            where m.tenant_id = x.tenant_id and m.id = x.id
            """)
        {
            Parameters =
            {
                Uuids(changes, row => row.Told.TenantId), Uuids(changes, row => row.Row.Id), Texts(changes, row => row.State.Content), Texts(changes, row => row.State.Status),
                TimesOrNull(changes, row => row.State.EditedAt), TimesOrNull(changes, row => row.State.DeletedAt), TimesOrNull(changes, row => row.State.ReadAt),
                Texts(changes, row => row.State.Reactions), Texts(changes, row => row.State.SeenBy), Texts(changes, row => row.State.Details), Texts(changes, row => row.State.NetworkId),
                Booleans(changes, row => row.State.IsHidden), Times(changes, row => IngestStore.Earlier(row.Told.Message.SentAt, now)),
            },
        });
        await batch.ExecuteNonQueryAsync(cancellationToken);
        foreach (var (row, message, _) in changes) lines.Add(new(message.TenantId, "message.updated", row.ConversationId, row.Id, row.ContactId, row.IntegrationId));
        return changes.Count;
    }

    static Task<IEnumerable<ThreadMessageRow>> FindAsync(NpgsqlConnection connection, List<ThreadMessage> told, bool isLocking, CancellationToken cancellationToken) =>
        connection.QueryAsync<ThreadMessageRow>(new CommandDefinition($"""
            select m.integration_id, m.external_message_id, m.id, m.conversation_id, m.contact_id, m.direction, m.author, m.content, m.status, m.edited_at, m.deleted_at, m.read_at,
                m.reactions::text as reactions, m.seen_by::text as seen_by, m.details::text as details, m.network_id, m.is_hidden
            from unnest(@tenants::uuid[], @integrations::uuid[], @externals::text[]) as x (tenant_id, integration_id, external_id)
            join messages m on m.tenant_id = x.tenant_id and m.integration_id = x.integration_id and m.external_message_id = x.external_id
            order by m.tenant_id, m.id
            {(isLocking ? "for no key update of m" : "")}
            """, new
        {
            tenants = told.Select(row => row.TenantId).ToArray(), integrations = told.Select(row => row.IntegrationId).ToArray(), externals = told.Select(row => row.Message.ExternalId).ToArray(),
        }, cancellationToken: cancellationToken));
}
