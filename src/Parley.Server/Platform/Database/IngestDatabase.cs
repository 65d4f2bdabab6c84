using Npgsql;

namespace Parley.Server.Platform.Database;

/// <summary>The ingest writer's own connection. It sees all tenants (each statement of it enters parley_system).</summary>
internal sealed class IngestDatabase(NpgsqlDataSource source)
{
    /// <summary>An open connection whose planner keeps to the indexes: batches are small, and a hash join over
    /// conversations or a generic guess about unnest() costs more than the work itself (docs/performance.md).</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var settings = new NpgsqlCommand("set plan_cache_mode = force_generic_plan; set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off; set jit = off", connection);
            await settings.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
