using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Writes a message in Meta's words, and knows what Meta does not take.</summary>
internal static class MetaMessageBody
{
    const int LongestText = 4096;
    const int LongestCaption = 1024;

    /// <summary>The request's body, or why there is none to send.</summary>
    /// <param name="isDraft">True while a file it carries need not be with Meta yet.</param>
    public static (JsonObject? Body, SendFailure? Failure) Write(OutboundMessage message, bool isDraft = false)
    {
        if (message.To.Length == 0 || message.To == MetaPeople.Unknown)
            return (null, SendFailure.RecipientUnreachable.From(null, "WhatsApp did not tell us who this is."));
        JsonNode? content;
        try { content = ContentOf(message, isDraft); }
        catch (ContentException wrong) { return (null, SendFailure.ContentInvalid.From(null, wrong.Message)); }
        if (content is null) return (null, SendFailure.Unsupported);

        var body = new JsonObject
        {
            ["messaging_product"] = "whatsapp",
            ["recipient_type"] = message.ToIsGroup ? "group" : "individual",
            [IsAddress(message) ? "to" : "recipient"] = message.ToIsGroup ? message.To : message.To.TrimStart('+'),
            ["type"] = message.Type,
            [message.Type] = content,
            // Echoed in every status: how an attempt whose answer was lost is found again.
            ["biz_opaque_callback_data"] = message.Reference,
        };
        if (message.ReplyToExternalId is { } answered && message.Type != "reaction")
            body["context"] = new JsonObject { ["message_id"] = answered };
        return (body, null);
    }

    // Numbers and groups have an address; a business-scoped id has a field of its own since May 2026.
    static bool IsAddress(OutboundMessage message) => message.ToIsGroup || MetaPeople.Handle(message.To)![0] == '+';

    static JsonNode? ContentOf(OutboundMessage message, bool isDraft) => message.Type switch
    {
        "text" => new JsonObject { ["body"] = Words(message.Content, LongestText, "The text"), ["preview_url"] = false },
        "image" or "video" or "audio" or "document" or "sticker" => Media(message, isDraft),
        "location" => Location(message),
        "contacts" => Contacts(message),
        "interactive" => MetaInteractiveBody.Write(Payloads.Read<Interactive>(message.Payload), message.Content),
        "template" => MetaTemplateBody.Write(
            Payloads.Read<FilledTemplate>(message.Payload) ?? throw new ContentException("A template needs its name and language."), message.Media, isDraft),
        "reaction" => Reaction(message),
        _ => null,
    };

    static JsonObject Media(OutboundMessage message, bool isDraft)
    {
        var media = new JsonObject();
        if (message.Media is { } file) media["id"] = file.ProviderId;
        else if (message.Payload?["link"] is JsonValue link) media["link"] = link.ToString();
        else if (!isDraft) throw new ContentException($"A message of type {message.Type} needs a file.");
        if (message.Type == "document" && (message.Media?.FileName ?? message.Payload?["file_name"]?.ToString()) is { Length: > 0 } name)
            media["filename"] = StorableText.Clean(name);
        if (string.IsNullOrEmpty(message.Content)) return media;
        if (message.Type is "audio" or "sticker") throw new ContentException($"WhatsApp shows no words beside {(message.Type == "audio" ? "an audio file" : "a sticker")}. Send them as a message of their own.");
        media["caption"] = Words(message.Content, LongestCaption, "The caption");
        return media;
    }

    static JsonObject Location(OutboundMessage message)
    {
        if (Payloads.Read<FilledLocation>(message.Payload) is not { Latitude: >= -90 and <= 90, Longitude: >= -180 and <= 180 } place || message.Payload!["latitude"] is null)
            throw new ContentException("A location needs latitude (-90 to 90) and longitude (-180 to 180).");
        return Payloads.Write(place);
    }

    static JsonArray Contacts(OutboundMessage message)
    {
        if (message.Payload?["contacts"] is not JsonArray { Count: > 0 } contacts) throw new ContentException("At least one contact is needed.");
        foreach (var contact in contacts)
            if ((contact as JsonObject)?["name"] is not JsonObject name || name["formatted_name"] is not JsonValue)
                throw new ContentException("Each contact needs name.formatted_name.");
        return contacts.DeepClone().AsArray();
    }

    /// <summary>The reacted-to message and the emoji from the payload, or as reply and content; no emoji takes the reaction back.</summary>
    static JsonObject Reaction(OutboundMessage message) => new()
    {
        ["message_id"] = message.Payload?["message_id"]?.ToString() ?? message.ReplyToExternalId ?? throw new ContentException("A reaction needs the message it is about."),
        ["emoji"] = message.Payload?["emoji"]?.ToString() ?? message.Content ?? "",
    };

    internal static string Words(string? text, int most, string what) =>
        string.IsNullOrWhiteSpace(text) ? throw new ContentException($"{what} is empty.")
        : text.Length > most ? throw new ContentException($"{what} has {text.Length:N0} characters; WhatsApp takes {most:N0}.")
        : StorableText.Clean(text);
}
