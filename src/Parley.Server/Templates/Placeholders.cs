using System.Text.RegularExpressions;

namespace Parley.Server.Templates;

/// <summary>Variables in a text: {{1}} or {{first_name}}.</summary>
internal static partial class Placeholders
{
    /// <summary>Each once, in order of appearance; numbers in order of size.</summary>
    public static IReadOnlyList<string> In(string? text)
    {
        if (text is null) return [];
        var names = Placeholder().Matches(text).Select(match => match.Groups[1].Value).Distinct().ToList();
        return names.All(name => int.TryParse(name, out _)) ? [.. names.OrderBy(int.Parse)] : names;
    }

    public static string? Fill(string? text, IReadOnlyDictionary<string, string> values) =>
        text is null ? null : Placeholder().Replace(text, match => values.GetValueOrDefault(match.Groups[1].Value) ?? match.Value);

    /// <summary>The same in an address: what stands for a variable stays one part of it, and cannot lead elsewhere.</summary>
    public static string? FillAddress(string? address, IReadOnlyDictionary<string, string> values) =>
        address is null ? null : Placeholder().Replace(address, match => values.TryGetValue(match.Groups[1].Value, out var value) ? Uri.EscapeDataString(value) : match.Value);

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")]
    private static partial Regex Placeholder();
}
