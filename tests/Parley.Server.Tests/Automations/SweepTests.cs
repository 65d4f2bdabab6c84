using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Automations.Runs;
using Parley.Server.Jobs;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>What concerns all runs of an automation at once is done a piece at a time, to the end.</summary>
public sealed class SweepTests(ParleyFixture fixture)
{
    const int Many = 12_000;

    // Nobody works there but the test; so many runs wait for a day.
    async Task<(AutomationStage Stage, Guid Id)> StageAsync(object? options = null)
    {
        var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Hosting.Role.Web, settings: WebhookStage.Allowed);
        var tenant = await app.NewTenantAsync();
        var stage = new AutomationStage(app, tenant, await tenant.HasWhatsAppAsync());
        var id = await stage.HasAsync("manual", [new { type = "wait", config = new { minutes = 1440 } }], options: options);
        await stage.ListAsync<int>("""
            insert into automation_runs (tenant_id, id, automation_id, version, event_key, trigger_type, status, resume_at, started_at, created_at)
            select @tenant, gen_random_uuid(), @id, 1, 'seeded:' || n, 'manual', case when n % 3 = 0 then 'queued' else 'waiting' end, now() + interval '1 day', case when n % 3 = 0 then null else now() - interval '1 hour' end, now()
            from generate_series(1, @Many) n
            """, new { id, Many });
        return (stage, id);
    }

    // As a worker does it, which may be another one for each piece.
    static async Task<int> TurnAsync(AutomationStage stage, Guid id)
    {
        var handler = ActivatorUtilities.CreateInstance<RunsInTurn>(stage.App.Services);
        for (var pieces = 1; ; pieces++)
            if (await handler.RunAsync(new Job { TenantId = stage.Tenant.Id, Type = RunsInTurn.JobType, Key = id.ToString() }, default) is JobOutcome.Done) return pieces;
    }

    static async Task<int> CountAsync(AutomationStage stage, string what) => (await stage.ListAsync<int>($"select count(*)::int from {what}"))[0];

    [Fact]
    public async Task Whoever_is_switched_on_again_goes_on_with_all_that_waited()
    {
        var (stage, id) = await StageAsync();
        await using var app = stage.App;
        await stage.PatchAsync(id, new { status = "paused" });
        Assert.Equal(1, await TurnAsync(stage, id));
        Assert.Equal(0, await CountAsync(stage, "scheduled_jobs where tenant_id = @tenant and type = 'automations.run'"));
        await stage.PatchAsync(id, new { status = "active" });
        Assert.Equal(2, await TurnAsync(stage, id));
        Assert.Equal(Many, await CountAsync(stage, "scheduled_jobs where tenant_id = @tenant and type = 'automations.run'"));
        Assert.Equal(1, await TurnAsync(stage, id));
    }

    [Fact]
    public async Task A_deleted_one_leaves_nothing_open()
    {
        var (stage, id) = await StageAsync();
        await using var app = stage.App;
        (await stage.Tenant.Admin.DeleteAsync($"/api/automations/{id}")).EnsureSuccessStatusCode();
        Assert.Equal(1, await CountAsync(stage, "scheduled_jobs where tenant_id = @tenant and type = 'automations.turn'"));
        await TurnAsync(stage, id);
        Assert.Equal(Many, await CountAsync(stage, "automation_runs where tenant_id = @tenant and status = 'cancelled' and finished_at is not null"));
    }

    [Fact]
    public async Task Where_only_so_many_may_run_the_first_begin_first_and_nothing_polls()
    {
        var (stage, id) = await StageAsync(new { max_concurrency = 10, max_per_minute = 4 });
        await using var app = stage.App;
        var handler = ActivatorUtilities.CreateInstance<RunsInTurn>(app.Services);
        await stage.ListAsync<int>("update automations set sweep_after = null where tenant_id = @tenant");
        var outcome = await handler.RunAsync(new Job { TenantId = stage.Tenant.Id, Type = RunsInTurn.JobType, Key = id.ToString() }, default);
        Assert.InRange(Assert.IsType<JobOutcome.Again>(outcome).At - TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(61));
        Assert.Equal(await stage.ListAsync<Guid>("select id from automation_runs where tenant_id = @tenant and event_key like 'seeded:%' and (status = 'queued' or status = 'running') order by id limit 4"),
            await stage.ListAsync<Guid>("select id from automation_runs where tenant_id = @tenant and status = 'running' order by id"));
        Assert.Equal(4, await CountAsync(stage, "scheduled_jobs where tenant_id = @tenant and type = 'automations.run'"));
        Assert.Equal("4 of its runs have begun within a minute, which is as many as it may have.", (string)(await stage.RunsAsync(id)).First(run => (string)run["status"]! == "queued")["reason"]!);
    }

    [Fact]
    public async Task A_run_that_came_while_limits_were_taken_away_begins_all_the_same()
    {
        var (stage, id) = await StageAsync();
        await using var app = stage.App;
        // Nothing is left of the change of limits, and its runs wait for their turn only.
        await stage.ListAsync<int>("update automations set sweep_after = null, hold_reason = '1 of its runs are under way.' where tenant_id = @tenant; delete from scheduled_jobs where tenant_id = @tenant");
        Assert.Equal(1, await TurnAsync(stage, id));
        Assert.Equal(0, await CountAsync(stage, "automation_runs where tenant_id = @tenant and status = 'queued'"));
        Assert.Equal(Many / 3, await CountAsync(stage, "scheduled_jobs where tenant_id = @tenant and type = 'automations.run'"));
        Assert.Equal(0, await CountAsync(stage, "automations where tenant_id = @tenant and hold_reason is not null"));
    }
}
