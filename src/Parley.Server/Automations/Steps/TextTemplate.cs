using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Server.Automations.Steps;

/// <summary>Why a step cannot be done, in words; trying again is no use.</summary>
internal sealed class StepException(string words) : Exception(words);

/// <summary>Texts with variables: {{contact.name}}, {{trigger.body.items.0.id}}, {{contact.name|there}} with a default. What is filled in is never read as a template again.</summary>
internal static partial class TextTemplate
{
    const int Longest = 100_000;

    /// <exception cref="StepException">A variable is missing and has no default.</exception>
    public static string Fill(string text, JsonObject variables, Func<string, int, string>? write = null)
    {
        var filled = Variable().Replace(text, match =>
        {
            var path = match.Groups[1].Value;
            var value = Find(variables, path) ?? (match.Groups[2].Success ? match.Groups[2].Value : throw new StepException($"There is no {{{{{path}}}}} here. Give it a default, such as {{{{{path}|…}}}}, if it may be missing."));
            return write is null ? value : write(value, match.Index);
        });
        return filled.Length <= Longest ? filled : throw new StepException($"With all its variables filled in, a text has more than {Longest:N0} characters.");
    }

    /// <summary>Whatever texts there are in it.</summary>
    public static JsonNode? Fill(JsonNode? json, JsonObject variables) => json switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, variables)))),
        JsonArray items => new JsonArray([.. items.Select(item => Fill(item, variables))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Fill(value.GetValue<string>(), variables),
        _ => json?.DeepClone(),
    };

    /// <summary>Names in it that nobody knows; for the form, which cannot know more.</summary>
    public static IEnumerable<string> UnknownIn(string text, IReadOnlyCollection<string> roots) =>
        Variable().Matches(text).Select(match => match.Groups[1].Value).Where(path => !roots.Contains(path.Split('.')[0])).Distinct();

    static string? Find(JsonNode? node, string path)
    {
        foreach (var part in path.Split('.'))
            node = node switch
            {
                JsonObject members => members[part],
                JsonArray items when int.TryParse(part, out var index) && index >= 0 && index < items.Count => items[index],
                _ => null,
            };
        return node switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.Null => null,
            JsonValue value => value.ToString() is { Length: > 0 } text ? text : null,
            _ => node.ToJsonString(),
        };
    }

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_][A-Za-z0-9_.\-]{0,199})\s*(?:\|([^{}]{0,500}))?\}\}")]
    private static partial Regex Variable();
}
