using System.Text;

namespace Parley.Server.Contacts.Import;

/// <summary>RFC 4180, character by character: bounded in memory whatever comes, and with a word for what is wrong. A quotation mark begins a
/// quoted cell at the cell's beginning only; elsewhere it is a character like others, as 5" pipes have it.</summary>
internal sealed class CsvParser(char delimiter)
{
    const int LongestRow = 2_000_000, MostCells = 1_000;

    enum In { Cell, Quotes, ClosedQuotes }

    readonly List<string> _cells = [];
    readonly StringBuilder _cell = new();
    In _in = In.Cell;
    bool _isQuoted, _afterReturn;
    int _number = 1, _length, _lines;
    string? _wrong;

    /// <summary>The row that this character ends, or null.</summary>
    public CsvRow? Take(char character)
    {
        var isSecondOfTwo = _afterReturn && character == '\n';
        _afterReturn = character == '\r';
        if (++_length > LongestRow) throw new CsvRowTooLongException($"Row {_number} has more than {LongestRow / 1_000_000} million characters.");
        switch (_in)
        {
            case In.Quotes when character == '"':
                _in = In.ClosedQuotes;
                return null;
            case In.Quotes:
                if (character == '\n' || character == '\r') _lines += isSecondOfTwo ? 0 : 1;
                _cell.Append(character);
                return null;
            case In.ClosedQuotes when character == '"':
                _cell.Append('"');
                _in = In.Quotes;
                return null;
            case In.Cell when character == '"' && _cell.Length == 0 && !_isQuoted:
                (_in, _isQuoted) = (In.Quotes, true);
                return null;
        }
        if (isSecondOfTwo) return null;   // of the two characters that end a line, the first has ended the row
        if (character == delimiter) EndCell();
        else if (character is '\n' or '\r') return EndRow();
        else if (_isQuoted && character is ' ' or '\t') { }   // behind the closing mark, before the delimiter
        else
        {
            if (_isQuoted) _wrong ??= "There is text behind a closing quotation mark. Inside of a quoted cell, a quotation mark is written twice.";
            _cell.Append(character);
            _in = In.Cell;
        }
        return null;
    }

    /// <summary>The last row, where the file does not end with a line's end.</summary>
    public CsvRow? End()
    {
        if (_in == In.Quotes)
            _wrong = _lines == 0 ? "A quotation mark is opened and not closed." : $"A quotation mark is opened and not closed: the {_lines:N0} lines behind it were read as one cell.";
        return _cells.Count == 0 && _cell.Length == 0 && !_isQuoted ? null : EndRow();
    }

    void EndCell()
    {
        if (_cells.Count == MostCells) throw new CsvRowTooLongException($"Row {_number} has more than {MostCells:N0} cells.");
        _cells.Add(_cell.ToString());
        _cell.Clear();
        (_in, _isQuoted) = (In.Cell, false);
    }

    CsvRow? EndRow()
    {
        var isEmpty = _cells.Count == 0 && _cell.Length == 0 && !_isQuoted;
        EndCell();
        var row = isEmpty ? null : new CsvRow(_number, [.. _cells], _wrong);
        _cells.Clear();
        (_number, _length, _lines, _wrong) = (_number + 1, 0, 0, null);
        return row;
    }
}
