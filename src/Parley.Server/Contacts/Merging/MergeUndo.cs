using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts.Merging;

/// <summary>Takes a merge back, whatever came after it: every row stands where it stood. What came since stays sensibly placed:
/// a conversation that was moved goes back with all that was said in it since; one that began since goes to whose address it is with; fields that somebody changed
/// since stay changed at who stayed; and the writer of a message in a group stays the one it was told to be.</summary>
internal static class MergeUndo
{
    /// <summary>:: 1 the record, and who stayed, locked · 2 the other's row · 3 what was moved, and what was put aside · 4 what came since · 5 the fields of who stayed,
    /// with later merges folded again · 6 told to people.</summary>
    public static async Task<MergeResult> UndoAsync(Change change, Guid tenant, Guid merge, string author, CancellationToken cancellationToken)
    {
        // :: 1
        const string columns = "id, contact_id, gone_id, origin, created_at, undone_at, reasons::text as reasons, before::text as before, after::text as after, gone::text as gone, moved::text as moved";
        if (await change.FindAsync<MergeRow>($"select {columns} from contact_merges where tenant_id = @tenant and id = @merge", new { merge }, cancellationToken) is not { } found) return new(null, IsMissing: true);
        var locked = await ContactMerger.LockAsync(change, [found.ContactId], cancellationToken);
        var row = (await change.FindAsync<MergeRow>($"select {columns} from contact_merges where tenant_id = @tenant and id = @merge for update", new { merge }, cancellationToken))!;
        if (row.UndoneAt is not null) return new(null, "This merge was undone already.");
        if (row.Origin == "provider") return new(null, "The provider says that these addresses are one person, so their conversations were joined. That cannot be taken apart.");
        if (!locked.TryGetValue(row.ContactId, out var stayed)) return new(null, "The contact was merged with another since, or deleted. Undo that merge first.");
        var ids = new { merge, stays = row.ContactId, goes = row.GoneId, now = change.Now };
        var moved = JsonNode.Parse(row.Moved)!.AsObject();

        // :: 2
        await RestoreAsync(change, "contacts", [], [JsonNode.Parse(row.Gone)], cancellationToken);
        await change.ExecuteAsync("delete from contact_aliases where tenant_id = @tenant and id = @goes", ids, cancellationToken);

        // :: 3
        var needsSomebody = false;
        foreach (var table in ContactTables.All)
        {
            if (moved[table.Slot] is not { } rows) continue;
            if (rows["moved"] is JsonArray { Count: > 0 } keys)
                await change.ExecuteAsync($"""
                    update {table.Name} t set {table.Column} = @goes
                    from jsonb_populate_recordset(null::{table.Name}, @keys::jsonb) x
                    where t.tenant_id = @tenant and t.{table.Column} = @stays {string.Concat(table.Key.Select(column => $" and t.{column} = x.{column}"))}
                    """, new { ids.stays, ids.goes, keys = keys.ToJsonString() }, cancellationToken);
            if (rows["aside"] is not JsonArray { Count: > 0 } aside) continue;
            if (table.Other is { } other) aside = await LeaveWaitingAsync(change, table, other, aside, cancellationToken);
            if (table.Name == "assignments") (aside, needsSomebody) = await LeaveWhoHasGoneAsync(change, aside, cancellationToken);
            if (aside.Count > 0) await RestoreAsync(change, table.Name, table.Needs ?? [], aside, cancellationToken);
        }

        // :: 4
        var since = await change.ListAsync<Guid>("""
            update contact_identities set contact_id = @goes, merge_id = null where tenant_id = @tenant and merge_id = @merge;
            update conversations c set contact_id = @goes
            from contact_identities i
            where c.tenant_id = @tenant and c.contact_id = @stays
              and i.tenant_id = @tenant and i.channel = c.channel and i.handle = c.handle and i.contact_id = @goes
            returning c.id
            """, ids, cancellationToken);
        if (needsSomebody) await change.ExecuteAsync("update conversations set is_routed = false where tenant_id = @tenant and contact_id = @goes", ids, cancellationToken);

        // :: 5
        var later = await change.ListAsync<MergeRow>($"select {columns} from contact_merges where tenant_id = @tenant and contact_id = @stays and id > @merge and undone_at is null order by id", ids, cancellationToken);
        List<FoldStep> steps = [.. later.Select(Step)];
        var fields = ContactFold.Undo(Step(row), steps, ContactFold.Read(stayed));
        await ContactMerger.WriteFieldsAsync(change, row.ContactId, fields, cancellationToken);
        foreach (var step in steps)
            await change.ExecuteAsync("update contact_merges set before = @before::jsonb, after = @after::jsonb where tenant_id = @tenant and id = @Id",
                new { step.Id, before = ContactFold.Write(step.Before).ToJsonString(), after = ContactFold.Write(step.After).ToJsonString() }, cancellationToken);
        await change.ExecuteAsync("update contact_merges set undone_at = @now, undone_by = @author where tenant_id = @tenant and id = @merge", new { merge, author, now = change.Now }, cancellationToken);
        await change.ExecuteAsync("""
            delete from contact_suggestions s
            using contact_merges m
            where s.tenant_id = @tenant and (s.first_id in (@stays, @goes) or s.second_id in (@stays, @goes)) and s.dismissed_by = 'merge:' || m.id::text
              and m.tenant_id = @tenant and m.undone_at is not null
            """, ids, cancellationToken);

        // What was taken apart is two, and stays two whoever either of them is merged with.
        var pair = Pair.Of(row.ContactId, row.GoneId);
        await change.ExecuteAsync("""
            insert into contact_suggestions (tenant_id, id, first_id, second_id, score, reasons, status, dismissed_by, created_at, updated_at)
            values (@tenant, @id, @First, @Second, 100, @reasons::jsonb, 'dismissed', @by, @now, @now)
            on conflict (tenant_id, first_id, second_id) do update set status = 'dismissed', dismissed_by = excluded.dismissed_by, updated_at = excluded.updated_at where contact_suggestions.status <> 'dismissed'
            """, new { id = Platform.Ids.New(change.Now), pair.First, pair.Second, reasons = row.Reasons, by = $"undo:{merge}", now = change.Now }, cancellationToken);

        // :: 6
        var followed = await ContactMerger.FollowAsync(change, [row.ContactId, row.GoneId], cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "contact.unmerged", "contact", row.ContactId, ContactFold.Write(ContactFold.Read(stayed)), new { fields = ContactFold.Write(fields), restored = row.GoneId }));
        foreach (var conversation in ContactMerger.IdsIn(moved, "conversations.contact_id").Union(since).Union(followed)) change.Publish(new FeedEvent(tenant, "conversation.updated", conversation, ContactId: row.GoneId));
        change.Publish(new FeedEvent(tenant, "contact.updated", ContactId: row.ContactId));
        change.Publish(new FeedEvent(tenant, "contact.unmerged", ContactId: row.GoneId));
        return new(merge);
    }

    // A row whose other contact was merged away in the meantime waits for the undoing of that merge. The rows that need not wait.
    static async Task<JsonArray> LeaveWaitingAsync(Change change, ContactTable table, string other, JsonArray aside, CancellationToken cancellationToken)
    {
        var others = aside.Select(row => (Guid)row![other]!).ToArray();
        var here = (await change.ListAsync<Guid>("select id from contacts where tenant_id = @tenant and id = any (@others)", new { others }, cancellationToken)).ToHashSet();
        var slot = ContactTables.All.Single(mirror => mirror.Name == table.Name && mirror.Column == other).Slot;
        foreach (var row in aside.Where(row => !here.Contains((Guid)row![other]!)))
            await change.ExecuteAsync("""
                update contact_merges set moved = moved || jsonb_build_object(@slot::text, jsonb_build_object(
                    'moved', coalesce(moved->@slot->'moved', '[]'), 'aside', coalesce(moved->@slot->'aside', '[]') || jsonb_build_array(@row::jsonb)))
                where tenant_id = @tenant and gone_id = @gone and undone_at is null
                """, new { slot, row = row!.ToJsonString(), gone = (Guid)row[other]! }, cancellationToken);
        return [.. aside.Where(row => here.Contains((Guid)row![other]!)).Select(row => row!.DeepClone())];
    }

    // Who was switched off or deleted since, or only reads, takes care of nobody, and neither does a team that is gone or going: of a person and a team the
    // one that is left has the contact, or nobody. Where the person is missing, somebody is found as for a new one, once their conversations are back.
    static async Task<(JsonArray Kept, bool NeedsSomebody)> LeaveWhoHasGoneAsync(Change change, JsonArray aside, CancellationToken cancellationToken)
    {
        // As they stand: held until the commit, users before teams as by everybody who assigns.
        var users = await HereAsync("user_id", "select id from users where tenant_id = @tenant and id = any (@ids) and is_active and role <> 'viewer' order by id for share");
        var teams = await HereAsync("team_id", "select id from teams where tenant_id = @tenant and id = any (@ids) and going_at is null order by id for share");
        var (kept, needsSomebody) = (new JsonArray(), false);
        foreach (var row in aside.Select(row => row!.DeepClone().AsObject()))
        {
            var had = row["user_id"] is not null;
            Leave(row, "user_id", users);
            Leave(row, "team_id", teams);
            needsSomebody |= row["user_id"] is null && (had || row["team_id"] is null);
            if (row["user_id"] is not null || row["team_id"] is not null) kept.Add(row);
        }
        return (kept, needsSomebody);

        async Task<HashSet<Guid>> HereAsync(string column, string sql)
        {
            var ids = aside.Select(row => (Guid?)row![column]).OfType<Guid>().ToArray();
            return ids.Length == 0 ? [] : [.. await change.ListAsync<Guid>(sql, new { ids }, cancellationToken)];
        }

        static void Leave(JsonObject row, string column, HashSet<Guid> here)
        {
            if ((Guid?)row[column] is { } id && !here.Contains(id)) row[column] = null;
        }
    }

    // Columns that the table has now and the row had then: what was added since has its default. Rows whose user or team is gone since are gone with them.
    static async Task RestoreAsync(Change change, string table, (string Column, string Table)[] needs, JsonArray rows, CancellationToken cancellationToken)
    {
        var here = await change.ListAsync<string>("""
            select a.attname::text from pg_attribute a
            where a.attrelid = @table::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
            order by a.attnum
            """, new { table }, cancellationToken);
        var columns = string.Join(", ", here.Where(rows[0]!.AsObject().ContainsKey));
        await change.ExecuteAsync($"""
            insert into {table} ({columns})
            select {columns} from jsonb_populate_recordset(null::{table}, @rows::jsonb) x
            where true {string.Concat(needs.Select(need => $" and (x.{need.Column} is null or exists (select 1 from {need.Table} n where n.tenant_id = @tenant and n.id = x.{need.Column}))"))}
            on conflict do nothing
            """, new { rows = rows.ToJsonString() }, cancellationToken);
    }

    static FoldStep Step(MergeRow row) => new()
    {
        Id = row.Id, At = row.CreatedAt, Gone = Fields(row.Gone), Before = Fields(row.Before), After = Fields(row.After),
    };

    static Dictionary<string, string> Fields(string json) => ContactFold.Read(JsonNode.Parse(json)!.AsObject());

    sealed class MergeRow
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid GoneId { get; init; }
        public string Origin { get; init; } = "";
        public string Reasons { get; init; } = "[]";
        public string Before { get; init; } = "{}";
        public string After { get; init; } = "{}";
        public string Gone { get; init; } = "{}";
        public string Moved { get; init; } = "{}";
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? UndoneAt { get; init; }
    }
}
