using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Server.Automations.Conditions;

/// <summary>What conditions look at, as it is when the event is read.</summary>
internal sealed class Facts
{
    const int LongestText = 10_000;   // for patterns

    public string? Channel { get; init; }
    public Guid? IntegrationId { get; init; }
    public string? Text { get; init; }

    /// <summary>On the conversation or on the contact.</summary>
    public IReadOnlyCollection<Guid> Labels { get; init; } = [];
    public string? ContactName { get; init; }
    public string? Phone { get; init; }
    public string? Email { get; init; }
    public string? ExternalRef { get; init; }
    public string? ContactStatus { get; init; }
    public string? Metadata { get; init; }
    public DateTimeOffset At { get; init; }

    /// <summary>The organisation's.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>So long all patterns together may look at it, whoever asks.</summary>
    public TimeSpan PatternTime { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long they have.</summary>
    public TimeSpan PatternTook { get; private set; }

    /// <summary>A pattern was not asked to the end: what it would have said is not known.</summary>
    public bool IsCut { get; set; }

    string? _folded;
    HashSet<string>? _words;
    JsonObject? _custom;

    /// <summary>The text in small letters and without accents; folded once, however many ask.</summary>
    public string Folded => _folded ??= Fold(Text ?? "");

    public HashSet<string> Words => _words ??= [.. WordsOf(Folded)];

    public bool Matches(string pattern)
    {
        if (PatternTook >= PatternTime) return !(IsCut = true);
        var begun = Stopwatch.GetTimestamp();
        try { return Patterns.Get(pattern).IsMatch(Text is { Length: > LongestText } ? Text[..LongestText] : Text ?? ""); }
        catch (RegexMatchTimeoutException) { return !(IsCut = true); }
        finally { PatternTook += Stopwatch.GetElapsedTime(begun); }
    }

    public string? Field(string name) => name switch
    {
        "name" => ContactName,
        "phone" => Phone,
        "email" => Email,
        "external_ref" => ExternalRef,
        "status" => ContactStatus,
        _ => Custom(name),
    };

    string? Custom(string name)
    {
        _custom ??= Metadata is null ? [] : JsonNode.Parse(Metadata) as JsonObject ?? [];
        return _custom[name] switch { null => null, JsonValue value => value.ToString(), var other => other.ToJsonString() };
    }

    /// <summary>Small letters, no accents. (This process knows no Unicode beyond letters and case: what letters stand on is listed here.)</summary>
    public static string Fold(string text)
    {
        var isPlain = true;
        foreach (var letter in text) isPlain &= letter < 128;
        if (isPlain) return text.ToLowerInvariant();
        var folded = new StringBuilder(text.Length);
        foreach (var letter in text)
            if (letter is < '\u0300' or > '\u036f')   // an accent that comes by itself
            {
                var small = char.ToLowerInvariant(letter);
                folded.Append(small < 128 ? small : Plain.GetValueOrDefault(small, small));
            }
        return folded.ToString();
    }

    static readonly Dictionary<char, char> Plain = new[]
    {
        ('a', "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"), ('c', "çćĉċč"), ('d', "ďđ"), ('e', "èéêëēĕėęěẹẻẽếềểễệ"), ('g', "ĝğġģ"), ('h', "ĥħ"), ('i', "ìíîïĩīĭįıỉị"), ('j', "ĵ"), ('k', "ķ"), ('l', "ĺļľŀł"), ('n', "ñńņň"),
        ('o', "òóôõöøōŏőơọỏốồổỗộớờởỡợ"), ('r', "ŕŗř"), ('s', "śŝşšș"), ('t', "ţťŧț"), ('u', "ùúûüũūŭůűųưụủứừửữự"), ('w', "ŵ"), ('y', "ýÿŷỳỵỷỹ"), ('z', "źżž"),
    }.SelectMany(row => row.Item2.Select(letter => KeyValuePair.Create(letter, row.Item1))).ToDictionary();

    public static IEnumerable<string> WordsOf(string folded)
    {
        var start = -1;
        for (var i = 0; i <= folded.Length; i++)
        {
            var isLetter = i < folded.Length && (char.IsLetterOrDigit(folded[i]) || char.IsSurrogate(folded[i]));
            if (isLetter && start < 0) start = i;
            if (isLetter || start < 0) continue;
            yield return folded[start..i];
            start = -1;
        }
    }
}
