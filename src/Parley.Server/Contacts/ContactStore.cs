using System.Text.Json.Nodes;
using Parley.Channels;
using Parley.Server.Audit;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts;

/// <summary>Reads contacts and changes what people may change about them.</summary>
internal sealed class ContactStore(TenantDatabase database)
{
    /// <summary>The contact, or who it was merged into.</summary>
    public async Task<ContactView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        await database.FindAsync<ContactRow>(tenant, $"select {ContactRow.Columns} from contacts k where k.tenant_id = @tenant and k.id = {Current}", new { id }, cancellationToken) is { } row
            ? ContactView.From(row) : null;

    // The id as it is today: one look into a small index.
    static readonly string Current = ContactNow.Of("@id");

    public async Task<IReadOnlyList<ContactView>> ListByIdsAsync(Guid tenant, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<ContactRow>(tenant, $"select {ContactRow.Columns} from contacts k where k.tenant_id = @tenant and k.id = any (@ids) order by k.id",
            new { ids = ids.ToArray() }, cancellationToken)).Select(ContactView.From)];

    /// <summary>Everything that was said with the contact, in all conversations, newest first: the next messages of each conversation, merged.</summary>
    public async Task<IReadOnlyList<MessageView>> ListMessagesAsync(Guid tenant, Guid id, Cursor? cursor, string? channel, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<MessageRow>(tenant, $"""
            select {MessageRow.Columns}
            from (
                select n.*
                from conversations c
                cross join lateral (
                    select * from messages m
                    where m.tenant_id = @tenant and m.conversation_id = c.id and not m.is_hidden
                      {(cursor is null ? "" : "and (m.occurred_at, m.id) < (@at, @mid)")}
                    order by m.occurred_at desc, m.id desc
                    limit @limit
                ) n
                where c.tenant_id = @tenant and c.contact_id = {Current} {(channel is null ? "" : "and c.channel = @channel")}
                order by n.occurred_at desc, n.id desc
                limit @limit
            ) m
            order by m.occurred_at desc, m.id desc
            """, new { id, at = cursor?.At, mid = cursor?.Id, channel, limit = limit + 1 }, cancellationToken)).Select(MessageView.From)];

    /// <summary>A new contact. Addresses that are another's already stay with them: the two are then found as duplicates.</summary>
    public static async Task<ContactView> AddAsync(Change change, Guid tenant, ContactFields fields, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        await change.ExecuteAsync("""
            insert into contacts (tenant_id, id, name, phone, email, external_ref, status, notes, social_handles, metadata, created_at, updated_at)
            values (@tenant, @id, @Name, @Phone, @Email, @ExternalRef, @status, @Notes, jsonb_strip_nulls(@social::jsonb), jsonb_strip_nulls(@metadata::jsonb), @now, @now)
            """,
            new
            {
                id, fields.Name, fields.Phone, fields.Email, fields.ExternalRef, status = fields.Status ?? "active", fields.Notes,
                social = fields.SocialHandles.ToJsonString(), metadata = fields.Metadata.ToJsonString(), now = change.Now,
            }, cancellationToken);
        await ContactIdentities.AddAsync(change, fields.Identities(id), cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "contact.created", "contact", id, after: new { fields.Name, fields.Phone, fields.Email, fields.ExternalRef }));
        change.Publish(new FeedEvent(tenant, "contact.created", ContactId: id));
        return ContactView.From((await change.FindAsync<ContactRow>($"select {ContactRow.Columns} from contacts k where k.tenant_id = @tenant and k.id = @id", new { id }, cancellationToken))!);
    }

    /// <summary>Changes what is given; a null empties. Null when there is no such contact.</summary>
    public async Task<ContactView?> UpdateAsync(Guid tenant, Guid id, ContactFields fields, CancellationToken cancellationToken)
    {
        var found = await database.ChangeAsync(tenant, change => UpdateAsync(change, tenant, id, fields, cancellationToken), cancellationToken);
        return found is { } current ? await FindAsync(tenant, current, cancellationToken) : null;
    }

    /// <summary>The same in the caller's transaction; the contact's id as it is today.</summary>
    public static async Task<Guid?> UpdateAsync(Change change, Guid tenant, Guid id, ContactFields fields, CancellationToken cancellationToken)
    {
        var before = await change.FindAsync<string>($"select to_jsonb(k)::text from contacts k where k.tenant_id = @tenant and k.id = {Current} for no key update", new { id }, cancellationToken);
        if (before is null) return null;
        var sets = new List<string> { "updated_at = @now", "matched_at = null" };
        foreach (var field in fields.Given)
            sets.Add(field switch
            {
                "metadata" => "metadata = (k.metadata || @metadata::jsonb) - @emptied::text[]",
                "social_handles" => "social_handles = (k.social_handles || @social::jsonb) - @unnamed::text[]",
                _ => $"{field} = @{field}",
            });
        var after = await change.FindAsync<string>($"""
            update contacts k set {string.Join(", ", sets)}
            where k.tenant_id = @tenant and k.id = {Current}
            returning to_jsonb(k)::text
            """,
            new
            {
                id, name = fields.Name, phone = fields.Phone, email = fields.Email, external_ref = fields.ExternalRef, status = fields.Status, notes = fields.Notes,
                metadata = fields.Metadata.ToJsonString(), emptied = Nulls(fields.Metadata), social = fields.SocialHandles.ToJsonString(), unnamed = Nulls(fields.SocialHandles), now = change.Now,
            }, cancellationToken);
        var contact = (Guid)JsonNode.Parse(after!)!["id"]!;
        await ContactIdentities.AddAsync(change, fields.Identities(contact), cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "contact.updated", "contact", contact, Only(before, fields.Given), Only(after!, fields.Given)));
        change.Publish(new FeedEvent(tenant, "contact.updated", ContactId: contact));
        return contact;
    }

    static JsonObject Only(string row, IReadOnlySet<string> fields) => new(JsonNode.Parse(row)!.AsObject().Where(field => fields.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

    static string[] Nulls(JsonObject members) => [.. members.Where(member => member.Value is null).Select(member => member.Key)];

    /// <summary>Whether an address may be written to, in all ways in which its number is written. What people say here counts from now on: an older word of the
    /// person's that reaches us later changes nothing. False when the contact has no such address.</summary>
    public Task<bool> SetOptOutAsync(Guid tenant, Guid id, string channel, string handle, bool isOut, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            // Who opted out before stays out since then, by whom it was.
            var found = await change.FindAsync<Guid?>($"""
                update contact_identities i set
                    opted_out_at = case when @isOut then coalesce(i.opted_out_at, @now) end,
                    opted_out_by = case when @isOut then coalesce(i.opted_out_by, 'user') end,
                    consent_at = @now
                where i.tenant_id = @tenant and i.channel = @channel and i.handle = any (@handles) and i.contact_id = {Current}
                returning i.contact_id
                """, new { id, channel, handles = PhoneNumbers.Variants(handle).Prepend(handle).ToArray(), isOut, now = change.Now }, cancellationToken);
            if (found is not { } contact) return false;
            change.Audit(AuditEntry.Of(tenant, isOut ? "contact.opted_out" : "contact.opted_in", "contact", contact, after: new { channel, handle }));
            change.Publish(new FeedEvent(tenant, "contact.updated", ContactId: contact));
            return true;
        }, cancellationToken);

    /// <summary>Null when there is none; false when something was said with it, which keeps it.</summary>
    public Task<bool?> DeleteAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync<bool?>(tenant, async change =>
        {
            if (await change.FindAsync<ContactRow>("select name, phone, email, external_ref from contacts where tenant_id = @tenant and id = @id for update", new { id }, cancellationToken) is not { } found) return null;
            var notes = await change.FindAsync<int>("select count(*)::int from notes where tenant_id = @tenant and contact_id = @id", new { id }, cancellationToken);
            var gone = await change.ExecuteAsync("""
                delete from contacts k
                where k.tenant_id = @tenant and k.id = @id
                  and not exists (select 1 from conversations c where c.tenant_id = @tenant and c.contact_id = @id)
                  and not exists (select 1 from messages m where m.tenant_id = @tenant and m.sender_contact_id = @id)
                """, new { id }, cancellationToken);
            if (gone == 0) return false;
            change.Audit(AuditEntry.Of(tenant, "contact.deleted", "contact", id, before: new { found.Name, found.Phone, found.Email, found.ExternalRef, notes }));
            change.Publish(new FeedEvent(tenant, "contact.deleted", ContactId: id));
            return true;
        }, cancellationToken);
}
