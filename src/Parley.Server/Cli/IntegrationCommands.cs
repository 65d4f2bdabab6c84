using System.CommandLine;
using System.Text.Json;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Ingest;
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
            var form = new IntegrationForm(parsed.GetValue(provider), parsed.GetValue(channel), parsed.GetValue(name), parsed.GetValue(external), Pairs(parsed.GetValue(config)), Pairs(parsed.GetValue(secret)));
            Refuse(form.Check(Catalog()));
            var account = new ChannelAccount(form.Channel!, form.AccountId(Catalog())!, form.Config, form.Credentials);
            var row = await Store(services, running).CreateAsync(parsed.GetValue(tenant), form.Provider!, form.Name!.Trim(), account, null, cancellationToken)
                ?? throw new CommandException("This account is connected already.");
            Console.WriteLine(parsed.GetValue(Json) ? JsonSerializer.Serialize(new { id = row.Id }) : $"Connected as {row.Id}; its webhook address ends in /webhooks/{row.Provider}/{row.Id}");
            return 0;
        }, cancellationToken));

        var list = new Command("list", "Lists a tenant's integrations. Example: parley integration list --tenant ID") { tenant };
        list.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            await TenantCommands.RequireTenantAsync(running, parsed.GetValue(tenant), cancellationToken);
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
                credentials_set = services.GetRequiredService<SecretBox>().Unprotect(parsed.GetValue(tenant), row.Id, row.Credentials)?.Keys.Order(), status = row.Status, health = row.Health,
            }));
            return 0;
        }, cancellationToken));

        var rename = new Option<string?>("--name") { Description = "A new name" };
        var update = new Command("update", "Changes what is given. Example: parley integration update --tenant ID INTEGRATION --credential access_token=-") { tenant, id, rename, config, secret };
        update.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await using var services = running.Services();
            var errors = new Dictionary<string, string[]>();
            if (parsed.GetValue(rename) is { } called) IntegrationForm.CheckName(errors, called);
            Refuse(errors);
            await UpdateAsync(Store(services, running), parsed.GetValue(tenant), parsed.GetValue(id),
                new(parsed.GetValue(rename)?.Trim(), null, Edits(parsed.GetValue(config)), Edits(parsed.GetValue(secret))), cancellationToken);
            Console.WriteLine("The integration is changed; running nodes see it within 5 seconds.");
            return 0;
        }, cancellationToken));
        return new Command("integration", "Connected accounts: create, list, show, update, disable, enable. Example: parley integration list --tenant ID") { create, list, show, update, SetStatus("disable", "disabled"), SetStatus("enable", "active") };

        Command SetStatus(string verb, string status)
        {
            var command = new Command(verb, $"Example: parley integration {verb} --tenant ID INTEGRATION") { tenant, id };
            command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
            {
                await using var services = running.Services();
                await UpdateAsync(Store(services, running), parsed.GetValue(tenant), parsed.GetValue(id), new(null, status, null, null), cancellationToken);
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
            var result = await new JournalReplay(running.Tenants, source, ingest, Catalog(), directory, customers)
                .ReplayAsync(parsed.GetValue(tenant), parsed.GetValue(id), cancellationToken);
            if (result is null) throw new CommandException($"That tenant has no webhook event {parsed.GetValue(id)}.");
            Console.WriteLine(result.Length == 0 ? "It is processed." : $"It failed again: {result}");
            return result.Length == 0 ? 0 : 1;
        }, cancellationToken));
        return new Command("webhook-events", "The journal of what providers sent: replay. Example: parley webhook-events replay --tenant ID EVENT") { replay };
    }

    static IntegrationStore Store(ServiceProvider services, Hosting.Running running) => new(running.Tenants, running.System, services.GetRequiredService<SecretBox>());

    static async Task<IntegrationRow> FindAsync(IntegrationStore store, Guid tenant, Guid id, CancellationToken cancellationToken) =>
        await store.FindAsync(tenant, id, cancellationToken) ?? throw new CommandException($"That tenant has no integration {id}.");

    static async Task UpdateAsync(IntegrationStore store, Guid tenant, Guid id, IntegrationEdit edit, CancellationToken cancellationToken)
    {
        var (row, errors) = await store.UpdateAsync(tenant, id, edit, Catalog(), cancellationToken);
        if (row is null) throw new CommandException($"That tenant has no integration {id}.");
        Refuse(errors);
    }

    static void Refuse(Dictionary<string, string[]> errors)
    {
        if (errors.Count > 0) throw new CommandException(string.Join(Environment.NewLine, errors.Select(field => $"{field.Key}: {field.Value[0]}")));
    }

    static ChannelCatalog Catalog() => ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System);

    static Dictionary<string, string?>? Edits(string[]? given) => given is null or [] ? null : Pairs(given).ToDictionary(pair => pair.Key, string? (pair) => pair.Value);

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
