using System.CommandLine;
using Npgsql;
using Parley.Server.Hosting;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Cli;

internal static class DatabaseCommands
{
    public static Command Migrate()
    {
        var picture = new Option<string?>("--picture") { Description = "Also write the schema, as the catalog has it, to this file" };
        var command = new Command("migrate", "Brings the schema up to date. Example: DB_SYNCHRONIZE=false parley migrate") { picture };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = ParleyCli.Settings(parsed);
            await using var running = await Running.StartAsync(settings, beside: true, migrate: true, cancellationToken);
            Console.WriteLine($"The schema is up to date ({Migrator.All.Count} migrations).");
            if (parsed.GetValue(picture) is { } file)
            {
                await using var connection = new NpgsqlConnection(running.ConnectionString);
                await connection.OpenAsync(cancellationToken);
                await File.WriteAllTextAsync(file, await SchemaPicture.DrawAsync(connection, cancellationToken), cancellationToken);
                Console.WriteLine($"Its picture is in {file}.");
            }
            return 0;
        });
        return command;
    }

    public static Command Keys()
    {
        var rotate = new Command("rotate", "Wraps the stored keys with a new master key. Example: parley keys rotate (then restart the other nodes)");
        rotate.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            if (running.Settings.MasterKey is not null)
                throw new CommandException("The master key comes from PARLEY_MASTER_KEY. Put it into the file master.key in the data folder, unset the variable, and run this again.");
            var count = await KeyRingAdministration.RotateAsync(running.System, running.MasterKey, running.Settings.DataFolder, cancellationToken);
            Console.WriteLine($"{count} keys are wrapped by a new master key. Keep a copy of {MasterKey.PathIn(running.Settings.DataFolder)}, and restart running nodes.");
            return 0;
        }, cancellationToken));
        return new Command("keys", "The keys that protect credentials: rotate. Example: parley keys rotate") { rotate };
    }
}
