using System.Net;
using System.Net.Http.Json;
using Parley.Server.Integrations;
using Parley.Server.Platform.Database;
using Parley.Server.Sending;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Accounts;

public sealed class IntegrationLifeTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_paused_account_takes_messages_and_what_is_queued_waits_until_it_is_resumed()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "hello");
        var conversation = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        // One sent before, so that a drain is at work when the account is paused.
        var before = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { content = "before" }, 202);
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{before["id"]}"), one => (string?)one["status"] == "read", "the first is read", 30);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "paused" })).JsonAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await tenant.Editor.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "active" })).StatusCode);
        var waits = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { content = "while paused" }, 202);
        await number.SayAsync("+5511987654321", "are you there?");
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}/messages"), page => page.ToJsonString().Contains("are you there?"), "it still takes messages");
        Assert.DoesNotContain(await app.Get<OutboxStore>().ListDueAsync(null, default), key => key.IntegrationId == number.Id);
        // The drain ends when there is nothing for it, and until then has claimed nothing.
        await Eventually.Async(() => app.Get<TenantDatabase>().FindAsync<bool>(tenant.Id, "select expires_at <= @now from sending_leases where tenant_id = @tenant", new { now = TimeProvider.System.GetUtcNow() }, default), over => over, "the drain has ended", 30);
        Assert.Equal("queued", (string?)(await tenant.Viewer.GetJsonAsync($"/api/messages/{waits["id"]}"))["status"]);
        Assert.Single(await app.LedgerAsync());

        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "active" })).JsonAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{waits["id"]}"), one => (string?)one["status"] == "read", "it leaves", 30);
    }

    [Fact]
    public async Task The_history_tells_each_change_of_health_once_and_does_not_grow_for_ever()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        var made = await tenant.Viewer.GetJsonAsync($"/api/integrations/{number.Id}");
        Assert.Equal((string)made["created_at"]!, (string)made["credentials_changed_at"]!);
        for (var i = 0; i < 2; i++) await tenant.Admin.PostJsonAsync($"/api/integrations/{number.Id}/test", null, 200);
        var changed = await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { credentials = new { access_token = "bad" } })).JsonAsync();
        Assert.NotEqual((string)made["credentials_changed_at"]!, (string)changed["credentials_changed_at"]!);
        await tenant.Admin.PostJsonAsync($"/api/integrations/{number.Id}/test", null, 200);
        var events = (await tenant.Viewer.GetJsonAsync($"/api/integrations/{number.Id}/health-events"))["items"]!.AsArray();
        Assert.Equal(["failing", "unknown", "ok"], events.Select(one => (string)one!["health"]!));
        Assert.NotNull(events[0]!["message"]);

        var store = fixture.App.Get<IntegrationStore>();
        for (var i = 0; i < 110; i++) await store.SetHealthAsync(tenant.Id, number.Id, i % 2 == 0 ? "ok" : "failing", "words", default);
        Assert.Equal(100, await fixture.App.Get<TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from integration_health_events where tenant_id = @tenant", null, default));
        var other = await fixture.App.NewTenantAsync();
        await other.Admin.GetJsonAsync($"/api/integrations/{number.Id}/health-events", 404);
        await other.Admin.GetJsonAsync($"/api/integrations/{number.Id}/removal", 404);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Admin.DeleteAsync($"/api/integrations/{number.Id}?name=Support")).StatusCode);
    }

    [Fact]
    public async Task Files_of_a_removed_account_go_unless_somebody_else_has_them()
    {
        var folder = Directory.CreateTempSubdirectory("parley-files-").FullName;
        var clock = new SkippingClock();
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), time: clock, settings: new() { ["PARLEY_DATA"] = folder });
        var tenant = await app.NewTenantAsync();
        var (goes, stays) = (await tenant.HasWhatsAppAsync(), await tenant.HasWhatsAppAsync());
        await goes.SayAsync("+5511987654321", "hello");
        await stays.SayAsync("+5511987654322", "hello");
        var conversations = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray();
        var (first, second) = (await UploadAsync("only here"), await UploadAsync("here and there"));
        foreach (var (number, file) in new[] { (goes, first), (goes, second), (stays, await UploadAsync("here and there")) })
        {
            var conversation = conversations.Single(one => (Guid)one!["integration_id"]! == number.Id)!["id"];
            await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "document", attachment_id = file["id"] }, 202);
        }
        Assert.Equal(2, (int)(await tenant.Admin.GetJsonAsync($"/api/integrations/{goes.Id}/removal"))["files"]!);
        // A campaign's file goes with the campaign.
        var carried = await UploadAsync("in a campaign");
        await tenant.Editor.PostJsonAsync("/api/campaigns", new { name = "Spring", integration_id = goes.Id, type = "document", attachment_id = carried["id"] }, 201);
        Assert.Equal(3, Files().Count);
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Admin.DeleteAsync($"/api/integrations/{goes.Id}?name=Support")).StatusCode);
        await Eventually.Async(() => Task.FromResult(Files()), files => files.Contains($"{first["sha256"]}.aside") && files.Contains($"{carried["sha256"]}.aside") && files.Contains((string)second["sha256"]!), "it is put aside", 30);
        clock.Skip(TimeSpan.FromHours(1.1));
        Assert.Equal([(string)second["sha256"]!], await Eventually.Async(() => Task.FromResult(Files()), files => files.Count == 1, "it is gone", 30));
        Directory.Delete(folder, recursive: true);

        List<string> Files() => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Where(name => name.Length >= 64).Order()];

        async Task<System.Text.Json.Nodes.JsonNode> UploadAsync(string text)
        {
            using var body = new StringContent(text, System.Text.Encoding.UTF8, "text/plain");
            return await (await tenant.Editor.PostAsync("/api/attachments?file_name=note.txt", body)).JsonAsync(201);
        }
    }

    [Fact]
    public async Task Removing_says_what_is_lost_wants_the_name_and_leaves_the_contacts()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        var stays = await tenant.HasWhatsAppAsync();
        for (var i = 0; i < 4; i++) await number.SayAsync($"+551198765432{i}", $"hello {i}", $"Person {i}");
        await stays.SayAsync("+5511987654321", "elsewhere");
        var conversation = (await tenant.Viewer.GetJsonAsync($"/api/conversations?integration_id={number.Id}"))["items"]![0]!;
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { content = "later", scheduled_at = "2999-01-01T00:00:00Z" }, 400);
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { content = "later", scheduled_at = TimeProvider.System.GetUtcNow().AddDays(1).ToString("O") }, 202);
        await tenant.Editor.PostJsonAsync("/api/campaigns", new { name = "Spring", integration_id = number.Id, message = "Hello", recipients = new[] { "+5511987654321" } }, 201);
        var label = await tenant.Editor.PostJsonAsync("/api/labels", new { name = "x" }, 201);
        await tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{label["id"]}", null);

        var loss = await tenant.Admin.GetJsonAsync($"/api/integrations/{number.Id}/removal");
        Assert.Equal((4, 4, 1), ((int)loss["conversations"]!, (int)loss["messages"]!, (int)loss["scheduled"]!));
        Assert.Contains("4 conversations.", loss["words"]!.AsArray().Select(line => (string)line!));
        Assert.Contains("1 campaign, with what became of it for each recipient.", loss["words"]!.AsArray().Select(line => (string)line!));
        Assert.Equal(HttpStatusCode.Forbidden, (await tenant.Editor.DeleteAsync($"/api/integrations/{number.Id}?name=Support")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await tenant.Admin.DeleteAsync($"/api/integrations/{number.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await tenant.Admin.DeleteAsync($"/api/integrations/{number.Id}?name=Other")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Admin.DeleteAsync($"/api/integrations/{number.Id}?name=Support")).StatusCode);
        await tenant.Viewer.GetJsonAsync($"/api/integrations/{number.Id}", 404);
        Assert.Equal(HttpStatusCode.NotFound, (await number.PostAsync(number.Body())).StatusCode);
        await Eventually.Async(() => app.Get<TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from integrations where tenant_id = @tenant", null, default), left => left == 1, "its rows are gone", 30);
        Assert.Equal(1, await app.Get<TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from messages where tenant_id = @tenant", null, default));
        Assert.Equal(4, (await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]!.AsArray().Count);
        Assert.Equal(stays.Id, (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Single()!["integration_id"]!);
    }
}
