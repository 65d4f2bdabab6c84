using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts.Merging;

/// <summary>Why a merge did not happen, in words; or its id.</summary>
internal readonly record struct MergeResult(Guid? Id, string? Refusal = null, bool IsMissing = false);

/// <param name="Origin">user, rule (exact duplicates) or provider (who says that two addresses are one person).</param>
internal sealed record MergeOrder(Guid Stays, Guid Goes, string Origin, string Author, IReadOnlyList<string> Reasons);

/// <summary>Makes one contact of two, in the caller's transaction. Its cost is that of the rows that name a contact (conversations, identities…): messages
/// name their conversation, so a hundred thousand of them are as quick as ten.
/// Whoever writes for a contact at the same moment holds its row (every foreign key does, until the commit) or waits for it: what they wrote moves along,
/// or is refused because the contact is gone, and comes again for who stays.</summary>
internal static class ContactMerger
{
    internal const string Row = "to_jsonb(k) - 'search' - 'match_keys' - 'matched_at'";

    /// <summary>:: 1 lock both, in the order of their ids · 2 move what refers to one, and put aside what the other has too · 3 one row of two, and the
    /// other's is gone · 4 the record, and the way from the old id · 5 told to people.</summary>
    public static async Task<MergeResult> MergeAsync(Change change, Guid tenant, MergeOrder order, CancellationToken cancellationToken)
    {
        // :: 1
        if (order.Stays == order.Goes) return new(null, "A contact cannot be merged with itself.");
        var both = await LockAsync(change, [order.Stays, order.Goes], cancellationToken);
        if (!both.TryGetValue(order.Stays, out var stays) || !both.TryGetValue(order.Goes, out var goes)) return new(null, IsMissing: true);
        if ((string?)stays["kind"] != (string?)goes["kind"]) return new(null, "A person and a group cannot be one contact.");
        var id = Ids.New(change.Now);
        var ids = new { id, stays = order.Stays, goes = order.Goes, now = change.Now };

        // :: 2
        var moved = new JsonObject();
        foreach (var table in ContactTables.All)
            if (await MoveAsync(change, table, ids, cancellationToken) is { } rows) moved[table.Slot] = rows;
        await change.ExecuteAsync("update contact_identities set merge_id = @id where tenant_id = @tenant and contact_id = @stays and merge_id is null and (channel, handle) in (select x.channel, x.handle from jsonb_to_recordset(@keys::jsonb) as x (channel text, handle text))",
            new { id, order.Stays, keys = Keys(moved, "contact_identities.contact_id") }, cancellationToken);
        await CarryDecisionsAsync(change, moved, id, order, cancellationToken);

        // :: 3
        var before = ContactFold.Read(stays);
        var after = ContactFold.Fold(before, ContactFold.Read(goes), change.Now);
        await WriteFieldsAsync(change, order.Stays, after, cancellationToken);
        await change.ExecuteAsync("delete from contacts where tenant_id = @tenant and id = @goes", ids, cancellationToken);

        // :: 4
        await change.ExecuteAsync("""
            insert into contact_aliases (tenant_id, id, contact_id) values (@tenant, @goes, @stays);
            insert into contact_merges (tenant_id, id, contact_id, gone_id, origin, author, reasons, before, after, gone, moved, created_at)
            values (@tenant, @id, @stays, @goes, @Origin, @Author, @reasons::jsonb, @before::jsonb, @after::jsonb, @gone::jsonb, @moved::jsonb, @now)
            """,
            new
            {
                id, ids.stays, ids.goes, order.Origin, order.Author, reasons = new JsonArray([.. order.Reasons.Select(reason => JsonValue.Create(reason))]).ToJsonString(),
                before = ContactFold.Write(before).ToJsonString(), after = ContactFold.Write(after).ToJsonString(), gone = goes.ToJsonString(), moved = moved.ToJsonString(), now = change.Now,
            }, cancellationToken);

        // :: 5
        var followed = await FollowAsync(change, [order.Stays], cancellationToken);
        // Ingest never waits for the audit log: what a provider says stands in the record of merges only.
        if (order.Origin != "provider")
            change.Audit(AuditEntry.Of(tenant, "contact.merged", "contact", order.Stays, ContactFold.Write(before), new { fields = ContactFold.Write(after), merged = order.Goes, order.Origin }));
        foreach (var conversation in IdsIn(moved, "conversations.contact_id").Union(followed)) change.Publish(new FeedEvent(tenant, "conversation.updated", conversation, ContactId: order.Stays));
        change.Publish(new FeedEvent(tenant, "contact.merged", ContactId: order.Stays));
        return new(id);
    }

