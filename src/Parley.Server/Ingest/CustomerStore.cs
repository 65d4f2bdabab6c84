using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Platform;

namespace Parley.Server.Ingest;

/// <summary>Makes sure that people and their conversations exist, for many at once, inside the ingest transaction.
/// No check-then-insert: the unique indexes decide who made a person first, and everybody then reads what is there.</summary>
internal static class CustomerStore
{
    /// <summary>One person (or group) in one integration; the same may be wanted several times in a batch.</summary>
    /// <param name="WithConversation">False for who only wrote in a group.</param>
    /// <param name="Speaks">False for what the provider says about the person: replies go to where the person wrote from.</param>
    /// <param name="ThreadId">The provider's chat, where it names one: the conversation is found by it, and not by the person.</param>
    /// <param name="ThreadNetworkId">The network's own id of that chat: kept where none is known yet.</param>
    internal sealed record Wanted(
        Guid TenantId, Guid IntegrationId, string Channel, Correspondent Person, DateTimeOffset At, bool WithConversation, bool Speaks = true, string? ThreadId = null, string? ThreadNetworkId = null);

    /// <summary>:: 1 who is known by any handle · 2 make the others · 3 join handles of one person · 4 conversations, those of a provider's chats apart.</summary>
    public static async Task<EnsuredCustomers> EnsureAsync(
        NpgsqlConnection connection, IReadOnlyList<Wanted> wanted, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Sorted, so that two nodes that meet the same new people take the locks in one order.
        var people = wanted
            .GroupBy(person => (person.TenantId, person.Channel, person.Person.Handle))
            .OrderBy(group => group.Key.TenantId).ThenBy(group => group.Key.Handle, StringComparer.Ordinal)
            .Select(Combine)
            .ToList();

        // :: 1
        var (contacts, merges) = await FindContactsAsync(connection, people, cancellationToken);

        // :: 2
        AdoptVariants(people, contacts, merges);
        var strangers = people.Where(person => !Handles(person).Any(handle => contacts.ContainsKey((person.TenantId, person.Channel, handle)))).ToList();
        if (strangers.Count > 0)
        {
            await InsertContactsAsync(connection, strangers, now, cancellationToken);
            (contacts, merges) = await FindContactsAsync(connection, people, cancellationToken);
            AdoptVariants(people, contacts, merges);
        }

        // :: 3
        foreach (var person in people)
        {
            var ids = Handles(person).Select(handle => contacts.GetValueOrDefault((person.TenantId, person.Channel, handle))).Where(id => id != default).Distinct().ToList();
            if (ids.Count > 1)
            {
                await ContactMerge.JoinAsync(connection, person.TenantId, ids[0], ids.Skip(1), lines, now, cancellationToken);
                // Somebody else in this batch may have led to one of those that are gone.
                foreach (var (key, contact) in contacts.ToList())
                    if (ids.Contains(contact)) contacts[key] = ids[0];
            }
            var merge = Handles(person).Select(handle => merges.GetValueOrDefault((person.TenantId, person.Channel, handle))).FirstOrDefault(known => known is not null);
            foreach (var handle in Handles(person))
            {
                contacts[(person.TenantId, person.Channel, handle)] = ids[0];
                merges[(person.TenantId, person.Channel, handle)] = merge;
            }
        }
        await CompleteContactsAsync(connection, people, contacts, merges, now, cancellationToken);
        await NoteProfilesAsync(connection, people, contacts, now, cancellationToken);

        // :: 4
        var conversations = await CustomerConversations.OfPeopleAsync(connection, wanted, contacts, merges, now, cancellationToken);
        var threads = await CustomerConversations.OfChatsAsync(connection, wanted, contacts, merges, now, cancellationToken);
        var known = new Dictionary<(Guid, string), KnownCustomer>();
        foreach (var want in wanted)
        {
            var contact = contacts[(want.TenantId, want.Channel, want.Person.Handle)];
            known[(want.IntegrationId, want.Person.Handle)] = new(
                contact, conversations.TryGetValue((want.IntegrationId, contact, merges[(want.TenantId, want.Channel, want.Person.Handle)] ?? default), out var conversation) ? conversation : null, want.Person.Name is not null);
        }
        return new(known, threads);
    }

    static Wanted Combine(IGrouping<(Guid, string, string), Wanted> group)
    {
        var first = group.First();
        return first with
        {
            Person = first.Person with
            {
                OtherHandles = [.. group.SelectMany(want => want.Person.OtherHandles).Distinct()],
                Name = group.Select(want => want.Person.Name).FirstOrDefault(name => name is not null),
                UserName = group.Select(want => want.Person.UserName).FirstOrDefault(name => name is not null),
                ProfileUrl = group.Select(want => want.Person.ProfileUrl).FirstOrDefault(url => url is not null),
            },
        };
    }

