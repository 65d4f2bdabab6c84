using Dapper;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Feed;

namespace Parley.Server.Ingest;

/// <summary>Who does not want to be written to, as people and providers say it: a fact of the identity, in all ways in which its number
/// is written.</summary>
internal static class OptOuts
{
    /// <summary>The newest word of each person counts, whenever it reaches us: a back-filled STOP does not undo the START that came after it. A word whose message is here already is a repetition and changes nothing.</summary>
    public static async Task ApplyAsync(
        NpgsqlConnection connection, IReadOnlyList<(PendingWebhook Webhook, RoutedEvent Routed, ConsentChanged Change)> consents, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = consents
            .SelectMany(row => PhoneNumbers.Variants(row.Change.Handle).Prepend(row.Change.Handle).Select(handle => (row.Webhook, row.Routed, row.Change, Handle: handle)))
            .ToList();
        var told = await connection.QueryAsync<(Guid Tenant, Guid Contact, bool Changed)>(new CommandDefinition("""
            with x as (
                select distinct on (x.tenant_id, x.channel, x.handle) x.*
                from unnest(@tenants::uuid[], @integrations::uuid[], @channels::text[], @handles::text[], @messages::text[], @outs::boolean[], @bys::text[], @times::timestamptz[])
                    with ordinality as x (tenant_id, integration_id, channel, handle, message_id, is_out, said_by, at, n)
                where x.message_id is null or not exists (
                    select 1 from messages m
                    where m.tenant_id = x.tenant_id and m.integration_id = x.integration_id and m.external_message_id = x.message_id)
                order by x.tenant_id, x.channel, x.handle, x.at desc, x.n desc
            )
            update contact_identities i set
                opted_out_at = case when x.is_out then coalesce(i.opted_out_at, x.at) end,
                opted_out_by = case when x.is_out then coalesce(i.opted_out_by, x.said_by) end,
                consent_at = greatest(i.consent_at, x.at)
            from x
            join contact_identities o on o.tenant_id = x.tenant_id and o.channel = x.channel and o.handle = x.handle
            where i.tenant_id = x.tenant_id and i.channel = x.channel and i.handle = x.handle
              -- Lists tell whole seconds: within one, a no counts.
              and (i.consent_at is null or x.at >= case when x.is_out then date_trunc('second', i.consent_at) else i.consent_at end)
            returning i.tenant_id, i.contact_id, x.is_out = (o.opted_out_at is null)
            """, new
        {
            tenants = rows.Select(row => row.Webhook.TenantId).ToArray(), integrations = rows.Select(row => row.Routed.IntegrationId).ToArray(),
            channels = rows.Select(row => row.Routed.Channel).ToArray(), handles = rows.Select(row => row.Handle).ToArray(),
            messages = rows.Select(row => row.Change.MessageExternalId).ToArray(), outs = rows.Select(row => row.Change.OptedOut).ToArray(),
            bys = rows.Select(row => row.Change.By).ToArray(), times = rows.Select(row => IngestStore.Earlier(row.Change.At, row.Webhook, now).UtcDateTime).ToArray(),
        }, cancellationToken: cancellationToken));
        foreach (var (tenant, contact, _) in told.Where(row => row.Changed).Distinct()) lines.Add(new(tenant, "contact.updated", ContactId: contact));
    }
}
