using System.Net.Http.Json;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>Circles that leave the house: through our own API, through redirects, and through servers that pass nothing on.</summary>
public sealed class CircleTests(ParleyFixture fixture)
{
    // A step that calls our own API with a key, as somebody outside would.
    static object Call(AutomationStage stage, string path, object json) => new
    {
        type = "http_request",
        config = new { url = new Uri(stage.App.Address, path).ToString(), json, tries = 1, headers = new { Authorization = stage.Tenant.Editor.DefaultRequestHeaders.Authorization!.ToString() } },
    };

    [Fact]
    public async Task One_that_starts_itself_by_the_API_comes_to_an_end_and_the_log_says_why()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var id = await stage.HasAsync("api", [Call(stage, "/api/automations/{{automation.id}}/runs", new { })]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 202);
        var runs = await stage.RunsAsync(id, 2);
        Assert.Equal(["stopped", "succeeded"], runs.Select(run => (string)run["status"]!));
        Assert.Equal(("It would answer to its own doing.", (string)runs[1]["id"]!), ((string)runs[0]["reason"]!, (string)runs[0]["caused_by"]!));
    }

    [Fact]
    public async Task One_that_makes_a_contact_for_each_new_contact_comes_to_an_end_too()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var id = await stage.HasAsync("contact_created", [Call(stage, "/api/contacts", new { name = "One more" })]);
        await stage.Tenant.Editor.PostJsonAsync("/api/contacts", new { name = "The first" }, 201);
        var runs = await stage.RunsAsync(id, 2);
        Assert.Equal(["stopped", "succeeded"], runs.Select(run => (string)run["status"]!));
        Assert.Equal("It would answer to its own doing.", (string)runs[0]["reason"]!);
        await stage.ReadAsync();
        Assert.Equal([2], await stage.ListAsync<int>("select count(*)::int from contacts where tenant_id = @tenant"));
    }

    [Fact]
    public async Task One_that_calls_its_own_address_through_a_redirect_comes_to_an_end_too()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        await using var elsewhere = await Receiver.StartAsync();
        var made = await stage.MakeAsync("webhook", [new { type = "http_request", config = new { url = elsewhere.Url(), json = new { x = 1 }, tries = 1 } }]);
        var (id, url) = ((Guid)made["automation"]!["id"]!, (string)made["webhook_url"]!);
        elsewhere.Answer = (_, http) =>
        {
            (http.Response.StatusCode, http.Response.Headers.Location) = (307, url);
            return Task.CompletedTask;
        };
        (await stage.App.Http.PostAsJsonAsync(url, new { })).EnsureSuccessStatusCode();
        var runs = await stage.RunsAsync(id, 2);
        Assert.Equal(["stopped", "succeeded"], runs.Select(run => (string)run["status"]!));
        Assert.Equal("It would answer to its own doing.", (string)runs[0]["reason"]!);
        Assert.Single(elsewhere.All);
    }

    [Fact]
    public async Task A_run_that_is_made_up_or_another_tenants_counts_for_nothing()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var foreign = await stage.App.NewTenantAsync();
        var theirs = (Guid)(await foreign.Admin.PostJsonAsync("/api/automations", new { name = "x", trigger = new { type = "api" }, actions = new[] { new { type = "wait", config = new { seconds = 1 } } }, status = "active" }, 201))["automation"]!["id"]!;
        var run = (string)(await foreign.Editor.PostJsonAsync($"/api/automations/{theirs}/runs", new { }, 202))["id"]!;
        var mine = await stage.HasAsync("api", [new { type = "wait", config = new { seconds = 1 } }]);
        foreach (var given in new[] { run, Guid.CreateVersion7().ToString(), "no id", "" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/automations/{mine}/runs") { Content = JsonContent.Create(new { }) };
            request.Headers.Add("Parley-Run", given);
            var started = await (await stage.Tenant.Editor.SendAsync(request)).JsonAsync(202);
            Assert.Equal(("queued", null), ((string)started["status"]!, (string?)started["caused_by"]));
        }
        // And what it changes is not taken for a run's doing.
        using var contact = new HttpRequestMessage(HttpMethod.Post, "/api/contacts") { Content = JsonContent.Create(new { name = "Somebody" }) };
        contact.Headers.Add("Parley-Run", run);
        await (await stage.Tenant.Editor.SendAsync(contact)).JsonAsync(201);
        Assert.Equal([null], await stage.ListAsync<Guid?>("select run_id from events where tenant_id = @tenant and type = 'contact.created'"));
    }

    [Fact]
    public async Task Counts_and_the_end_of_circles_hold_over_a_replay_and_over_two_nodes()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using var stage = await AutomationStage.StartAloneAsync(fixture, database);
        await using var other = await TestApp.StartAsync(database, settings: WebhookStage.Allowed, time: stage.Clock);
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, http) => { http.Response.StatusCode = 400; return Task.CompletedTask; };
        var (red, blue) = (await stage.HasLabelAsync(), await stage.HasLabelAsync());
        var first = await stage.HasAsync("label_added", [new { type = "http_request", config = new { url = receiver.Url(), json = new { x = 1 }, tries = 1 } }, AutomationStage.Label(blue)], config: new { label_id = red });
        var second = await stage.HasAsync("label_added", [AutomationStage.Label(red, "unlabel"), AutomationStage.Label(red)], config: new { label_id = blue });
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{red}", null);
        async Task CountedAsync(int successes, int failures)
        {
            var shown = await stage.ShowAsync(first);
            Assert.Equal((1, successes, failures), ((int)shown["execution_count"]!, (int)shown["success_count"]!, (int)shown["failure_count"]!));
        }
        var failed = await stage.RunAsync(first, "failed");
        await CountedAsync(0, 1);
        receiver.Answer = (_, _) => Task.CompletedTask;
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{failed["id"]}/replay", null, 202);
        var runs = await stage.RunsAsync(first, 2);
        Assert.Equal(["stopped", "succeeded"], runs.Select(run => (string)run["status"]!));
        Assert.Contains("own doing", (string)runs[0]["reason"]!);
        Assert.Equal((string)failed["id"]!, (string)Assert.Single(await stage.RunsAsync(second, 1))["caused_by"]!);
        await CountedAsync(1, 0);
    }

    [Fact]
    public async Task Where_a_circle_says_nothing_of_itself_and_is_about_nobody_so_many_run_in_a_minute()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var made = await stage.MakeAsync("webhook", [new { type = "wait", config = new { seconds = 1 } }]);
        var (id, url) = ((Guid)made["automation"]!["id"]!, (string)made["webhook_url"]!);
        var more = await stage.MakeAsync("webhook", [new { type = "wait", config = new { seconds = 1 } }], options: new { max_per_minute = 700 });
        // As if that many had come before within the minute.
        foreach (var one in new[] { id, (Guid)more["automation"]!["id"]! })
            await stage.ListAsync<int>("""
                insert into automation_runs (tenant_id, id, automation_id, version, event_key, trigger_type, status, is_about_nobody, created_at)
                select @tenant, ('00' || substr(gen_random_uuid()::text, 3))::uuid, @one, 1, 'seeded:' || n, 'webhook', 'succeeded', true, @now from generate_series(1, 599) n
                """, new { one, now = stage.Clock!.GetUtcNow() });
        foreach (var address in new[] { url, url, (string)more["webhook_url"]! }) (await stage.App.Http.PostAsJsonAsync(address, new { })).EnsureSuccessStatusCode();
        var stopped = Assert.Single(await stage.RunsAsync(id), run => (string)run["status"]! == "stopped");
        Assert.Equal("600 of its runs have begun for nobody in particular within a minute: more than that is taken for a loop.", (string)stopped["reason"]!);
        Assert.DoesNotContain(await stage.RunsAsync((Guid)more["automation"]!["id"]!), run => (string)run["status"]! == "stopped");
        // A minute later it may again.
        stage.Skip(TimeSpan.FromSeconds(61));
        (await stage.App.Http.PostAsJsonAsync(url, new { })).EnsureSuccessStatusCode();
        Assert.Single(await stage.RunsAsync(id), run => (string)run["status"]! == "stopped");
    }

    [Fact]
    public async Task Where_a_circle_through_the_API_says_nothing_of_itself_it_runs_only_so_often_for_a_contact()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var id = await stage.HasAsync("api", [new { type = "note", config = new { text = "x" } }], options: new { max_per_contact_hour = 2 });
        var (one, other) = (await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning"), await stage.SaysAsync(AutomationStage.NewPerson(), "Good evening"));
        Task<System.Text.Json.Nodes.JsonNode> StartAsync(System.Text.Json.Nodes.JsonNode conversation) => stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = conversation["id"] }, 202);
        for (var i = 0; i < 2; i++) Assert.Equal("queued", (string)(await StartAsync(one))["status"]!);
        var stopped = await StartAsync(one);
        Assert.Equal(("stopped", "It has run 2 times for this contact within an hour, which is as often as it may."), ((string)stopped["status"]!, (string)stopped["reason"]!));
        Assert.Equal("queued", (string)(await StartAsync(other))["status"]!);
        // A person may go on, and an hour later a program, too.
        var byHand = await stage.HasAsync("manual", [new { type = "note", config = new { text = "x" } }], options: new { max_per_contact_hour = 1 });
        var person = await TestUser.SignInAsync(stage.Tenant);
        for (var i = 0; i < 2; i++) Assert.Equal("queued", (string)(await person.Client.PostJsonAsync($"/api/automations/{byHand}/runs", new { conversation_id = one["id"] }, 202))["status"]!);
        await stage.ListAsync<int>("update automation_runs set created_at = created_at - interval '61 minutes' where tenant_id = @tenant");
        Assert.Equal("queued", (string)(await StartAsync(one))["status"]!);
    }
}
