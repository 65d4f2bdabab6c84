using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Data;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Data;

/// <summary>An admin looks into the tables of the own organisation, and can neither change them nor see secrets or anybody else's.</summary>
public sealed class DataTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Every_column_that_sounds_like_a_secret_was_decided_on()
    {
        var columns = await fixture.App.Get<TenantDatabase>().ListAsync<string>((await fixture.App.NewTenantAsync()).Id, """
            select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'one_tenant')
            order by 1
            """, null, default);
        Assert.True(columns.Count > 100);
        var undecided = columns.Where(column => DataCatalog.SoundsSecret().IsMatch(column.Split('.')[1]) && !DataCatalog.Harmless.Contains(column) && !DataCatalog.Secret.Contains(column)
            && column is not ("integrations.credentials" or "login_attempts.subject"));
        Assert.Empty(undecided);
        // And what nobody has decided on is not shown.
        Assert.True(DataCatalog.IsHidden("anything", "webhook_secret", "text"));
        Assert.True(DataCatalog.IsHidden("anything", "bytes", "bytea"));
        Assert.False(DataCatalog.IsHidden("messages", "content", "text"));
    }

    [Fact]
    public async Task No_secret_is_in_any_table_that_is_shown()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(token: "an-access-token-that-nobody-sees");
        var tables = (await tenant.Admin.GetJsonAsync("/api/data"))["items"]!.AsArray();
        Assert.Contains(tables, table => (string)table!["name"]! == "messages");
        foreach (var global in new[] { "logins", "login_attempts", "integration_routes", "data_protection_keys", "schema_migrations", "tenants", "pg_class" })
        {
            Assert.DoesNotContain(tables, table => (string)table!["name"]! == global);
            await tenant.Admin.GetJsonAsync($"/api/data/{global}", 404);
        }
        foreach (var table in tables)
        {
            var page = await tenant.Admin.GetJsonAsync($"/api/data/{table!["name"]}");
            var hidden = table["columns"]!.AsArray().Where(column => (bool)column!["is_hidden"]!).Select(column => (string)column!["name"]!);
            Assert.Empty(page["columns"]!.AsArray().Select(column => (string)column!).Intersect(hidden));
            foreach (var secret in new[] { "an-access-token-that-nobody-sees", number.Secret, "verify-me" }) Assert.DoesNotContain(secret, page.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rows_are_found_by_filters_and_followed_by_their_ids()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("5511900000011", "first words of hers", "Beatriz");
        await Eventually.Async(async () => (await RowsAsync(tenant, "messages")).Count, count => count == 1, "the message is stored");
        var messages = (await tenant.Admin.GetJsonAsync("/api/data"))["items"]!.AsArray().First(table => (string)table!["name"]! == "messages")!;
        JsonNode Column(string name) => messages["columns"]!.AsArray().First(column => (string)column!["name"]! == name)!;
        Assert.Equal(("conversations", "id"), ((string)Column("conversation_id")["references"]!["table"]!, (string)Column("conversation_id")["references"]!["column"]!));
        Assert.Equal("contacts", (string)Column("sender_contact_id")["references"]!["table"]!);
        Assert.Contains(messages["referenced_by"]!.AsArray(), one => (string)one!["table"]! == "attachments");

        var message = Assert.Single(await RowsAsync(tenant, "messages", "content.contains.WORDS OF", "direction.eq.inbound", "created_at.gt.2026-01-01", "edited_at.null"));
        Assert.Equal("Beatriz", Assert.Single(await RowsAsync(tenant, "contacts", $"id.eq.{message["contact_id"]}"))["name"]);
        Assert.Empty(await RowsAsync(tenant, "messages", "direction.eq.outbound"));
        Assert.Empty(await RowsAsync(tenant, "messages", "created_at.null"));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var ids = Enumerable.Range(0, 23).Select(_ => Guid.CreateVersion7()).ToArray();
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "insert into contacts (tenant_id, id, created_at, updated_at) select @tenant, x, now(), now() from unnest(@ids::uuid[]) x; insert into contact_identities (tenant_id, channel, handle, contact_id, created_at) select @tenant, 'sms', x::text, x, now() from unnest(@ids::uuid[]) x", new { ids }, default);
        foreach (var table in new[] { "contacts", "contact_identities" })
        {
            var seen = new List<string>();
            string? cursor = null;
            do
            {
                var page = await tenant.Admin.GetJsonAsync($"/api/data/{table}?limit=5{(cursor is null ? "" : $"&cursor={cursor}")}");
                var at = page["columns"]!.AsArray().Select(column => (string)column!).ToList().IndexOf(table == "contacts" ? "id" : "contact_id");
                seen.AddRange(page["items"]!.AsArray().Select(item => (string)item![at]!));
                cursor = (string?)page["next_cursor"];
            }
            while (cursor is not null);
            Assert.Equal(ids.Select(id => id.ToString()).OrderDescending(StringComparer.Ordinal), seen);
        }
    }

    [Fact]
    public async Task What_others_keep_private_and_words_that_were_taken_back_are_neither_shown_nor_found()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("5511900000041", "said and unsaid", "Caio");
        var contact = (string)(await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]![0]!["id"]!;
        await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "for everybody" }, 201);
        var hers = await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "hers alone", type = "private" }, 201);
        await tenant.Editor.PatchAsJsonAsync($"/api/notes/{hers["id"]}", new { content = "hers alone still" });
        var mine = await tenant.Admin.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "mine alone", type = "private" }, 201);
        await tenant.Admin.PatchAsJsonAsync($"/api/notes/{mine["id"]}", new { content = "mine alone still" });
        var taken = await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "taken back" }, 201);
        await tenant.Editor.DeleteAsync($"/api/notes/{taken["id"]}");
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, """
            insert into users (tenant_id, id, email, name, role, password_hash, created_at, updated_at) select @tenant, @user, @user || '@example.com', 'Dora', 'editor', 'x', now(), now();
            insert into saved_views (tenant_id, id, user_id, name, filter, is_shared, created_at, updated_at) values (@tenant, @user, @user, 'hers', '{"unread": true}', false, now(), now())
            """, new { user = Guid.CreateVersion7() }, default);
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "update messages set deleted_at = now() where tenant_id = @tenant", null, default);

        Assert.Equal([null, null, "for everybody", "mine alone still"], (await RowsAsync(tenant, "notes")).Select(row => row["content"]).Order());
        Assert.Equal([null, "mine alone"], (await RowsAsync(tenant, "note_versions")).Select(row => row["content"]).Order());
        Assert.Null(Assert.Single(await RowsAsync(tenant, "messages"))["content"]);
        var view = Assert.Single(await RowsAsync(tenant, "saved_views"));
        Assert.Equal((null, null), (view["name"], view["filter"]));
        Assert.Empty(await RowsAsync(tenant, "saved_views", "name.eq.hers"));
        foreach (var (table, filter) in new[] { ("notes", "content.contains.hers"), ("notes", "content.eq.taken back"), ("note_versions", "content.ge.h"), ("messages", "content.contains.unsaid"), ("messages", "content.not_null") })
            Assert.DoesNotContain(await RowsAsync(tenant, table, filter), row => row["content"] is null || !row["content"]!.StartsWith("mine", StringComparison.Ordinal));
        Assert.Equal(2, (await RowsAsync(tenant, "notes", "content.null")).Count);
    }

    [Fact]
    public async Task Another_tenants_rows_are_not_there()
    {
        var (tenant, other) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        await other.HasWhatsAppAsync();
        Assert.Empty(await RowsAsync(tenant, "integrations"));
        Assert.Single(await RowsAsync(other, "integrations"));
        Assert.Equal(3, (await RowsAsync(tenant, "api_keys")).Count);
        await tenant.Admin.GetJsonAsync($"/api/data/integrations?filter=tenant_id.eq.{other.Id}", 400);
        await tenant.Editor.GetJsonAsync("/api/data", 403);
        await tenant.Viewer.GetJsonAsync("/api/data/messages", 403);
    }

    [Theory]
    [InlineData("messages; drop table messages", null, 404)]
    [InlineData("messages\" where true --", null, 404)]
    [InlineData("pg_authid", null, 404)]
    [InlineData("Messages", null, 404)]
    [InlineData("users", "password_hash.contains.A", 400)]
    [InlineData("users", "password_hash.not_null", 400)]
    [InlineData("api_keys", "secret_hash.null", 400)]
    [InlineData("users", "1=1) or (1.eq.1", 400)]
    [InlineData("users", "name\" is null or \"name.eq.x", 400)]
    [InlineData("users", "name.or.x", 400)]
    [InlineData("users", "name", 400)]
    [InlineData("users", "id.eq.'; select pg_sleep(10) --", 400)]
    [InlineData("users", "created_at.gt.soon", 400)]
    [InlineData("users", "name.eq.a\0b", 400)]
    [InlineData("users", "name.eq.' or '1'='1", 200)]
    [InlineData("users", "name.contains.%", 200)]
    [InlineData("users", "name.eq.@tenant", 200)]
    public async Task What_somebody_writes_is_never_sql(string table, string? filter, int status)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var answer = await tenant.Admin.GetJsonAsync($"/api/data/{Uri.EscapeDataString(table)}{(filter is null ? "" : $"?filter={Uri.EscapeDataString(filter)}")}", status);
        if (status == 200) Assert.Empty(answer["items"]!.AsArray());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("WyJub3QgYW4gaWQiXQ")]        // ["not an id"]
    [InlineData("W251bGxd")]                    // [null]
    [InlineData("WyJhIiwiYiJd")]                // ["a","b"]
    public async Task A_cursor_that_no_page_gave_is_refused(string cursor) =>
        await (await fixture.App.NewTenantAsync()).Admin.GetJsonAsync($"/api/data/users?cursor={cursor}", 400);

    [Fact]
    public async Task Looking_cannot_write_and_does_not_last()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var catalog = await tenant.App.Get<DataCatalog>().ListAsync(tenant.Id, default);
        // Were a column's name ever hostile, it would still be a name; and were SQL to get in, it could not write.
        var hostile = catalog.First(table => table.Name == "users") with { Name = "users\" set name = 'x" };
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => tenant.App.Get<DataRows>().ListAsync(new(tenant.Id, null, Guid.CreateVersion7(), Policies.Admin), hostile, [], null, 10, default));
        var settings = await tenant.App.Get<TenantDatabase>().ListAsync<string>(tenant.Id, "select current_setting('transaction_read_only') || current_user", null, default);
        Assert.Equal(["offparley_app"], settings);   // elsewhere as ever: it ended with its transaction
    }

    static async Task<IReadOnlyList<Dictionary<string, string?>>> RowsAsync(TestTenant tenant, string table, params string[] filters)
    {
        var page = await tenant.Admin.GetJsonAsync($"/api/data/{table}?{string.Join('&', filters.Select(filter => $"filter={Uri.EscapeDataString(filter)}"))}");
        var columns = page["columns"]!.AsArray().Select(column => (string)column!).ToArray();
        return [.. page["items"]!.AsArray().Select(item => columns.Zip(item!.AsArray()).ToDictionary(pair => pair.First, pair => (string?)pair.Second))];
    }
}
