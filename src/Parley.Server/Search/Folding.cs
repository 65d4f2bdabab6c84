using System.Text;

namespace Parley.Server.Search;

/// <summary>A word of a text, as it is compared, and where it stands.</summary>
internal readonly record struct Word(string Folded, int Start, int End);

/// <summary>The database's search_text, a character at a time, for marking what was found. The table is read from the database
/// itself: this process knows no Unicode beyond letters and case.</summary>
/// <param name="special">Each character below U+10000 that is folded to something else than itself or its small letter.</param>
internal sealed class Folding(IReadOnlyDictionary<char, string> special)
{
    /// <summary>All characters that search_text changes; scripts beyond these are compared as they are.</summary>
    public const string Sql = """
        select i as code, search_text(chr(i)) as folded
        from (select generate_series(128, 12543) union all select generate_series(63744, 64335) union all select generate_series(65024, 65519)) x (i)
        where search_text(chr(i)) <> chr(i)
        order by i
        """;

    /// <summary>The words of a text, in order.</summary>
    public List<Word> Words(string text)
    {
        var words = new List<Word>();
        var word = new StringBuilder();
        var (start, end) = (0, 0);
        for (var i = 0; i < text.Length;)
        {
            var length = char.IsSurrogatePair(text, i) ? 2 : 1;
            var folded = Fold(text, i, length);
            if (folded.Length > 0 && !string.IsNullOrWhiteSpace(folded))
            {
                var isAlone = folded[0] == ' ';   // a word of its own, see search_text
                if (isAlone) Finish();
                foreach (var part in folded.Trim())
                {
                    if (part == ' ')
                    {
                        Finish();
                        continue;
                    }
                    if (word.Length == 0) start = i;
                    word.Append(part);
                    end = i + length;
                }
                if (isAlone) Finish();
            }
            else if (folded.Length > 0) Finish();
            else if (word.Length > 0) end = i + length;   // an accent belongs to what it stands on
            i += length;
        }
        Finish();
        return words;

        void Finish()
        {
            if (word.Length == 0) return;
            words.Add(new(word.ToString(), start, end));
            word.Clear();
        }
    }

    // Empty: it does not count (an accent). A space: it separates.
    string Fold(string text, int at, int length)
    {
        var character = text[at];
        if (length == 2) return char.ConvertToUtf32(text, at) is >= 0x1f000 and <= 0x1faff or >= 0x20000 ? $" {text.AsSpan(at, 2)} " : text.Substring(at, 2);
        if (character < 128) return char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character).ToString() : " ";
        if (special.TryGetValue(character, out var folded)) return folded;
        return character is >= '\u3100' and <= '\u9fff' ? $" {character} " : char.ToLowerInvariant(character).ToString();
    }
}
