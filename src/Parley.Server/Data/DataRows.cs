using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Data;

/// <summary>One condition: "column.op.value", such as status.eq.failed, created_at.gt.2026-01-31, name.contains.ana or closed_at.null.</summary>
internal sealed record DataFilter(string Table, DataColumn Column, string Operator, string? Value)
{
    static readonly Dictionary<string, string> Comparisons = new() { ["eq"] = "=", ["ne"] = "<>", ["lt"] = "<", ["le"] = "<=", ["gt"] = ">", ["ge"] = ">=" };
    static readonly string[] Alone = ["null", "not_null"];

    /// <summary>Null and a sentence when it cannot be understood.</summary>
    public static (DataFilter? Filter, string? Wrong) Read(string text, DataTable table)
    {
        if (text.Length > 500) return (null, "At most 500 characters are possible.");
        var parts = text.Split('.', 3);
        if (parts.Length < 2) return (null, "Write column.operator.value, such as status.eq.failed.");
        if (table.Columns.FirstOrDefault(column => column.Name == parts[0]) is not { IsHidden: false } found) return (null, $"{table.Name} has no such column to search.");
        if (Alone.Contains(parts[1]) && parts.Length == 2) return (new(table.Name, found, parts[1], null), null);
        if (parts.Length == 3 && (Comparisons.ContainsKey(parts[1]) || parts[1] == "contains")) return (new(table.Name, found, parts[1], parts[2]), null);
        return (null, $"The operators are {string.Join(", ", Comparisons.Keys)} and contains, with a value, and {string.Join(", ", Alone)} without one.");
    }

    string Shown => DataCatalog.Value(Table, Column.Name);

    /// <param name="parameter">The parameter that holds the value.</param>
    public string Sql(string parameter) => Operator switch
    {
        "null" => $"{Shown} is null",
        "not_null" => $"{Shown} is not null",
        "contains" => $"strpos(lower(({Shown})::text), lower({parameter}::text)) > 0",
        _ => $"{Shown} {Comparisons[Operator]} {parameter}::text::{Column.Type}",
    };
}

/// <param name="Columns">In the order of each row's values.</param>
/// <param name="Items">Values as text, cut after 2,000 characters; null is null, and hidden ones are not among them.</param>
public sealed record DataPage(string Table, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Items, string? NextCursor);

/// <summary>Reads any table of one tenant: in the tenant's own role, read-only, and not for long.</summary>
internal sealed class DataRows(TenantDatabase database)
{
    const int Cut = 2000;

    /// <summary>A name of the catalogue, as SQL.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    /// <param name="after">The key of the row before, as <see cref="ReadCursor"/> gave it.</param>
    public async Task<DataPage> ListAsync(Caller caller, DataTable table, IReadOnlyList<DataFilter> filters, string[]? after, int limit, CancellationToken cancellationToken)
    {
        var shown = table.Columns.Where(column => !column.IsHidden).ToList();
        var parameters = new Dictionary<string, object?> { ["limit"] = limit + 1, ["author"] = caller.Author };
        var conditions = new StringBuilder("tenant_id = @tenant");
        for (var i = 0; i < filters.Count; i++)
        {
            if (filters[i].Value is { } value) parameters[$"v{i}"] = value;
            conditions.Append($" and {filters[i].Sql($"@v{i}")}");
        }
        var key = table.Key.Select(name => table.Columns.First(column => column.Name == name)).ToList();
        if (after is not null)
        {
            for (var i = 0; i < key.Count; i++) parameters[$"k{i}"] = after[i];
            conditions.Append($" and ({string.Join(", ", key.Select(column => Quote(column.Name)))}) < ({string.Join(", ", key.Select((column, i) => $"@k{i}::text::{column.Type}"))})");
        }
        var rows = await database.ChangeAsync(caller.TenantId, async change =>
        {
            await change.ExecuteAsync("set local statement_timeout = '3s'; set local transaction_read_only = on", null, cancellationToken);
            return await change.ListAsync<Row>($"""
                select array[{string.Join(", ", shown.Select(column => $"left(({DataCatalog.Value(table.Name, column.Name)})::text, {Cut + 1})"))}]::text[] as "values",
                    array[{string.Join(", ", key.Select(column => $"{Quote(column.Name)}::text"))}]::text[] as "key"
                from {Quote(table.Name)}
                where {conditions}
                order by {string.Join(", ", key.Select(column => $"{Quote(column.Name)} desc"))}
                limit @limit
                """, parameters, cancellationToken);
        }, cancellationToken);
        var page = rows.Take(limit).ToList();
        return new(table.Name, [.. shown.Select(column => column.Name)], [.. page.Select(row => row.Values.Select(Short).ToArray())],
            rows.Count > limit ? Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(page[^1].Key)) : null);
    }

    /// <summary>Null for anything that a page of this table did not give.</summary>
    public static string[]? ReadCursor(string text, DataTable table)
    {
        if (text.Length > 2000 || !Base64Url.IsValid(text)) return null;
        try
        {
            return JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text)) is { } key && key.Length == table.Key.Count && key.All(part => part is not null) ? [.. key.OfType<string>()] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? Short(string? value) => value is { Length: > Cut } ? value[..(char.IsHighSurrogate(value[Cut - 1]) ? Cut - 1 : Cut)] + "…" : value;

    sealed class Row
    {
        public string?[] Values { get; init; } = [];
        public string[] Key { get; init; } = [];
    }
}
