using Dapper;
using Npgsql;
using Parley.Server.Contacts.Merging;
using Parley.Server.Platform;

namespace Parley.Server.Ingest;

/// <summary>The conversations of the people whom a batch wants, found or made, inside its transaction. The unique key of (tenant_id, integration_id, thread_id)
/// decides who made one first.</summary>
internal static class CustomerConversations
{
    /// <summary>One for each person in an integration. By integration, contact and the merge through which the handle came (none: empty).</summary>
    public static async Task<Dictionary<(Guid Integration, Guid Contact, Guid Merge), Guid>> OfPeopleAsync(
        NpgsqlConnection connection, IReadOnlyList<CustomerStore.Wanted> wanted, Dictionary<(Guid, string, string), Guid> contacts, Dictionary<(Guid, string, string), Guid?> merges, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var rows = wanted
            .Where(want => want.WithConversation && want.ThreadId is null)
            .Select(want => (want.TenantId, want.IntegrationId, want.Channel, want.Person.Handle, Contact: contacts[(want.TenantId, want.Channel, want.Person.Handle)],
                Merge: merges[(want.TenantId, want.Channel, want.Person.Handle)], want.At, want.Speaks))
            .OrderByDescending(row => row.Speaks).ThenByDescending(row => row.At)
            .DistinctBy(row => (row.IntegrationId, row.Contact, row.Merge))
            .OrderBy(row => row.TenantId).ThenBy(row => row.Handle, StringComparer.Ordinal)
            .ToList();
        if (rows.Count == 0) return [];
        // A person keeps the conversation they have in this integration, whatever handle it began with; people whom somebody merged
        // keep one each. The thread key is the oldest handle there; two writers that meet a person at once collide on it, and one waits.
        var found = await connection.QueryAsync<(Guid Integration, Guid Contact, Guid Merge, Guid Conversation)>(new CommandDefinition($"""
            with x as (
                select * from unnest(@tenants::uuid[], @ids::uuid[], @integrations::uuid[], @contacts::uuid[], @merges::uuid[], @channels::text[], @handles::text[], @times::timestamptz[])
                    as x (tenant_id, id, integration_id, contact_id, merge_id, channel, handle, at)
            )
            insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, last_message_at, created_at, updated_at)
            select x.tenant_id, x.id, x.contact_id, x.integration_id, x.channel, x.handle, x.handle, x.at, @now, @now
            from x
            where not exists (
                select 1 from conversations c
                where c.tenant_id = x.tenant_id and c.contact_id = x.contact_id and c.integration_id = x.integration_id and {ConversationOf.Handle})
            order by x.tenant_id, x.integration_id, x.handle
            on conflict (tenant_id, integration_id, thread_id) do nothing;

            -- A reply goes to the handle the person wrote from last: the number as soon as it is known.
            update conversations c set handle = x.handle
            from (select * from unnest(@tenants::uuid[], @integrations::uuid[], @contacts::uuid[], @merges::uuid[], @handles::text[], @times::timestamptz[], @speaks::boolean[])
                as x (tenant_id, integration_id, contact_id, merge_id, handle, at, speaks)) x
            where c.tenant_id = x.tenant_id and c.contact_id = x.contact_id and c.integration_id = x.integration_id and {ConversationOf.Handle}
              and c.handle <> x.handle and x.handle like '+%' and x.speaks and x.at >= coalesce(c.last_inbound_at, x.at);

            select distinct on (c.integration_id, c.contact_id, x.merge_id) c.integration_id, c.contact_id, coalesce(x.merge_id, '00000000-0000-0000-0000-000000000000'), c.id
            from unnest(@tenants::uuid[], @integrations::uuid[], @contacts::uuid[], @merges::uuid[], @handles::text[]) as x (tenant_id, integration_id, contact_id, merge_id, handle)
            join conversations c on c.tenant_id = x.tenant_id and c.contact_id = x.contact_id and c.integration_id = x.integration_id and {ConversationOf.Handle}
            order by c.integration_id, c.contact_id, x.merge_id, c.handle = x.handle desc, c.id
            """,
            new
            {
                tenants = rows.Select(row => row.TenantId).ToArray(),
                ids = rows.Select(_ => Ids.New(now)).ToArray(),
                integrations = rows.Select(row => row.IntegrationId).ToArray(),
                contacts = rows.Select(row => row.Contact).ToArray(),
                merges = rows.Select(row => row.Merge).ToArray(),
                channels = rows.Select(row => row.Channel).ToArray(),
                handles = rows.Select(row => row.Handle).ToArray(),
                times = rows.Select(row => row.At.UtcDateTime).ToArray(),
                speaks = rows.Select(row => row.Speaks).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));
        return found.ToDictionary(row => (row.Integration, row.Contact, row.Merge), row => row.Conversation);
    }

    /// <summary>One for each of the provider's chats. One that somebody began here, and whose chat was not known then, becomes it.</summary>
    public static async Task<Dictionary<(Guid Integration, string ThreadId), Guid>> OfChatsAsync(
        NpgsqlConnection connection, IReadOnlyList<CustomerStore.Wanted> wanted, Dictionary<(Guid, string, string), Guid> contacts, Dictionary<(Guid, string, string), Guid?> merges, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var rows = wanted
            .Where(want => want is { WithConversation: true, ThreadId: not null })
            .OrderByDescending(want => want.At)
            .DistinctBy(want => (want.IntegrationId, want.ThreadId))
            .OrderBy(want => want.TenantId).ThenBy(want => want.IntegrationId).ThenBy(want => want.ThreadId, StringComparer.Ordinal)
            .Select(want => (want.TenantId, want.IntegrationId, want.Channel, want.Person.Handle, want.ThreadId, want.ThreadNetworkId, Contact: contacts[(want.TenantId, want.Channel, want.Person.Handle)],
                Merge: merges[(want.TenantId, want.Channel, want.Person.Handle)], want.At))
            .ToList();
        if (rows.Count == 0) return [];
        var found = await connection.QueryAsync<(Guid Integration, string ThreadId, Guid Conversation)>(new CommandDefinition($"""
            update conversations c set thread_id = x.thread_id, is_thread = true
            from (
                select distinct on (tenant_id, integration_id, contact_id, merge_id) tenant_id, integration_id, contact_id, merge_id, thread_id
                from unnest(@tenants::uuid[], @integrations::uuid[], @contacts::uuid[], @merges::uuid[], @threads::text[]) as x (tenant_id, integration_id, contact_id, merge_id, thread_id)
                order by tenant_id, integration_id, contact_id, merge_id, thread_id
            ) x
            where c.tenant_id = x.tenant_id and c.contact_id = x.contact_id and c.integration_id = x.integration_id and not c.is_thread and {ConversationOf.Handle}
              and not exists (select 1 from conversations o where o.tenant_id = x.tenant_id and o.integration_id = x.integration_id and o.thread_id = x.thread_id);

            insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, is_thread, handle, last_message_at, created_at, updated_at)
            select x.tenant_id, x.id, x.contact_id, x.integration_id, x.channel, x.thread_id, true, x.handle, x.at, @now, @now
            from unnest(@tenants::uuid[], @ids::uuid[], @integrations::uuid[], @contacts::uuid[], @channels::text[], @threads::text[], @handles::text[], @times::timestamptz[])
                as x (tenant_id, id, integration_id, contact_id, channel, thread_id, handle, at)
            order by x.tenant_id, x.integration_id, x.thread_id
            on conflict (tenant_id, integration_id, thread_id) do nothing;

            update conversations c set thread_network_id = x.network_id
            from unnest(@tenants::uuid[], @integrations::uuid[], @threads::text[], @networks::text[]) as x (tenant_id, integration_id, thread_id, network_id)
            where c.tenant_id = x.tenant_id and c.integration_id = x.integration_id and c.thread_id = x.thread_id and c.thread_network_id is null and x.network_id is not null;

            select c.integration_id, c.thread_id, c.id
            from unnest(@tenants::uuid[], @integrations::uuid[], @threads::text[]) as x (tenant_id, integration_id, thread_id)
            join conversations c on c.tenant_id = x.tenant_id and c.integration_id = x.integration_id and c.thread_id = x.thread_id
            """,
            new
            {
                tenants = rows.Select(row => row.TenantId).ToArray(),
                ids = rows.Select(_ => Ids.New(now)).ToArray(),
                integrations = rows.Select(row => row.IntegrationId).ToArray(),
                contacts = rows.Select(row => row.Contact).ToArray(),
                merges = rows.Select(row => row.Merge).ToArray(),
                channels = rows.Select(row => row.Channel).ToArray(),
                threads = rows.Select(row => row.ThreadId).ToArray(),
                networks = rows.Select(row => row.ThreadNetworkId).ToArray(),
                handles = rows.Select(row => row.Handle).ToArray(),
                times = rows.Select(row => row.At.UtcDateTime).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));
        return found.ToDictionary(row => (row.Integration, row.ThreadId), row => row.Conversation);
    }
}
