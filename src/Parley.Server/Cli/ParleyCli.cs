using System.CommandLine;
using Npgsql;
using Parley.Server.Hosting;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;
using Parley.Server.Platform.Secrets;

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
            IntegrationCommands.Integration(), IntegrationCommands.WebhookEvents(), DatabaseCommands.Keys(), ToolCommands.Emulators(), ToolCommands.Bench(), ToolCommands.Test(),
        };
        if (args.Length == 0) args = ["--help"];
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(error.Message);
            var suggestion = Suggest(root, args);
            if (suggestion is not null) await Console.Error.WriteLineAsync($"Did you mean: parley {suggestion}");
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
        return 1;
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
    public static async Task<int> WithDatabaseAsync(ParseResult parsed, Func<Running, Task<int>> work, CancellationToken cancellationToken)
    {
        var settings = Settings(parsed);
        if (settings.InMemory) throw new CommandException("STORAGE_BACKEND is memory: that database lives and dies with its server, and no command reaches it. Use the API.");
        await using var running = await Running.StartAsync(settings, beside: true, settings.MigrateAtStart, cancellationToken);
        return await work(running);
    }

    static string? Suggest(Command root, string[] args)
    {
        var typed = args.FirstOrDefault(arg => !arg.StartsWith('-'));
        if (typed is null || root.Subcommands.Any(command => command.Name == typed)) return null;
        var near = root.Subcommands.Select(command => (command.Name, Shared: command.Name.Intersect(typed).Count() - Math.Abs(command.Name.Length - typed.Length))).MaxBy(pair => pair.Shared);
        return near.Shared >= Math.Max(1, typed.Length / 2) ? near.Name : null;
    }
}

/// <summary>A command that cannot do what was asked, in a sentence.</summary>
internal sealed class CommandException(string message) : Exception(message);
