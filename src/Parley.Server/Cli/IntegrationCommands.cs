using System.CommandLine;
using System.Text.Json;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;
using Parley.Server.Webhooks;
using Spectre.Console;

namespace Parley.Server.Cli;

internal static class IntegrationCommands
{
    static readonly Option<bool> Json = new("--json") { Description = "Print JSON and nothing else" };

    public static Command Integration()
    {
        var tenant = TenantCommands.TenantOption();
        var provider = new Option<string>("--provider") { Description = "For example meta", Required = true };
        var channel = new Option<string>("--channel") { Description = "For example whatsapp", Required = true };
        var name = new Option<string>("--name") { Description = "How the team calls it", Required = true };
        var external = new Option<string>("--external-id") { Description = "The provider's id of the account", Required = true };
        var config = new Option<string[]>("--config") { Description = "name=value, repeatable", AllowMultipleArgumentsPerToken = true };
        var secret = new Option<string[]>("--credential") { Description = "name=value, repeatable; name=- reads the value from standard input, so that it is in no shell history", AllowMultipleArgumentsPerToken = true };
        var create = new Command("create", "Example: parley integration create --tenant ID --provider meta --channel whatsapp --name Support --external-id 1065 --config verify_token=t --credential access_token=- app_secret=-")
            { tenant, provider, channel, name, external, config, secret, Json };
        create.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            await TenantCommands.RequireTenantAsync(running, parsed.GetValue(tenant), cancellationToken);
            var catalog = ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System);
            if (catalog.Find(parsed.GetValue(provider)!) is not { } known) throw new CommandException($"--provider must be one of {string.Join(", ", catalog.All.Select(one => one.Provider))}.");
            if (!known.Channels.Contains(parsed.GetValue(channel)!)) throw new CommandException($"--channel must be one of {string.Join(", ", known.Channels)}.");
            var account = new ChannelAccount(parsed.GetValue(channel)!, parsed.GetValue(external)!, Pairs(parsed.GetValue(config)), Pairs(parsed.GetValue(secret)));
            if (known.Settings.Validate(account.Config, account.Credentials) is { Count: > 0 } wrong)
                throw new CommandException(string.Join(Environment.NewLine, wrong.Select(field => $"{field.Key}: {field.Value[0]}")));
            var row = await Store(services, running).CreateAsync(parsed.GetValue(tenant), known.Provider, parsed.GetValue(name)!, account, null, cancellationToken)
                ?? throw new CommandException("This account is connected already.");
            Console.WriteLine(parsed.GetValue(Json) ? JsonSerializer.Serialize(new { id = row.Id }) : $"Connected as {row.Id}; its webhook address ends in /webhooks/{row.Provider}/{row.Id}");
            return 0;
        }, cancellationToken));

        var list = new Command("list", "Lists a tenant's integrations.") { tenant };
        list.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            var table = new Table().AddColumn("id", id => id.NoWrap()).AddColumns("name", "provider", "channel", "account", "status", "health");
            foreach (var row in await Store(services, running).ListAsync(parsed.GetValue(tenant), null, 200, cancellationToken))
                table.AddRow(row.Id.ToString(), Markup.Escape(row.Name), row.Provider, row.Channel, Markup.Escape(row.ExternalId), row.Status, row.Health);
            AnsiConsole.Write(table);
            return 0;
        }, cancellationToken));

        var id = new Argument<Guid>("id") { Description = "The integration's id" };
        var show = new Command("show", "Shows one, without its secrets. Example: parley integration show --tenant ID INTEGRATION") { tenant, id };
        show.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            var row = await FindAsync(Store(services, running), parsed.GetValue(tenant), parsed.GetValue(id), cancellationToken);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                id = row.Id, provider = row.Provider, channel = row.Channel, name = row.Name, external_id = row.ExternalId, config = JsonSerializer.Deserialize<JsonElement>(row.Config),
                credentials_set = services.GetRequiredService<SecretBox>().Unprotect(parsed.GetValue(tenant), row.Id, row.Credentials).Keys.Order(), status = row.Status, health = row.Health,
            }));
            return 0;
        }, cancellationToken));

        var rename = new Option<string?>("--name") { Description = "A new name" };
        var update = new Command("update", "Changes what is given. Example: parley integration update --tenant ID INTEGRATION --credential access_token=-") { tenant, id, rename, config, secret };
        update.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            var store = Store(services, running);
            var row = await FindAsync(store, parsed.GetValue(tenant), parsed.GetValue(id), cancellationToken);
            var newConfig = Merge(JsonSerializer.Deserialize<Dictionary<string, string>>(row.Config)!, Pairs(parsed.GetValue(config)));
            var newSecrets = Merge(new(services.GetRequiredService<SecretBox>().Unprotect(parsed.GetValue(tenant), row.Id, row.Credentials)), Pairs(parsed.GetValue(secret)));
            if (ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System).Find(row.Provider)!.Settings.Validate(newConfig, newSecrets) is { Count: > 0 } wrong)
                throw new CommandException(string.Join(Environment.NewLine, wrong.Select(field => $"{field.Key}: {field.Value[0]}")));
            await store.UpdateAsync(parsed.GetValue(tenant), row.Id, parsed.GetValue(rename), null, newConfig, newSecrets, cancellationToken);
            Console.WriteLine("The integration is changed; running nodes see it within 5 seconds.");
            return 0;
        }, cancellationToken));
        return new Command("integration", "Connected accounts: create, list, show, update, disable, enable.") { create, list, show, update, SetStatus("disable", "disabled"), SetStatus("enable", "active") };

        Command SetStatus(string verb, string status)
        {
            var command = new Command(verb, $"Example: parley integration {verb} --tenant ID INTEGRATION") { tenant, id };
            command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
            {
                await using var services = running.Services();
                if (await Store(services, running).UpdateAsync(parsed.GetValue(tenant), parsed.GetValue(id), null, status, null, null, cancellationToken) is null)
                    throw new CommandException($"That tenant has no integration {parsed.GetValue(id)}.");
                Console.WriteLine($"The integration is {status}.");
                return 0;
            }, cancellationToken));
            return command;
        }
    }

    public static Command WebhookEvents()
    {
        var tenant = TenantCommands.TenantOption();
        var id = new Argument<Guid>("id") { Description = "The webhook event's id" };
        var replay = new Command("replay", "Applies a journalled webhook again. Example: parley webhook-events replay --tenant ID EVENT") { tenant, id };
        replay.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            var store = Store(services, running);
            var customers = new CustomerDirectory();
            var ingest = new IngestStore(customers, services.GetRequiredService<FeedNews>(), new JobNews(), TimeProvider.System);
            var directory = new IntegrationDirectory(store, services.GetRequiredService<SecretBox>(), TimeProvider.System);
            var source = new IngestDatabase(services.GetRequiredService<Npgsql.NpgsqlDataSource>());
            var result = await new JournalReplay(running.Tenants, source, ingest, ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System), directory, customers, TimeProvider.System)
                .ReplayAsync(parsed.GetValue(tenant), parsed.GetValue(id), cancellationToken);
            if (result is null) throw new CommandException($"That tenant has no webhook event {parsed.GetValue(id)}.");
            Console.WriteLine(result.Length == 0 ? "It is processed." : $"It failed again: {result}");
            return result.Length == 0 ? 0 : 1;
        }, cancellationToken));
        return new Command("webhook-events", "The journal of what providers sent: replay.") { replay };
    }

    static IntegrationStore Store(ServiceProvider services, Hosting.Running running) => new(running.Tenants, running.System, services.GetRequiredService<SecretBox>());

    static async Task<IntegrationRow> FindAsync(IntegrationStore store, Guid tenant, Guid id, CancellationToken cancellationToken) =>
        await store.FindAsync(tenant, id, cancellationToken) ?? throw new CommandException($"That tenant has no integration {id}.");

    static Dictionary<string, string> Merge(Dictionary<string, string> present, Dictionary<string, string> given)
    {
        foreach (var (name, value) in given) present[name] = value;
        return present;
    }

    static Dictionary<string, string> Pairs(string[]? given)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var text in given ?? [])
        {
            var parts = text.Split('=', 2);
            if (parts.Length != 2 || parts[0].Length == 0) throw new CommandException($"\"{parts[0]}\" is not of the form name=value.");
            pairs[parts[0]] = parts[1] == "-" ? Console.In.ReadLine()?.Trim() ?? "" : parts[1];
        }
        return pairs;
    }
}
