using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Reads what Unipile posts. Flat objects, one event each: "event" says which, except for an account's status, which
/// is told apart by its "AccountStatus". Names and types differ from the REST API's.</summary>
internal sealed class UnipileWebhookReader
{
    const int LongestKind = 200;

    readonly JsonElement hook;
    readonly string accountId;
    readonly string channel;
    readonly string? threadId;
    readonly string? messageId;
    readonly DateTimeOffset at;
    readonly bool isOurs;

    public static WebhookContent Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body);
            var root = document.RootElement;
            if (!root.IsObject()) return WebhookContent.Unreadable("The body is no JSON object.");
            if (root.Get("AccountStatus"u8) is { ValueKind: JsonValueKind.Object } status) return ReadStatus(status);
            if (root.Get("event"u8).Words() is not { } name) return WebhookContent.Unreadable("The body names no event.");
            return name.StartsWith("message_", StringComparison.Ordinal) ? new UnipileWebhookReader(root).ReadMessageEvent(name) : new(Short(name), []);
        }
        catch (JsonException failure)
        {
            return WebhookContent.Unreadable($"Not JSON: {StorableText.Clean(failure.Message)}");
        }
    }

    static WebhookContent ReadStatus(JsonElement status)
    {
        const string kind = "account_status";
        if (status.Get("message"u8).Words() is not { } said) return new(kind, [], "The account's status says nothing.");
        return UnipileAccounts.Health(said.ToUpperInvariant()) is var (health, words, mayHaveMissed)
            ? new(kind, [new AccountChanged(status.Get("account_id"u8).Id() ?? "", health, words, mayHaveMissed)])
            : new(kind, [], $"The status {Short(said)} is new to us.");
    }

    UnipileWebhookReader(JsonElement hook)
    {
        this.hook = hook;
        accountId = hook.Get("account_id"u8).Id() ?? "";
        channel = UnipileAccounts.ChannelOf(hook.Get("account_type"u8).Text() ?? hook.Get("account_info"u8).Get("type"u8).Text()) ?? "";
        threadId = hook.Get("chat_id"u8).Id();
        messageId = hook.Get("message_id"u8).FirstId();
        // The clock would make the same bytes give different events.
        at = hook.Get("timestamp"u8).When() ?? DateTimeOffset.UnixEpoch;
        isOurs = hook.Get("is_sender"u8).Said() ?? (OwnId is { } own && own == WriterId);
    }

    string? OwnId => hook.Get("account_info"u8).Get("user_id"u8).Id();

    string? WriterId => hook.Get("sender"u8).Get("attendee_provider_id"u8).Id();

    WebhookContent ReadMessageEvent(string name)
    {
        if (name == "message_received") return new(name, [Received()]);
        if (messageId is null) return new(Short(name), [], "It does not say which message.");

        // Only the event's name is sure; the shapes of these bodies are unpublished, and their time may be the message's own,
        // which a second change would repeat. So what they say counts at once, and the message is read again.
        var touched = new MessageTouched(accountId, messageId, threadId, at);
        return name switch
        {
            "message_delivered" => new(name, isOurs ? [new StatusChanged(accountId, messageId, "delivered", at, null, null)] : []),
            "message_read" => new(name, ReadBySomeone(touched)),
            "message_edited" => new(name, hook.Get("message"u8).Words() is { } text ? [new MessageEdited(accountId, messageId, text, at), touched] : [touched]),
            "message_deleted" => new(name, [new MessageDeleted(accountId, messageId, at)]),
            "message_reaction" => new(name, Reaction() is { } reaction ? [reaction, touched] : [touched]),
            _ => new(Short(name), [touched]),
        };
    }

    MessageReceived Received()
    {
        var id = messageId ?? DigestOf(hook);
        var content = UnipileContent.Read(
            id, hook.Get("message"u8).Words(), hook.Get("attachments"u8), hook.Get("is_event"u8).Flag(), hook.Get("event_type"u8).Whole(),
            hook.Get("message_type"u8).Words(), hook.Get("subject"u8).Words());
        var (quoted, replyTo) = (hook.Get("quoted"u8), hook.Get("reply_to"u8));
        var with = With();
        return new(accountId)
        {
            ExternalId = id,
            With = with,
            Sender = with.IsGroup && !isOurs ? UnipilePeople.ReadAttendee(hook.Get("sender"u8), channel) ?? Nobody : null,
            SentAt = at,
            Type = content.Type,
            Content = content.Words,
            Metadata = UnipileMessageReader.Forwarded(content.Metadata, hook.Get("is_forwarded"u8)),
            Attachments = content.Attachments,
            ReplyToExternalId = replyTo.Get("id"u8).Id() ?? quoted.Get("message_id"u8).Id(),
            ReplyToNetworkId = replyTo.Get("provider_id"u8).Id() ?? quoted.Get("provider_id"u8).Id(),
            IsEcho = isOurs,
            ThreadId = threadId,
            ThreadNetworkId = hook.Get("provider_chat_id"u8).Id(),
            NetworkId = hook.Get("provider_message_id"u8).Id(),
            IsHidden = hook.Get("hidden"u8).Flag(),
            IsDeleted = hook.Get("deleted"u8).Flag(),
            IsEdited = hook.Get("edited"u8).Flag(),
            Details = Details(),
        };
    }

    static Correspondent Nobody => new(UnipilePeople.Unknown, [], null);

    // Never seen. A repeated delivery has the same bytes, so it is still recognised.
    static string DigestOf(JsonElement hook) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(hook)))}";

    Correspondent With()
    {
        if (hook.Get("is_group"u8).Flag())
            return new(hook.Get("provider_chat_id"u8).Id() ?? threadId ?? UnipilePeople.Unknown, [], hook.Get("chat_name"u8).Words() ?? hook.Get("subject"u8).Words(), IsGroup: true);
        if (!isOurs && UnipilePeople.ReadAttendee(hook.Get("sender"u8), channel) is { } writer) return writer;
        foreach (var attendee in hook.Get("attendees"u8).Several())
            if (attendee.Get("attendee_provider_id"u8).Id() is { } id && id != OwnId && (!isOurs || id != WriterId) && UnipilePeople.ReadAttendee(attendee, channel) is { } other) return other;
        return Nobody;
    }

    /// <summary>The same members under the names that the REST API gives them.</summary>
    JsonObject Details()
    {
        var details = new JsonObject();
        details.Keep("sender_id", hook.Get("sender"u8).Get("attendee_provider_id"u8));
        details.Keep("sender_attendee_id", hook.Get("sender"u8).Get("attendee_id"u8));
        details.Keep("chat_provider_id", hook.Get("provider_chat_id"u8));
        details.Keep("subject", hook.Get("subject"u8));
        if (hook.Get("message_type"u8).Text() != UnipileContent.UsualType) details.Keep("message_type", hook.Get("message_type"u8));
        details.Keep("event_type", hook.Get("event_type"u8));
        details.Keep("quoted", hook.Get("quoted"u8));
        details.Keep("reply_to", hook.Get("reply_to"u8));
        if (UnipileContent.Given(hook.Get("attachments"u8)) is { } attachments) details["attachments"] = attachments;
        return details;
    }

    List<ChannelEvent> ReadBySomeone(MessageTouched touched)
    {
        // Read by our own side, in the network's app.
        if (!isOurs) return threadId is null ? [] : [new ThreadRead(accountId, threadId, messageId, at)];

        var events = new List<ChannelEvent> { new StatusChanged(accountId, messageId!, "read", at, null, null) };
        var readers = Readers(hook.Get("read_by"u8));
        // Between two people nobody else can have read it.
        if (readers.Count == 0 && !hook.Get("is_group"u8).Flag() && With() is { Handle: not UnipilePeople.Unknown } other) readers = [new(other.Handle, null)];
        events.Add(readers.Count == 0 ? touched : new MessageSeen(accountId, messageId!, threadId, readers));
        return events;
    }

    /// <summary>Unpublished: an id, a person, a list of either, or the map that REST calls seen_by.</summary>
    List<SeenBy> Readers(JsonElement readBy)
    {
        if (readBy.IsObject() && readBy.Get("attendee_provider_id"u8).Id() is null) return [.. UnipileMessageReader.Readers(readBy, channel) ?? []];
        var readers = new List<SeenBy>();
        foreach (var reader in readBy.ValueKind == JsonValueKind.String ? [readBy] : readBy.Several())
            if ((UnipilePeople.ReadAttendee(reader, channel)?.Handle ?? UnipilePeople.Handle(channel, reader.Id())) is { } handle) readers.Add(new(handle, null));
        return readers;
    }

    ReactionChanged? Reaction()
    {
        var reaction = hook.Get("reaction"u8);
        if (reaction.ValueKind == JsonValueKind.Undefined) return null;
        var person = UnipilePeople.ReadAttendee(hook.Get("reaction_sender"u8), channel);
        return person is null ? null : new(accountId, messageId!, person.Handle, reaction.Words() ?? reaction.Get("value"u8).Words(), at);
    }

    static string Short(string kind) => kind.Length <= LongestKind ? kind : StorableText.Clean(kind[..LongestKind]);
}
