using Dapper;
using Npgsql;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>What does not work when a campaign wants to go on: nobody is burnt as failed for it, and a person is told.</summary>
public sealed class TroubleTests(ParleyFixture fixture)
{
    const string Failing = "health = 'failing', health_message = 'Error 190: the access token expired.'";

    [Theory]
    [InlineData("integrations", "status = 'disabled'", "status = 'active'", "The account does not work: it is switched off.")]
    [InlineData("integrations", Failing, "health = 'ok', health_message = null", "The account does not work: Error 190: the access token expired.")]
    [InlineData("tenants", "status = 'inactive'", "status = 'active'", "This organisation is deactivated and sends nothing.")]
    public async Task What_cannot_leave_stops_a_campaign_before_anybody_is_written_to(string table, string trouble, string mended, string words)
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var admin = await TestUser.SignInAsync(stage.Tenant, "admin");
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 30).Select(_ => CampaignStage.NewNumber()), more: new { brake = new { failure_percent = 100, min_sample = 1000 } });
        var campaigns = stage.App.Get<Parley.Server.Campaigns.CampaignStore>();
        await SetAsync(trouble);
        Assert.Null((await campaigns.StartAsync(stage.Tenant.Id, Guid.Parse(id), null, default)).Refusal);
        await StoppedAsync();
        // Whoever resumes it without having looked burns nobody either.
        Assert.Null((await campaigns.ResumeAsync(stage.Tenant.Id, Guid.Parse(id), null, default)).Refusal);
        await StoppedAsync();

        await SetAsync(mended);
        Assert.Equal(2, (await admin.Client.GetJsonAsync("/api/notifications"))["items"]!.AsArray().Count(one => (string)one!["kind"]! == "campaign_paused"));
        await stage.DoAsync(id, "resume");
        var done = await stage.UntilStatusAsync(id, "completed");
        Assert.Equal((30, 0), ((int)done["total_count"]!, (int)done["failed_count"]!));
        await Eventually.Async(stage.LedgerAsync, all => all.Length == 30, "all got it");

        Task SetAsync(string sets) => stage.App.Get<SystemDatabase>().ExecuteAsync($"update {table} set {sets} where {(table == "tenants" ? "id" : "tenant_id")} = @Id", new { stage.Tenant.Id }, default);

        async Task StoppedAsync()
        {
            var rows = await Eventually.Async(() => stage.ListAsync<(string Status, string? Cause, string? Reason)>("select status, pause_cause, pause_reason from campaigns where tenant_id = @tenant"), rows => rows[0].Status == "paused", "it is paused", 30);
            Assert.Equal(("paused", "quality", words), rows[0]);
            Assert.Equal(0, (await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant"))[0]);
        }
    }

    [Fact]
    public async Task Whose_message_cannot_be_stored_fails_alone_and_holds_up_nobody_behind()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        await RefuseAsync(stage, "content like '%poison%'");
        // Of 120 people each fortieth is one whom the database refuses, wherever they stand in a batch.
        var lines = Enumerable.Range(0, 120).Select(n => $"{CampaignStage.NewNumber()},{(n % 40 == 7 ? "poison" : $"Person {n}")}");
        var file = await stage.UploadAsync("Phone,First Name\n" + string.Join('\n', lines));
        var id = await stage.HasCampaignAsync(audience: new { csv = new { import_id = file, column = "Phone" } });
        await stage.DoAsync(id, "start");
        var done = await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["read_count"]! == 117, "all others have read it");
        Assert.Equal((120, 3), ((int)done["total_count"]!, (int)done["failed_count"]!));
        Assert.Equal(117, (await stage.LedgerAsync()).Length);
        await stage.CountsAreRightAsync(id);
        Assert.All(await stage.RecipientsAsync(id, "&status=failed"), one => Assert.Equal(("not_stored", "Their message could not be stored."), ((string)one["reason"]!, (string)one["words"]!)));
        // They can be tried again, like all who failed.
        Assert.Equal("draft", (string)(await stage.DoAsync(id, "retry", 201))["status"]!);
    }

    [Fact]
    public async Task What_breaks_off_again_and_again_is_paused_with_words_and_goes_on_when_it_is_resumed()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        await RefuseAsync(stage, "author like 'campaign:%'");
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 40).Select(_ => CampaignStage.NewNumber()));
        await stage.DoAsync(id, "start");
        var paused = await stage.UntilStatusAsync(id, "paused", 60);
        Assert.Equal(("content", 0, 40), ((string)paused["pause_cause"]!, (int)paused["failed_count"]!, (int)paused["counts"]!["pending"]!));
        Assert.Contains("broke off again and again", (string)paused["pause_reason"]!);
        Assert.Empty((await stage.Tenant.Admin.GetJsonAsync("/api/jobs?type=campaigns.run"))["items"]!.AsArray());

        await using (var connection = new NpgsqlConnection(stage.App.ConnectionString)) await connection.ExecuteAsync("alter table messages drop constraint refused_for_a_test");
        await stage.DoAsync(id, "resume");
        await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["read_count"]! == 40, "all have read it");
    }

    [Fact]
    public async Task A_campaign_whose_workers_vanish_with_it_each_time_is_paused_and_not_left_running()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber() }, more: new { hours = HoursOfTomorrow() });
        await stage.DoAsync(id, "start");
        await stage.UntilAsync(id, one => (string?)one["phase"] == "waiting", "it waits for its hours");
        // As the fourteenth worker left it that was ended in the middle.
        // (The page may say that it waits before its job has written that it does.)
        await Eventually.Async(
            () => stage.App.Get<SystemDatabase>().ExecuteAsync("update scheduled_jobs set status = 'running', attempts = @MostAttempts, lease_until = created_at where tenant_id = @Id and key = @key and status = 'waiting'", new { JobStore.MostAttempts, stage.Tenant.Id, key = id }, default),
            rows => rows == 1, "its job waits, too");
        var paused = await stage.UntilStatusAsync(id, "paused");
        Assert.Contains("broke off again and again", (string)paused["pause_reason"]!);
        var job = Assert.Single((await stage.Tenant.Admin.GetJsonAsync("/api/jobs?type=campaigns.run"))["items"]!.AsArray())!;
        Assert.Equal(("dead", "The worker that had it vanished."), ((string)job["status"]!, (string)job["last_error"]!));
        await stage.DoAsync(id, "resume");
        await stage.UntilAsync(id, one => (string?)one["phase"] == "waiting", "it waits again");
    }

    static object HoursOfTomorrow()
    {
        var now = TimeProvider.System.GetUtcNow();
        return new { time_zone = "UTC", from = now.AddHours(-2).ToString("HH:mm"), to = now.AddHours(-1).ToString("HH:mm") };
    }

    static async Task RefuseAsync(CampaignStage stage, string what)
    {
        await using var connection = new NpgsqlConnection(stage.App.ConnectionString);
        await connection.ExecuteAsync($"alter table messages add constraint refused_for_a_test check (({what}) is not true) not valid");
    }
}
