using System.Text;
using System.Text.RegularExpressions;
using Parley.Server.Bot.Answering;

namespace Parley.Server.Bot.Knowledge;

/// <summary>A part of a document.</summary>
/// <param name="Heading">The headings above it.</param>
internal sealed record Chunk(string? Heading, string Content);

/// <summary>Takes a text or Markdown apart where it parts itself: at headings, then at paragraphs, then at sentences.</summary>
internal static partial class Chunking
{
    const int Longest = 1200;

    public static IReadOnlyList<Chunk> Split(string content)
    {
        var chunks = new List<Chunk>();
        var headings = new string?[6];
        var part = new StringBuilder();
        foreach (var line in content.ReplaceLineEndings("\n").Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } found)
            {
                Flush();
                var level = found.Groups[1].Length - 1;
                headings[level] = found.Groups[2].Value.Trim();
                Array.Clear(headings, level + 1, 5 - level);
            }
            else part.Append(line).Append('\n');
        }
        Flush();
        return chunks;

        void Flush()
        {
            var heading = string.Join(" › ", headings.Where(text => text is not null));
            foreach (var piece in Pieces(part.ToString())) chunks.Add(new(heading.Length == 0 ? null : heading, piece));
            part.Clear();
        }
    }

    // Paragraphs together as far as they fit.
    static IEnumerable<string> Pieces(string text)
    {
        var piece = new StringBuilder();
        foreach (var paragraph in text.Split("\n\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(Short))
        {
            if (piece.Length > 0 && piece.Length + paragraph.Length > Longest)
            {
                yield return piece.ToString();
                piece.Clear();
            }
            if (piece.Length > 0) piece.Append("\n\n");
            piece.Append(paragraph);
        }
        if (piece.Length > 0) yield return piece.ToString();
    }

    static IEnumerable<string> Short(string paragraph)
    {
        for (var rest = paragraph; rest.Length > 0;)
        {
            var first = AnswerText.Split(rest, Longest)[0];
            yield return first;
            rest = rest[Math.Min(rest.Length, first.Length)..].Trim();
        }
    }

    [GeneratedRegex(@"^(#{1,6})[ \t]+(.+?)[ \t]*#*$")]
    private static partial Regex Heading();
}
