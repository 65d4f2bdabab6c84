using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Server.Templates;

/// <summary>A template to be sent, with what fills it.</summary>
/// <param name="Language">For example pt_BR; Meta's {"code":"pt_BR"} is understood too.</param>
/// <param name="Variables">For the body: ["Ana","42"] for numbered variables, {"first_name":"Ana"} for named ones.</param>
/// <param name="Components">Instead of all that: Meta's own list of components.</param>
public sealed record TemplateRequest(
    string? Name, JsonNode? Language, JsonNode? Variables = null, TemplateHeaderRequest? Header = null, IReadOnlyList<TemplateButtonRequest>? Buttons = null, JsonArray? Components = null)
{
    internal string? LanguageCode => (Language is JsonObject wrapped ? wrapped["code"] : Language) is JsonValue code && code.GetValueKind() == JsonValueKind.String ? code.GetValue<string>().Replace('-', '_') : null;

    /// <summary>The same with Meta's components read into our members.</summary>
    internal TemplateRequest Plain()
    {
        if (Components is null) return this;
        var plain = this with { Components = null };
        var buttons = new List<TemplateButtonRequest>();
        foreach (var component in Components.OfType<JsonObject>())
        {
            var parameters = (component["parameters"] as JsonArray)?.OfType<JsonObject>().ToList() ?? [];
            switch (Text(component["type"])?.ToLowerInvariant())
            {
                case "body": plain = plain with { Variables = Values(parameters) }; break;
                case "header" when parameters is [{ } first, ..] && Text(first["type"]) is ("image" or "video" or "document") and var format:
                    plain = plain with { Header = new(Link: Text((first[format] as JsonObject)?["link"])) };
                    break;
                case "header" when parameters is [{ } first, ..] && Text(first["type"]) == "location":
                    plain = plain with { Header = new(Location: Payloads.Read<FilledLocation>(first["location"] as JsonObject)) };
                    break;
                case "header": plain = plain with { Header = new(Variables: Values(parameters)) }; break;
                case "button" when parameters is [{ } first, ..]:
                    buttons.Add(new(int.TryParse(component["index"]?.ToString(), out var index) ? index : null, Text(first["text"]) ?? Text(first["payload"]) ?? Text(first["coupon_code"])));
                    break;
            }
        }
        return plain with { Buttons = buttons };
    }

    static JsonNode Values(List<JsonObject> parameters) => parameters.Exists(parameter => parameter["parameter_name"] is not null)
        ? new JsonObject(parameters.Where(parameter => Text(parameter["parameter_name"]) is not null).DistinctBy(parameter => Text(parameter["parameter_name"])).Select(parameter => KeyValuePair.Create(Text(parameter["parameter_name"])!, (JsonNode?)Value(parameter))))
        : new JsonArray([.. parameters.Select(parameter => (JsonNode?)Value(parameter))]);

    // Amounts and dates travel as the words that Meta falls back to.
    static string? Value(JsonObject parameter) =>
        Text(parameter["text"]) ?? Text(((parameter["currency"] ?? parameter["date_time"]) as JsonObject)?["fallback_value"]);

    static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}

/// <param name="AttachmentId">An uploaded file, for a header that is a picture, video or document.</param>
/// <param name="Link">The public address of one, instead.</param>
public sealed record TemplateHeaderRequest(JsonNode? Variables = null, Guid? AttachmentId = null, string? Link = null, FilledLocation? Location = null);

/// <param name="Index">The button's position, from 0.</param>
public sealed record TemplateButtonRequest(int? Index, string? Value);
