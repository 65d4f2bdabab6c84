using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Hosting;
using Parley.Server.Integrations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;
using Parley.Server.Platform.Secrets;
using Parley.Server.Tenants;

namespace Parley.Bench;

/// <summary>A WhatsApp number that the load speaks to.</summary>
internal sealed record BenchNumber(Guid TenantId, Guid IntegrationId, string PhoneNumberId, byte[] Secret, string ApiKey);

/// <summary>A durable PostgreSQL (fsync on) in a folder of its own, tenants with a connected number each, and the product
/// as a process of its own on it: the load generator shares nothing with it but the machine.</summary>
internal sealed class BenchStage : IAsyncDisposable
{
    readonly string _folder;
    readonly EmbeddedServer _postgres;
    readonly Process _server;

    BenchStage(string folder, EmbeddedServer postgres, Process server, Uri address, IReadOnlyList<BenchNumber> numbers) =>
        (_folder, _postgres, _server, Address, Numbers) = (folder, postgres, server, address, numbers);

    public Uri Address { get; }
    public IReadOnlyList<BenchNumber> Numbers { get; }
    public Process Server => _server;

    /// <summary>For the baseline: a superuser, so that no policy slows it down.</summary>
    public string BaselineConnection => new NpgsqlConnectionStringBuilder(_postgres.SuperuserConnectionString) { Database = "parley" }.ConnectionString;

    /// <summary>As the product itself connects: bound by the policies of the role it enters.</summary>
    public string OwnerConnection => _postgres.ConnectionString;

    /// <param name="role">Of each tenant's API key.</param>
    /// <param name="config">Settings of every number, beside those that are needed.</param>
    public static async Task<BenchStage> SetAsync(int tenants, string role = "viewer", Dictionary<string, string>? config = null)
    {
        var folder = Path.Combine("/tmp", $"parley-bench-{Guid.CreateVersion7():N}");
        var postgres = await EmbeddedServer.StartAsync(folder, durable: true, CancellationToken.None);
        var key = MasterKey.NewKey();
        var settings = ParleySettings.Load(new Dictionary<string, string?> { ["PARLEY_DATA"] = folder }, folder, new Dictionary<string, string>());
        await using (var source = NpgsqlDataSource.Create(postgres.ConnectionString)) await new Migrator(source, TimeProvider.System).MigrateAsync(CancellationToken.None);
        await using var services = new ServiceCollection()
            .AddLogging().AddSingleton(settings).AddSingleton(MasterKey.Of(key)).AddSingleton(TimeProvider.System).AddSingleton<FeedNews>()
            .AddParleyDatabase(settings, postgres.ConnectionString, null).AddParleySecrets()
            .AddSingleton<TenantStore>().AddSingleton<IntegrationStore>().AddSingleton<ApiKeyStore>()
            .BuildServiceProvider();
        var numbers = new List<BenchNumber>();
        for (var i = 0; i < tenants; i++)
        {
            var tenant = await services.GetRequiredService<TenantStore>().CreateAsync($"Bench {i}", CancellationToken.None);
            var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            var account = new ChannelAccount("whatsapp", $"1065403522{i:00000}", config ?? [], new Dictionary<string, string> { ["access_token"] = "bench", ["app_secret"] = secret });
            var integration = await services.GetRequiredService<IntegrationStore>().CreateAsync(tenant, "meta", "Bench", account, null, CancellationToken.None);
            var (_, apiKey) = await services.GetRequiredService<ApiKeyStore>().CreateAsync(tenant, "bench", role, null, CancellationToken.None);
            numbers.Add(new(tenant, integration!.Id, account.ExternalId, System.Text.Encoding.UTF8.GetBytes(secret), apiKey));
        }
        var database = new NpgsqlConnectionStringBuilder(postgres.ConnectionString);
        var (server, address) = await StartAsync(Path.Combine(AppContext.BaseDirectory, "parley.dll"), ["serve", "--urls", "http://127.0.0.1:0", "--data", folder], "Parley is ready at ", new()
        {
            ["DB_HOST"] = database.Host!, ["DB_USERNAME"] = database.Username!, ["DB_PASSWORD"] = database.Password!, ["DB_NAME"] = database.Database!,
            ["PARLEY_MASTER_KEY"] = Convert.ToBase64String(key), ["PARLEY_RATE_LIMIT"] = "10000000", ["DOTNET_TieredPGO"] = "0",
        });
        return new(folder, postgres, server, address, numbers);
    }

    /// <summary>A child process that says where it listens.</summary>
    public static async Task<(Process Process, Uri Address)> StartAsync(string program, string[] arguments, string ready, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/tmp" };
        foreach (var name in new[] { "DATABASE_URL", "STORAGE_BACKEND", "PARLEY_URLS" }) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            if (line.StartsWith(ready, StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return (process, new Uri(line[ready.Length..]));
            }
        throw new InvalidOperationException($"{Path.GetFileName(program)} ended before it was ready: {await complaints}");
    }

    /// <summary>Seconds of processor time that PostgreSQL's processes have used so far (where there is /proc).</summary>
    public double DatabaseSeconds()
    {
        var postmaster = File.ReadLines(Path.Combine(_folder, "postgres", "postmaster.pid")).First();
        double ticks = 0;
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            string stat;
            try { stat = File.ReadAllText(Path.Combine(folder, "stat")); }
            catch (IOException) { continue; }   // it has ended meanwhile
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var isPostmaster = Path.GetFileName(folder) == postmaster;
            if (!isPostmaster && fields[1] != postmaster) continue;
            // Of children that have ended the postmaster keeps the count.
            ticks += fields[11..(isPostmaster ? 15 : 13)].Sum(double.Parse);
        }
        return ticks / 100;
    }

    /// <summary>For what is measured without the product behind it.</summary>
    public async Task StopServerAsync()
    {
        _server.Kill();
        await _server.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        _server.Dispose();
        NpgsqlConnection.ClearAllPools();
        await _postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
