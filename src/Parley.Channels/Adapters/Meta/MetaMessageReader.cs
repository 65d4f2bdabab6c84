using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Reads one item of messages[] or message_echoes[]. Whatever it is, it becomes an event: what we do not
/// understand is a message of type "unsupported" that carries what came.</summary>
/// <param name="isEcho">Our side wrote it in the WhatsApp Business app: "from" is our number, "to" the customer's.</param>
internal sealed class MetaMessageReader(string accountId, MetaPeople people, DateTimeOffset timeOfEntry, bool isEcho)
{
    public void Read(JsonElement message, List<ChannelEvent> events)
    {
        var at = message.Get("timestamp"u8).Time() ?? timeOfEntry;
        var type = message.Get("type"u8).Text() ?? "";
        var body = message.Get(MemberOf(type));
        switch (type)
        {
            case "reaction" when body.Get("message_id"u8).Id() is { } target:
                var emoji = body.Get("emoji"u8).Text();
                events.Add(new ReactionChanged(accountId, target, WriterOf(message).Handle, string.IsNullOrEmpty(emoji) ? null : emoji, at));
                break;
            case "edit" when body.Get("original_message_id"u8).Id() is { } target && body.Get("message"u8).IsObject():
                events.Add(new MessageEdited(accountId, target, WordsOf(body.Get("message"u8)), at));
                break;
            case "revoke" when body.Get("original_message_id"u8).Id() is { } target:
                events.Add(new MessageDeleted(accountId, target, at));
                break;
            case "system" when body.IsObject():
                ReadSystem(message, body, at, events);
                break;
            default:
                events.Add(Received(message, type, body, at));
                break;
        }
    }

    // A name with a quote or a backslash is none that Meta uses; "" finds nothing.
    static ReadOnlySpan<byte> MemberOf(string type) => Encoding.UTF8.GetBytes(type);

    Correspondent WriterOf(JsonElement message) => isEcho
        ? new(PeopleHandle(message, "from"u8) ?? accountId, [], null)
        : people.Find(message.Get("from"u8).Id(), message.Get("from_user_id"u8).Id());

    static string? PeopleHandle(JsonElement message, ReadOnlySpan<byte> member) => MetaPeople.Handle(message.Get(member).Id());

    Correspondent CounterpartOf(JsonElement message) => isEcho
        ? people.Find(message.Get("to"u8).Id(), message.Get("to_user_id"u8).Id())
        : WriterOf(message);

    MessageReceived Received(JsonElement message, string type, JsonElement body, DateTimeOffset at)
    {
        var (shownAs, details) = Classify(message, type, body);
        foreach (var (name, value) in Surroundings(message)) details[name] = value;
        return Envelope(message, at) with
        {
            Type = shownAs,
            Content = shownAs == "unsupported" ? null : WordsOf(message),
            Metadata = details.Count == 0 ? null : details,
            Attachments = body.IsObject() ? AttachmentsOf(shownAs, body) : [],
        };
    }

    MessageReceived Envelope(JsonElement message, DateTimeOffset at)
    {
        var group = message.Get("group_id"u8).Id();
        return new(accountId)
        {
            ExternalId = message.Get("id"u8).Id() ?? DigestOf(message),
            With = group is null ? CounterpartOf(message) : new(group, [], null, IsGroup: true),
            Sender = group is null ? null : WriterOf(message),
            SentAt = at,
            Type = "unsupported",
            ReplyToExternalId = message.Get("context"u8).Get("id"u8).Id(),
            IsEcho = isEcho,
        };
    }

