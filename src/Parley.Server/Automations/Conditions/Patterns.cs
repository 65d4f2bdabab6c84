using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Parley.Server.Automations.Conditions;

/// <summary>Patterns made ready, kept for whoever asks for the same. What they learn while they match takes memory: only so many are kept, and then all are forgotten.</summary>
internal static class Patterns
{
    /// <summary>In one condition.</summary>
    public const int MostOfACondition = 5;

    public const int MostKept = 4000;

    public const string TookTooLong = "Its patterns took too long for what came in, and were not asked to the end: it may have missed something. Simpler patterns, or fewer of them, are quick.";

    /// <summary>For one pattern; <see cref="Facts.PatternTime"/> is for all of them.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    static readonly ConcurrentDictionary<string, Regex> Ready = new(StringComparer.Ordinal);

    public static int Kept => Ready.Count;

    /// <summary>Linear in the length of the text, whatever the pattern.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    /// <exception cref="NotSupportedException">It asks for what is not linear: back references, looking around.</exception>
    public static Regex Get(string pattern)
    {
        if (Ready.TryGetValue(pattern, out var known)) return known;
        var made = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Longest);
        if (Ready.Count >= MostKept) Ready.Clear();
        return Ready[pattern] = made;
    }
}
