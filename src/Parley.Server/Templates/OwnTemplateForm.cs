using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Channels.Contract;
using Parley.Server.Platform.Http;

namespace Parley.Server.Templates;

/// <summary>A template that somebody writes here.</summary>
/// <param name="Language">For example pt_BR; en without one.</param>
/// <param name="Channel">One channel, or all (the default).</param>
/// <param name="Category">text (the default), marketing, otp or transactional.</param>
/// <param name="Content">Its words; or {"header": "…", "body": "…", "footer": "…", "buttons": […]}. Variables are written {{first_name}}.</param>
/// <param name="Shortcut">Makes it a quick reply: hours is chosen by /hours in the composer.</param>
/// <param name="IntegrationId">An account whose provider shall approve it; without one it is your own and needs no approval.</param>
/// <param name="Examples">For a provider's review: by variable, what it may say.</param>
public sealed record NewTemplate(
    string? Name, JsonNode? Content, string? Language = null, string? Channel = null, string? Category = null, string? Shortcut = null, bool? IsActive = null,
    Guid? IntegrationId = null, IReadOnlyDictionary<string, string>? Examples = null);

/// <summary>What shall be different; null leaves a part as it is, an empty shortcut takes it away.</summary>
public sealed record TemplateChange(
    string? Name = null, JsonNode? Content = null, string? Language = null, string? Channel = null, string? Category = null, string? Shortcut = null, bool? IsActive = null,
    IReadOnlyDictionary<string, string>? Examples = null);

/// <summary>What is wrong with a template, in words, by field; and what it is when nothing is.</summary>
internal sealed partial class OwnTemplateForm
{
    public const string AllChannels = "all";
    const int LongestBody = 4096;
    static readonly string[] Channels = [AllChannels, "whatsapp", "sms", "instagram", "facebook", "linkedin", "twitter", "telegram", "email"];

    public Dictionary<string, string[]> Errors { get; } = [];
    public string Name { get; private set; } = "";
    public string Language { get; private set; } = "";
    public string Channel { get; private set; } = "";
    public string Category { get; private set; } = "";
    public string? Shortcut { get; private set; }
    public bool IsActive { get; private set; }
    public TemplateContent Content { get; private set; } = new(null, "", null, [], false);
    public IReadOnlyList<string> Variables => Names(Content);

    /// <summary>Each variable of a content once: those of the header first.</summary>
    public static IReadOnlyList<string> Names(TemplateContent content) => [.. Placeholders.In(content.Header?.Text).Concat(Placeholders.In(content.Body)).Concat(Placeholders.In(content.Footer)).Distinct()];

    public static OwnTemplateForm Of(NewTemplate given) =>
        new OwnTemplateForm().Take(given.Name ?? "", given.Content, null, given.Language ?? "en", given.Channel ?? AllChannels, given.Category ?? "text", given.Shortcut, given.IsActive ?? true);

    public static OwnTemplateForm Of(TemplateRow row, TemplateChange change) => new OwnTemplateForm().Take(
        change.Name ?? row.Name, change.Content, Payloads.Read<TemplateContent>(JsonNode.Parse(row.Content) as JsonObject), change.Language ?? row.Language, change.Channel ?? row.Channel,
        change.Category ?? row.Category ?? "text", change.Shortcut ?? row.Shortcut, change.IsActive ?? row.IsActive);


