using System.Text.RegularExpressions;
using Parley.Server.Tests.Support;

namespace Parley.Server.Tests.Data;

/// <summary>What the document of the messaging platform asks its database, read from the document itself.</summary>
internal static partial class DocumentedQueries
{
    static readonly string Document = File.ReadAllText(Path.Combine(Checkout.Folder, "tests", "Parley.Server.Tests", "Data", "Recorded", "platform-queries.md"));
    static readonly string[] Halves = Document.Split("# The second schema");

    /// <summary>Every SELECT and ANALYZE of the first schema, as it stands there.</summary>
    public static IReadOnlyList<string> First { get; } = Statements(Halves[0]);

    /// <summary>The same of the second.</summary>
    public static IReadOnlyList<string> Second { get; } = Statements(Halves[1]);

    /// <summary>PostgreSQL's view has relname and indexrelname: the document's names for them exist nowhere.</summary>
    public static bool NamesWhatDoesNotExist(string statement) => statement.Contains("indexname, idx_scan");

    /// <summary>The second schema's tables, with their columns and the words that a column may hold.</summary>
    public static IReadOnlyDictionary<string, List<(string Name, string[] Words)>> Tables { get; } =
        Table().Matches(Halves[1]).ToDictionary(table => table.Groups[1].Value, table => table.Groups[2].Value.Trim().Split('\n')
            .Select(line => (line.Trim().Split(' ')[0].Trim('"'), line.Contains(" IN (") ? [.. Word().Matches(line[line.IndexOf(" IN (", StringComparison.Ordinal)..]).Select(word => word.Groups[1].Value)] : Array.Empty<string>())).ToList());

    static string[] Statements(string text) =>
        [.. Block().Matches(text).SelectMany(block => Comment().Replace(block.Groups[1].Value, "").Split(';')).Select(statement => statement.Trim())
            .Where(statement => statement.StartsWith("SELECT", StringComparison.Ordinal) || statement.StartsWith("ANALYZE", StringComparison.Ordinal))];

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("(?m)^--.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"CREATE TABLE (\w+) \((.*?)\n\);", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex("'([a-z_]+)'")]
    private static partial Regex Word();
}
