namespace Parley.Server.Search;

/// <summary>A piece of a text with what was found in it. The text is text: it is never HTML.</summary>
/// <param name="Text">Begins or ends with "…" where something was left out; line breaks are spaces.</param>
/// <param name="Ranges">What to mark, from left to right, in UTF-16 code units of <paramref name="Text"/>.</param>
public sealed record Snippet(string Text, IReadOnlyList<SnippetRange> Ranges)
{
    const int Before = 50, Most = 220;

    /// <summary>Around the first place where one of the terms is found, or the beginning where none is.</summary>
    internal static Snippet Of(string text, IReadOnlyList<Term> wanted, Folding folding)
    {
        var words = folding.Words(text);
        var found = Find(words, [.. wanted.Select(term => (folding.Words(term.Text), term.Kind == TermKind.Prefix))]);
        var start = found.Count == 0 || text.Length <= Most ? 0 : Begin(words, found[0].Start);
        var latest = start + Most;
        var end = text.Length <= latest ? text.Length : End(words, char.IsLowSurrogate(text[latest]) ? latest - 1 : latest);
        var (head, tail) = (start > 0 ? "…" : "", end < text.Length ? "…" : "");
        return new(head + Flat(text[start..end]) + tail, [.. found
            .Where(range => range.Start >= start && range.End <= end)
            .Select(range => new SnippetRange(range.Start - start + head.Length, range.End - range.Start))]);
    }

    static List<(int Start, int End)> Find(List<Word> words, List<(List<Word> Words, bool IsPrefix)> terms)
    {
        var found = new List<(int Start, int End)>();
        for (var at = 0; at < words.Count;)
        {
            var longest = terms.Where(term => Matches(words, at, term.Words, term.IsPrefix)).Select(term => term.Words.Count).DefaultIfEmpty().Max();
            if (longest > 0) found.Add((words[at].Start, words[at + longest - 1].End));
            at += Math.Max(1, longest);
        }
        return found;
    }

    static bool Matches(List<Word> words, int at, List<Word> term, bool isPrefix)
    {
        if (term.Count == 0 || at + term.Count > words.Count) return false;
        for (var i = 0; i < term.Count; i++)
        {
            var (word, wanted) = (words[at + i].Folded, term[i].Folded);
            if (isPrefix && i == term.Count - 1 ? !word.StartsWith(wanted, StringComparison.Ordinal) : word != wanted) return false;
        }
        return true;
    }

    // At words, never within: half a character would be none.
    static int Begin(List<Word> words, int first) => words.First(word => word.Start >= Math.Max(0, first - Before) || word.Start == first).Start is var start && start <= Before / 2 ? 0 : start;

    static int End(List<Word> words, int latest) => words.Where(word => word.End <= latest).Select(word => word.End).DefaultIfEmpty(0).Max() is var end && end > latest - Most ? end : latest;

    static string Flat(string text) => text.Replace("\r\n", " \n").Replace('\n', ' ').Replace('\r', ' ').Replace('\t', ' ');
}

/// <param name="Start">Where it begins.</param>
/// <param name="Length">How far it goes.</param>
public sealed record SnippetRange(int Start, int Length);
