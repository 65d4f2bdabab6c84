using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Parley.Server.Audit;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Audit;

public sealed class AuditTests(ParleyFixture fixture)
{
    const string Password = "correct horse battery";

    [Fact]
    public async Task A_change_of_a_user_is_a_line_with_who_what_before_after_address_and_time()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var user = await NewUserAsync(tenant);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{user["id"]}", new { role = "viewer" })).JsonAsync();
        var line = (await tenant.Admin.GetJsonAsync($"/api/audit?resource=user&resource_id={user["id"]}"))["items"]![0]!;
        Assert.Equal(("user.updated", "editor", "viewer"), ((string)line["action"]!, (string)line["before"]!["role"]!, (string)line["after"]!["role"]!));
        Assert.StartsWith("api:", (string)line["actor"]!);
        Assert.Equal("127.0.0.1", ((string)line["address"]!).Replace("::ffff:", ""));
        Assert.True((DateTimeOffset)line["created_at"]! > TimeProvider.System.GetUtcNow().AddMinutes(-5));
    }

    [Fact]
    public async Task What_changes_nothing_leaves_no_line()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var user = await NewUserAsync(tenant);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{user["id"]}", new { role = "editor" })).JsonAsync();
        Assert.Equal(["user.created"], await ActionsAsync(tenant, $"resource=user&resource_id={user["id"]}"));
    }

    [Fact]
    public async Task Sign_ins_and_failures_are_lines_of_the_person()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var user = await NewUserAsync(tenant);
        var email = (string)user["email"]!;
        await (await fixture.App.Http.PostAsJsonAsync("/api/session", new { email, password = "wrong password" })).JsonAsync(401);
        await (await fixture.App.Http.PostAsJsonAsync("/api/session", new { email, password = Password })).JsonAsync();
        var signedIn = (await tenant.Admin.GetJsonAsync($"/api/audit?user_id={user["id"]}"))["items"]!.AsArray();
        Assert.Equal("session.created", (string?)Assert.Single(signedIn)!["action"]);
        var refused = Assert.Single((await tenant.Admin.GetJsonAsync("/api/audit?action=session.refused"))["items"]!.AsArray())!;
        Assert.Equal(("anonymous", (string)user["id"]!), ((string)refused["actor"]!, (string)refused["resource_id"]!));
    }

    [Fact]
    public async Task Keys_accounts_contacts_and_conversations_leave_their_lines_and_no_secret()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { credentials = new { access_token = "a-very-secret-token-123" } })).JsonAsync();
        var key = await tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "robot", role = "viewer" }, 201);
        await tenant.Admin.DeleteAsync($"/api/api-keys/{key["id"]}");
        await number.SayAsync("+5511987654321", "hello there");
        var conversation = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        await tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/closure", null);
        await tenant.Editor.DeleteAsync($"/api/conversations/{conversation["id"]}/closure");
        await (await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{conversation["contact_id"]}", new { status = "blocked" })).JsonAsync();

        var items = (await tenant.Admin.GetJsonAsync("/api/audit?limit=200"))["items"]!;
        var actions = items.AsArray().Select(line => (string)line!["action"]!).ToList();
        foreach (var expected in new[] { "tenant.created", "integration.created", "integration.updated", "api_key.created", "api_key.revoked", "conversation.closed", "conversation.reopened", "contact.updated" })
            Assert.Contains(expected, actions);
        var text = items.ToJsonString();
        Assert.DoesNotContain("a-very-secret-token-123", text);
        Assert.DoesNotContain(number.Secret, text);
        Assert.DoesNotContain((string)key["key"]!, text);
        Assert.DoesNotContain("verify-me", text);
        Assert.Contains("access_token", text);   // that it was given, and not what
    }

    [Fact]
    public async Task A_refusal_by_role_is_a_line_and_only_admins_read_them()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await tenant.Viewer.GetJsonAsync("/api/audit", 403);
        await tenant.Editor.GetJsonAsync("/api/audit/export", 403);
        await tenant.Editor.GetJsonAsync("/api/audit/head", 403);
        var lines = (await tenant.Admin.GetJsonAsync("/api/audit?action=access.denied"))["items"]!.AsArray();
        Assert.Equal(3, lines.Count);
        Assert.Equal(("GET", "/api/audit", "role", "viewer"), ((string)lines[2]!["after"]!["method"]!, "/" + ((string)lines[2]!["after"]!["route"]!).Trim('/'), (string)lines[2]!["after"]!["reason"]!, (string)lines[2]!["after"]!["role"]!));
    }

    [Fact]
    public async Task Whatever_is_refused_leaves_its_line_also_where_no_id_is_in_the_address()
    {
        var (tenant, other) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        var reader = await TestUser.SignInAsync(tenant, "viewer");
        var theirs = Guid.CreateVersion7();
        await reader.Client.PostJsonAsync("/api/views", new { name = "mine", filter = new { }, is_shared = true }, 403);
        await tenant.Editor.PostJsonAsync("/api/conversations/bulk", new { ids = new[] { theirs }, change = "close" }, 404);
        await (await reader.Client.PutAsJsonAsync($"/api/presence/{Guid.CreateVersion7()}", new { contact_id = theirs })).JsonAsync(404);
        await tenant.Admin.GetJsonAsync("/api/data/no_such_table", 404);
        Assert.Equal(404, (int)(await reader.Client.PutAsync($"/api/presence/{Guid.CreateVersion7()}", null)).StatusCode);   // a page that must say itself whole is refused nothing
        var lines = (await tenant.Admin.GetJsonAsync("/api/audit?action=access.denied"))["items"]!.AsArray().Reverse().ToList();
        Assert.Equal("rule missing missing missing", string.Join(' ', lines.Select(line => (string?)line!["after"]!["reason"])));
        Assert.Equal(theirs.ToString(), (string?)lines[1]!["resource_id"]);
    }

    [Fact]
    public async Task Another_tenant_sees_none_of_it()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        await NewUserAsync(theirs);
        Assert.DoesNotContain("user.created", await ActionsAsync(mine, "limit=200"));
        Assert.Empty((await mine.Admin.GetJsonAsync($"/api/audit?resource=tenant&resource_id={theirs.Id}"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Pages_follow_each_other_and_the_export_has_all_of_them()
    {
        var tenant = await fixture.App.NewTenantAsync();
        for (var i = 0; i < 6; i++) await tenant.Viewer.GetJsonAsync("/api/users", 403);
        var seqs = new List<long>();
        string? cursor = null;
        do
        {
            var page = await tenant.Admin.GetJsonAsync($"/api/audit?action=access.denied&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seqs.AddRange(page["items"]!.AsArray().Select(line => (long)line!["seq"]!));
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);
        Assert.Equal(6, seqs.Count);
        Assert.Equal(seqs.OrderDescending(), seqs);

        var lines = (await tenant.Admin.GetStringAsync("/api/audit/export?format=jsonl&action=access.denied")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(seqs, lines.Select(line => (long)JsonNode.Parse(line)!["seq"]!));
        var csv = (await tenant.Admin.GetStringAsync("/api/audit/export?action=access.denied")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((7, "seq,created_at,actor"), (csv.Length, csv[0][..20]));
        Assert.Contains("audit.exported", await ActionsAsync(tenant, "resource=audit"));
    }

    [Fact]
    public async Task A_cell_of_the_export_is_never_a_formula()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await fixture.App.Get<TenantDatabase>().ChangeAsync(tenant.Id, change =>
        {
            change.Audit(AuditEntry.Of(tenant.Id, "test.made", "=cmd|' /C calc'!A0", "+1"));
            return Task.FromResult(true);
        }, default);
        var csv = await tenant.Admin.GetStringAsync("/api/audit/export?action=test.made");
        Assert.Contains(",'=cmd|' /C calc'!A0,'+1,", csv);
    }

    [Fact]
    public async Task The_application_can_add_lines_but_change_or_remove_none()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var database = fixture.App.Get<TenantDatabase>();
        foreach (var sql in new[] { "update audit_logs set actor = 'system' where tenant_id = @tenant", "delete from audit_logs where tenant_id = @tenant", "truncate audit_logs", "delete from audit_heads where tenant_id = @tenant" })
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync(tenant.Id, sql, null, default))).SqlState);
    }

    [Fact]
    public async Task A_change_that_fails_leaves_neither_itself_nor_its_line()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var before = await fixture.App.Get<AuditStore>().FindHeadAsync(tenant.Id, default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.App.Get<TenantDatabase>().ChangeAsync<int>(tenant.Id, change =>
        {
            change.Audit(AuditEntry.Of(tenant.Id, "test.made", "test", null));
            throw new InvalidOperationException();
        }, default));
        Assert.Equal(before!.Seq, (await fixture.App.Get<AuditStore>().FindHeadAsync(tenant.Id, default))!.Seq);
    }

    [Fact]
    public async Task Many_changes_at_once_make_one_whole_chain()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => tenant.Viewer.GetAsync("/api/users")));
        var verdict = await fixture.App.Get<AuditVerifier>().VerifyAsync(tenant.Id, null, default);
        Assert.Null(verdict.Wrong);
        Assert.True(verdict.Last >= 40);
    }

    static async Task<JsonNode> NewUserAsync(TestTenant tenant) =>
        await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ana", role = "editor", password = Password }, 201);

    static async Task<IReadOnlyList<string>> ActionsAsync(TestTenant tenant, string filter) =>
        [.. (await tenant.Admin.GetJsonAsync($"/api/audit?{filter}"))["items"]!.AsArray().Select(line => (string)line!["action"]!)];
}

