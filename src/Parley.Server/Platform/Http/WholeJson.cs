using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Parley.Server.Platform.Http;

/// <summary>Reads free-form JSON to its last leaf while the body is read. The framework would leave that for later, and a member
/// that stands twice or half of a surrogate pair would then surface as our fault.</summary>
internal sealed class WholeJson<T> : JsonConverter<T> where T : JsonNode
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            var node = JsonNode.Parse(ref reader);
            Visit(node);
            return node is null ? null : node as T ?? throw new JsonException();
        }
        catch (Exception unreadable) when (unreadable is InvalidOperationException or ArgumentException)
        {
            throw new JsonException(null, unreadable);
        }
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => value.WriteTo(writer, options);

    static void Visit(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (_, value) in members) Visit(value);
                break;
            case JsonArray items:
                foreach (var item in items) Visit(item);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                value.GetValue<string>();
                break;
            default:
                break;
        }
    }
}
