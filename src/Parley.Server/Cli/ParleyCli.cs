using System.CommandLine;
using Npgsql;
using Parley.Server.Cli.Psql;
using Parley.Server.Hosting;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;
using Parley.Server.Platform.Secrets;
using Spectre.Console;

namespace Parley.Server.Cli;

/// <summary>All commands. Errors are sentences on the error stream; a stack trace is for DEBUG=true.</summary>
internal static class ParleyCli
{
    public static readonly Option<string?> Data = new("--data") { Description = "The data folder (default ./data)", Recursive = true };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Parley: one inbox for every conversation a business has.")
        {
            Data,
            ServeCommands.Up(), ServeCommands.Serve(), DatabaseCommands.Migrate(), TenantCommands.Tenant(), TenantCommands.User(), TenantCommands.ApiKey(),
            IntegrationCommands.Integration(), IntegrationCommands.WebhookEvents(), DatabaseCommands.Keys(), SampleCommands.Seed(), SampleCommands.Reset(), PsqlCommand.Create(), SyncCommand.Create(),
            DoctorCommand.Create(), StatsCommands.Stats(), StatsCommands.Sizes(), AuditCommands.Create(), CleanupCommand.Create(), ToolCommands.Completion(), ToolCommands.OpenApiDocument(), ToolCommands.Emulators(), ToolCommands.Bench(), ToolCommands.Test(),
        };
        if (args.Length == 0) args = ["--help"];
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200;   // a file or a pipe has no edge at which a table must break
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync(Complaint(parsed));
            await Console.Error.WriteLineAsync("parley --help lists the commands, parley <command> --help explains one.");
            return 1;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception failure) when (failure is SettingException or EmbeddedPostgresException or MigrationException or MasterKeyException or CommandException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
        }
        catch (NpgsqlException failure)
        {
            await Console.Error.WriteLineAsync($"The database cannot be used: {failure.Message} Look at DATABASE_URL (or DB_HOST and its siblings), and whether the server runs.");
        }
        catch (IOException failure) when (failure.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{failure.Message} Stop what listens there, or choose another address with --urls.");
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception failure) when (!IsDebug())
        {
            // A folder one may not write, a disk that is full, a file that is none of ours…: said in its own words.
            await Console.Error.WriteLineAsync($"{failure.Message} (DEBUG=true shows where.)");
        }
        return 1;

        static bool IsDebug() => string.Equals(Environment.GetEnvironmentVariable("DEBUG"), "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Settings as this command line means them.</summary>
    public static ParleySettings Settings(ParseResult parsed, params (string Name, string? Value)[] more)
    {
        var overrides = more.Append(("PARLEY_DATA", parsed.GetValue(Data))).Where(pair => pair.Item2 is not null).DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        var settings = ParleySettings.Load(overrides, Environment.CurrentDirectory, environment);
        foreach (var warning in settings.Warnings) Console.Error.WriteLine(warning);
        return settings;
    }

    /// <summary>Work on the database, beside a running Parley or without one.</summary>
    /// <param name="mayMake">False for commands that only make sense where a Parley is: a mistyped folder must not become a new one.</param>
    public static async Task<int> WithDatabaseAsync(ParseResult parsed, Func<Running, Task<int>> work, CancellationToken cancellationToken, bool mayMake = false)
    {
        var settings = Settings(parsed);
        if (settings.InMemory) throw new CommandException("STORAGE_BACKEND is memory: that database lives and dies with its server, and no command reaches it. Use the API.");
        if (!mayMake && settings.DatabaseConnectionString is null && !EmbeddedServer.Exists(settings.DataFolder))
            throw new CommandException($"There is no Parley in {settings.DataFolder} (or it cannot be read by {Environment.UserName}). ./parley up makes one; --data names another folder.");
        await using var running = await Running.StartAsync(settings, beside: true, settings.MigrateAtStart, cancellationToken);
        Platform.Auth.Actor.Current = Platform.Auth.Actor.Operator;
        return await work(running);
    }

    // "Cannot parse argument 'x' for option '--tenant' as expected type 'System.Guid'."
    static string Words(string message) => message.Split('\'') is ["Cannot parse argument ", var given, _, var name, " as expected type ", var type, ..]
        ? !type.Contains("System.Guid", StringComparison.Ordinal) ? $"{name} does not take \"{given}\"."
        : $"{name} takes an id, such as 01956c4e-8f3a-7c21-9d40-3b1f6a2e7d58; \"{given}\" is none."
        : message;

    // A misspelt command is one mistake, though everything after it is then unrecognised too.
    static string Complaint(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var typed = parsed.UnmatchedTokens.FirstOrDefault();
        if (typed is ['-', ..] && command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options)).MinBy(known => ParleySettings.Distance(typed, known.Name)) is { } option
            && ParleySettings.Distance(typed, option.Name) <= 2) return $"There is no {typed}. Did you mean: {option.Name}";
        if (command.Subcommands.Count == 0 || typed is null or ['-', ..])
            return string.Join(Environment.NewLine, parsed.Errors.Select(error => Words(error.Message)).Distinct());
        var path = command is RootCommand ? "parley" : $"parley {command.Name}";
        var nearest = command.Subcommands.MinBy(known => ParleySettings.Distance(typed, known.Name))!.Name;
        return ParleySettings.Distance(typed, nearest) <= Math.Max(2, typed.Length / 3) ? $"There is no \"{path} {typed}\". Did you mean: {path} {nearest}" : $"There is no \"{path} {typed}\".";
    }
}

/// <summary>A command that cannot do what was asked, in a sentence.</summary>
internal sealed class CommandException(string message) : Exception(message);
