using System.CommandLine;
using Npgsql;

namespace Parley.Server.Cli.Psql;

internal static class PsqlCommand
{
    const int MostRows = 1000;

    public static Command Create()
    {
        var sql = new Option<string?>("--command", "-c") { Description = "Run this and end" };
        var write = new Option<bool>("--write") { Description = "Allow changes (otherwise every transaction only reads)" };
        var tenant = new Option<Guid?>("--tenant") { Description = "See one tenant, as the product itself does; without it, all of them" };
        var command = new Command("psql", "A prompt on the database. Examples: parley psql · parley psql -c \"select count(*) from messages\" · parley psql --write --tenant ID") { sql, write, tenant };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var connection = new NpgsqlConnection(running.ConnectionString + ";Include Error Detail=true");
            await connection.OpenAsync(cancellationToken);
            var given = parsed.GetValue(sql);
            var session = new PsqlSession(connection, parsed.GetValue(tenant), parsed.GetValue(write), given is null && !Console.IsInputRedirected ? MostRows : int.MaxValue, Console.Out, Console.Error);
            if (given is not null) return given.TrimStart().StartsWith('\\') ? await session.CommandAsync(given.Trim(), cancellationToken) ? 0 : 1 : await session.TakeAllAsync(given, cancellationToken) ? 0 : 1;
            return await PromptAsync(session, parsed.GetValue(write), cancellationToken);
        }, cancellationToken));
        return command;
    }

    static async Task<int> PromptAsync(PsqlSession session, bool write, CancellationToken ending)
    {
        var asks = !Console.IsInputRedirected;
        if (asks) Console.WriteLine($"{(write ? "This prompt may change data." : "This prompt only reads; --write allows changes.")} \\? helps, \\q leaves.");
        CancellationTokenSource? statement = null;
        ConsoleCancelEventHandler cancel = (_, pressed) =>
        {
            pressed.Cancel = true;
            statement?.Cancel();
        };
        Console.CancelKeyPress += cancel;
        try
        {
            var text = "";
            while (session.Goes && !ending.IsCancellationRequested)
            {
                if (asks) Console.Write(text.Length == 0 ? "parley> " : "      > ");
                if (Console.ReadLine() is not { } line)
                {
                    // The end of the input ends a last statement too.
                    if (text.Trim().Length == 0) return 0;
                    return await session.TakeAllAsync(text, ending) ? 0 : 1;
                }
                using var mine = statement = CancellationTokenSource.CreateLinkedTokenSource(ending);
                bool failed;
                if (text.Length == 0 && line.TrimStart().StartsWith('\\')) failed = !await session.CommandAsync(line.Trim(), mine.Token);
                else (text, failed) = await session.TakeAsync(text + line + "\n", mine.Token);
                statement = null;
                if (failed && !asks) return 1;
            }
            return 0;
        }
        finally
        {
            Console.CancelKeyPress -= cancel;
        }
    }
}
