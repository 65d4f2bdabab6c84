using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Notes;

/// <summary>What somebody of the team is told. (<see cref="NoteStore"/> writes where notes name them.)</summary>
internal sealed class NotificationStore(TenantDatabase database)
{
    /// <summary>One more than <paramref name="limit"/>, newest first.</summary>
    public async Task<IReadOnlyList<NotificationView>> ListAsync(Guid tenant, Sight? sight, Guid user, bool unreadOnly, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"""
            select n.id, n.kind, n.note_id, n.contact_id, n.conversation_id, k.name as contact_name, n.from_user_id, f.name as from_name, coalesce(n.content, left(o.content, 200), '') as preview, n.created_at, n.read_at
            from notifications n
            left join notes o on o.tenant_id = n.tenant_id and o.id = n.note_id and o.deleted_at is null
              and (o.type = 'public' or o.user_id = @user or exists (select 1 from users me where me.tenant_id = @tenant and me.id = @user and me.role = 'admin'))
            left join contacts k on k.tenant_id = n.tenant_id and k.id = n.contact_id
            left join users f on f.tenant_id = n.tenant_id and f.id = n.from_user_id
            where n.tenant_id = @tenant and n.user_id = @user {(unreadOnly ? "and n.read_at is null" : "")} {(cursor is null ? "" : "and (n.created_at, n.id) < (@at, @id)")} {Sight.OfContact(sight, "n.contact_id")}
            order by n.created_at desc, n.id desc
            limit @limit
            """, Sight.With(sight, new { user, at = cursor?.At, id = cursor?.Id, limit = limit + 1 }), cancellationToken)).Select(row => new NotificationView(
                row.Id, row.Kind, row.NoteId, row.ContactId, row.ConversationId, row.ContactName, row.FromUserId, row.FromName, row.Preview, row.CreatedAt, row.ReadAt))];

    /// <summary>Marks one read, or all (<paramref name="id"/> null). False when there is none.</summary>
    public Task<bool> ReadAsync(Guid tenant, Guid user, Guid? id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            await change.ExecuteAsync($"update notifications set read_at = @now where tenant_id = @tenant and user_id = @user and read_at is null {(id is null ? "" : "and id = @id")}",
                new { user, id, now = change.Now }, cancellationToken);
            return id is null || await change.FindAsync<bool>("select exists (select 1 from notifications where tenant_id = @tenant and user_id = @user and id = @id)", new { user, id }, cancellationToken);
        }, cancellationToken);

    /// <summary>Tells everybody who can do something about it.</summary>
    public static async Task TellAdminsAsync(Change change, Guid tenant, string kind, string content, CancellationToken cancellationToken)
    {
        var admins = await change.ListAsync<Guid>("select id from users where tenant_id = @tenant and role = 'admin' and is_active order by id limit 1000", null, cancellationToken);
        if (admins.Count == 0) return;
        await change.ExecuteAsync("""
            insert into notifications (tenant_id, id, user_id, kind, content, created_at)
            select @tenant, x.id, x.user_id, @kind, @content, @now from unnest(@ids::uuid[], @admins::uuid[]) as x (id, user_id)
            """, new { kind, content, ids = admins.Select(_ => Ids.New(change.Now)).ToArray(), admins = admins.ToArray(), now = change.Now }, cancellationToken);
        foreach (var admin in admins) change.Publish(new FeedEvent(tenant, "notification.created", UserId: admin));
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Kind { get; init; } = "";
        public Guid? NoteId { get; init; }
        public Guid? ContactId { get; init; }
        public Guid? ConversationId { get; init; }
        public string? ContactName { get; init; }
        public Guid? FromUserId { get; init; }
        public string? FromName { get; init; }
        public string Preview { get; init; } = "";
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? ReadAt { get; init; }
    }
}
