using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Chats;

/// <summary>Reads conversations and messages by place in their list, as the chats API counts.</summary>
internal sealed class ChatStore(TenantDatabase database)
{
    const string Columns = """
        c.id, c.integration_id, i.external_id as account_external_id, c.channel, c.is_thread, c.thread_id, c.thread_network_id, c.thread_name, c.thread_activity_at, c.handle,
        k.name as contact_name, c.unread_count, c.is_read, c.message_count, c.last_message_at, c.last_message_preview, c.created_at, c.updated_at
        """;

    public Task<IReadOnlyList<ChatRow>> ListAsync(Guid tenant, Sight? sight, bool? isRead, IReadOnlyList<Guid>? accounts, int limit, long offset, CancellationToken cancellationToken) =>
        database.ListAsync<ChatRow>(tenant, $"""
            select {Columns}
            from (
                select * from conversations c
                where c.tenant_id = @tenant {Conditions(isRead, accounts)} {Sight.OfConversation(sight)}
                order by c.activity_at desc, c.last_message_at desc, c.id desc
                limit @limit offset @offset
            ) c
            join integrations i on i.tenant_id = c.tenant_id and i.id = c.integration_id
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            order by c.activity_at desc, c.last_message_at desc, c.id desc
            """, Sight.With(sight, new { accounts = accounts?.ToArray(), limit, offset }), cancellationToken);

    /// <summary>From an index of conversations alone: messages are not looked at.</summary>
    public Task<long> CountAsync(Guid tenant, Sight? sight, bool? isRead, IReadOnlyList<Guid>? accounts, CancellationToken cancellationToken) =>
        database.FindAsync<long>(tenant, $"select count(*) from conversations c where c.tenant_id = @tenant {Conditions(isRead, accounts)} {Sight.OfConversation(sight)}", Sight.With(sight, new { accounts = accounts?.ToArray() }), cancellationToken);

    static string Conditions(bool? isRead, IReadOnlyList<Guid>? accounts) =>
        $"{(isRead is null ? "" : isRead.Value ? "and c.is_read" : "and not c.is_read")} {(accounts is null ? "" : "and c.integration_id = any (@accounts)")}";

    /// <param name="chat">The provider's id of a chat, or a conversation's.</param>
    public async Task<ChatRow?> FindAsync(Guid tenant, string chat, CancellationToken cancellationToken) =>
        chat.Length > 300 || chat.Contains('\0') ? null : await database.FindAsync<ChatRow>(tenant, $"""
            select {Columns}
            from integrations i
            join conversations c on c.tenant_id = i.tenant_id and c.integration_id = i.id and c.thread_id = @chat and c.is_thread
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where i.tenant_id = @tenant
            union all
            select {Columns}
            from conversations c
            join integrations i on i.tenant_id = c.tenant_id and i.id = c.integration_id
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = @id
            limit 1
            """, new { chat, id = Guid.TryParse(chat, out var id) ? id : (Guid?)null }, cancellationToken);

    public Task<IReadOnlyList<ChatMessageRow>> ListMessagesAsync(Guid tenant, Guid conversation, bool isNewestFirst, int limit, long offset, CancellationToken cancellationToken)
    {
        var order = isNewestFirst ? "occurred_at desc, id desc" : "occurred_at, id";
        return database.ListAsync<ChatMessageRow>(tenant, $"""
            select m.id, m.external_message_id, m.network_id, m.direction, m.type, m.content, m.status, m.reply_to, m.reactions::text as reactions, m.seen_by::text as seen_by,
                m.details::text as details, m.is_hidden, m.edited_at, m.deleted_at, m.occurred_at, m.created_at,
                (select n.handle from contact_identities n where n.tenant_id = m.tenant_id and n.contact_id = m.sender_id and n.channel = m.channel order by n.handle limit 1) as sender_handle,
                (select jsonb_agg(jsonb_build_object('id', a.id, 'kind', a.kind, 'status', a.status, 'mime_type', a.mime_type, 'file_name', a.file_name, 'size', a.size,
                        'url', '/api/attachments/' || a.id || '/content') order by a.position, a.id)
                    from attachments a where a.tenant_id = m.tenant_id and a.message_id = m.id)::text as attachments
            from (
                select t.*, case when l.contact_id is not null then l.contact_id else t.sender_contact_id end as sender_id
                from (
                    select * from messages
                    where tenant_id = @tenant and conversation_id = @conversation and status <> 'scheduled'
                    order by {order}
                    limit @limit offset @offset
                ) t
                left join contact_aliases l on l.tenant_id = @tenant and l.id = t.sender_contact_id
            ) m
            order by {order}
            """, new { conversation, limit, offset }, cancellationToken);
    }

    /// <summary>The integrations that are meant: by the provider's id of the account, or ours; all without one.</summary>
    public Task<IReadOnlyList<AccountRow>> ListAccountsAsync(Guid tenant, string? account, CancellationToken cancellationToken) =>
        database.ListAsync<AccountRow>(tenant, $"""
            select id, provider, external_id, status from integrations
            where tenant_id = @tenant {(account is null ? "" : "and (external_id = @account or id = @id)")}
            order by id
            limit 1000
            """, new { account, id = Guid.TryParse(account, out var id) ? id : (Guid?)null }, cancellationToken);

    internal sealed class AccountRow
    {
        public Guid Id { get; init; }
        public string Provider { get; init; } = "";
        public string ExternalId { get; init; } = "";
        public string Status { get; init; } = "";
    }
}
