using System.Text.Json;
using Parley.Channels;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Import;

/// <summary>Takes rows of a file as contacts, in one transaction with how far it is: killed anywhere, nothing of a batch is there or all of it is.</summary>
internal static class ImportBatch
{
    /// <summary>False when the import is not at this row any more: somebody cancelled it, or another worker went on with it.
    /// :: 1 where we are · 2 who is here already · 3 the new ones · 4 the others · 5 who is not to be written to · 6 what could not be taken · 7 the counts.</summary>
    public static async Task<bool> WriteAsync(Change change, Guid tenant, ImportEntry import, int from, IReadOnlyList<ImportRow> rows, CancellationToken cancellationToken)
    {
        // :: 1
        if (await change.ExecuteAsync("update contact_imports set rows_done = @to, updated_at = @now where tenant_id = @tenant and id = @Id and state = 'running' and rows_done = @from",
            new { import.Id, from, to = from + rows.Count, now = change.Now }, cancellationToken) == 0) return false;

        // :: 2
        var good = rows.Where(row => row.Errors.Count == 0).ToList();
        var known = await FindAsync(change, good, cancellationToken);

        // :: 3
        var strangers = Enumerable.Range(0, good.Count).Where(n => !known.ContainsKey(n)).Select(n => (Id: Ids.New(change.Now), good[n].Fields, good[n].OptOuts)).ToList();
        if (strangers.Count > 0) await InsertAsync(change, [.. strangers.Select(row => (row.Id, row.Fields))], cancellationToken);

        // :: 4
        var updated = new HashSet<int>();
        if (import.UpdatesExisting)
            // Two rows may be about one contact: the later one comes on top, not instead.
            foreach (var round in known.GroupBy(pair => pair.Value).SelectMany(group => group.OrderBy(pair => pair.Key).Select((pair, n) => (Round: n, Row: pair.Key, Contact: pair.Value))).GroupBy(pair => pair.Round).OrderBy(round => round.Key))
            {
                var changed = await UpdateAsync(change, [.. round.Select(pair => (pair.Contact, good[pair.Row].Fields)).OrderBy(pair => pair.Contact)], cancellationToken);
                updated.UnionWith(round.Where(pair => changed.Contains(pair.Contact)).Select(pair => pair.Row));
            }

        // :: 5 (of everybody: who keeps names as they are does not mean that people who want no messages get some)
        var optedOut = await OptOutAsync(change, [.. strangers.SelectMany(row => row.OptOuts.Select(one => new NewIdentity(row.Id, one.Channel, one.Handle))),
            .. known.SelectMany(pair => good[pair.Key].OptOuts.Select(one => new NewIdentity(pair.Value, one.Channel, one.Handle)))], cancellationToken);
        updated.UnionWith(known.Keys.Where(n => good[n].OptOuts.Any(one => Written(one.Handle).Any(handle => optedOut.Contains((one.Channel, handle))))));

        // :: 6
        var bad = rows.Where(row => row.Errors.Count > 0).ToList();
        if (bad.Count > 0)
            await change.ExecuteAsync("""
                insert into contact_import_errors (tenant_id, import_id, row_number, cells, errors)
                select @tenant, @Id, x.number, x.cells, x.errors from unnest(@numbers::int[], @cells::jsonb[], @errors::jsonb[]) as x (number, cells, errors)
                """,
                new
                {
                    import.Id, numbers = bad.Select(row => row.Source.Number).ToArray(), cells = bad.Select(row => JsonSerializer.Serialize(row.Source.Cells.Select(cell => Texts.Storable(cell, 10_000)))).ToArray(),
                    errors = bad.Select(row => JsonSerializer.Serialize(row.Errors.Select(words => Texts.Storable(words, 1000)))).ToArray(),
                }, cancellationToken);

        // :: 7
        await change.ExecuteAsync("""
            update contact_imports set created_count = created_count + @created, updated_count = updated_count + @updated, unchanged_count = unchanged_count + @unchanged, failed_count = failed_count + @failed, opted_out_count = opted_out_count + @optedOut
            where tenant_id = @tenant and id = @Id
            """, new { import.Id, created = strangers.Count, updated = updated.Count, unchanged = known.Count - updated.Count, failed = bad.Count, optedOut = optedOut.Count }, cancellationToken);
        change.Publish(new FeedEvent(tenant, "contacts.imported"));
        return true;
    }

    // By external reference, then by number, then by address; of several the oldest.
    static async Task<Dictionary<int, Guid>> FindAsync(Change change, List<ImportRow> rows, CancellationToken cancellationToken) =>
        (await change.ListAsync<(int N, Guid Contact)>("""
            with x as (select * from unnest(@ns::int[], @references::text[], @phones::text[], @numbers::text[], @emails::text[]) as x (n, reference, phone, number_key, email))
            select distinct on (n) n, contact from (
                select x.n, k.id as contact, 1 as rank from x join contacts k on k.tenant_id = @tenant and k.external_ref = x.reference
                union all
                select x.n, i.contact_id, 2 from x join contact_identities i on i.tenant_id = @tenant and i.channel in ('whatsapp', 'sms') and i.handle = x.phone
                union all
                select x.n, i.contact_id, 2 from x join contact_identities i on i.tenant_id = @tenant and i.channel in ('whatsapp', 'sms') and i.number_key = x.number_key
                union all
                select x.n, k.id, 2 from x join contacts k on k.tenant_id = @tenant and k.phone = x.phone
                union all
                select x.n, i.contact_id, 3 from x join contact_identities i on i.tenant_id = @tenant and i.channel = 'email' and i.handle = x.email
                union all
                select x.n, k.id, 3 from x join contacts k on k.tenant_id = @tenant and k.email = x.email
            ) f
            order by n, rank, contact
            """,
            new
            {
                ns = Enumerable.Range(0, rows.Count).ToArray(), references = rows.Select(row => row.Fields.ExternalRef).ToArray(), phones = rows.Select(row => row.Fields.Phone).ToArray(),
                numbers = rows.Select(row => row.Fields.Phone is { } phone ? PhoneNumbers.Key(phone) : null).ToArray(), emails = rows.Select(row => row.Fields.Email).ToArray(),
            }, cancellationToken)).ToDictionary(row => row.N, row => row.Contact);

