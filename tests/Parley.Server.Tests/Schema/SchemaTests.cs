using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Schema;

public sealed class SchemaTests(ParleyFixture fixture)
{
    const string WithoutPolicy = """
        select c.relname
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and (c.relname = 'tenants' or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
          and not (c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid))
        order by 1
        """;

    [Fact]
    public async Task Every_table_of_a_tenant_is_behind_a_forced_policy()
    {
        await using var connection = await OpenAsync(await fixture.CloneDatabaseAsync());
        Assert.Empty(await connection.QueryAsync<string>(WithoutPolicy));

        await connection.ExecuteAsync("create table forgotten (tenant_id uuid, id uuid)");
        Assert.Equal(["forgotten"], await connection.QueryAsync<string>(WithoutPolicy));
    }

    [Fact]
    public async Task Every_view_looks_with_the_eyes_of_its_user()
    {
        const string careless = """
            select relname from pg_class
            where relnamespace in ('public'::regnamespace, 'bot'::regnamespace, 'platform'::regnamespace) and relkind in ('v', 'm') and not coalesce('security_invoker=true' = any (reloptions), false)
            """;
        await using var connection = await OpenAsync(await fixture.CloneDatabaseAsync());
        Assert.Empty(await connection.QueryAsync<string>(careless));

        await connection.ExecuteAsync("create view careless as select * from messages");
        Assert.Equal(["careless"], await connection.QueryAsync<string>(careless));
    }

    [Fact]
    public async Task Keys_and_unique_indexes_of_tenant_tables_begin_with_the_tenant()
    {
        await using var connection = await OpenAsync(fixture.App.ConnectionString);
        Assert.Empty(await connection.QueryAsync<string>("""
            select i.relname
            from pg_index x
            join pg_class i on i.oid = x.indexrelid
            join pg_class c on c.oid = x.indrelid
            join pg_policy p on p.polrelid = c.oid and p.polname = 'one_tenant'
            join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
            where x.indisunique and c.relname <> 'tenants' and a.attname <> 'tenant_id'
            """));
    }

