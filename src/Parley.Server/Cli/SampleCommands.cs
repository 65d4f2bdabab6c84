using System.CommandLine;
using System.Text.Json;
using Parley.Server.Demo;
using Parley.Server.Hosting;
using Parley.Server.Integrations;
using Parley.Server.Media;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;
using Parley.Server.Tenants;

namespace Parley.Server.Cli;

/// <summary>Fill a database for trying, and empty it again.</summary>
internal static class SampleCommands
{
    static readonly Option<bool> Json = new("--json") { Description = "Print JSON and nothing else" };

    public static Command Seed()
    {
        var tenant = new Option<Guid?>("--tenant") { Description = "Into this tenant; without it, into a new one" };
        var provider = new Option<string>("--provider-url") { Description = "Where its accounts speak to", DefaultValueFactory = _ => "http://127.0.0.1:8100/meta" };
        var command = new Command("seed", "Writes three months of sample conversations. Examples: parley seed · parley seed --tenant ID (which then has two sample accounts)") { tenant, provider, Json };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var into = parsed.GetValue(tenant);
            if (into is { } given) await TenantCommands.RequireTenantAsync(running, given, cancellationToken);
            var id = into ?? await new TenantStore(running.System).CreateAsync("Sample company", cancellationToken);
            await using var services = running.Services();
            var settings = running.Settings;
            IMediaStorage storage = settings.MediaBucket is { } bucket ? new S3Storage(bucket) : new FolderStorage(settings.MediaFolder);
            var integrations = new IntegrationStore(services.GetRequiredService<TenantDatabase>(), services.GetRequiredService<SystemDatabase>(), services.GetRequiredService<SecretBox>());
            if ((await integrations.ListAsync(id, null, 200, cancellationToken)).Any(row => DemoSeed.Accounts.Any(account => account.ExternalId == row.ExternalId)))
                throw new CommandException("This tenant has sample conversations already. parley seed without --tenant makes a new one.");
            var (conversations, messages) = await new DemoSeed(integrations, storage, new Incoming(settings.MediaFolder), running.Tenants, TimeProvider.System)
                .WriteAsync(id, parsed.GetValue(provider)!, cancellationToken);
            Console.WriteLine(parsed.GetValue(Json) ? JsonSerializer.Serialize(new { id, conversations, messages }) : $"The tenant {id} has {conversations} conversations with {messages} messages.");
            return 0;
        }, cancellationToken, mayMake: true));
        return command;
    }

    public static Command Reset()
    {
        var yes = new Option<bool>("--yes") { Description = "Really" };
        var command = new Command("reset", "Deletes everything: all tenants, conversations, files and keys. Example: parley reset --yes") { yes };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = ParleyCli.Settings(parsed);
            if (settings.InMemory) throw new CommandException("STORAGE_BACKEND is memory: everything is gone whenever its server ends.");
            var where = settings.DatabaseConnectionString is null ? $"the embedded database in {settings.DataFolder}" : Named(new(settings.DatabaseConnectionString));
            if (!parsed.GetValue(yes)) throw new CommandException($"This would delete everything in {where}, and the files in {settings.MediaFolder}. There is no way back. To do it: parley reset --yes");
            // Not beside a running Parley: the embedded server refuses a second one on its folder, and other sessions are looked for.
            await using var running = await Running.StartAsync(settings, beside: false, migrate: true, cancellationToken);
            if (settings.DatabaseConnectionString is not null && await running.System.FindAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'parley'", null, cancellationToken) > 0)
                throw new CommandException("A Parley is running on this database. Stop it first, then run this again.");
            await EmptyAsync(running, cancellationToken);
            if (settings.MediaBucket is null) FolderStorage.Clear(settings.MediaFolder);
            var left = settings.MediaBucket is { } bucket ? $" The files in {bucket} were left: delete them there." : "";
            Console.WriteLine($"Everything in {where} is gone.{left} The next start begins anew.");
            return 0;
        });
        return command;
    }

    static string Named(Npgsql.NpgsqlConnectionStringBuilder to) => $"the database {to.Database} on {to.Host}";

    // Rows, not tables: the schema stays as the migrations made it. The key ring goes too; the master key wraps the next one.
    static Task EmptyAsync(Running running, CancellationToken cancellationToken) => running.System.ChangeAsync(async change =>
    {
        await change.ExecuteAsync("reset role", null, cancellationToken);
        var tables = await change.ListAsync<string>("""
            select format('%I.%I', schemaname, tablename) from pg_tables
            where schemaname = 'public' and tableowner = current_user and tablename <> 'schema_migrations'
            order by 1
            """, null, cancellationToken);
        await change.ExecuteAsync($"truncate {string.Join(", ", tables)}", null, cancellationToken);
        return tables.Count;
    }, cancellationToken);
}
