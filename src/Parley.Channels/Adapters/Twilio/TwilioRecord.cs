using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>A message as Twilio's list has it. It knows less than the webhook did: no profile name, no reply, no button.</summary>
internal static class TwilioRecord
{
    /// <summary>Null for what has no SID, addresses or time.</summary>
    public static LoggedMessage? Read(JsonElement record)
    {
        if (record.Get("sid"u8).Id() is not { } sid || record.Get("from"u8).Text() is not { Length: > 0 } from || record.Get("to"u8).Text() is not { Length: > 0 } to) return null;
        if ((Time(record.Get("date_created"u8)) ?? Time(record.Get("date_sent"u8))) is not { } at) return null;
        var isInbound = record.Get("direction"u8).Text() == "inbound";
        var with = TwilioAddresses.Handle(isInbound ? from : to) ?? TwilioAddresses.Unknown;
        var body = record.Get("body"u8).Text() is { Length: > 0 } words ? words : null;
        var hasFiles = record.Get("num_media"u8).Whole() > 0;
        return new(sid, with, at, body, hasFiles, JsonMarshal.GetRawUtf8Value(record).ToArray(), isInbound ? Inbound(record, sid, from, with, to, at, body) : Outbound(record, sid, with, from, at));
    }

    static List<ChannelEvent> Inbound(JsonElement record, string sid, string from, string with, string accountId, DateTimeOffset at, string? body)
    {
        var files = new List<AttachmentReference>();
        foreach (var file in record.Get("media"u8).Items())
            if (file.Get("uri"u8).Text() is { Length: > 5 } uri)
                files.Add(new(TwilioMessageReader.Kind(file.Get("content_type"u8).Text(), null), null, uri.EndsWith(".json", StringComparison.Ordinal) ? uri[..^5] : uri, file.Get("content_type"u8).Text(), null, null, null));
        var word = TwilioOptOut.Of(null, from, body);
        var events = new List<ChannelEvent>
        {
            new MessageReceived(accountId)
            {
                ExternalId = sid, With = new(with, [], null), SentAt = at, Content = body, Attachments = files,
                Type = files.Count > 0 ? files[0].Kind : body is null ? "unsupported" : "text",
                Metadata = word is null ? null : new JsonObject { ["opt_out"] = word },
            },
        };
        if (word is "stop" or "start") events.Add(new ConsentChanged(accountId, with, word == "stop", sid, "contact", at));
        return events;
    }

    static List<ChannelEvent> Outbound(JsonElement record, string sid, string with, string accountId, DateTimeOffset at)
    {
        var status = record.Get("status"u8).Text() ?? "";
        var failure = TwilioWebhookReader.Failure(status, record.Get("error_code"u8).Whole(), Redaction.Redact(record.Get("error_message"u8).Text(), []));
        return TwilioWebhookReader.StatusEvents(accountId, sid, status, with, Time(record.Get("date_updated"u8)) ?? at, null, failure);
    }

    static DateTimeOffset? Time(JsonElement value) =>
        DateTimeOffset.TryParse(value.Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;
}