    OwnTemplateForm Take(string name, JsonNode? content, TemplateContent? before, string language, string channel, string category, string? shortcut, bool isActive)
    {
        Name = name.Trim();
        Language = language.Trim().Replace('-', '_');
        (Channel, Category, IsActive) = (channel, category, isActive);
        Shortcut = string.IsNullOrWhiteSpace(shortcut) ? null : shortcut.Trim().TrimStart('/').ToLowerInvariant();
        if (Name.Length == 0) Errors["name"] = ["It is missing."];
        else if (Texts.Wrong(Name, 100) is { } unfit) Errors["name"] = [unfit];
        if (!LanguageRule().IsMatch(Language)) Errors["language"] = ["It must be a language such as en or pt_BR."];
        if (!Channels.Contains(Channel)) Errors["channel"] = [$"It must be one of {string.Join(", ", Channels)}."];
        if (!TemplateCategories.All.Contains(Category) && Category is not ("utility" or "authentication")) Errors["category"] = [$"It must be one of {string.Join(", ", TemplateCategories.All)}."];
        if (Shortcut is not null && !ShortcutRule().IsMatch(Shortcut)) Errors["shortcut"] = ["It has up to 40 letters, digits, - and _, such as opening-hours."];
        if (content is null && before is not null) Content = before;
        else Read(content);
        return this;
    }

    void Read(JsonNode? given)
    {
        var (header, body, footer, buttons) = given switch
        {
            JsonValue value when value.GetValueKind() == JsonValueKind.String => (null, value.GetValue<string>(), null, []),
            JsonObject parts => (Text(parts["header"] is JsonObject wrapped ? wrapped["text"] : parts["header"]), Text(parts["body"]), Text(parts["footer"]), Buttons(parts["buttons"])),
            _ => (null, null, null, new List<TemplateButton>()),
        };
        if (string.IsNullOrWhiteSpace(body)) Errors["content"] = ["It is empty: there is nothing to say."];
        else if ((Texts.Wrong(body, LongestBody) ?? (header is null ? null : Texts.Wrong(header, 60)) ?? (footer is null ? null : Texts.Wrong(footer, 60))) is { } wrong) Errors["content"] = [wrong];
        else if (BrokenBraces().Match(Placeholders.Fill($"{header}\n{body}\n{footer}", new Blanks())!) is { Success: true } braces)
            Errors["content"] = [$"“{braces.Value}” is no variable: they are written {{{{first_name}}}}, with letters, digits and _."];
        var names = Placeholders.In(header).Concat(Placeholders.In(body)).Concat(Placeholders.In(footer)).Distinct().ToList();
        var numbered = names.Count(name => int.TryParse(name, out _));
        if (numbered > 0 && numbered < names.Count) Errors.TryAdd("content", ["Its variables have either names or numbers, not both."]);
        Content = new(string.IsNullOrWhiteSpace(header) ? null : new("text", header.Trim()), body?.Trim() ?? "", string.IsNullOrWhiteSpace(footer) ? null : footer.Trim(), buttons, names.Count > 0 && numbered == 0);
    }

    List<TemplateButton> Buttons(JsonNode? given)
    {
        var buttons = new List<TemplateButton>();
        foreach (var one in given as JsonArray ?? [])
            if (one is JsonObject button && Text(button["type"]) is "quick_reply" or "url" or "phone_number" && Text((one as JsonObject)!["text"]) is { Length: > 0 and <= 25 } text)
                buttons.Add(new(Text(one["type"])!, text, Text(one["url"]), Text(one["phone_number"])));
            else Errors["content.buttons"] = ["Each needs a type (quick_reply, url or phone_number) and a text of at most 25 characters."];
        return buttons;
    }

    static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    // Every well-formed variable becomes nothing: the braces that are left are somebody's mistake.
    sealed class Blanks : Dictionary<string, string>, IReadOnlyDictionary<string, string>
    {
        bool IReadOnlyDictionary<string, string>.TryGetValue(string key, out string value)
        {
            value = "";
            return true;
        }
    }

    [GeneratedRegex("^[a-z]{2,3}(_[A-Za-z0-9]{2,8}){0,3}$")]
    private static partial Regex LanguageRule();

    [GeneratedRegex("^[a-z0-9_-]{1,40}$")]
    private static partial Regex ShortcutRule();

    [GeneratedRegex(@"\{\{[^{}]{0,40}\}?\}?")]
    private static partial Regex BrokenBraces();
}
