using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>A filled template in Meta's words: components with their parameters, those without any left out.</summary>
internal static class MetaTemplateBody
{
    public static JsonObject Write(FilledTemplate template, MediaHandle? media, bool isDraft)
    {
        var components = new JsonArray();
        if (Header(template, media, isDraft) is { } header) components.Add(new JsonObject { ["type"] = "header", ["parameters"] = header });
        if (template.Body.Count > 0) components.Add(new JsonObject { ["type"] = "body", ["parameters"] = Values(template.Body) });
        foreach (var button in template.Buttons)
            components.Add(new JsonObject
            {
                ["type"] = "button", ["sub_type"] = button.Type, ["index"] = $"{button.Index}",
                ["parameters"] = new JsonArray(button.Type switch
                {
                    "quick_reply" => new JsonObject { ["type"] = "payload", ["payload"] = button.Value },
                    "copy_code" => new JsonObject { ["type"] = "coupon_code", ["coupon_code"] = button.Value },
                    _ => new JsonObject { ["type"] = "text", ["text"] = button.Value },
                }),
            });
        var written = new JsonObject { ["name"] = template.Name, ["language"] = new JsonObject { ["code"] = template.Language } };
        if (components.Count > 0) written["components"] = components;
        return written;
    }

    static JsonArray? Header(FilledTemplate template, MediaHandle? media, bool isDraft)
    {
        switch (template.HeaderFormat)
        {
            case "text": return template.Header.Count > 0 ? Values(template.Header) : null;
            case "location":
                var place = template.HeaderLocation ?? throw new ContentException("The template's header needs a location.");
                return [new JsonObject { ["type"] = "location", ["location"] = Payloads.Write(place) }];
            case "image" or "video" or "document":
                var file = new JsonObject();
                if (media is not null) file["id"] = media.ProviderId;
                else if (template.HeaderLink is { } link) file["link"] = link;
                else if (!isDraft) throw new ContentException($"The template's header needs {(template.HeaderFormat == "image" ? "an" : "a")} {template.HeaderFormat}.");
                if (template.HeaderFormat == "document" && media?.FileName is { } name) file["filename"] = StorableText.Clean(name);
                return [new JsonObject { ["type"] = template.HeaderFormat, [template.HeaderFormat] = file }];
            default: return null;
        }
    }

    static JsonArray Values(IReadOnlyList<TemplateValue> values) => new([.. values.Select(value =>
    {
        var parameter = new JsonObject { ["type"] = "text", ["text"] = StorableText.Clean(value.Value) };
        if (value.Name is not null) parameter["parameter_name"] = value.Name;
        return parameter;
    })]);
}
