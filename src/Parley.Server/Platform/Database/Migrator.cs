using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;

namespace Parley.Server.Platform.Database;

/// <summary>Brings a database to the schema of this binary: the numbered files of db/migrations, embedded, forward only.</summary>
internal sealed class Migrator(NpgsqlDataSource direct, TimeProvider time)
{
    const long Lock = 0x5061726c6579;   // "Parley"

    /// <summary>Applies what is missing; returns the names applied. Safe to call from several processes at once.</summary>
    /// <exception cref="MigrationException">With a sentence for the person who starts the product.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await direct.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock(@Lock)", new { Lock }, cancellationToken: cancellationToken));
        try
        {
            await RoleSetup.EnsureAsync(connection, cancellationToken);
            var applied = await AppliedAsync(connection, cancellationToken);
            var done = new List<string>();
            foreach (var migration in Missing(applied))
            {
                await ApplyAsync(connection, migration, cancellationToken);
                done.Add(migration.Name);
            }
            return done;
        }
        finally
        {
            await connection.ExecuteAsync("select pg_advisory_unlock(@Lock)", new { Lock });
        }
    }

    /// <summary>Throws when the database is not exactly at this binary's schema.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var connection = await direct.OpenConnectionAsync(cancellationToken);
        var missing = Missing(await AppliedAsync(connection, cancellationToken)).ToList();
        if (missing.Count > 0)
            throw new MigrationException($"The database lacks {missing.Count} migration(s), the first is {missing[0].Name}. Run: parley migrate");
    }

    /// <summary>All migrations this binary carries, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = [.. Assembly.GetExecutingAssembly()
        .GetManifestResourceNames()
        .Where(name => name.StartsWith("migrations/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(Migration.Read)];

    static IEnumerable<Migration> Missing(IReadOnlyList<AppliedMigration> applied)
    {
        var known = All.ToDictionary(migration => migration.Name);
        foreach (var row in applied)
        {
            if (!known.TryGetValue(row.Name, out var migration))
                throw new MigrationException($"The database is newer than this Parley: it has the migration {row.Name}. Start the newer version.");
            if (migration.Checksum != row.Checksum)
                throw new MigrationException($"db/migrations/{row.Name} was changed after it was applied. Restore the file, and write a new migration for what you want to change.");
        }
        var names = applied.Select(row => row.Name).ToHashSet();
        return All.Where(migration => !names.Contains(migration.Name));
    }

    static async Task<IReadOnlyList<AppliedMigration>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var exists = await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select to_regclass('schema_migrations') is not null", cancellationToken: cancellationToken));
        if (!exists) return [];
        return (await connection.QueryAsync<AppliedMigration>(new CommandDefinition("select name, checksum from schema_migrations order by name", cancellationToken: cancellationToken))).AsList();
    }

    async Task ApplyAsync(NpgsqlConnection connection, Migration migration, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await connection.ExecuteAsync(new CommandDefinition("""
                create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null)
                """, cancellationToken: cancellationToken));
            await using (var command = new NpgsqlCommand(migration.Sql, connection)) await command.ExecuteNonQueryAsync(cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition(
                "insert into schema_migrations (name, checksum, applied_at) values (@Name, @Checksum, @now)",
                new { migration.Name, migration.Checksum, now = time.GetUtcNow() }, cancellationToken: cancellationToken));
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException failure)
        {
            throw new MigrationException($"db/migrations/{migration.Name} could not be applied: {failure.MessageText}. Nothing of it was kept.", failure);
        }
    }

    sealed record AppliedMigration(string Name, string Checksum);
}

/// <summary>One file of db/migrations.</summary>
internal sealed record Migration(string Name, string Sql, string Checksum)
{
    internal static Migration Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!, Encoding.UTF8);
        var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
        return new(resource["migrations/".Length..], sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
    }
}

internal sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
