using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>What Unipile writes in more than one way: 0 and false, an id and a list with one id in it, a time with and
/// without milliseconds.</summary>
internal static class UnipileJson
{
    const int LargestDetail = 4096;

    static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd"];

    /// <summary>Null when it is not said. REST says 0 and 1, webhooks false and true, older ones "false" and "true".</summary>
    public static bool? Said(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.Whole() is { } number ? number != 0 : null,
        JsonValueKind.String => value.Text() switch { "true" or "1" => true, "false" or "0" => false, _ => null },
        _ => null,
    };

    public static bool Flag(this JsonElement value) => value.Said() == true;

    /// <summary>An id, or the first one of a list; seen both ways in answers to a send.</summary>
    public static string? FirstId(this JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return value.Id();
        foreach (var item in value.EnumerateArray())
            if (item.Id() is { } id) return id;
        return null;
    }

    /// <summary>A list's items, or the one thing that stands where a list should be.</summary>
    public static IReadOnlyList<JsonElement> Several(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0 ? [] : [.. value.EnumerateArray()],
        JsonValueKind.Object => [value],
        _ => [],
    };

    /// <summary>ISO 8601, whatever its precision, or Unix time. Never relative to now: the same bytes give the same time.</summary>
    public static DateTimeOffset? When(this JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number) return value.Time();
        return value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParseExact(
            value.Text(), Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : value.Time();
    }

    /// <summary>The only form that Unipile takes: exactly three digits and a Z.</summary>
    public static string Write(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string? Words(this JsonElement value) => value.ValueKind == JsonValueKind.String && value.Text() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    /// <summary>Keeps a copy under a name, unless there is nothing to keep or far too much.</summary>
    public static void Keep(this JsonObject details, string name, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null || JsonMarshal.GetRawUtf8Value(value).Length > LargestDetail) return;
        if (value.ValueKind == JsonValueKind.String && value.Text() is "" || value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0) return;
        details[name] = value.Copy();
    }

    public static JsonObject? OrNull(this JsonObject details) => details.Count == 0 ? null : details;
}

/// <summary>The members of one object after another, found in a single pass each: a first import reads a hundred thousand of
/// them. The enum's names, in snake_case, are the members that matter; a repeated member counts with its last value.</summary>
internal sealed class MembersOf<TName> where TName : struct, Enum
{
    static readonly byte[][] Names = [.. Enum.GetNames<TName>().Select(name => Encoding.UTF8.GetBytes(JsonNamingPolicy.SnakeCaseLower.ConvertName(name)))];

    readonly JsonElement[] found = new JsonElement[Names.Length];

    public JsonElement this[TName name] => found[Unsafe.BitCast<TName, int>(name)];

    public void Read(JsonElement from)
    {
        Array.Clear(found);
        if (!from.IsObject()) return;
        var next = 0;   // members mostly come in the order of the last object's
        foreach (var member in from.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(member);
            for (var tried = 0; tried < Names.Length; tried++, next++)
            {
                if (next == Names.Length) next = 0;
                if (!name.SequenceEqual(Names[next])) continue;
                found[next++] = member.Value;
                break;
            }
        }
    }
}
