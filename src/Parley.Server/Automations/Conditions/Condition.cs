using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Bot;
using Parley.Server.Contacts;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations.Conditions;

/// <summary>One condition, made ready: pure, and quick enough to be asked a thousand times for each message.</summary>
/// <param name="Words">What it asks for, to be read after "if".</param>
internal sealed record Condition(string Type, string Words, Func<Facts, bool> Holds)
{
    const int MostValues = 50, LongestValue = 500, LongestPattern = 200;

    /// <summary>Makes one ready; or a sentence about what is wrong with it.</summary>
    public static (Condition? Condition, string? Wrong) Read(JsonObject json)
    {
        var (made, wrong) = json.Text("type") switch
        {
            "channel" => Channel(json),
            "integration" => Ids(json, "integration", "the account is one of those chosen", (facts, ids) => facts.IntegrationId is { } id && ids.Contains(id)),
            "text" => Text(json),
            "label" => Ids(json, "label", "it bears one of the chosen labels", (facts, ids) => facts.Labels.Any(ids.Contains)),
            "hours" => Hours(json),
            "field" => Field(json),
            var other => (null, $"There is no condition {other ?? "without a type"}. There are channel, integration, text, label, hours and field."),
        };
        if (made is null || !json.Flag("negate")) return (made, wrong);
        return (made with { Words = $"not: {made.Words}", Holds = facts => !made.Holds(facts) }, null);
    }

    // As the page calls them.
    static readonly Dictionary<string, string> ChannelNames = new()
    {
        ["whatsapp"] = "WhatsApp", ["sms"] = "SMS", ["instagram"] = "Instagram", ["facebook"] = "Messenger", ["linkedin"] = "LinkedIn", ["twitter"] = "X", ["telegram"] = "Telegram", ["email"] = "E-mail",
    };

    static (Condition?, string?) Channel(JsonObject json)
    {
        var channels = json.Texts("in");
        if (channels.Count == 0 || channels.Any(channel => !ContactFields.Channels.Contains(channel))) return (null, $"in must name channels: {string.Join(", ", ContactFields.Channels)}.");
        var set = channels.ToHashSet();
        return (new("channel", $"the channel is {string.Join(" or ", channels.Select(channel => ChannelNames.GetValueOrDefault(channel, channel)))}", facts => facts.Channel is { } channel && set.Contains(channel)), null);
    }

    static (Condition?, string?) Ids(JsonObject json, string type, string words, Func<Facts, HashSet<Guid>, bool> holds)
    {
        var ids = new HashSet<Guid>();
        foreach (var text in json.Texts("in"))
            if (Guid.TryParse(text, out var id)) ids.Add(id);
            else return (null, "in must hold ids.");
        return ids.Count is 0 or > MostValues ? (null, $"in must hold 1 to {MostValues} ids.") : (new(type, words, facts => holds(facts, ids)), null);
    }

    static (Condition?, string?) Text(JsonObject json)
    {
        var values = json.Texts("values");
        if (values.Count == 0 && json.Text("value") is { } only) values = [only];
        if (values.Count is 0 or > MostValues || values.Any(value => string.IsNullOrWhiteSpace(value) || value.Length > LongestValue)) return (null, $"values must hold 1 to {MostValues} texts of at most {LongestValue} characters.");
        var folded = values.Select(value => Facts.Fold(value.Trim())).ToArray();
        var list = string.Join(" or ", values.Select(value => $"“{value}”"));
        switch (json.Text("op"))
        {
            case "contains": return (new("text", $"the text contains {list}", facts => Array.Exists(folded, value => facts.Folded.Contains(value, StringComparison.Ordinal))), null);
            case "equals": return (new("text", $"the text is {list}", facts => Array.Exists(folded, value => facts.Folded.AsSpan().Trim().SequenceEqual(value))), null);
            case "starts": return (new("text", $"the text begins with {list}", facts => Array.Exists(folded, value => facts.Folded.AsSpan().TrimStart().StartsWith(value, StringComparison.Ordinal))), null);
            case "words":
                // A value of several words counts when each of them is there.
                var groups = folded.Select(value => Facts.WordsOf(value).ToArray()).ToArray();
                if (groups.Any(group => group.Length == 0)) return (null, "Each of the values must hold a word.");
                return (new("text", $"the text has the words {list}", facts => Array.Exists(groups, group => Array.TrueForAll(group, facts.Words.Contains))), null);
            case "regex":
                foreach (var value in values)
                {
                    if (value.Length > LongestPattern) return (null, $"A pattern may have {LongestPattern} characters.");
                    try { Patterns.Get(value); }
                    catch (Exception unfit) when (unfit is ArgumentException or NotSupportedException) { return (null, $"“{value}” is no pattern that can be used here: back references and looking ahead or behind are not possible."); }
                }
                return (new("text", $"the text matches the pattern {list}", facts => values.Any(facts.Matches)), null);
            default: return (null, "op must be contains, equals, starts, words or regex.");
        }
    }

    static (Condition?, string?) Hours(JsonObject json)
    {
        var (hours, wrong) = ReadHours(json["hours"]);
        if (hours is null) return (null, wrong);
        var zone = json.Text("time_zone");
        if (zone is not null && Schedule.FindZone(zone) is null) return (null, "time_zone must be a time zone such as America/Sao_Paulo.");
        return (new("hours", $"it happens {string.Join(" or ", hours.Select(Say))}", facts => BotHours.Contain(hours, zone ?? facts.Zone, facts.At)), null);
    }

    internal static (IReadOnlyList<BotHours>? Hours, string? Wrong) ReadHours(JsonNode? node)
    {
        try
        {
            if (node?.Deserialize<List<BotHours>>(DefinitionJson.Options) is not { Count: > 0 and <= 50 } hours || hours.Contains(null!)) return (null, "hours must be a list of stretches with days, from and to.");
            return hours.Select(stretch => stretch.Wrong()).FirstOrDefault(wrong => wrong is not null) is { } unfit ? (null, unfit) : (hours, null);
        }
        catch (JsonException) { return (null, "hours must be a list of stretches with days, from and to."); }
    }

    static string Say(BotHours stretch) => $"{(stretch.Days is null or [] ? "any day" : string.Join(' ', stretch.Days.Select(day => $"{char.ToUpperInvariant(day[0])}{day[1]}")))} {stretch.From}–{stretch.To}";

    static (Condition?, string?) Field(JsonObject json)
    {
        if (json.Text("name") is not { Length: > 0 and <= 100 } name) return (null, "name must be the name of a field.");
        var value = json.Text("value");
        if (json.Text("op") is not ("equals" or "contains" or "exists") and var op) return (null, $"op must be equals, contains or exists{(op is null ? "" : $", not {op}")}.");
        if (json.Text("op") == "exists") return (new("field", $"the contact’s {name} is known", facts => !string.IsNullOrEmpty(facts.Field(name))), null);
        if (value is not { Length: > 0 and <= LongestValue }) return (null, "value must be a text.");
        var folded = Facts.Fold(value.Trim());
        return json.Text("op") == "equals"
            ? (new("field", $"the contact’s {name} is “{value}”", facts => facts.Field(name) is { } has && Facts.Fold(has.Trim()) == folded), null)
            : (new("field", $"the contact’s {name} contains “{value}”", facts => facts.Field(name) is { } has && Facts.Fold(has).Contains(folded, StringComparison.Ordinal)), null);
    }
}
