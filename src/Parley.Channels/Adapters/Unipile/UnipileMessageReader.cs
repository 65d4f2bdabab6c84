using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Reads messages of the REST API, one after another of the same chat. Webhooks write the same facts in other words:
/// <see cref="UnipileWebhookReader"/>.</summary>
internal sealed class UnipileMessageReader(ChannelAccount account, Correspondent with, IReadOnlyDictionary<string, Correspondent>? people)
{
    enum Name
    {
        Id, ChatId, ProviderId, ChatProviderId, SenderId, SenderAttendeeId, Text, Subject, Timestamp, IsSender, Attachments, Reactions, Seen, SeenBy,
        Delivered, Hidden, Deleted, Edited, IsEvent, EventType, Behavior, Quoted, ReplyTo, Parent, MessageType, IsForwarded,
    }

    readonly MembersOf<Name> members = new();

    /// <summary>Null for what has no id or no time.</summary>
    public MessageReceived? Read(JsonElement message)
    {
        members.Read(message);
        if (members[Name.Id].Id() is not { } id || members[Name.Timestamp].When() is not { } at) return null;

        var isOurs = members[Name.IsSender].Flag();
        var content = UnipileContent.Read(
            id, members[Name.Text].Words(), members[Name.Attachments], members[Name.IsEvent].Flag(), members[Name.EventType].Whole(),
            members[Name.MessageType].Words(), members[Name.Subject].Words());
        var (quoted, replyTo) = (members[Name.Quoted], members[Name.ReplyTo]);
        return new(account.ExternalId)
        {
            ExternalId = id,
            With = with,
            Sender = with.IsGroup && !isOurs ? Writer(members[Name.SenderId].Id()) : null,
            SentAt = at,
            Type = members[Name.Deleted].Flag() && content.Type == "unsupported" ? "text" : content.Type,   // nothing is left of it to understand
            Content = content.Words,
            Metadata = Forwarded(content.Metadata, members[Name.IsForwarded]),
            Attachments = content.Attachments,
            ReplyToExternalId = replyTo.Get("id"u8).Id() ?? quoted.Get("message_id"u8).Id(),
            ReplyToNetworkId = replyTo.Get("provider_id"u8).Id() ?? quoted.Get("provider_id"u8).Id(),
            IsEcho = isOurs,
            ThreadId = members[Name.ChatId].Id(),
            NetworkId = members[Name.ProviderId].Id(),
            SeenBy = Readers(members[Name.SeenBy], account.Channel),
            Reactions = Reactions(members[Name.Reactions], account.Channel),
            IsSeen = members[Name.Seen].Said(),
            IsDelivered = members[Name.Delivered].Said(),
            IsEdited = members[Name.Edited].Flag(),
            IsDeleted = members[Name.Deleted].Flag(),
            IsHidden = members[Name.Hidden].Flag(),
            Details = Details(),
        };
    }

    Correspondent Writer(string? senderId) =>
        senderId is not null && people?.GetValueOrDefault(senderId) is { } known ? known
        : UnipilePeople.Find(account.Channel, senderId) ?? new(UnipilePeople.Unknown, [], null);

    public static JsonObject? Forwarded(JsonObject? metadata, JsonElement isForwarded)
    {
        if (!isForwarded.Flag()) return metadata;
        (metadata ??= [])["forwarded"] = true;
        return metadata;
    }

    /// <summary>{"provider id": true, false or a time}; those who have not read it are left out.</summary>
    public static IReadOnlyList<SeenBy>? Readers(JsonElement seenBy, string channel)
    {
        if (!seenBy.IsObject()) return null;
        var readers = new List<SeenBy>();
        foreach (var reader in seenBy.EnumerateObject())
        {
            var at = reader.Value.ValueKind == JsonValueKind.String || reader.Value.Whole() > 1 ? reader.Value.When() : null;
            if (at is null && !reader.Value.Flag()) continue;
            if (UnipilePeople.Handle(channel, StorableText.Id(StorableText.FromJson(JsonMarshal.GetRawUtf8PropertyName(reader)))) is { } handle)
                readers.Add(new(handle, at));
        }
        return readers;
    }

    static IReadOnlyList<MessageReaction>? Reactions(JsonElement reactions, string channel)
    {
        if (reactions.ValueKind != JsonValueKind.Array) return null;
        if (reactions.GetArrayLength() == 0) return [];
        var given = new List<MessageReaction>();
        foreach (var reaction in reactions.EnumerateArray())
            if (reaction.Get("value"u8).Words() is { } emoji && UnipilePeople.Handle(channel, reaction.Get("sender_id"u8).Id()) is { } handle)
                given.Add(new(handle, emoji, reaction.Get("is_sender"u8).Flag()));
        return given;
    }

    // "original" is the network's raw data, some kilobytes for WhatsApp: left out.
    JsonObject Details()
    {
        var details = new JsonObject();
        details.Keep("sender_id", members[Name.SenderId]);
        details.Keep("sender_attendee_id", members[Name.SenderAttendeeId]);
        details.Keep("chat_provider_id", members[Name.ChatProviderId]);
        details.Keep("subject", members[Name.Subject]);
        if (members[Name.MessageType].Text() != UnipileContent.UsualType) details.Keep("message_type", members[Name.MessageType]);
        details.Keep("event_type", members[Name.EventType]);
        details.Keep("behavior", members[Name.Behavior]);
        details.Keep("parent", members[Name.Parent]);
        details.Keep("quoted", members[Name.Quoted]);
        details.Keep("reply_to", members[Name.ReplyTo]);
        if (UnipileContent.Given(members[Name.Attachments]) is { } attachments) details["attachments"] = attachments;
        return details;
    }
}