    /// <summary>Rows of contacts as JSON, locked against everybody who would write for them. Their assignments too, before any conversation: as who assigns does.</summary>
    public static async Task<Dictionary<Guid, JsonObject>> LockAsync(Change change, Guid[] contacts, CancellationToken cancellationToken)
    {
        var rows = await change.ListAsync<string>($"select ({Row})::text from contacts k where k.tenant_id = @tenant and k.id = any (@contacts) order by k.id for update", new { contacts }, cancellationToken);
        await change.ListAsync<Guid>("select id from assignments where tenant_id = @tenant and contact_id = any (@contacts) order by contact_id for update", new { contacts }, cancellationToken);
        return rows.Select(row => JsonNode.Parse(row)!.AsObject()).ToDictionary(row => (Guid)row["id"]!);
    }

    /// <summary>What stands elsewhere as a copy follows: who has the contact, at its conversations, and where a mention leads. (Conversations that are not routed
    /// yet are for the worker.) The conversations that changed.</summary>
    public static Task<IReadOnlyList<Guid>> FollowAsync(Change change, Guid[] contacts, CancellationToken cancellationToken) =>
        change.ListAsync<Guid>("""
            update notifications x set contact_id = n.contact_id
            from notes n
            where n.tenant_id = @tenant and n.contact_id = any (@contacts) and x.tenant_id = @tenant and x.note_id = n.id and x.contact_id <> n.contact_id;
            update conversations c set assigned_user_id = a.user_id, assigned_team_id = a.team_id
            from contacts k
            left join assignments a on a.tenant_id = @tenant and a.contact_id = k.id
            where k.tenant_id = @tenant and k.id = any (@contacts) and c.tenant_id = @tenant and c.contact_id = k.id and c.is_routed
              and (c.assigned_user_id is distinct from a.user_id or c.assigned_team_id is distinct from a.team_id)
            returning c.id
            """, new { contacts }, cancellationToken);

    /// <summary>Who was changed is compared with the others again.</summary>
    public static Task<int> WriteFieldsAsync(Change change, Guid contact, IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken) =>
        change.ExecuteAsync("""
            update contacts k set name = x.name, phone = x.phone, email = x.email, external_ref = x.external_ref, notes = x.notes, status = x.status,
                metadata = x.metadata, social_handles = x.social_handles, updated_at = x.updated_at, matched_at = null
            from jsonb_populate_record(null::contacts, @fields::jsonb) x
            where k.tenant_id = @tenant and k.id = @contact
            """, new { contact, fields = ContactFold.Write(fields).ToJsonString() }, cancellationToken);

    internal static string Keys(JsonObject moved, string slot) => (moved[slot]?["moved"] as JsonArray ?? []).ToJsonString();

    internal static IEnumerable<Guid> IdsIn(JsonObject moved, string slot) => (moved[slot]?["moved"] as JsonArray ?? []).Select(row => (Guid)row!["id"]!);

