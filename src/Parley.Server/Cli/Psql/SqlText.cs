namespace Parley.Server.Cli.Psql;

/// <summary>Where statements end.</summary>
internal static class SqlText
{
    /// <summary>The complete statements of a text, and what is left of it: semicolons inside quotes, dollar quotes and comments end nothing.</summary>
    public static (IReadOnlyList<string> Statements, string Left) Split(string text)
    {
        var statements = new List<string>();
        var from = 0;
        for (var at = 0; at < text.Length; at++)
            switch (text[at])
            {
                case '\'' when at > 0 && text[at - 1] is 'e' or 'E' && (at == 1 || !char.IsLetterOrDigit(text[at - 2])):
                    at = SkipEscaped(text, at + 1);
                    break;
                case '\'' or '"':
                    at = Skip(text, at + 1, text[at].ToString());
                    break;
                case '-' when Starts(text, at, "--"):
                    at = Skip(text, at, "\n");
                    break;
                case '/' when Starts(text, at, "/*"):
                    at = SkipComment(text, at + 2);
                    break;
                case '$' when Tag(text, at) is { } tag:
                    at = Skip(text, at + tag.Length, tag);
                    break;
                case ';':
                    if (text[from..at].Trim() is { Length: > 0 } statement) statements.Add(statement);
                    from = at + 1;
                    break;
            }
        return (statements, text[from..]);
    }

    // To the last character of the end; to the end of the text when it does not come.
    static int Skip(string text, int from, string end)
    {
        var at = from > text.Length ? -1 : text.IndexOf(end, from, StringComparison.Ordinal);
        return at < 0 ? text.Length : at + end.Length - 1;
    }

    // E'it\'s': a backslash takes the next character along.
    static int SkipEscaped(string text, int at)
    {
        while (at < text.Length && text[at] != '\'') at += text[at] == '\\' ? 2 : 1;
        return at;
    }

    // Comments of this kind nest.
    static int SkipComment(string text, int at)
    {
        for (var depth = 1; at < text.Length; at++)
        {
            if (Starts(text, at, "/*")) (depth, at) = (depth + 1, at + 1);
            else if (Starts(text, at, "*/") && --depth == 0) return at + 1;
            else if (Starts(text, at, "*/")) at++;
        }
        return at;
    }

    static bool Starts(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    static string? Tag(string text, int at)
    {
        var end = text.IndexOf('$', at + 1);
        if (end < 0) return null;
        var name = text[(at + 1)..end];
        return name.All(letter => char.IsLetterOrDigit(letter) || letter == '_') && !(name.Length > 0 && char.IsDigit(name[0])) ? text[at..(end + 1)] : null;
    }
}
