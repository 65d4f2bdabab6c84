using System.Net.Http.Json;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Audit;

/// <summary>Whatever somebody changes leaves a line: asked of every address that changes something.</summary>
public sealed class CoverageTests(ParleyFixture fixture)
{
    /// <summary>What leaves none, and why.</summary>
    static readonly Dictionary<string, string> Silent = new()
    {
        ["POST /api/conversations/{id:guid}/messages"] = "a message is its own record, with its author",
        ["POST /api/messages"] = "a message is its own record, with its author",
        ["POST /api/attachments"] = "a file is nothing before a message has it; it keeps its author",
        ["POST /api/attachments/{id:guid}/fetch"] = "fetching again changes nothing that people decided",
        ["PUT /api/conversations/{id:guid}/read"] = "a line for each opened conversation would bury the rest",
        ["DELETE /api/conversations/{id:guid}/read"] = "as reading",
        ["POST /api/chats/{id}/mark-read"] = "as reading",
        ["PUT /api/notifications/{id:guid}/read"] = "as reading",
        ["PUT /api/notifications/read"] = "as reading",
        ["PUT /api/presence/{page:guid}"] = "who looks where passes, and is not kept",
        ["DELETE /api/presence/{page:guid}"] = "who looks where passes, and is not kept",
        ["POST /api/chats/sync"] = "reads what the provider has; the run is a row of its own",
        ["POST /api/chats/{id}/sync"] = "reads what the provider has",
        ["POST /api/integrations/{id:guid}/sync"] = "reads what the provider has; the run is a row of its own",
        ["POST /api/templates/sync"] = "reads what the provider has",
        ["POST /api/integrations/{id:guid}/test"] = "asks the provider, and changes nothing",
        ["PATCH /api/me/notifications"] = "what somebody wants to be told is nobody else's affair",
        ["POST /api/contacts/imports"] = "a file is nothing before it is imported",
        ["POST /api/contacts/imports/{id:guid}/check"] = "says what would happen, and changes nothing",
        ["POST /api/templates/{id:guid}/preview"] = "shows, and changes nothing",
        ["POST /api/automations/dry-run"] = "shows, and changes nothing",
        ["POST /api/integrations/{id:guid}/bot/try"] = "sends nothing, and changes nothing but the count of what it used",
    };

