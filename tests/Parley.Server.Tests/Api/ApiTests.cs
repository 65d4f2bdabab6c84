using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Platform.Secrets;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Api;

public sealed class ApiTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Answers_to_reading_travel_compressed_and_no_stream_waits_to_be()
    {
        var (tenant, _) = await ConnectedAsync();
        async Task<HttpContentHeaders> HeadersAsync(HttpMethod method, string path, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
        {
            using var request = new HttpRequestMessage(method, path) { Headers = { { "Accept-Encoding", "br" } }, Content = method == HttpMethod.Post ? JsonContent.Create(new { name = "packed" }) : null };
            using var answer = await tenant.Admin.SendAsync(request, until);
            return answer.Content.Headers;
        }

        Assert.Equal(["br"], (await HeadersAsync(HttpMethod.Get, "/api/conversations")).ContentEncoding);
        Assert.Empty((await HeadersAsync(HttpMethod.Post, "/api/teams")).ContentEncoding);
        var stream = await HeadersAsync(HttpMethod.Get, "/api/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", stream.ContentType?.MediaType);
        Assert.Empty(stream.ContentEncoding);
    }

    [Fact]
    public async Task No_endpoint_shows_or_changes_another_tenants_things()
    {
        var (mine, _) = await ConnectedAsync();
        var (theirs, number) = await ConnectedAsync();
        await number.SayAsync("+5511987654321", "secret");
        var conversation = (await theirs.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        var message = (await theirs.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}/messages"))["items"]![0]!;
        var user = await theirs.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", role = "viewer" }, 201);
        var hook = (string)(await theirs.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = "http://127.0.0.1:9/", event_types = new[] { "team.updated" } }, 201))["endpoint"]!["id"]!;
        var automation = (string)(await theirs.Admin.PostJsonAsync("/api/automations", new { name = "theirs", trigger = new { type = "api" }, actions = new[] { new { type = "wait", config = new { minutes = 5 } } }, status = "active" }, 201))["automation"]!["id"]!;
        var ids = new Dictionary<string, string>
        {
            ["/api/automations"] = automation, ["/api/automation-runs"] = (string)(await theirs.Editor.PostJsonAsync($"/api/automations/{automation}/runs", new { }, 202))["id"]!,
            ["/api/webhook-endpoints"] = hook, ["/api/webhook-deliveries"] = (string)(await theirs.Admin.PostJsonAsync($"/api/webhook-endpoints/{hook}/test", null, 200))["delivery"]!["id"]!,
            ["/api/conversations"] = (string)conversation["id"]!, ["/api/chats"] = (string)conversation["id"]!, ["/api/messages"] = (string)message["id"]!, ["/api/contacts"] = (string)conversation["contact_id"]!,
            ["/api/integrations"] = number.Id.ToString(), ["/api/users"] = (string)user["id"]!, ["/api/webhook-events"] = (string)(await theirs.Viewer.GetJsonAsync("/api/webhook-events"))["items"]![0]!["id"]!,
            ["/api/api-keys"] = (string)(await theirs.Admin.GetJsonAsync("/api/api-keys"))["items"]![0]!["id"]!, ["/api/me/sessions"] = Guid.CreateVersion7().ToString(),
            ["/api/attachments"] = (string)(await UploadAsync(theirs))["id"]!,
            ["/api/templates"] = (string)(await Eventually.Async(() => theirs.Viewer.GetJsonAsync("/api/templates"), list => list["items"]!.AsArray().Count > 0, "templates are read"))["items"]![0]!["id"]!,
            ["/api/contacts/merges"] = (string)(await MergeAsync(theirs))["id"]!, ["/api/contacts/suggestions"] = await SuggestionAsync(theirs),
            ["/api/contacts/imports"] = (string)(await (await theirs.Editor.PostAsync("/api/contacts/imports", new StringContent("name\nsecret", Encoding.UTF8, "text/csv"))).JsonAsync(201))["id"]!,
            ["/api/bot/documents"] = (string)(await theirs.Admin.PostJsonAsync("/api/bot/documents", new { title = "secret", content = "recipe" }, 201))["id"]!,
            ["/api/notes"] = (string)(await theirs.Editor.PostJsonAsync($"/api/contacts/{conversation["contact_id"]}/notes", new { content = "secret" }, 201))["id"]!, ["/api/notifications"] = Guid.CreateVersion7().ToString(),
            ["/api/teams"] = (string)(await theirs.Admin.PostJsonAsync("/api/teams", new { name = "Theirs" }, 201))["id"]!,
            ["/api/jobs"] = (string)(await theirs.Admin.GetJsonAsync("/api/jobs"))["items"]![0]!["id"]!,
            ["/api/scheduled-messages"] = (string)(await theirs.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { type = "text", content = "later", scheduled_at = TimeProvider.System.GetUtcNow().AddDays(1) }, 202))["id"]!,
            ["/api/labels"] = (string)(await theirs.Editor.PostJsonAsync("/api/labels", new { name = "theirs", color = "blue" }, 201))["id"]!,
            ["/api/campaigns"] = (string)(await theirs.Editor.PostJsonAsync("/api/campaigns", new { name = "theirs", integration_id = number.Id, message = "secret" }, 201))["id"]!,
            ["/api/views"] = (string)(await theirs.Admin.PostJsonAsync("/api/views", new { name = "theirs", filter = new { }, is_shared = true }, 201))["id"]!,
        };
        var tried = 0;
        foreach (var endpoint in ApiEndpoint.List(fixture.App).Where(endpoint => endpoint.Pattern.Contains("{id")))
        {
            Assert.True(ids.TryGetValue(endpoint.Pattern[..endpoint.Pattern.IndexOf("/{")], out var id), $"{endpoint.Pattern} is new: give this test one of its ids.");
            foreach (var (role, client) in new[] { ("viewer", mine.Viewer), ("editor", mine.Editor), ("admin", mine.Admin) })
            {
                using var request = new HttpRequestMessage(new HttpMethod(endpoint.Method), endpoint.At(id, ids["/api/labels"]));
                if (!endpoint.IsReading && endpoint.Method != "DELETE") request.Content = JsonContent.Create(new { type = "text", content = "x", until = TimeProvider.System.GetUtcNow().AddDays(1), name = "stolen" });
                using var answer = await client.SendAsync(request);
                Assert.True(answer.StatusCode == (endpoint.IsFor(role) ? HttpStatusCode.NotFound : HttpStatusCode.Forbidden), $"{endpoint.Name} answered {(int)answer.StatusCode} to another tenant's {role}");
                tried++;
            }
        }
        Assert.True(tried >= 200, $"only {tried} were tried");
        Assert.Empty((await mine.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray());
        await mine.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+5511987654321", type = "text", content = "x" }, 404);
    }

    static async Task<System.Text.Json.Nodes.JsonNode> MergeAsync(TestTenant tenant)
    {
        var (stays, goes) = (await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "A" }, 201), await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "B" }, 201));
        return await tenant.Editor.PostJsonAsync($"/api/contacts/{stays["id"]}/merge", new { other_id = (string)goes["id"]! }, 201);
    }

    static async Task<string> SuggestionAsync(TestTenant tenant)
    {
        foreach (var name in new[] { "Same Person", "Same Person" }) await tenant.Editor.PostJsonAsync("/api/contacts", new { name }, 201);
        return (string)(await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/contacts/suggestions"), list => list["items"]!.AsArray().Count > 0, "duplicates are found"))["items"]![0]!["id"]!;
    }

    static async Task<System.Text.Json.Nodes.JsonNode> UploadAsync(TestTenant tenant) =>
        await (await tenant.Editor.PostAsync("/api/attachments?file_name=secret.txt", new StringContent("secret", Encoding.UTF8, "text/plain"))).JsonAsync(201);

    [Fact]
    public async Task Every_body_that_is_empty_or_of_wrong_types_is_400_with_problem_details()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987654321", "hi");
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        foreach (var (method, path) in new[]
        {
            ("POST", $"/api/conversations/{conversation}/messages"), ("POST", "/api/messages"), ("POST", "/api/integrations"), ("POST", "/api/users"), ("POST", "/api/api-keys"),
            ("PUT", $"/api/conversations/{conversation}/snooze"), ("PATCH", $"/api/integrations/{number.Id}"), ("POST", "/api/session"),
        })
            foreach (var body in new[] { "{", "[]", "null", "\"x\"", "{\"type\":5,\"to\":{},\"email\":[],\"until\":\"x\",\"name\":7,\"role\":{},\"provider\":1}" })
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
                var answer = await tenant.Admin.SendAsync(request);
                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{method} {path} answered {(int)answer.StatusCode} to {body}");
                Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            }
    }

    [Theory]
    [InlineData("/api/conversations?limit=0")]
    [InlineData("/api/conversations?limit=201")]
    [InlineData("/api/conversations?limit=x")]
    [InlineData("/api/conversations?cursor=nonsense")]
    [InlineData("/api/conversations?status=lost")]
    [InlineData("/api/conversations?channel=pigeon")]
    [InlineData("/api/conversations?unread=maybe")]
    [InlineData("/api/contacts?cursor=%00")]
    [InlineData("/api/webhook-events?status=odd")]
    public async Task A_wrong_parameter_is_400_with_problem_details(string path)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var answer = await tenant.Viewer.GetAsync(path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task An_unknown_address_is_a_problem_too()
    {
        var answer = await fixture.App.Http.GetAsync("/nowhere");
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("a\u0000b")]
    [InlineData("   ")]
    public async Task A_text_that_cannot_be_stored_or_says_nothing_is_refused(string content)
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987654321", "hi");
        var conversation = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"];
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content }, 400);
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = new string('x', 70_000) }, 400);
        using var half = new StringContent("""{"type":"text","content":"\ud800"}""", Encoding.UTF8, "application/json");
        await (await tenant.Editor.PostAsync($"/api/conversations/{conversation}/messages", half)).JsonAsync(400);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_overlap_in_both_directions()
    {
        var (tenant, number) = await ConnectedAsync();
        for (var i = 0; i < 5; i++)
            await number.PostAsync(number.Body($"[{string.Join(",", Enumerable.Range(0, 5).Select(j => TestNumber.TextMessage($"wamid.{i}.{j}", $"{i * 5 + j:00}")))}]"));   // all in the same second
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages?limit=7&cursor={cursor}".Replace("&cursor=", cursor is null ? "" : "&cursor="));
            seen.AddRange(page["items"]!.AsArray().Select(message => (string)message!["content"]!));
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"{i:00}"), seen);

        var forward = await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages?limit=200&direction=newer");
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i:00}"), forward["items"]!.AsArray().Select(message => (string)message!["content"]!));
    }

    [Fact]
    public async Task The_list_is_narrowed_by_its_filters()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650001", "one");
        await number.SayAsync("+5511987650002", "two");
        var items = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray();
        var (first, second) = ((string)items[0]!["id"]!, (string)items[1]!["id"]!);
        await tenant.Editor.PutAsync($"/api/conversations/{first}/read", null);
        await tenant.Editor.PutAsync($"/api/conversations/{second}/closure", null);
        Assert.Equal([second], await IdsAsync("unread=true"));
        Assert.Equal([first], await IdsAsync("unread=false"));
        Assert.Equal([second], await IdsAsync("status=closed"));
        Assert.Equal([first], await IdsAsync("status=open&channel=whatsapp"));
        Assert.Empty(await IdsAsync("channel=sms"));
        Assert.Equal(2, (await IdsAsync($"integration_id={number.Id}")).Count);
        Assert.Empty(await IdsAsync($"integration_id={Guid.CreateVersion7()}"));

        async Task<List<string>> IdsAsync(string filter) =>
            [.. (await tenant.Viewer.GetJsonAsync($"/api/conversations?{filter}"))["items"]!.AsArray().Select(conversation => (string)conversation!["id"]!)];
    }

    [Fact]
    public async Task An_idempotency_key_makes_one_message_of_twenty_requests_and_refuses_another_body()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987654321", "hi");
        var path = $"/api/conversations/{(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]}/messages";
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => tenant.Editor.PostJsonAsync(path, new { type = "text", content = "once" }, 202, "key-1")));
        Assert.Single(answers.Select(answer => (string)answer["id"]!).Distinct());
        await tenant.Editor.PostJsonAsync(path, new { type = "text", content = "other" }, 422, "key-1");
        await tenant.Editor.PostJsonAsync(path, new { type = "text", content = "other" }, 400, new string('k', 201));
        Assert.Equal(2, (await tenant.Viewer.GetJsonAsync(path))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_refused_request_does_not_use_up_its_key()
    {
        var (tenant, _) = await ConnectedAsync();
        var body = new { provider = "meta", channel = "whatsapp", name = "n", external_id = $"{Guid.CreateVersion7():N}", credentials = new { access_token = "a", app_secret = "b" } };
        await tenant.Admin.PostJsonAsync("/api/integrations", new { provider = "meta" }, 400, "key-2");
        var made = await tenant.Admin.PostJsonAsync("/api/integrations", body, 201, "key-2");
        var again = await tenant.Admin.PostJsonAsync("/api/integrations", body, 201, "key-2");
        Assert.Equal((string?)made["id"], (string?)again["id"]);
        await tenant.Admin.PostJsonAsync("/api/integrations", body, 409);
    }

    [Fact]
    public async Task A_one_time_secret_is_not_replayed_with_its_key()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "robot", role = "viewer" }, 201, "key-3")));
        Assert.Single(answers.Select(answer => (string)answer["id"]!).Distinct());
        Assert.Single(answers, answer => answer["key"] is not null);
        var email = $"{Guid.CreateVersion7():N}@example.com";
        Assert.NotNull((await tenant.Admin.PostJsonAsync("/api/users", new { email, role = "viewer" }, 201, "key-4"))["password"]);
        Assert.Null((await tenant.Admin.PostJsonAsync("/api/users", new { email, role = "viewer" }, 201, "key-4"))["password"]);
    }

    [Fact]
    public async Task A_key_older_than_a_day_is_forgotten()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var first = await tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "robot", role = "viewer" }, 201, "key-5");
        await app.Get<Parley.Server.Platform.Database.SystemDatabase>().ExecuteAsync("update idempotency_keys set created_at = now() - interval '25 hours'", null, default);
        var housekeeping = app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Parley.Server.Platform.Housekeeping>().Single();
        Assert.Equal(1, await housekeeping.RunOnceAsync(default));
        var second = await tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "robot", role = "viewer" }, 201, "key-5");
        Assert.NotEqual((string?)first["id"], (string?)second["id"]);
    }

    [Fact]
    public async Task Credentials_never_come_back_and_do_not_open_in_another_tenant()
    {
        var (tenant, number) = await ConnectedAsync();
        var shown = await tenant.Admin.GetStringAsync($"/api/integrations/{number.Id}");
        Assert.DoesNotContain(number.Secret, shown);
        Assert.Contains("app_secret", shown);   // its name, so that one sees it is set

        var secrets = fixture.App.Get<SecretBox>();
        var box = secrets.Protect(tenant.Id, number.Id, new Dictionary<string, string> { ["access_token"] = "t" });
        Assert.Equal("t", secrets.Unprotect(tenant.Id, number.Id, box)!["access_token"]);
        Assert.Null(secrets.Unprotect(Guid.CreateVersion7(), number.Id, box));
        Assert.Null(secrets.Unprotect(tenant.Id, Guid.CreateVersion7(), box));
    }

    [Fact]
    public async Task Credentials_that_no_longer_open_are_said_in_words_and_can_be_given_anew()
    {
        var (tenant, number) = await ConnectedAsync();
        await fixture.App.Get<Parley.Server.Platform.Database.SystemDatabase>().ExecuteAsync("update integrations set credentials = '\\x00' where id = @Id", new { number.Id }, default);
        var shown = await tenant.Viewer.GetJsonAsync($"/api/integrations/{number.Id}");
        Assert.Equal("failing", (string?)shown["health"]);
        Assert.Contains("cannot be opened", (string?)shown["health_message"]);
        Assert.Empty(shown["credentials_set"]!.AsArray());
        await tenant.Viewer.GetJsonAsync("/api/integrations");

        await PatchAsync(tenant, number, new { status = "disabled" }, HttpStatusCode.OK);
        await PatchAsync(tenant, number, new { credentials = new { access_token = "new" } }, HttpStatusCode.BadRequest);   // all of them, or none
        await PatchAsync(tenant, number, new { status = "active", credentials = new { access_token = "new", app_secret = number.Secret } }, HttpStatusCode.OK);
        Assert.Equal("unknown", (string?)(await tenant.Viewer.GetJsonAsync($"/api/integrations/{number.Id}"))["health"]);
    }

    [Fact]
    public async Task Of_two_changes_of_an_account_at_once_neither_is_lost()
    {
        var (tenant, number) = await ConnectedAsync();
        for (var i = 1; i <= 8; i++)
        {
            await Task.WhenAll(
                PatchAsync(tenant, number, new { config = new { verify_token = $"v{i}" } }, HttpStatusCode.OK),
                PatchAsync(tenant, number, new { config = new { rate_limit_per_second = $"{i}" } }, HttpStatusCode.OK),
                PatchAsync(tenant, number, new { credentials = new { access_token = $"t{i}" } }, HttpStatusCode.OK));
            var config = (await tenant.Admin.GetJsonAsync($"/api/integrations/{number.Id}"))["config"]!;
            Assert.Equal(($"v{i}", $"{i}"), ((string)config["verify_token"]!, (string)config["rate_limit_per_second"]!));
        }
    }

    static async Task PatchAsync(TestTenant tenant, TestNumber number, object change, HttpStatusCode status) =>
        Assert.Equal(status, (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", change)).StatusCode);

    [Fact]
    public async Task An_address_that_is_wrong_can_be_taken_away()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await (await tenant.HasWhatsAppAsync()).SayAsync("+5511987654321", "hi");
        var path = $"/api/contacts/{(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["contact_id"]}";
        foreach (var (given, kept) in new[] { ("Ana@Example.com", "ana@example.com"), ("", null) })
            Assert.Equal(kept, (string?)(await (await tenant.Editor.PatchAsJsonAsync(path, new { email = given })).JsonAsync())["email"]);
        await (await tenant.Editor.PatchAsJsonAsync(path, new { email = "nowhere" })).JsonAsync(400);
    }

    [Fact]
    public async Task The_word_that_proves_a_subscription_is_shown_to_who_configures()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        foreach (var path in new[] { "/api/integrations", $"/api/integrations/{number.Id}" })
        {
            Assert.Contains("verify-me", (await tenant.Admin.GetJsonAsync(path)).ToJsonString());
            foreach (var client in new[] { tenant.Editor, tenant.Viewer })
            {
                var shown = (await client.GetJsonAsync(path)).ToJsonString();
                Assert.DoesNotContain("verify", shown);
                Assert.Contains("102290129340398", shown);   // the rest is no secret
            }
        }
    }

    [Theory]
    [InlineData("""{"config":{"verify_token":"a","verify_token":"b"}}""", "application/json", 400)]
    [InlineData("""{"name":"a","name":"b"}""", "application/json", 400)]
    [InlineData("""{"config":{"verify_token":"\ud800"}}""", "application/json", 400)]
    [InlineData("""{"config":{"rate_limit_per_second":"+5"}}""", "application/json", 400)]
    [InlineData("""{"name":"a"}""", "application/json; charset=banana", 415)]
    [InlineData("""{"name":"a"}""", "text/plain", 415)]
    [InlineData("", "application/json", 400)]
    public async Task What_cannot_be_read_is_the_senders_mistake_and_nothing_for_our_log(string body, string type, int status)
    {
        var (tenant, number) = await ConnectedAsync();
        var before = fixture.App.Logs.Lines.Count(line => line.StartsWith("Error ", StringComparison.Ordinal));
        using var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        await (await tenant.Admin.PatchAsync($"/api/integrations/{number.Id}", content)).JsonAsync(status);
        Assert.Equal(before, fixture.App.Logs.Lines.Count(line => line.StartsWith("Error ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Taking_back_a_closure_does_not_take_back_an_archive_and_a_snooze_may_be_told_in_any_time_zone()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650003", "hello");
        var id = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        await tenant.Editor.PutAsync($"/api/conversations/{id}/archive", null);
        await tenant.Editor.DeleteAsync($"/api/conversations/{id}/closure");
        Assert.Equal("archived", (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["status"]);
        await tenant.Editor.DeleteAsync($"/api/conversations/{id}/archive");
        Assert.Equal("open", (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["status"]);

        var until = TimeProvider.System.GetUtcNow().AddHours(3).ToOffset(TimeSpan.FromHours(-3));
        var snoozed = await (await tenant.Editor.PutAsJsonAsync($"/api/conversations/{id}/snooze", new { until })).JsonAsync();
        Assert.Equal(until.ToUnixTimeSeconds(), ((DateTimeOffset)snoozed["snoozed_until"]!).ToUnixTimeSeconds());
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/conversations?status=open&snoozed=false"))["items"]!.AsArray());
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/conversations?status=open&snoozed=true"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_test_of_an_account_says_in_words_which_setting_is_wrong()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var good = await tenant.HasWhatsAppAsync();
        Assert.True((bool)(await tenant.Admin.PostJsonAsync($"/api/integrations/{good.Id}/test", null, 200))["works"]!);
        var bad = await tenant.HasWhatsAppAsync(token: "bad");
        var test = await tenant.Admin.PostJsonAsync($"/api/integrations/{bad.Id}/test", null, 200);
        Assert.Equal((false, "credentials.access_token"), ((bool)test["works"]!, (string)test["field"]!));
    }

    [Fact]
    public async Task Neither_secrets_nor_message_texts_reach_the_logs()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(token: "planted-token");
        await number.SayAsync("+5511987654321", "planted text");
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.x", "planted text two")}]"), "sha256=forged");
        var conversation = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"];
        await app.SetFaultsAsync(new { fail_next = 1, status = 400, code = 131026 });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "planted reply" }, 202);
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{queued["id"]}"), message => (string?)message["status"] == "failed", "it fails");
        await tenant.Editor.PostJsonAsync("/api/session", new { email = "planted@example.com", password = "planted password" }, 401);
        Assert.NotEmpty(app.Logs.Lines);
        Assert.DoesNotContain(app.Logs.Lines, line => line.Contains("planted") || line.Contains(number.Secret) || line.Contains("5511987654321"));
    }

    [Fact]
    public async Task The_api_describes_itself_and_is_healthy()
    {
        var document = await fixture.App.Http.GetJsonAsync("/openapi/v1.json");
        Assert.True(document["paths"]!.AsObject().Count > 20);
        Assert.Contains("unread_count", document.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await fixture.App.Http.GetAsync("/docs/index.html")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fixture.App.Http.GetAsync("/health/ready")).StatusCode);
    }

    async Task<(TestTenant, TestNumber)> ConnectedAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }
}
