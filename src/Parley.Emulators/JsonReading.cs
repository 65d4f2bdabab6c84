using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators;

/// <summary>Reads JSON that may have any shape: what is not there, or is something else, is null or empty.</summary>
internal static class JsonReading
{
    public static JsonNode? Member(this JsonNode? node, string name) => (node as JsonObject)?[name];

    public static string? Text(this JsonNode? node, string name) => node.Member(name).AsText();

    public static string? AsText(this JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    public static bool Flag(this JsonNode? node, string name) => node.Member(name)?.GetValueKind() == JsonValueKind.True;

    public static IReadOnlyList<JsonNode?> List(this JsonNode? node, string name) => node.Member(name) is JsonArray items ? [.. items] : [];

    /// <summary>A number, or a text that holds one.</summary>
    public static double? Number(this JsonNode? node, string name) => node.Member(name) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString()),
        JsonValue value when double.TryParse(value.AsText(), out var number) => number,
        _ => null,
    };
}
