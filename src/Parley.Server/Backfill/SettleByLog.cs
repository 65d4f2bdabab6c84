using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Sending;
using Parley.Server.Sync;

namespace Parley.Server.Backfill;

/// <summary>Looks for a send whose answer was lost in the provider's list: to the same person, with the same words, at that time, and
/// nobody else's. What is found tells how far it got; nothing is ever sent from here.</summary>
internal sealed class SettleByLog(MessageLogReader reader, BackfillStore store)
{
    // Clocks differ, and a provider may take its time.
    static readonly TimeSpan Before = TimeSpan.FromMinutes(1), After = TimeSpan.FromMinutes(3);

    /// <summary>Null when the list could be read.</summary>
    public async Task<ReadFailure?> RunAsync(ConnectedIntegration integration, IReadMessageLog channel, Unsettled message, CancellationToken stopping)
    {
        if (message.ClaimedAt is not { } claimed) return null;
        var found = new List<LoggedMessage>();
        var seen = new HashSet<string>();
        string? cursor = null;
        do
        {
            var page = await channel.ListLogAsync(integration.Account, new LogQuery(Inbound: false, claimed - Before, message.Handle, cursor, Limit: 100), stopping);
            if (page.Failure is { } failure) return failure;
            found.AddRange(page.Items.Where(item => item.At >= claimed - Before && item.At <= claimed + After));
            cursor = page.Cursor;
        }
        while (cursor is not null && seen.Add(cursor));
        var known = await store.ListKnownAsync(integration.TenantId, integration.Id, [.. found.Select(item => item.ExternalId)], stopping);
        found.RemoveAll(item => known.ContainsKey(item.ExternalId));
        found.Reverse();   // the oldest first
        if (Choose(found, message) is not { } match) return null;

        var reference = new Reference(message.Id, message.Attempt).ToString();
        var told = match.Events.OfType<StatusChanged>().FirstOrDefault() ?? new StatusChanged(integration.Account.ExternalId, match.ExternalId, "sent", match.At, null, null);
        await await reader.EnqueueAsync(integration, match, [told with { Reference = reference }, .. match.Events.Where(one => one is not StatusChanged)]);
        return null;
    }

    static LoggedMessage? Choose(List<LoggedMessage> candidates, Unsettled message)
    {
        var hasFile = message.Type is "image" or "video" or "audio" or "document" or "sticker";
        if (message.Type is "text" || hasFile) return candidates.Find(item => Plain(item.Content) == Plain(message.Content) && (!hasFile || item.HasFiles));
        // The provider writes these in its own words: only one that stands alone is surely ours.
        return candidates.Count == 1 ? candidates[0] : null;
    }

    static string Plain(string? text) => (text ?? "").ReplaceLineEndings("\n").Trim();
}
