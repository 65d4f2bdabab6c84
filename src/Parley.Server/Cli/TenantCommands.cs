using System.CommandLine;
using System.Text.Json;
using Parley.Server.Hosting;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Team;
using Parley.Server.Tenants;
using Spectre.Console;

namespace Parley.Server.Cli;

internal static class TenantCommands
{
    static readonly Option<bool> Json = new("--json") { Description = "Print JSON and nothing else" };

    public static Command Tenant()
    {
        var name = new Option<string>("--name") { Description = "The organisation's name", Required = true };
        var create = new Command("create", "Example: parley tenant create --name \"Acme\" --json") { name, Json };
        create.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var given = parsed.GetValue(name)!.Trim();
            CheckName(given);
            var id = await new TenantStore(running.System).CreateAsync(given, cancellationToken);
            return Print(parsed, new { id }, $"The tenant {given} has the id {id}");
        }, cancellationToken, mayMake: true));

        var list = new Command("list", "Lists the tenants. Example: parley tenant list --json") { Json };
        list.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var tenants = await new TenantStore(running.System).ListAsync(cancellationToken);
            if (parsed.GetValue(Json)) return Print(parsed, tenants.Select(tenant => new { id = tenant.Id, name = tenant.Name, status = tenant.Status }), "");
            var table = new Table().AddColumns("id", "name", "status");
            foreach (var tenant in tenants) table.AddRow(tenant.Id.ToString(), Markup.Escape(tenant.Name), tenant.Status);
            AnsiConsole.Write(table);
            return 0;
        }, cancellationToken));

        return new Command("tenant", "Organisations: create, list, activate, deactivate. Example: parley tenant create --name Acme") { create, list, SetStatus("activate", "active"), SetStatus("deactivate", "inactive") };
    }

    public static Command User()
    {
        var tenant = TenantOption();
        var email = new Option<string>("--email") { Description = "The address that signs in", Required = true };
        var role = RoleOption();
        var name = new Option<string?>("--name") { Description = "How colleagues see the person" };
        var create = new Command("create", "Example: parley user create --tenant ID --email ana@example.com --role editor --json") { tenant, email, role, name, Json };
        create.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var address = UserStore.Normalise(parsed.GetValue(email)!);
            if (UserEndpoints.Check(address, parsed.GetValue(role)).Values.FirstOrDefault() is { } wrong) throw new CommandException($"--email: {wrong[0]}");
            var called = parsed.GetValue(name)?.Trim() ?? address.Split('@')[0];
            CheckName(called);
            await RequireTenantAsync(running, parsed.GetValue(tenant), cancellationToken);
            var password = BearerSecret.Password();
            var user = await new UserStore(running.System, running.Tenants).CreateAsync(parsed.GetValue(tenant), address, called, parsed.GetValue(role)!, password, cancellationToken)
                ?? throw new CommandException($"{address} signs in here already.");
            return Print(parsed, new { id = user.Id, password }, $"{address} signs in with the password {password} (shown only now); the id is {user.Id}");
        }, cancellationToken));

        var who = new Option<string>("--email") { Description = "The address that signs in", Required = true };
        var password = new Command("password", "Makes a new password for somebody and signs them out everywhere. Example: parley user password --email ana@example.com") { who, Json };
        password.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var made = BearerSecret.Password();
            if (!await new UserStore(running.System, running.Tenants).ResetPasswordAsync(parsed.GetValue(who)!, made, cancellationToken))
                throw new CommandException($"Nobody signs in with {parsed.GetValue(who)}.");
            return Print(parsed, new { password = made }, $"{parsed.GetValue(who)} signs in with the password {made} (shown only now).");
        }, cancellationToken));
        return new Command("user", "Members of a team: create, password. Example: parley user create --tenant ID --email ana@example.com --role editor") { create, password };
    }

    public static Command ApiKey()
    {
        var tenant = TenantOption();
        var role = RoleOption();
        var name = new Option<string>("--name") { Description = "What it is for", DefaultValueFactory = _ => "API key" };
        var create = new Command("create", "Example: parley apikey create --tenant ID --role admin --json") { tenant, role, name, Json };
        create.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            CheckName(parsed.GetValue(name)!.Trim());
            await RequireTenantAsync(running, parsed.GetValue(tenant), cancellationToken);
            var (row, key) = await new ApiKeyStore(running.Tenants, TimeProvider.System).CreateAsync(parsed.GetValue(tenant), parsed.GetValue(name)!.Trim(), parsed.GetValue(role)!, null, cancellationToken);
            return Print(parsed, new { id = row.Id, key }, $"The key is {key} (shown only now); its id is {row.Id}");
        }, cancellationToken));
        return new Command("apikey", "Keys for programs: create. Example: parley apikey create --tenant ID --role admin") { create };
    }

    internal static Option<Guid> TenantOption() => new("--tenant") { Description = "The tenant's id (parley tenant list)", Required = true };

    internal static async Task RequireTenantAsync(Running running, Guid id, CancellationToken cancellationToken)
    {
        if (!await running.System.FindAsync<bool>("select exists (select 1 from tenants where id = @id)", new { id }, cancellationToken))
            throw new CommandException($"There is no tenant {id}. parley tenant list shows them.");
    }

    static void CheckName(string name)
    {
        if ((name.Length == 0 ? "It is empty." : Texts.Wrong(name, 150)) is { } wrong) throw new CommandException($"--name: {wrong}");
    }

    internal static int Print(ParseResult parsed, object json, string sentence)
    {
        Console.WriteLine(parsed.GetValue(Json) ? JsonSerializer.Serialize(json) : sentence);
        return 0;
    }

    static Option<string> RoleOption()
    {
        var role = new Option<string>("--role") { Description = "viewer, editor or admin", Required = true };
        role.AcceptOnlyFromAmong(UserEndpoints.Roles);
        return role;
    }

    static Command SetStatus(string verb, string status)
    {
        var id = new Argument<Guid>("id") { Description = "The tenant's id" };
        var command = new Command(verb, $"Makes a tenant {status}. Example: parley tenant {verb} ID") { id };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            if (!await new TenantStore(running.System).SetStatusAsync(parsed.GetValue(id), status, cancellationToken)) throw new CommandException($"There is no tenant {parsed.GetValue(id)}.");
            Console.WriteLine($"The tenant is {status}.");
            return 0;
        }, cancellationToken));
        return command;
    }
}