    // Never seen from Meta. A repeated delivery has the same bytes, so it is still recognised.
    static string DigestOf(JsonElement message) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(message)))}";

    static (string Type, JsonObject Details) Classify(JsonElement message, string type, JsonElement body)
    {
        switch (type)
        {
            case "text" when body.Get("body"u8).Text() is not null:
                return ("text", []);
            case "image" or "video" or "document" when body.IsObject():
                return (type, []);
            case "audio" or "voice" when body.IsObject():
                return ("audio", type == "voice" || body.Get("voice"u8).IsTrue() ? new() { ["voice"] = true } : []);
            case "sticker" when body.IsObject():
                return ("sticker", body.Get("animated"u8).IsTrue() ? new() { ["animated"] = true } : []);
            case "location" when body.IsObject():
                return ("location", Object(body));
            case "contacts" when body.ValueKind == JsonValueKind.Array:
                return ("contacts", new() { ["contacts"] = body.Copy() });
            case "button" or "order" when body.IsObject():
                return ("interactive", With(Object(body), "kind", type));
            case "interactive" when body.IsObject():
                var kind = body.Get("type"u8).Text() ?? "";
                var answer = body.Get(MemberOf(kind));
                return ("interactive", With(Object(answer.IsObject() ? answer : body), "kind", kind));
            default:
                var details = new JsonObject { ["type"] = type };
                if (body.ValueKind != JsonValueKind.Undefined) details["original"] = body.Copy();
                return ("unsupported", details);
        }
    }

    static JsonObject Object(JsonElement value) => (JsonObject)value.Copy()!;

    static JsonObject With(JsonObject details, string name, string value)
    {
        details[name] = value;
        return details;
    }

    /// <summary>What may accompany a message of any type.</summary>
    static IEnumerable<(string Name, JsonNode? Value)> Surroundings(JsonElement message)
    {
        var context = message.Get("context"u8);
        if (message.Get("errors"u8) is { ValueKind: JsonValueKind.Array } errors) yield return ("errors", errors.Copy());
        if (message.Get("referral"u8) is { ValueKind: JsonValueKind.Object } referral) yield return ("referral", referral.Copy());
        if (context.Get("referred_product"u8) is { ValueKind: JsonValueKind.Object } product) yield return ("referred_product", product.Copy());
        if (context.Get("forwarded"u8).IsTrue()) yield return ("forwarded", true);
        if (context.Get("frequently_forwarded"u8).IsTrue()) yield return ("frequently_forwarded", true);
    }

    /// <summary>What a person reads of a message; also of the new version inside an edit.</summary>
    static string? WordsOf(JsonElement message)
    {
        var type = message.Get("type"u8).Text() ?? "text";
        var body = message.Get(MemberOf(type));
        return type switch
        {
            "text" => body.Get("body"u8).Text(),
            "image" or "video" or "document" => body.Get("caption"u8).Text(),
            "location" => body.Get("name"u8).Text() ?? body.Get("address"u8).Text(),
            "contacts" => NamesOf(body),
            "button" => body.Get("text"u8).Text(),
            "interactive" => WordsOfAnswer(body.Get(MemberOf(body.Get("type"u8).Text() ?? ""))),
            "order" => body.Get("text"u8).Text(),
            _ => null,
        };
    }

    static string? WordsOfAnswer(JsonElement answer) => answer.Get("title"u8).Text() ?? answer.Get("body"u8).Text();

    static string? NamesOf(JsonElement contacts)
    {
        var names = new List<string>();
        foreach (var contact in contacts.Items())
            if (contact.Get("name"u8).Get("formatted_name"u8).Text() is { Length: > 0 } name) names.Add(name);
        return names.Count == 0 ? null : string.Join(", ", names);
    }

    static IReadOnlyList<AttachmentReference> AttachmentsOf(string kind, JsonElement media)
    {
        if (kind is not ("image" or "video" or "audio" or "document" or "sticker")) return [];
        var id = media.Get("id"u8).Id();
        var url = media.Get("url"u8).Text() ?? media.Get("link"u8).Text();
        if (id is null && url is null) return [];
        return
        [
            new(kind, id, url, media.Get("mime_type"u8).Text(), media.Get("filename"u8).Text(),
                media.Get("sha256"u8).Text(), media.Get("file_size"u8).Whole()),
        ];
    }

    /// <summary>The provider speaks about the person: shown as an event, and a new number or id is made known. These have no contacts[].</summary>
    void ReadSystem(JsonElement message, JsonElement system, DateTimeOffset at, List<ChannelEvent> events)
    {
        var kind = system.Get("type"u8).Text() ?? "";
        var from = message.Get("from"u8).Id();
        var oldUserId = message.Get("from_user_id"u8).Id() ?? system.Get("previous_user_id"u8).Id();
        var newNumber = MetaPeople.Handle(system.Get("wa_id"u8).Id() ?? system.Get("new_wa_id"u8).Id());
        var newUserId = system.Get("user_id"u8).Id();
        var person = people.Find(from, oldUserId);
        // Neither is given when a person without a visible number changes the id: then the new one is all there is.
        if (person.Handle == MetaPeople.Unknown) person = people.Find(newNumber, newUserId);

        events.Add(Envelope(message, at) with
        {
            Type = "event",
            With = message.Get("group_id"u8).Id() is { } group ? new(group, [], null, IsGroup: true) : person,
            Content = system.Get("body"u8).Text() ?? kind switch
            {
                "user_changed_number" => "This person changed their phone number.",
                "user_changed_user_id" => "This person's WhatsApp id changed.",
                "customer_identity_changed" or "user_identity_changed" => "This person's security code changed.",
                _ => "WhatsApp reports a change to this chat.",
            },
            Metadata = Object(system),
        });

        // A new number brings a new business-scoped id with it.
        var (old, renamed) = kind switch
        {
            "user_changed_number" or "customer_changed_number" => (MetaPeople.Handle(from) ?? person.Handle, new[] { newNumber, newUserId }),
            "user_changed_user_id" => (oldUserId ?? MetaPeople.Handle(from) ?? person.Handle, [newUserId]),
            _ => (person.Handle, []),
        };
        foreach (var handle in renamed.OfType<string>().Where(handle => handle != old))
            events.Add(new HandleChanged(accountId, message.Get("id"u8).Id() ?? DigestOf(message), old, handle, at));
    }
}
