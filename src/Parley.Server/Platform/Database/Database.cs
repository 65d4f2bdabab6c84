using Dapper;
using Npgsql;
using Parley.Server.Feed;

namespace Parley.Server.Platform.Database;

/// <summary>One tenant's rows: each statement runs as parley_app with the tenant set, so the database itself hides the rest.</summary>
internal sealed class TenantDatabase(NpgsqlDataSource source, FeedNews news, TimeProvider time)
{
    public Task<IReadOnlyList<T>> ListAsync<T>(Guid tenant, string sql, object? args, CancellationToken cancellationToken) =>
        Statements.ListAsync<T>(source, tenant, sql, args, cancellationToken);

    public Task<T?> FindAsync<T>(Guid tenant, string sql, object? args, CancellationToken cancellationToken) =>
        Statements.FindAsync<T>(source, tenant, sql, args, cancellationToken);

    public Task<int> ExecuteAsync(Guid tenant, string sql, object? args, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(source, tenant, sql, args, cancellationToken);

    /// <summary>Runs <paramref name="work"/> in one transaction, again if PostgreSQL broke a deadlock at its cost:
    /// it must do nothing but database work.</summary>
    public Task<T> ChangeAsync<T>(Guid tenant, Func<Change, Task<T>> work, CancellationToken cancellationToken) =>
        Statements.ChangeAsync(source, tenant, work, news, time, cancellationToken);
}

/// <summary>All tenants' rows, as parley_system. For the few places that cannot know a tenant: ingest batches, work claims,
/// sign-in, the CLI. A test lists the files that may use it; where they handle one tenant, their SQL says so itself.</summary>
internal sealed class SystemDatabase(NpgsqlDataSource source, FeedNews news, TimeProvider time)
{
    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args, CancellationToken cancellationToken) =>
        Statements.ListAsync<T>(source, null, sql, args, cancellationToken);

    public Task<T?> FindAsync<T>(string sql, object? args, CancellationToken cancellationToken) =>
        Statements.FindAsync<T>(source, null, sql, args, cancellationToken);

    public Task<int> ExecuteAsync(string sql, object? args, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(source, null, sql, args, cancellationToken);

    /// <inheritdoc cref="TenantDatabase.ChangeAsync"/>
    public Task<T> ChangeAsync<T>(Func<Change, Task<T>> work, CancellationToken cancellationToken) =>
        Statements.ChangeAsync(source, null, work, news, time, cancellationToken);
}

file static class Statements
{
    const int Attempts = 6;

    public static async Task<IReadOnlyList<T>> ListAsync<T>(NpgsqlDataSource source, Guid? tenant, string sql, object? args, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<T>(Command(tenant, sql, args, cancellationToken))).AsList();
    }

    public static async Task<T?> FindAsync<T>(NpgsqlDataSource source, Guid? tenant, string sql, object? args, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.QueryFirstOrDefaultAsync<T>(Command(tenant, sql, args, cancellationToken));
    }

    public static async Task<int> ExecuteAsync(NpgsqlDataSource source, Guid? tenant, string sql, object? args, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(Command(tenant, sql, args, cancellationToken));
    }

    public static async Task<T> ChangeAsync<T>(
        NpgsqlDataSource source, Guid? tenant, Func<Change, Task<T>> work, FeedNews news, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);   // sent with the first statement
                var change = new Change(connection, tenant, time.GetUtcNow());
                var result = await work(change);
                await change.FinishAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                news.Publish(change);
                return result;
            }
            catch (PostgresException broken) when (broken.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 20 * attempt)), time, cancellationToken);
            }
            // What it refers to went away while it ran (a contact that was merged): a second look finds who stayed, or that nobody is there.
            catch (PostgresException broken) when (broken.SqlState == PostgresErrorCodes.ForeignKeyViolation && attempt == 1) { }
        }
    }

    static CommandDefinition Command(Guid? tenant, string sql, object? args, CancellationToken cancellationToken)
    {
        // Both statements travel in one round trip and, without BEGIN, in one implicit transaction.
        var parameters = new DynamicParameters(args);
        if (tenant is { } id) parameters.Add("tenant", id);
        return new CommandDefinition(Role.Enter(tenant) + sql, parameters, cancellationToken: cancellationToken);
    }
}
