using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>A template as a phone shows it: its parts, with the parameters in place.</summary>
internal static class MetaTemplateText
{
    public static JsonObject Render(MetaTemplate template, JsonNode sent)
    {
        var shown = new JsonObject { ["name"] = template.Name, ["body"] = MetaTemplate.Fill(template.BodyText, MetaTemplateSends.Values(template, MetaTemplateSends.Component(sent, "body"))) };
        if (Header(template, sent) is { } header) shown["header"] = header;
        if (template.Component("FOOTER").Text("text") is { } footer) shown["footer"] = footer;
        if (template.Buttons.Count > 0) shown["buttons"] = new JsonArray([.. template.Buttons.Select((button, i) => (JsonNode)Button(button, MetaTemplateSends.Button(sent, i)))]);
        return shown;
    }

    static JsonObject? Header(MetaTemplate template, JsonNode sent)
    {
        if (template.Component("HEADER") is not { } header) return null;
        var given = MetaTemplateSends.Component(sent, "header");
        var kind = header.Text("format")?.ToLowerInvariant() ?? "text";
        return kind == "text"
            ? new() { ["type"] = "text", ["text"] = MetaTemplate.Fill(header.Text("text"), MetaTemplateSends.Values(template, given)) }
            : new() { ["type"] = kind, [kind] = given.List("parameters").FirstOrDefault().Member(kind)?.DeepClone() };
    }

    static JsonObject Button(JsonNode? button, JsonNode? given)
    {
        var parameter = given.List("parameters").FirstOrDefault();
        var shown = new JsonObject { ["type"] = button.Text("type"), ["text"] = button.Text("text") };
        if (button.Text("url") is { } url) shown["url"] = MetaTemplate.Fill(url, new Dictionary<string, string> { ["1"] = parameter.Text("text") ?? "" });
        if (button.Text("type") == "QUICK_REPLY") shown["payload"] = parameter.Text("payload") ?? button.Text("text");
        if (button.Text("phone_number") is { } phone) shown["phone_number"] = phone;
        return shown;
    }
}
