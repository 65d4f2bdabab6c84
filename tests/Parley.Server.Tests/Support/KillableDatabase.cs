using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;

namespace Parley.Server.Tests.Support;

/// <summary>A PostgreSQL of a test's own, which writes what it promises to disk, and can be killed and started again.</summary>
internal sealed class KillableDatabase(string folder, EmbeddedServer server) : IAsyncDisposable
{
    EmbeddedServer _server = server;

    public string ConnectionString => _server.ConnectionString;

    public static async Task<KillableDatabase> StartAsync()
    {
        var folder = $"/tmp/parley-kill-{Guid.CreateVersion7().ToString("N")[^10..]}";
        var server = await EmbeddedServer.StartAsync(folder, durable: true, CancellationToken.None);
        await using (var source = NpgsqlDataSource.Create(server.ConnectionString)) await new Migrator(source, TimeProvider.System).MigrateAsync(CancellationToken.None);
        return new(folder, server);
    }

    /// <summary>Ends it by kill -9, whoever is in the middle of what, and starts it again.</summary>
    public async Task KillAndStartAsync()
    {
        var pid = int.Parse(File.ReadLines(Path.Combine(folder, "postgres", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        // All of it at once, as when the machine goes: the first, and the processes that it made.
        var all = File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).Prepend(pid).ToList();
        foreach (var one in all)
        {
            try { Process.GetProcessById(one).Kill(); }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException) { }   // it ended by itself
        }
        await _server.DisposeAsync();
        // One that was made at that moment notices by itself that the first is gone; until then nobody else may have their memory.
        for (var tries = 0; ; tries++)
        {
            try
            {
                _server = await EmbeddedServer.StartAsync(folder, durable: true, CancellationToken.None);
                break;
            }
            catch (EmbeddedPostgresException) when (tries < 100) { await Task.Delay(100); }
        }
        NpgsqlConnection.ClearAllPools();   // those of this process; others find out by themselves
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
