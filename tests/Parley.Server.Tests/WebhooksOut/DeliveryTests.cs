using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Parley.Server.WebhooksOut;
using Xunit;

namespace Parley.Server.Tests.WebhooksOut;

/// <summary>What arrives, when, how often, and what becomes of whoever does not answer.</summary>
public sealed class DeliveryTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_slow_and_a_dead_endpoint_delay_nobody()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var release = new TaskCompletionSource();
        stage.Receiver.Answer = (received, http) => received.Path switch
        {
            "/slow" => release.Task.WaitAsync(http.RequestAborted),
            "/dead" => Task.Run(() => http.Response.StatusCode = 500),
            _ => Task.CompletedTask,
        };
        for (var i = 0; i < 3; i++) await stage.HasEndpointAsync("/slow");
        var (dead, _) = await stage.HasEndpointAsync("/dead");
        var (quick, _) = await stage.HasEndpointAsync("/quick");
        for (var i = 0; i < 40; i++) await stage.HappensAsync();
        await stage.Receiver.HasAsync(40, "/quick");
        Assert.Equal(40, stage.Receiver.All.Where(one => one.Path == "/quick").Select(one => one.Id).Distinct().Count());
        Assert.True(stage.Receiver.All.Count(one => one.Path == "/slow") <= 3 * 8, "a slow one is asked for more than it can hold");
        await stage.EndpointAsync(dead, one => one["blocked_until"] is not null && (int)one["waiting"]! > 30, "the dead one is left alone");
        Assert.Null((await stage.EndpointAsync(quick))["failing_since"]);
        release.SetResult();
    }

    [Fact]
    public async Task What_failed_comes_again_with_the_same_id_after_growing_pauses_and_is_given_up_after_the_last()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync("/hook", "label.updated");
        await stage.HasEndpointAsync("/other", "template.updated");
        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 500; return http.Response.WriteAsync("out of order"); };
        await stage.HappensAsync();
        // Each time a little earlier than it is due: nothing; then it comes.
        TimeSpan[] pauses = [TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20)];
        for (var i = 0; i < pauses.Length; i++)
        {
            await stage.Receiver.HasAsync(i + 1);
            var line = await Eventually.Async(async () => Assert.Single(await stage.DeliveriesAsync(id)), one => (int)one["attempts"]! == i + 1, $"try {i + 1} is written down");
            Assert.Equal(("pending", 500, "It answered 500.", "out of order"), ((string)line["status"]!, (int)line["status_code"]!, (string)line["error"]!, (string)line["excerpt"]!));
            Assert.InRange((DateTimeOffset)line["next_at"]! - (DateTimeOffset)line["attempted_at"]!, pauses[i], pauses[i] * 1.1);
            stage.Skip(pauses[i] * 1.11);
        }
        await stage.Receiver.HasAsync(9);
        Assert.Single(stage.Receiver.All.Select(one => one.Id).Distinct());
        Assert.True(stage.Receiver.All.Select(one => one.Timestamp).Distinct().Count() == 9, "each try is signed for its own time");
        await stage.EndpointAsync(id, one => (string)one["status"]! == "active" && one["failing_since"] is not null, "it is failing, and not switched off before its time");
        stage.Skip(TimeSpan.FromHours(27));
        await stage.Receiver.HasAsync(10);
        var last = await Eventually.Async(async () => (await stage.DeliveriesAsync(id, "&status=failed")).FirstOrDefault(), one => one is not null, "it is given up");
        Assert.Equal((10, null), ((int)last!["attempts"]!, (string?)last["next_at"]));
    }

    [Fact]
    public async Task Whoever_answers_nothing_for_three_days_is_switched_off_and_the_admins_are_told()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var admin = await SignedInAsync(stage);
        var (id, _) = await stage.HasEndpointAsync();
        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 503; return Task.CompletedTask; };
        await stage.HappensAsync();
        await stage.EndpointAsync(id, one => one["failing_since"] is not null, "it fails");
        stage.Skip(TimeSpan.FromHours(71));
        await stage.Receiver.HasAsync(2);
        await stage.EndpointAsync(id, one => (string)one["status"]! == "active", "it is still tried");
        stage.Skip(TimeSpan.FromHours(2));
        await stage.HappensAsync();
        var off = await stage.EndpointAsync(id, one => (string)one["status"]! == "disabled", "it is switched off");
        Assert.Equal("Nothing could be delivered there for three days. The last time: It answered 503.", (string)off["disabled_reason"]!);

        var told = Assert.Single((await admin.GetJsonAsync("/api/notifications"))["items"]!.AsArray())!;
        Assert.Equal("webhook_disabled", (string)told["kind"]!);
        Assert.Contains("Nothing is sent to 127.0.0.1:", (string)told["preview"]!);
        Assert.DoesNotContain("/hook", (string)told["preview"]!);
        Assert.Contains((await stage.Tenant.Admin.GetJsonAsync("/api/audit"))["items"]!.AsArray(), line => (string)line!["action"]! == "webhook_endpoint.disabled" && (string)line["actor"]! == "system");
        var types = await stage.App.Get<TenantDatabase>().ListAsync<string>(stage.Tenant.Id, "select type from events where tenant_id = @tenant order by seq desc limit 2", null, default);
        Assert.Equal(["notification.created", "webhook_endpoint.updated"], types.Order());
    }

    [Fact]
    public async Task Whoever_answers_gone_is_switched_off_at_once_and_can_go_on_where_it_stopped()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync();
        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 410; return Task.CompletedTask; };
        await stage.HappensAsync();
        var off = await stage.EndpointAsync(id, one => (string)one["status"]! == "disabled", "it is switched off");
        Assert.Equal("It answered 410: whoever runs it wants no more.", (string)off["disabled_reason"]!);
        for (var i = 0; i < 3; i++) await stage.HappensAsync();
        await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/replay", new { }, 409);
        Assert.Single(stage.Receiver.All);

        stage.Receiver.Answer = (_, _) => Task.CompletedTask;
        await stage.PatchAsync(id, new { status = "active" });
        var all = await stage.Receiver.HasAsync(5);
        Assert.Equal(all[0].Id, all[1].Id);
        Assert.Equal(4, all.Skip(1).Select(one => (long)one.Json["data"]!["seq"]!).Distinct().Count());
        var on = await stage.EndpointAsync(id, one => one["last_success_at"] is not null, "it works again");
        Assert.Equal((null, null), ((string?)on["disabled_reason"], (string?)on["failing_since"]));
    }

    [Fact]
    public async Task One_that_was_switched_off_can_go_on_from_now()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync();
        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 410; return Task.CompletedTask; };
        await stage.HappensAsync();
        await stage.EndpointAsync(id, one => (string)one["status"]! == "disabled", "it is switched off");
        for (var i = 0; i < 3; i++) await stage.HappensAsync();
        stage.Receiver.Answer = (_, _) => Task.CompletedTask;
        await stage.PatchAsync(id, new { status = "active", resume = "now" });
        await stage.Tenant.Admin.PostJsonAsync("/api/templates", new { name = "Hello there", content = new { body = "Hello" } }, 201);
        Assert.Equal(["label.updated", "template.updated"], (await stage.Receiver.HasAsync(2)).Select(one => one.Type));
        Assert.Equal(["delivered", "skipped"], (await Eventually.Async(() => stage.DeliveriesAsync(id), all => all.All(one => (string)one["status"]! != "pending"), "all is said")).Select(one => (string)one["status"]!));
    }

    [Fact]
    public async Task One_or_a_stretch_of_time_is_sent_again_with_the_ids_that_it_had()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync();
        for (var i = 1; i <= 3; i++)
        {
            await stage.HappensAsync();
            await stage.Receiver.HasAsync(i);
        }
        var lines = await Eventually.Async(() => stage.DeliveriesAsync(id, "&status=delivered"), all => all.Length == 3, "they are written down");

        await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-deliveries/{lines[2]["id"]}/replay", null, 202);
        Assert.Equal($"msg_{(Guid)lines[2]["id"]!:N}", (await stage.Receiver.HasAsync(4))[3].Id);
        await Eventually.Async(() => stage.DeliveriesAsync(id, "&status=delivered"), all => all.Length == 3, "it is written down");

        Assert.Equal(0, (int)(await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/replay", new { }, 202))["count"]!);   // nothing failed
        var since = ((DateTimeOffset)lines[1]["created_at"]!).UtcDateTime;
        var again = await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/replay", new { since, status = "all" }, 202);
        Assert.Equal((2, false), ((int)again["count"]!, (bool)again["has_more"]!));
        Assert.Equal(lines.Take(2).Select(line => $"msg_{(Guid)line["id"]!:N}").Order(), (await stage.Receiver.HasAsync(6)).Skip(4).Select(one => one.Id).Order());
        await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/replay", new { since, until = since, status = "all" }, 400);
    }

    [Fact]
    public async Task What_a_dead_endpoint_cannot_take_waits_in_the_feed_and_arrives_whole_when_it_is_back()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync();
        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 500; return Task.CompletedTask; };
        const int many = 5000;
        var database = stage.App.Get<TenantDatabase>();
        await database.ExecuteAsync(stage.Tenant.Id, """
            with head as (update feed_heads set seq = seq + @many where tenant_id = @tenant returning seq)
            insert into events (tenant_id, seq, type, created_at) select @tenant, head.seq - @many + n, 'label.updated', @now from head, generate_series(1, @many) n
            """, new { many, now = stage.Clock.GetUtcNow() }, default);
        await stage.EndpointAsync(id, one => (int)one["waiting"]! >= EndpointStore.MostWaiting, "there is no room for more");
        Assert.InRange(await database.FindAsync<long>(stage.Tenant.Id, "select count(*) from webhook_deliveries where tenant_id = @tenant", null, default), EndpointStore.MostWaiting, EndpointStore.MostWaiting + 500);

        stage.Receiver.Answer = (_, _) => Task.CompletedTask;
        await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/test", null, 200);
        var arrived = 0;
        stage.Receiver.Answer = (_, _) => { Interlocked.Increment(ref arrived); return Task.CompletedTask; };
        await Eventually.Async(() => Task.FromResult(Volatile.Read(ref arrived)), seen => seen > many - 50, "nearly all arrive", 120);
        stage.Skip(TimeSpan.FromMinutes(6));   // those that failed before it was left alone come a little later
        var seqs = await Eventually.Async(() => Task.FromResult(SeqsThatCame()), seen => seen.Count == many, "all arrive", 30);
        await Eventually.Async(() => stage.DeliveriesAsync(id, "&status=pending"), waiting => waiting.Length == 0, "all is said", 30);
        Assert.Equal(many, seqs.Max() - seqs.Min() + 1);

        List<long> SeqsThatCame() => [.. stage.Receiver.All.Where(one => one.Type != "ping").Select(one => (long)one.Json["data"]!["seq"]!).Distinct()];
    }

    [Fact]
    public async Task What_was_sent_when_the_node_died_is_sent_again_with_the_same_id_by_the_next()
    {
        await using var receiver = await Receiver.StartAsync();
        var database = await fixture.CloneDatabaseAsync();
        await using var web = await TestApp.StartAsync(database, Hosting.Role.Web, settings: WebhookStage.Allowed);
        var tenant = await web.NewTenantAsync();
        await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = receiver.Url() }, 201);
        var arrived = new TaskCompletionSource();
        receiver.Answer = async (_, http) => { arrived.TrySetResult(); await Task.Delay(Timeout.Infinite, http.RequestAborted); };
        var settings = new Dictionary<string, string> { ["PARLEY_EGRESS_ALLOW"] = "127.0.0.1" };
        await using (var first = await ServerProcess.StartAsync(database, settings: settings))
        {
            await tenant.Admin.PostJsonAsync("/api/labels", new { name = "One" }, 201);
            await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
            first.Kill();
        }
        receiver.Answer = (_, _) => Task.CompletedTask;
        await using var second = await ServerProcess.StartAsync(database, settings: settings);
        var all = await receiver.HasAsync(2, seconds: 60);   // the lease of the dead one ends after half a minute
        Assert.Equal((all[0].Id, all[0].Text), (all[1].Id, all[1].Text));
    }

    [Fact]
    public async Task Two_nodes_bring_everything_and_nothing_twice()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        await using var other = await TestApp.StartAsync(stage.Database, settings: WebhookStage.Allowed, time: stage.Clock);
        for (var i = 0; i < 4; i++) await stage.HasEndpointAsync($"/{i}");
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => stage.HappensAsync()));
        for (var i = 0; i < 4; i++)
        {
            var came = await stage.Receiver.HasAsync(60, $"/{i}", 40);
            Assert.Equal(60, came.Select(one => (long)one.Json["data"]!["seq"]!).Distinct().Count());
        }
        await Eventually.Async(() => stage.App.Get<TenantDatabase>().FindAsync<int>(stage.Tenant.Id, "select count(*)::int from webhook_deliveries where tenant_id = @tenant and status = 'pending'", null, default), left => left == 0, "all is written down");
        Assert.Equal(240, stage.Receiver.All.Count);
    }

    [Fact]
    public async Task The_log_is_kept_for_a_month_and_what_still_waits_for_longer()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync();
        await stage.HappensAsync();
        await Eventually.Async(() => stage.DeliveriesAsync(id, "&status=delivered"), all => all.Length == 1, "one arrives");
        await stage.PatchAsync(id, new { status = "disabled" });
        var database = stage.App.Get<TenantDatabase>();
        await database.ExecuteAsync(stage.Tenant.Id, """
            insert into webhook_deliveries (tenant_id, id, endpoint_id, seq, event_type, payload, status, next_at, created_at)
            values (@tenant, @delivery, @id, 1, 'label.updated', '{}', 'pending', @now, @now)
            """, new { id, delivery = Ids.New(stage.Clock.GetUtcNow()), now = stage.Clock.GetUtcNow() }, default);
        var housekeeping = stage.App.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Housekeeping>().Single();
        stage.Clock.Skip(TimeSpan.FromDays(29));
        await housekeeping.RunOnceAsync(default);
        Assert.Equal(2, (await stage.DeliveriesAsync(id)).Length);
        stage.Clock.Skip(TimeSpan.FromDays(2));
        await housekeeping.RunOnceAsync(default);
        Assert.Equal("pending", (string)Assert.Single(await stage.DeliveriesAsync(id))["status"]!);
    }

    // An admin with a browser: keys have no bell.
    static async Task<HttpClient> SignedInAsync(WebhookStage stage)
    {
        var email = $"{Guid.CreateVersion7():N}@example.com";
        var id = (Guid)(await stage.Tenant.Admin.PostJsonAsync("/api/users", new { email, name = "Ana", role = "admin" }, 201))["id"]!;
        var (token, _) = await stage.App.Get<Platform.Auth.SessionStore>().CreateAsync(stage.Tenant.Id, id, "127.0.0.1", "a test", default);
        Planted.Add(token);
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = stage.App.Address };
        client.DefaultRequestHeaders.Add("Cookie", $"{Platform.Auth.Credentials.Cookie}={token}");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return client;
    }
}
