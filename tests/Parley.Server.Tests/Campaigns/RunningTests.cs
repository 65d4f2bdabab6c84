using System.Net.Http.Json;
using Parley.Server.Campaigns.Following;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>A campaign under way: stopped, hurried past, braked, and counted.</summary>
public sealed class RunningTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_paused_campaign_sends_nothing_more_and_goes_on_where_it_was()
    {
        var clock = new SkippingClock();
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 20, time: clock);
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 60).Select(_ => CampaignStage.NewNumber()));
        await stage.DoAsync(id, "start");
        await Eventually.Async(stage.LedgerAsync, all => all.Length >= 5, "it is under way", 30);
        var paused = await stage.DoAsync(id, "pause");
        Assert.Equal(("paused", "user"), ((string)paused["status"]!, (string)paused["pause_cause"]!));
        // What a sender had in its hands may end; then there is silence, although the queue is full.
        var at = await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status in ('sending', 'queued') and priority < 100");
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'sending'"), left => left[0] == 0, $"what was under way has ended ({at[0]})");
        var sent = (await stage.LedgerAsync()).Length;
        Assert.InRange(sent, 5, 45);
        Assert.True((await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'queued'"))[0] > 0, "nothing was queued: the pause proves little");
        // Minutes later a reply leaves at once, past all that is held, and nothing else has.
        clock.Skip(TimeSpan.FromMinutes(5));
        var conversation = (await stage.ListAsync<Guid>("select conversation_id from messages where tenant_id = @tenant and status = 'queued' order by id limit 1"))[0];
        var reply = await stage.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "template", template = new { name = "order_ready", language = "pt_BR", variables = new[] { "Reply", "7" } } }, 202);
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{reply["id"]}"), message => (string)message["status"]! is "sent" or "delivered" or "read", "the reply left");
        Assert.Equal(sent + 1, (await stage.LedgerAsync()).Length);
        await stage.CountsAreRightAsync(id);

        await stage.DoAsync(id, "resume");
        var done = await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["read_count"]! == 60, "all have read it", 60);
        Assert.Equal(60, (int)done["sent_count"]!);
        var all = (await stage.LedgerAsync()).Select(entry => (string)entry["reference"]!).ToList();
        Assert.Equal((61, 61), (all.Count, all.Distinct().Count()));
    }

    [Fact]
    public async Task A_cancelled_campaign_takes_back_what_has_not_left_and_says_so_for_each()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 10);
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 80).Select(_ => CampaignStage.NewNumber()));
        await stage.DoAsync(id, "start");
        await Eventually.Async(stage.LedgerAsync, all => all.Length >= 3, "it is under way", 30);
        await stage.DoAsync(id, "cancel");
        var done = await stage.UntilAsync(id, one => (int)one["counts"]!["pending"]! + (int)one["counts"]!["queued"]! + (int)one["counts"]!["sent"]! + (int)one["counts"]!["delivered"]! == 0, "nobody waits any more");
        Assert.Equal("cancelled", (string)done["status"]!);
        Assert.Equal(80, (int)done["counts"]!["cancelled"]! + (int)done["counts"]!["read"]!);
        Assert.InRange((int)done["counts"]!["cancelled"]!, 30, 77);
        Assert.Equal((int)done["counts"]!["read"]!, (await stage.LedgerAsync()).Length);
        await stage.CountsAreRightAsync(id);
        Assert.All(await stage.RecipientsAsync(id, "&status=cancelled"), one => Assert.Equal("The campaign was cancelled before this left.", (string)one["words"]!));
        await stage.DoAsync(id, "resume", 409);
    }

    [Fact]
    public async Task A_reply_overtakes_a_campaign_within_a_second()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 100);
        await stage.Number.SayAsync("4930777", "is anybody there, please", "Rosa");
        var conversation = (await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync("/api/conversations"), page => page["items"]!.AsArray().Count == 1, "she wrote"))["items"]![0]!["id"]!;
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 800).Select(_ => CampaignStage.NewNumber()));
        await stage.DoAsync(id, "start");
        await Eventually.Async(stage.LedgerAsync, all => all.Length >= 5, "it is under way", 30);
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'queued'"), queued => queued[0] >= 120, "more than a second's worth is queued");
        var reply = await stage.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "I am here, Rosa, what is it" }, 202);
        var message = await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{reply["id"]}"), one => one["sent_at"] is not null, "the reply left");
        var behind = (await stage.LedgerAsync()).Count(entry => (DateTimeOffset)entry["at"]! > (DateTimeOffset)message["created_at"]! && (DateTimeOffset)entry["at"]! < (DateTimeOffset)message["sent_at"]!);
        Assert.InRange(behind, 0, 100);   // what a second of this account holds
        Assert.True((await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'queued' and priority = 10"))[0] > 0, "nothing was behind it");
        await stage.DoAsync(id, "cancel");
    }

    [Fact]
    public async Task Who_says_no_after_the_start_gets_nothing_and_is_listed_so()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 5);
        var people = new List<(Guid Id, string Phone)>();
        for (var i = 0; i < 30; i++) people.Add(await stage.HasContactAsync($"Person {i}"));
        var id = await stage.HasCampaignAsync(audience: new { everybody = true });
        await stage.DoAsync(id, "start");
        await stage.UntilAsync(id, one => one["frozen_at"] is not null, "its audience is settled");
        // The last in the queue, and who blocks or refuses while others are written to.
        foreach (var person in people.TakeLast(2)) await stage.PutAsync($"/api/contacts/{person.Id}/opt-out", new { channel = "whatsapp", handle = person.Phone });
        using (var answer = await stage.Editor.PatchAsJsonAsync($"/api/contacts/{people[^3].Id}", new { status = "blocked" })) Assert.True(answer.IsSuccessStatusCode);
        await stage.UntilStatusAsync(id, "completed", 60);
        Assert.Equal(people.TakeLast(3).Select(person => person.Phone).Order(), (await stage.RecipientsAsync(id, "&status=skipped")).Select(one => (string)one["handle"]!).Order());
        Assert.Equal(27, (await stage.LedgerAsync()).Length);
        await stage.CountsAreRightAsync(id);
    }

    [Fact]
    public async Task Too_many_failures_stop_a_campaign_and_the_admins_are_told()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 20);
        var admin = await TestUser.SignInAsync(stage.Tenant, "admin");
        // Without a window nobody may be written to freely: each of these fails.
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 200).Select(_ => CampaignStage.NewNumber()), more: new { template = (object?)null, message = "Hello", brake = new { failure_percent = 50, min_sample = 10 } });
        await stage.DoAsync(id, "start");
        var paused = await stage.UntilStatusAsync(id, "paused");
        Assert.Equal("failures", (string)paused["pause_cause"]!);
        Assert.Matches(@"^\d+ of \d+ messages failed\.", (string)paused["pause_reason"]!);
        Assert.InRange((int)paused["failed_count"]!, 10, 199);
        var told = Assert.Single((await admin.Client.GetJsonAsync("/api/notifications"))["items"]!.AsArray())!;
        Assert.Equal("campaign_paused", (string)told["kind"]!);
        // Whoever resumes it has looked: what failed before does not count again.
        var before = (int)paused["failed_count"]!;
        await stage.DoAsync(id, "resume");
        var again = await stage.UntilAsync(id, one => (string)one["status"]! == "paused" && (int)one["version"]! > (int)paused["version"]! + 1, "it is stopped again");
        Assert.True((int)again["failed_count"]! >= before + 10, $"{again["failed_count"]} after {before}");
        await stage.DoAsync(id, "cancel");
    }

    [Fact]
    public async Task A_template_that_is_taken_away_stops_the_campaigns_that_send_it()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true, rate: 5);
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 50).Select(_ => CampaignStage.NewNumber()));
        await stage.DoAsync(id, "start");
        await Eventually.Async(stage.LedgerAsync, all => all.Length >= 1, "it is under way", 30);
        await stage.App.Get<Parley.Server.Platform.Database.TenantDatabase>().ChangeAsync(stage.Tenant.Id, async change =>
        {
            await change.ExecuteAsync("update templates set status = 'paused' where tenant_id = @tenant and name = 'order_ready'", null, default);
            change.Publish(new Parley.Server.Feed.FeedEvent(stage.Tenant.Id, "template.updated", IntegrationId: stage.Number.Id));
            return true;
        }, default);
        var paused = await stage.UntilStatusAsync(id, "paused");
        Assert.Equal(("content", "The template order_ready is paused and cannot be sent."), ((string)paused["pause_cause"]!, (string)paused["pause_reason"]!));
    }

    [Theory]
    [InlineData("phone_number_quality_update", """{"display_phone_number":"15550783881","event":"FLAGGED","current_limit":"TIER_10K"}""", "Meta flagged this number")]
    [InlineData("message_template_quality_update", """{"message_template_name":"order_ready","message_template_language":"pt_BR","previous_quality_score":"GREEN","new_quality_score":"RED"}""", "order_ready RED")]
    [InlineData("account_update", """{"event":"ACCOUNT_RESTRICTION"}""", "Meta restricts this account")]
    public async Task A_warning_of_the_provider_stops_a_campaign_and_nobody_else(string field, string value, string words)
    {
        await using var stage = await CampaignStage.StartAsync(fixture, rate: 5);
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 60).Select(_ => CampaignStage.NewNumber()));
        await stage.DoAsync(id, "start");
        await stage.UntilAsync(id, one => (int)one["sent_count"]! > 0, "it is under way");
        await (await stage.Number.PostAsync($$$"""{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","time":1767225600,"changes":[{"value":{{{value}}},"field":"{{{field}}}"}]}]}""")).JsonAsync();
        var paused = await stage.UntilStatusAsync(id, "paused");
        Assert.Equal("quality", (string)paused["pause_cause"]!);
        Assert.Contains(words, (string)paused["pause_reason"]!);
        Assert.NotEqual("failing", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Number.Id}"))["health"]!);
        // Whoever resumes it knows of the warning.
        await stage.DoAsync(id, "resume");
        await stage.UntilAsync(id, one => (int)one["sent_count"]! > (int)paused["sent_count"]! + 2, "it goes on");
        await stage.DoAsync(id, "cancel");
    }

    [Fact]
    public async Task A_campaign_starts_at_its_time_and_waits_for_its_hours()
    {
        var clock = new SkippingClock();
        await using var stage = await CampaignStage.StartAsync(fixture, time: clock);
        var now = clock.GetUtcNow();
        // Tomorrow at noon it starts; it may send from three on.
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber(), CampaignStage.NewNumber() }, more: new { hours = new { time_zone = "UTC", from = "15:00", to = "16:00" } });
        var noon = new DateTimeOffset(now.UtcDateTime.Date.AddDays(1).AddHours(12), TimeSpan.Zero);
        var scheduled = await stage.Editor.PostJsonAsync($"/api/campaigns/{id}/schedule", new { scheduled_at = noon.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm"), time_zone = "UTC" }, 200);
        Assert.Equal(("scheduled", noon), ((string)scheduled["status"]!, (DateTimeOffset)scheduled["schedule"]!["scheduled_at"]!));
        await stage.DoAsync(id, "pause", 409);
        clock.Skip(noon - now + TimeSpan.FromSeconds(30));
        var waiting = await stage.UntilAsync(id, one => (string?)one["phase"] == "waiting", "it waits for its hours");
        Assert.Equal((noon.AddHours(3), 2), ((DateTimeOffset)waiting["waits_until"]!, (int)waiting["counts"]!["pending"]!));
        Assert.Empty(await stage.LedgerAsync());
        clock.Skip(TimeSpan.FromHours(3));
        await stage.UntilStatusAsync(id, "completed");
        Assert.Equal(2, (await stage.LedgerAsync()).Length);
    }

    [Fact]
    public async Task A_scheduled_campaign_cannot_be_left_without_anybody_to_write_to()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber() });
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request());
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(new[] { CampaignStage.NewNumber() }));
        await stage.Editor.PostJsonAsync($"/api/campaigns/{id}/schedule", new { scheduled_at = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm"), time_zone = "UTC" }, 200);
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(), 409);
        Assert.Equal(1, (int)(await stage.ShowAsync(id))["recipients_count"]!);
        await stage.DoAsync(id, "cancel");
    }

    [Fact]
    public async Task Counts_are_right_at_any_moment_even_while_nobody_counts()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true, rate: 200);
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 40).Select(_ => CampaignStage.NewNumber()));
        await stage.App.SetFaultsAsync(new { hold_statuses = true });
        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        // Whoever follows the messages sleeps from here on.
        await stage.App.Get<CampaignFeed>().StopAsync(default);
        await stage.App.Emulator.PostAsync("/faults/release", null);
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'read'"), all => all[0] == 40, "all is read");
        var shown = await stage.ShowAsync(id);
        Assert.Equal((40, 40, 40), ((int)shown["sent_count"]!, (int)shown["delivered_count"]!, (int)shown["read_count"]!));
        Assert.NotEqual(40, (await stage.ListAsync<int>("select read_count from campaign_totals where tenant_id = @tenant"))[0]);
        await stage.CountsAreRightAsync(id);
        await stage.App.Get<CampaignFeed>().RunOnceAsync(default);
        Assert.Equal(40, (await stage.ListAsync<int>("select read_count from campaign_totals where tenant_id = @tenant"))[0]);
    }

    [Fact]
    public async Task A_look_after_a_long_time_in_which_nobody_counted_is_bounded_and_says_so()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber() });
        await stage.DoAsync(id, "start");
        var done = await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["read_count"]! == 1, "it is read");
        Assert.False((bool)done["is_counting"]!);
        await stage.App.Get<CampaignFeed>().StopAsync(default);
        await stage.App.Get<Parley.Server.Platform.Database.TenantDatabase>().ExecuteAsync(stage.Tenant.Id, """
            with h as (update feed_heads set seq = seq + 20001 where tenant_id = @tenant returning seq)
            insert into events (tenant_id, seq, type, created_at) select @tenant, h.seq - 20001 + n, 'contact.updated', @now from h, generate_series(1, 20001) n
            """, new { now = TimeProvider.System.GetUtcNow() }, default);
        var shown = await stage.ShowAsync(id);
        Assert.Equal((true, 1), ((bool)shown["is_counting"]!, (int)shown["read_count"]!));
        await stage.App.Get<CampaignFeed>().RunOnceAsync(default);
        Assert.False((bool)(await stage.ShowAsync(id))["is_counting"]!);
    }

    [Fact]
    public async Task A_failure_in_which_the_provider_speaks_of_quality_stops_a_campaign_at_once()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true, rate: 5);
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 60).Select(_ => CampaignStage.NewNumber()));
        await stage.App.SetFaultsAsync(new { hold_statuses = true });
        await stage.DoAsync(id, "start");
        await FailsAsync();
        var paused = await stage.UntilStatusAsync(id, "paused");
        Assert.Equal("quality", (string)paused["pause_cause"]!);
        Assert.Contains("block or report", (string)paused["pause_reason"]!);
        // Whoever resumes it knows of that one; the next stops it again.
        await stage.DoAsync(id, "resume");
        await stage.UntilAsync(id, one => (int)one["sent_count"]! > (int)paused["sent_count"]! + 2, "it goes on");
        await FailsAsync();
        await stage.UntilStatusAsync(id, "paused");
        await stage.DoAsync(id, "cancel");

        async Task FailsAsync()
        {
            var sent = (await Eventually.Async(() => stage.ListAsync<string>("select external_message_id from messages where tenant_id = @tenant and status = 'sent' order by id desc limit 1"), rows => rows.Count > 0, "one is sent"))[0];
            await (await stage.Number.PostAsync(stage.Number.Body(statuses: $$$"""[{"id":"{{{sent}}}","status":"failed","timestamp":"{{{TestNumber.Now}}}","recipient_id":"4930","errors":[{"code":131048,"title":"Spam rate limit hit"}]}]"""))).JsonAsync();
        }
    }

    [Fact]
    public async Task Who_answers_a_campaign_is_in_the_inbox_like_anybody_else_who_writes()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var phone = CampaignStage.NewNumber();
        var id = await stage.HasCampaignAsync(new[] { phone });
        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        var somebody = await TestUser.SignInAsync(stage.Tenant, "editor", name: "Ana");
        await stage.Tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", strategy = "round_robin", member_ids = new[] { somebody.Id }, integration_ids = new[] { stage.Number.Id } }, 201);
        // Nobody has it for having got something; whoever answers is given to somebody.
        Assert.Equal([null], await stage.ListAsync<Guid?>("select assigned_user_id from conversations where tenant_id = @tenant and is_routed"));
        await stage.Number.SayAsync(phone[1..], "yes, I want to know more", "Bia");
        await stage.Number.SayAsync(phone[1..], "and quickly, please", "Bia");   // two lines in a row are one answer
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync("/api/conversations?status=open"), page => page["items"]!.AsArray().Count == 1, "it is open");
        await Eventually.Async(() => stage.ListAsync<Guid?>("select assigned_user_id from conversations where tenant_id = @tenant"), rows => rows is [{ } who] && who == somebody.Id, "somebody has it");
    }
}
