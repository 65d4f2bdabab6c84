using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Reads one message that a person wrote. Twilio gives no time: it came when it came.</summary>
internal static class TwilioMessageReader
{
    const int MostFiles = 100;   // Twilio's limit is 10

    // What the message's own columns hold, and what says nothing about it.
    static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "MessagingServiceSid", "ApiVersion", "SmsStatus", "MessageStatus", "From", "To", "Body", "NumMedia", "NumSegments",
        "FromCity", "FromState", "FromZip", "FromCountry", "ToCity", "ToState", "ToZip", "ToCountry", "ProfileName", "WaId", "ExternalUserId", "MessageType", "Forwarded", "FrequentlyForwarded",
        "ButtonText", "ButtonPayload", "ButtonType", "ListId", "ListTitle", "InteractiveData", "FlowData", "OriginalRepliedMessageSid", "OriginalRepliedMessageSender",
        "Latitude", "Longitude", "Address", "Label", "OptOutType", "ReferralNumMedia",
    };

    public static MessageReceived Read(TwilioForm form, string sid)
    {
        var files = Files(form);
        var (type, content, metadata) = Classify(form, files);
        foreach (var (name, value) in Surroundings(form)) metadata[name] = value;
        return new(form.Text("To") ?? "")
        {
            ExternalId = sid,
            With = Writer(form),
            SentAt = DateTimeOffset.UnixEpoch,
            Type = type,
            Content = content,
            Metadata = metadata.Count == 0 ? null : metadata,
            Attachments = files,
            ReplyToExternalId = form.Id("OriginalRepliedMessageSid"),
        };
    }

    /// <summary>The number is the handle; WhatsApp's own id of a person, and the number as WhatsApp knows it, may stand beside it.</summary>
    static Correspondent Writer(TwilioForm form)
    {
        var waId = form.Text("WaId") is { } digits && digits.All(char.IsAsciiDigit) ? TwilioAddresses.Handle(digits) : null;
        string[] handles = [.. new[] { TwilioAddresses.Handle(form.Text("From")), waId, TwilioAddresses.Handle(form.Text("ExternalUserId")) }.OfType<string>().Distinct()];
        return new(handles.FirstOrDefault() ?? TwilioAddresses.Unknown, [.. handles.Skip(1)], form.Text("ProfileName"));
    }

    static List<AttachmentReference> Files(TwilioForm form)
    {
        var files = new List<AttachmentReference>();
        if (!int.TryParse(form.Text("NumMedia"), NumberStyles.None, CultureInfo.InvariantCulture, out var count)) return files;
        for (var n = 0; n < Math.Min(count, MostFiles); n++)
        {
            if (form.Text($"MediaUrl{n}") is not { } url) continue;
            var type = form.Text($"MediaContentType{n}");
            files.Add(new(Kind(type, form.Text("MessageType")), null, url, type, null, null, null));
        }
        return files;
    }

    /// <summary>image, video, audio, sticker or document.</summary>
    public static string Kind(string? mimeType, string? messageType) => mimeType?.Split('/')[0].ToLowerInvariant() switch
    {
        "image" => messageType == "sticker" ? "sticker" : "image",
        "video" => "video",
        "audio" => "audio",
        _ => "document",
    };

    static (string Type, string? Content, JsonObject Metadata) Classify(TwilioForm form, List<AttachmentReference> files)
    {
        var body = form.Text("Body");
        if (form.Text("Latitude") is { } latitude && form.Text("Longitude") is { } longitude)
            return ("location", form.Text("Label") ?? form.Text("Address") ?? body, Members(("latitude", Number(latitude)), ("longitude", Number(longitude)), ("name", form.Text("Label")), ("address", form.Text("Address"))));
        if (form.Text("ButtonText") is not null || form.Text("ButtonPayload") is not null)
            return ("interactive", form.Text("ButtonText") ?? body, Members(("kind", "button"), ("text", form.Text("ButtonText")), ("payload", form.Text("ButtonPayload")), ("button_type", form.Text("ButtonType"))));
        if (form.Text("ListId") is not null || form.Text("ListTitle") is not null)
            return ("interactive", form.Text("ListTitle") ?? body, Members(("kind", "list_reply"), ("id", form.Text("ListId")), ("title", form.Text("ListTitle"))));
        if ((form.Text("FlowData") ?? form.Text("InteractiveData")) is { } data)
            return ("interactive", body, Members(("kind", form.Text("FlowData") is null ? "interactive" : "flow"), ("data", Json(data))));
        if (files.Count > 0) return (files[0].Kind, body, []);
        if (body is not null) return ("text", body, []);
        return ("unsupported", null, Members(("type", form.Text("MessageType"))));
    }

    /// <summary>What may accompany a message of any type, and every field that is new to us.</summary>
    static IEnumerable<(string Name, JsonNode? Value)> Surroundings(TwilioForm form)
    {
        if (form.IsTrue("Forwarded")) yield return ("forwarded", true);
        if (form.IsTrue("FrequentlyForwarded")) yield return ("frequently_forwarded", true);
        if (TwilioOptOut.Of(form.Text("OptOutType"), form.Text("From"), form.Text("Body")) is { } word) yield return ("opt_out", word);
        var (referral, others) = (new JsonObject(), new JsonObject());
        foreach (var (given, value) in form.Fields)
        {
            if (value.Length == 0 || given.Length == 0 || Known.Contains(given) || IsMedia(given)) continue;
            var name = StorableText.Clean(given);
            if (name.StartsWith("Referral", StringComparison.Ordinal) && name.Length > 8) referral[JsonNamingPolicy.SnakeCaseLower.ConvertName(name[8..])] = StorableText.Clean(value);
            else others[name] = StorableText.Clean(value);
        }
        if (referral.Count > 0) yield return ("referral", referral);
        if (others.Count > 0) yield return ("other", others);
    }

    static bool IsMedia(string name) => name.StartsWith("MediaUrl", StringComparison.Ordinal) || name.StartsWith("MediaContentType", StringComparison.Ordinal);

    static JsonObject Members(params (string Name, JsonNode? Value)[] members)
    {
        var made = new JsonObject();
        foreach (var (name, value) in members)
            if (value is not null) made[name] = value;
        return made;
    }

    static JsonNode Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(text);

    static JsonNode? Json(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Copy();
        }
        catch (JsonException) { return text; }
    }
}
