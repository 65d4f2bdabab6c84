using System.Globalization;
using System.Text;
using Npgsql;

namespace Parley.Server.Cli.Psql;

/// <summary>Rows as aligned text: numbers to the right, line breaks and control characters made visible, NULL as ∅.</summary>
internal static class ResultTable
{
    static readonly HashSet<string> Numbers = ["smallint", "integer", "bigint", "numeric", "real", "double precision", "oid"];

    /// <param name="most">Rows beyond this are not read.</param>
    public static async Task WriteAsync(NpgsqlDataReader reader, TextWriter output, bool expanded, int most, CancellationToken cancellationToken)
    {
        var names = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToArray();
        var isNumber = Enumerable.Range(0, reader.FieldCount).Select(i => Numbers.Contains(reader.GetDataTypeName(i).Split('(')[0])).ToArray();
        var rows = new List<string[]>();
        var more = false;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (rows.Count == most)
            {
                more = true;
                break;
            }
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "∅" : Visible(reader.GetString(i)))]);
        }
        if (expanded) Expanded(names, rows, output);
        else Aligned(names, isNumber, rows, output);
        output.WriteLine(more ? $"(the first {most} rows; there are more: add a limit, or use -c)" : $"({rows.Count} {(rows.Count == 1 ? "row" : "rows")})");
    }

    static void Aligned(string[] names, bool[] isNumber, List<string[]> rows, TextWriter output)
    {
        var widths = names.Select((name, i) => rows.Select(row => Width(row[i])).Append(Width(name)).Max()).ToArray();
        output.WriteLine(string.Join(" | ", names.Select((name, i) => Pad(name, widths[i], false))).TrimEnd());
        output.WriteLine(string.Join("-+-", widths.Select(width => new string('-', width))));
        foreach (var row in rows) output.WriteLine(string.Join(" | ", row.Select((value, i) => Pad(value, widths[i], isNumber[i]))).TrimEnd());
    }

    static void Expanded(string[] names, List<string[]> rows, TextWriter output)
    {
        var width = names.Select(Width).DefaultIfEmpty(0).Max();
        for (var n = 0; n < rows.Count; n++)
        {
            output.WriteLine($"-[ {n + 1} ]{new string('-', Math.Max(1, width))}");
            for (var i = 0; i < names.Length; i++) output.WriteLine($"{Pad(names[i], width, false)} | {rows[n][i]}");
        }
    }

    static string Pad(string text, int width, bool right)
    {
        var space = new string(' ', Math.Max(0, width - Width(text)));
        return right ? space + text : text + space;
    }

    // A terminal shows Chinese, Japanese and Korean letters and most emoji two cells wide, and marks none.
    static int Width(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
            width += Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format ? 0
                : rune.Value is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0x1F300 and <= 0x1FAFF ? 2 : 1;
        return width;
    }

    static string Visible(string text)
    {
        if (!text.Any(char.IsControl)) return text;
        var shown = new StringBuilder();
        foreach (var letter in text)
            shown.Append(letter switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(letter) => $"\\x{(int)letter:x2}",
                _ => letter.ToString(),
            });
        return shown.ToString();
    }
}