    // {"moved": [keys], "aside": [whole rows]}, or null when the table has nothing of the contact.
    static async Task<JsonObject?> MoveAsync(Change change, ContactTable table, object ids, CancellationToken cancellationToken)
    {
        JsonArray aside = [];
        if (table.IsAside || table.OnePer is not null)
        {
            var clash = table.IsAside ? "" : $"""
                and exists (select 1 from {table.Name} o where o.tenant_id = @tenant and o.{table.Column} = @stays {string.Concat(table.OnePer!.Select(column => $" and o.{column} = t.{column}"))})
                """;
            aside = await ReadAsync($"with gone as (delete from {table.Name} t where t.tenant_id = @tenant and t.{table.Column} = @goes {clash} returning t.*) select coalesce(jsonb_agg(to_jsonb(gone)), '[]')::text from gone");
        }
        var key = string.Join(", ", table.Key.Select(column => $"t.{column}"));
        var moved = table.IsAside ? [] : await ReadAsync($"""
            with moved as (update {table.Name} t set {table.Column} = @stays where t.tenant_id = @tenant and t.{table.Column} = @goes returning {key})
            select coalesce(jsonb_agg(to_jsonb(moved)), '[]')::text from moved
            """);
        return aside.Count + moved.Count == 0 ? null : new JsonObject { ["moved"] = moved, ["aside"] = aside };

        async Task<JsonArray> ReadAsync(string sql) => JsonNode.Parse((await change.FindAsync<string>(sql, ids, cancellationToken))!)!.AsArray();
    }

    // What somebody said are two people stays two people, and a pair that somebody wants to decide about stays theirs to decide: of who goes as of who stays.
    // These rows name the merge, and end with it.
    static async Task CarryDecisionsAsync(Change change, JsonObject moved, Guid id, MergeOrder order, CancellationToken cancellationToken)
    {
        var rows = new[] { ("contact_suggestions.first_id", "second_id"), ("contact_suggestions.second_id", "first_id") }
            .SelectMany(slot => (moved[slot.Item1]?["aside"] as JsonArray ?? []).Where(row => (string?)row!["status"] == "dismissed" || (bool?)row["is_asked"] == true).Select(row => (Other: (Guid)row![slot.Item2]!, Row: row!)))
            .Where(one => one.Other != order.Stays)
            .Select(one => (Pair: Pair.Of(order.Stays, one.Other), Status: (string)one.Row["status"]!, Score: (int)one.Row["score"]!, Reasons: one.Row["reasons"]!.ToJsonString()))
            .OrderBy(one => one.Status == "dismissed" ? 0 : 1)
            .DistinctBy(one => one.Pair)
            .OrderBy(one => one.Pair.First).ThenBy(one => one.Pair.Second)
            .ToList();
        if (rows.Count == 0) return;
        await change.ExecuteAsync("""
            insert into contact_suggestions (tenant_id, id, first_id, second_id, score, reasons, status, is_asked, dismissed_by, created_at, updated_at)
            select @tenant, x.id, x.first_id, x.second_id, x.score, x.reasons, x.status, x.status = 'open', @by, @now, @now
            from unnest(@ids::uuid[], @firsts::uuid[], @seconds::uuid[], @scores::int[], @reasons::jsonb[], @statuses::text[]) as x (id, first_id, second_id, score, reasons, status)
            on conflict (tenant_id, first_id, second_id) do update set is_asked = true where contact_suggestions.status = 'open' and excluded.is_asked
            """,
            new
            {
                ids = rows.Select(_ => Ids.New(change.Now)).ToArray(), firsts = rows.Select(one => one.Pair.First).ToArray(), seconds = rows.Select(one => one.Pair.Second).ToArray(),
                scores = rows.Select(one => one.Score).ToArray(), reasons = rows.Select(one => one.Reasons).ToArray(), statuses = rows.Select(one => one.Status).ToArray(), by = $"merge:{id}", now = change.Now,
            }, cancellationToken);
    }
}

/// <summary>Two contacts, in one order.</summary>
internal readonly record struct Pair(Guid First, Guid Second)
{
    // As PostgreSQL orders uuids: by their bytes, which is how their digits sort.
    public static Pair Of(Guid one, Guid other) => string.CompareOrdinal(one.ToString("N"), other.ToString("N")) < 0 ? new(one, other) : new(other, one);
}