    static async Task InsertAsync(Change change, List<(Guid Id, ContactFields Fields)> strangers, CancellationToken cancellationToken)
    {
        await change.ExecuteAsync("""
            insert into contacts (tenant_id, id, name, phone, email, external_ref, status, notes, social_handles, metadata, created_at, updated_at)
            select @tenant, x.id, x.name, x.phone, x.email, x.reference, coalesce(x.status, 'active'), x.notes, x.social, jsonb_strip_nulls(x.metadata), @now, @now
            from unnest(@ids::uuid[], @names::text[], @phones::text[], @emails::text[], @references::text[], @statuses::text[], @notes::text[], @socials::jsonb[], @metadata::jsonb[])
                as x (id, name, phone, email, reference, status, notes, social, metadata)
            """, Arguments(strangers, change.Now), cancellationToken);
        await ContactIdentities.AddAsync(change, strangers.SelectMany(row => row.Fields.Identities(row.Id)), cancellationToken);
    }

    static IEnumerable<string> Written(string handle) => PhoneNumbers.Variants(handle).Prepend(handle);

    // An opt-out is a fact of the address, whoever's it is here. Those that were not opted out before.
    static async Task<HashSet<(string Channel, string Handle)>> OptOutAsync(Change change, List<NewIdentity> addresses, CancellationToken cancellationToken)
    {
        if (addresses.Count == 0) return [];
        await ContactIdentities.AddAsync(change, addresses, cancellationToken);
        var all = addresses.SelectMany(one => Written(one.Handle).Select(handle => (one.Channel, handle))).Distinct().Order().ToList();
        return [.. await change.ListAsync<(string, string)>("""
            update contact_identities i set opted_out_at = @now, opted_out_by = 'user', consent_at = @now
            from unnest(@channels::text[], @handles::text[]) as x (channel, handle)
            where i.tenant_id = @tenant and i.channel = x.channel and i.handle = x.handle and i.opted_out_at is null
            returning i.channel, i.handle
            """, new { channels = all.Select(one => one.Channel).ToArray(), handles = all.Select(one => one.handle).ToArray(), now = change.Now }, cancellationToken)];
    }

    // Those that were different.
    static async Task<HashSet<Guid>> UpdateAsync(Change change, List<(Guid Id, ContactFields Fields)> rows, CancellationToken cancellationToken)
    {
        var changed = await change.ListAsync<Guid>("""
            update contacts k set
                name = coalesce(x.name, k.name), phone = coalesce(x.phone, k.phone), email = coalesce(x.email, k.email), external_ref = coalesce(x.reference, k.external_ref),
                status = coalesce(x.status, k.status), notes = coalesce(x.notes, k.notes), social_handles = k.social_handles || x.social, metadata = (k.metadata || x.metadata) - emptied.names,
                matched_at = null, updated_at = @now
            from unnest(@ids::uuid[], @names::text[], @phones::text[], @emails::text[], @references::text[], @statuses::text[], @notes::text[], @socials::jsonb[], @metadata::jsonb[])
                as x (id, name, phone, email, reference, status, notes, social, metadata)
            cross join lateral (select array(select one.key from jsonb_each(x.metadata) one where jsonb_typeof(one.value) = 'null') as names) emptied
            where k.tenant_id = @tenant and k.id = x.id
              and (coalesce(x.name, k.name), coalesce(x.phone, k.phone), coalesce(x.email, k.email), coalesce(x.reference, k.external_ref), coalesce(x.status, k.status), coalesce(x.notes, k.notes),
                    k.social_handles || x.social, (k.metadata || x.metadata) - emptied.names)
                is distinct from (k.name, k.phone, k.email, k.external_ref, k.status, k.notes, k.social_handles, k.metadata)
            returning k.id
            """, Arguments(rows, change.Now), cancellationToken);
        await ContactIdentities.AddAsync(change, rows.SelectMany(row => row.Fields.Identities(row.Id)), cancellationToken);
        return [.. changed];
    }

    static object Arguments(List<(Guid Id, ContactFields Fields)> rows, DateTimeOffset now) => new
    {
        ids = rows.Select(row => row.Id).ToArray(), names = rows.Select(row => row.Fields.Name).ToArray(), phones = rows.Select(row => row.Fields.Phone).ToArray(),
        emails = rows.Select(row => row.Fields.Email).ToArray(), references = rows.Select(row => row.Fields.ExternalRef).ToArray(), statuses = rows.Select(row => row.Fields.Status).ToArray(),
        notes = rows.Select(row => row.Fields.Notes).ToArray(), socials = rows.Select(row => row.Fields.SocialHandles.ToJsonString()).ToArray(), metadata = rows.Select(row => row.Fields.Metadata.ToJsonString()).ToArray(), now,
    };
}
