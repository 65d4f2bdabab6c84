using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Parley.Server.Feed;
using Parley.Server.Ingest;
using static Parley.Server.Platform.Database.Arrays;

namespace Parley.Server.Sync;

/// <summary>What conversations remember of the provider's chats; inside transactions that have entered the system role.</summary>
internal static class SyncedChatStore
{
    public static async Task<IReadOnlyDictionary<string, KnownChatRow>> FindAsync(
        NpgsqlConnection connection, Guid tenant, Guid integration, IReadOnlyCollection<string> threads, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<KnownChatRow>(new CommandDefinition("""
            select c.id, c.thread_id, c.contact_id, c.handle, k.name as contact_name, k.kind as contact_kind, c.thread_name, c.thread_network_id, c.thread_details::text as thread_details,
                c.thread_activity_at, c.synced_activity_at, c.synced_message_at, c.sync_cursor, c.is_read_only, c.message_count,
                exists (select 1 from messages m where m.tenant_id = c.tenant_id and m.conversation_id = c.id) as has_messages
            from unnest(@threads::text[]) as x (thread_id)
            join conversations c on c.tenant_id = @tenant and c.integration_id = @integration and c.thread_id = x.thread_id
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            """, new { tenant, integration, threads = threads.ToArray() }, cancellationToken: cancellationToken))).ToDictionary(row => row.ThreadId);

    /// <summary>Makes conversations of chats that are new here: read, unless the provider itself counts unread ones.</summary>
    public static async Task<IReadOnlyDictionary<string, Guid>> AddAsync(
        NpgsqlConnection connection, Guid tenant, Guid integration, string channel, IReadOnlyList<ChatToSync> chats, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ensured = await CustomerStore.EnsureAsync(
            connection, [.. chats.Select(chat => new CustomerStore.Wanted(tenant, integration, channel, chat.With, At(chat), WithConversation: true, Speaks: false, chat.Told.ThreadId))], lines, now, cancellationToken);
        var rows = chats.Select(chat => (Chat: chat, Id: ensured.Threads[(integration, chat.Told.ThreadId)])).OrderBy(row => row.Id).ToList();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("""
            update conversations c set
                thread_name = x.name, thread_network_id = x.network_id, thread_details = x.details::jsonb, thread_activity_at = x.activity, is_read_only = x.is_read_only,
                unread_count = case when c.message_count = 0 then x.unread else c.unread_count end,
                is_read = case when c.message_count = 0 then x.unread = 0 else c.is_read end,
                status = case when c.message_count = 0 and x.is_archived then 'archived' else c.status end
            from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::boolean[], $8::int[], $9::boolean[])
                as x (id, name, network_id, details, activity, is_read_only, unread, is_archived)
            where c.tenant_id = $1 and c.id = x.id and c.synced_activity_at is null
            """)
        {
            Parameters =
            {
                new() { Value = tenant }, Uuids(rows, row => row.Id), Texts(rows, row => row.Chat.Told.Name), Texts(rows, row => row.Chat.Told.NetworkId),
                Texts(rows, row => row.Chat.Told.Details?.ToJsonString()), Times(rows, row => row.Chat.Activity), Booleans(rows, row => row.Chat.Told.IsReadOnly),
                Column(rows, row => row.Chat.Told.UnreadCount, NpgsqlDbType.Integer), Booleans(rows, row => row.Chat.Told.IsArchived),
            },
        });
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return rows.ToDictionary(row => row.Chat.Told.ThreadId, row => row.Id);

        // The message that comes next is newer than this, whatever the provider's clock says.
        DateTimeOffset At(ChatToSync chat) => chat.Told.LastActivityAt is { } at && at > DateTimeOffset.UnixEpoch ? at > now ? now : at : new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }

    /// <summary>What the provider says of chats that are here, where it says something else than before.</summary>
    public static async Task UpdateAsync(
        NpgsqlConnection connection, Guid tenant, Guid integration, IReadOnlyList<(KnownChatRow Row, ChatToSync Chat)> chats, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var changed = chats.Where(chat => Differs(chat.Row, chat.Chat) || IsEmptied(chat.Row) || Renames(chat.Row, chat.Chat)).OrderBy(chat => chat.Row.Id).ToList();
        if (changed.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("""
            update conversations c set
                thread_name = x.name, thread_network_id = x.network_id, thread_details = x.details::jsonb, thread_activity_at = x.activity, is_read_only = x.is_read_only, is_thread = true,
                message_count = case when x.is_emptied then 0 else c.message_count end,
                synced_activity_at = case when x.is_emptied then null else c.synced_activity_at end,
                synced_message_at = case when x.is_emptied then null else c.synced_message_at end,
                sync_cursor = case when x.is_emptied then null else c.sync_cursor end
            from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::boolean[], $8::boolean[])
                as x (id, name, network_id, details, activity, is_read_only, is_emptied)
            where c.tenant_id = $1 and c.id = x.id
            """)
        {
            Parameters =
            {
                new() { Value = tenant }, Uuids(changed, chat => chat.Row.Id), Texts(changed, chat => chat.Chat.Told.Name), Texts(changed, chat => chat.Chat.Told.NetworkId),
                Texts(changed, chat => chat.Chat.Told.Details?.ToJsonString()), Times(changed, chat => chat.Chat.Activity), Booleans(changed, chat => chat.Chat.Told.IsReadOnly),
                Booleans(changed, chat => IsEmptied(chat.Row)),
            },
        });
        var renamed = changed.Where(chat => Renames(chat.Row, chat.Chat)).DistinctBy(chat => chat.Row.ContactId).OrderBy(chat => chat.Row.ContactId).ToList();
        if (renamed.Count > 0)
            batch.BatchCommands.Add(new("""
                update contacts k set name = x.name, matched_at = null, updated_at = $4::timestamptz
                from unnest($2::uuid[], $3::text[]) as x (id, name)
                where k.tenant_id = $1 and k.id = x.id
                """) { Parameters = { new() { Value = tenant }, Uuids(renamed, chat => chat.Row.ContactId), Texts(renamed, chat => chat.Chat.Told.With!.Name), Time(now) } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
        foreach (var (row, _) in renamed) lines.Add(new(tenant, "conversation.updated", row.Id, ContactId: row.ContactId, IntegrationId: integration));
    }

    /// <summary>Somebody took its messages away behind our back: it begins anew.</summary>
    public static bool IsEmptied(KnownChatRow row) => !row.HasMessages && row.MessageCount > 0;

    // A group is called what the provider calls it; a person keeps a name that is here already.
    static bool Renames(KnownChatRow row, ChatToSync chat) =>
        chat.Told.With?.Name is { } name && (row.ContactName is null || row.ContactKind == "group" && row.ContactName != name);

    static bool Differs(KnownChatRow row, ChatToSync chat) =>
        row.ThreadName != chat.Told.Name || row.ThreadNetworkId != chat.Told.NetworkId || row.ThreadActivityAt != chat.Activity || row.IsReadOnly != chat.Told.IsReadOnly
        || !JsonNode.DeepEquals(row.ThreadDetails is null ? null : JsonNode.Parse(row.ThreadDetails), chat.Told.Details);
}
