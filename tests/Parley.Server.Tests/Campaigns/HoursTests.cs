using Dapper;
using Npgsql;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>What a campaign may not do at a time, and what it may not do to others. Time is skipped, not waited for: whatever leaks once a second has had minutes to.</summary>
public sealed class HoursTests(ParleyFixture fixture)
{
    static readonly object Mornings = new { time_zone = "UTC", from = "09:00", to = "13:00" };

    [Fact]
    public async Task What_is_queued_at_closing_time_waits_for_the_next_opening()
    {
        var clock = new SkippingClock();
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 20, time: clock);
        var noon = Tomorrow(clock, 12);
        clock.Skip(noon - clock.GetUtcNow());
        var id = await HasRunningAsync(stage, 160);
        Skip(clock, noon.AddHours(1));
        var waiting = await stage.UntilAsync(id, one => (string?)one["phase"] == "waiting", "it is closed");
        Assert.Equal(noon.AddHours(21), (DateTimeOffset)waiting["waits_until"]!);
        await IsSilentAsync(stage, clock, "queued");
        Skip(clock, noon.AddHours(21));
        await AllGotItAsync(stage, id, 160, tests: 1);
    }

    [Fact]
    public async Task Whoever_resumes_a_campaign_outside_of_its_hours_sends_nothing_before_they_begin()
    {
        var clock = new SkippingClock();
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 20, time: clock);
        var noon = Tomorrow(clock, 12);
        clock.Skip(noon - clock.GetUtcNow());
        var id = await HasRunningAsync(stage, 160);
        await stage.DoAsync(id, "pause");
        await IsSilentAsync(stage, clock, "queued");
        Skip(clock, noon.AddHours(11));
        await stage.DoAsync(id, "resume");
        await stage.UntilAsync(id, one => (string?)one["phase"] == "waiting" && (DateTimeOffset)one["waits_until"]! == noon.AddHours(21), "it waits for the morning");
        await IsSilentAsync(stage, clock, "queued");
        Skip(clock, noon.AddHours(21));
        await AllGotItAsync(stage, id, 160, tests: 2);
    }

    [Fact]
    public async Task Two_second_tries_of_one_campaign_that_begin_at_once_write_to_each_person_once()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        var numbers = Enumerable.Range(0, 60).Select(_ => CampaignStage.NewNumber()).ToList();
        await stage.App.SetFaultsAsync(new { reject_recipients = numbers.Take(50).ToDictionary(to => to, _ => 131026) });
        var id = await stage.HasCampaignAsync(numbers, more: new { brake = new { failure_percent = 100, min_sample = 1000 } });
        await stage.DoAsync(id, "start");
        await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["failed_count"]! == 50, "fifty have failed");
        await stage.App.SetFaultsAsync(new { reject_recipients = new Dictionary<string, int>() });
        var tries = new List<string>();
        for (var n = 0; n < 4; n++) tries.Add((string)(await stage.DoAsync(id, "retry", 201))["id"]!);
        await Task.WhenAll(tries.Select(again => stage.DoAsync(again, "start")));
        foreach (var again in tries) await stage.UntilStatusAsync(again, "completed");
        await Eventually.Async(stage.LedgerAsync, all => all.Length >= 60, "all got it");
        Assert.Equal(numbers.Order(), (await stage.LedgerAsync()).Select(entry => "+" + ((string)entry["to"]!).TrimStart('+')).Order());
    }

    [Fact]
    public async Task One_organisations_trouble_with_counting_holds_up_no_other()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        var other = await stage.App.NewTenantAsync();
        // Whichever is read first, the other must be read, too.
        foreach (var (troubled, well) in new[] { (stage.Tenant, other), (other, stage.Tenant) })
        {
            await using (var connection = new NpgsqlConnection(stage.App.ConnectionString))
                await connection.ExecuteAsync($"alter table campaign_cursors drop constraint if exists troubled; alter table campaign_cursors add constraint troubled check (tenant_id <> '{troubled.Id}' or seq < 0) not valid");
            var number = await well.HasWhatsAppAsync(100);
            await Eventually.Async(() => well.Viewer.GetJsonAsync("/api/templates?name=order_ready"), page => page["items"]!.AsArray().Any(one => (Guid?)one!["integration_id"] == number.Id), "the templates are read", 30);
            var its = new CampaignStage(stage.App, well, number, isOwn: false);
            var id = await its.HasCampaignAsync(new[] { CampaignStage.NewNumber() });
            await its.DoAsync(id, "start");
            await its.UntilStatusAsync(id, "completed");
            await its.CursorIsAtTheEndAsync();
        }
    }

    static DateTimeOffset Tomorrow(TimeProvider clock, int hour) => new(clock.GetUtcNow().UtcDateTime.Date.AddDays(1).AddHours(hour), TimeSpan.Zero);

    static void Skip(SkippingClock clock, DateTimeOffset to) => clock.Skip(to - clock.GetUtcNow());

    static async Task<string> HasRunningAsync(CampaignStage stage, int people)
    {
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, people).Select(_ => CampaignStage.NewNumber()), more: new { hours = Mornings });
        await stage.DoAsync(id, "start");
        await Eventually.Async(stage.LedgerAsync, all => all.Length >= 5, "it is under way", 30);
        return id;
    }

    // What was in a sender's hands ends; then minutes pass, and something that is no campaign's leaves, and nothing else, although the queue is full.
    static async Task IsSilentAsync(CampaignStage stage, SkippingClock clock, string held)
    {
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'sending'"), left => left[0] == 0, "what was under way has ended");
        var before = (await stage.LedgerAsync()).Length;
        Assert.True((await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = @held", new { held }))[0] >= 20, "hardly anything is queued: silence proves little");
        clock.Skip(TimeSpan.FromMinutes(5));
        var test = await stage.Editor.PostJsonAsync($"/api/campaigns/{(await stage.ListAsync<Guid>("select id from campaigns where tenant_id = @tenant"))[0]}/test", new { to = CampaignStage.NewNumber() }, 202);
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{test["id"]}"), one => one["sent_at"] is not null, "the sign left", 30);
        Assert.Equal(before + 1, (await stage.LedgerAsync()).Length);
    }

    static async Task AllGotItAsync(CampaignStage stage, string id, int people, int tests)
    {
        await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["read_count"]! == people, "all have read it", 60);
        var all = (await stage.LedgerAsync()).Select(entry => (string)entry["to"]!).ToList();
        Assert.Equal((people + tests, people + tests), (all.Count, all.Distinct().Count()));
    }
}
