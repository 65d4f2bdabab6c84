using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Platform;
using Parley.Server.Ingest;
using Parley.Server.Webhooks;

namespace Parley.Server.Backfill;

/// <summary>Compares a provider's list of messages with what is here, and brings what is missing in the way that webhooks come: through
/// the same queue, with a line in the journal each. What came meanwhile by itself changes nothing.</summary>
internal sealed class MessageLogReader(BackfillStore store, IngestQueue queue, IntegrationDirectory directory, BackfillPacing pacing, TimeProvider time)
{
    // More than this are not held in memory while the list is read: from then on the newest are stored first.
    const int MostHeld = 10_000;
    const int AtOnce = 200;
    static readonly string[] Steps = ["queued", "sending", "unknown", "sent", "delivered", "read", "failed"];

    /// <summary>What people wrote, then how far ours got.</summary>
    /// <param name="since">What is older is not looked at.</param>
    /// <returns>What is in the way, or null; and whether some were too young to be judged.</returns>
    public async Task<(ReadFailure? Failure, bool HasYoung)> RunAsync(ConnectedIntegration integration, IReadMessageLog channel, DateTimeOffset since, DateTimeOffset now, CancellationToken stopping)
    {
        var (failure, hasYoung) = await ReadAsync(integration, channel, new LogQuery(Inbound: true, since), now - pacing.Grace, (message, known) => !known.ContainsKey(message.ExternalId), stopping);
        if (failure is not null) return (failure, hasYoung);
        (failure, _) = await ReadAsync(integration, channel, new LogQuery(Inbound: false, since - TimeSpan.FromHours(1)), now - pacing.Grace, IsFurther, stopping);
        return (failure, hasYoung);
    }

    // Ours are only those that are here: others may send from the same number.
    static bool IsFurther(LoggedMessage message, IReadOnlyDictionary<string, KnownMessage> known) =>
        known.TryGetValue(message.ExternalId, out var here) && message.Events.OfType<StatusChanged>().FirstOrDefault() is { } step && Array.IndexOf(Steps, step.Status) > Array.IndexOf(Steps, here.Status);

    async Task<(ReadFailure? Failure, bool HasYoung)> ReadAsync(
        ConnectedIntegration integration, IReadMessageLog channel, LogQuery query, DateTimeOffset until,
        Func<LoggedMessage, IReadOnlyDictionary<string, KnownMessage>, bool> isWanted, CancellationToken stopping)
    {
        var missing = new List<LoggedMessage>();
        var hasYoung = false;
        var seen = new HashSet<string>();
        string? cursor = null;
        do
        {
            var page = await channel.ListLogAsync(integration.Account, query with { Cursor = cursor }, stopping);
            if (page.Failure is { } failure) return (failure, hasYoung);
            var known = await store.ListKnownAsync(integration.TenantId, integration.Id, [.. page.Items.Select(item => item.ExternalId)], stopping);
            foreach (var message in InOrder(page.Items, known))
            {
                if (message.At < query.Since || !isWanted(message, known)) continue;
                if (message.At > until) hasYoung = true;
                else missing.Add(message);
            }
            if (missing.Count > MostHeld)
            {
                if (await BringAsync(integration, channel, missing, stopping) is { } broken) return (broken, hasYoung);
                missing.Clear();
            }
            cursor = page.Cursor;
        }
        while (cursor is not null && seen.Add(cursor));
        return (await BringAsync(integration, channel, missing, stopping), hasYoung);
    }

    /// <summary>The list has whole seconds, and what came by webhook has the moment in which it came: a message that the list has after one
    /// that is here stays after it.</summary>
    static IEnumerable<LoggedMessage> InOrder(IReadOnlyList<LoggedMessage> newestFirst, IReadOnlyDictionary<string, KnownMessage> known)
    {
        var latest = new Dictionary<string, DateTimeOffset>();
        var items = newestFirst.ToArray();
        for (var n = items.Length - 1; n >= 0; n--)
        {
            var message = items[n];
            if (known.TryGetValue(message.ExternalId, out var here)) latest[message.With] = here.OccurredAt;
            else if (latest.TryGetValue(message.With, out var before) && before >= message.At && before < message.At.AddSeconds(1))
                items[n] = message with { Events = [.. message.Events.Select(one => one is MessageReceived received ? received with { SentAt = before.AddMilliseconds(1) } : one)] };
        }
        return items;
    }

    /// <summary>The oldest first; what the list has at one second stays in the list's order.</summary>
    async Task<ReadFailure?> BringAsync(ConnectedIntegration integration, IReadMessageLog channel, List<LoggedMessage> missing, CancellationToken stopping)
    {
        missing.Reverse();
        foreach (var some in missing.OrderBy(message => message.At).Chunk(AtOnce))
        {
            var stored = new List<Task>();
            ReadFailure? failure = null;
            foreach (var message in some)
            {
                var (whole, problem) = await channel.CompleteAsync(integration.Account, message, stopping) is var found && found.Item is { } item ? (item, (ReadFailure?)null) : (message, found.Failure);
                if ((failure = problem) is not null) break;
                // Its time may have been put in order above, which the record does not know.
                var at = message.Events.OfType<MessageReceived>().FirstOrDefault()?.SentAt;
                stored.Add(await EnqueueAsync(integration, whole, [.. whole.Events.Select(one => one is MessageReceived received && at is { } time ? received with { SentAt = time } : one)]));
            }
            await Task.WhenAll(stored);
            if (failure is not null) return failure;
        }
        return null;
    }

    /// <summary>Into the queue; the task that comes back ends with the commit.</summary>
    public async Task<Task> EnqueueAsync(ConnectedIntegration integration, LoggedMessage message, IReadOnlyList<ChannelEvent> events)
    {
        var now = time.GetUtcNow();
        var (routed, error) = await WebhookEndpoints.RouteAsync(integration, new("backfill", events), directory);
        return queue.IngestAsync(new PendingWebhook
        {
            Id = Ids.New(now), TenantId = integration.TenantId, IntegrationId = integration.Id, Provider = integration.Provider, Body = message.Body.ToArray(), ReceivedAt = now,
            Kind = "backfill", Events = routed, Error = error,
        }, CancellationToken.None);
    }
}