    [Fact]
    public void Nobody_is_looked_up_by_a_comparison_that_row_level_security_keeps_from_the_index()
    {
        // PostgreSQL takes coalesce for what may leak: such a comparison reads all rows of the tenant (case, and a value selected before, do not).
        var lookup = new Regex(@"(\b(on|and|where)\s+|"")[\w.]*id\s*=\s*coalesce\(");
        Assert.Matches(lookup, "left join contacts k on k.tenant_id = @tenant and k.id = coalesce(a.contact_id, r.contact_id)");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Checkout.Folder, "src", "Parley.Server"), "*.cs", SearchOption.AllDirectories))
            Assert.All(File.ReadLines(file), line => Assert.False(lookup.IsMatch(line), $"{Path.GetFileName(file)}: {line.Trim()}"));
    }

    [Fact]
    public async Task An_index_for_parts_of_words_is_never_taken_for_one_of_whole_ones()
    {
        // Such an index answers "is equal" as well, at a thousand times the cost of the key, and the planner thinks it cheaper: it holds an expression that nobody compares.
        await using var connection = await OpenAsync(fixture.App.ConnectionString);
        Assert.Empty(await connection.QueryAsync<string>("""
            select i.relname
            from pg_index x
            join pg_class i on i.oid = x.indexrelid
            cross join lateral unnest(x.indkey::int[], x.indclass::oid[]) as k (attribute, class)
            join pg_opclass o on o.oid = k.class
            where o.opcname = 'gin_trgm_ops' and k.attribute <> 0
            """));
    }

    [Fact]
    public async Task The_login_sees_nothing_before_it_enters_a_role()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await using var connection = await OpenAsync(fixture.App.ConnectionString);
        Assert.Equal(0, await connection.ExecuteScalarAsync<int>("select count(*) from api_keys"));
        Assert.Equal(0, await connection.ExecuteScalarAsync<int>("select count(*) from tenants"));
        Assert.NotEmpty(await fixture.App.Get<TenantDatabase>().ListAsync<Guid>(tenant.Id, "select id from api_keys where tenant_id = @tenant", null, default));
    }

    [Fact]
    public async Task A_tenant_sees_no_row_of_another_even_when_a_statement_forgets_to_ask()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        var database = fixture.App.Get<TenantDatabase>();
        var seen = await database.ListAsync<Guid>(mine.Id, "select distinct tenant_id from api_keys", null, default);
        Assert.Equal([mine.Id], seen);
        Assert.Equal(0, await database.ExecuteAsync(mine.Id, "update api_keys set name = 'stolen' where tenant_id = @theirs", new { theirs = theirs.Id }, default));
        await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(mine.Id,
            "insert into events (tenant_id, seq, type, created_at) values (@theirs, 1, 'x', now())", new { theirs = theirs.Id }, default));
    }

    [Fact]
    public async Task The_tenant_does_not_stay_with_the_connection()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await using var source = NpgsqlDataSource.Create(fixture.App.ConnectionString + ";Maximum Pool Size=1");
        await using var connection = await source.OpenConnectionAsync();
        await connection.ExecuteAsync("call enter_tenant(@id); select 1", new { id = tenant.Id });
        Assert.Equal(("", "parley"), await connection.QuerySingleAsync<(string, string)>("select coalesce(current_setting('app.tenant_id', true), ''), case when current_user like 'parley_%' then 'a role' else 'parley' end"));
    }

    [Fact]
    public async Task An_edited_migration_is_an_error_that_names_the_file()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using (var connection = await OpenAsync(database)) await connection.ExecuteAsync("update schema_migrations set checksum = 'other' where name like '0002%'");
        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database));
        Assert.Contains("db/migrations/0002_conversations.sql was changed after it was applied", failure.Message);
    }

    [Fact]
    public async Task A_database_newer_than_the_program_is_refused()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using (var connection = await OpenAsync(database)) await connection.ExecuteAsync("insert into schema_migrations values ('9999_later.sql', 'x', now())");
        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(database));
        Assert.Contains("newer than this Parley", failure.Message);
    }

    [Fact]
    public async Task Two_nodes_that_migrate_at_once_do_it_once()
    {
        var database = await fixture.EmptyDatabaseAsync();
        var done = await Task.WhenAll(MigrateAsync(database), MigrateAsync(database), MigrateAsync(database));
        Assert.Equal(Migrator.All.Count, done.Sum(applied => applied.Count));
    }

    [Fact]
    public async Task A_login_that_may_not_create_extensions_is_told_what_an_administrator_must_run()
    {
        if (!fixture.IsEmbedded) Assert.Skip("It makes a login of its own, which another server's login may not.");
        var database = await fixture.EmptyDatabaseAsync();
        var login = $"poor_{Guid.CreateVersion7():N}";
        await using (var connection = await OpenAsync(database))
            await connection.ExecuteAsync($"create role {login} login password 'poor'; grant create, usage on schema public to {login} with grant option; grant parley_app, parley_system to {login} with inherit false, set true");
        var failure = await Assert.ThrowsAsync<MigrationException>(() => MigrateAsync(new NpgsqlConnectionStringBuilder(database) { Username = login, Password = "poor" }.ConnectionString));
        Assert.Contains("create extension if not exists btree_gin;", failure.Message);
        Assert.Contains("create extension if not exists pg_trgm;", failure.Message);
    }

    [Fact]
    public async Task A_start_without_migrating_says_what_is_missing()
    {
        await using var source = NpgsqlDataSource.Create(await fixture.EmptyDatabaseAsync());
        var failure = await Assert.ThrowsAsync<MigrationException>(() => new Migrator(source, TimeProvider.System).CheckAsync(default));
        Assert.Contains("parley migrate", failure.Message);
    }

    [Fact]
    public async Task The_picture_of_the_schema_is_current()
    {
        if (!fixture.IsEmbedded) Assert.Skip("db/schema.sql is drawn from the embedded version; this run uses another server.");
        await using var connection = await OpenAsync(await fixture.CloneDatabaseAsync());
        var picture = await SchemaPicture.DrawAsync(connection, default);
        var file = Path.Combine(Checkout.Folder, "db", "schema.sql");
        Assert.True(File.Exists(file) && File.ReadAllText(file) == picture, "db/schema.sql differs from the catalog. Draw it again: d=$(mktemp -d); chmod 755 $d; ./parley migrate --data $d --picture db/schema.sql");
    }

    [Fact]
    public void Only_the_listed_files_see_all_tenants()
    {
        string[] listed =
        [
            "Analytics/MessageCounter.cs", "Assignments/RoutingStore.cs", "Audit/AuditStore.cs", "Automations/Triggers/AutomationFeed.cs", "Backfill/BackfillStart.cs", "Bot/Answering/BotFeed.cs", "Bot/Knowledge/KnowledgeSearch.cs", "Campaigns/Following/CampaignFeed.cs", "Cli/DoctorCommand.cs", "Cli/IntegrationCommands.cs", "Cli/SampleCommands.cs", "Contacts/ContactSearch.cs", "Contacts/Duplicates/DuplicateStore.cs", "Demo/DemoMode.cs", "Hosting/FirstRun.cs", "Hosting/ParleyHost.cs", "Hosting/Running.cs", "Ingest/IngestFeature.cs", "Ingest/IngestQueue.cs", "Integrations/ConnectTwilio.cs", "Integrations/IntegrationStore.cs", "Jobs/JobStore.cs",
            "Platform/Auth/SignInThrottle.cs", "Platform/Database/Database.cs", "Platform/Database/IngestDatabase.cs", "Platform/Housekeeping.cs", "Platform/Secrets/KeyRing.cs",
            "Search/SearchStore.cs", "Sending/OutboxStore.cs", "Sync/AccountSync.cs", "Sync/ConnectWorkspace.cs", "Sync/HistoryWriter.cs", "Sync/RereadMessage.cs", "Sync/SyncStart.cs", "Team/UserStore.cs", "Tenants/TenantStore.cs",
            "Webhooks/JournalReplay.cs", "WebhooksOut/DeliveryFeed.cs",
        ];
        var root = Path.Combine(Checkout.Folder, "src", "Parley.Server");
        var found = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file) is var text && (text.Contains("SystemDatabase") || text.Contains("IngestDatabase")))
            .Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal);
        Assert.Equal(listed.Order(StringComparer.Ordinal), found);
    }

    static async Task<IReadOnlyList<string>> MigrateAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        return await new Migrator(source, TimeProvider.System).MigrateAsync(default);
    }

    static async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return connection;
    }
}
