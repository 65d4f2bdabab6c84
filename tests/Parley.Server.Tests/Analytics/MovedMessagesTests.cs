using System.Text.Json.Nodes;
using Parley.Server.Analytics;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Analytics;

/// <summary>The reports stay right when messages move to another conversation, wait for their time, or go with their account.</summary>
public sealed class MovedMessagesTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Two_contacts_that_become_one_are_counted_and_timed_as_one()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.PostAsync(number.Body("""[{"from_user_id":"BR.13491208655302741918","id":"wamid.b1","timestamp":"1767225600","type":"text","text":{"body":"first"}}]""",
            contacts: """[{"profile":{"name":"Bia"},"user_id":"BR.13491208655302741918"}]"""));
        await number.PostAsync(number.Body("""[{"from":"5511911112222","id":"wamid.b2","timestamp":"1767225660","type":"text","text":{"body":"second"}}]""", contacts: "[]"));
        var conversations = await tenant.Viewer.GetJsonAsync("/api/conversations");
        Assert.Equal(2, conversations["items"]!.AsArray().Count);
        foreach (var conversation in conversations["items"]!.AsArray()) await (await tenant.Editor.PutAsync($"/api/conversations/{conversation!["id"]}/closure", null)).JsonAsync();
        await AnalyticsTests.AssertSameAsync(tenant);
        Assert.Equal((2, 2), await WaitingAndResolvedAsync(tenant));

        await number.PostAsync(number.Body("""[{"from":"5511911112222","from_user_id":"BR.13491208655302741918","id":"wamid.b3","timestamp":"1767225700","type":"text","text":{"body":"both"}}]""",
            contacts: """[{"profile":{"name":"Bia"},"wa_id":"5511911112222","user_id":"BR.13491208655302741918"}]"""));
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray());
        await AnalyticsTests.AssertSameAsync(tenant);
        Assert.Equal((1, 2), await WaitingAndResolvedAsync(tenant));
        Assert.Equal(0, await CountAsync(tenant, "closings x where not exists (select 1 from conversations c where c.tenant_id = @tenant and c.id = x.conversation_id) and tenant_id = @tenant"));
        Assert.Equal(0, await CountAsync(tenant, "response_times x where not exists (select 1 from conversations c where c.tenant_id = @tenant and c.id = x.conversation_id) and tenant_id = @tenant"));

        var stepwise = await AnalyticsTests.WaitsAsync(tenant);
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "delete from count_cursors where tenant_id = @tenant", null, default);
        await AnalyticsTests.AssertSameAsync(tenant);
        Assert.Equal(await AnalyticsTests.WaitsAsync(tenant), stepwise);
    }

    [Fact]
    public async Task A_message_for_later_is_counted_when_it_leaves_and_never_when_it_is_cancelled()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("5511900000021", "Tell me tomorrow");
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        var tomorrow = TimeProvider.System.GetUtcNow().AddHours(20).ToString("O");
        var leaves = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { content = "later", scheduled_at = tomorrow }, 202);
        var stays = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { content = "never", scheduled_at = tomorrow }, 202);
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        Assert.Equal((0, 1), await SentAndWaitingAsync());

        await tenant.Editor.PostJsonAsync($"/api/scheduled-messages/{leaves["id"]}/send", null, 202);
        await tenant.Editor.DeleteAsync($"/api/scheduled-messages/{stays["id"]}");
        await Eventually.Async(async () =>
        {
            await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
            return await SentAndWaitingAsync();
        }, counted => counted == (1, 0), "what left is counted and ends the waiting", 60);

        async Task<(long, long)> SentAndWaitingAsync() =>
            ((long)(await tenant.Viewer.GetJsonAsync($"/api/analytics/volume?to={TimeProvider.System.GetUtcNow().AddDays(2):yyyy-MM-dd}"))["sent"]!, (long)(await tenant.Viewer.GetJsonAsync("/api/analytics/responses"))["waiting"]!);
    }

    [Fact]
    public async Task The_reports_forget_an_account_that_is_removed_and_no_other()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var (goes, stays) = (await tenant.HasWhatsAppAsync(), await tenant.HasWhatsAppAsync());
        await goes.SayAsync("5511900000031", "here");
        await stays.SayAsync("5511900000031", "there");
        foreach (var conversation in (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray()) await (await tenant.Editor.PutAsync($"/api/conversations/{conversation!["id"]}/closure", null)).JsonAsync();
        await AnalyticsTests.AssertSameAsync(tenant);
        Assert.Equal((2, 2), await WaitingAndResolvedAsync(tenant));

        Assert.Contains((await tenant.Admin.GetJsonAsync($"/api/integrations/{goes.Id}/removal"))["words"]!.AsArray(), line => ((string)line!).Contains("the reports forget this account", StringComparison.Ordinal));
        await tenant.Admin.DeleteAsync($"/api/integrations/{goes.Id}?name=Support");
        await Eventually.Async(() => CountAsync(tenant, "integrations where tenant_id = @tenant"), left => left == 1, "its rows are gone", 60);
        await AnalyticsTests.AssertSameAsync(tenant);
        Assert.Equal((1, 1), await WaitingAndResolvedAsync(tenant));
    }

    static async Task<(long, long)> WaitingAndResolvedAsync(TestTenant tenant)
    {
        JsonNode responses = await tenant.Viewer.GetJsonAsync("/api/analytics/responses?from=2026-01-01");
        return ((long)responses["waiting"]!, (long)responses["resolution"]!["count"]!);
    }

    static Task<int> CountAsync(TestTenant tenant, string what) => tenant.App.Get<TenantDatabase>().FindAsync<int>(tenant.Id, $"select count(*)::int from {what}", null, default);
}
