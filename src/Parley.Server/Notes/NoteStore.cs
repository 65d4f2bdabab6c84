using Parley.Server.Audit;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Notes;

/// <summary>Notes about contacts. A private one is seen by whoever wrote it and by admins: that stands in every statement that reads
/// notes, and nobody else learns more than that something was written.</summary>
internal sealed class NoteStore(TenantDatabase database)
{
    const string Columns = "n.id, n.contact_id, n.conversation_id, n.user_id, n.author, u.name as user_name, n.type, n.content, n.version, n.created_at, n.updated_at";
    const string From = "from notes n left join users u on u.tenant_id = n.tenant_id and u.id = n.user_id";
    const string Seen = "n.deleted_at is null and (n.type = 'public' or n.author = @Author or @isAdmin)";

    /// <summary>One more than <paramref name="limit"/>, newest first; null when there is no such contact.</summary>
    public async Task<IReadOnlyList<NoteView>?> ListAsync(Caller caller, Guid contact, Cursor? cursor, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<NoteRow>(caller.TenantId, $"""
            select {Columns} {From}
            where n.tenant_id = @tenant and n.contact_id = {ContactNow.Of("@contact")} and {Seen} {(cursor is null ? "" : "and (n.created_at, n.id) < (@at, @id)")}
            order by n.created_at desc, n.id desc
            limit @limit
            """, new { contact, caller.Author, isAdmin = IsAdmin(caller), at = cursor?.At, id = cursor?.Id, limit = limit + 1 }, cancellationToken);
        return rows.Count > 0 || await database.FindAsync<bool>(caller.TenantId, $"select exists (select 1 from contacts where tenant_id = @tenant and id = {ContactNow.Of("@contact")})", new { contact }, cancellationToken)
            ? [.. rows.Select(NoteView.From)]
            : null;
    }

    public async Task<NoteView?> FindAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        await database.FindAsync<NoteRow>(caller.TenantId, $"select {Columns} {From} where n.tenant_id = @tenant and n.id = @id and {Seen}",
            new { id, caller.Author, isAdmin = IsAdmin(caller) }, cancellationToken) is { } row ? NoteView.From(row) : null;

    /// <summary>In the caller's transaction. Null when the contact, or that conversation of it, is not here.</summary>
    public static async Task<NoteView?> AddAsync(Change change, Caller caller, Guid contact, Guid? conversation, string type, string content, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        var added = await change.ExecuteAsync($"""
            insert into notes (tenant_id, id, contact_id, conversation_id, user_id, author, type, content, created_at, updated_at)
            select @tenant, @id, k.id, @conversation, @UserId, @Author, @type, @content, @now, @now
            from contacts k
            where k.tenant_id = @tenant and k.id = {ContactNow.Of("@contact")}
              and (@conversation is null or exists (select 1 from conversations c where c.tenant_id = @tenant and c.id = @conversation and c.contact_id = k.id))
            """, new { id, contact, conversation, caller.UserId, caller.Author, type, content, now = change.Now }, cancellationToken);
        if (added == 0) return null;
        var note = await GetAsync(change, id, cancellationToken);
        await NotifyAsync(change, caller, note, cancellationToken);
        change.Audit(AuditEntry.Of(caller.TenantId, "note.created", "note", id, after: new { note.ContactId, note.Type }));
        Tell(change, caller, "note.created", note);
        return note;
    }

    /// <summary>Null: there is no such note; false: it is somebody else's, or was changed since <paramref name="seen"/>.</summary>
    public Task<(NoteView? Note, bool Done)> UpdateAsync(Caller caller, Guid id, string? type, string? content, int? seen, CancellationToken cancellationToken) =>
        database.ChangeAsync<(NoteView?, bool)>(caller.TenantId, async change =>
        {
            if (await LockAsync(change, caller, id, cancellationToken) is not { } before) return (null, false);
            if (!IsTheirs(caller, before) || seen is not null && seen != before.Version) return (NoteView.From(before), false);
            if ((type ?? before.Type) == before.Type && (content ?? before.Content) == before.Content) return (NoteView.From(before), true);
            await change.ExecuteAsync("""
                insert into note_versions (tenant_id, note_id, version, type, content, author, created_at)
                values (@tenant, @id, @Version, @wasType, @wasContent, @author, @UpdatedAt);
                update notes set type = coalesce(@type, type), content = coalesce(@content, content), version = version + 1, updated_at = @now
                where tenant_id = @tenant and id = @id
                """, new { id, before.Version, wasType = before.Type, wasContent = before.Content, author = before.Author, before.UpdatedAt, type, content, now = change.Now }, cancellationToken);
            var note = await GetAsync(change, id, cancellationToken);
            await NotifyAsync(change, caller, note, cancellationToken);
            change.Audit(AuditEntry.Of(caller.TenantId, "note.updated", "note", id, new { before.Type, before.Version }, new { note.Type, note.Version }));
            Tell(change, caller, "note.updated", note);
            return (note, true);
        }, cancellationToken);

