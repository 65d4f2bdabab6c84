using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Twilio's list of messages. It filters by day, and by the time of sending, which a message in the queue does not have
/// yet: what goes out is asked for without a day, newest first, until it is old enough.</summary>
internal sealed class TwilioLog(TwilioClient client)
{
    public async Task<HistoryPage<LoggedMessage>> ListAsync(ChannelAccount account, LogQuery query, CancellationToken cancellationToken)
    {
        var settings = TwilioSettings.Of(account);
        // The list's own address of the next page is relative to a host that may be another one: only what it asks for counts.
        var path = TwilioRequest.Account(settings, "/Messages.json?" + (query.Cursor ?? Ask(account, query)));
        var (answer, failure) = await client.AskAsync(account, settings.BaseUrl, path, cancellationToken);
        using (answer)
        {
            if (answer is null) return HistoryPage<LoggedMessage>.Failed(failure!);
            var list = answer.RootElement.Get("messages"u8);
            if (list.ValueKind != JsonValueKind.Array) return HistoryPage<LoggedMessage>.Failed(ReadFailure.Unreadable.From(null, "The list has no messages."));
            var items = new List<LoggedMessage>(list.GetArrayLength());
            var unreadable = 0;
            foreach (var record in list.EnumerateArray())
                if (record.IsObject() && TwilioRecord.Read(record) is { } message) items.Add(message);
                else unreadable++;
            var next = answer.RootElement.Get("next_page_uri"u8).Text() is { } uri && uri.IndexOf('?') is >= 0 and var at ? uri[(at + 1)..] : null;
            // (Never seen: a page that leads to itself.)
            if (next is not null && next == query.Cursor) return HistoryPage<LoggedMessage>.Failed(ReadFailure.Unreadable.From(null, "A page leads to itself."));
            // A page that is older from top to bottom is the last that is wanted.
            if (query.Since is { } since && items.Count > 0 && items.TrueForAll(item => item.At < since)) next = null;
            return new(items, next, unreadable);
        }
    }

    static string Ask(ChannelAccount account, LogQuery query)
    {
        var asked = new List<string> { $"PageSize={Math.Clamp(query.Limit, 1, 1000).ToString(CultureInfo.InvariantCulture)}" };
        Add(query.Inbound ? "To" : "From", account.ExternalId);
        if (query.With is { } with) Add(query.Inbound ? "From" : "To", TwilioAddresses.Of(with, account.Channel));
        // Days are Greenwich's; a day more is asked for than is missing.
        if (query.Inbound && query.Since is { } since) Add("DateSent>", since.UtcDateTime.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return string.Join('&', asked);

        void Add(string name, string value) => asked.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
    }

    /// <summary>The list says how many files a message has, and not which.</summary>
    public async Task<Found<LoggedMessage>> CompleteAsync(ChannelAccount account, LoggedMessage message, CancellationToken cancellationToken)
    {
        if (!message.HasFiles) return new(message);
        var settings = TwilioSettings.Of(account);
        var (answer, failure) = await client.AskAsync(account, settings.BaseUrl, TwilioRequest.Account(settings, $"/Messages/{Uri.EscapeDataString(message.ExternalId)}/Media.json"), cancellationToken);
        using (answer)
        {
            if (answer is null) return failure!.Code == ReadFailure.NotFound.Code ? new(message) : new(null, failure);
            using var record = JsonDocument.Parse(message.Body);
            var whole = (JsonObject)record.RootElement.Copy()!;
            whole["media"] = answer.RootElement.Get("media_list"u8).Copy();
            using var completed = JsonDocument.Parse(whole.ToJsonString());
            return new(TwilioRecord.Read(completed.RootElement) ?? message);
        }
    }
}
