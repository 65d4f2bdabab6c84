using Npgsql;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;
using Parley.Server.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(ParleyFixture))]

namespace Parley.Server.Tests.Support;

/// <summary>One PostgreSQL for the run (the embedded one, or PARLEY_TEST_DATABASE_URL), one migrated template, and one
/// database cloned from it in which every test has its own tenant. Tests of workers clone another.</summary>
public sealed class ParleyFixture : IAsyncLifetime
{
    EmbeddedServer? _server;
    string _admin = "";
    string _owner = "";
    readonly string _run = Guid.CreateVersion7().ToString("N")[^10..];
    readonly List<string> _databases = [];
    int _clones;
    TestApp? _app;

    /// <summary>The product on the shared database, over real HTTP.</summary>
    internal TestApp App => _app!;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("PARLEY_TEST_DATABASE_URL") is { Length: > 0 } url)
        {
            _owner = _admin = Platform.Configuration.DatabaseUrl.ToConnectionString(url);
        }
        else
        {
            _server = await EmbeddedServer.StartAsync(Path.Combine("/tmp", $"parley-test-{_run}"), durable: false, CancellationToken.None);
            _owner = _server.ConnectionString;
            _admin = new NpgsqlConnectionStringBuilder(_owner) { Database = "parley" }.ConnectionString;
        }
        await CreateDatabaseAsync(Template, null);
        await using (var source = NpgsqlDataSource.Create(For(Template)))
            await new Migrator(source, TimeProvider.System).MigrateAsync(CancellationToken.None);
        NpgsqlConnection.ClearAllPools();
        _app = await TestApp.StartAsync(await CloneDatabaseAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        if (_server is not null) await _server.DisposeAsync();
        else
            foreach (var database in _databases) await RunAsync($"drop database if exists {database} with (force)");
        // After all tests: no secret and no text of any of them is in any line that any app logged, at the most detailed level.
        if (Planted.Find(LogRecorder.All) is { } line) throw new InvalidOperationException($"A log line holds a secret or a text: {line}");
        if (LogRecorder.All.Count > 1000 && Planted.Count < 20) throw new InvalidOperationException("Hardly any secrets were planted: the look into the logs proves nothing.");
    }

    /// <summary>True on the server that db/schema.sql is drawn from.</summary>
    internal bool IsEmbedded => _server is not null;

    /// <summary>To the database that is never a test's own.</summary>
    internal string AdminConnection => _admin;

    /// <summary>A migrated database of its own; returns its connection string.</summary>
    internal async Task<string> CloneDatabaseAsync()
    {
        var name = $"parley_clone_{_run}_{Interlocked.Increment(ref _clones)}";
        await CreateDatabaseAsync(name, Template);
        return For(name);
    }

    /// <summary>An empty database of its own.</summary>
    internal async Task<string> EmptyDatabaseAsync()
    {
        var name = $"parley_empty_{_run}_{Interlocked.Increment(ref _clones)}";
        await CreateDatabaseAsync(name, null);
        return For(name);
    }

    string Template => $"parley_template_{_run}";

    string For(string database) => new NpgsqlConnectionStringBuilder(_owner) { Database = database }.ConnectionString;

    async Task CreateDatabaseAsync(string name, string? template)
    {
        lock (_databases) _databases.Add(name);
        await RunAsync($"create database {name}{(template is null ? "" : $" template {template}")}");
    }

    static readonly SemaphoreSlim OneAtATime = new(1);   // a template may have no other user while it is copied

    async Task RunAsync(string sql)
    {
        await OneAtATime.WaitAsync();
        try
        {
            await using var connection = new NpgsqlConnection(_admin + ";Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
        finally
        {
            OneAtATime.Release();
        }
    }
}
