using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Webhooks;

/// <summary>What is done with the journal as a whole.</summary>
public sealed class JournalTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Everything_that_failed_is_applied_again_by_one_request_and_in_order()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        // They speak of an account that is not connected yet.
        var missing = $"7{number.PhoneNumberId}";
        for (var i = 0; i < 3; i++) await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.bulk.{i}.{number.PhoneNumberId}", $"words {i} of many")}]").Replace(number.PhoneNumberId + "\"},\"contacts", missing + "\"},\"contacts"))).JsonAsync();
        var failed = (await tenant.Viewer.GetJsonAsync("/api/webhook-events?status=failed&kind=messages"))["items"]!.AsArray();
        Assert.Equal(3, failed.Count);
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/webhook-events?status=failed&kind=errors"))["items"]!.AsArray());

        await tenant.Admin.PostJsonAsync("/api/integrations", new
        {
            provider = "meta", channel = "whatsapp", name = "The other", external_id = missing, config = new { waba_id = "102290129340398", verify_token = "verify-me" },
            credentials = new { access_token = "token", app_secret = number.Secret },
        }, 201);
        var body = new { kind = "messages" };
        var first = await tenant.Editor.PostJsonAsync("/api/webhook-events/replay", body, 202, key: "all-of-them");
        Assert.Equal((3, false), ((int)first["count"]!, (bool)first["has_more"]!));
        Assert.Equal(3, (int)(await tenant.Editor.PostJsonAsync("/api/webhook-events/replay", body, 202, key: "all-of-them"))["count"]!);
        await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/webhook-events"))["items"]!.AsArray().Select(one => $"{one!["status"]} {one["attempts"]} {one["error"]}").Aggregate("", (all, one) => $"{all}{one};"), all => all == "processed 2 ;processed 2 ;processed 2 ;", "they are applied");
        var conversation = Assert.Single((await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray())!["id"];
        Assert.Equal(["words 2 of many", "words 1 of many", "words 0 of many"], (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray().Select(message => (string)message!["content"]!));

        // Again, all of them: nothing is there twice.
        Assert.Equal(3, (int)(await tenant.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed" }, 202))["count"]!);
        await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/webhook-events?status=processed"))["items"]!.AsArray(), all => all.Count == 3 && all.All(one => (int)one!["attempts"]! == 3), "they are applied again");
        Assert.Equal(3, (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray().Count);
        Assert.Equal(2, (await tenant.Admin.GetJsonAsync("/api/audit?action=webhook_event.bulk_replayed"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_applied_again_and_only_by_those_who_may()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        var number = await mine.HasWhatsAppAsync();
        await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.range.{number.PhoneNumberId}", "one that was applied")}]"))).JsonAsync();
        var at = ((DateTimeOffset)(await mine.Viewer.GetJsonAsync("/api/webhook-events"))["items"]![0]!["created_at"]!).UtcDateTime;
        Assert.Equal(0, (int)(await theirs.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed" }, 202))["count"]!);
        Assert.Equal(0, (int)(await theirs.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed", integration_id = number.Id }, 202))["count"]!);
        Assert.Equal(0, (int)(await mine.Editor.PostJsonAsync("/api/webhook-events/replay", new { }, 202))["count"]!);
        Assert.Equal(0, (int)(await mine.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed", until = at }, 202))["count"]!);
        Assert.Equal(0, (int)(await mine.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed", since = at.AddSeconds(1) }, 202))["count"]!);
        Assert.Equal(1, (int)(await mine.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed", since = at, until = at.AddSeconds(1), integration_id = number.Id }, 202))["count"]!);
        await mine.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "lost" }, 400);
        await mine.Editor.PostJsonAsync("/api/webhook-events/replay", new { since = at, until = at }, 400);
        await mine.Viewer.PostJsonAsync("/api/webhook-events/replay", new { }, 403);
    }

    [Fact]
    public async Task Old_webhooks_go_where_it_is_wanted_but_never_one_that_was_not_applied()
    {
        var clock = new SkippingClock();
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), settings: new() { ["PARLEY_JOURNAL_DAYS"] = "30" }, time: clock);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.old", "an old one")}]"))).JsonAsync();
        await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.lost", "one for nobody")}]").Replace(number.PhoneNumberId, "1"))).JsonAsync();
        var housekeeping = app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Housekeeping>().Single();
        clock.Skip(TimeSpan.FromDays(29));
        await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.young", "a young one")}]"))).JsonAsync();
        await housekeeping.RunOnceAsync(default);
        Assert.Equal(3, await CountAsync());
        clock.Skip(TimeSpan.FromDays(2));
        await housekeeping.RunOnceAsync(default);
        Assert.Equal(["processed", "failed"], (await tenant.Viewer.GetJsonAsync("/api/webhook-events"))["items"]!.AsArray().Select(one => (string)one!["status"]!));

        // What is set to keep everything keeps everything.
        await using var keeping = await TestApp.StartAsync(app.ConnectionString, time: clock);
        clock.Skip(TimeSpan.FromDays(1000));
        await keeping.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Housekeeping>().Single().RunOnceAsync(default);
        Assert.Equal(2, await CountAsync());

        Task<int> CountAsync() => app.Get<TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from webhook_events where tenant_id = @tenant", null, default);
    }

    [Fact]
    public async Task One_that_was_marked_when_the_node_died_is_applied_by_the_next()
    {
        var database = await fixture.CloneDatabaseAsync();
        Guid id;
        TestTenant tenant;
        await using (var web = await TestApp.StartAsync(database, Hosting.Role.Web))
        {
            tenant = await web.NewTenantAsync();
            var number = await tenant.HasWhatsAppAsync();
            await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.marked", "a marked one")}]"))).JsonAsync();
            await tenant.Editor.PostJsonAsync("/api/webhook-events/replay", new { status = "processed" }, 202);
            id = (Guid)Assert.Single((await tenant.Viewer.GetJsonAsync("/api/webhook-events?status=unprocessed"))["items"]!.AsArray())!["id"]!;
        }
        await using var worker = await TestApp.StartAsync(database);
        await Eventually.Async(() => worker.Get<TenantDatabase>().FindAsync<string>(tenant.Id, "select status from webhook_events where tenant_id = @tenant and id = @id", new { id }, default), status => status == "processed", "it is applied");
    }
}
