using System.Net.Http.Json;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>What steps do, and what they say when they cannot.</summary>
public sealed class StepTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Each_step_does_what_it_says()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var (label, other) = (await stage.HasLabelAsync(), await stage.HasLabelAsync());
        var user = (Guid)(await stage.Tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Bia", role = "editor" }, 201))["id"]!;
        await stage.Tenant.Editor.PostJsonAsync("/api/templates", new { name = "Thanks", content = new { body = "Thank you, {{first}}." } }, 201);
        var id = await stage.HasAsync("message_received",
        [
            AutomationStage.Label(label), new { type = "label", config = new { label_id = other, on = "contact" } },
            new { type = "update_contact", config = new { fields = new { name = "Ana {{message.text}}", metadata = new { city = "Rio", last = "{{message.type}}" } } } },
            new { type = "send_message", config = new { text = "{{contact.name}}, {{contact.metadata.city}}, {{steps.1.status}}" } },
            new { type = "send_template", config = new { name = "Thanks", variables = new { first = "{{contact.name}}" } } },
            new { type = "assign", config = new { user_id = user } }, new { type = "note", config = new { text = "{{steps.4.status}}" } },
            AutomationStage.Label(other, "unlabel"), new { type = "wait", config = new { seconds = 1 } }, new { type = "close" },
        ]);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Lima");
        var run = await stage.RunAsync(id);
        Assert.Equal(10, run["steps"]!.AsArray().Count);
        Assert.All(AutomationStage.StatusesOf(run), status => Assert.Equal("succeeded", status));
        Assert.Equal(["Ana Lima, Rio, labelled", "Thank you, Ana Lima."], await stage.SaidAsync((Guid)conversation["id"]!));
        var now = await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}");
        Assert.Equal(("closed", label, user), ((string)now["status"]!, (Guid)Assert.Single(now["labels"]!.AsArray())!, (Guid)now["assigned_user_id"]!));
        Assert.Equal(other, (Guid)Assert.Single((await stage.Tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}/labels")).AsArray())!["id"]!);
        var note = (await stage.Tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}/notes"))["items"]![0]!;
        Assert.Equal($"automation:{id}", (string)note["author"]!);
        Assert.Contains((string)note["content"]!, new[] { "sent", "delivered", "read" });
        // What it did is in the audit log, as its doing.
        Assert.Contains((await stage.Tenant.Admin.GetJsonAsync("/api/audit?limit=100"))["items"]!.AsArray(), line => (string)line!["actor"]! == $"automation:{id}" && (string)line["action"]! == "conversation.closed");
    }

    [Fact]
    public async Task The_gate_refuses_and_the_step_says_so_in_its_words()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var id = await stage.HasAsync("message_received", [AutomationStage.Text("You are not to hear this"), new { type = "close" }], AutomationStage.Contains("refuse me"));
        var person = AutomationStage.NewPerson();
        var conversation = await stage.SaysAsync(person, "Good morning");
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/contacts/{conversation["contact_id"]}", new { status = "blocked" })).JsonAsync();
        await stage.Number.SayAsync(person, "Now refuse me");
        var run = await stage.RunAsync(id, "failed");
        Assert.Equal(["failed"], AutomationStage.StatusesOf(run));
        var step = run["steps"]![0]!;
        var message = await stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{step["message_id"]}");
        Assert.Equal(((string)message["error_message"]!, "recipient_blocked"), ((string)step["error"]!, (string)step["result"]!["error_code"]!));
        Assert.StartsWith("Step 1 (send_message): ", (string)run["reason"]!);
        Assert.Equal(1, (int)(await stage.ShowAsync(id))["failure_count"]!);
        Assert.Equal("open", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}"))["status"]!);

        // Replayed when the reason is gone, it goes on from there.
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/contacts/{conversation["contact_id"]}", new { status = "active" })).JsonAsync();
        await stage.Tenant.Viewer.PostJsonAsync($"/api/automation-runs/{run["id"]}/replay", null, 403);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{run["id"]}/replay", null, 202);
        await stage.RunAsync(id);
        var counts = await stage.ShowAsync(id);
        Assert.Equal((1, 1, 0), ((int)counts["execution_count"]!, (int)counts["success_count"]!, (int)counts["failure_count"]!));
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{run["id"]}/replay", null, 409);
    }

    [Fact]
    public async Task A_window_that_is_closed_and_an_opt_out_are_said()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        var id = await stage.HasAsync("manual", [AutomationStage.Text("Too late for this")]);
        var (late, gone) = (await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning"), await stage.SaysAsync(AutomationStage.NewPerson(), "No more, please"));
        await (await stage.Tenant.Editor.PutAsJsonAsync($"/api/contacts/{gone["contact_id"]}/opt-out", new { channel = "whatsapp", handle = gone["handle"] })).JsonAsync();
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = gone["id"] }, 202);
        Assert.Equal("recipient_opted_out", (string)(await stage.RunAsync(id, "failed"))["steps"]![0]!["result"]!["error_code"]!);
        stage.Skip(TimeSpan.FromHours(25));
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { conversation_id = late["id"] }, 202);
        var run = await stage.ShowRunAsync((Guid)(await stage.RunsAsync(id, 2))[0]["id"]!);
        Assert.Equal("window_closed", (string)run["steps"]![0]!["result"]!["error_code"]!);
    }

    [Fact]
    public async Task A_step_that_cannot_be_done_says_why_and_the_next_comes_only_where_it_shall()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        object Step(string type, object config, string onError = "continue") => new { type, config, on_error = onError };
        var id = await stage.HasAsync("message_received",
        [
            Step("send_message", new { text = "{{trigger.body.missing}}" }), Step("label", new { label_id = Guid.CreateVersion7() }), Step("assign", new { user_id = Guid.CreateVersion7() }), Step("start_bot", new { }), Step("stop_bot", new { }),
            Step("update_contact", new { fields = new { email = "{{message.text}}" } }), Step("send_message", new { text = "x", to = "{{message.text}}", integration_id = stage.Number.Id }), Step("send_template", new { name = "Nothing" }),
            Step("send_message", new { text = "{{steps.1.error}}" }), Step("note", new { text = "{{contact.email}}" }, "stop"), Step("close", new { }),
        ]);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "no address");
        var run = await stage.RunAsync(id, "failed");
        Assert.Equal(["failed", "failed", "failed", "failed", "failed", "failed", "failed", "failed", "succeeded", "failed"], AutomationStage.StatusesOf(run));
        var errors = run["steps"]!.AsArray().Select(step => (string?)step!["error"]).ToList();
        Assert.Contains("{{trigger.body.missing}}", errors[0]);
        Assert.Equal("The conversation or the label is gone.", errors[1]);
        Assert.Equal("There is no such user.", errors[2]);
        Assert.Contains("No bot", errors[3]);
        Assert.Contains("no e-mail address", errors[5]);
        Assert.Contains("no phone number", errors[6]);
        Assert.All(errors.Where((_, i) => i != 8), Assert.NotNull);
        Assert.Single(await stage.SaidAsync((Guid)conversation["id"]!));
    }

    [Fact]
    public async Task Somebody_who_was_never_here_is_written_to_and_is_then_known()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var twilio = await TwilioTestNumber.ConnectAsync(stage.Tenant);
        var id = await stage.HasAsync("api", [new { type = "send_message", config = new { text = "Your parcel is here", to = "{{trigger.data.to}}", integration_id = twilio.Id } }, new { type = "note", config = new { text = "told" } }]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { data = new { to = "+49 30 1234567" } }, 202);
        var run = await stage.RunAsync(id);
        Assert.NotNull((string?)run["conversation_id"]);
        Assert.NotNull((string?)run["contact_id"]);
        Assert.Equal("+49301234567", (string)Assert.Single(await twilio.LedgerAsync())["to"]!);
    }

    [Fact]
    public async Task The_bot_is_paused_and_goes_on()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        await (await stage.Tenant.Admin.PutAsJsonAsync($"/api/integrations/{stage.Number.Id}/bot", new { is_on = true, base_url = new Uri(stage.App.Emulator.BaseAddress!, "/openai/v1").ToString(), model = "test-model", api_key = "key-for-the-bot", system_prompt = "Be kind.", wait_seconds = 60 })).JsonAsync();
        var (stop, start) = (await stage.HasAsync("message_received", [new { type = "stop_bot" }], AutomationStage.Contains("person please")), await stage.HasAsync("message_received", [new { type = "start_bot" }], AutomationStage.Contains("robot please")));
        var person = AutomationStage.NewPerson();
        var conversation = await stage.SaysAsync(person, "A person please");
        await stage.RunAsync(stop);
        Assert.Equal("paused", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}/bot"))["state"]!);
        await stage.Number.SayAsync(person, "The robot please");
        await stage.RunAsync(start);
        Assert.Equal("active", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}/bot"))["state"]!);
    }

    [Fact]
    public async Task A_dry_run_shows_everything_and_does_nothing()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var label = await stage.HasLabelAsync();
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "What are your prices?");
        var message = (await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}/messages"))["items"]![0]!;
        object Definition(string text) => new
        {
            name = "Try", trigger = new { type = "message_received" }, conditions = AutomationStage.Contains(text),
            actions = new[] { AutomationStage.Text("You said {{message.text}}"), AutomationStage.Label(label), new { type = "http_request", config = new { url = "https://example.com/x?key={{message.text}}", headers = new { Authorization = "Bearer planted-secret-1" } } }, AutomationStage.Text("{{trigger.body.nothing}}") },
        };
        var dry = await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { definition = Definition("prices"), message_id = message["id"] }, 200);
        Assert.True((bool)dry["would_run"]!);
        Assert.Equal("You said What are your prices?", (string)dry["steps"]![0]!["input"]!["text"]!);
        Assert.Contains("{{trigger.body.nothing}}", (string)dry["steps"]![3]!["error"]!);
        Assert.DoesNotContain("planted-secret-1", dry.ToJsonString());
        Assert.False((bool)(await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { definition = Definition("weather"), message_id = message["id"] }, 200))["would_run"]!);
        Assert.False((bool)(await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { definition = Definition("prices") }, 200))["would_run"]!);
        await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { definition = Definition("prices"), message_id = Guid.CreateVersion7() }, 404);
        await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { automation_id = Guid.CreateVersion7() }, 404);
        await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { }, 400);
        await stage.Tenant.Viewer.PostJsonAsync("/api/automations/dry-run", new { definition = Definition("prices") }, 403);
        Assert.Empty(await stage.SaidAsync((Guid)conversation["id"]!));
        Assert.Empty((await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}"))["labels"]!.AsArray());
        Assert.Equal(0, (await stage.ListAsync<int>("select count(*)::int from automation_runs where tenant_id = @tenant"))[0]);
    }
}
