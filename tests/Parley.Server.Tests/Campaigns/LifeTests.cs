using System.Text.Json.Nodes;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Parley.Server.Campaigns;
using Parley.Server.Campaigns.Dispatch;
using Parley.Server.Jobs;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>The real store, job, senders and follower, and people and workers who do anything at any time. PARLEY_TEST_SEED chooses the same once more.</summary>
public sealed class LifeTests(ParleyFixture fixture)
{
    const int Campaigns = 5, People = 40, Acts = 12;

    readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("PARLEY_TEST_SEED"), out var seed) ? seed : Random.Shared.Next();

    [Fact]
    public async Task Whatever_is_done_in_whatever_order_counts_add_up_nobody_gets_it_twice_and_what_was_stopped_is_silent()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true, rate: 60);
        await using (var connection = new NpgsqlConnection(stage.App.ConnectionString)) await connection.ExecuteAsync(Watch);
        var numbers = Enumerable.Range(0, Campaigns).Select(_ => Enumerable.Range(0, People).Select(_ => CampaignStage.NewNumber()).ToArray()).ToArray();
        // Some never get it, some answers are lost, some are put off and come back into the queue while it is stopped.
        await stage.App.SetFaultsAsync(new { latency_ms = 20, lose_answer_next = 6, fail_next = 20, reject_recipients = numbers.SelectMany(list => list.Where((_, n) => n % 8 == 5)).ToDictionary(to => to, _ => 131026) });

        await Task.WhenAll(numbers.Select((list, n) => Task.Run(() => WalkAsync(stage, list, new Random(_seed + n), n == 0 ? ["start", "pause"] : []))));

        // Now all are left in peace, and come to their end.
        foreach (var one in (await stage.Tenant.Viewer.GetJsonAsync("/api/campaigns?limit=200&status=paused"))["items"]!.AsArray()) await stage.DoAsync((string)one!["id"]!, "resume");
        await Eventually.Async(() => stage.ListAsync<(string, int)>("select status, count(*)::int from campaigns where tenant_id = @tenant and status in ('running', 'paused') group by status"), rows => rows.Count == 0, "all have ended", 60);
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and (status in ('queued', 'sending', 'sent', 'delivered') or status = 'unknown' and external_message_id is not null)"), rows => rows[0] == 0, "all messages have", 60);
        await stage.CursorIsAtTheEndAsync();

        var sent = (await stage.LedgerAsync()).Select(entry => (string)entry["to"]!).ToList();
        Assert.Equal(sent.Count, sent.Distinct().Count());
        Assert.Empty(await stage.WrongCountsAsync());
        Assert.Equal(0, (await stage.ListAsync<int>("""
            select count(*)::int from campaign_recipients r join campaigns c on c.tenant_id = r.tenant_id and c.id = r.campaign_id
            where r.tenant_id = @tenant and (r.status in ('pending', 'queued') or r.status = 'cancelled' and c.status <> 'cancelled')
            """))[0]);
        foreach (var one in (await stage.Tenant.Viewer.GetJsonAsync("/api/campaigns?limit=200"))["items"]!.AsArray()) await stage.CountsAreRightAsync((string)one!["id"]!);
        Assert.Equal(sent.Count, (await stage.ListAsync<int>("select count(*)::int from campaign_recipients where tenant_id = @tenant and status = 'read'"))[0]);
        // Each step that was ever taken, by a person or by itself, is one of the table's.
        var known = (from state in CampaignState.All from act in Enum.GetValues<CampaignAct>() let next = CampaignState.After(state, act) where next is not null && next != state select (state, next)).ToHashSet();
        var taken = await stage.ListAsync<(string From, string To)>("select distinct before, after from campaign_moves");
        Assert.Empty(taken.Except(known));
        Assert.Contains(("running", "paused"), taken);   // one begins so, whatever the seed
    }

    const string Watch = """
        create table campaign_moves (before text, after text);
        grant select on campaign_moves to parley_app;
        create function keep_campaign_move() returns trigger language plpgsql security definer as $$ begin insert into public.campaign_moves values (old.status, new.status); return new; end $$;
        create trigger keep_campaign_move after update on campaigns for each row when (old.status <> new.status) execute function keep_campaign_move();
        """;

    static async Task WalkAsync(CampaignStage stage, string[] numbers, Random random, string[] first)
    {
        var worker = stage.App.Services.GetServices<IJobHandler>().OfType<RunCampaign>().Single();
        var mine = new List<string> { await stage.HasCampaignAsync(numbers, more: new { brake = new { failure_percent = 100, min_sample = 100_000 } }) };
        var turns = new List<Task>();
        for (var n = 0; n < Acts; n++)
        {
            var id = mine[random.Next(mine.Count)];
            var act = n < first.Length ? first[n] : random.GetItems(["start", "start", "pause", "pause", "pause", "resume", "resume", "cancel", "edit", "schedule", "unschedule", "retry", "turn", "turn"], 1)[0];
            if (act == "turn")
                // Another worker has it as well, and is ended in the middle.
                turns.Add(TurnAsync(worker, new Job { TenantId = stage.Tenant.Id, Key = id, Attempts = 1 }, random.Next(20, 250)));
            else if (await DoAsync(stage, id, act, numbers) is { } done)
            {
                if (act == "retry") mine.Add((string)done["id"]!);
                if ((string)done["status"]! is "paused" or "cancelled" && act is "pause" or "cancel") await IsSilentAsync(stage, id, random.Next(50, 400));
            }
            await Task.Delay(random.Next(150));
        }
        await Task.WhenAll(turns);
        // What never began is begun now, and what stopped goes on.
        await DoAsync(stage, mine[0], "start", numbers);
    }

    // Null: its state did not allow it, which was said in words.
    static async Task<JsonNode?> DoAsync(CampaignStage stage, string id, string act, string[] numbers)
    {
        using var request = new HttpRequestMessage(act == "edit" ? HttpMethod.Put : HttpMethod.Post, $"/api/campaigns/{id}{(act == "edit" ? "" : "/" + act)}");
        var tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm");
        if (act == "edit") request.Content = System.Net.Http.Json.JsonContent.Create(stage.Request(numbers, more: new { name = "Changed", brake = new { failure_percent = 100, min_sample = 100_000 } }));
        if (act == "schedule") request.Content = System.Net.Http.Json.JsonContent.Create(new { scheduled_at = tomorrow, time_zone = "UTC" });
        using var answer = await stage.Editor.SendAsync(request);
        var body = await answer.JsonAsync((int)answer.StatusCode is 409 ? 409 : act == "retry" ? 201 : 200);
        if ((int)answer.StatusCode == 409) Assert.Matches("[.]$", (string)body["detail"]!);
        return (int)answer.StatusCode == 409 ? null : body;
    }

    // From the answer on, nothing leaves but what a sender has in its hands at that moment.
    static async Task IsSilentAsync(CampaignStage stage, string id, int milliseconds)
    {
        var inHand = await stage.ListAsync<string>("select id::text from messages where tenant_id = @tenant and author = @author and status = 'sending'", new { author = $"campaign:{id}" });
        var before = await LeftAsync();
        await Task.Delay(milliseconds);
        Assert.Empty((await LeftAsync()).Except(before).Except(inHand));

        async Task<HashSet<string>> LeftAsync()
        {
            var all = (await stage.ListAsync<string>("select id::text from messages where tenant_id = @tenant and author = @author", new { author = $"campaign:{id}" })).ToHashSet();
            return [.. (await stage.LedgerAsync()).Select(entry => Guid.Parse(((string)entry["reference"]!).Split('.')[0]).ToString()).Where(all.Contains)];
        }
    }

    static async Task TurnAsync(RunCampaign worker, Job job, int milliseconds)
    {
        using var ending = new CancellationTokenSource(milliseconds);
        try { await worker.RunAsync(job, ending.Token); }
        catch (OperationCanceledException) { }
    }
}
