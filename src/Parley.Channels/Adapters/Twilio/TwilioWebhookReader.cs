using System.Globalization;
using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Reads what Twilio posts: a form for each message or status. The journal also keeps records of Twilio's list, which are
/// JSON: <see cref="TwilioRecord"/>.</summary>
internal static class TwilioWebhookReader
{
    public static WebhookContent Read(ReadOnlyMemory<byte> body, string? reference)
    {
        if (FirstLetter(body.Span) is (byte)'{') return ReadRecord(body);
        var form = new TwilioForm(body.Span);
        if ((form.Id("MessageSid") ?? form.Id("SmsSid")) is not { } sid || form.Id("AccountSid") is null) return WebhookContent.Unreadable("The body names no message and account of Twilio's.");
        var told = form.Text("MessageStatus") ?? form.Text("SmsStatus");
        if (told is null) return WebhookContent.Unreadable("The body tells neither a message nor a status.");
        return told is "received" or "receiving" ? ReadMessage(form, sid) : ReadStatus(form, sid, told, reference);
    }

    static byte FirstLetter(ReadOnlySpan<byte> body) => body.TrimStart(" \r\n\t"u8) is [var first, ..] ? first : (byte)0;

    static WebhookContent ReadRecord(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return TwilioRecord.Read(document.RootElement) is { } record ? new("logged_message", record.Events) : WebhookContent.Unreadable("The record names no message.");
        }
        catch (JsonException failure)
        {
            return WebhookContent.Unreadable($"Not JSON: {StorableText.Clean(failure.Message)}");
        }
    }

    static WebhookContent ReadMessage(TwilioForm form, string sid)
    {
        var message = TwilioMessageReader.Read(form, sid);
        var events = new List<ChannelEvent> { message };
        if (TwilioOptOut.Of(form.Text("OptOutType"), form.Text("From"), form.Text("Body")) is ("stop" or "start") and var word)
            events.Add(new ConsentChanged(message.AccountId, message.With.Handle, word == "stop", sid, "contact", message.SentAt));
        return new("message", events);
    }

    static WebhookContent ReadStatus(TwilioForm form, string sid, string told, string? reference)
    {
        var accountId = form.Text("From") ?? "";
        var failure = Failure(told, long.TryParse(form.Text("ErrorCode"), NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null, Redaction.Redact(form.Text("ErrorMessage") ?? form.Text("ChannelStatusMessage"), []));
        var at = DateTimeOffset.TryParseExact(form.Text("RawDlrDoneDate"), "yyMMddHHmm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var done) ? done : DateTimeOffset.UnixEpoch;
        return new("status", StatusEvents(accountId, sid, told, TwilioAddresses.Handle(form.Text("To")), at, reference, failure));
    }

    /// <summary>Null for a status that is no step of ours: Twilio still has the message to itself.</summary>
    public static string? Step(string told) => told switch
    {
        "sent" => "sent",
        "delivered" or "partially_delivered" => "delivered",
        "read" => "read",
        "failed" or "undelivered" or "canceled" => "failed",
        _ => null,
    };

    public static SendFailure? Failure(string told, long? code, string? words) =>
        Step(told) != "failed" ? null : code is > 0 ? TwilioErrors.Of(code.Value, words) : SendFailure.Rejected.From(told, words);

    public static List<ChannelEvent> StatusEvents(string accountId, string sid, string told, string? handle, DateTimeOffset at, string? reference, SendFailure? failure)
    {
        var events = new List<ChannelEvent>();
        if (Step(told) is { } step) events.Add(new StatusChanged(accountId, sid, step, at, reference, failure));
        // Queued or sending: nothing to show. But a send whose answer was lost is found by it.
        else if (reference is not null && told is "queued" or "accepted" or "sending" or "scheduled") events.Add(new StatusChanged(accountId, sid, "sent", at, reference, null));
        if (failure is { IsOptOut: true } && handle is not null) events.Add(new ConsentChanged(accountId, handle, OptedOut: true, null, "provider", at));
        return events;
    }
}
