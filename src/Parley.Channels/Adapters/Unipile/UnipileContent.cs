using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>What a message carries, as REST and webhooks both write it: its type among ours, the words, the files.</summary>
/// <param name="Metadata">In our own words, per the table in this folder's README.</param>
internal sealed record UnipileContent(string Type, string? Words, JsonObject? Metadata, IReadOnlyList<AttachmentReference> Attachments)
{
    /// <summary>The message_type of all but invitations and InMail.</summary>
    public const string UsualType = "MESSAGE";

    static readonly UnipileContent Nothing = new("text", null, null, []);

    public static UnipileContent Read(string messageId, string? text, JsonElement attachments, bool isEvent, long? eventType, string? messageType, string? subject)
    {
        if (string.IsNullOrWhiteSpace(text)) text = null;
        if (isEvent) return new("event", text ?? EventWords(eventType), new() { ["event_type"] = eventType }, []);

        var metadata = new JsonObject();
        if (messageType is not (null or UsualType)) metadata["message_type"] = messageType.ToLowerInvariant();
        if (subject is not null) metadata["subject"] = subject;

        var files = new List<AttachmentReference>();
        string? type = null;
        string? link = null;
        foreach (var attachment in attachments.Several())
        {
            if (Kind(attachment) is { } kind)
            {
                type ??= kind;
                files.Add(File(messageId, kind, attachment));
                Describe(attachment, metadata);
            }
            else if (attachment.Get("type"u8).Words() is { } other)
            {
                // A shared post, a meeting, or what Unipile invents tomorrow: the words or the address are what a person can use.
                link ??= Link(attachment);
                if (!metadata.ContainsKey("shared")) metadata["shared"] = Link(attachment) is { } url ? new() { ["type"] = other, ["url"] = url } : new JsonObject { ["type"] = other };
                if (other == "video_meeting") metadata.Keep("starts_at", attachment.Get("starts_at"u8));
            }
        }

        type ??= text is null && link is null ? null : "text";
        if (type is not null) return new(type, text ?? link, metadata.OrNull(), files);
        if (metadata.Count == 0) return Nothing with { Type = "unsupported" };
        return new(metadata.ContainsKey("subject") ? "text" : "unsupported", subject, metadata, []);
    }

    static string? Kind(JsonElement attachment) => attachment.Get("type"u8).Text() switch
    {
        "img" or "image" => attachment.Get("sticker"u8).Flag() ? "sticker" : "image",
        "video" => "video",
        "audio" => "audio",
        "file" or "doc" or "document" => "document",
        _ => null,
    };

    /// <summary>Named by message and attachment, the two that its address takes. Without a name it is gone, and the fetch says so.</summary>
    static AttachmentReference File(string messageId, string kind, JsonElement attachment) => new(
        kind,
        attachment.Get("id"u8).Id() is { } id && !attachment.Get("unavailable"u8).Flag() ? UnipileMedia.Name(messageId, id) : null,
        Url: null,   // short-lived, or "att://…" that nobody can open
        attachment.Get("mimetype"u8).Words() ?? attachment.Get("mime_type"u8).Words(),
        attachment.Get("file_name"u8).Words(),
        Sha256: null,
        attachment.Get("file_size"u8).Whole() is > 0 and var size ? size : null);

    static void Describe(JsonElement attachment, JsonObject metadata)
    {
        if (attachment.Get("voice_note"u8).Flag()) metadata["voice"] = true;
        if (attachment.Get("gif"u8).Flag()) metadata["gif"] = true;
        if (attachment.Get("duration"u8).Whole() is > 0 and var duration) metadata["duration"] = duration;
        if (attachment.Get("unavailable"u8).Flag()) metadata["unavailable"] = true;
    }

    static string? Link(JsonElement attachment) =>
        attachment.Get("url"u8).Words() is { } url && (url.StartsWith("https://", StringComparison.Ordinal) || url.StartsWith("http://", StringComparison.Ordinal)) ? url : null;

    static string EventWords(long? type) => type switch
    {
        1 or 2 => "Somebody reacted to a message.",
        3 => "The group was created.",
        4 => "The group's subject changed.",
        5 => "Somebody was added to the group.",
        6 => "Somebody was removed from the group.",
        7 => "Somebody left the group.",
        8 => "Missed voice call.",
        9 => "Missed video call.",
        _ => "Something happened in this chat.",
    };

    /// <summary>Attachments as given, without the addresses, which do not last and which nobody else may open.</summary>
    public static JsonArray? Given(JsonElement attachments)
    {
        var given = new JsonArray();
        foreach (var attachment in attachments.Several())
        {
            if (!attachment.IsObject()) continue;
            var kept = new JsonObject();
            foreach (var member in attachment.EnumerateObject())
                if (StorableText.FromJson(JsonMarshal.GetRawUtf8PropertyName(member)) is not ("url" or "url_expires_at") and var name) kept.Keep(name, member.Value);
            given.Add(kept);
        }
        return given.Count == 0 ? null : given;
    }
}
