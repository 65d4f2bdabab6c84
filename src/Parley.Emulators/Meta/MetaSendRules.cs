using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>What a send must look like, by its type. Templates are compared with their definition elsewhere.</summary>
internal sealed class MetaSendRules(MetaMedia media, MetaFaults faults)
{
    static readonly string[] Types = ["text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction", "interactive", "template"];

    public IResult? Refuse(JsonObject body)
    {
        var type = body["type"] is null ? "text" : body.Text("type") ?? "";
        if (!Types.Contains(type)) return MetaErrors.Answer(400, 100, $"Param type must be one of {{{string.Join(", ", Types).ToUpperInvariant()}}}.");
        if (body.Text("recipient_type") is { } recipient and not ("individual" or "group")) return MetaErrors.Answer(400, 100, $"Param recipient_type must be one of {{INDIVIDUAL, GROUP}}, not {recipient}.");
        if (body.Text("biz_opaque_callback_data") is { Length: > 512 }) return MetaErrors.Answer(400, 100, "Param biz_opaque_callback_data must be at most 512 characters long.");
        if (body["context"] is not null && string.IsNullOrEmpty(body["context"].Text("message_id"))) return Required("context['message_id']");
        if (type == "contacts" ? body[type] is not JsonArray : body[type] is not JsonObject) return Required(type);
        var content = body[type]!;
        return type switch
        {
            "text" => Text(content),
            "image" or "video" or "audio" or "document" or "sticker" => File(type, content, type, media, faults),
            "location" => Location(content),
            "contacts" => Contacts(content.AsArray()),
            "reaction" => Reaction(content),
            "interactive" => new MetaInteractiveRules(media, faults).Refuse(content),
            _ => Template(content),
        };
    }

    public static IResult Required(string what) => MetaErrors.Answer(400, 131008, $"The parameter {what} is required.");

    public static IResult Wrong(string what) => MetaErrors.Answer(400, 131009, what);

    public static IResult? File(string type, JsonNode? file, string at, MetaMedia media, MetaFaults faults)
    {
        var (id, link) = (file.Text("id"), file.Text("link"));
        if (string.IsNullOrEmpty(id) == string.IsNullOrEmpty(link)) return Required($"{at}['id'] or {at}['link'], and not both,");
        if (file.Member("caption") is not null)
        {
            if (type is "audio" or "sticker") return MetaErrors.Answer(400, 100, $"Unexpected key \"caption\" on param \"{at}\".");
            if (file.Text("caption") is not { Length: <= 1024 }) return MetaErrors.Answer(400, 100, $"Param {at}['caption'] must be at most 1024 characters long.");
        }
        if (file.Member("filename") is not null && type != "document") return MetaErrors.Answer(400, 100, $"Unexpected key \"filename\" on param \"{at}\".");
        if (link is not null) return Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? null : MetaErrors.Answer(400, 100, $"Param {at}['link'] is not a valid URI.");
        if (faults.MediaVanished || media.Find(id!) is not { } stored) return MetaErrors.Answer(400, 100, $"Param {at}['id'] is not a valid whatsapp business account media attachment ID");
        return MetaMediaRules.Fits(type, stored.MimeType) ? null : MetaErrors.Answer(400, 131053, $"{at} takes {MetaMediaRules.Allowed(type)}; the file is {stored.MimeType}.");
    }

    static IResult? Text(JsonNode content)
    {
        var text = content.Text("body");
        return string.IsNullOrEmpty(text) ? Required("text['body']")
            : text.Length > 4096 ? MetaErrors.Answer(400, 100, "Param text['body'] must be at most 4096 characters long.")
            : null;
    }

    static IResult? Location(JsonNode content)
    {
        if (content.Member("latitude") is null) return Required("location['latitude']");
        if (content.Member("longitude") is null) return Required("location['longitude']");
        return content.Number("latitude") is >= -90 and <= 90 && content.Number("longitude") is >= -180 and <= 180
            ? null : Wrong("location['latitude'] and location['longitude'] must be numbers, in degrees.");
    }

    static IResult? Contacts(JsonArray contacts)
    {
        if (contacts.Count == 0) return Required("contacts");
        for (var i = 0; i < contacts.Count; i++)
            if (string.IsNullOrWhiteSpace(contacts[i].Member("name").Text("formatted_name"))) return Required($"contacts[{i}]['name']['formatted_name']");
        return null;
    }

    static IResult? Reaction(JsonNode content) =>
        string.IsNullOrEmpty(content.Text("message_id")) ? Required("reaction['message_id']")
        : content.Text("emoji") is null ? Required("reaction['emoji']")
        : content.Text("emoji")!.Length > 32 ? Wrong("reaction['emoji'] must be one emoji, or empty.")
        : null;

    static IResult? Template(JsonNode content) =>
        string.IsNullOrEmpty(content.Text("name")) ? Required("template['name']")
        : string.IsNullOrEmpty(content.Member("language").Text("code")) ? Required("template['language']['code']")
        : null;
}