    [Fact]
    public async Task Every_change_by_a_person_leaves_a_line_with_who_it_was()
    {
        var stage = await Access.VisibilityTests.Stage.StartAsync(fixture);
        var tenant = stage.Tenant;
        var admin = await TestUser.SignInAsync(tenant, "admin", name: "Ada");
        await using var unipile = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync());
        var (conversation, contact) = (stage.Theirs.Conversation, stage.Theirs.Contact);
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);
        var event_ = (string)(await tenant.Admin.GetJsonAsync("/api/webhook-events"))["items"]![0]!["id"]!;
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, """
            update webhook_events set status = 'failed' where tenant_id = @tenant and id = @id;
            update scheduled_jobs set status = 'dead' where tenant_id = @tenant and type = 'template.sync'
            """, new { id = Guid.Parse(event_) }, default);
        var job = (string)(await tenant.Admin.GetJsonAsync("/api/jobs"))["items"]![0]!["id"]!;
        var failed = (string)(await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "this will fail" }, 202))["id"]!;
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{failed}"), message => (string)message["status"]! is not ("queued" or "sending"), "it was sent");
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "update messages set status = 'failed', failure_code = 'unavailable' where tenant_id = @tenant and id = @id", new { id = Guid.Parse(failed) }, default);
        var user = (string)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", role = "viewer" }, 201))["id"]!;
        var key = (string)(await tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "x", role = "viewer" }, 201))["id"]!;
        var document = (string)(await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Prices", content = "One costs five." }, 201))["id"]!;
        var me = await TestUser.SignInAsync(tenant, "admin", name: "Eve");
        var session = (string)(await me.Client.GetJsonAsync("/api/me/sessions"))["items"]![0]!["id"]!;
        await (await admin.Client.PutAsJsonAsync($"/api/integrations/{stage.Number.Id}/bot", new { is_on = true, base_url = "http://127.0.0.1:9/v1", model = "m", api_key = "k" })).JsonAsync();

        var label = (string)(await tenant.Editor.PostJsonAsync("/api/labels", new { name = "urgent" }, 201))["id"]!;
        var view = (string)(await admin.Client.PostJsonAsync("/api/views", new { name = "mine", filter = new { assigned = "me" } }, 201))["id"]!;
        var template = (string)(await tenant.Editor.PostJsonAsync("/api/templates", new { name = "hello", content = new { body = "Hello" } }, 201))["id"]!;
        var scheduled = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => tenant.Editor.PostJsonAsync($"/api/conversations/{stage.Mine.Conversation}/messages", new { type = "text", content = $"later {i}", scheduled_at = tomorrow }, 202)));

        var address = new { channel = "sms", handle = "+5511911119901" };
        var people = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => tenant.Editor.PostJsonAsync("/api/contacts", new { name = $"Person {i}", phone = $"+551191111990{i}" }, 201)));
        var hook = (string)(await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = "http://127.0.0.1:9/", event_types = new[] { "team.updated" } }, 201))["endpoint"]!["id"]!;
        var automation = (string)(await tenant.Admin.PostJsonAsync("/api/automations", new { name = "One", trigger = new { type = "manual" }, actions = new object[] { new { type = "wait", config = new { minutes = 5 } }, new { type = "close" } }, status = "active" }, 201))["automation"]!["id"]!;
        var called = (string)(await tenant.Admin.PostJsonAsync("/api/automations", new { name = "Two", trigger = new { type = "webhook" }, actions = new[] { new { type = "close" } } }, 201))["automation"]!["id"]!;
        var waiting = (string)(await tenant.Editor.PostJsonAsync($"/api/automations/{automation}/runs", new { }, 202))["id"]!;
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/automation-runs/{waiting}"), run => (string)run["status"]! == "waiting", "it waits");
        var failing = (string)(await tenant.Admin.PostJsonAsync("/api/automations", new { name = "Three", trigger = new { type = "manual" }, actions = new[] { new { type = "close" } }, status = "active" }, 201))["automation"]!["id"]!;
        var failedRun = (string)(await tenant.Editor.PostJsonAsync($"/api/automations/{failing}/runs", new { }, 202))["id"]!;
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/automation-runs/{failedRun}"), run => (string)run["status"]! == "failed", "it fails");
        var delivery = (string)(await tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{hook}/test", null, 200))["delivery"]!["id"]!;

        var campaign = new { name = "Spring", integration_id = stage.Number.Id, message = "Hello", recipients = new[] { "+5511911119911" }, hours = new { from = "00:00", to = "00:01", days = new[] { ((int)tomorrow.DayOfWeek + 1) % 7 + 1 } } };
        var campaigns = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ => (string)(await tenant.Editor.PostJsonAsync("/api/campaigns", campaign, 201))["id"]!));
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, """
            update campaigns set status = 'completed' where tenant_id = @tenant and id = @id;
            insert into campaign_counts (tenant_id, campaign_id, at, part, failed) values (@tenant, @id, @at, 'follow', 1)
            """, new { id = Guid.Parse(campaigns[2]), at = tomorrow }, default);

        // In this order, so that what is taken away was used before.
        (string Endpoint, string Path, object? Body)[] changes =
        [
            ("POST /api/users", "/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", role = "viewer" }),
            ("PATCH /api/users/{id:guid}", $"/api/users/{user}", new { sees = "team" }),
            ("POST /api/api-keys", "/api/api-keys", new { name = "y", role = "viewer" }),
            ("DELETE /api/api-keys/{id:guid}", $"/api/api-keys/{key}", null),
            ("PATCH /api/me", "/api/me", new { name = "Ada L." }),
            ("POST /api/teams", "/api/teams", new { name = "Sales" }),
            ("PATCH /api/teams/{id:guid}", $"/api/teams/{stage.Team}", new { name = "Helpers" }),
            ("PUT /api/contacts/{id:guid}/assignment", $"/api/contacts/{contact}/assignment", new { team_id = stage.Team }),
            ("DELETE /api/contacts/{id:guid}/assignment", $"/api/contacts/{contact}/assignment", null),
            ("DELETE /api/teams/{id:guid}", $"/api/teams/{stage.Team}", null),
            ("PUT /api/contacts/settings", "/api/contacts/settings", new { merges_exact = true }),
            ("POST /api/contacts", "/api/contacts", new { name = "Bia" }),
            ("PUT /api/contacts/{id:guid}/opt-out", $"/api/contacts/{people[0]["id"]}/opt-out", address),
            ("POST /api/contacts/{id:guid}/opt-in", $"/api/contacts/{people[0]["id"]}/opt-in", address),
            ("POST /api/contacts/{id:guid}/merge", $"/api/contacts/{people[0]["id"]}/merge", new { other_id = people[1]["id"] }),
            ("DELETE /api/contacts/{id:guid}", $"/api/contacts/{people[2]["id"]}", null),
            ("PATCH /api/contacts/{id:guid}", $"/api/contacts/{contact}", new { name = "Nora" }),
            ("POST /api/contacts/{id:guid}/notes", $"/api/contacts/{contact}/notes", new { content = "a note" }),
            ("PATCH /api/notes/{id:guid}", $"/api/notes/{stage.Theirs.Note}", new { content = "another note" }),
            ("DELETE /api/notes/{id:guid}", $"/api/notes/{stage.Theirs.Note}", null),
            ("PUT /api/conversations/{id:guid}/snooze", $"/api/conversations/{conversation}/snooze", new { until = tomorrow }),
            ("DELETE /api/conversations/{id:guid}/snooze", $"/api/conversations/{conversation}/snooze", null),
            ("PUT /api/conversations/{id:guid}/closure", $"/api/conversations/{conversation}/closure", null),
            ("DELETE /api/conversations/{id:guid}/closure", $"/api/conversations/{conversation}/closure", null),
            ("PUT /api/conversations/{id:guid}/archive", $"/api/conversations/{conversation}/archive", null),
            ("DELETE /api/conversations/{id:guid}/archive", $"/api/conversations/{conversation}/archive", null),
            ("POST /api/conversations/bulk", "/api/conversations/bulk", new { ids = new[] { conversation }, change = "close" }),
            ("POST /api/conversations/{id:guid}/bot", $"/api/conversations/{stage.Mine.Conversation}/bot", new { state = "paused" }),
            ("POST /api/messages/{id:guid}/retry", $"/api/messages/{failed}/retry", null),
            ("PATCH /api/scheduled-messages/{id:guid}", $"/api/scheduled-messages/{scheduled[0]["id"]}", new { content = "later still" }),
            ("DELETE /api/scheduled-messages/{id:guid}", $"/api/scheduled-messages/{scheduled[0]["id"]}", null),
            ("POST /api/scheduled-messages/{id:guid}/send", $"/api/scheduled-messages/{scheduled[1]["id"]}/send", null),
            ("PATCH /api/scheduling-settings", "/api/scheduling-settings", new { time_zone = "America/Sao_Paulo" }),
            ("POST /api/labels", "/api/labels", new { name = "late" }),
            ("PATCH /api/labels/{id:guid}", $"/api/labels/{label}", new { colour = "red" }),
            ("PUT /api/conversations/{id:guid}/labels/{label:guid}", $"/api/conversations/{conversation}/labels/{label}", null),
            ("DELETE /api/conversations/{id:guid}/labels/{label:guid}", $"/api/conversations/{conversation}/labels/{label}", null),
            ("PUT /api/contacts/{id:guid}/labels/{label:guid}", $"/api/contacts/{contact}/labels/{label}", null),
            ("DELETE /api/contacts/{id:guid}/labels/{label:guid}", $"/api/contacts/{contact}/labels/{label}", null),
            ("DELETE /api/labels/{id:guid}", $"/api/labels/{label}", null),
            ("POST /api/views", "/api/views", new { name = "closed", filter = new { status = "closed" } }),
            ("PATCH /api/views/{id:guid}", $"/api/views/{view}", new { name = "my own" }),
            ("DELETE /api/views/{id:guid}", $"/api/views/{view}", null),
            ("POST /api/templates", "/api/templates", new { name = "bye", content = new { body = "Good bye" } }),
            ("PATCH /api/templates/{id:guid}", $"/api/templates/{template}", new { shortcut = "hi" }),
            ("POST /api/templates/{id:guid}/submission", $"/api/templates/{template}/submission", new { integration_id = stage.Number.Id }),
            ("DELETE /api/templates/{id:guid}", $"/api/templates/{template}", null),
            ("PUT /api/integrations/{id:guid}/bot", $"/api/integrations/{stage.Number.Id}/bot", new { is_on = false }),
            ("POST /api/bot/documents", "/api/bot/documents", new { title = "Hours", content = "From nine." }),
            ("PUT /api/bot/documents/{id:guid}", $"/api/bot/documents/{document}", new { title = "Prices", content = "One costs six." }),
            ("DELETE /api/bot/documents/{id:guid}", $"/api/bot/documents/{document}", null),
            ("POST /api/integrations", "/api/integrations", new { provider = "meta", channel = "whatsapp", name = "Second", external_id = $"2{Environment.TickCount64}", credentials = new { access_token = "a", app_secret = "b" } }),
            ("PATCH /api/integrations/{id:guid}", $"/api/integrations/{stage.Number.Id}", new { name = "First" }),
            ("POST /api/automations", "/api/automations", new { name = "Four", trigger = new { type = "manual" }, actions = new[] { new { type = "close" } } }),
            ("PATCH /api/automations/{id:guid}", $"/api/automations/{automation}", new { name = "First" }),
            ("POST /api/automations/{id:guid}/rotate", $"/api/automations/{called}/rotate", null),
            ("POST /api/automations/{id:guid}/runs", $"/api/automations/{automation}/runs", new { }),
            ("POST /api/automation-runs/{id:guid}/replay", $"/api/automation-runs/{failedRun}/replay", null),
            ("POST /api/automation-runs/{id:guid}/cancel", $"/api/automation-runs/{waiting}/cancel", null),
            ("DELETE /api/automations/{id:guid}", $"/api/automations/{automation}", null),
            ("POST /api/webhook-endpoints", "/api/webhook-endpoints", new { url = "http://127.0.0.1:9/second" }),
            ("PATCH /api/webhook-endpoints/{id:guid}", $"/api/webhook-endpoints/{hook}", new { description = "The shop" }),
            ("POST /api/webhook-endpoints/{id:guid}/rotate", $"/api/webhook-endpoints/{hook}/rotate", null),
            ("POST /api/webhook-endpoints/{id:guid}/test", $"/api/webhook-endpoints/{hook}/test", null),
            ("POST /api/webhook-endpoints/{id:guid}/replay", $"/api/webhook-endpoints/{hook}/replay", new { status = "all" }),
            ("POST /api/webhook-deliveries/{id:guid}/replay", $"/api/webhook-deliveries/{delivery}/replay", null),
            ("DELETE /api/webhook-endpoints/{id:guid}", $"/api/webhook-endpoints/{hook}", null),
            ("POST /api/campaigns", "/api/campaigns", campaign),
            ("PUT /api/campaigns/{id:guid}", $"/api/campaigns/{campaigns[0]}", campaign),
            ("POST /api/campaigns/{id:guid}/test", $"/api/campaigns/{campaigns[0]}/test", new { to = "+5511911119912" }),
            ("POST /api/campaigns/{id:guid}/schedule", $"/api/campaigns/{campaigns[0]}/schedule", new { scheduled_at = tomorrow }),
            ("POST /api/campaigns/{id:guid}/unschedule", $"/api/campaigns/{campaigns[0]}/unschedule", null),
            ("POST /api/campaigns/{id:guid}/start", $"/api/campaigns/{campaigns[0]}/start", null),
            ("POST /api/campaigns/{id:guid}/pause", $"/api/campaigns/{campaigns[0]}/pause", null),
            ("POST /api/campaigns/{id:guid}/resume", $"/api/campaigns/{campaigns[0]}/resume", null),
            ("POST /api/campaigns/{id:guid}/cancel", $"/api/campaigns/{campaigns[0]}/cancel", null),
            ("DELETE /api/campaigns/{id:guid}", $"/api/campaigns/{campaigns[1]}", null),
            ("POST /api/campaigns/{id:guid}/retry", $"/api/campaigns/{campaigns[2]}/retry", null),
            ("POST /api/webhook-events/replay", "/api/webhook-events/replay", new { }),
            ("POST /api/webhook-events/{id:guid}/replay", $"/api/webhook-events/{event_}/replay", null),
            ("POST /api/jobs/{id:guid}/replay", $"/api/jobs/{job}/replay", null),
            ("POST /api/integrations/{id:guid}/webhook", $"/api/integrations/{unipile.Id}/webhook", null),
            ("DELETE /api/integrations/{id:guid}/webhook", $"/api/integrations/{unipile.Id}/webhook", null),
            ("DELETE /api/integrations/{id:guid}", $"/api/integrations/{stage.Number.Id}?name=First", null),
            ("DELETE /api/me/sessions/{id:guid}", $"/api/me/sessions/{session}", null),
            ("DELETE /api/session", "/api/session", null),
        ];
        // Their own tests: AuditTests, and ContactTests for what takes several steps.
        string[] elsewhere =
        [
            "PUT /api/me/password", "POST /api/session", "POST /api/contacts/merges/{id:guid}/undo", "POST /api/contacts/imports/{id:guid}/start", "POST /api/contacts/imports/{id:guid}/cancel",
            "PUT /api/contacts/suggestions/{id:guid}/dismissal", "DELETE /api/contacts/suggestions/{id:guid}/dismissal",
        ];

        var mutating = ApiEndpoint.List(fixture.App).Where(endpoint => !endpoint.IsReading).Select(endpoint => endpoint.Name).ToList();
        Assert.Empty(mutating.Except(Silent.Keys).Except(elsewhere).Except(changes.Select(change => change.Endpoint)));   // new: say here how it is called, or why it leaves no line
        Assert.Empty(Silent.Keys.Concat(changes.Select(change => change.Endpoint)).Except(mutating));

        var other = await TestUser.SignInAsync(unipile.Tenant, "admin");
        var without = new List<string>();
        foreach (var (endpoint, path, body) in changes)
        {
            var (whose, client, database) = endpoint.EndsWith("/webhook", StringComparison.Ordinal)
                ? (unipile.Tenant.Id, other, unipile.App.Get<TenantDatabase>())
                : (tenant.Id, endpoint.Contains("/session", StringComparison.Ordinal) ? me : admin, tenant.App.Get<TenantDatabase>());
            var before = await CountAsync(database, whose, client.Id);
            using var request = new HttpRequestMessage(new HttpMethod(endpoint.Split(' ')[0]), path);
            if (body is not null) request.Content = JsonContent.Create(body);
            using var answer = await client.Client.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode || endpoint == "DELETE /api/session", $"{endpoint} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            if (answer.IsSuccessStatusCode && await CountAsync(database, whose, client.Id) <= before) without.Add(endpoint);
        }
        Assert.Empty(without);
    }

    [Fact]
    public async Task Trying_addresses_is_noted_so_often_and_the_rest_is_counted()
    {
        var tenant = await fixture.App.NewTenantAsync();
        for (var i = 0; i < Parley.Server.Audit.Denials.Most + 15; i++) await tenant.Viewer.GetJsonAsync($"/api/conversations/{Guid.CreateVersion7()}", 404);
        var noted = await Eventually.Async(() => ListAsync(tenant), lines => lines.Count == Parley.Server.Audit.Denials.Most, "they are noted");
        Assert.All(noted, line => Assert.Contains("\"missing\"", line));
        await tenant.App.Get<Parley.Server.Audit.Denials>().CountOnceAsync(true, default);
        Assert.Contains((await ListAsync(tenant)).Select(line => line.Replace(" ", "")), line => line.Contains("\"more\":15"));
    }

    [Fact]
    public async Task Whoever_asks_for_what_they_may_not_see_is_noted_with_what_it_was()
    {
        var stage = await Access.VisibilityTests.Stage.StartAsync(fixture);
        await stage.Bea.Client.GetJsonAsync($"/api/conversations/{stage.Theirs.Conversation}", 404);
        await Eventually.Async(() => stage.Tenant.App.Get<TenantDatabase>().ListAsync<string>(stage.Tenant.Id,
            "select after ->> 'reason' from audit_logs where tenant_id = @tenant and action = 'access.denied' and resource_id = @id and user_id = @user",
            new { id = stage.Theirs.Conversation, user = stage.Bea.Id }, default), lines => lines is ["visibility"], "it is noted");
    }

    static Task<IReadOnlyList<string>> ListAsync(TestTenant tenant) =>
        tenant.App.Get<TenantDatabase>().ListAsync<string>(tenant.Id, "select after::text from audit_logs where tenant_id = @tenant and action = 'access.denied' order by seq", null, default);

    static Task<long> CountAsync(TenantDatabase database, Guid tenant, Guid user) =>
        database.FindAsync<long>(tenant, "select count(*) from audit_logs where tenant_id = @tenant and user_id = @user and action <> 'access.denied'", new { user }, default);
}
