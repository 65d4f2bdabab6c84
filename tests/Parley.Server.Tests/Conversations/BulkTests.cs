using System.Net.Http.Json;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Conversations;

/// <summary>Many conversations changed at once.</summary>
public sealed class BulkTests(ParleyFixture fixture)
{
    const string Bulk = "/api/conversations/bulk";

    [Theory]
    [InlineData("close", "status", "closed")]
    [InlineData("archive", "status", "archived")]
    [InlineData("read", "is_read", "true")]
    public async Task A_change_is_made_to_all_and_told_once_for_each_and_again_changes_nothing(string change, string field, string value)
    {
        var (tenant, ids) = await TalkAsync(3);
        var before = await ToldAsync(tenant);
        var answer = await tenant.Editor.PostJsonAsync(Bulk, new { ids = ids.Concat(ids), change }, 200);
        Assert.Equal((3, 3, 0), (answer["items"]!.AsArray().Count, (int)answer["changed"]!, answer["missing"]!.AsArray().Count));
        Assert.All(answer["items"]!.AsArray(), item => Assert.Equal(value, item![field]!.ToString()));
        Assert.Equal(before + 3, await ToldAsync(tenant));
        foreach (var id in ids) Assert.Equal(value, (await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))[field]!.ToString());

        var again = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change }, 200);
        Assert.Equal((3, 0), (again["items"]!.AsArray().Count, (int)again["changed"]!));
        Assert.Equal(before + 3, await ToldAsync(tenant));
    }

    [Fact]
    public async Task What_was_done_can_be_taken_back()
    {
        var (tenant, ids) = await TalkAsync(2);
        var until = TimeProvider.System.GetUtcNow().AddHours(2);
        foreach (var (change, undo, field, value) in new[] { ("close", "reopen", "status", "open"), ("read", "unread", "is_read", "false"), ("snooze", "wake", "snoozed_until", "") })
        {
            await tenant.Editor.PostJsonAsync(Bulk, new { ids, change, until }, 200);
            var undone = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = undo }, 200);
            Assert.Equal(2, (int)undone["changed"]!);
            Assert.All(undone["items"]!.AsArray(), item => Assert.Equal(value, item![field]?.ToString() ?? ""));
        }
    }

    [Fact]
    public async Task What_was_done_to_many_is_found_in_the_audit_log_at_each_of_them()
    {
        var (tenant, ids) = await TalkAsync(2);
        var label = (Guid)(await tenant.Admin.PostJsonAsync("/api/labels", new { name = "VIP", color = "#aa0000" }, 201))["id"]!;
        var ana = (Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ana", role = "editor" }, 201))["id"]!;
        var closed = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "close" }, 200);
        await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = closed["undo"] }, 200);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "label", label_id = label }, 200);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "assign", user_id = ana }, 200);
        foreach (var id in ids)
        {
            var lines = (await tenant.Admin.GetJsonAsync($"/api/audit?resource=conversation&resource_id={id}"))["items"]!.AsArray();
            Assert.Equal(["label", "undo", "close"], lines.Select(line => (string)line!["after"]!["change"]!));
            Assert.Equal(("open", "closed"), ((string?)lines[2]!["before"]!["status"], (string?)lines[2]!["after"]!["status"]));
            var contact = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["contact_id"]!;
            var given = Assert.Single((await tenant.Admin.GetJsonAsync($"/api/audit?resource=assignment&resource_id={contact}"))["items"]!.AsArray())!;
            Assert.Equal(("assignment.changed", ana.ToString()), ((string)given["action"]!, (string)given["after"]!["user_id"]!));
        }
        Assert.Null((await tenant.App.Get<Parley.Server.Audit.AuditVerifier>().VerifyAsync(tenant.Id, null, default)).Wrong);
    }

    [Fact]
    public async Task Giving_many_to_somebody_while_some_are_merged_away_gives_the_others()
    {
        var (tenant, ids) = await TalkAsync(6);
        var ana = (Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ana", role = "editor" }, 201))["id"]!;
        var contacts = new List<Guid>();
        foreach (var id in ids) contacts.Add((Guid)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["contact_id"]!);
        // Merges are held open until the assignment waits for them.
        var database = tenant.App.Get<TenantDatabase>();
        var (merging, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var merge = database.ChangeAsync(tenant.Id, async change =>
        {
            var made = await Parley.Server.Contacts.Merging.ContactMerger.MergeAsync(change, tenant.Id, new(contacts[0], contacts[1], "user", "user", []), default);
            merging.TrySetResult();
            await go.Task;
            return made.Id;
        }, default);
        await merging.Task;
        var giving = tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "assign", user_id = ana }, 200);
        var single = tenant.Editor.PutAsJsonAsync($"/api/contacts/{contacts[1]}/assignment", new { user_id = ana });
        await Eventually.Async(() => database.FindAsync<int>(tenant.Id, "select count(*)::int from pg_locks where not granted", null, default), waiting => waiting >= 2, "both wait", 30);
        go.SetResult();
        Assert.NotNull(await merge);
        Assert.InRange((int)(await giving)["changed"]!, 4, 6);
        Assert.Contains((int)(await single).StatusCode, new[] { 200, 404 });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Closing_what_is_closed_and_snoozed_ends_its_snooze(bool isBulk)
    {
        var (tenant, ids) = await TalkAsync(1);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "close" }, 200);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "snooze", until = TimeProvider.System.GetUtcNow().AddHours(1) }, 200);
        if (isBulk) Assert.Equal(1, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "close" }, 200))["changed"]!);
        else await (await tenant.Editor.PutAsync($"/api/conversations/{ids[0]}/closure", null)).JsonAsync();
        var now = await tenant.Viewer.GetJsonAsync($"/api/conversations/{ids[0]}");
        Assert.Equal(("closed", null), ((string?)now["status"], (string?)now["snoozed_until"]));
    }

    [Fact]
    public async Task Taking_back_that_they_were_read_brings_back_how_many_messages_were_unread()
    {
        var (tenant, ids) = await TalkAsync(2, messages: 3);
        var answer = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "read" }, 200);
        Assert.All(answer["items"]!.AsArray(), item => Assert.Equal(0, (int)item!["unread_count"]!));
        var undone = await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = answer["undo"] }, 200);
        Assert.Equal((2, null), ((int)undone["changed"]!, undone["undo"]));
        Assert.All(undone["items"]!.AsArray(), item => Assert.Equal((3, false), ((int)item!["unread_count"]!, (bool)item["is_read"]!)));
    }

    [Fact]
    public async Task Taking_back_leaves_alone_what_somebody_changed_since()
    {
        var (tenant, ids) = await TalkAsync(3);
        var closed = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "close" }, 200);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids = ids[..1], change = "archive" }, 200);
        var undone = await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = closed["undo"] }, 200);
        Assert.Equal(2, (int)undone["changed"]!);
        Assert.Equal("archived open open", string.Join(' ', await Task.WhenAll(ids.Select(async id => (string)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["status"]!))));
        Assert.Equal(0, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = closed["undo"] }, 200))["changed"]!);
    }

    [Fact]
    public async Task Many_are_given_to_somebody_and_back_to_whoever_had_them()
    {
        var (tenant, ids) = await TalkAsync(3);
        var (ana, ben) = (await PersonAsync(tenant, "Ana"), await PersonAsync(tenant, "Ben"));
        await tenant.Editor.PostJsonAsync(Bulk, new { ids = ids[..1], change = "assign", user_id = ben }, 200);
        var given = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "assign", user_id = ana }, 200);
        Assert.Equal(3, (int)given["changed"]!);
        Assert.All(given["items"]!.AsArray(), item => Assert.Equal(ana, (string?)item!["assigned_user_id"]));
        Assert.Equal(ana, (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{given["items"]![0]!["contact_id"]}/assignment"))["user_id"]);
        Assert.Equal(0, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "assign", user_id = ana }, 200))["changed"]!);

        // Somebody takes the last one meanwhile: that stays.
        await tenant.Editor.PostJsonAsync(Bulk, new { ids = ids[2..], change = "assign", user_id = ben }, 200);
        Assert.Equal(2, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = given["undo"] }, 200))["changed"]!);
        Assert.Equal($"{ben},,{ben}", string.Join(',', await Task.WhenAll(ids.Select(async id => (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["assigned_user_id"]))));

        var taken = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "unassign" }, 200);
        Assert.Equal(2, (int)taken["changed"]!);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{ben}", new { is_active = false })).JsonAsync();
        Assert.Equal(0, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = taken["undo"] }, 200))["changed"]!);   // who has gone gets nobody back
    }

    [Fact]
    public async Task A_team_shares_out_many_at_once_as_it_shares_out_one_by_one()
    {
        var (tenant, ids) = await TalkAsync(4);
        var people = new[] { await PersonAsync(tenant, "Ana"), await PersonAsync(tenant, "Ben") };
        var team = (string)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", strategy = "least_busy", member_ids = people }, 201))["id"]!;
        var given = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "assign", team_id = team }, 200);
        Assert.Equal([2, 2], people.Select(person => given["items"]!.AsArray().Count(item => (string?)item!["assigned_user_id"] == person)));
        Assert.All(given["items"]!.AsArray(), item => Assert.Equal(team, (string?)item!["assigned_team_id"]));
        Assert.Equal(0, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "assign", team_id = team }, 200))["changed"]!);
    }

    [Fact]
    public async Task Many_get_a_label_and_lose_it_and_taking_back_touches_only_those_that_got_it()
    {
        var (tenant, ids) = await TalkAsync(3);
        var label = (string)(await tenant.Editor.PostJsonAsync("/api/labels", new { name = "urgent" }, 201))["id"]!;
        (await tenant.Editor.PutAsync($"/api/conversations/{ids[0]}/labels/{label}", null)).EnsureSuccessStatusCode();
        var put = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "label", label_id = label }, 200);
        Assert.Equal(2, (int)put["changed"]!);
        Assert.All(put["items"]!.AsArray(), item => Assert.Equal([label], item!["labels"]!.AsArray().Select(one => (string)one!)));
        await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = put["undo"] }, 200);
        Assert.Equal("1 0 0", string.Join(' ', await Task.WhenAll(ids.Select(async id => (await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["labels"]!.AsArray().Count))));

        var off = await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "unlabel", label_id = label }, 200);
        Assert.Equal(1, (int)off["changed"]!);
        Assert.Equal(1, (int)(await tenant.Editor.PostJsonAsync(Bulk, new { change = "undo", undo = off["undo"] }, 200))["changed"]!);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "label", label_id = Guid.CreateVersion7() }, 404);
    }

    [Fact]
    public async Task What_is_another_tenants_is_named_as_missing_and_stays_as_it_is()
    {
        var (tenant, ids) = await TalkAsync(1);
        var (other, others) = await TalkAsync(1);
        var answer = await tenant.Editor.PostJsonAsync(Bulk, new { ids = new[] { ids[0], others[0] }, change = "close" }, 200);
        Assert.Equal([others[0]], answer["missing"]!.AsArray().Select(id => (string)id!));
        Assert.Equal("open", (string)(await other.Viewer.GetJsonAsync($"/api/conversations/{others[0]}"))["status"]!);
        await tenant.Editor.PostJsonAsync(Bulk, new { ids = others, change = "close" }, 404);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_in_words_at_its_field()
    {
        var (tenant, ids) = await TalkAsync(1);
        await tenant.Viewer.PostJsonAsync(Bulk, new { ids, change = "close" }, 403);
        foreach (var (body, field) in new (object, string)[]
        {
            (new { ids = Array.Empty<Guid>(), change = "close" }, "ids"), (new { change = "close" }, "ids"), (new { ids = Enumerable.Range(0, 201).Select(_ => Guid.CreateVersion7()), change = "close" }, "ids"),
            (new { ids, change = "burn" }, "change"), (new { ids }, "change"), (new { ids, change = "snooze" }, "until"), (new { ids, change = "snooze", until = "2020-01-01T00:00:00Z" }, "until"),
            (new { ids, change = "assign" }, "user_id"), (new { ids, change = "label" }, "label_id"), (new { change = "undo" }, "undo"),
            (new { change = "undo", undo = new { change = "close", steps = new[] { new { id = ids[0], was = new { status = "burnt" }, left = new { status = "closed" } } } } }, "undo"),
            (new { change = "undo", undo = new { change = "read", steps = new[] { new { id = ids[0], was = new { is_read = true, unread_count = 9 }, left = new { is_read = true, unread_count = 0 } } } } }, "undo"),
        })
            Assert.NotNull((await tenant.Editor.PostJsonAsync(Bulk, body, 400))["errors"]![field]);
    }

    [Fact]
    public async Task Reading_many_chats_is_told_to_their_provider()
    {
        var provider = new FakeProvider();
        provider.Chats.AddRange([new FakeChat("a") { Unread = 1 }.Talk(1), new FakeChat("b") { Unread = 1 }.Talk(1), new FakeChat("c").Talk(1)]);
        var account = await provider.ConnectAsync(await provider.StartAsync(await fixture.CloneDatabaseAsync()));
        await using var app = account.Tenant.App;
        await account.SyncAsync();
        var ids = (await account.Tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Select(item => (string)item!["id"]!).ToArray();
        await account.Tenant.Editor.PostJsonAsync(Bulk, new { ids, change = "read" }, 200);
        await Eventually.Async(() => Task.FromResult((provider.CountCalls("read a"), provider.CountCalls("read b"))), calls => calls is (1, 1), "both are told");
        Assert.Equal(0, provider.CountCalls("read c"));
    }

    async Task<(TestTenant Tenant, string[] Ids)> TalkAsync(int people, int messages = 1)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        for (var i = 0; i < people * messages; i++) await number.SayAsync($"+55119876540{i % people:00}", "hi");
        return (tenant, [.. (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Select(item => (string)item!["id"]!)]);
    }

    static async Task<string> PersonAsync(TestTenant tenant, string name) =>
        (string)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name, role = "editor" }, 201))["id"]!;

    static async Task<long> ToldAsync(TestTenant tenant) =>
        (await tenant.App.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from events where tenant_id = @tenant and type = 'conversation.updated'", null, default))[0];
}
