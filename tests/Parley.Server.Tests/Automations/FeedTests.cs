using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Triggers;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>How the feed is read for automations: a bit of each, and never too much at once.</summary>
public sealed class FeedTests(ParleyFixture fixture)
{
    static readonly object[] Note = [new { type = "note", config = new { text = "x" } }];

    // Nobody reads there but the test.
    async Task<AutomationStage> StageAsync()
    {
        var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Hosting.Role.Web, settings: WebhookStage.Allowed);
        var tenant = await app.NewTenantAsync();
        return new(app, tenant, await tenant.HasWhatsAppAsync());
    }

    static AutomationFeed Reader(AutomationStage stage) => ActivatorUtilities.CreateInstance<AutomationFeed>(stage.App.Services, new AutomationCache());

    static Task GrowAsync(AutomationStage stage, int lines) => stage.ListAsync<int>("""
        with head as (update feed_heads set seq = seq + @lines where tenant_id = @tenant returning seq)
        insert into events (tenant_id, seq, type, created_at) select @tenant, head.seq - @lines + n, 'contact.updated', now() from head, generate_series(1, @lines) n
        """, new { lines });

    static async Task<long> BehindAsync(AutomationStage stage) =>
        (await stage.ListAsync<long>("select h.seq - c.seq from automation_cursors c join feed_heads h on h.tenant_id = c.tenant_id where c.tenant_id = @tenant"))[0];

    [Fact]
    public async Task One_tenant_that_is_far_behind_takes_turns_with_the_others()
    {
        var busy = await StageAsync();
        await using var app = busy.App;
        var tenant = await app.NewTenantAsync();
        var quiet = new AutomationStage(app, tenant, await tenant.HasWhatsAppAsync());
        foreach (var stage in new[] { busy, quiet }) await stage.HasAsync("message_received", Note);
        await GrowAsync(busy, 5000);
        await GrowAsync(quiet, 3);
        var before = await BehindAsync(busy);
        var reader = Reader(busy);
        Assert.True(await reader.TakeTurnsAsync(default));
        Assert.Equal((before - 2000, 0), (await BehindAsync(busy), await BehindAsync(quiet)));
        await reader.RunOnceAsync(default);
        Assert.Equal(0, await BehindAsync(busy));
    }

    [Fact]
    public async Task A_page_that_would_start_too_much_is_taken_in_parts_and_everything_starts_once()
    {
        var stage = await StageAsync();
        await using var app = stage.App;
        var id = await stage.HasAsync("message_received", Note);
        await stage.ListAsync<int>("""
            insert into automations (tenant_id, id, name, status, trigger_type, actions, author, created_at, updated_at)
            select @tenant, gen_random_uuid(), 'Rule ' || n, 'active', 'message_received', '[]', 'system', now(), now() from generate_series(1, 899) n
            """);
        for (var i = 0; i < 14; i++) await stage.Number.SayAsync(AutomationStage.NewPerson(), $"Message number {i}");
        await Reader(stage).RunOnceAsync(default);
        // What one transaction made has one time.
        Assert.Equal([5400, 5400, 1800], await stage.ListAsync<int>("select count(*)::int from automation_runs where tenant_id = @tenant group by created_at order by created_at"));
        Assert.Equal([14], await stage.ListAsync<int>("select count(*)::int from automation_runs where tenant_id = @tenant and automation_id = @id", new { id }));
        Assert.Equal(0, await BehindAsync(stage));
    }

    [Fact]
    public async Task Only_lines_that_can_start_something_are_looked_into()
    {
        var stage = await StageAsync();
        await using var app = stage.App;
        await stage.HasAsync("message_failed", Note);
        var conversation = await stage.SaysAsync(AutomationStage.NewPerson(), "Good morning");
        var label = await stage.HasLabelAsync();
        var sent = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { type = "text", content = "Good morning to you" }, 202);
        await stage.Tenant.Editor.PutAsync($"/api/conversations/{conversation["id"]}/labels/{label}", null);
        async Task<string[]> LinesAsync() => await stage.App.Get<Platform.Database.TenantDatabase>().ChangeAsync(stage.Tenant.Id, async change =>
        {
            var page = await FeedLines.PageAsync(change, 0, 500, default);
            Assert.True(page.Count > 4);
            return (await FeedLines.ReadAsync(change, page, await new AutomationCache().GetAsync(change, stage.Tenant.Id, 1, default), default)).Select(line => line.Type).Distinct().ToArray();
        }, default);
        Assert.Empty(await LinesAsync());
        await stage.HasAsync("message_received", Note);
        Assert.Equal(["message.created"], await LinesAsync());
        await stage.HasAsync("label_added", Note, config: new { label_id = label });
        Assert.Equal(["conversation.updated", "message.created"], (await LinesAsync()).Order());
        Assert.Equal("queued", (string)sent["status"]!);
    }

    [Fact]
    public async Task Patterns_that_take_too_long_start_nothing_hold_up_nobody_and_say_so_until_they_are_changed()
    {
        var stage = await StageAsync();
        await using var app = stage.App;
        // Many ways to read each letter: slow, though linear.
        var slow = new { match = "any", items = Enumerable.Range(0, 20).Select(i => new { type = "text", op = "regex", values = Enumerable.Range(0, 5).Select(n => $"(a|b)*a(a|b){{{300 + i * 5 + n}}}c").ToArray() }).ToArray() };
        var cut = await stage.HasAsync("message_received", Note, slow);
        var plain = await stage.HasAsync("message_received", Note, AutomationStage.Contains("abab"));
        await stage.Number.SayAsync(AutomationStage.NewPerson(), string.Concat(Enumerable.Range(0, 1200).Select(i => i * i % 7 < 3 ? "a" : "b")) + "abab");
        await Reader(stage).RunOnceAsync(default);
        Assert.Empty(await stage.RunsAsync(cut));
        Assert.Single(await stage.RunsAsync(plain));
        Assert.StartsWith("Its patterns took too long", (string)(await stage.ShowAsync(cut))["status_reason"]!);
        Assert.Null((await stage.ShowAsync(plain))["status_reason"]);
        Assert.Contains("automation.updated", await stage.ListAsync<string>("select type from events where tenant_id = @tenant order by seq desc limit 1"));
        Assert.Null((await stage.PatchAsync(cut, new { conditions = AutomationStage.Contains("x") }))["status_reason"]);
    }
}
