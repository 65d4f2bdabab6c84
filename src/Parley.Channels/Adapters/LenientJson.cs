using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Channels.Adapters;

/// <summary>Reads JSON that may lack anything or hold anything: a missing member is an undefined element, a member of the
/// wrong type is as good as missing, and no method throws.</summary>
internal static class LenientJson
{
    /// <summary>The member's value. Names are compared as bytes: TryGetProperty unescapes them and throws on a lone surrogate.</summary>
    public static JsonElement Get(this JsonElement from, ReadOnlySpan<byte> name)
    {
        var found = default(JsonElement);
        if (from.ValueKind != JsonValueKind.Object) return found;
        foreach (var member in from.EnumerateObject())
            if (JsonMarshal.GetRawUtf8PropertyName(member).SequenceEqual(name)) found = member.Value;
        return found;
    }

    public static bool IsObject(this JsonElement value) => value.ValueKind == JsonValueKind.Object;

    public static bool IsTrue(this JsonElement value) => value.ValueKind == JsonValueKind.True;

    public static JsonElement.ArrayEnumerator Items(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : default;

    /// <summary>A string's text, or a number as written (ids are seen as both); null for everything else.</summary>
    public static string? Text(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => StorableText.FromJson(JsonMarshal.GetRawUtf8Value(value)[1..^1]),
        JsonValueKind.Number => Raw(value),
        _ => null,
    };

    public static string? Id(this JsonElement value) => StorableText.Id(value.Text());

    public static long? Whole(this JsonElement value) =>
        decimal.TryParse(value.Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number is >= long.MinValue and <= long.MaxValue ? (long)number : null;

    /// <summary>Unix time in seconds or, when it is too long for that, milliseconds. Both are seen in the wild.</summary>
    public static DateTimeOffset? Time(this JsonElement value)
    {
        const long firstMillisecond = 100_000_000_000;          // as seconds: the year 5138
        const long lastMillisecond = 253_402_300_799_999;       // the end of the year 9999
        return value.Whole() switch
        {
            > 0 and < firstMillisecond and var seconds => DateTimeOffset.FromUnixTimeSeconds(seconds),
            >= firstMillisecond and <= lastMillisecond and var milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
            _ => null,
        };
    }

    /// <summary>A copy that outlives the document and that PostgreSQL can store as jsonb.</summary>
    public static JsonNode? Copy(this JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in value.EnumerateObject())
                    members[StorableText.FromJson(JsonMarshal.GetRawUtf8PropertyName(member))] = member.Value.Copy();
                return members;
            case JsonValueKind.Array:
                var items = new JsonArray();
                foreach (var item in value.EnumerateArray()) items.Add(item.Copy());
                return items;
            case JsonValueKind.String: return JsonValue.Create(value.Text());
            case JsonValueKind.Number: return Number(Raw(value));
            case JsonValueKind.True: return JsonValue.Create(true);
            case JsonValueKind.False: return JsonValue.Create(false);
            default: return null;
        }
    }

    static string Raw(JsonElement number) => StorableText.FromJson(JsonMarshal.GetRawUtf8Value(number));

    // 1e999999 is JSON but neither a double nor a numeric: kept as text.
    static JsonValue Number(string raw) =>
        long.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
        : raw.Length <= 28 && decimal.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) ? JsonValue.Create(exact)
        : double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var near) && double.IsFinite(near) ? JsonValue.Create(near)
        : JsonValue.Create(raw)!;
}
