using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Parley.Server.Feed;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Hosting;

/// <summary>What a process stands on: settings, a database at the right schema, and the key to its secrets.
/// The CLI's commands stop here; the server goes on to listen.</summary>
internal sealed class Running : IAsyncDisposable
{
    readonly EmbeddedServer? _embedded;
    readonly string? _temporary;
    readonly NpgsqlDataSource _source;

    Running(ParleySettings settings, EmbeddedServer? embedded, string? temporary, string connectionString, MasterKey masterKey, NpgsqlDataSource source, SystemDatabase system, TenantDatabase tenants)
    {
        (Settings, _embedded, _temporary, ConnectionString, MasterKey, _source, System, Tenants) = (settings, embedded, temporary, connectionString, masterKey, source, system, tenants);
    }

    public ParleySettings Settings { get; }
    public string ConnectionString { get; }
    public string? DirectConnectionString => _embedded is null ? Settings.DirectConnectionString : null;
    public MasterKey MasterKey { get; }
    public SystemDatabase System { get; }
    public TenantDatabase Tenants { get; }

    /// <summary>:: 1 the database · 2 its schema · 3 the key.</summary>
    /// <param name="beside">True for commands that may run beside a server on the same folder.</param>
    /// <param name="log">Of a server; commands speak for themselves.</param>
    public static async Task<Running> StartAsync(ParleySettings settings, bool beside, bool migrate, CancellationToken cancellationToken, StartLog? log = null)
    {
        EmbeddedServer? embedded = null;
        string? temporary = null;
        NpgsqlDataSource? source = null;
        try
        {
            // :: 1
            if (settings.InMemory)
            {
                temporary = Path.Combine("/tmp", $"parley-memory-{Guid.CreateVersion7():N}");
                embedded = await EmbeddedServer.StartAsync(temporary, durable: false, cancellationToken);
            }
            else if (settings.DatabaseConnectionString is null)
            {
                embedded = beside
                    ? await EmbeddedServer.AttachOrStartAsync(settings.DataFolder, cancellationToken)
                    : await EmbeddedServer.StartAsync(settings.DataFolder, durable: true, cancellationToken);
            }
            var connectionString = embedded?.ConnectionString ?? settings.DatabaseConnectionString!;
            source = NpgsqlDataSource.Create(connectionString);
            var direct = embedded is null && settings.DirectConnectionString is { } other && other != connectionString ? NpgsqlDataSource.Create(other) : source;

            // :: 2
            log?.Initializing();
            var migrator = new Migrator(direct, TimeProvider.System);
            if (migrate || settings.InMemory) await migrator.MigrateAsync(cancellationToken);
            else await migrator.CheckAsync(cancellationToken);
            log?.Initialized();
            if (direct != source) await direct.DisposeAsync();

            // :: 3
            var news = new FeedNews();
            var system = new SystemDatabase(source, news, TimeProvider.System);
            var masterKey = settings.InMemory
                ? MasterKey.Of(MasterKey.NewKey())
                : MasterKey.Load(settings.MasterKey, settings.DataFolder, await KeyRingAdministration.ExistsAsync(system, cancellationToken));
            await KeyRingAdministration.CheckAsync(system, masterKey, cancellationToken);
            return new(settings, embedded, temporary, connectionString, masterKey, source, system, new TenantDatabase(source, news, TimeProvider.System));
        }
        catch
        {
            if (source is not null) await source.DisposeAsync();
            if (embedded is not null) await embedded.DisposeAsync();
            throw;
        }
    }

    /// <summary>The services of the product without its server, for commands.</summary>
    public ServiceProvider Services() => new ServiceCollection()
        .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).AddLogging()
        .AddSingleton(Settings).AddSingleton(MasterKey).AddSingleton(TimeProvider.System)
        .AddSingleton<FeedNews>()
        .AddParleyDatabase(Settings, ConnectionString, DirectConnectionString)
        .AddParleySecrets()
        .BuildServiceProvider();

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        if (_embedded is not null) await _embedded.DisposeAsync();
        if (_temporary is null) return;
        foreach (var folder in new[] { _temporary, Settings.MediaFolder })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
