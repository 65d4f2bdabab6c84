using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>Compares a send with the template it names.</summary>
internal sealed class MetaTemplateSends(MetaMedia media, MetaFaults faults)
{
    public IResult? Refuse(MetaTemplate? template, JsonNode sent)
    {
        var (name, language) = (sent.Text("name"), sent.Member("language").Text("code"));
        switch (template?.Status)
        {
            case null: return MetaErrors.Answer(404, 132001, $"template name ({name}) does not exist in {language}");
            case "PAUSED": return MetaErrors.Answer(400, 132015, $"template {name} is paused.");
            case "DISABLED": return MetaErrors.Answer(400, 132016, $"template {name} is disabled.");
            case not "APPROVED": return MetaErrors.Answer(404, 132001, $"template name ({name}) does not exist in {language}: it is {template.Status}.");
            default: return Header(template, sent) ?? Body(template, sent) ?? Buttons(template, sent);
        }
    }

    /// <summary>The parameters of one component, by the name or the number of their variable.</summary>
    public static Dictionary<string, string> Values(MetaTemplate template, JsonNode? component) =>
        component.List("parameters").Select((parameter, i) => (Key: template.IsNamed ? parameter.Text("parameter_name") ?? "" : (i + 1).ToString(), Value: Plain(parameter)))
            .DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value);

    public static JsonNode? Component(JsonNode sent, string type) => sent.List("components").FirstOrDefault(component => string.Equals(component.Text("type"), type, StringComparison.OrdinalIgnoreCase));

    /// <summary>What was sent for the button at this place.</summary>
    public static JsonNode? Button(JsonNode sent, int index) => sent.List("components").FirstOrDefault(component =>
        string.Equals(component.Text("type"), "button", StringComparison.OrdinalIgnoreCase) && component.Number("index") == index);

    IResult? Header(MetaTemplate template, JsonNode sent)
    {
        var (defined, given) = (template.Component("HEADER"), Component(sent, "header"));
        var format = defined.Text("format")?.ToUpperInvariant() ?? "TEXT";
        if (format == "TEXT") return Count(template, "header", MetaTemplate.Variables(defined.Text("text")), given);
        var kind = format.ToLowerInvariant();
        var parameter = given.List("parameters").FirstOrDefault();
        if (parameter.Text("type")?.ToLowerInvariant() != kind) return MetaErrors.Answer(400, 132012, $"header: Format mismatch, expected {format}, received {parameter.Text("type")?.ToUpperInvariant() ?? "UNKNOWN"}");
        return format == "LOCATION" ? null : MetaSendRules.File(kind, parameter.Member(kind), $"template['components'][0]['parameters'][0]['{kind}']", media, faults);
    }

    static IResult? Body(MetaTemplate template, JsonNode sent)
    {
        var given = Component(sent, "body");
        if (Count(template, "body", MetaTemplate.Variables(template.BodyText), given) is { } wrong) return wrong;
        return MetaTemplate.Fill(template.BodyText, Values(template, given)).Length > 1024 ? MetaErrors.Answer(400, 132005, "body: the text is longer than 1024 characters.") : null;
    }

    static IResult? Count(MetaTemplate template, string component, IReadOnlyList<string> expected, JsonNode? given)
    {
        var parameters = given.List("parameters");
        if (parameters.Count != expected.Count)
            return MetaErrors.Answer(400, 132000, $"{component}: number of localizable_params ({parameters.Count}) does not match the expected number of params ({expected.Count})");
        if (template.IsNamed && expected.FirstOrDefault(name => parameters.All(parameter => parameter.Text("parameter_name") != name)) is { } missing)
            return MetaErrors.Answer(400, 132000, $"{component}: the parameter {missing} is missing; each parameter needs its parameter_name.");
        foreach (var parameter in parameters)
        {
            if (parameter.Text("type") is not ("text" or "currency" or "date_time")) return MetaErrors.Answer(400, 132012, $"{component}: a parameter is a text, a currency or a date_time.");
            var text = Plain(parameter);
            if (text.Length == 0) return MetaErrors.Answer(400, 131008, $"{component}: a parameter's text is empty.");
            if (text.AsSpan().IndexOfAny('\n', '\r', '\t') >= 0 || text.Contains("     ")) return MetaErrors.Answer(400, 132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces");
        }
        return null;
    }

    static IResult? Buttons(MetaTemplate template, JsonNode sent)
    {
        for (var i = 0; i < template.Buttons.Count; i++)
            if (MetaTemplate.Variables(template.Buttons[i].Text("url")).Count > 0 && string.IsNullOrEmpty(Button(sent, i).List("parameters").FirstOrDefault().Text("text")))
                return MetaErrors.Answer(400, 131008, $"buttons: Button at index {i} of type Url requires a parameter");
        var beyond = sent.List("components").FirstOrDefault(component => string.Equals(component.Text("type"), "button", StringComparison.OrdinalIgnoreCase) && !(component.Number("index") < template.Buttons.Count));
        return beyond is null ? null : MetaErrors.Answer(400, 132018, $"buttons: there is no button at index {beyond.Member("index")?.ToJsonString() ?? "?"}.");
    }

    static string Plain(JsonNode? parameter) => parameter.Text("text") ?? parameter.Member("currency").Text("fallback_value") ?? parameter.Member("date_time").Text("fallback_value") ?? "";
}
