using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Everything as REST writes it: 0 and 1 for most claims, true and false for a few, and members that no documentation has.</summary>
internal static class UnipileJson
{
    public static void List<T>(Utf8JsonWriter json, string tag, IEnumerable<T> items, Action<Utf8JsonWriter, T> write, string? cursor, Action<Utf8JsonWriter>? more = null)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, tag);
        json.WriteStartArray("items"u8);
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
        json.WriteString("cursor"u8, cursor);
        more?.Invoke(json);
        json.WriteEndObject();
    }

    public static void Account(Utf8JsonWriter json, UnipileAccount account)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "Account"u8);
        json.WriteString("id"u8, account.Id);
        json.WriteString("type"u8, account.Type);
        json.WriteString("name"u8, account.Name);
        Time(json, "created_at"u8, account.CreatedAt.ToUnixTimeMilliseconds());
        json.WritePropertyName("connection_params"u8);
        new JsonObject { ["im"] = ConnectionOf(account) }.WriteTo(json);
        json.WriteStartArray("sources"u8);
        json.WriteStartObject();
        json.WriteString("id"u8, account.Id + "_MESSAGING");
        json.WriteString("status"u8, account.Status);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartArray("groups"u8);
        json.WriteEndArray();
        json.WriteBoolean("is_emulated"u8, true);
        json.WriteEndObject();
    }

    public static void Chat(Utf8JsonWriter json, UnipileChat chat) => Chat(json, chat, withLast: false);

    public static void Chat(Utf8JsonWriter json, UnipileChat chat, bool withLast) => Chat(json, chat, chat.State, withLast);

    static void Chat(Utf8JsonWriter json, UnipileChat chat, UnipileChatState state, bool withLast)
    {
        if (state.Extra is { } extra)
        {
            Overruled(json, extra, inner => Chat(inner, chat, state with { Extra = null }, withLast));
            return;
        }
        json.WriteStartObject();
        json.WriteString("object"u8, "Chat"u8);
        json.WriteString("id"u8, chat.Id);
        json.WriteString("account_id"u8, chat.Account.Id);
        json.WriteString("account_type"u8, chat.Account.Type);
        json.WriteString("provider_id"u8, chat.ProviderId);
        if (chat.Type == 0 && chat.People is [var other, ..])
        {
            json.WriteString("attendee_provider_id"u8, other.ProviderId);
            if (other.PublicIdentifier is not null) json.WriteString("attendee_public_identifier"u8, other.PublicIdentifier);
        }
        json.WriteString("name"u8, state.Name);
        json.WriteNumber("type"u8, chat.Type);
        Time(json, "timestamp"u8, state.At);
        json.WriteNumber("unread_count"u8, state.Unread);
        json.WriteNumber("unread"u8, state.Unread > 0 ? 1 : 0);
        json.WriteNumber("archived"u8, state.Archived ? 1 : 0);
        if (state.MutedUntil == -1) json.WriteNumber("muted_until"u8, -1);
        else Time(json, "muted_until"u8, state.MutedUntil);
        json.WriteNumber("read_only"u8, state.ReadOnly);
        json.WriteNumber("pinned"u8, state.Pinned ? 1 : 0);
        json.WriteStartArray("disabledFeatures"u8);
        if (chat.Account.Type == "INSTAGRAM") json.WriteStringValue("reactions"u8);
        json.WriteEndArray();
        json.WriteStartArray("folder"u8);
        foreach (var folder in state.Folders) json.WriteStringValue(folder);
        json.WriteEndArray();
        json.WriteNull("content_type"u8);
        json.WriteNull("smart_label"u8);   // in no documentation
        if (withLast)
        {
            json.WritePropertyName("lastMessage"u8);
            if (chat.Newest() is { } newest) Message(json, newest);
            else json.WriteNullValue();
        }
        json.WriteEndObject();
    }

    public static void Message(Utf8JsonWriter json, UnipileMessage message)
    {
        if (message.Extra is { } extra)
        {
            Overruled(json, extra, inner => Message(inner, message with { Extra = null }));
            return;
        }
        var chat = message.Chat;
        json.WriteStartObject();
        json.WriteString("object"u8, "Message"u8);
        json.WriteString("id"u8, message.Id);
        json.WriteString("account_id"u8, chat.Account.Id);
        json.WriteString("chat_id"u8, chat.Id);
        json.WriteString("chat_provider_id"u8, chat.ProviderId);
        json.WriteString("provider_id"u8, message.ProviderId);
        json.WriteString("sender_id"u8, message.Sender.ProviderId);
        json.WriteString("sender_attendee_id"u8, message.Sender.Id);
        json.WriteString("text"u8, message.Text);
        json.WriteNull("subject"u8);
        Time(json, "timestamp"u8, message.At);
        json.WriteNumber("is_sender"u8, message.IsSender ? 1 : 0);
        Attachments(json, "attachments"u8, message);
        json.WriteStartArray("reactions"u8);
        foreach (var reaction in message.Reactions)
        {
            json.WriteStartObject();
            json.WriteString("value"u8, reaction.Value);
            json.WriteString("sender_id"u8, reaction.SenderId);
            json.WriteBoolean("is_sender"u8, reaction.IsSender);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("seen"u8, message.Seen ? 1 : 0);
        json.WriteStartObject("seen_by"u8);
        foreach (var (person, at) in message.SeenBy)
        {
            if (at is { } time) json.WriteString(person, UnipileQuery.Write(time));
            else json.WriteBoolean(person, true);
        }
        json.WriteEndObject();
        json.WriteNumber("delivered"u8, message.Delivered ? 1 : 0);
        json.WriteNumber("hidden"u8, message.Hidden ? 1 : 0);
        json.WriteNumber("deleted"u8, message.Deleted ? 1 : 0);
        json.WriteNumber("edited"u8, message.Edited ? 1 : 0);
        json.WriteNumber("is_event"u8, message.EventType is null ? 0 : 1);
        if (message.EventType is { } eventType) json.WriteNumber("event_type"u8, eventType);
        json.WriteNull("behavior"u8);
        json.WriteString("original"u8, chat.Account.Type == "WHATSAPP" ? $$$"""{"key":{"id":"{{{message.ProviderId}}}"},"status":3}""" : "");
        json.WriteString("message_type"u8, "MESSAGE"u8);
        if (message.Quoted is { } quoted) Quoted(json, quoted);
        if (message.IsForwarded) json.WriteBoolean("is_forwarded"u8, true);
        json.WriteString("client_context"u8, message.ProviderId[^6..]);   // in no documentation
        json.WriteEndObject();
    }

    public static void Person(Utf8JsonWriter json, UnipilePerson person, UnipileAccount account)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "ChatAttendee"u8);
        json.WriteString("id"u8, person.Id);
        json.WriteString("account_id"u8, person.AccountId);
        json.WriteString("provider_id"u8, person.ProviderId);
        json.WriteString("name"u8, person.Name);
        json.WriteNumber("is_self"u8, person.IsSelf ? 1 : 0);
        json.WriteNumber("hidden"u8, 0);
        json.WriteString("picture_url"u8, account.Type == "WHATSAPP" ? $"wapp://{account.Id}/{person.ProviderId}.jpg" : $"https://scontent.example/{person.ProviderId}.jpg");
        if (ProfileUrl(account.Type, person) is { } url) json.WriteString("profile_url"u8, url);
        if (person.PublicIdentifier is not null) json.WriteString("public_identifier"u8, person.PublicIdentifier);
        if (person.Extra?["specifics"] is null && account.Type == "INSTAGRAM")
        {
            json.WritePropertyName("specifics"u8);
            Specifics(account.Type, person).WriteTo(json);
        }
        foreach (var (name, value) in person.Extra ?? [])
        {
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }
        json.WriteEndObject();
    }

    /// <summary>As webhooks have them.</summary>
    public static JsonObject Attendee(UnipilePerson person, UnipileAccount account) => new()
    {
        ["attendee_id"] = person.Id, ["attendee_name"] = person.Name, ["attendee_provider_id"] = person.ProviderId, ["attendee_profile_url"] = ProfileUrl(account.Type, person),
        ["attendee_public_identifier"] = person.PublicIdentifier, ["attendee_specifics"] = Specifics(account.Type, person),
    };

    public static JsonObject JsonOf(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, UnipileAnswer.Writing)) write(json);
        return JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
    }

    public static void Attachments(Utf8JsonWriter json, ReadOnlySpan<byte> name, UnipileMessage message)
    {
        json.WriteStartArray(name);
        foreach (var attachment in message.Attachments) Attachment(json, attachment, message);
        json.WriteEndArray();
    }

    static void Attachment(Utf8JsonWriter json, UnipileAttachment attachment, UnipileMessage message)
    {
        if (attachment.Raw is { } raw)
        {
            raw.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        json.WriteString("id"u8, attachment.Id);
        json.WriteNumber("file_size"u8, attachment.Size);
        json.WriteBoolean("unavailable"u8, attachment.Unavailable);
        if (attachment.MimeType is not null) json.WriteString("mimetype"u8, attachment.MimeType);
        if (!attachment.Unavailable)
        {
            // Nothing that a client of HTTP can open: files come through the message's own route.
            json.WriteString("url"u8, $"att://{message.Chat.Account.Id}/{attachment.Id}");
            json.WriteNumber("url_expires_at"u8, message.At + 86_400_000);
        }
        // The type stands in the middle, where a strict reader of unions stumbles.
        json.WriteString("type"u8, attachment.Type);
        if (attachment.Type is "img" or "video")
        {
            json.WriteStartObject("size"u8);
            json.WriteNumber("width"u8, attachment.Width);
            json.WriteNumber("height"u8, attachment.Height);
            json.WriteEndObject();
            json.WriteBoolean(attachment.Type == "img" ? "sticker"u8 : "gif"u8, attachment.Flag);
        }
        if (attachment.Type == "audio")
        {
            if (attachment.Duration is { } duration) json.WriteNumber("duration"u8, duration);
            json.WriteBoolean("voice_note"u8, attachment.Flag);
        }
        if (attachment.Type == "file") json.WriteString("file_name"u8, attachment.FileName ?? "file");
        json.WriteEndObject();
    }

    static void Quoted(Utf8JsonWriter json, UnipileMessage quoted)
    {
        json.WriteStartObject("quoted"u8);
        json.WriteString("provider_id"u8, quoted.ProviderId);
        json.WriteString("sender_id"u8, quoted.Sender.ProviderId);
        json.WriteString("text"u8, quoted.Text);
        Attachments(json, "attachments"u8, quoted);
        json.WriteString("message_id"u8, quoted.Id);
        json.WriteEndObject();
        json.WriteStartObject("reply_to"u8);
        json.WriteString("id"u8, quoted.Id);
        json.WriteString("provider_id"u8, quoted.ProviderId);
        Time(json, "timestamp"u8, quoted.At);
        json.WriteString("sender_attendee_id"u8, quoted.Sender.Id);
        json.WriteString("sender_id"u8, quoted.Sender.ProviderId);
        json.WriteString("text"u8, quoted.Text);
        json.WriteEndObject();
    }

    static void Time(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? milliseconds)
    {
        if (milliseconds is not { } time)
        {
            json.WriteNull(name);
            return;
        }
        Span<char> text = stackalloc char[24];
        DateTimeOffset.FromUnixTimeMilliseconds(time).UtcDateTime.TryFormat(text, out _, UnipileQuery.TimeFormat);
        json.WriteString(name, text);
    }

    // Rare: written, read again and changed, because a member must not stand there twice.
    static void Overruled(Utf8JsonWriter json, JsonObject extra, Action<Utf8JsonWriter> write)
    {
        var written = JsonOf(write);
        foreach (var (name, value) in extra) written[name] = value?.DeepClone();
        written.WriteTo(json);
    }

    static string? ProfileUrl(string accountType, UnipilePerson person) => accountType switch
    {
        "INSTAGRAM" => $"https://www.instagram.com/{person.PublicIdentifier}/",
        "LINKEDIN" => $"https://www.linkedin.com/in/{person.PublicIdentifier}",
        _ => null,
    };

    static JsonObject Specifics(string accountType, UnipilePerson person) =>
        person.Extra?["specifics"]?.DeepClone() as JsonObject
        ?? (accountType == "INSTAGRAM"
            ? new() { ["provider"] = accountType, ["public_identifier"] = person.PublicIdentifier, ["relationship_status"] = new JsonObject { ["following"] = false, ["followed_by"] = true } }
            : new() { ["provider"] = accountType });

    static JsonObject ConnectionOf(UnipileAccount account) => account.Type switch
    {
        "WHATSAPP" => new() { ["phone_number"] = account.Username },
        "TELEGRAM" => new() { ["user_id"] = account.Owner.ProviderId, ["username"] = account.Username },
        "LINKEDIN" => new() { ["id"] = account.Owner.ProviderId, ["username"] = account.Username, ["premiumContractId"] = null, ["publicIdentifier"] = account.Username },
        _ => new() { ["id"] = account.Owner.ProviderId, ["username"] = account.Username },
    };
}
