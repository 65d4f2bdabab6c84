using System.Net;
using System.Net.Http.Json;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>What starts an automation, and what does not.</summary>
public sealed class TriggerTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Who_asks_for_prices_is_answered_and_the_log_says_what_was_done()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var id = await stage.HasAsync("message_received", [AutomationStage.Text("Hello {{contact.name|there}}, you asked: {{message.text}}")], AutomationStage.Contains("PRÍCES"));
        var person = AutomationStage.NewPerson();
        var conversation = await stage.SaysAsync(person, "Your prices please");
        var run = await stage.RunAsync(id);
        Assert.Equal(["succeeded"], AutomationStage.StatusesOf(run));
        Assert.EndsWith(", you asked: Your prices please", (string)run["steps"]![0]!["input"]!["text"]!);
        Assert.EndsWith(", you asked: Your prices please", Assert.Single(await stage.SaidAsync((Guid)conversation["id"]!)));
        var automation = await stage.ShowAsync(id);
        Assert.Equal((1, 1, 0), ((int)automation["execution_count"]!, (int)automation["success_count"]!, (int)automation["failure_count"]!));
        Assert.NotNull((string?)automation["last_triggered_at"]);
        Assert.Equal("When a customer writes, if the text contains “PRÍCES”: send a message “Hello {{contact.name|there}}, you asked…”.", (string)automation["sentence"]!);

        await stage.Number.SayAsync(person, "Never mind");
        await stage.ReadAsync();
        Assert.Single(await stage.RunsAsync(id));
    }

    [Fact]
    public async Task Beginning_closing_and_coming_back_start_what_listens_to_it_once_each()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        object[] note = [new { type = "note", config = new { text = "{{contact.name}}" } }];
        var (opened, closed, made) = (await stage.HasAsync("conversation_opened", note), await stage.HasAsync("conversation_closed", note), await stage.HasAsync("contact_created", note));
        var person = AutomationStage.NewPerson();
        var conversation = (string)(await stage.SaysAsync(person, "Good morning"))["id"]!;
        await stage.SaysNowAsync(person, "Is anybody there?");
        await stage.RunAsync(opened);
        await stage.RunAsync(made);
        await stage.ReadAsync();
        Assert.Empty(await stage.RunsAsync(closed));

        await (await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation}/closure", null)).JsonAsync();
        await stage.RunAsync(closed);
        await stage.SaysNowAsync(person, "One more thing");
        await stage.RunsAsync(opened, 2);
        await stage.SaysNowAsync(person, "And another");
        await stage.ReadAsync();
        Assert.Equal((2, 1), ((await stage.RunsAsync(opened)).Length, (await stage.RunsAsync(closed)).Length));

        // Opened again by somebody here.
        await (await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation}/closure", null)).JsonAsync();
        await stage.RunsAsync(closed, 2);
        await (await stage.Tenant.Editor.DeleteAsync($"/api/conversations/{conversation}/closure")).JsonAsync();
        await stage.RunsAsync(opened, 3);

        await stage.Tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Somebody new" }, 201);
        await stage.RunsAsync(made, 2);
        Assert.Equal(2, (await stage.RunsAsync(made)).Length);
    }

    [Fact]
    public async Task A_label_starts_what_listens_to_it_and_no_other_label_does()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var (vip, late) = (await stage.HasLabelAsync(), await stage.HasLabelAsync());
        object[] note = [new { type = "note", config = new { text = "seen" } }];
        var (one, any) = (await stage.HasAsync("label_added", note, config: new { label_id = vip }), await stage.HasAsync("label_added", note));
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{late}", null);
        await stage.RunAsync(any);
        Assert.Empty(await stage.RunsAsync(one));
        await stage.Tenant.Editor.PutAsync($"/api/contacts/{conversation["contact_id"]}/labels/{vip}", null);
        await stage.RunAsync(one);
        await stage.RunsAsync(any, 2);
        await stage.Tenant.Editor.DeleteAsync($"/api/contacts/{conversation["contact_id"]}/labels/{vip}");
        await stage.ReadAsync();
        Assert.Single(await stage.RunsAsync(one));
    }

    [Fact]
    public async Task A_message_that_fails_starts_what_listens_to_it()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var id = await stage.HasAsync("message_failed", [new { type = "note", config = new { text = "Not sent: {{message.error}}" } }]);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        var contact = conversation["contact_id"];
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/contacts/{contact}", new { status = "blocked" })).JsonAsync();
        await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { type = "text", content = "This is refused" }, 202);
        await stage.RunAsync(id);
        Assert.StartsWith("Not sent: ", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/contacts/{contact}/notes"))["items"]![0]!["content"]!);
    }

    [Fact]
    public async Task Who_waits_too_long_is_noticed_and_who_was_answered_is_not()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var id = await stage.HasAsync("no_reply", [new { type = "note", config = new { text = "waits since: {{message.text}}" } }], config: new { minutes = 30 });
        var (waits, answered) = (await stage.SaysAsync(AutomationStage.NewPerson(), "Is anybody there?"), await stage.SaysAsync(AutomationStage.NewPerson(), "Hello out there"));
        await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{answered["id"]}/messages", new { type = "text", content = "Here we are" }, 202);
        await stage.ReadAsync();
        stage.Skip(TimeSpan.FromMinutes(29));
        await Eventually.Async(() => stage.ListAsync<string>("select key from scheduled_jobs where tenant_id = @tenant and type = 'automations.no_reply' and status = 'waiting'"), jobs => jobs.Count == 2, "two are waited for");
        Assert.Empty(await stage.RunsAsync(id));
        stage.Skip(TimeSpan.FromMinutes(2));
        var run = await stage.RunAsync(id);
        Assert.Equal((string)waits["id"]!, (string)run["conversation_id"]!);
    }

    [Fact]
    public async Task A_schedule_comes_at_its_time_and_what_was_missed_comes_once_or_not_at_all()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        object[] call = [new { type = "wait", config = new { seconds = 1 } }];
        var (once, skip) = (await stage.HasAsync("schedule", call, config: new { cron = "0 * * * *", time_zone = "Europe/Berlin" }), await stage.HasAsync("schedule", call, config: new { cron = "0 * * * *", missed = "skip" }));
        var next = (DateTimeOffset)(await stage.ShowAsync(once))["next_at"]!;
        Assert.InRange(next - stage.Clock!.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromHours(1));
        stage.Skip(next - stage.Clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        await stage.RunsAsync(once, runs => runs.Length == 1, "it has begun");
        await stage.RunsAsync(skip, runs => runs.Length == 1, "it has begun");
        Assert.Equal(next.AddHours(1), (DateTimeOffset)(await stage.ShowAsync(once))["next_at"]!);

        // Five hours without anybody.
        stage.Skip(TimeSpan.FromHours(5) + TimeSpan.FromMinutes(20));
        await stage.RunsAsync(once, runs => runs.Length == 2, "what was missed comes once");
        var left = await stage.RunsAsync(skip, runs => runs.Length == 2, "or is left out");
        Assert.Equal("stopped", (string)left[0]["status"]!);
        Assert.Contains("two minutes late", (string)left[0]["reason"]!);
        Assert.Equal(next.AddHours(6), (DateTimeOffset)(await stage.ShowAsync(once))["next_at"]!);

        await stage.PatchAsync(once, new { status = "paused" });
        stage.Skip(TimeSpan.FromHours(3));
        await stage.RunsAsync(skip, runs => runs.Length == 3, "the other goes on");
        Assert.Equal(2, (await stage.RunsAsync(once)).Length);
    }

    [Fact]
    public async Task A_call_of_its_address_is_a_run_before_it_is_acknowledged_and_the_same_call_is_one_run()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var person = AutomationStage.NewPerson();
        var contact = (string)(await stage.SaysAsync(person, "Good morning"))["contact_id"]!;
        var made = await stage.MakeAsync("webhook", [new { type = "note", config = new { text = "Order {{trigger.body.order.id}} of {{contact.id}}, {{trigger.query.from}}" } }], config: new { contact = new { by = "phone", value = "{{trigger.body.phone}}" } });
        var (id, url) = ((Guid)made["automation"]!["id"]!, (string)made["webhook_url"]!);
        Planted.Add(url[^43..]);
        var answer = await CallAsync(url + "?from=shop", new { phone = person, order = new { id = 7 } }, "first");
        var run = await stage.RunAsync(id);
        Assert.Equal((string)run["id"]!, (string)(await answer.JsonAsync())["run_id"]!);
        Assert.Equal($"Order 7 of {contact}, shop", (string)run["steps"]![0]!["input"]!["text"]!);
        Assert.Equal((string)run["id"]!, (string)(await (await CallAsync(url, new { phone = "other" }, "first")).JsonAsync())["run_id"]!);
        Assert.Single(await stage.RunsAsync(id));

        // Whatever it is, it is taken.
        using (var form = new FormUrlEncodedContent([new("phone", person), new("order", "x")])) await (await stage.App.Http.PostAsync(url, form)).JsonAsync();
        using (var odd = new ByteArrayContent([0xff, 0, 0x7b])) await (await stage.App.Http.PostAsync(url, odd)).JsonAsync();
        await stage.RunsAsync(id, 3);

        // What is not let in.
        using (var much = new ByteArrayContent(new byte[65 * 1024])) Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await stage.App.Http.PostAsync(url, much)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(url[..^1] + (url[^1] == 'A' ? 'B' : 'A'), new { })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(url.Replace(id.ToString(), Guid.CreateVersion7().ToString()), new { })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(url[..(url.LastIndexOf('/') + 1)] + "x", new { })).StatusCode);
        var rotated = (string)(await stage.Tenant.Admin.PostJsonAsync($"/api/automations/{id}/rotate", null, 200))["webhook_url"]!;
        Assert.Equal(HttpStatusCode.NotFound, (await CallAsync(url, new { })).StatusCode);
        await (await CallAsync(rotated, new { })).JsonAsync();
        await stage.PatchAsync(id, new { status = "paused" });
        Assert.Equal(HttpStatusCode.Conflict, (await CallAsync(rotated, new { })).StatusCode);

        Task<HttpResponseMessage> CallAsync(string address, object body, string? key = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(body) };
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            return stage.App.Http.SendAsync(request);
        }
    }

    [Fact]
    public async Task People_and_programs_start_what_is_for_them_and_nothing_else()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        var id = await stage.HasAsync("manual", [AutomationStage.Text("Your code is {{trigger.data.code}}.")]);
        var started = await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = conversation["id"], data = new { code = "12-34" } }, 202);
        Assert.Equal("api", (string)started["trigger_type"]!);   // a key did it
        await stage.RunAsync(id);
        Assert.Equal(["Your code is 12-34."], await stage.SaidAsync((Guid)conversation["id"]!));
        await stage.Tenant.Viewer.PostJsonAsync($"/api/automations/{id}/runs", new { }, 403);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = Guid.CreateVersion7() }, 404);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { contact_id = Guid.CreateVersion7() }, 404);
        await stage.PatchAsync(id, new { status = "paused" });
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { }, 409);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{await stage.HasAsync("message_received", [AutomationStage.Text("x")])}/runs", new { }, 409);
    }

    [Fact]
    public async Task What_happened_before_or_while_it_was_switched_off_starts_nothing()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var person = AutomationStage.NewPerson();
        await stage.SaysAsync(person, "Before it was there");
        var id = await stage.HasAsync("message_received", [new { type = "note", config = new { text = "x" } }]);
        await stage.PatchAsync(id, new { status = "paused" });
        await stage.Number.SayAsync(person, "While it was off");
        await stage.PatchAsync(id, new { status = "active" });
        await stage.Number.SayAsync(person, "Now that it is on");
        await stage.RunAsync(id);
        await stage.ReadAsync();
        Assert.Single(await stage.RunsAsync(id));
        await stage.Tenant.Admin.DeleteAsync($"/api/automations/{id}");
        await stage.Number.SayAsync(person, "And it is gone");
        await stage.Tenant.Viewer.GetJsonAsync($"/api/automations/{id}", 404);
        Assert.Equal(1, (await stage.ListAsync<int>("select count(*)::int from automation_runs where tenant_id = @tenant"))[0]);
    }
}
