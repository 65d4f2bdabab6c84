using System.Text.Json.Nodes;

namespace Parley.Server.Contacts.Merging;

/// <summary>What is known of a contact, field by field (custom fields and social handles each on their own), as JSON texts; a field that is not there is unknown.
/// Two of them fold into one, and a fold can be taken out of the middle of several: then what people changed since stays.</summary>
internal static class ContactFold
{
    static readonly string[] Plain = ["name", "phone", "email", "external_ref", "notes", "status", "updated_at"];
    static readonly string[] Bags = ["metadata", "social_handles"];

    /// <param name="row">A row of contacts.</param>
    public static Dictionary<string, string> Read(JsonObject row)
    {
        var fields = new Dictionary<string, string>();
        foreach (var name in Plain)
            if (row[name] is { } value) fields[name] = value.ToJsonString();
        foreach (var bag in Bags)
            if (row[bag] is JsonObject members)
                foreach (var (key, value) in members) fields[$"{bag}.{key}"] = value?.ToJsonString() ?? "null";
        return fields;
    }

    /// <summary>The columns to write.</summary>
    public static JsonObject Write(IReadOnlyDictionary<string, string> fields)
    {
        var row = new JsonObject();
        foreach (var name in Plain) row[name] = fields.TryGetValue(name, out var value) ? JsonNode.Parse(value) : null;
        foreach (var bag in Bags)
        {
            var members = new JsonObject();
            foreach (var (field, value) in fields.Where(field => field.Key.StartsWith($"{bag}.", StringComparison.Ordinal)).OrderBy(field => field.Key, StringComparer.Ordinal))
                members[field[(bag.Length + 1)..]] = JsonNode.Parse(value);
            row[bag] = members;
        }
        return row;
    }

    /// <summary>Who stays knows better; what they do not know comes from the other. Notes of both are kept, and blocked is blocked.</summary>
    public static Dictionary<string, string> Fold(IReadOnlyDictionary<string, string> stays, IReadOnlyDictionary<string, string> goes, DateTimeOffset now)
    {
        var folded = new Dictionary<string, string>(goes);
        foreach (var (field, value) in stays) folded[field] = value;
        if (stays.TryGetValue("notes", out var mine) && goes.TryGetValue("notes", out var theirs) && mine != theirs)
            folded["notes"] = JsonValue.Create($"{Text(mine)}\n\n{Text(theirs)}").ToJsonString();
        if (IsBlocked(stays) || IsBlocked(goes)) folded["status"] = "\"blocked\"";
        folded["updated_at"] = JsonValue.Create(now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'+00:00'", System.Globalization.CultureInfo.InvariantCulture)).ToJsonString();
        return folded;
    }

    /// <summary>What is known when the first of these merges had not been: each later one is folded again, on top of what people changed between them.</summary>
    /// <param name="later">The merges after the one that is undone, oldest first; their Before and After are made right.</param>
    /// <returns>The fields of who stayed.</returns>
    public static Dictionary<string, string> Undo(FoldStep undone, IReadOnlyList<FoldStep> later, IReadOnlyDictionary<string, string> today)
    {
        var known = new Dictionary<string, string>(undone.Before);
        IReadOnlyDictionary<string, string> last = undone.After;
        foreach (var step in later)
        {
            known = Changed(known, last, step.Before);
            last = step.After;
            step.Before = known;
            step.After = known = Fold(known, step.Gone, step.At);
        }
        return Changed(known, last, today);
    }

    // Applies to "known" what became of "from" until it was "to".
    static Dictionary<string, string> Changed(Dictionary<string, string> known, IReadOnlyDictionary<string, string> from, IReadOnlyDictionary<string, string> to)
    {
        var changed = new Dictionary<string, string>(known);
        foreach (var field in from.Keys.Union(to.Keys))
        {
            var value = to.GetValueOrDefault(field);
            if (value == from.GetValueOrDefault(field)) continue;
            if (value is null) changed.Remove(field);
            else changed[field] = value;
        }
        return changed;
    }

    static bool IsBlocked(IReadOnlyDictionary<string, string> fields) => fields.GetValueOrDefault("status") == "\"blocked\"";

    static string Text(string json) => (string)JsonNode.Parse(json)!;
}

/// <summary>One merge, as far as fields go.</summary>
internal sealed class FoldStep
{
    public required Guid Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public required IReadOnlyDictionary<string, string> Gone { get; init; }
    public required IReadOnlyDictionary<string, string> Before { get; set; }
    public required IReadOnlyDictionary<string, string> After { get; set; }
}