    static IEnumerable<string> Handles(Wanted wanted) => wanted.Person.OtherHandles.Prepend(wanted.Person.Handle);

    // A number that networks write in two ways: nobody is a stranger who is known by the other one.
    static void AdoptVariants(List<Wanted> people, Dictionary<(Guid, string, string), Guid> contacts, Dictionary<(Guid, string, string), Guid?> merges)
    {
        foreach (var person in people.Where(person => !Handles(person).Any(handle => contacts.ContainsKey((person.TenantId, person.Channel, handle)))))
            foreach (var variant in PhoneNumbers.Variants(person.Person.Handle))
                if (contacts.TryGetValue((person.TenantId, person.Channel, variant), out var known))
                {
                    contacts[(person.TenantId, person.Channel, person.Person.Handle)] = known;
                    merges[(person.TenantId, person.Channel, person.Person.Handle)] = merges.GetValueOrDefault((person.TenantId, person.Channel, variant));
                }
    }

    // The contact of each handle, and the merge by which it came to it.
    static async Task<(Dictionary<(Guid Tenant, string Channel, string Handle), Guid> Contacts, Dictionary<(Guid Tenant, string Channel, string Handle), Guid?> Merges)> FindContactsAsync(
        NpgsqlConnection connection, List<Wanted> people, CancellationToken cancellationToken)
    {
        var keys = people.SelectMany(person => Handles(person).Concat(PhoneNumbers.Variants(person.Person.Handle)).Select(handle => (person.TenantId, person.Channel, Handle: handle))).Distinct().ToList();
        var rows = (await connection.QueryAsync<(Guid Tenant, string Channel, string Handle, Guid Contact, Guid? Merge)>(new CommandDefinition("""
            select i.tenant_id, i.channel, i.handle, i.contact_id, i.merge_id
            from unnest(@tenants::uuid[], @channels::text[], @handles::text[]) as x (tenant_id, channel, handle)
            join contact_identities i on i.tenant_id = x.tenant_id and i.channel = x.channel and i.handle = x.handle
            """,
            new { tenants = keys.Select(key => key.TenantId).ToArray(), channels = keys.Select(key => key.Channel).ToArray(), handles = keys.Select(key => key.Handle).ToArray() },
            cancellationToken: cancellationToken))).AsList();
        return (rows.ToDictionary(row => (row.Tenant, row.Channel, row.Handle), row => row.Contact), rows.ToDictionary(row => (row.Tenant, row.Channel, row.Handle), row => row.Merge));
    }

