using System.Text.Json.Nodes;

namespace Parley.Server.Contacts.Import;

/// <summary>A file of contacts: what it is, and how far it has been imported.</summary>
/// <param name="Columns">The names in its first row.</param>
/// <param name="Mapping">Which column (its place, from 0 on) is which field: {"0": "name", "1": "phone", "2": "metadata.city"}. At first what the names suggest.</param>
/// <param name="State">uploaded, running, done, failed or cancelled.</param>
/// <param name="RowsTotal">Without the head.</param>
/// <param name="RowsPerSecond">While it runs.</param>
/// <param name="SecondsLeft">About, while it runs.</param>
/// <param name="Preview">The first rows as they are; only on a single import.</param>
/// <param name="Country">Of which country numbers without + are; null: they are not taken.</param>
/// <param name="Warning">About the first row that cannot be what was meant: a quotation mark that is not closed.</param>
/// <param name="Countries">Those that can be chosen; only on a single import that waits.</param>
public sealed record ImportView(
    Guid Id, string? FileName, long Size, string Encoding, string Delimiter, IReadOnlyList<string> Columns, JsonNode? Mapping, bool UpdatesExisting, string State,
    int RowsTotal, int RowsDone, int Created, int Updated, int Unchanged, int Failed, string? StoppedBy, double? RowsPerSecond, double? SecondsLeft,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyList<IReadOnlyList<string>>? Preview = null,
    string? Country = null, string? Warning = null, IReadOnlyList<ImportCountry>? Countries = null)
{
    internal static ImportView From(ImportEntry row, DateTimeOffset now)
    {
        var rate = row is { State: "running", StartedAt: { } started, RowsDone: > 0 } ? row.RowsDone / Math.Max(0.1, (now - started).TotalSeconds) : (double?)null;
        return new(row.Id, row.FileName, row.Size, row.Encoding, row.Delimiter, row.Head, JsonNode.Parse(row.Mapping), row.UpdatesExisting, row.State,
            row.RowsTotal, row.RowsDone, row.CreatedCount, row.UpdatedCount, row.UnchangedCount, row.FailedCount, row.StoppedBy, rate, (row.RowsTotal - row.RowsDone) / rate,
            row.CreatedAt, row.StartedAt, row.FinishedAt, Country: row.Country, Warning: row.Warning);
    }
}

/// <param name="Code">Two letters (ISO 3166).</param>
/// <param name="CallingCode">What stands behind the + of its numbers.</param>
public sealed record ImportCountry(string Code, string CallingCode);

/// <param name="Country">Of which country numbers without + (or 00) are, by its two letters. Not said: such rows are not taken.</param>
/// <param name="UpdatesExisting">Whether who is here already gets what the file says; otherwise they stay as they are. True when not said.</param>
public sealed record ImportRequest(JsonObject? Mapping = null, bool? UpdatesExisting = null, string? Country = null);

/// <summary>What would happen.</summary>
/// <param name="Errors">The first hundred rows that could not be taken.</param>
/// <param name="Preview">The first rows as contacts.</param>
public sealed record ImportCheck(int Rows, int Good, int Bad, IReadOnlyList<ImportErrorView> Errors, IReadOnlyList<JsonObject> Preview);

/// <param name="Row">Its place in the file, as a spreadsheet counts.</param>
public sealed record ImportErrorView(int Row, IReadOnlyList<string> Cells, IReadOnlyList<string> Errors);
