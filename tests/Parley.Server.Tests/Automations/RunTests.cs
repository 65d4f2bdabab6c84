using System.Net.Http.Json;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>Once, whatever happens; in circles never; and only so much.</summary>
public sealed class RunTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Two_automations_that_trigger_each_other_come_to_an_end_and_the_log_says_why()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var (red, blue) = (await stage.HasLabelAsync(), await stage.HasLabelAsync());
        var first = await stage.HasAsync("label_added", [AutomationStage.Label(red, "unlabel"), AutomationStage.Label(blue)], config: new { label_id = red }, name: "Red to blue");
        var second = await stage.HasAsync("label_added", [AutomationStage.Label(blue, "unlabel"), AutomationStage.Label(red)], config: new { label_id = blue }, name: "Blue to red");
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{red}", null);
        var runs = await stage.RunsAsync(first, 2);
        await stage.ReadAsync();
        Assert.Equal(["stopped", "succeeded"], (await stage.RunsAsync(first)).Select(run => (string)run["status"]!));
        var caused = Assert.Single(await stage.RunsAsync(second));
        Assert.Equal((string)runs[1]["id"]!, (string)caused["caused_by"]!);
        Assert.Equal("It would answer to its own doing: it started “Blue to red”, which would start it again.", (string)runs[0]["reason"]!);
        Assert.Equal(1, (int)(await stage.ShowAsync(first))["execution_count"]!);
    }

    [Fact]
    public async Task One_that_answers_to_its_own_messages_and_a_long_row_come_to_an_end_too()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        // Its own message fails, which starts it again.
        var fails = await stage.HasAsync("message_failed", [AutomationStage.Text("This fails as well")]);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/contacts/{conversation["contact_id"]}", new { status = "blocked" })).JsonAsync();
        await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { type = "text", content = "This is refused" }, 202);
        var runs = await stage.RunsAsync(fails, 2);
        Assert.Equal(["stopped", "failed"], runs.Select(run => (string)run["status"]!));
        Assert.Equal("It would answer to its own doing.", (string)runs[0]["reason"]!);
        // Seven in a row, each started by the one before it.
        var labels = new List<Guid>();
        for (var i = 0; i < 8; i++) labels.Add(await stage.HasLabelAsync());
        var row = new List<Guid>();
        for (var i = 0; i < 7; i++) row.Add(await stage.HasAsync("label_added", [AutomationStage.Label(labels[i + 1])], config: new { label_id = labels[i] }));
        await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{labels[0]}", null);
        Assert.Equal("5 automations have started each other already: more than that is taken for a loop.", (string)Assert.Single(await stage.RunsAsync(row[5], 1))["reason"]!);
        Assert.Empty(await stage.RunsAsync(row[6]));
    }

    [Fact]
    public async Task For_one_contact_it_runs_only_so_often()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var id = await stage.HasAsync("message_received", [new { type = "note", config = new { text = "x" } }], options: new { max_per_contact_hour = 2 });
        var (much, little) = (AutomationStage.NewPerson(), AutomationStage.NewPerson());
        for (var i = 0; i < 4; i++) await stage.Number.SayAsync(much, $"Message number {i}");
        await stage.Number.SayAsync(little, "Only this message");
        var runs = await stage.RunsAsync(id, 5);
        Assert.Equal((3, 2), (runs.Count(run => (string)run["status"]! == "succeeded"), runs.Count(run => (string)run["status"]! == "stopped")));
        Assert.Contains("run 2 times", (string)runs.First(run => (string)run["status"]! == "stopped")["reason"]!);
    }

    [Fact]
    public async Task So_many_in_a_minute_and_at_once_and_in_quiet_hours_none_but_all_of_them_in_the_end()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        var slow = await stage.HasAsync("manual", [new { type = "note", config = new { text = "x" } }], options: new { max_per_minute = 2 });
        for (var i = 0; i < 3; i++) await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{slow}/runs", new { conversation_id = conversation["id"] }, 202);
        var runs = await stage.RunsAsync(slow, all => all.Count(AutomationStage.IsOver) == 2 && all.Any(run => (string)run["status"]! == "queued" && run["reason"] is not null), "two have run, and one waits");
        Assert.Contains("2 of its runs have begun within a minute", (string)runs.Single(run => (string)run["status"]! == "queued")["reason"]!);
        stage.Skip(TimeSpan.FromSeconds(62));
        await stage.RunsAsync(slow, 3);

        // Now, and for two hours more, it is quiet.
        var now = stage.Clock!.GetUtcNow();
        var quiet = await stage.HasAsync("manual", [new { type = "note", config = new { text = "this is no speech" } }, AutomationStage.Text("Sorry to be late")], options: new { quiet_hours = new { hours = new[] { new { from = now.AddHours(-1).ToString("HH:mm"), to = now.AddHours(2).ToString("HH:mm") } }, time_zone = "UTC" } });
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{quiet}/runs", new { conversation_id = conversation["id"] }, 202);
        var waits = await stage.RunsAsync(quiet, all => all is [{ } run] && (string)run["status"]! == "waiting", "it waits");
        Assert.Equal(("These are quiet hours.", 2), ((string)waits[0]["reason"]!, (int)waits[0]["next_step"]!));
        Assert.Equal(now.AddHours(2).ToString("HH:mm"), ((DateTimeOffset)waits[0]["resume_at"]!).ToString("HH:mm"));
        Assert.Empty(await stage.SaidAsync((Guid)conversation["id"]!));
        stage.Skip(TimeSpan.FromHours(2));
        await stage.RunAsync(quiet);
        Assert.Equal(["Sorry to be late"], await stage.SaidAsync((Guid)conversation["id"]!));
    }

    [Fact]
    public async Task Only_so_many_are_under_way_at_once()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        await using var receiver = await Receiver.StartAsync();
        var release = new TaskCompletionSource();
        receiver.Answer = (_, http) => release.Task.WaitAsync(http.RequestAborted);
        var id = await stage.HasAsync("api", [new { type = "http_request", config = new { url = receiver.Url(), json = new { x = 1 }, timeout_seconds = 30 } }], options: new { max_concurrency = 1 });
        for (var i = 0; i < 3; i++) await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 202);
        await receiver.HasAsync(1);
        var runs = await stage.RunsAsync(id, all => all.Count(run => (string)run["status"]! == "queued" && run["reason"] is not null) == 2, "two wait for the one");
        Assert.StartsWith("1 of its runs are under way", (string)runs.First(run => (string)run["status"]! == "queued")["reason"]!);
        Assert.Single(receiver.All);
        // However many wait: one job for the one that runs, and one for all that wait.
        Assert.Equal(["automations.run", "automations.turn"], await stage.ListAsync<string>("select type from scheduled_jobs where tenant_id = @tenant and type like 'automations.%' order by type"));
        release.SetResult();
        runs = await stage.RunsAsync(id, 3);
        Assert.Equal(runs.Select(run => (string)run["id"]!), runs.OrderByDescending(run => (DateTimeOffset)run["started_at"]!).Select(run => (string)run["id"]!));
        // Without the limit, the next one begins at once.
        await stage.PatchAsync(id, new { options = new { } });
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 202);
        await stage.RunsAsync(id, 4);
    }

    [Fact]
    public async Task A_run_that_its_workers_vanish_with_fails_in_words_and_makes_room_for_the_next()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var id = await stage.HasAsync("manual", [new { type = "wait", config = new { minutes = 60 } }], options: new { max_concurrency = 1 });
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 202);
        await stage.RunsAsync(id, all => all is [{ } run] && (string)run["status"]! == "waiting" && run["resume_at"] is not null, "it waits");
        // As if each worker that had it had died with it.
        await stage.ListAsync<int>("""
            update automation_runs set status = 'running' where tenant_id = @tenant;
            update scheduled_jobs set status = 'running', attempts = 14, lease_until = now() - interval '1 day' where tenant_id = @tenant and type = 'automations.run'
            """);
        var failed = await stage.RunAsync(id, "failed");
        Assert.Equal("It broke off again and again, and was given up. Replayed, it goes on from where it was.", (string)failed["reason"]!);
        Assert.Equal((1, 1), ((int)(await stage.ShowAsync(id))["execution_count"]!, (int)(await stage.ShowAsync(id))["failure_count"]!));
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 202);
        await stage.RunsAsync(id, all => all.Length == 2 && (string)all[0]["status"]! == "waiting" && (int)all[0]["next_step"]! == 1 && all[0]["resume_at"] is not null, "the next has begun");
    }

    [Theory]
    [InlineData("delivered", 202)]
    [InlineData("unknown", 409)]
    [InlineData("queued", 409)]
    public async Task A_step_whose_message_has_left_after_all_is_not_done_again_and_one_of_which_nobody_knows_neither(string status, int answer)
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        var id = await stage.HasAsync("manual", [AutomationStage.Text("Only once"), new { type = "note", config = new { text = "{{steps.1.status}}" } }]);
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/contacts/{conversation["contact_id"]}", new { status = "blocked" })).JsonAsync();
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = conversation["id"] }, 202);
        var failed = await stage.RunAsync(id, "failed");
        // As if its outcome had come to light later.
        await stage.ListAsync<int>("update messages set status = @status, failure_code = null, error_message = null where tenant_id = @tenant and direction = 'outbound'", new { status });
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{failed["id"]}/replay", null, answer);
        if (answer == 409)
        {
            Assert.Equal("failed", (string)Assert.Single(await stage.RunsAsync(id))["status"]!);
            return;
        }
        var run = await stage.RunAsync(id);
        Assert.Equal(["succeeded", "succeeded"], run["steps"]!.AsArray().Select(step => (string)step!["status"]!));
        Assert.Null((string?)run["steps"]![0]!["error"]);
        Assert.Equal([1], await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and direction = 'outbound'"));
        Assert.Equal(["delivered"], await stage.ListAsync<string>("select content from notes where tenant_id = @tenant"));
        Assert.Equal((1, 0), ((int)(await stage.ShowAsync(id))["success_count"]!, (int)(await stage.ShowAsync(id))["failure_count"]!));
    }

    [Fact]
    public async Task A_circle_through_somebody_elses_server_comes_to_an_end_too()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        await using var relay = await Receiver.StartAsync();
        var made = await stage.MakeAsync("webhook", [new { type = "http_request", config = new { url = relay.Url(), json = new { x = 1 }, tries = 1 } }]);
        var (id, url) = ((Guid)made["automation"]!["id"]!, (string)made["webhook_url"]!);
        // It passes on whatever comes, with what it says about its run.
        relay.Answer = async (_, http) =>
        {
            using var passed = new HttpRequestMessage(HttpMethod.Post, url) { Content = JsonContent.Create(new { }) };
            passed.Headers.Add("Parley-Run", http.Request.Headers["Parley-Run"].ToString());
            (await stage.App.Http.SendAsync(passed)).EnsureSuccessStatusCode();
        };
        (await stage.App.Http.PostAsJsonAsync(url, new { })).EnsureSuccessStatusCode();
        var runs = await stage.RunsAsync(id, 2);
        Assert.Equal(["stopped", "succeeded"], runs.Select(run => (string)run["status"]!));
        Assert.Equal("It would answer to its own doing.", (string)runs[0]["reason"]!);
        Assert.Single(relay.All);
    }

    [Fact]
    public async Task A_paused_one_stops_where_it_is_and_goes_on_with_the_steps_that_it_began_with()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        var id = await stage.HasAsync("manual", [new { type = "wait", config = new { minutes = 60 } }, AutomationStage.Text("An hour has passed")]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = conversation["id"] }, 202);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = conversation["id"] }, 202);
        var runs = await stage.RunsAsync(id, all => all.Length == 2 && all.All(run => (string)run["status"]! == "waiting" && run["resume_at"] is not null), "they wait");
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{runs[0]["id"]}/cancel", null, 200);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{runs[0]["id"]}/cancel", null, 409);
        await stage.PatchAsync(id, new { status = "paused", actions = new[] { AutomationStage.Text("Other words now") } });
        stage.Skip(TimeSpan.FromMinutes(61));
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from scheduled_jobs where tenant_id = @tenant and type = 'automations.run'"), left => left[0] == 0, "nothing is left to do");
        Assert.Empty(await stage.SaidAsync((Guid)conversation["id"]!));
        await stage.PatchAsync(id, new { status = "active" });
        await stage.RunsAsync(id, 2);
        Assert.Equal(["An hour has passed"], await stage.SaidAsync((Guid)conversation["id"]!));
    }

    [Fact]
    public async Task Two_nodes_run_each_once()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using var stage = await AutomationStage.StartAloneAsync(fixture, database);
        await using var other = await TestApp.StartAsync(database, settings: WebhookStage.Allowed, time: stage.Clock);
        var id = await stage.HasAsync("message_received", [AutomationStage.Text("Thank you for {{message.text}}"), new { type = "note", config = new { text = "once" } }]);
        await Task.WhenAll(Enumerable.Range(0, 25).Select(i => stage.Number.SayAsync(AutomationStage.NewPerson(), $"question number {i}")));
        await stage.RunsAsync(id, 25, 60);
        Assert.Equal(25, (await stage.App.LedgerAsync()).Count);
        Assert.Equal([25], await stage.ListAsync<int>("select count(*)::int from notes where tenant_id = @tenant"));
        var counts = await stage.ShowAsync(id);
        Assert.Equal((25, 25), ((int)counts["execution_count"]!, (int)counts["success_count"]!));
    }

    [Fact]
    public async Task A_node_that_is_killed_leaves_nothing_undone_and_nothing_done_twice()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using var receiver = await Receiver.StartAsync();
        await using var web = await TestApp.StartAsync(database, Hosting.Role.Web, settings: WebhookStage.Allowed);
        var tenant = await web.NewTenantAsync();
        var stage = new AutomationStage(web, tenant, await tenant.HasWhatsAppAsync());
        var arrived = new TaskCompletionSource();
        receiver.Answer = async (_, http) => { arrived.TrySetResult(); await Task.Delay(Timeout.Infinite, http.RequestAborted); };
        // Some are written to; and some wait for an answer that the dead one never gets.
        var id = await stage.HasAsync("message_received", [AutomationStage.Text("Hello {{message.text}}"), new { type = "note", config = new { text = "{{message.text}}" } }, new { type = "http_request", config = new { url = receiver.Url(), json = new { id = "{{run.id}}" } } }, new { type = "note", config = new { text = "end" } }]);
        var settings = new Dictionary<string, string> { ["PARLEY_EGRESS_ALLOW"] = "127.0.0.1" };
        await using (var first = await ServerProcess.StartAsync(database, settings: settings))
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => stage.Number.SayAsync(AutomationStage.NewPerson(), $"customer number {i}")));
            await arrived.Task.WaitAsync(TimeSpan.FromSeconds(60));
            first.Kill();
        }
        receiver.Answer = (_, _) => Task.CompletedTask;
        await using var second = await ServerProcess.StartAsync(database, settings: settings);
        await stage.RunsAsync(id, 20, 120);   // the lease of the dead one ends after half a minute
        Assert.All(await stage.RunsAsync(id), run => Assert.Contains((string)run["status"]!, new[] { "succeeded", "failed" }));
        // A message whose outcome died with the node is never sent again by itself: then the step says that it is not known.
        Assert.All((await stage.RunsAsync(id)).Where(run => (string)run["status"]! == "failed"), run => Assert.StartsWith("Step 1 (send_message)", (string)run["reason"]!));
        Assert.Equal([20], await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and direction = 'outbound'"));
        var said = (await web.LedgerAsync()).Select(item => item!.ToJsonString()).ToList();
        Assert.All(Enumerable.Range(0, 20), i => Assert.InRange(said.Count(line => line.Contains($"customer number {i}\"")), 0, 1));
        Assert.Equal(0, (await stage.ListAsync<int>("select count(*)::int from (select contact_id, content from notes where tenant_id = @tenant group by 1, 2 having count(*) > 1) twice"))[0]);
        Assert.All(receiver.All.GroupBy(one => (string)one.Json["id"]!), group => Assert.InRange(group.Count(), 1, 2));
    }

    [Fact]
    public async Task What_is_written_wrongly_is_refused_in_words_and_who_may_not_cannot()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        object[] close = [new { type = "close" }];
        async Task RefusedAsync(object definition, string field) =>
            Assert.NotNull((await stage.Tenant.Admin.PostJsonAsync("/api/automations", definition, 400))["errors"]![field]);

        await RefusedAsync(new { }, "name");
        await RefusedAsync(new { name = "x", trigger = new { type = "schedule", config = new { cron = "0 9 30 2 *" } }, actions = close }, "trigger");
        await RefusedAsync(new { name = "x", trigger = new { type = "message_received" }, conditions = new { items = new[] { new { type = "text", op = "regex", values = "abcdef".Select(letter => letter.ToString()) } } }, actions = close }, "conditions.items.0");
        await RefusedAsync(new { name = "x", trigger = new { type = "weather" }, actions = close }, "trigger");
        await RefusedAsync(new { name = "x", trigger = new { type = "schedule", config = new { cron = "every day" } }, actions = close }, "trigger");
        await RefusedAsync(new { name = "x", trigger = new { type = "schedule", config = new { cron = "* * * * *", time_zone = "Mars/Sea" } }, actions = close }, "trigger");
        await RefusedAsync(new { name = "x", trigger = new { type = "no_reply" }, actions = close }, "trigger");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = Array.Empty<object>() }, "actions");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = new object[] { new { type = "dance" } } }, "actions.0");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = new object[] { new { type = "send_message", config = new { text = "{{customer.name}}" } } } }, "actions.0");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = new object[] { new { type = "http_request", config = new { url = "ftp://example.com" } } } }, "actions.0");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = new object[] { new { type = "http_request", config = new { url = "https://example.com", headers = new { Host = "other" } } } } }, "actions.0");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = close, conditions = new { match = "some" } }, "conditions.match");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = close, conditions = new { items = new[] { new { type = "weather" } } } }, "conditions.items.0");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = close, options = new { max_per_minute = 0 } }, "options");
        await RefusedAsync(new { name = "x", trigger = new { type = "manual" }, actions = close, options = new { quiet_hours = new { time_zone = "UTC" } } }, "options");

        var id = await stage.HasAsync("manual", close);
        await stage.PatchAsync(id, new { status = "gone" }, 400);
        await stage.PatchAsync(id, new { trigger = new { type = "webhook" } }, 400);
        await stage.Tenant.Editor.PostJsonAsync("/api/automations", new { name = "x" }, 403);
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/automations/{id}", new { status = "paused" })).JsonAsync(403);
        // Another organisation starts nothing here, and its events neither.
        var other = await stage.App.NewTenantAsync();
        await other.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 404);
        var listens = await stage.HasAsync("message_received", close);
        await (await other.HasWhatsAppAsync()).SayAsync(AutomationStage.NewPerson(), "Hello over there");
        await stage.ReadAsync();
        Assert.Empty(await stage.RunsAsync(listens));
        // The same request twice is one automation.
        var body = new { name = "Only once", trigger = new { type = "manual" }, actions = close };
        var (one, two) = (await stage.Tenant.Admin.PostJsonAsync("/api/automations", body, 201, "a-key"), await stage.Tenant.Admin.PostJsonAsync("/api/automations", body, 201, "a-key"));
        Assert.Equal((string)one["automation"]!["id"]!, (string)two["automation"]!["id"]!);
        var list = (await stage.Tenant.Viewer.GetJsonAsync("/api/automations?limit=2"))!;
        Assert.Equal(2, list["items"]!.AsArray().Count);
        Assert.Single((await stage.Tenant.Viewer.GetJsonAsync($"/api/automations?limit=2&cursor={list["next_cursor"]}"))["items"]!.AsArray());
        Assert.Contains("automation.updated", await stage.ListAsync<string>("select type from events where tenant_id = @tenant"));
    }

    [Fact]
    public async Task Runs_are_kept_for_ninety_days_and_a_deleted_automation_goes_with_its_runs()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var (kept, gone) = (await stage.HasAsync("manual", [new { type = "wait", config = new { seconds = 1 } }]), await stage.HasAsync("manual", [new { type = "wait", config = new { minutes = 50 } }]));
        foreach (var id in new[] { kept, gone }) await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 202);
        await stage.RunAsync(kept);
        await stage.Tenant.Admin.DeleteAsync($"/api/automations/{gone}");
        var housekeeping = Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetServices<Microsoft.Extensions.Hosting.IHostedService>(stage.App.Services).OfType<Platform.Housekeeping>().Single();
        await housekeeping.RunOnceAsync(default);
        Assert.Equal([kept], await stage.ListAsync<Guid>("select id from automations where tenant_id = @tenant"));
        Assert.Single(await stage.RunsAsync(kept));
        stage.Clock!.Skip(TimeSpan.FromDays(91));
        await housekeeping.RunOnceAsync(default);
        Assert.Empty(await stage.RunsAsync(kept));
        Assert.Equal(1, (int)(await stage.ShowAsync(kept))["execution_count"]!);
    }
}
