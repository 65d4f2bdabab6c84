using Parley.Channels;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts;

/// <summary>An address of a contact.</summary>
internal readonly record struct NewIdentity(Guid ContactId, string Channel, string Handle);

/// <summary>Writes addresses that people gave, one by one or in a file. One that is another's already, in whatever way its number is written, stays theirs:
/// the two are then found as duplicates.</summary>
internal static class ContactIdentities
{
    public static async Task AddAsync(Change change, IEnumerable<NewIdentity> identities, CancellationToken cancellationToken)
    {
        var rows = identities.ToList();
        if (rows.Count == 0) return;
        await change.ExecuteAsync("""
            insert into contact_identities (tenant_id, channel, handle, number_key, contact_id, created_at)
            select @tenant, x.channel, x.handle, x.number_key, x.contact_id, @now
            from unnest(@contacts::uuid[], @channels::text[], @handles::text[], @keys::text[]) as x (contact_id, channel, handle, number_key)
            order by x.channel, coalesce(x.number_key, x.handle), x.handle   -- as ingest does
            on conflict do nothing
            """,
            new
            {
                contacts = rows.Select(row => row.ContactId).ToArray(), channels = rows.Select(row => row.Channel).ToArray(), handles = rows.Select(row => row.Handle).ToArray(),
                keys = rows.Select(row => PhoneNumbers.Key(row.Handle)).ToArray(), now = change.Now,
            }, cancellationToken);
    }
}
