using System.Buffers;
using System.Text;

namespace Parley.Server.Platform.Http;

/// <summary>Cells as they are written, and as they are read again. A cell that a spreadsheet would take for a formula gets an apostrophe before it, which the
/// import takes away: what was exported comes back as it was.</summary>
internal static class CsvText
{
    public static string Row(IEnumerable<string?> cells)
    {
        var row = new StringBuilder();
        var isFirst = true;
        foreach (var cell in cells)
        {
            if (!isFirst) row.Append(',');
            isFirst = false;
            row.Append(Quote(Defuse(cell ?? "")));
        }
        return row.Append("\r\n").ToString();
    }

    /// <summary>Spaces before the sign do not stop a spreadsheet, and the full-width forms are signs too.</summary>
    public static string Defuse(string cell) => IsFormula(cell) || cell.StartsWith('\'') && IsFormula(cell.TrimStart('\'')) ? "'" + cell : cell;

    public static string Restore(string cell) => cell.StartsWith('\'') && (IsFormula(cell[1..]) || cell.StartsWith("''", StringComparison.Ordinal) && IsFormula(cell.TrimStart('\''))) ? cell[1..] : cell;

    static bool IsFormula(string cell) => cell.Length > 0 && (cell[0] is '\t' or '\r' or '\n' || cell.TrimStart() is [var first, ..] && "=+-@\uFF1D\uFF0B\uFF0D\uFF20".Contains(first));

    static readonly SearchValues<char> Quoted = SearchValues.Create("\",\r\n;\t");

    static string Quote(string cell) => cell.AsSpan().IndexOfAny(Quoted) < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
}