    // The identity first, the contact only for identities that were really inserted: no orphan contacts. Who is met in two writings of one number at once
    // is inserted by one of the two, and the other adopts.
    // (The foreign key of the identity is checked at the end of the statement.)
    static Task InsertContactsAsync(NpgsqlConnection connection, List<Wanted> strangers, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition("""
            with x as (
                select * from unnest(@tenants::uuid[], @channels::text[], @handles::text[], @keys::text[], @contacts::uuid[], @kinds::text[], @names::text[])
                    as x (tenant_id, channel, handle, number_key, contact_id, kind, name)
            ),
            i as (
                insert into contact_identities (tenant_id, channel, handle, number_key, contact_id, created_at)
                select tenant_id, channel, handle, number_key, contact_id, @now from x
                order by tenant_id, channel, coalesce(number_key, handle), handle
                on conflict do nothing
                returning tenant_id, contact_id
            )
            insert into contacts (tenant_id, id, kind, name, created_at, updated_at)
            select i.tenant_id, i.contact_id, x.kind, x.name, @now, @now
            from i join x on x.tenant_id = i.tenant_id and x.contact_id = i.contact_id
            """,
            new
            {
                tenants = strangers.Select(person => person.TenantId).ToArray(),
                channels = strangers.Select(person => person.Channel).ToArray(),
                handles = strangers.Select(person => person.Person.Handle).ToArray(),
                keys = strangers.Select(person => PhoneNumbers.Key(person.Person.Handle)).ToArray(),
                contacts = strangers.Select(_ => Ids.New(now)).ToArray(),
                kinds = strangers.Select(person => person.Person.IsGroup ? "group" : "person").ToArray(),
                names = strangers.Select(person => person.Person.Name).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));

    // Further handles of a person, the number where it is one, and the name if nobody gave one yet.
    static Task CompleteContactsAsync(
        NpgsqlConnection connection, List<Wanted> people, Dictionary<(Guid, string, string), Guid> contacts, Dictionary<(Guid, string, string), Guid?> merges, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var rows = people
            .SelectMany(person => Handles(person).Select(handle => (person.TenantId, person.Channel, Handle: handle, Contact: contacts[(person.TenantId, person.Channel, handle)], Merge: merges[(person.TenantId, person.Channel, handle)], person.Person.Name)))
            .ToList();
        return connection.ExecuteAsync(new CommandDefinition("""
            with x as (
                select * from unnest(@tenants::uuid[], @channels::text[], @handles::text[], @ids::uuid[], @merges::uuid[], @names::text[])
                    as x (tenant_id, channel, handle, contact_id, merge_id, name)
            ),
            i as (
                insert into contact_identities (tenant_id, channel, handle, contact_id, merge_id, created_at)
                select tenant_id, channel, handle, contact_id, merge_id, @now from x
                order by tenant_id, channel, handle
                on conflict (tenant_id, channel, handle) do nothing
                returning tenant_id, contact_id
            )
            update contacts c set
                phone = coalesce(c.phone, x.phone),
                name = coalesce(c.name, x.name),
                matched_at = null,
                updated_at = @now
            from (
                select tenant_id, contact_id, min(handle) filter (where handle like '+%') as phone, min(name) as name
                from x group by tenant_id, contact_id
            ) x
            where c.tenant_id = x.tenant_id and c.id = x.contact_id
              and ((c.phone is null and x.phone is not null) or (c.name is null and x.name is not null)
                or exists (select 1 from i where i.tenant_id = x.tenant_id and i.contact_id = x.contact_id))
            """,
            new
            {
                tenants = rows.Select(row => row.TenantId).ToArray(),
                channels = rows.Select(row => row.Channel).ToArray(),
                handles = rows.Select(row => row.Handle).ToArray(),
                ids = rows.Select(row => row.Contact).ToArray(),
                merges = rows.Select(row => row.Merge).ToArray(),
                names = rows.Select(row => row.Name).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));
    }

    // The name they chose on the channel, and where their profile is: shown beside the contact, and theirs to change. What the channel says stands at the
    // address too, where nobody else writes; a name that another has now was given up by whoever had it.
    static async Task NoteProfilesAsync(
        NpgsqlConnection connection, List<Wanted> people, Dictionary<(Guid, string, string), Guid> contacts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = people.Where(person => (person.Person.UserName ?? person.Person.ProfileUrl) is not null)
            .Select(person => (person.TenantId, person.Channel, Contact: contacts[(person.TenantId, person.Channel, person.Person.Handle)], person.Person))
            .ToList();
        if (rows.Count == 0) return;
        var firsts = rows.DistinctBy(row => row.Contact).Select(row => row.Person).ToHashSet(ReferenceEqualityComparer.Instance);
        await connection.ExecuteAsync(new CommandDefinition("""
            with x as (
                select * from unnest(@tenants::uuid[], @ids::uuid[], @channels::text[], @handles::text[], @names::text[], @profiles::text[])
                    as x (tenant_id, contact_id, channel, handle, user_name, profile)
            ),
            told as (
                update contact_identities i set user_name = x.user_name
                from x
                where i.tenant_id = x.tenant_id and i.channel = x.channel and i.handle = x.handle and x.user_name is not null and i.user_name is distinct from x.user_name
                returning i.tenant_id, i.channel, i.contact_id, i.user_name
            ),
            lost as (
                update contact_identities i set user_name = null
                from told
                where i.tenant_id = told.tenant_id and i.channel = told.channel and lower(i.user_name) = lower(told.user_name) and i.contact_id <> told.contact_id
                  and not exists (select 1 from x where x.tenant_id = i.tenant_id and x.channel = i.channel and x.handle = i.handle and x.user_name is not null)
                returning i.tenant_id, i.contact_id
            )
            update contacts c set metadata = c.metadata || coalesce(w.profile, '{}'), matched_at = null, updated_at = @now
            from (
                select tenant_id, contact_id, max(profile)::jsonb as profile, bool_or(is_new) as is_new
                from (
                    select tenant_id, contact_id, profile, false as is_new from x where profile is not null
                    union all select tenant_id, contact_id, null, true from told
                    union all select tenant_id, contact_id, null, true from lost
                ) w
                group by tenant_id, contact_id
            ) w
            where c.tenant_id = w.tenant_id and c.id = w.contact_id and (w.is_new or not c.metadata @> w.profile)
            """,
            new
            {
                tenants = rows.Select(row => row.TenantId).ToArray(),
                ids = rows.Select(row => row.Contact).ToArray(),
                channels = rows.Select(row => row.Channel).ToArray(),
                handles = rows.Select(row => row.Person.Handle).ToArray(),
                names = rows.Select(row => row.Person.UserName).ToArray(),
                profiles = rows.Select(row => firsts.Contains(row.Person) ? Profile(row.Person).ToJsonString() : null).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));

        static JsonObject Profile(Correspondent person)
        {
            var profile = new JsonObject();
            if (person.UserName is { } name) profile["user_name"] = name;
            if (person.ProfileUrl is { } url) profile["profile_url"] = url;
            return profile;
        }
    }
}
