using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>Having Unipile post to us, played beside: the secret is ours, and may be changed while events come in.</summary>
public sealed class RegistrationTests(ParleyFixture fixture)
{
    [Fact]
    public async Task One_registration_serves_all_accounts_of_a_workspace_and_asking_for_another_of_them_renews_it()
    {
        var (app, tenant, accounts) = await ConnectedAsync("one", "two");
        await using var _ = app;
        Assert.Equal("none", (string)(await tenant.Viewer.GetJsonAsync($"/api/integrations/{accounts[1]}/webhook"))["state"]!);

        var first = await tenant.Admin.PostJsonAsync($"/api/integrations/{accounts[1]}/webhook", null, 200);
        Assert.Equal(("registered", accounts[1].ToString(), 2), ((string)first["state"]!, (string)first["integration_id"]!, first["serves"]!.AsArray().Count));
        Assert.DoesNotContain("secret\":", first.ToJsonString().Replace("previous_secret_until\":", ""));
        Assert.Equal(2, (await HooksAsync(app)).Count);   // messages, and the state of accounts
        var secret = Secret(await HooksAsync(app));

        foreach (var account in new[] { "one", "two" }) await SayAsync(app, account, $"hello to the account {account}");
        await CountAsync(app, tenant, 2);

        var second = await tenant.Admin.PostJsonAsync($"/api/integrations/{accounts[0]}/webhook", null, 200);
        Assert.Equal(accounts[1].ToString(), (string)second["integration_id"]!);
        Assert.Equal(accounts[1].ToString(), (string)(await tenant.Viewer.GetJsonAsync($"/api/integrations/{accounts[0]}/webhook"))["integration_id"]!);
        var hooks = await HooksAsync(app);
        Assert.Equal(2, hooks.Count);
        Assert.NotEqual(secret, Secret(hooks));
        await SayAsync(app, "one", "hello after the secret was renewed");
        await CountAsync(app, tenant, 3);
        Assert.Equal(HttpStatusCode.OK, (await app.Emulator.PostAsJsonAsync("/unipile/accounts/two/state", new { status = "CREDENTIALS" })).StatusCode);
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/integrations/{accounts[1]}"), seen => (string)seen["health"]! == "failing", "the account's state is heard");
    }

