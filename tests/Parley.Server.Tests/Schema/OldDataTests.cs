using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Schema;

/// <summary>Migrations meet rows: what an older version wrote is right after them.</summary>
public sealed partial class OldDataTests(ParleyFixture fixture)
{
    static readonly Guid[] Tenants = [Guid.CreateVersion7(), Guid.CreateVersion7()];

    [Fact]
    public async Task Conversations_written_before_they_were_counted_know_how_many_messages_they_have_and_files_of_old_become_rows_to_fetch()
    {
        var database = await fixture.EmptyDatabaseAsync();
        await MigrateToAsync(database, "0005");
        await FillAsync(database);
        await MigrateToAsync(database, "0008");
        await using (var connection = await OpenAsync(database))
        {
            // 0006: what was noted in messages is a row for each file, with a job that fetches it.
            Assert.Equal([("image", "image/jpeg", "cat.jpg", 1234L, "media-1", 0, "pending"), ("document", "application/pdf", null, 0L, "media-2", 1, "pending")],
                await connection.QueryAsync<(string, string, string?, long, string, int, string)>("select kind, mime_type, file_name, coalesce(size, 0), provider_id, position, status from attachments where tenant_id = @tenant order by position", new { tenant = Tenants[0] }));
            Assert.Equal(4, await connection.ExecuteScalarAsync<long>("select count(*) from scheduled_jobs j join attachments a on a.tenant_id = j.tenant_id and j.key = a.id::text where j.type = 'media.fetch' and j.status = 'waiting'"));
            Assert.Equal(2, await connection.ExecuteScalarAsync<long>("select count(*) from scheduled_jobs where type = 'templates.sync'"));
        }

        await using (var source = NpgsqlDataSource.Create(database)) await new Migrator(source, TimeProvider.System).MigrateAsync(default);
        await using (var connection = await OpenAsync(database))
        {
            Assert.Equal([("busy", 7L), ("quiet", 0L), ("single", 1L)], await connection.QueryAsync<(string, long)>("select thread_id, message_count from conversations where tenant_id = @tenant order by 1", new { tenant = Tenants[0] }));
            Assert.Equal([("busy", 7L), ("quiet", 0L), ("single", 1L)], await connection.QueryAsync<(string, long)>("select thread_id, message_count from conversations where tenant_id = @tenant order by 1", new { tenant = Tenants[1] }));
            Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from conversations where is_thread or is_read_only or synced_activity_at is not null"));
            // What was said before there was a search is found.
            Assert.Equal(2, await connection.ExecuteScalarAsync<long>("select count(*) from messages where search @@ to_tsquery('simple', 'maracuja')"));
        }
        // Nothing was left open for the login itself.
        await using var bare = new NpgsqlConnection(database);
        await bare.OpenAsync();
        foreach (var table in new[] { "messages", "integrations", "attachments", "conversations" }) Assert.Equal(0, await bare.ExecuteScalarAsync<long>($"select count(*) from {table}"));
    }

    [Fact]
    public async Task Who_was_taken_apart_long_ago_is_known_to_be_two_and_an_old_opt_out_has_its_time()
    {
        var database = await fixture.EmptyDatabaseAsync();
        await MigrateToAsync(database, "0040");
        await using (var connection = await OpenAsync(database))
            foreach (var tenant in Tenants)
                await connection.ExecuteAsync("""
                    insert into tenants (id, name, created_at) values (@tenant, 'Old', now());
                    insert into contacts (tenant_id, id, created_at, updated_at) values (@tenant, @first, now(), now()), (@tenant, @second, now(), now()), (@tenant, @third, now(), now());
                    insert into contact_identities (tenant_id, contact_id, channel, handle, opted_out_at, opted_out_by, created_at) values (@tenant, @first, 'sms', '+351910000000', '2025-01-02', 'user', now()), (@tenant, @second, 'sms', '+351910000001', null, null, now());
                    insert into contact_merges (tenant_id, id, contact_id, gone_id, origin, author, reasons, before, after, gone, moved, created_at, undone_at)
                    values (@tenant, gen_random_uuid(), @second, @first, 'user', 'user', '[]', '{}', '{}', '{}', '{}', now(), now()), (@tenant, gen_random_uuid(), @third, @first, 'user', 'user', '[]', '{}', '{}', '{}', '{}', now(), null)
                    """, new { tenant, first = Guid.CreateVersion7(), second = Guid.CreateVersion7(), third = Guid.CreateVersion7() });
        await using (var source = NpgsqlDataSource.Create(database)) await new Migrator(source, TimeProvider.System).MigrateAsync(default);
        await using (var connection = await OpenAsync(database))
        {
            Assert.Equal(2, await connection.ExecuteScalarAsync<long>("select count(*) from contact_suggestions where status = 'dismissed' and dismissed_by like 'undo:%'"));
            Assert.Equal(2, await connection.ExecuteScalarAsync<long>("select count(*) from contact_identities where consent_at = opted_out_at"));
            Assert.Equal(2, await connection.ExecuteScalarAsync<long>("select count(*) from contact_identities where consent_at is null"));
        }
    }

