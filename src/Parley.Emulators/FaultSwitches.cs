using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators;

/// <summary>A provider's faults are a record; a request changes the members that it names.</summary>
internal static class FaultSwitches
{
    static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The changed record, or a sentence about what is wrong.</summary>
    public static (T? Changed, string? Wrong) Change<T>(T present, JsonObject change) where T : class
    {
        var names = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => Json.PropertyNamingPolicy!.ConvertName(property.Name)).ToList();
        var changed = JsonSerializer.SerializeToNode(present, Json)!.AsObject();
        foreach (var (name, value) in change)
        {
            if (!names.Contains(name)) return (null, $"There is no fault {name}. There are: {string.Join(", ", names)}.");
            changed[name] = value?.DeepClone();
        }
        try { return (changed.Deserialize<T>(Json), null); }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or FormatException) { return (null, "A value has the wrong type."); }
    }
}