    /// <summary>Null: there is no such note; false: it is somebody else's.</summary>
    public Task<bool?> DeleteAsync(Caller caller, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync<bool?>(caller.TenantId, async change =>
        {
            if (await LockAsync(change, caller, id, cancellationToken) is not { } before) return null;
            if (!IsTheirs(caller, before)) return false;
            await change.ExecuteAsync("""
                update notes set deleted_at = @now, updated_at = @now where tenant_id = @tenant and id = @id;
                delete from notifications where tenant_id = @tenant and note_id = @id
                """, new { id, now = change.Now }, cancellationToken);
            change.Audit(AuditEntry.Of(caller.TenantId, "note.deleted", "note", id, before: new { before.ContactId, before.Type }));
            Tell(change, caller, "note.deleted", NoteView.From(before));
            return true;
        }, cancellationToken);

    /// <summary>What it said before, the latest first; null when there is no such note.</summary>
    public async Task<IReadOnlyList<NoteVersionView>?> ListVersionsAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, id, cancellationToken) is not { } note) return null;
        var rows = await database.ListAsync<VersionRow>(caller.TenantId, """
            select v.version, v.type, v.content, v.author, v.created_at
            from note_versions v
            join notes n on n.tenant_id = v.tenant_id and n.id = v.note_id
            where v.tenant_id = @tenant and v.note_id = @id and (v.type = 'public' or n.author = @Author or @isAdmin)
            order by v.version desc
            limit 200
            """, new { id, caller.Author, isAdmin = IsAdmin(caller) }, cancellationToken);
        return [new(note.Version, note.Type, note.Content, note.Author, note.UpdatedAt), .. rows.Select(row => new NoteVersionView(row.Version, row.Type, row.Content, row.Author, row.CreatedAt))];
    }

    static bool IsAdmin(Caller caller) => caller.Role == Policies.Admin;

    static bool IsTheirs(Caller caller, NoteRow note) => IsAdmin(caller) || note.Author == caller.Author;

    static Task<NoteRow?> LockAsync(Change change, Caller caller, Guid id, CancellationToken cancellationToken) =>
        change.FindAsync<NoteRow>($"select {Columns} {From} where n.tenant_id = @tenant and n.id = @id and {Seen} for update of n", new { id, caller.Author, isAdmin = IsAdmin(caller) }, cancellationToken);

    static async Task<NoteView> GetAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        NoteView.From((await change.FindAsync<NoteRow>($"select {Columns} {From} where n.tenant_id = @tenant and n.id = @id", new { id }, cancellationToken))!);

    // Whoever may not read the note hears nothing of it; whoever was told already is not told again.
    static async Task NotifyAsync(Change change, Caller caller, NoteView note, CancellationToken cancellationToken)
    {
        if (note.Type == "private")
            await change.ExecuteAsync("""
                delete from notifications n using users u
                where n.tenant_id = @tenant and n.note_id = @Id and u.tenant_id = @tenant and u.id = n.user_id and u.role <> 'admin'
                """, new { note.Id }, cancellationToken);
        var named = Mentions.In(note.Content).Where(user => user != caller.UserId).ToArray();
        if (named.Length == 0) return;
        var told = await change.ListAsync<Guid>("""
            insert into notifications (tenant_id, id, user_id, kind, note_id, contact_id, conversation_id, from_user_id, created_at)
            select @tenant, named.id, u.id, 'mention', @note, @ContactId, @ConversationId, @from, @now
            from unnest(@ids::uuid[], @users::uuid[]) as named (id, user_id)
            join users u on u.tenant_id = @tenant and u.id = named.user_id and u.is_active and (@isPublic or u.role = 'admin')
            where u.sees = 'all' or u.role = 'admin' or exists (
                select 1 from assignments a
                where a.tenant_id = @tenant and a.contact_id = @ContactId and (a.user_id = u.id or exists (
                    select 1 from team_members t where t.tenant_id = @tenant and t.team_id = a.team_id and t.user_id = u.id)))
            on conflict (tenant_id, note_id, user_id) do nothing
            returning user_id
            """, new
        {
            note = note.Id, note.ContactId, note.ConversationId, from = caller.UserId, isPublic = note.Type == "public", now = change.Now,
            ids = named.Select(_ => Ids.New(change.Now)).ToArray(), users = named,
        }, cancellationToken);
        foreach (var user in told) change.Publish(new FeedEvent(caller.TenantId, "notification.created", note.ConversationId, ContactId: note.ContactId, UserId: user));
    }

    static void Tell(Change change, Caller caller, string type, NoteView note) =>
        change.Publish(new FeedEvent(caller.TenantId, type, note.ConversationId, ContactId: note.ContactId));

    sealed class VersionRow
    {
        public int Version { get; init; }
        public string Type { get; init; } = "";
        public string Content { get; init; } = "";
        public string Author { get; init; } = "";
        public DateTimeOffset CreatedAt { get; init; }
    }
}
