using System.Text;

namespace Parley.Server.Contacts.Import;

/// <summary>How a file is written.</summary>
/// <param name="Encoding">utf-8, utf-16, utf-16BE or windows-1252.</param>
internal sealed record CsvShape(string Encoding, string Delimiter);

/// <summary>A row of a file, its cells as they are.</summary>
/// <param name="Number">Its place as spreadsheets count: empty lines are counted, and a row is one however many lines it has.</param>
/// <param name="Wrong">Why it cannot be what was meant, in words.</param>
internal sealed record CsvRow(int Number, string[] Cells, string? Wrong = null);

/// <summary>A row that nobody meant: it would fill the memory.</summary>
internal sealed class CsvRowTooLongException(string words) : Exception(words);

/// <summary>Reads CSV files row by row: whatever their size, a row is what is in memory.</summary>
internal static class CsvFile
{
    public const int MostColumns = 200;
    const int Sample = 64 * 1024;
    static readonly string[] Delimiters = [",", ";", "\t", "|"];

    static CsvFile() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>What the bytes themselves tell: their mark, whether all of them are UTF-8, and which sign stands between the cells of the first rows.</summary>
    public static async Task<CsvShape> DetectAsync(Func<Task<Stream>> open, CancellationToken cancellationToken)
    {
        var head = new byte[Sample];
        int length;
        bool isUtf8;
        await using (var stream = await open())
        {
            length = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            isUtf8 = await IsUtf8Async(head.AsMemory(0, length), stream, cancellationToken);
        }
        var encoding = head.AsSpan(0, length) switch
        {
            [0xFF, 0xFE, ..] => "utf-16",
            [0xFE, 0xFF, ..] => "utf-16BE",
            _ => isUtf8 ? "utf-8" : "windows-1252",
        };
        var text = Encoding.GetEncoding(encoding).GetString(head, 0, length);
        return new(encoding, Delimiters.MaxBy(delimiter => Likelihood(text, delimiter))!);
    }

    /// <summary>All rows, the head first. Empty lines are no rows. A row too long to be one is an exception, before it is in memory.</summary>
    public static async IAsyncEnumerable<CsvRow> ReadAsync(Stream stream, CsvShape shape, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.GetEncoding(shape.Encoding), detectEncodingFromByteOrderMarks: true, Sample, leaveOpen: true);
        var parser = new CsvParser(shape.Delimiter[0]);
        var buffer = new char[Sample];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var length)
            for (var i = 0; i < length; i++)
                if (parser.Take(buffer[i]) is { } row) yield return row;
        if (parser.End() is { } last) yield return last;
    }

    static async Task<bool> IsUtf8Async(ReadOnlyMemory<byte> head, Stream rest, CancellationToken cancellationToken)
    {
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var characters = new char[Sample + 4];
        var buffer = new byte[Sample];
        try
        {
            decoder.GetChars(head.Span, characters, flush: false);
            while (await rest.ReadAsync(buffer, cancellationToken) is > 0 and var read) decoder.GetChars(buffer.AsSpan(0, read), characters, flush: false);
            decoder.GetChars([], characters, flush: true);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    // The sign that stands equally often in each of the first rows, outside of quotes.
    static double Likelihood(string text, string delimiter)
    {
        var counts = new List<int>();
        var (count, isQuoted) = (0, false);
        foreach (var character in text)
        {
            if (character == '"') isQuoted = !isQuoted;
            else if (!isQuoted && character == delimiter[0]) count++;
            else if (!isQuoted && character == '\n')
            {
                counts.Add(count);
                count = 0;
                if (counts.Count == 20) break;
            }
        }
        if (counts.Count == 0) counts.Add(count);
        return counts[0] == 0 ? 0 : counts.Count(other => other == counts[0]) / (double)counts.Count + counts[0] / 1000.0;
    }
}