    [Fact]
    public async Task While_the_secret_changes_no_event_is_lost_and_the_one_before_is_taken_for_a_day()
    {
        var (app, tenant, accounts) = await ConnectedAsync("one");
        await using var _ = app;
        var register = $"/api/integrations/{accounts[0]}/webhook";
        await tenant.Admin.PostJsonAsync(register, null, 200);
        var before = Secret(await HooksAsync(app));
        Planted.Add(before);

        // Said while the secret is changed, three times over, with retries off: each must be taken at the first attempt.
        await app.Emulator.PostAsJsonAsync("/faults", new { provider = "unipile", retry_pauses_ms = Array.Empty<int>() });
        var saying = Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++) await SayAsync(app, "one", $"words number {i} of many");
        });
        var renewed = await tenant.Admin.PostJsonAsync(register, null, 200);
        await saying;
        await CountAsync(app, tenant, 40);

        var until = (DateTimeOffset)renewed["previous_secret_until"]!;
        Assert.InRange(until, TimeProvider.System.GetUtcNow().AddHours(23), TimeProvider.System.GetUtcNow().AddHours(25));
        var url = (string)renewed["address"]!;
        Assert.Equal(HttpStatusCode.OK, await PostAsync(app, url, before));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(app, url, before + "x"));
        Assert.Equal(["previous_webhook_secret", "webhook_secret"], await SecretsAsync(tenant, accounts[0]));

        // A day later.
        var database = app.Get<TenantDatabase>();
        await database.ExecuteAsync(tenant.Id, "update webhook_registrations set previous_until = @now where tenant_id = @tenant", new { now = TimeProvider.System.GetUtcNow() }, default);
        await database.ExecuteAsync(tenant.Id, "update scheduled_jobs set scheduled_at = @now where tenant_id = @tenant and type = 'webhook.retire'", new { now = TimeProvider.System.GetUtcNow() }, default);
        await Eventually.Async(() => SecretsAsync(tenant, accounts[0]), names => names is ["webhook_secret"], "the secret before is gone");
        await Eventually.Async(() => PostAsync(app, url, before), status => status == HttpStatusCode.Forbidden, "it is not taken any more");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(app, url, Secret(await HooksAsync(app))));
    }

    [Fact]
    public async Task An_attempt_that_was_cut_off_is_tidied_up_by_the_next_and_keeps_its_secret()
    {
        var (app, tenant, accounts) = await ConnectedAsync("one");
        await using var _ = app;
        var register = $"/api/integrations/{accounts[0]}/webhook";
        await tenant.Admin.PostJsonAsync(register, null, 200);
        var first = Secret(await HooksAsync(app));

        // The provider makes the first of two, and refuses the second: nothing of the new stands, the old does.
        await app.Emulator.PostAsJsonAsync("/faults", new { provider = "unipile", rules = new[] { new { route = "POST /webhooks", kind = "provider_error", skip = 1, next = 1 } } });
        var problem = await tenant.Admin.PostJsonAsync(register, null, 502);
        Assert.Equal("provider_unavailable", (string)problem["code"]!);
        Assert.Equal(first, Secret(await HooksAsync(app)));
        var pending = await tenant.Viewer.GetJsonAsync(register);
        Assert.Equal(("pending", true), ((string)pending["state"]!, pending["error"] is not null));
        await SayAsync(app, "one", "still heard with the old secret");
        await CountAsync(app, tenant, 1);

        // The answer is lost, although both are made: nobody noted them.
        await app.Emulator.PostAsJsonAsync("/faults", new { provider = "unipile", rules = new[] { new { route = "POST /webhooks", kind = "lose_answer", skip = 1, next = 1 } } });
        await tenant.Admin.PostJsonAsync(register, null, 502);
        Assert.Equal(3, (await HooksAsync(app)).Count);
        await SayAsync(app, "one", "heard by both at the same time");
        await CountAsync(app, tenant, 2);

        // Worse: it died in the middle, and holds on to it.
        var database = app.Get<TenantDatabase>();
        await database.ExecuteAsync(tenant.Id, "update webhook_registrations set claimed_until = @later where tenant_id = @tenant", new { later = TimeProvider.System.GetUtcNow().AddMinutes(1) }, default);
        await tenant.Admin.PostJsonAsync(register, null, 409);
        await database.ExecuteAsync(tenant.Id, "update webhook_registrations set claimed_until = @past where tenant_id = @tenant", new { past = TimeProvider.System.GetUtcNow().AddSeconds(-1) }, default);
        Assert.Equal("registered", (string)(await tenant.Admin.PostJsonAsync(register, null, 200))["state"]!);
        Assert.Equal(2, (await HooksAsync(app)).Count);
        // Whoever still delivers with the secret that was good before all this is heard.
        Assert.Equal(HttpStatusCode.OK, await PostAsync(app, (string)(await tenant.Viewer.GetJsonAsync(register))["address"]!, first));
    }

    [Fact]
    public async Task A_key_repeats_the_answer_and_not_the_change_and_two_at_once_leave_one_registration()
    {
        var (app, tenant, accounts) = await ConnectedAsync("one", "two");
        await using var _ = app;
        var register = $"/api/integrations/{accounts[0]}/webhook";
        var answer = await tenant.Admin.PostJsonAsync(register, null, 200, key: "once");
        var secret = Secret(await HooksAsync(app));
        Assert.True(JsonNode.DeepEquals(answer, await tenant.Admin.PostJsonAsync(register, null, 200, key: "once")));
        Assert.Equal(secret, Secret(await HooksAsync(app)));

        var both = await Task.WhenAll(accounts.Select(id => tenant.Admin.PostAsync($"/api/integrations/{id}/webhook", null)));
        Assert.All(both, one => Assert.True(one.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict, one.StatusCode.ToString()));
        Assert.Contains(both, one => one.IsSuccessStatusCode);
        Assert.Equal(2, (await HooksAsync(app)).Count);
        Assert.Equal(1, (await app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from webhook_registrations", null, default))[0]);

        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Admin.DeleteAsync(register)).StatusCode);
        Assert.Empty(await HooksAsync(app));
        Assert.Equal("none", (string)(await tenant.Viewer.GetJsonAsync(register))["state"]!);
    }

    [Fact]
    public async Task Who_may_not_a_foreign_integration_and_a_provider_without_it_are_refused()
    {
        var (app, tenant, accounts) = await ConnectedAsync("one");
        await using var _ = app;
        var register = $"/api/integrations/{accounts[0]}/webhook";
        await tenant.Editor.PostJsonAsync(register, null, 403);
        var other = await app.NewTenantAsync();
        await other.Admin.PostJsonAsync(register, null, 404);
        await other.Viewer.GetJsonAsync(register, 404);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Admin.DeleteAsync(register)).StatusCode);
        var number = await tenant.HasWhatsAppAsync();
        await tenant.Admin.PostJsonAsync($"/api/integrations/{number.Id}/webhook", null, 409);
        await tenant.Admin.PostJsonAsync(register, null, 400, key: "spaces are no part of a key");
        await app.Emulator.PostAsJsonAsync("/faults", new { provider = "unipile", api_key = "another" });
        Assert.Equal("account_invalid", (string)(await tenant.Admin.PostJsonAsync(register, null, 502))["code"]!);
    }

    async Task<(TestApp App, TestTenant Tenant, Guid[] Accounts)> ConnectedAsync(params string[] accounts)
    {
        var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var ids = new List<Guid>();
        foreach (var account in accounts)
        {
            await app.Emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = account, type = "INSTAGRAM", chats = 0, messages = 0 });
            ids.Add((Guid)(await tenant.Admin.PostJsonAsync("/api/integrations", new
            {
                provider = "unipile", channel = "instagram", name = account, external_id = account, config = new { dsn = new Uri(app.Emulator.BaseAddress!, "/unipile").ToString() }, credentials = new { api_key = "the-key-of-a-workspace" },
            }, 201))["id"]!);
        }
        return (app, tenant, [.. ids]);
    }

    static async Task SayAsync(TestApp app, string account, string text)
    {
        Planted.Add(text);
        (await app.Emulator.PostAsJsonAsync("/say", new { provider = "unipile", to = account, from = "100200300", name = "Nora", text })).EnsureSuccessStatusCode();
    }

    static Task CountAsync(TestApp app, TestTenant tenant, long messages) => Eventually.Async(
        () => app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from messages", null, default), rows => rows[0] == messages, $"{messages} messages are here");

    /// <summary>What the provider has registered, its secrets in clear, as the real one shows them.</summary>
    static async Task<JsonArray> HooksAsync(TestApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/unipile/api/v1/webhooks") { Headers = { { "X-API-KEY", "the-key-of-a-workspace" } } };
        return (await (await app.Emulator.SendAsync(request)).JsonAsync())["items"]!.AsArray();
    }

    static string Secret(JsonArray hooks) => Assert.Single(hooks.SelectMany(hook => hook!["headers"]!.AsArray()).Where(header => (string)header!["key"]! == "Unipile-Auth").Select(header => (string)header!["value"]!).Distinct());

    static async Task<HttpStatusCode> PostAsync(TestApp app, string url, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent("{}"), Headers = { { "Unipile-Auth", secret } } };
        return (await app.Http.SendAsync(request)).StatusCode;
    }

    static async Task<string[]> SecretsAsync(TestTenant tenant, Guid integration) =>
        [.. (await tenant.Viewer.GetJsonAsync($"/api/integrations/{integration}"))["credentials_set"]!.AsArray().Select(name => (string)name!).Where(name => name.Contains("secret"))];
}
