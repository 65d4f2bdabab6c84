using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;

namespace Parley.Server.Cli.Psql;

/// <summary>A prompt on the database for people: no client is bundled, and psql itself would see no rows, because row-level
/// security is forced. Each statement runs in a transaction of its own, read-only unless asked, as the role that sees all tenants or one.</summary>
internal sealed partial class PsqlSession(NpgsqlConnection connection, Guid? tenant, bool write, int most, TextWriter output, TextWriter errors)
{
    bool _expanded;
    bool _timing;

    /// <summary>True to go on, false after \q.</summary>
    public bool Goes { get; private set; } = true;

    /// <summary>Statements that are complete are run, the rest is given back. failed tells whether one did.</summary>
    public async Task<(string Left, bool Failed)> TakeAsync(string text, CancellationToken cancellationToken)
    {
        var (statements, rest) = SqlText.Split(text);
        foreach (var statement in statements)
            if (!await RunAsync(statement, cancellationToken)) return ("", true);
        // As in psql, a command may follow the semicolon.
        if (rest.TrimStart() is ['\\', ..] command) return ("", !await CommandAsync(command.Trim(), cancellationToken));
        return (rest.Trim().Length == 0 ? "" : rest, false);
    }

    /// <summary>There is no more to come: the end of the text ends a last statement too. False when one failed or is not whole.</summary>
    public async Task<bool> TakeAllAsync(string text, CancellationToken cancellationToken)
    {
        var (left, failed) = await TakeAsync(text + "\n;", cancellationToken);   // on a line of its own: the last one may be a comment
        if (failed) return false;
        if (left.Length == 0) return true;
        await errors.WriteLineAsync("The last statement is not whole: a quote or a comment in it does not end.");
        return false;
    }

    /// <summary>False when it failed; why was said.</summary>
    public async Task<bool> RunAsync(string sql, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            if (IsMaintenance(sql))
            {
                // The tables are the login's: a role that it enters may not maintain them. It shows no rows, and VACUUM bears no transaction.
                await PrintAsync(sql, cancellationToken);
                return true;
            }
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var enter = new NpgsqlCommand(tenant is null ? "call enter_system()" : "call enter_tenant($1)", connection))
            {
                if (tenant is { } id) enter.Parameters.Add(new() { Value = id });
                await enter.ExecuteNonQueryAsync(cancellationToken);
            }
            if (!write)
                await using (var readOnly = new NpgsqlCommand("set transaction read only", connection)) await readOnly.ExecuteNonQueryAsync(cancellationToken);
            await PrintAsync(sql, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (_timing) await output.WriteLineAsync($"{Stopwatch.GetElapsedTime(began).TotalMilliseconds:N1} ms");
            return true;
        }
        catch (PostgresException wrong)
        {
            await SayAsync(wrong, sql);
            return false;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("Cancelled.");
            return false;
        }
    }

    bool IsMaintenance(string sql) => Maintenance().Match(sql) is { Success: true } found && (write || found.Groups[1].Value.Equals("analyze", StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"^(?:\s|--[^\n]*\n)*(analyze|vacuum)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Maintenance();

    async Task PrintAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true, CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (reader.FieldCount > 0) await ResultTable.WriteAsync(reader, output, _expanded, most, cancellationToken);
        else await output.WriteLineAsync(reader.RecordsAffected >= 0 ? $"{reader.RecordsAffected} {(reader.RecordsAffected == 1 ? "row" : "rows")} changed." : "Done.");
    }

    async Task SayAsync(PostgresException wrong, string sql)
    {
        await errors.WriteLineAsync($"{wrong.SqlState}: {wrong.MessageText}");
        if (wrong.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction) await errors.WriteLineAsync("This prompt only reads. Start it with --write to change data.");
        if (wrong.Position > 0 && wrong.Position <= sql.Length)
        {
            // Position counts characters from 1.
            var start = sql.LastIndexOf('\n', Math.Max(0, wrong.Position - 2)) + 1;
            var end = sql.IndexOf('\n', wrong.Position - 1) is >= 0 and var next ? next : sql.Length;
            await errors.WriteLineAsync(sql[start..end]);
            await errors.WriteLineAsync(new string(' ', wrong.Position - 1 - start) + "^");
        }
        if (wrong.Detail is not null) await errors.WriteLineAsync(wrong.Detail);
        if (wrong.Hint is not null) await errors.WriteLineAsync($"Hint: {wrong.Hint}");
    }

    /// <summary>A line that begins with a backslash. False when it is none that is known, or failed.</summary>
    public async Task<bool> CommandAsync(string line, CancellationToken cancellationToken)
    {
        var words = line.TrimEnd(';').Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words[0])
        {
            case "\\q": Goes = false; return true;
            case "\\x":
                _expanded = !_expanded;
                await output.WriteLineAsync(_expanded ? "One line for each value." : "One line for each row.");
                return true;
            case "\\timing":
                _timing = !_timing;
                await output.WriteLineAsync(_timing ? "Times are shown." : "Times are not shown.");
                return true;
            case "\\d" when words.Length > 1: return await DescribeAsync(words[1], cancellationToken);
            case "\\d" or "\\dt": return await RunAsync(PsqlCatalog.Tables, cancellationToken);
            case "\\di": return await RunAsync(PsqlCatalog.Indexes, cancellationToken);
            case "\\?":
                await output.WriteLineAsync("""
                    \d          tables, with rows (estimated) and size      \d TABLE  its columns, indexes, keys and policies
                    \dt \di     tables, indexes                             \x        one line for each value, or each row
                    \timing     show how long statements take               \q        leave
                    A statement ends with a semicolon and may have several lines. Ctrl-C cancels it.
                    """);
                return true;
            default:
                await errors.WriteLineAsync($"There is no {words[0]}. \\? shows what there is.");
                return false;
        }
    }

    async Task<bool> DescribeAsync(string table, CancellationToken cancellationToken)
    {
        await using (var known = new NpgsqlCommand("select count(*) from pg_class c where c.relname = $1 and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')", connection))
        {
            known.Parameters.Add(new() { Value = table });
            if ((long)(await known.ExecuteScalarAsync(cancellationToken))! == 0)
            {
                await errors.WriteLineAsync($"There is no table {table}. \\d shows them.");
                return false;
            }
        }
        var quoted = $"'{table.Replace("'", "''")}'";
        foreach (var (title, sql) in PsqlCatalog.Describe)
        {
            await output.WriteLineAsync(title);
            if (!await RunAsync(sql.Replace("@table", quoted), cancellationToken)) return false;
        }
        return true;
    }
}
