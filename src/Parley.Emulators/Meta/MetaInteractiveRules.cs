using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>The limits of interactive messages.</summary>
internal sealed class MetaInteractiveRules(MetaMedia media, MetaFaults faults)
{
    static readonly string[] Types = ["button", "list", "cta_url", "location_request_message", "flow", "product", "product_list", "catalog_message", "call_permission_request"];

    public IResult? Refuse(JsonNode content)
    {
        var type = content.Text("type");
        if (type is null) return MetaSendRules.Required("interactive['type']");
        if (!Types.Contains(type)) return MetaErrors.Answer(400, 100, $"Param interactive['type'] must be one of {{{string.Join(", ", Types).ToUpperInvariant()}}}.");
        if (content.Member("action") is not JsonObject action) return MetaSendRules.Required("interactive['action']");
        if (type != "product" && string.IsNullOrEmpty(content.Member("body").Text("text"))) return MetaSendRules.Required("interactive['body']['text']");
        return TooLong(content.Member("body").Text("text"), 1024, "Body text")
            ?? TooLong(content.Member("footer").Text("text"), 60, "Footer text")
            ?? Header(type, content.Member("header"))
            ?? type switch { "button" => Buttons(action), "list" => List(action), "cta_url" => Link(action), _ => null };
    }

    IResult? Header(string type, JsonNode? header)
    {
        if (header is null) return null;
        var format = header.Text("type");
        if (format is not ("text" or "image" or "video" or "document")) return MetaSendRules.Required("interactive['header']['type']");
        if (type == "list" && format != "text") return MetaSendRules.Wrong("A list's header must be a text.");
        if (format != "text") return MetaSendRules.File(format, header.Member(format), $"interactive['header']['{format}']", media, faults);
        return string.IsNullOrEmpty(header.Text("text")) ? MetaSendRules.Required("interactive['header']['text']") : TooLong(header.Text("text"), 60, "Header text");
    }

    static IResult? Buttons(JsonNode action)
    {
        var buttons = action.List("buttons");
        if (buttons.Count is < 1 or > 3) return MetaSendRules.Wrong($"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3, and not {buttons.Count}.");
        foreach (var button in buttons)
        {
            var reply = button.Member("reply");
            if (button.Text("type") != "reply" || reply is null) return MetaSendRules.Required("interactive['action']['buttons'][…]['reply']");
            if ((Outside(reply.Text("id"), 256, "Button id") ?? Outside(reply.Text("title"), 20, "Button title")) is { } wrong) return wrong;
        }
        return Repeated(buttons.Select(button => button!["reply"].Text("id")), "Button id")
            ?? Repeated(buttons.Select(button => button!["reply"].Text("title")), "Button title");
    }

    static IResult? List(JsonNode action)
    {
        if (Outside(action.Text("button"), 20, "Button label") is { } label) return label;
        var sections = action.List("sections");
        if (sections.Count is < 1 or > 10) return MetaSendRules.Wrong($"Invalid sections count. Min allowed sections: 1, Max allowed sections: 10, and not {sections.Count}.");
        foreach (var section in sections)
        {
            // One section needs no title; several need one each.
            if (sections.Count > 1 && string.IsNullOrEmpty(section.Text("title"))) return MetaSendRules.Required("interactive['action']['sections'][…]['title']");
            if (TooLong(section.Text("title"), 24, "Section title") is { } title) return title;
            if (section.List("rows").Count == 0) return MetaSendRules.Required("interactive['action']['sections'][…]['rows']");
        }
        var rows = sections.SelectMany(section => section.List("rows")).ToList();
        if (rows.Count > 10) return MetaSendRules.Wrong($"Total row count exceeds max allowed count: 10. It is {rows.Count}.");
        foreach (var row in rows)
            if ((Outside(row.Text("id"), 200, "Row id") ?? Outside(row.Text("title"), 24, "Row title") ?? TooLong(row.Text("description"), 72, "Row description")) is { } wrong) return wrong;
        return Repeated(rows.Select(row => row.Text("id")), "Row id");
    }

    static IResult? Link(JsonNode action)
    {
        var parameters = action.Member("parameters");
        return Outside(parameters.Text("display_text"), 20, "Display text")
            ?? (Uri.TryCreate(parameters.Text("url"), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? null : MetaSendRules.Wrong("The url must begin with http:// or https://."));
    }

    static IResult? Outside(string? text, int most, string what) =>
        string.IsNullOrWhiteSpace(text) ? MetaErrors.Answer(400, 131008, $"{what} is required.") : TooLong(text, most, what);

    static IResult? TooLong(string? text, int most, string what) =>
        text?.Length > most ? MetaSendRules.Wrong($"{what} length invalid. Min length: 1, Max length: {most}.") : null;

    static IResult? Repeated(IEnumerable<string?> texts, string what) =>
        texts.GroupBy(text => text).Any(same => same.Count() > 1) ? MetaSendRules.Wrong($"{what} must be unique.") : null;
}
