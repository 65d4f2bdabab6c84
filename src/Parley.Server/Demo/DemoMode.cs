using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Parley.Channels;
using Parley.Server.Cli;
using Parley.Server.Hosting;
using Parley.Server.Integrations;
using Parley.Server.Media;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Secrets;
using Parley.Server.Team;
using Parley.Server.Tenants;

namespace Parley.Server.Demo;

/// <summary>`parley up --demo`: the providers played beside us, a tenant that is connected to them, and conversations to look at.
/// It lives in a data folder or database of its own, and touches no other.</summary>
internal sealed class DemoMode : IAsyncDisposable
{
    public const string Email = "demo@parley.local";
    public const string Password = "try-parley";
    public const string Folder = "./data-demo";
    const string Name = "Café Aurora (demo)";
    const string Address = "http://127.0.0.1:8100";

    readonly WebApplication _emulators;
    readonly string _url;
    readonly Running _running;

    DemoMode(WebApplication emulators, string url, Running running) => (_emulators, _url, _running) = (emulators, url, running);

    /// <summary>What is settled before anything starts.</summary>
    /// <exception cref="CommandException">The address is one that others reach: the demo's password is known.</exception>
    public static void Check(ParleySettings settings)
    {
        foreach (var url in settings.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !address.IsLoopback)
                throw new CommandException($"The demo signs in with a password that everybody knows, so it listens on this machine only, not on {url}. Use --urls http://127.0.0.1:8000.");
    }

    /// <summary>For a start without the demo, on its folder.</summary>
    /// <exception cref="CommandException">As above.</exception>
    public static async Task RefuseToPublishAsync(Running running, CancellationToken cancellationToken)
    {
        if (await running.System.FindAsync<Guid?>("select tenant_id from logins where email = @Email", new { Email }, cancellationToken) is null) return;
        Check(running.Settings);
        Console.WriteLine($"This is the demo's data: everybody knows the password of {Email}.");
    }

    /// <summary>:: 1 is this the demo's database · 2 the providers · 3 the tenant, once.</summary>
    public static async Task<DemoMode> StartAsync(Running running, CancellationToken cancellationToken)
    {
        // :: 1
        var tenants = await new TenantStore(running.System).ListAsync(cancellationToken);
        var mine = await running.System.FindAsync<Guid?>("select tenant_id from logins where email = @Email", new { Email }, cancellationToken);
        if (mine is null && tenants.Any(tenant => tenant.Name != Name))
            throw new CommandException($"This database has tenants of its own, and the demo stays away from them. Give the demo a folder of its own (without --data it is {Folder}), or another database.");

        // A demo that was killed while it was written has its name, and no login. It rests, and another is made beside it.
        if (mine is null)
            await running.System.ChangeAsync(change => change.ExecuteAsync("""
                update integrations i set status = 'disabled' from tenants t where t.id = i.tenant_id and t.name = @Name;
                update tenants set status = 'inactive' where name = @Name
                """, new { Name }, cancellationToken), cancellationToken);

        // :: 2
        var emulators = await EmulatorsAsync(Address, cancellationToken) ?? (await EmulatorsAsync("http://127.0.0.1:0", cancellationToken))!;
        var url = emulators.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var demo = new DemoMode(emulators, url, running);

        // :: 3
        try { await demo.SeedAsync(mine, cancellationToken); }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
        return demo;
    }

    static async Task<WebApplication?> EmulatorsAsync(string address, CancellationToken cancellationToken)
    {
        var app = Parley.Emulators.EmulatorApp.Build([address]);
        try
        {
            await app.StartAsync(cancellationToken);
            return app;
        }
        catch (IOException)   // another one listens there
        {
            await app.DisposeAsync();
            return null;
        }
    }

    // What is there already is pointed at today's emulators; what a newer Parley brings is added.
    async Task SeedAsync(Guid? known, CancellationToken cancellationToken)
    {
        await using var services = _running.Services();
        var integrations = Store(services);
        var catalog = ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System);
        var bot = new DemoBot(_running.Tenants, services.GetRequiredService<SecretBox>());
        var tenant = known ?? await WriteAsync(integrations, bot, cancellationToken);
        foreach (var account in DemoAccount.All)
        {
            var address = $"{_url}/{account.Provider}";
            var id = await integrations.FindByAccountAsync(tenant, account.Provider, account.ExternalId, cancellationToken);
            if (id is { } there) await integrations.UpdateAsync(tenant, there, new(null, null, new Dictionary<string, string?> { [account.AddressSetting] = address }, null), catalog, cancellationToken);
            else id = (await integrations.CreateAsync(tenant, account.Provider, account.Name, account.At(address), null, cancellationToken))?.Id;
            if (account.HasBot && id is { } integration) await bot.PointAsync(tenant, integration, _url, cancellationToken);
        }
        if (known is not null) return;
        var users = new UserStore(_running.System, _running.Tenants);
        await users.CreateAsync(tenant, "maria@parley.local", "Maria", "editor", Password, cancellationToken);
        await users.CreateAsync(tenant, Email, "Demo", "admin", Password, cancellationToken);   // last: its login marks the demo as whole
    }

    async Task<Guid> WriteAsync(IntegrationStore integrations, DemoBot bot, CancellationToken cancellationToken)
    {
        var tenant = await new TenantStore(_running.System).CreateAsync(Name, cancellationToken);
        var settings = _running.Settings;
        IMediaStorage storage = settings.MediaBucket is { } bucket ? new S3Storage(bucket) : new FolderStorage(settings.MediaFolder);
        await new DemoSeed(integrations, storage, new Incoming(settings.MediaFolder), _running.Tenants, TimeProvider.System).WriteAsync(tenant, $"{_url}/meta", cancellationToken);
        await bot.WriteDocumentsAsync(tenant, cancellationToken);
        return tenant;
    }

    /// <summary>Tells the emulators where Parley listens, and a newcomer what to do.</summary>
    public async Task ConnectAsync(string address, CancellationToken cancellationToken)
    {
        await using var services = _running.Services();
        var integrations = Store(services);
        using var http = new HttpClient { BaseAddress = new Uri(_url) };
        var tenant = await _running.System.FindAsync<Guid>("select tenant_id from logins where email = @Email", new { Email }, cancellationToken);
        foreach (var account in DemoAccount.All)
            if (await integrations.FindByAccountAsync(tenant, account.Provider, account.ExternalId, cancellationToken) is { } id)
                (await http.PostAsJsonAsync("/connect", account.Connect($"{address}/webhooks/{account.Provider}/{id}"), cancellationToken)).EnsureSuccessStatusCode();
        Console.WriteLine($"""
            The demo is ready.
              A customer's phone:  {_url}/phone
              The agents' page:    {address}, as {Email} with the password {Password}
              For programs:        {address}/docs
            Write to {string.Join(" or to ", DemoAccount.All.Where(account => account.HasBot).Select(account => account.Name))} on the phone, and a bot answers (an emulator that goes by rules, no language model).
            """);
    }

    static IntegrationStore Store(IServiceProvider services) => new(
        services.GetRequiredService<Platform.Database.TenantDatabase>(), services.GetRequiredService<Platform.Database.SystemDatabase>(), services.GetRequiredService<SecretBox>());

    public async ValueTask DisposeAsync()
    {
        await _emulators.StopAsync();
        await _emulators.DisposeAsync();
    }
}