    /// <summary>0029 had forgotten it; 0041 writes what it meant.</summary>
    [Fact]
    public void A_migration_that_writes_rows_does_it_where_rows_are_seen() =>
        Assert.Equal(["0029_one_person_one_limit"], Migrator.All
            .Where(one => Writes().IsMatch(one.Sql) && !one.Sql.Contains("set local role", StringComparison.Ordinal) && !one.Sql.Contains("no force row level security", StringComparison.Ordinal)).Select(one => Path.GetFileNameWithoutExtension(one.Name)));

    // At the beginning of a line; what stands further in is a function's.
    [GeneratedRegex("^(insert into|update|delete from) ", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Writes();

    // In the role that sees all tenants.
    static async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync("set role parley_system");
        return connection;
    }

    /// <summary>As a program of that time would have: its files, no later ones.</summary>
    static async Task MigrateToAsync(string database, string last)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await RoleSetup.EnsureAsync(connection, default);
        await connection.ExecuteAsync("create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null)");
        foreach (var migration in Migrator.All.Where(migration => string.CompareOrdinal(migration.Name, last + "z") < 0))
        {
            if (await connection.ExecuteScalarAsync<bool>("select exists (select 1 from schema_migrations where name = @Name)", new { migration.Name })) continue;
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand(migration.Sql, connection)) await command.ExecuteNonQueryAsync();
            await connection.ExecuteAsync("insert into schema_migrations values (@Name, @Checksum, now())", new { migration.Name, migration.Checksum });
            await transaction.CommitAsync();
        }
    }

    static async Task FillAsync(string database)
    {
        await using var connection = await OpenAsync(database);
        foreach (var tenant in Tenants)
        {
            var (integration, contact) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            await connection.ExecuteAsync("""
                insert into tenants (id, name, created_at) values (@tenant, 'Old', now());
                insert into integrations (tenant_id, id, provider, channel, name, external_id, credentials, created_at, updated_at) values (@tenant, @integration, 'meta', 'whatsapp', 'Old', 'number', '', now(), now());
                insert into contacts (tenant_id, id, created_at, updated_at) values (@tenant, @contact, now(), now())
                """, new { tenant, integration, contact });
            foreach (var (thread, messages) in new[] { ("busy", 7), ("quiet", 0), ("single", 1) })
            {
                var conversation = Guid.CreateVersion7();
                await connection.ExecuteAsync("""
                    insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, last_message_at, created_at, updated_at)
                    values (@tenant, @conversation, @contact, @integration, 'whatsapp', @thread, '+351910000000', now(), now(), now())
                    """, new { tenant, conversation, contact, integration, thread });
                for (var i = 0; i < messages; i++)
                    await connection.ExecuteAsync("""
                        insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, attachments, occurred_at, created_at)
                        values (@tenant, @id, @conversation, @contact, @integration, 'whatsapp', 'inbound', 'text', @content, @external, 'delivered', 'contact', @files::jsonb, now(), now())
                        """, new
                    {
                        tenant, id = Guid.CreateVersion7(), conversation, contact, integration, content = i == 6 ? "um sumo de Maracujá" : "words", external = $"{thread}-{i}",
                        files = thread == "single" ? """[{"kind":"image","mimeType":"image/jpeg","fileName":"cat.jpg","size":1234,"providerId":"media-1"},{"kind":"document","mimeType":"application/pdf","providerId":"media-2"}]""" : null,
                    });
            }
        }
    }
}
