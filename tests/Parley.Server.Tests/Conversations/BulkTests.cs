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

    async Task<(TestTenant Tenant, string[] Ids)> TalkAsync(int people)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        for (var i = 0; i < people; i++) await number.SayAsync($"+55119876540{i:00}", "hi");
        return (tenant, [.. (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Select(item => (string)item!["id"]!)]);
    }

    static async Task<long> ToldAsync(TestTenant tenant) =>
        (await tenant.App.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from events where tenant_id = @tenant and type = 'conversation.updated'", null, default))[0];
}
