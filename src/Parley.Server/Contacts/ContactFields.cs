using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts;

/// <summary>What people may say about a contact, checked and written in one way: by the API and by imports.</summary>
internal sealed record ContactFields
{
    public static readonly string[] Channels = ["whatsapp", "sms", "instagram", "facebook", "linkedin", "twitter", "telegram", "email"];
    public static readonly string[] SocialChannels = ["instagram", "facebook", "linkedin", "twitter", "telegram"];
    public static readonly string[] Statuses = ["active", "blocked", "inactive"];

    /// <summary>Fields that were named, even where the value is null (which empties them).</summary>
    public HashSet<string> Given { get; } = [];
    public string? Name { get; private set; }
    public string? Phone { get; private set; }
    public string? Email { get; private set; }
    public string? ExternalRef { get; private set; }
    public string? Status { get; private set; }
    public string? Notes { get; private set; }

    /// <summary>Members to change; one that is null goes.</summary>
    public JsonObject SocialHandles { get; private set; } = [];

    /// <summary>Members to change; one that is null goes.</summary>
    public JsonObject Metadata { get; private set; } = [];

    /// <summary>Reads what is given. What is wrong is said for each field.</summary>
    public static (ContactFields Fields, Dictionary<string, string> Wrong) Read(JsonObject given)
    {
        var fields = new ContactFields();
        var wrong = new Dictionary<string, string>();
        foreach (var (name, value) in given)
            if (fields.Take(name, value) is { } sentence) wrong[name] = sentence;
        return (fields, wrong);
    }

    string? Take(string field, JsonNode? value)
    {
        if (field is "metadata" or "social_handles") return TakeBag(field, value);
        if (field is not ("name" or "phone" or "email" or "external_ref" or "status" or "notes")) return $"There is no field {field}. Custom fields belong into metadata.";
        if (value is not null && value.GetValueKind() != JsonValueKind.String) return "It must be a text.";
        var text = ((string?)value)?.Trim();
        if (text is "") text = null;
        Given.Add(field);
        switch (field)
        {
            case "name": Name = text; return text is null ? null : Texts.Wrong(text, 150);
            case "phone": return TakePhone(text);
            case "email": return TakeEmail(text);
            case "external_ref": ExternalRef = text; return text is null ? null : Texts.Wrong(text, 100);
            case "notes": Notes = text; return text is null ? null : Texts.Wrong(text, 20_000);
            default: Status = text?.ToLowerInvariant(); return Statuses.Contains(Status) ? null : "It must be active, blocked or inactive.";
        }
    }

    string? TakePhone(string? text)
    {
        if (text is null) return null;
        // Providers write numbers without +; people who do may mean any country.
        const string how = "Write it with + (or 00) and the country's code, such as +49 30 123456.";
        Phone = PhoneNumbers.IsInternational(text) ? PhoneNumbers.Normalise(text) : null;
        return Phone is not null ? null
            : PhoneNumbers.IsInternational(text) || PhoneNumbers.Normalise(text) is null ? $"\"{Short(text)}\" is no phone number. {how}"
            : $"\"{Short(text)}\" does not say of which country it is. {how}";
    }

    string? TakeEmail(string? text)
    {
        if (text is null) return null;
        Email = text.ToLowerInvariant();
        if (Texts.Wrong(text, 320) is { } unfit) return unfit;
        var at = Email.LastIndexOf('@');
        return at < 1 || at == Email.Length - 1 || Email.Any(char.IsWhiteSpace) || !Email[(at + 1)..].Contains('.') ? $"\"{Short(text)}\" is no e-mail address." : null;
    }

    string? TakeBag(string field, JsonNode? value)
    {
        if (value is not JsonObject members) return "It must be an object.";
        if (members.Count > 100) return "At most 100 fields are possible.";
        foreach (var (name, member) in members)
        {
            if (name.Length == 0 || Texts.Wrong(name, 100) is not null) return "A field's name must have 1 to 100 characters.";
            if (field == "social_handles")
            {
                if (!SocialChannels.Contains(name)) return $"There is no channel {Short(name)}. It must be one of {string.Join(", ", SocialChannels)}.";
                if (member is not null && (member.GetValueKind() != JsonValueKind.String || Texts.Wrong((string)member!, 200) is not null)) return $"{name}: it must be a text of at most 200 characters.";
            }
            else if (member is not null && Texts.Wrong(member, 10_000) is { } unfit) return $"{name}: {unfit}";
        }
        var copy = members.DeepClone().AsObject();
        if (field == "social_handles")
            foreach (var (name, member) in members)
                if (member is not null) copy[name] = ((string)member!).Trim().TrimStart('@').Trim() is { Length: > 0 } handle ? handle : null;   // none takes it away
        Given.Add(field);
        if (field == "metadata") Metadata = copy;
        else SocialHandles = copy;
        return null;
    }

    /// <summary>Addresses that these fields make known: who writes from there is this contact.</summary>
    public IEnumerable<NewIdentity> Identities(Guid contact)
    {
        if (Phone is not null) yield return new(contact, "whatsapp", Phone);
        if (Phone is not null) yield return new(contact, "sms", Phone);
        if (Email is not null) yield return new(contact, "email", Email);
    }

    internal static string Short(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
