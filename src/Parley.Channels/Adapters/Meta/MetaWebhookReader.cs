using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Reads the envelope that all of Meta's WhatsApp webhooks share. One body may batch a thousand updates of several
/// numbers, so nothing here gives up: an item that makes no sense is passed over and named, the others still count.</summary>
internal sealed class MetaWebhookReader
{
    const int LongestKind = 200;

    readonly List<ChannelEvent> events = [];
    readonly List<string> kinds = [];
    string? error;

    public static WebhookContent Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutByteOrderMark(body));
            return new MetaWebhookReader().ReadEnvelope(document.RootElement);
        }
        catch (JsonException failure)
        {
            return WebhookContent.Unreadable($"Not JSON: {failure.Message}");
        }
    }

    static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;

    WebhookContent ReadEnvelope(JsonElement root)
    {
        if (!root.IsObject()) return WebhookContent.Unreadable("The body is no JSON object.");
        if (root.Get("entry"u8).ValueKind != JsonValueKind.Array) return WebhookContent.Unreadable("The body has no list of entries.");

        // Page and Instagram webhooks share the address, not the shape; they are no channel of ours yet.
        if (root.Get("object"u8).Text() is { } kind && kind != "whatsapp_business_account") return new(Short(kind), []);

        foreach (var entry in root.Get("entry"u8).Items())
        {
            if (entry.Get("changes"u8).ValueKind != JsonValueKind.Array) PassOver("An entry has no list of changes.");
            foreach (var change in entry.Get("changes"u8).Items()) ReadChange(change, entry);
        }
        return new(kinds.Count == 0 ? "empty" : Short(string.Join('+', kinds)), events, error);
    }

    void ReadChange(JsonElement change, JsonElement entry)
    {
        if (!change.IsObject()) PassOver("A change is no object.");
        var field = change.Get("field"u8).Text() ?? "messages";
        var value = change.Get("value"u8);
        switch (field)
        {
            case "messages":
                if (!value.IsObject()) PassOver("A change has no value.");
                ReadMessages(value, "messages", value.Get("messages"u8), entry, isEcho: false);
                ReadStatuses(value, entry);
                if (value.Get("errors"u8).ValueKind == JsonValueKind.Array) Saw("errors");
                break;
            case "smb_message_echoes":
                Saw(field);
                ReadMessages(value, field, value.Get("message_echoes"u8), entry, isEcho: true);
                break;
            case "message_template_status_update":
                Saw(field);
                ReadTemplate(value, entry);
                break;
            case "phone_number_quality_update" or "message_template_quality_update" or "account_update":
                Saw(field);
                if (MetaQuality.WordsOf(field, value) is { } words && entry.Get("id"u8).Id() is { } waba) events.Add(new QualityWarned(waba, words));
                break;
            default:
                Saw(field);
                break;
        }
    }

    void ReadTemplate(JsonElement value, JsonElement entry)
    {
        if (value.Get("message_template_name"u8).Id() is { } name && value.Get("message_template_language"u8).Id() is { } language && entry.Get("id"u8).Id() is { } waba)
            events.Add(new TemplateChanged(waba, name, MetaTemplates.Language(language), MetaTemplates.Status(value.Get("event"u8).Text()), MetaTemplates.Reason(value.Get("reason"u8).Text())));
        else PassOver("A template's status names no template.");
    }

    void ReadMessages(JsonElement value, string kind, JsonElement messages, JsonElement entry, bool isEcho)
    {
        if (messages.ValueKind == JsonValueKind.Undefined) return;
        Saw(kind);
        if (messages.ValueKind != JsonValueKind.Array) PassOver("messages is no list.");

        var reader = new MetaMessageReader(AccountOf(value), new MetaPeople(value.Get("contacts"u8)), TimeOf(entry), isEcho);
        foreach (var message in messages.Items())
        {
            if (message.IsObject()) reader.Read(message, events);
            else PassOver("A message is no object.");
        }
    }

    void ReadStatuses(JsonElement value, JsonElement entry)
    {
        var statuses = value.Get("statuses"u8);
        if (statuses.ValueKind == JsonValueKind.Undefined) return;
        Saw("statuses");
        if (statuses.ValueKind != JsonValueKind.Array) PassOver("statuses is no list.");

        foreach (var status in statuses.Items())
        {
            if (status.Get("id"u8).Id() is not { } id)
            {
                PassOver("A status has no id.");
                continue;
            }
            // "deleted" and "warning" are old and ask for nothing; a voice message that was played was also read.
            var step = status.Get("status"u8).Text() switch
            {
                "sent" => "sent",
                "delivered" => "delivered",
                "read" or "played" => "read",
                "failed" => "failed",
                _ => null,
            };
            if (step is null) continue;

            var failure = step == "failed" ? MetaErrors.OfStatus(status.Get("errors"u8)) : null;
            var at = status.Get("timestamp"u8).Time() ?? TimeOf(entry);
            events.Add(new StatusChanged(AccountOf(value), id, step, at, status.Get("biz_opaque_callback_data"u8).Text(), failure));
        }
    }

    /// <summary>Routes the event. Without one it is "": no account of ours, so the journal shows it as not applied.</summary>
    static string AccountOf(JsonElement value) => value.Get("metadata"u8).Get("phone_number_id"u8).Id() ?? "";

    /// <summary>For an item without a usable time. The same bytes must give the same events, so the clock is no answer.</summary>
    static DateTimeOffset TimeOf(JsonElement entry) => entry.Get("time"u8).Time() ?? DateTimeOffset.UnixEpoch;

    void Saw(string kind)
    {
        if (!kinds.Contains(kind) && kinds.Count < 20) kinds.Add(kind);
    }

    void PassOver(string why) => error ??= why;

    static string Short(string kind) => kind.Length <= LongestKind ? kind : StorableText.Clean(kind[..LongestKind]);
}
