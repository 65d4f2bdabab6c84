using Dapper;
using Npgsql;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Data;

/// <summary>Whoever comes from the documented messaging platform brings queries along: they run as they stand and tell the truth.</summary>
public sealed class DocumentedQueryTests(ParleyFixture fixture)
{
    static readonly Guid Mine = Guid.Parse("01900000-0000-7000-8000-000000000001");
    static readonly Guid Theirs = Guid.Parse("01900000-0000-7000-8000-000000000002");

    [Fact]
    public async Task The_document_holds_the_queries_that_are_asked_here()
    {
        await Task.CompletedTask;
        Assert.Equal((15, 8), (DocumentedQueries.First.Count, DocumentedQueries.Second.Count));
        Assert.Single(DocumentedQueries.First, DocumentedQueries.NamesWhatDoesNotExist);
        Assert.Equal(["messages", "webhook_events", "contacts", "message_statuses", "templates", "campaigns", "automations"], DocumentedQueries.Tables.Keys);
    }

    [Fact]
    public async Task Every_documented_query_runs_unchanged()
    {
        await using var sql = await SeededAsync(Mine, "public");
        foreach (var statement in DocumentedQueries.First.Where(statement => statement.StartsWith("SELECT", StringComparison.Ordinal) && !DocumentedQueries.NamesWhatDoesNotExist(statement)))
            await sql.QueryAsync(statement.Replace("YOUR_TENANT_UUID", Mine.ToString()).Replace("YOUR_CONTACT_UUID", Id("contact", 1).ToString()).Replace("YOUR_CONVERSATION_UUID", Id("conversation", 1).ToString()));
        await sql.ExecuteAsync("set local search_path = platform, public");
        foreach (var statement in DocumentedQueries.Second) await sql.QueryAsync(statement);
    }

    [Fact]
    public async Task The_one_query_that_names_columns_which_PostgreSQL_does_not_have_is_left_out_for_that_reason()
    {
        await using var sql = await SeededAsync(Mine, "public");
        var failure = await Assert.ThrowsAsync<PostgresException>(() => sql.QueryAsync(DocumentedQueries.First.Single(DocumentedQueries.NamesWhatDoesNotExist)));
        Assert.Equal(PostgresErrorCodes.UndefinedColumn, failure.SqlState);
    }

    [Fact]
    public async Task ANALYZE_runs_for_the_login_whose_tables_they_are()
    {
        await using var sql = await SeededAsync(Mine, "public");
        await sql.ExecuteAsync("reset role");
        foreach (var statement in DocumentedQueries.First.Where(statement => statement.StartsWith("ANALYZE", StringComparison.Ordinal)))
        {
            await sql.ExecuteAsync(statement);
            Assert.True(await sql.ExecuteScalarAsync<float>("select reltuples from pg_class where oid = @table::regclass", new { table = statement["ANALYZE ".Length..] }) > 0, statement);
        }
    }

    [Fact]
    public async Task The_views_have_the_documented_columns_and_their_states_are_the_documented_words()
    {
        await using var sql = await SeededAsync(Mine, "platform, public");
        foreach (var (table, columns) in DocumentedQueries.Tables)
        {
            Assert.Equal(columns.Select(column => column.Name), await sql.QueryAsync<string>(
                "select column_name from information_schema.columns where table_schema = 'platform' and table_name = @table order by ordinal_position", new { table }));
            foreach (var (name, words) in columns.Where(column => column.Words.Length > 0))
            {
                var seen = (await sql.QueryAsync<string>($"select distinct \"{name}\" from {table}")).ToList();
                Assert.NotEmpty(seen);
                Assert.All(seen, word => Assert.Contains(word, words));
            }
        }
    }

