using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Platform.Http;

namespace Parley.Server.Templates;

/// <summary>Fills a template and finds, before anything is sent, what does not fit: in words, by field.</summary>
internal sealed class TemplateFill
{
    const int LongestValue = 1024;
    readonly Dictionary<string, string[]> _errors = [];

    /// <param name="Content">The body as the person will read it.</param>
    /// <param name="Metadata">The filled template, and beside it "shown": header, footer and buttons as the person will see them.</param>
    public sealed record Filled(string Content, JsonObject Metadata, Guid? AttachmentId);

    /// <summary>Either the filled template, or the errors by field.</summary>
    public static (Filled? Filled, IReadOnlyDictionary<string, string[]> Errors) Fill(TemplateRow template, TemplateRequest request)
    {
        var fill = new TemplateFill();
        var filled = fill.Run(template, Payloads.Read<TemplateContent>(JsonNode.Parse(template.Content) as JsonObject)!, request.Plain());
        return fill._errors.Count > 0 ? (null, fill._errors) : (filled, fill._errors);
    }

    Filled Run(TemplateRow template, TemplateContent content, TemplateRequest request)
    {
        if (template.Status != "approved")
            Wrong("template.name", $"{template.Name} ({template.Language}) is {template.Status} and cannot be sent.{(template.RejectedReason is { } reason ? $" The reason given is {reason}." : "")}");
        var body = Values("template.variables", "The body", Placeholders.In(content.Body), request.Variables);
        var header = content.Header?.Format == "text" ? Values("template.header.variables", "The header", Placeholders.In(content.Header.Text), request.Header?.Variables) : [];
        var media = content.Header?.Format is "image" or "video" or "document" ? content.Header.Format : null;
        if (media is not null && request.Header?.AttachmentId is null && string.IsNullOrWhiteSpace(request.Header?.Link))
            Wrong("template.header", $"Its header needs {(media == "image" ? "an" : "a")} {media}: give attachment_id or link (ids of the provider's own are not taken).");
        if (media is null && request.Header is { } given && (given.AttachmentId ?? (object?)given.Link) is not null) Wrong("template.header", "Its header takes no file.");
        if (request.Header?.Link is { } link && !(Uri.TryCreate(link, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")) Wrong("template.header.link", "It must be a web address.");
        if (content.Header?.Format != "text" && request.Header?.Variables is not null) Wrong("template.header.variables", "Its header takes no variables.");
        if (content.Header?.Format == "location" && request.Header?.Location is null) Wrong("template.header.location", "Its header needs a location.");
        var buttons = Buttons(content, request);

        var named = content.Named;
        var filled = new FilledTemplate(template.Name, template.Language, content.Header?.Format, List(header, named), request.Header?.Link, request.Header?.Location, List(body, named), buttons, template.ExternalId);
        var metadata = Payloads.Write(filled);
        metadata["shown"] = new JsonObject
        {
            ["header"] = Placeholders.Fill(content.Header?.Text, header),
            ["footer"] = content.Footer,
            ["buttons"] = new JsonArray([.. content.Buttons.Select(button => (JsonNode?)button.Text)]),
        };
        return new(Placeholders.Fill(content.Body, body)!, metadata, media is null ? null : request.Header?.AttachmentId);
    }

    static List<TemplateValue> List(Dictionary<string, string> values, bool named) => [.. values.Select(value => new TemplateValue(named ? value.Key : null, value.Value))];

    Dictionary<string, string> Values(string field, string part, IReadOnlyList<string> wanted, JsonNode? given)
    {
        var values = new Dictionary<string, string>();
        var shown = string.Join(", ", wanted.Select(name => $"{{{{{name}}}}}"));
        switch (given)
        {
            case null: break;
            case JsonArray list when wanted.All(name => int.TryParse(name, out _)):
                if (list.Count != wanted.Count)
                {
                    Wrong(field, wanted.Count == 0 ? $"{part} takes no variables; {list.Count} were given." : $"{part} needs {wanted.Count} {(wanted.Count == 1 ? "variable" : "variables")} ({shown}); {list.Count} {(list.Count == 1 ? "was" : "were")} given.");
                    return values;
                }
                for (var i = 0; i < wanted.Count; i++) Take(wanted[i], list[i]);
                break;
            case JsonArray: Wrong(field, $"{part} has named variables ({shown}): give an object with these names."); return values;
            case JsonObject members:
                foreach (var (name, value) in members)
                    if (wanted.Contains(name)) Take(name, value);
                    else Wrong(field, $"There is no variable {{{{{name}}}}}. {(wanted.Count == 0 ? $"{part} takes none." : $"There are: {shown}.")}");
                break;
            default: Wrong(field, "It must be a list of values, or an object of names and values."); return values;
        }
        if (wanted.Where(name => !values.ContainsKey(name)).ToList() is { Count: > 0 } missing)
            Wrong(field, $"{part} lacks a value for {string.Join(", ", missing.Select(name => $"{{{{{name}}}}}"))}.");
        return wanted.Where(values.ContainsKey).ToDictionary(name => name, name => values[name]);

        void Take(string name, JsonNode? value)
        {
            if (Text(value) is not { } text || string.IsNullOrWhiteSpace(text)) return;
            if (Texts.Wrong(text, LongestValue) is { } wrong) Wrong(field, $"{{{{{name}}}}}: {wrong}");
            if (text.AsSpan().ContainsAny('\n', '\r', '\t') || text.Contains("     ", StringComparison.Ordinal)) Wrong(field, $"{{{{{name}}}}}: line breaks, tabs and more than four spaces in a row are not taken in templates.");
            values[name] = text;
        }
    }

    List<FilledButton> Buttons(TemplateContent content, TemplateRequest request)
    {
        var filled = new List<FilledButton>();
        foreach (var given in request.Buttons ?? [])
        {
            if (given.Index is not { } index || index < 0 || index >= content.Buttons.Count) Wrong("template.buttons", $"There is no button {given.Index?.ToString(CultureInfo.InvariantCulture) ?? "without an index"}; this template has {content.Buttons.Count}.");
            else if (filled.Exists(button => button.Index == index)) Wrong("template.buttons", $"Button {index} is given twice.");
            else if (content.Buttons[index].Type is "phone_number" or "url" && Placeholders.In(content.Buttons[index].Url).Count == 0) Wrong("template.buttons", $"Button {index} (“{content.Buttons[index].Text}”) takes no value.");
            else if (string.IsNullOrWhiteSpace(given.Value)) Wrong("template.buttons", $"Button {index} lacks a value.");
            else if (Texts.Wrong(given.Value, LongestValue) is { } wrong) Wrong("template.buttons", wrong);
            else filled.Add(new(index, content.Buttons[index].Type, given.Value));
        }
        for (var i = 0; i < content.Buttons.Count; i++)
            if (Placeholders.In(content.Buttons[i].Url).Count > 0 && filled.TrueForAll(button => button.Index != i))
                Wrong("template.buttons", $"Button {i} (“{content.Buttons[i].Text}”) lacks the end of its address.");
        return filled;
    }

    // Numbers are taken as they are written.
    static string? Text(JsonNode? value) => value is JsonValue plain ? plain.GetValueKind() switch
    {
        JsonValueKind.String => plain.GetValue<string>(),
        JsonValueKind.Number => plain.ToJsonString(),
        _ => null,
    } : null;

    void Wrong(string field, string words) => _errors[field] = [.. _errors.GetValueOrDefault(field) ?? [], words];
}