/// <summary>Somebody with the keys to the database tampers with the chain.</summary>
public sealed class AuditVerifyTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("update audit_logs set actor = 'system' where tenant_id = @tenant and seq = 5", "Line 5 is not what was written")]
    [InlineData("update audit_logs set after = '{}' where tenant_id = @tenant and seq = 5", "Line 5 is not what was written")]
    [InlineData("update audit_logs set created_at = created_at - interval '1 hour' where tenant_id = @tenant and seq = 5", "Line 5 is not what was written")]
    [InlineData("delete from audit_logs where tenant_id = @tenant and seq = 5", "Line 5 is missing")]
    [InlineData("delete from audit_logs where tenant_id = @tenant and seq between 5 and 7", "The lines 5 to 7 are missing")]
    [InlineData("delete from audit_logs where tenant_id = @tenant and seq < 3", "The lines before 3 are missing")]
    [InlineData("delete from audit_logs where tenant_id = @tenant and seq > 8", "The end is missing: the last line is 8")]
    [InlineData("insert into audit_logs (tenant_id, id, seq, actor, action, resource, created_at, hash) select tenant_id, gen_random_uuid(), 15, actor, action, resource, created_at, hash from audit_logs where tenant_id = @tenant and seq = 14", "Behind line 14")]
    [InlineData("delete from audit_logs where tenant_id = @tenant", "All lines up to 14 are missing")]
    [InlineData("update audit_logs set seq = 5 - seq + 1000 where tenant_id = @tenant and seq in (2, 3); update audit_logs set seq = seq - 1000 where tenant_id = @tenant and seq > 900", "Line 2 is not what was written")]
    public async Task What_was_edited_deleted_reordered_or_cut_off_is_found(string tampering, string found)
    {
        var tenant = await TenantWithLinesAsync();
        await TamperAsync(tenant.Id, tampering);
        Assert.StartsWith(found, (await fixture.App.Get<AuditVerifier>().VerifyAsync(tenant.Id, null, default)).Wrong);
    }

    [Fact]
    public async Task An_end_that_was_cut_off_together_with_the_head_is_found_by_a_head_that_was_kept_elsewhere()
    {
        var tenant = await TenantWithLinesAsync();
        var head = await tenant.Admin.GetJsonAsync("/api/audit/head");
        var anchor = new AuditAnchor(tenant.Id, (long)head["seq"]!, (string)head["hash"]!, TimeProvider.System.GetUtcNow());
        var verifier = fixture.App.Get<AuditVerifier>();
        Assert.Null((await verifier.VerifyAsync(tenant.Id, anchor, default)).Wrong);
        await tenant.Viewer.GetAsync("/api/users");
        Assert.Null((await verifier.VerifyAsync(tenant.Id, anchor, default)).Wrong);   // it grew since
        await TamperAsync(tenant.Id, "delete from audit_logs where tenant_id = @tenant and seq > 8; update audit_heads h set seq = 8, hash = (select hash from audit_logs where tenant_id = @tenant and seq = 8) where tenant_id = @tenant");
        Assert.Null((await verifier.VerifyAsync(tenant.Id, null, default)).Wrong);     // by itself it looks whole
        Assert.StartsWith("The end is missing: line 14", (await verifier.VerifyAsync(tenant.Id, anchor, default)).Wrong);
        for (var i = 0; i < 8; i++) await tenant.Viewer.GetAsync("/api/users");
        Assert.StartsWith("Line 14 is another one", (await verifier.VerifyAsync(tenant.Id, anchor, default)).Wrong);
    }

    [Fact]
    public async Task Retention_takes_away_old_lines_and_the_chain_stays_whole()
    {
        var tenant = await TenantWithLinesAsync();
        var (store, verifier) = (fixture.App.Get<AuditStore>(), fixture.App.Get<AuditVerifier>());
        Assert.Equal(0, await store.PruneAsync(tenant.Id, TimeProvider.System.GetUtcNow().AddDays(-1), default));
        var kept = (await store.ListChainAsync(tenant.Id, 9, 10, 1, default))[0].CreatedAt;
        Assert.Equal(9, await store.PruneAsync(tenant.Id, kept, default));
        var verdict = await verifier.VerifyAsync(tenant.Id, null, default);
        Assert.Equal((10, 15, null), (verdict.First, verdict.Last, verdict.Wrong));
        var gone = await verifier.VerifyAsync(tenant.Id, new AuditAnchor(tenant.Id, 5, new string('0', 64), kept), default);
        Assert.StartsWith("Line 5, which was noted, is not kept any more", gone.Unproved);
        Assert.Null(verdict.Unproved);
        Assert.Equal(6, await store.PruneAsync(tenant.Id, TimeProvider.System.GetUtcNow().AddDays(1), default));   // all, and again
        Assert.Null((await verifier.VerifyAsync(tenant.Id, null, default)).Wrong);
        await tenant.Viewer.GetAsync("/api/users");
        await TamperAsync(tenant.Id, "delete from audit_logs where tenant_id = @tenant and seq = 16");   // the checkpoint itself
        Assert.StartsWith("The lines before 17 are missing", (await verifier.VerifyAsync(tenant.Id, null, default)).Wrong);
    }

    // Three for the keys, one for the tenant, ten denials.
    async Task<TestTenant> TenantWithLinesAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        for (var i = 0; i < 10; i++) await tenant.Viewer.GetAsync("/api/users");
        Assert.Equal(14, (await fixture.App.Get<AuditStore>().FindHeadAsync(tenant.Id, default))!.Seq);
        return tenant;
    }

    // As the owner of the tables, for whom the policies are lifted.
    async Task TamperAsync(Guid tenant, string sql)
    {
        await using var connection = new NpgsqlConnection(fixture.App.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // The heads first, as all who add a line do.
        await connection.ExecuteAsync("alter table audit_heads no force row level security; alter table audit_logs no force row level security");
        await connection.ExecuteAsync(sql, new { tenant });
        await connection.ExecuteAsync("alter table audit_logs force row level security; alter table audit_heads force row level security");
        await transaction.CommitAsync();
    }
}