    [Fact]
    public async Task What_the_first_schema_answers_is_what_was_seeded()
    {
        await using var sql = await SeededAsync(Mine, "public");
        // Six went out: queued, unknown, sent, delivered, read, failed; two came in, which counts as delivered.
        var counts = (await sql.QueryAsync<(string Status, long Count)>(First("GROUP BY status"))).ToDictionary(row => row.Status, row => row.Count);
        Assert.Equal(new Dictionary<string, long> { ["queued"] = 1, ["unknown"] = 1, ["sent"] = 1, ["delivered"] = 3, ["read"] = 1, ["failed"] = 1 }, counts);
        var statistics = Assert.Single(await sql.QueryAsync(First("delivery_rate")));
        Assert.Equal(("Mine", 8L, 1L, 3L, 1L, 1L, 50.00m), ((string)statistics.tenant, (long)statistics.total_messages, (long)statistics.sent, (long)statistics.delivered, (long)statistics.read, (long)statistics.failed, (decimal)statistics.delivery_rate));
        Assert.Equal([(new DateTime(2026, 3, 2), 3L), (new DateTime(2026, 3, 1), 5L)],
            (await sql.QueryAsync(First("DATE(created_at) as date"))).Select(row => ((DateTime)((DateOnly)row.date).ToDateTime(default), (long)row.message_count)));
        var open = Assert.Single(await sql.QueryAsync(First("cnt.phone")));
        Assert.Equal(("Nora Vale", "+1234567890"), ((string)open.name, (string)open.phone));
        Assert.Equal([Id("message", 6), Id("message", 8)], (await sql.QueryAsync(First("DISTINCT ON"))).Select(row => (Guid)row.id));
        Assert.Equal([6, 5, 4, 3, 2, 1], (await sql.QueryAsync(First("WHERE contact_id"))).Select(row => Number((Guid)row.id)));
        Assert.Equal([1, 2, 3, 4, 5, 6], (await sql.QueryAsync(First("WHERE conversation_id"))).Select(row => Number((Guid)row.id)));
    }

    [Fact]
    public async Task What_the_second_schema_answers_is_what_was_seeded()
    {
        await using var sql = await SeededAsync(Mine, "platform, public");
        var statistics = Assert.Single(await sql.QueryAsync(Second("as failed")));
        Assert.Equal((6L, 1L, 1L, 1L, 1L), ((long)statistics.total, (long)statistics.sent, (long)statistics.delivered, (long)statistics.read, (long)statistics.failed));
        Assert.Equal(6L, await sql.ExecuteScalarAsync<long>(Second("COUNT(*) FROM messages")));
        Assert.Equal(["pending", "pending"], await sql.QueryAsync<string>("select status from messages where status = 'pending'"));

        var said = (await sql.QueryAsync(Second("'+1234567890'"))).Select(row => (IDictionary<string, object?>)row).ToList();
        Assert.Equal(["[image]", "Number 5", "Number 4", "Number 3", "Number 2"], said.Select(row => (string)row["message"]!));
        Assert.Equal("The number does not exist.", (string?)said[0]["errorMessage"]);
        Assert.Equal(said.Select(row => (DateTime)row["createdAt"]!).OrderDescending(), said.Select(row => (DateTime)row["createdAt"]!));
        Assert.Equal(("wamid.5", new DateTime(2026, 3, 2, 9, 30, 0, DateTimeKind.Utc)), ((string)said[1]["messageId"]!, (DateTime)said[1]["updatedAt"]!));

        var contacts = (await sql.QueryAsync(Second("SELECT * FROM contacts"))).Select(row => (IDictionary<string, object?>)row).OrderBy(row => (string?)row["displayName"]).ToList();
        Assert.Equal([("Liam Ortiz", "liam.ortiz", "blocked"), ("Nora Vale", "+1234567890", "active")], contacts.Select(row => ((string)row["displayName"]!, (string)row["phoneNumber"]!, (string)row["status"]!)));

        Assert.Equal([("failed", "wamid.6", "+1234567890", "The number does not exist.", "131026"), ("read", "wamid.5", "+1234567890", null, null)],
            await sql.QueryAsync<(string, string, string, string?, string?)>("""select status, wamid, "phoneNumber", error, "errorCode" from message_statuses order by status"""));
        Assert.Equal([("messages", "hello", "processed", null), ("statuses", null, "failed", "It is not JSON.")],
            await sql.QueryAsync<(string, string?, string, string?)>("""select "eventType", payload ->> 'text', status, "processingError" from webhook_events order by "createdAt" """));
        Assert.Equal(
            [("code", "otp", "pending", null, ""), ("hours", "text", "disabled", null, ""), ("offer", "marketing", "rejected", "Too loud.", "Spring"), ("order_ready", "transactional", "approved", null, "Order"), ("parcel", "transactional", "disabled", null, "")],
            await sql.QueryAsync<(string, string, string, string?, string)>("""select name, category, status, "rejectionReason", coalesce("headerText", '') from templates order by name"""));
        Assert.Equal(["name"], (await sql.ExecuteScalarAsync<string[]>("select parameters from templates where name = 'order_ready'"))!);
    }

