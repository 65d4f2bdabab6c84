using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Writes a message in Meta's words.</summary>
internal static class MetaMessageBody
{
    static readonly string[] WithCaption = ["image", "video", "document"];
    static readonly string[] FromPayload = ["image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "template"];

    /// <summary>The request's body, or why there is none to send.</summary>
    public static (JsonObject? Body, SendFailure? Failure) Write(OutboundMessage message)
    {
        if (message.To.Length == 0 || message.To == MetaPeople.Unknown)
            return (null, SendFailure.RecipientUnreachable.From(null, "WhatsApp did not tell us who this is."));
        var (content, failure) = ContentOf(message);
        if (failure is not null) return (null, failure);

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

    static (JsonNode? Content, SendFailure? Failure) ContentOf(OutboundMessage message)
    {
        if (message.Type == "text")
            return string.IsNullOrWhiteSpace(message.Content)
                ? Invalid("The text is empty.")
                : (new JsonObject { ["body"] = StorableText.Clean(message.Content), ["preview_url"] = false }, null);

        // The payload is the type's object itself, or wrapped under the type's name (contacts are a list, so they must be).
        var payload = message.Payload is { } given && given.TryGetPropertyValue(message.Type, out var wrapped) ? wrapped : message.Payload;
        if (message.Type == "reaction") return ReactionOf(message, payload as JsonObject);
        if (!FromPayload.Contains(message.Type)) return (null, SendFailure.Unsupported);
        if (payload is null) return Invalid($"A message of type {message.Type} needs its payload.");

        var content = payload.DeepClone();
        if (WithCaption.Contains(message.Type) && content is JsonObject media && !media.ContainsKey("caption") && !string.IsNullOrEmpty(message.Content))
            media["caption"] = StorableText.Clean(message.Content);
        return (content, null);
    }

    /// <summary>The reacted-to message and the emoji from the payload, or as reply and content; no emoji takes the reaction back.</summary>
    static (JsonNode? Content, SendFailure? Failure) ReactionOf(OutboundMessage message, JsonObject? payload)
    {
        var target = payload?["message_id"]?.ToString() ?? message.ReplyToExternalId;
        return target is null
            ? Invalid("A reaction needs the message it is about.")
            : (new JsonObject { ["message_id"] = target, ["emoji"] = payload?["emoji"]?.ToString() ?? message.Content ?? "" }, null);
    }

    static (JsonNode?, SendFailure) Invalid(string why) => (null, SendFailure.ContentInvalid.From(null, why));
}
