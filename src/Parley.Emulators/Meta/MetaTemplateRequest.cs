using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Emulators.Meta;

/// <summary>A template as somebody submits it, and what Meta refuses at once.</summary>
internal sealed record MetaTemplateRequest(string Name, string Language, string Category, bool IsNamed, JsonArray Components)
{
    static readonly Regex NameRule = new("^[a-z0-9_]{1,512}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    static readonly string[] Categories = ["AUTHENTICATION", "MARKETING", "UTILITY"], Formats = ["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"];

    /// <summary>From a body; what it leaves out is taken from what there was.</summary>
    public static MetaTemplateRequest From(JsonNode body, MetaTemplate? before = null) => new(
        body.Text("name") ?? before?.Name ?? "", (body.Text("language") ?? before?.Language ?? "").Replace('-', '_'), body.Text("category")?.ToUpperInvariant() ?? before?.Category ?? "",
        body.Text("parameter_format") is { } format ? format.Equals("NAMED", StringComparison.OrdinalIgnoreCase) : before?.IsNamed ?? false,
        body.Member("components")?.DeepClone() as JsonArray ?? before?.Components ?? []);

    public IResult? Refuse()
    {
        if (!NameRule.IsMatch(Name)) return MetaErrors.Answer(400, 100, "Param name must be lowercase letters, digits and _, at most 512 characters long.");
        if (Language.Length < 2) return MetaErrors.Answer(400, 100, "The parameter language is required.");
        if (!Categories.Contains(Category)) return MetaErrors.Answer(400, 100, $"Param category must be one of {{{string.Join(", ", Categories)}}}.");
        if (Find("BODY") is not { } body || string.IsNullOrWhiteSpace(body.Text("text"))) return MetaErrors.Answer(400, 100, "The parameter components must have a BODY with a text.");
        return Body(body) ?? Header(Find("HEADER")) ?? Footer(Find("FOOTER")) ?? Buttons(Find("BUTTONS"));
    }

    JsonNode? Find(string type) => Components.FirstOrDefault(component => string.Equals(component.Text("type"), type, StringComparison.OrdinalIgnoreCase));

    IResult? Body(JsonNode body)
    {
        var text = body.Text("text")!;
        if (text.Length > 1024) return TooLong("The body", 1024);
        if (text.Trim().StartsWith("{{", StringComparison.Ordinal) || text.Trim().EndsWith("}}", StringComparison.Ordinal))
            return MetaErrors.Invalid("Variables can't be at the start or end of the template.", 2388299, "Leading or trailing parameters");
        var variables = MetaTemplate.Variables(text);
        var wrong = IsNamed ? variables.Any(name => !NameRule.IsMatch(name) || char.IsAsciiDigit(name[0])) : !variables.Order().SequenceEqual(Enumerable.Range(1, variables.Count).Select(i => i.ToString()).Order());
        if (wrong) return MetaErrors.Invalid("Variables are {{1}}, {{2}} and so on without a gap, or names when parameter_format is NAMED.", 2388072, "The body's format is wrong");
        var examples = IsNamed ? body.Member("example").List("body_text_named_params").Count : (body.Member("example").List("body_text").FirstOrDefault() as JsonArray)?.Count ?? 0;
        return examples < variables.Count ? MetaErrors.Invalid("Each variable of the body needs an example.", 2388072, "The body's format is wrong") : null;
    }

    static IResult? Header(JsonNode? header)
    {
        if (header is null) return null;
        var (format, text) = (header.Text("format")?.ToUpperInvariant(), header.Text("text"));
        if (!Formats.Contains(format) || (format == "TEXT" && string.IsNullOrEmpty(text))) return MetaErrors.Invalid($"A header's format is one of {string.Join(", ", Formats)}, and TEXT needs a text.", 2388047, "The header's format is wrong");
        if (text?.Length > 60) return TooLong("The header", 60);
        return MetaTemplate.Variables(text).Count > 1 ? MetaErrors.Invalid("A header has at most one variable.", 2388047, "The header's format is wrong") : null;
    }

    static IResult? Footer(JsonNode? footer) =>
        footer.Text("text")?.Length > 60 ? TooLong("The footer", 60)
        : MetaTemplate.Variables(footer.Text("text")).Count > 0 ? MetaErrors.Invalid("A footer has no variables.", 2388073, "The footer's format is wrong")
        : null;

    static IResult? Buttons(JsonNode? component)
    {
        var buttons = component.List("buttons");
        if (buttons.Count > 10) return MetaErrors.Answer(400, 100, "A template has at most 10 buttons.");
        foreach (var button in buttons)
        {
            if (button.Text("type") is null) return MetaErrors.Answer(400, 100, "A button needs a type.");
            if (button.Text("type") is "QUICK_REPLY" or "URL" or "PHONE_NUMBER" && string.IsNullOrEmpty(button.Text("text"))) return MetaErrors.Answer(400, 100, "A button needs a text.");
            if (button.Text("text")?.Length > 25) return TooLong("A button", 25);
            if (button.Text("type") == "URL" && button.Text("url") is not { Length: > 0 and <= 2000 }) return MetaErrors.Answer(400, 100, "A URL button needs a url of at most 2000 characters.");
        }
        return null;
    }

    static IResult TooLong(string what, int most) => MetaErrors.Invalid($"{what} may be at most {most} characters long.", 2388040, "Character limit exceeded");
}
