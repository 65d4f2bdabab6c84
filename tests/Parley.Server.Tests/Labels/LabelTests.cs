using System.Net;
using System.Net.Http.Json;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Labels;

public sealed class LabelTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Labels_are_put_on_conversations_and_contacts_and_narrow_the_list_page_by_page()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        for (var i = 0; i < 5; i++) await number.SayAsync($"+551198765432{i}", $"hello {i}", $"Person {i}");
        var all = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray();
        var label = await tenant.Editor.PostJsonAsync("/api/labels", new { name = "urgent", colour = "red" }, 201, key: "a");
        await tenant.Editor.PostJsonAsync("/api/labels", new { name = "urgent" }, 409);
        Assert.NotNull((await tenant.Editor.PostJsonAsync("/api/labels", new { name = "x", colour = "plaid" }, 400))["errors"]!["colour"]);
        await tenant.Viewer.PostJsonAsync("/api/labels", new { name = "mine" }, 403);

        foreach (var one in all.Take(3)) Assert.Equal(HttpStatusCode.NoContent, (await tenant.Editor.PutAsync($"/api/conversations/{one!["id"]}/labels/{label["id"]}", null)).StatusCode);
        var lines = await LinesAsync(tenant);
        await tenant.Editor.PutAsync($"/api/conversations/{all[0]!["id"]}/labels/{label["id"]}", null);   // twice is once, and tells nobody
        Assert.Equal(lines, await LinesAsync(tenant));

        var (seen, cursor) = (new List<string>(), "");
        do
        {
            var page = await tenant.Viewer.GetJsonAsync($"/api/conversations?label_id={label["id"]}&limit=2{cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(one => (string)one!["id"]!));
            Assert.All(page["items"]!.AsArray(), one => Assert.Equal((string)label["id"]!, (string)one!["labels"]!.AsArray().Single()!));
            cursor = (string?)page["next_cursor"] is { } next ? $"&cursor={next}" : null;
        }
        while (cursor is not null);
        Assert.Equal(all.Take(3).Select(one => (string)one!["id"]!), seen);

        var contact = all[0]!["contact_id"];
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Editor.PutAsync($"/api/contacts/{contact}/labels/{label["id"]}", null)).StatusCode);
        Assert.Equal("urgent", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{contact}/labels"))[0]!["name"]);
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Editor.DeleteAsync($"/api/labels/{label["id"]}")).StatusCode);
        Assert.Empty((await tenant.Viewer.GetJsonAsync($"/api/contacts/{contact}/labels")).AsArray());
        Assert.Empty((await tenant.Viewer.GetJsonAsync($"/api/conversations/{all[0]!["id"]}"))["labels"]!.AsArray());
    }

    [Fact]
    public async Task A_label_of_another_organisation_is_nobodys_here()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        var number = await mine.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "hello");
        var conversation = (await mine.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        var label = await theirs.Editor.PostJsonAsync("/api/labels", new { name = "theirs" }, 201);
        Assert.Equal(HttpStatusCode.NotFound, (await mine.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{label["id"]}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await theirs.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{label["id"]}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await mine.Editor.PatchAsJsonAsync($"/api/labels/{label["id"]}", new { name = "stolen" })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await mine.Editor.DeleteAsync($"/api/labels/{label["id"]}")).StatusCode);
        Assert.Empty((await mine.Viewer.GetJsonAsync("/api/labels"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_snooze_that_is_over_brings_the_conversation_back_open_and_unread_and_tells_it_once()
    {
        var clock = new SkippingClock();
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), time: clock);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "call me on Monday");
        var id = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"];
        await tenant.Editor.PutAsync($"/api/conversations/{id}/read", null);
        // What is done with may be put aside too, to think of it again; what is closed after it was put aside is done with.
        await number.SayAsync("+5511987654322", "never mind");
        var done = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Select(one => one!["id"]!.ToString()).Single(one => one != id!.ToString());
        await (await tenant.Editor.PutAsJsonAsync($"/api/conversations/{done}/snooze", new { until = clock.GetUtcNow().AddHours(3) })).JsonAsync();
        await tenant.Editor.PutAsync($"/api/conversations/{id}/closure", null);
        Assert.Null((await (await tenant.Editor.PutAsync($"/api/conversations/{done}/closure", null)).JsonAsync())["snoozed_until"]);
        await (await tenant.Editor.PutAsJsonAsync($"/api/conversations/{id}/snooze", new { until = clock.GetUtcNow().AddHours(3) })).JsonAsync();
        clock.Skip(TimeSpan.FromHours(2));
        Assert.True((bool)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["is_read"]!);
        clock.Skip(TimeSpan.FromHours(1));
        var back = await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"), one => !(bool)one["is_read"]!, "it is back");
        Assert.Equal(("open", null, 1), ((string)back["status"]!, (string?)back["snoozed_until"], (int)back["unread_count"]!));
        Assert.Equal(1, await app.Get<TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from events where tenant_id = @tenant and type = 'conversation.woken'", null, default));
        Assert.Equal("closed", (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{done}"))["status"]);
        Assert.Equal(1, await app.Get<TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from closings where tenant_id = @tenant and reopened_at is not null", null, default));
        Assert.Contains((await tenant.Admin.GetJsonAsync("/api/audit"))["items"]!.AsArray(), line => (string?)line!["action"] == "conversation.woken" && (string?)line["actor"] == "system");
    }

    Task<long> LinesAsync(TestTenant tenant) => fixture.App.Get<TenantDatabase>().FindAsync<long>(tenant.Id, "select seq from feed_heads where tenant_id = @tenant", null, default);
}
