using System.Text;

namespace Parley.Server.Search;

/// <summary>How a term must be there.</summary>
internal enum TermKind { Exact, Prefix, Excluded }

/// <param name="Text">A word, or several in a row.</param>
internal readonly record struct Term(string Text, TermKind Kind);

/// <summary>What a person typed, taken apart: "words in a row", -without, and the last word as a beginning. Everything else is
/// words; which characters make a word is decided in the database, by search_text and its parser, for texts and queries alike.</summary>
internal sealed record SearchWords(IReadOnlyList<Term> Terms, string? Handle)
{
    const int ShortestHandle = 3;   // what a trigram index can find

    /// <summary>What must be there.</summary>
    public IEnumerable<Term> Wanted => Terms.Where(term => term.Kind != TermKind.Excluded);

    public static SearchWords Read(string text)
    {
        var terms = new List<Term>();
        var isBare = false;   // whether the last term was a word without quotes
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var isExcluded = text[i] == '-' && i + 1 < text.Length && !char.IsWhiteSpace(text[i + 1]);
            if (isExcluded) i++;
            var isPhrase = IsQuote(text[i]);
            if (isPhrase) i++;
            var end = i;
            while (end < text.Length && !(isPhrase ? IsQuote(text[end]) : char.IsWhiteSpace(text[end]) || IsQuote(text[end]))) end++;
            if (end > i) terms.Add(new(text[i..end], isExcluded ? TermKind.Excluded : TermKind.Exact));
            isBare = !isPhrase && !isExcluded && end > i;
            i = isPhrase && end < text.Length ? end + 1 : end;
        }
        if (isBare) terms[^1] = terms[^1] with { Kind = TermKind.Prefix };
        return new(terms, HandleIn(text));

        static bool IsQuote(char character) => character is '"' or '“' or '”' or '„';
    }

    // Numbers are written in many ways and kept in one; other handles have no spaces.
    static string? HandleIn(string text)
    {
        var handle = new StringBuilder();
        var isNumber = text.All(character => char.IsAsciiDigit(character) || " +()-./".Contains(character));
        foreach (var character in text.Trim())
            if (!isNumber || char.IsAsciiDigit(character)) handle.Append(character);
        var found = handle.ToString();
        return found.Length >= ShortestHandle && !found.Any(char.IsWhiteSpace) && found[0] is not ('-' or '"') ? found : null;
    }
}
