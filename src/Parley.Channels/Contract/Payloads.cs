using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Parley.Channels.Contract;

/// <summary>Payloads as JSON: snake_case, nulls left out; the form in which they are stored and travel.</summary>
public static class Payloads
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static JsonObject Write<T>(T payload) where T : class => JsonSerializer.SerializeToNode(payload, Options)!.AsObject();

    /// <summary>Null when the JSON is no such payload.</summary>
    public static T? Read<T>(JsonObject? payload) where T : class
    {
        try { return payload?.Deserialize<T>(Options); }
        catch (JsonException) { return null; }
    }
}
