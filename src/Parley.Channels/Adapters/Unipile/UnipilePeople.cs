using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>People as Unipile names them, as handles of ours: a number where the network has numbers and the number is known,
/// the network's id otherwise.</summary>
internal static class UnipilePeople
{
    /// <summary>Stands for somebody whom Unipile did not name, so that the message is shown and not lost.</summary>
    public const string Unknown = "unknown";

    const string WhatsAppAddress = "@s.whatsapp.net";

    /// <summary>Null when nothing names the person.</summary>
    public static Correspondent? Find(string channel, string? providerId, string? publicId = null, string? phone = null, string? name = null, string? profileUrl = null)
    {
        string[] handles = channel == "whatsapp"
            ? [.. new[] { Number(phone), Handle(channel, publicId), Handle(channel, providerId) }.OfType<string>().Distinct().OrderBy(handle => handle[0] == '+' ? 0 : 1)]
            : providerId is null ? [] : [providerId];
        if (handles.Length == 0) return null;
        return new(handles[0], handles.Length == 1 ? [] : handles[1..], string.IsNullOrWhiteSpace(name) || name == providerId ? null : name)
        {
            UserName = channel == "whatsapp" || publicId == providerId ? null : publicId,
            ProfileUrl = profileUrl,
        };
    }

    /// <summary>One id alone as a handle. "…@lid" hides a number and is none.</summary>
    public static string? Handle(string channel, string? id)
    {
        if (string.IsNullOrEmpty(id) || channel != "whatsapp") return string.IsNullOrEmpty(id) ? null : id;
        var at = id.IndexOf('@');
        return at < 0 ? Number(id) ?? id
            : id[at..] is WhatsAppAddress or "@c.us" ? Number(id[..at].Split(':')[0]) ?? id   // "…:12@…" is one of the person's devices
            : id;
    }

    /// <summary>The network's id of whom a message goes to.</summary>
    public static string ProviderId(string channel, string handle) =>
        channel == "whatsapp" && handle.StartsWith('+') ? $"{handle.AsSpan(1)}{WhatsAppAddress}" : handle;

    /// <summary>"+digits", or null. Unipile writes "hidden" where a person hides the number.</summary>
    static string? Number(string? text)
    {
        if (text is null) return null;
        Span<char> digits = stackalloc char[16];
        var count = 0;
        foreach (var letter in text)
        {
            if (char.IsAsciiDigit(letter))
            {
                if (count == 15) return null;
                digits[count++] = letter;
            }
            else if (letter is not ('+' or ' ' or '-' or '.' or '(' or ')' or '\u00A0')) return null;
        }
        return count >= 5 ? $"+{digits[..count]}" : null;
    }

    /// <summary>A ChatAttendee of the REST API; null without an id.</summary>
    public static ChatMember? ReadMember(JsonElement attendee, string channel)
    {
        if (attendee.Get("provider_id"u8).Id() is not { } providerId) return null;
        var specifics = attendee.Get("specifics"u8);
        var person = Find(
            channel, providerId,
            attendee.Get("public_identifier"u8).Id() ?? specifics.Get("public_identifier"u8).Id(),
            specifics.Get("phone_number"u8).Text(),
            attendee.Get("name"u8).Words(),
            attendee.Get("profile_url"u8).Words());
        return person is null ? null : new(providerId, person, attendee.Get("is_self"u8).Flag());
    }

    /// <summary>The same in a webhook's words; null when it names nobody.</summary>
    public static Correspondent? ReadAttendee(JsonElement attendee, string channel)
    {
        var specifics = attendee.Get("attendee_specifics"u8);
        return Find(
            channel, attendee.Get("attendee_provider_id"u8).Id(),
            attendee.Get("attendee_public_identifier"u8).Id() ?? specifics.Get("public_identifier"u8).Id(),
            specifics.Get("phone_number"u8).Text(),
            attendee.Get("attendee_name"u8).Words(),
            attendee.Get("attendee_profile_url"u8).Words());
    }
}
