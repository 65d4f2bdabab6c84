using System.Globalization;
using System.Text.RegularExpressions;

namespace Parley.Server.Bot.Answering;

/// <summary>An answer on its way from a model to a chat.</summary>
internal static partial class AnswerText
{
    const int MostParts = 10;
    const int TooManyWordsInCommon = 12;

    /// <summary>Without the Markdown that models write although they were asked not to.</summary>
    public static string Plain(string text)
    {
        text = text.ReplaceLineEndings("\n");
        text = Fence().Replace(text, "");
        text = Heading().Replace(text, "");
        text = Link().Replace(text, match => match.Groups[1].Value == match.Groups[2].Value ? match.Groups[2].Value : $"{match.Groups[1].Value} ({match.Groups[2].Value})");
        text = Strong().Replace(text, "$2");
        text = Bullet().Replace(text, "- ");
        text = BlankLines().Replace(text, "\n\n");
        return text.Replace("\0", "").Trim();
    }

    /// <summary>In parts that the channel takes, each ending where a sentence ends, or at least a word.</summary>
    public static IReadOnlyList<string> Split(string text, int longest)
    {
        var parts = new List<string>();
        var rest = text.Trim();
        while (rest.Length > 0 && parts.Count < MostParts)
        {
            var cut = rest.Length <= longest ? rest.Length : CutBefore(rest, longest);
            parts.Add(rest[..cut].TrimEnd());
            rest = rest[cut..].TrimStart();
        }
        return parts;
    }

    /// <summary>Up to the last end of a sentence; null when there is none.</summary>
    public static string? WholeSentences(string text)
    {
        var end = SentenceEnd().Matches(text).LastOrDefault();
        return end is null ? null : text[..(end.Index + end.Length)].TrimEnd();
    }

    /// <summary>Does it repeat twelve consecutive words of the instructions? Marks, capitals and invisible characters do not hide them.</summary>
    public static bool Repeats(string answer, string instructions)
    {
        var words = Words(instructions);
        if (words.Count < TooManyWordsInCommon) return false;
        var runs = Runs(words).ToHashSet();
        return Runs(Words(answer)).Any(runs.Contains);
    }

    /// <summary>The first of the words that stands in the text, as words of their own; null when none does.</summary>
    public static string? FindWord(string text, IEnumerable<string> words)
    {
        var said = $" {string.Join(' ', Words(text))} ";
        // Scripts that write without spaces have no words of their own to find.
        return words.FirstOrDefault(word => string.Join(' ', Words(word)) is { Length: > 0 } asked
            && said.Contains(asked[0] >= '\u2e80' ? asked : $" {asked} ", StringComparison.Ordinal));
    }

    static IEnumerable<string> Runs(List<string> words)
    {
        for (var i = 0; i + TooManyWordsInCommon <= words.Count; i++) yield return string.Join(' ', words.GetRange(i, TooManyWordsInCommon));
    }

    static List<string> Words(string text)
    {
        // What is invisible does not part a word, and full-width letters are letters.
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        foreach (var written in text)
        {
            var character = written is >= '\uff01' and <= '\uff5e' ? (char)(written - 0xfee0) : written;
            if (char.IsLetterOrDigit(character) || char.IsSurrogate(character) || char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark) word.Append(char.ToLowerInvariant(character));
            else if (char.GetUnicodeCategory(character) is not (UnicodeCategory.Format or UnicodeCategory.ModifierSymbol) && character is not ('\'' or '’')) Flush();
        }
        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }

    // Paragraph, sentence, line, word, and only then anywhere that is no half of a character.
    static int CutBefore(string text, int longest)
    {
        var head = text[..longest];
        var least = longest / 2;
        if (head.LastIndexOf("\n\n", StringComparison.Ordinal) is var paragraph && paragraph >= least) return paragraph;
        if (SentenceEnd().Matches(text[..Math.Min(text.Length, longest + 1)]).LastOrDefault(end => end.Index + end.Length <= longest) is { } sentence && sentence.Index + sentence.Length >= least / 2) return sentence.Index + sentence.Length;
        if (head.LastIndexOfAny(['\n', ' ']) is var space && space > 0) return space;
        var cut = longest;
        while (cut > longest - 20 && cut > 1 && !IsBoundary(text, cut)) cut--;
        return cut;
    }

    static bool IsBoundary(string text, int at) => StringInfo.GetNextTextElementLength(text, at - 1) == 1 && !char.IsLowSurrogate(text[at]);

    [GeneratedRegex(@"^```.*$\n?", RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#{1,6}[ \t]+", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]\n]+)\]\((https?://[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")]
    private static partial Regex Strong();

    [GeneratedRegex(@"^[ \t]*[*•][ \t]+", RegexOptions.Multiline)]
    private static partial Regex Bullet();

    [GeneratedRegex(@"\n{3,}")]
    private static partial Regex BlankLines();

    // A full stop after a digit may be a number's ("3. Step", "10.50").
    [GeneratedRegex(@"(?:[!?…]|(?<!\d)\.|\d\.(?=\s+\p{Lu}))+[""'”’»)\]]*(?=\s|$)|[。！？।؟]+[」』”]*|\n")]
    private static partial Regex SentenceEnd();
}
