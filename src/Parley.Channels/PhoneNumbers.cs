using System.Text.RegularExpressions;

namespace Parley.Channels;

/// <summary>Telephone numbers as handles: "+" and digits.</summary>
public static partial class PhoneNumbers
{
    /// <summary>"+E.164" of what providers write, and of what people write with their country's code; null when it is no such number. Providers
    /// leave the + away; what people write without one may be of any country (<see cref="NationalNumbers"/>).</summary>
    public static string? Normalise(string text)
    {
        text = Undecorated(text);
        if (text.StartsWith("00", StringComparison.Ordinal)) text = "+" + text[2..];
        else if (!text.StartsWith('+')) text = "+" + text;
        return Number().IsMatch(text) ? text : null;
    }

    /// <summary>Whether it says itself of which country it is: it begins with + or 00.</summary>
    public static bool IsInternational(string text) => Undecorated(text) is ['+', ..] or ['0', '0', ..];

    internal static string Undecorated(string text)
    {
        var bare = Decoration().Replace(text.Trim(), "");
        // "+49 (0) 30 …": the 0 is dialled at home only. Where it stays behind the country's code (Italy), nobody writes it so.
        return bare is ['+', ..] or ['0', '0', ..] ? Decoration().Replace(HomeOnly().Replace(text, ""), "") : bare;
    }

    /// <summary>Other ways in which the same mobile telephone is written, the likeliest first; empty for nearly all numbers.
    /// Networks and WhatsApp disagree in three countries, so a person may be dialled by one and answer from the other:
    /// <list type="bullet">
    /// <item>Brazil put a 9 before the eight digits of mobiles (2012 to 2016); accounts made before keep the old id. Eight digits
    /// that begin with 2 to 5 are a land line, which never had one.</item>
    /// <item>Mexico dropped the 1 between country code and the ten digits of mobiles (August 2019); WhatsApp kept it.</item>
    /// <item>Argentina writes a 9 between country code and the ten digits of mobiles from abroad only.</item>
    /// </list></summary>
    public static IReadOnlyList<string> Variants(string handle)
    {
        foreach (var (plain, extra, with, without) in Countries)
        {
            if (!handle.StartsWith(plain, StringComparison.Ordinal)) continue;
            if (with().Match(handle) is { Success: true } longer) return [$"{plain}{longer.Groups[1].Value}{longer.Groups[2].Value}"];
            if (without().Match(handle) is { Success: true } shorter) return [$"{plain}{shorter.Groups[1].Value}{extra}{shorter.Groups[2].Value}"];
        }
        return [];
    }

    /// <summary>One and the same for all ways in which a number is written; null where there is only one.</summary>
    public static string? Key(string handle) => Variants(handle) is { Count: > 0 } others ? others.Append(handle).Min(StringComparer.Ordinal) : null;

    static readonly (string Plain, string Extra, Func<Regex> With, Func<Regex> Without)[] Countries =
        [("+55", "9", BrazilWith, BrazilWithout), ("+52", "1", MexicoWith, MexicoWithout), ("+54", "9", ArgentinaWith, ArgentinaWithout)];

    [GeneratedRegex(@"^\+55([1-9][0-9])9([6-9][0-9]{7})$")]
    private static partial Regex BrazilWith();

    [GeneratedRegex(@"^\+55([1-9][0-9])([6-9][0-9]{7})$")]
    private static partial Regex BrazilWithout();

    [GeneratedRegex(@"^\+52()1([2-9][0-9]{9})$")]
    private static partial Regex MexicoWith();

    [GeneratedRegex(@"^\+52()([2-9][0-9]{9})$")]
    private static partial Regex MexicoWithout();

    [GeneratedRegex(@"^\+54()9([1-9][0-9]{9})$")]
    private static partial Regex ArgentinaWith();

    [GeneratedRegex(@"^\+54()([1-8][0-9]{9})$")]
    private static partial Regex ArgentinaWithout();

    [GeneratedRegex(@"\(\s*0\s*\)")]
    private static partial Regex HomeOnly();

    [GeneratedRegex(@"[\s().\-/]")]
    private static partial Regex Decoration();

    [GeneratedRegex(@"^\+[1-9][0-9]{6,14}\z")]
    private static partial Regex Number();
}
