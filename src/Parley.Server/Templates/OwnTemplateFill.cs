using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Contacts;
using Parley.Server.Platform.Http;

namespace Parley.Server.Templates;

/// <summary>Fills our own templates: with what the caller gives, and otherwise with what is known of the contact.</summary>
internal static class OwnTemplateFill
{
    const int LongestValue = 1024;

    /// <param name="Content">The words; what is missing still stands in them as it was written.</param>
    /// <param name="Missing">Variables for which nothing is known.</param>
    public sealed record Filled(string Content, IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Missing);

    public static (Filled? Filled, Dictionary<string, string[]> Errors) Fill(TemplateRow template, JsonNode? given, ContactView? contact)
    {
        var content = Payloads.Read<TemplateContent>(JsonNode.Parse(template.Content) as JsonObject)!;
        var names = OwnTemplateForm.Names(content);
        var errors = new Dictionary<string, string[]>();
        var values = (contact is null ? [] : Known(contact.Name, contact.Phone, contact.Email, contact.ExternalRef, contact.Metadata as JsonObject)).Where(known => names.Contains(known.Key)).ToDictionary(known => known.Key, known => known.Value);
        switch (given)
        {
            case null: break;
            case JsonArray list when names.All(name => int.TryParse(name, out _)) && list.Count <= names.Count:
                for (var i = 0; i < list.Count; i++) Take(names[i], list[i]);
                break;
            case JsonObject members:
                foreach (var (name, value) in members)
                    if (names.Contains(name)) Take(name, value);
                    else errors[$"variables.{name}"] = [$"There is no variable {{{{{name}}}}}. {(names.Count == 0 ? "It takes none." : $"There are: {string.Join(", ", names.Select(known => $"{{{{{known}}}}}"))}.")}"];
                break;
            default: errors["variables"] = ["It must be an object of names and values; for numbered variables, a list."]; break;
        }
        if (errors.Count > 0) return (null, errors);
        var words = string.Join("\n\n", new[] { content.Header?.Text, content.Body, content.Footer }.Where(part => part is not null).Select(part => Placeholders.Fill(part, values)));
        return (new(words, values, [.. names.Where(name => !values.ContainsKey(name))]), errors);

        void Take(string name, JsonNode? value)
        {
            var text = value is JsonValue plain ? plain.GetValueKind() == JsonValueKind.String ? plain.GetValue<string>() : plain.ToJsonString() : null;
            if (string.IsNullOrWhiteSpace(text)) values.Remove(name);
            else if (Texts.Wrong(text, LongestValue) is { } wrong) errors[$"variables.{name}"] = [wrong];
            else values[name] = text;
        }
    }

    /// <summary>What a contact's variables are called: its own members, and whatever its metadata says in a word.</summary>
    internal static Dictionary<string, string> Known(string? name, string? phone, string? email, string? externalRef, JsonObject? metadata)
    {
        var known = new Dictionary<string, string>();
        foreach (var (field, value) in metadata ?? [])
            if (value is JsonValue plain && plain.GetValueKind() is JsonValueKind.String or JsonValueKind.Number) Know(field, value.ToString());
        Know("name", name);
        Know("full_name", name);
        Know("first_name", name?.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault());
        Know("phone", phone);
        Know("email", email);
        Know("external_ref", externalRef);
        return known;

        void Know(string field, string? value)
        {
            if (!string.IsNullOrWhiteSpace(value) && value.Length <= LongestValue) known[field] = value;
        }
    }
}