    [Fact]
    public async Task Campaigns_and_automations_are_counted_as_documented()
    {
        await using var sql = await SeededAsync(Mine, "platform, public");
        var running = (await sql.QueryAsync(Second("status = 'running'"))).Select(row => (IDictionary<string, object?>)row).ToList();
        Assert.Equal(["Summer", "Spring"], running.Select(row => (string)row["name"]!));
        // 10 + 5 + 1, then 2 of the sent ones were delivered and read: each is counted for what came before, too.
        Assert.Equal((16, 8, 2, 1), ((int)running[1]["sentCount"]!, (int)running[1]["deliveredCount"]!, (int)running[1]["readCount"]!, (int)running[1]["failedCount"]!));
        Assert.Equal(["+1234567890", "+4930123"], (string[])running[1]["recipients"]!);
        Assert.Equal(["+1", "+2"], (await sql.ExecuteScalarAsync<string[]>("select recipients from campaigns where status = 'draft'"))!);

        Assert.Equal([("Nightly", 10, 7, 3, 70.00m), ("Prices", 3, 2, 1, 66.67m), ("Sorting", 0, 0, 0, null)], await sql.QueryAsync<(string, int, int, int, decimal?)>(Second("success_rate")));
        Assert.Equal(
            [("Nightly", "schedule", "http_request", "paused", "0 3 * * *", "https://example.com"), ("Prices", "webhook", "send_message", "active", "message_received", "Here"), ("Sorting", "manual", "update_contact", "inactive", null, null)],
            await sql.QueryAsync<(string, string, string, string, string?, string?)>("""
                select name, "triggerType", "actionType", status, coalesce("triggerConfig" ->> 'cron', "triggerConfig" ->> 'event'), coalesce("actionConfig" ->> 'url', "actionConfig" ->> 'text') from automations order by name
                """));
        Assert.Equal(new DateTime(2026, 3, 2, 10, 0, 0, DateTimeKind.Utc), await sql.ExecuteScalarAsync<DateTime>("""select "lastTriggeredAt" from automations where name = 'Prices'"""));
    }

    [Fact]
    public async Task Another_tenants_rows_are_invisible_in_every_view()
    {
        await using var sql = await SeededAsync(Theirs, "platform, public");
        foreach (var view in DocumentedQueries.Tables.Keys) Assert.Equal(0L, await sql.ExecuteScalarAsync<long>($"select count(*) from {view}"));
        foreach (var statement in DocumentedQueries.Second.Where(statement => statement.StartsWith("SELECT * FROM", StringComparison.Ordinal))) Assert.Empty(await sql.QueryAsync(statement));
        await sql.ExecuteAsync("reset role; reset app.tenant_id");
        foreach (var view in DocumentedQueries.Tables.Keys) Assert.Equal(0L, await sql.ExecuteScalarAsync<long>($"select count(*) from {view}"));   // the login itself sees nothing either
        await sql.ExecuteAsync("set local role parley_system");
        Assert.Equal(6L, await sql.ExecuteScalarAsync<long>("select count(*) from messages"));
    }

    [Fact]
    public async Task Nothing_can_be_changed_through_the_views()
    {
        await using var sql = await SeededAsync(Mine, "platform, public");
        foreach (var view in DocumentedQueries.Tables.Keys)
        {
            await sql.ExecuteAsync("savepoint before");
            // Some are of a kind in which nothing can be deleted, the others are not granted.
            Assert.Contains((await Assert.ThrowsAsync<PostgresException>(() => sql.ExecuteAsync($"delete from {view}"))).SqlState, new[] { PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.ObjectNotInPrerequisiteState });
            await sql.ExecuteAsync("rollback to before");
        }
    }

    static string First(string words) => One(DocumentedQueries.First, words)
        .Replace("YOUR_TENANT_UUID", Mine.ToString()).Replace("YOUR_CONTACT_UUID", Id("contact", 1).ToString()).Replace("YOUR_CONVERSATION_UUID", Id("conversation", 1).ToString());

    static string Second(string words) => One(DocumentedQueries.Second, words);

    static string One(IEnumerable<string> statements, string words) => statements.Single(statement => statement.Contains(words));

    /// <summary>The ids of the seed: their last digits say which one it is.</summary>
    static Guid Id(string kind, int number) => Guid.Parse($"01900000-0000-7000-8{kind.Length:x3}-{number:x12}");

    static int Number(Guid id) => Convert.ToInt32(id.ToString()[^4..], 16);

    /// <summary>A database of its own with known rows of one tenant, looked at by the given one.</summary>
    async Task<NpgsqlConnection> SeededAsync(Guid looks, string path)
    {
        var connection = new NpgsqlConnection(await fixture.CloneDatabaseAsync() + ";Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync("begin; call enter_system()");
        await connection.ExecuteAsync(PlatformSeed.Sql(Mine, Theirs, Id));
        await connection.ExecuteAsync("reset role");
        await connection.ExecuteAsync("call public.enter_tenant(@looks)", new { looks });
        await connection.ExecuteAsync($"set local search_path = {path}");
        return connection;
    }
}
