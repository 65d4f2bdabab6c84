using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Parley.Server.Conversations;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.WebhooksOut;

/// <summary>What is sent: the names are those of Standard Webhooks.</summary>
/// <param name="Timestamp">When it happened.</param>
public sealed record WebhookPayload(string Type, DateTimeOffset Timestamp, object Data);

/// <summary>What happened, by ids, with the message and the conversation as they were when it was written down: what /api/events tells.</summary>
/// <param name="Seq">The event's number; they grow, and order what came out of order.</param>
public sealed record WebhookData(long Seq, Guid? ConversationId, Guid? MessageId, Guid? ContactId, Guid? IntegrationId, MessageView? Message, ConversationView? Conversation);

/// <summary>Reads each tenant's feed for its endpoints, each behind a cursor of its own. Whatever makes events knows nothing of them.
/// :: 1 who is behind · 2 take the cursors, which only one node can · 3 a page of the feed, with what it speaks of · 4 deliveries · 5 a job for each endpoint · 6 the cursors move on, all in one transaction.</summary>
internal sealed class DeliveryFeed(
    SystemDatabase system, TenantDatabase database, FeedNews news, JobNews jobs, IOptions<JsonOptions> json, TimeProvider time, ILogger<DeliveryFeed> logger) : FeedReader("webhooks", news, time, logger)
{
    const int PageSize = 500;

    /// <summary>Reads all that is there to read, for all whose deliveries have room.</summary>
    internal override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        for (var more = true; more;)
        {
            // :: 1 Endpoints that have come equally far are read for together: mostly all of a tenant. One that is far behind takes a page in turn, and holds up nobody.
            var places = await system.ListAsync<PlaceRow>("""
                select e.tenant_id, e.seq, h.seq > e.seq as is_behind
                from (select distinct tenant_id, seq from webhook_endpoints where status = 'active') e
                join feed_heads h on h.tenant_id = e.tenant_id
                order by e.tenant_id, e.seq
                """, null, cancellationToken);
            ListenTo(places.Select(place => place.TenantId));
            more = false;
            foreach (var place in places)
                if (place.IsBehind)
                    await ReadAloneAsync(async () =>
                    {
                        if (await ReadAsync(place.TenantId, place.Seq, cancellationToken)) more = true;
                    }, cancellationToken);
        }
    }

    /// <summary>True when there may be more.</summary>
    async Task<bool> ReadAsync(Guid tenant, long seq, CancellationToken cancellationToken)
    {
        var (isFull, hasWork) = await database.ChangeAsync(tenant, async change =>
        {
            // :: 2
            var endpoints = await change.ListAsync<TakenRow>($"""
                select e.id, e.event_types, e.blocked_until
                from webhook_endpoints e
                where e.tenant_id = @tenant and e.status = 'active' and e.seq = @seq
                  and (select count(*) from (select 1 from webhook_deliveries d where d.tenant_id = @tenant and d.endpoint_id = e.id and d.status = 'pending' limit {EndpointStore.MostWaiting}) w) < {EndpointStore.MostWaiting}
                order by e.id
                for no key update of e skip locked
                """, new { seq }, cancellationToken);
            if (endpoints.Count == 0) return (false, false);

            // :: 3
            var rows = await change.ListAsync<FeedRow>("""
                select seq, type, conversation_id, message_id, contact_id, integration_id, created_at
                from events
                where tenant_id = @tenant and seq > @seq
                order by seq
                limit @PageSize
                """, new { seq, PageSize }, cancellationToken);
            if (rows.Count == 0) return (false, false);
            var wanted = (from row in rows from endpoint in endpoints where EventTypes.IsWanted(row.Type, endpoint.EventTypes) select (Row: row, Endpoint: endpoint)).ToList();
            if (wanted.Count > 0)
            {
                await AddAsync(change, wanted, cancellationToken);   // :: 4
                // :: 5 One that is left alone for a while is not woken for each page.
                var ready = wanted.Select(pair => pair.Endpoint).Distinct().ToLookup(endpoint => endpoint.BlockedUntil is not { } until || until <= change.Now);
                await JobStore.AddManyAsync(change, tenant, DeliverWebhooks.JobType, [.. ready[true].Select(endpoint => endpoint.Id.ToString())], change.Now, cancellationToken);
                if (ready[false].Any())
                    await JobStore.AddManyAsync(change, tenant, DeliverWebhooks.JobType, [.. ready[false].Select(endpoint => endpoint.Id.ToString())], ready[false].Min(endpoint => endpoint.BlockedUntil!.Value), cancellationToken);
            }
            // :: 6
            await change.ExecuteAsync("update webhook_endpoints set seq = @last where tenant_id = @tenant and id = any (@ids)", new { last = rows[^1].Seq, ids = endpoints.Select(endpoint => endpoint.Id).ToArray() }, cancellationToken);
            return (rows.Count == PageSize, wanted.Count > 0);
        }, cancellationToken);
        if (hasWork) jobs.Publish();
        return isFull;
    }

    async Task AddAsync(Change change, List<(FeedRow Row, TakenRow Endpoint)> wanted, CancellationToken cancellationToken)
    {
        var rows = wanted.Select(pair => pair.Row).Distinct().ToList();
        var messageIds = rows.Select(row => row.MessageId).OfType<Guid>().Distinct().ToArray();
        var conversationIds = rows.Select(row => row.ConversationId).OfType<Guid>().Distinct().ToArray();
        var messages = (await change.ListAsync<MessageRow>($"select {MessageRow.Columns} from messages m where m.tenant_id = @tenant and m.id = any (@messageIds) order by m.id", new { messageIds }, cancellationToken))
            .ToDictionary(row => row.Id, MessageView.From);
        var conversations = (await change.ListAsync<ConversationRow>($"""
            select {ConversationRow.Columns}
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = any (@conversationIds)
            order by c.id
            """, new { conversationIds }, cancellationToken)).ToDictionary(row => row.Id, ConversationView.From);
        await change.ExecuteAsync("""
            insert into webhook_deliveries (tenant_id, id, endpoint_id, seq, event_type, payload, status, next_at, created_at)
            select @tenant, x.id, x.endpoint_id, x.seq, p.type, p.payload, 'pending', @now, @now
            from unnest(@ids::uuid[], @endpoints::uuid[], @seqs::bigint[]) as x (id, endpoint_id, seq)
            join unnest(@rowSeqs::bigint[], @types::text[], @payloads::bytea[]) as p (seq, type, payload) on p.seq = x.seq
            on conflict (tenant_id, endpoint_id, seq) do nothing
            """, new
        {
            now = change.Now, ids = wanted.Select(_ => Ids.New(change.Now)).ToArray(), endpoints = wanted.Select(pair => pair.Endpoint.Id).ToArray(), seqs = wanted.Select(pair => pair.Row.Seq).ToArray(),
            rowSeqs = rows.Select(row => row.Seq).ToArray(), types = rows.Select(row => row.Type).ToArray(), payloads = rows.Select(Payload).ToArray(),
        }, cancellationToken);

        byte[] Payload(FeedRow row) => JsonSerializer.SerializeToUtf8Bytes(
            new WebhookPayload(row.Type, row.CreatedAt, new WebhookData(row.Seq, row.ConversationId, row.MessageId, row.ContactId, row.IntegrationId,
                row.MessageId is { } message ? messages.GetValueOrDefault(message) : null, row.ConversationId is { } conversation ? conversations.GetValueOrDefault(conversation) : null)),
            json.Value.SerializerOptions);
    }

    sealed class PlaceRow
    {
        public Guid TenantId { get; init; }
        public long Seq { get; init; }
        public bool IsBehind { get; init; }
    }

    sealed class TakenRow
    {
        public Guid Id { get; init; }
        public string[] EventTypes { get; init; } = [];
        public DateTimeOffset? BlockedUntil { get; init; }
    }
}
