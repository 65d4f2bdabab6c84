using Dapper;
using Npgsql;

namespace Parley.Server.Platform.Database;

/// <summary>Makes the two roles that every transaction enters and the extensions that the indexes need, or says exactly what an
/// administrator must run.</summary>
internal static class RoleSetup
{
    // Both are trusted: who may create in the database may create them, where the server has them.
    static readonly string[] Extensions = ["btree_gin", "pg_trgm"];
    static readonly string[] Schemas = ["bot", "platform"];

    public static async Task EnsureAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var login = (await connection.ExecuteScalarAsync<string>(new CommandDefinition("select current_user", cancellationToken: cancellationToken)))!;
        try
        {
            if (connection.PostgreSqlVersion.Major < 16) await KeepSchemaAsync(connection, login, cancellationToken);
            foreach (var role in new[] { "parley_app", "parley_system" }) await EnsureRoleAsync(connection, role, login, cancellationToken);
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select has_schema_privilege(current_user, 'public', 'create')", cancellationToken: cancellationToken)))
                throw new MigrationException(Instructions(connection, login));
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException(Instructions(connection, login), denied);
        }
        foreach (var extension in Extensions) await EnsureExtensionAsync(connection, extension, login, cancellationToken);
        await EnsureSchemasAsync(connection, login, cancellationToken);
    }

    // The documented tables of the systems whose place we take are views, each system's in a schema of its own.
    static async Task EnsureSchemasAsync(NpgsqlConnection connection, string login, CancellationToken cancellationToken)
    {
        var missing = (await connection.QueryAsync<string>(new CommandDefinition(
            "select name from unnest(@Schemas) as name where not exists (select from pg_namespace where nspname = name) order by name", new { Schemas }, cancellationToken: cancellationToken))).AsList();
        try
        {
            foreach (var schema in missing) await connection.ExecuteAsync(new CommandDefinition($"create schema {schema}", cancellationToken: cancellationToken));
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException(string.Join('\n', [
                $"The login \"{login}\" may not create a schema. Ask an administrator to run, in the database \"{connection.Database}\":",
                .. missing.Select(schema => $"  create schema {schema} authorization \"{login}\";")]), denied);
        }
    }

    // Asked first: "if not exists" still wants the right to create.
    static async Task EnsureExtensionAsync(NpgsqlConnection connection, string extension, string login, CancellationToken cancellationToken)
    {
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from pg_extension where extname = @extension)", new { extension }, cancellationToken: cancellationToken))) return;
        try
        {
            await connection.ExecuteAsync(new CommandDefinition($"create extension {extension}", cancellationToken: cancellationToken));
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException(string.Join('\n', [
                $"The login \"{login}\" may not create the extensions that search needs. Ask an administrator to run, in the database \"{connection.Database}\":",
                .. Extensions.Select(name => $"  create extension if not exists {name};")]), denied);
        }
        catch (PostgresException absent) when (absent.SqlState is PostgresErrorCodes.UndefinedFile or PostgresErrorCodes.FeatureNotSupported)
        {
            throw new MigrationException(
                $"This PostgreSQL does not have the extension {extension}, which search needs. It comes with PostgreSQL (on Debian and Ubuntu since 13 in the server's own package, elsewhere often in postgresql-contrib).", absent);
        }
    }

    static async Task EnsureRoleAsync(NpgsqlConnection connection, string role, string login, CancellationToken cancellationToken)
    {
        // Roles belong to the cluster: another database's Parley may be making them at this moment.
        await connection.ExecuteAsync(new CommandDefinition($"""
            do $$ begin
                if not exists (select from pg_roles where rolname = '{role}') then create role {role} nologin; end if;
            exception when duplicate_object or unique_violation then null;
            end $$
            """, cancellationToken: cancellationToken));
        if (!await MaySetAsync(connection, role, cancellationToken))
        {
            // Without inheritance: a login that inherited parley_system would see every tenant whenever it forgot to enter a role.
            var grant = connection.PostgreSqlVersion.Major >= 16
                ? $"grant {role} to \"{login}\" with inherit false, set true"
                : $"alter role \"{login}\" noinherit; grant {role} to \"{login}\"";
            await connection.ExecuteAsync(new CommandDefinition(grant, cancellationToken: cancellationToken));
        }
        await connection.ExecuteAsync(new CommandDefinition($"grant usage on schema public to {role}", cancellationToken: cancellationToken));
    }

    // On 15 only a login without inheritance is safe (see below), and such a login would lose what it may do in "public" as the
    // database's owner: it gets that in its own name.
    static Task<int> KeepSchemaAsync(NpgsqlConnection connection, string login, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition($"""
            do $$ begin
                if pg_has_role(current_user, 'pg_database_owner', 'member') and not exists (
                    select from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = 'public' and a.grantee = '"{login}"'::regrole and a.privilege_type = 'CREATE') then
                    set local role pg_database_owner;
                    grant create, usage on schema public to "{login}" with grant option;
                    reset role;
                end if;
            end $$
            """, cancellationToken: cancellationToken));

    static Task<bool> MaySetAsync(NpgsqlConnection connection, string role, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition(connection.PostgreSqlVersion.Major >= 16
            ? $"select pg_has_role(current_user, '{role}', 'set') and not (select rolsuper from pg_roles where rolname = current_user)"
            : $"select pg_has_role(current_user, '{role}', 'member') and not (select rolinherit from pg_roles where rolname = current_user)",
            cancellationToken: cancellationToken));

    static string Instructions(NpgsqlConnection connection, string login)
    {
        var membership = connection.PostgreSqlVersion.Major >= 16
            ? $"grant parley_app, parley_system to \"{login}\" with inherit false, set true;"
            : $"alter role \"{login}\" noinherit;\n  grant parley_app, parley_system to \"{login}\";";
        return $"""
            The login "{login}" may not prepare the database. Ask an administrator to run, in the database "{connection.Database}":
              create role parley_app nologin;
              create role parley_system nologin;
              {membership}
              grant create, usage on schema public to "{login}";
              grant usage on schema public to parley_app, parley_system;
            """;
    }
}
