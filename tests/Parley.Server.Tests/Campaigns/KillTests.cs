using Dapper;
using Npgsql;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>Two nodes bring one campaign on; they, and their database, are ended by kill -9 wherever they are. PARLEY_TEST_SEED runs the same choices once more.</summary>
public sealed class KillTests(ParleyFixture fixture)
{
    // As many as a suite can bear; PARLEY_TEST_CAMPAIGN asks for more.
    static readonly int People = Setting("PARLEY_TEST_CAMPAIGN") ?? 600;
    static readonly int Rounds = People < 5_000 ? 4 : 12;

    readonly int _seed = Setting("PARLEY_TEST_SEED") ?? Random.Shared.Next();

    [Fact]
    public async Task After_kill_9_of_servers_and_database_and_lost_answers_everybody_ends_somewhere_and_nobody_got_it_twice()
    {
        var (random, since) = (new Random(_seed), System.Diagnostics.Stopwatch.StartNew());
        Say($"seed {_seed}, {People} people");
        await using var database = await KillableDatabase.StartAsync();
        // A third app makes the organisation, plays the provider and takes its webhooks; it brings nothing on.
        await using var app = await TestApp.StartAsync(database.ConnectionString, Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: Math.Max(15, People / 120));   // a minute or two, so that there is a middle of it
        var stage = new CampaignStage(app, tenant, number, isOwn: false);
        await using (await ServerProcess.StartAsync(app.ConnectionString))
            await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=order_ready"), page => page["items"]!.AsArray().Count > 0, "the templates are read", 60);
        var list = await HasPeopleAsync(app, tenant.Id);
        await app.SetFaultsAsync(new { latency_ms = 5 });
        var campaign = await stage.HasCampaignAsync(list, new { everybody = true }, new { brake = new { failure_percent = 100, min_sample = 100_000 } });
        await stage.DoAsync(campaign, "start");

        // While its audience is written down.
        var kills = 0;
        for (var isFrozen = false; !isFrozen && kills < 3; kills++)
        {
            await using var server = await ServerProcess.StartAsync(app.ConnectionString);
            await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from scheduled_jobs where tenant_id = @tenant and type = 'campaigns.run' and attempts > 0"), rows => rows[0] > 0, "somebody works on it", 60);
            await Task.Delay(random.Next(250));
            if (kills == 1) await database.KillAndStartAsync();
            server.Kill();
            isFrozen = (await stage.ShowAsync(campaign))["frozen_at"] is not null;
            Say($"{since.Elapsed:mm\\:ss} killed while its audience is written down: {(await stage.ShowAsync(campaign))["total_count"]} are, {(isFrozen ? "all of them" : "not all")}");
            await stage.App.Get<Parley.Server.Platform.Database.SystemDatabase>().ExecuteAsync("update scheduled_jobs set attempts = 0 where status = 'waiting'", null, default);
        }

        // While it sends, and is followed.
        var victims = new[] { "one server", "the database", "the other server", "all of them" };
        random.Shuffle(victims);
        var (one, two) = (await ServerProcess.StartAsync(app.ConnectionString), await ServerProcess.StartAsync(app.ConnectionString));
        for (var round = 0; round < Rounds; round++)
        {
            await app.SetFaultsAsync(new { lose_answer_next = 5 });
            var (before, more) = ((await app.LedgerAsync()).Count, random.Next(People / 40, People / 10));
            await Eventually.Async(async () => (await app.LedgerAsync()).Count, count => count >= Math.Min(before + more, People * 9 / 10), "it goes on", 120);
            await Task.Delay(random.Next(200));
            var victim = victims[round % victims.Length];
            if (victim is "one server" or "all of them") await AgainAsync(server => one = server, one);
            if (victim is "the database" or "all of them") await database.KillAndStartAsync();
            if (victim is "the other server" or "all of them") await AgainAsync(server => two = server, two);
            kills++;
            Say($"{since.Elapsed:mm\\:ss} killed {victim} at {(await app.LedgerAsync()).Count} sent");
        }
        await stage.UntilStatusAsync(campaign, "completed", 240 + People / 40);
        Say($"{since.Elapsed:mm\\:ss} completed");
        // And once more while only the last statuses are counted.
        await AgainAsync(server => one = server, one);
        await AgainAsync(server => two = server, two);
        var shown = await stage.UntilAsync(campaign, shown => (int)shown["counts"]!["sent"]! + (int)shown["counts"]!["delivered"]! == 0, "the statuses have arrived", 120 + People / 40);
        await stage.CursorIsAtTheEndAsync();
        await one.DisposeAsync();
        await two.DisposeAsync();
        Say($"{since.Elapsed:mm\\:ss} after {kills} kills: {shown["counts"]!.ToJsonString()}, {(await app.LedgerAsync()).Count} in the ledger");

        var sent = (await app.LedgerAsync()).Select(entry => (string)entry!["to"]!).ToList();
        Assert.Equal(sent.Count, sent.Distinct().Count());
        Assert.Equal((People, 50), ((int)shown["total_count"]!, (int)shown["counts"]!["duplicates"]!));
        // Each ended: read, or failed, or for a person to look at. What the provider took it told us about.
        Assert.Equal(People, (int)shown["counts"]!["read"]! + (int)shown["counts"]!["failed"]! + (int)shown["counts"]!["needs_review"]!);
        Assert.True(sent.Count == (int)shown["counts"]!["read"]!, await NotToldAsync());
        Assert.Equal((People, People), (await stage.ListAsync<(int, int)>("select count(*)::int, count(distinct message_id)::int from campaign_recipients where tenant_id = @tenant and message_id is not null"))[0]);
        // What is counted and what is there are one transaction: equal at any moment, also where the last kill left them.
        Assert.Empty(await stage.WrongCountsAsync());

        // What the provider took and is not read: how it stands, and what is known of its statuses.
        async Task<string> NotToldAsync()
        {
            var open = await stage.ListAsync<(string Handle, string Status, int Attempt, string? External, string? Failure)>("""
                select r.handle, r.status || ' ' || m.status, m.attempt, m.external_message_id, m.failure_code from campaign_recipients r join messages m on m.tenant_id = r.tenant_id and m.id = r.message_id
                where r.tenant_id = @tenant and r.status <> 'read' order by r.id limit 20
                """);
            var taken = (await app.LedgerAsync()).ToDictionary(entry => ((string)entry!["to"]!).TrimStart('+'), entry => (Id: (string)entry!["id"]!, Reference: (string?)entry["reference"], At: (string?)entry["at"]));
            var told = new List<string>();
            foreach (var one in open.Where(one => taken.ContainsKey(one.Handle.TrimStart('+'))))
            {
                var entry = taken[one.Handle.TrimStart('+')];
                var steps = await stage.ListAsync<(string Status, Guid? Message, DateTime At)>("select status, message_id, created_at from message_statuses where tenant_id = @tenant and external_message_id = @Id", new { entry.Id });
                told.Add($"{one}, taken {entry}, statuses: {string.Join(", ", steps)}");
            }
            var journal = await stage.ListAsync<(string Status, int Count)>("select status, count(*)::int from webhook_events where tenant_id = @tenant group by status");
            return $"{string.Join("; ", told)}; the journal: {string.Join(", ", journal)}";
        }

        async Task AgainAsync(Action<ServerProcess> set, ServerProcess server)
        {
            server.Kill();
            await server.DisposeAsync();
            set(await ServerProcess.StartAsync(app.ConnectionString));
        }
    }

    [Fact]
    public async Task A_pause_and_a_second_try_hold_whatever_is_killed_around_them()
    {
        const int people = 240, refused = 12;
        var random = new Random(_seed);
        Say($"seed {_seed}");
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 40);
        var stage = new CampaignStage(app, tenant, number, isOwn: false);
        var numbers = Enumerable.Range(0, people).Select(_ => CampaignStage.NewNumber()).ToList();
        var one = await ServerProcess.StartAsync(app.ConnectionString);
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=order_ready"), page => page["items"]!.AsArray().Count > 0, "the templates are read", 60);
        await app.SetFaultsAsync(new { lose_answer_next = 5, reject_recipients = numbers.Where((_, n) => n % (people / refused) == 3).ToDictionary(to => to, _ => 131026) });
        var id = await stage.HasCampaignAsync(numbers, more: new { brake = new { failure_percent = 100, min_sample = 1000 } });
        await stage.DoAsync(id, "start");
        await GrowsAsync(random.Next(20, 60));
        await stage.DoAsync(id, "pause");
        await AgainAsync();
        // What was in a sender's hands is with a new one now; then a message that is nobody's campaign leaves, and nothing else.
        await Eventually.Async(() => stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and status = 'sending'"), left => left[0] == 0, "what was under way has ended", 60);
        var at = (await stage.LedgerAsync()).Length;
        await AgainAsync();
        await stage.Editor.PostJsonAsync($"/api/campaigns/{id}/test", new { to = CampaignStage.NewNumber() }, 202);
        await Eventually.Async(stage.LedgerAsync, all => all.Length > at, "the test leaves", 60);
        Assert.Equal(at + 1, (await stage.LedgerAsync()).Length);
        Assert.InRange(at, 20, people - 40);

        await stage.DoAsync(id, "resume");
        await GrowsAsync(random.Next(10, 60));
        await AgainAsync();
        await stage.UntilStatusAsync(id, "completed", 120);
        var first = await stage.UntilAsync(id, shown => (int)shown["counts"]!["sent"]! + (int)shown["counts"]!["delivered"]! == 0, "the statuses have arrived", 60);
        Assert.InRange((int)first["failed_count"]!, refused - (int)first["counts"]!["needs_review"]!, refused);
        await app.SetFaultsAsync(new { reject_recipients = new Dictionary<string, int>() });
        var again = (string)(await stage.DoAsync(id, "retry", 201))["id"]!;
        await stage.DoAsync(again, "start");
        await Task.Delay(random.Next(300));
        await AgainAsync();
        await stage.UntilStatusAsync(again, "completed", 120);
        var second = await stage.UntilAsync(again, shown => (int)shown["counts"]!["sent"]! + (int)shown["counts"]!["delivered"]! == 0, "the statuses have arrived", 60);
        await stage.CursorIsAtTheEndAsync();
        await one.DisposeAsync();

        var sent = (await stage.LedgerAsync()).Select(entry => (string)entry["to"]!).ToList();
        Assert.Equal(sent.Count, sent.Distinct().Count());
        Assert.Equal((int)first["failed_count"]!, (int)second["total_count"]!);
        Assert.Equal(sent.Count - 1, (int)first["read_count"]! + (int)second["read_count"]!);
        Assert.Equal(people, sent.Count - 1 + (int)first["counts"]!["needs_review"]! + (int)second["counts"]!["needs_review"]!);
        Assert.Empty(await stage.WrongCountsAsync());

        async Task GrowsAsync(int by)
        {
            var before = (await stage.LedgerAsync()).Length;
            await Eventually.Async(stage.LedgerAsync, all => all.Length >= before + by, "it is under way", 60);
            await Task.Delay(random.Next(100));
        }

        async Task AgainAsync()
        {
            one.Kill();
            await one.DisposeAsync();
            one = await ServerProcess.StartAsync(app.ConnectionString);
        }
    }

    // Half of them are contacts, half are strangers in a list that names some of the contacts, too.
    static async Task<List<string>> HasPeopleAsync(TestApp app, Guid tenant)
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("""
            call enter_tenant(@tenant);
            with k as (
                insert into contacts (tenant_id, id, name, phone, created_at, updated_at)
                select @tenant, gen_random_uuid(), null, '+4940' || (1000000 + n), now(), now() from generate_series(1, @half) n
                returning id, phone
            )
            insert into contact_identities (tenant_id, channel, handle, contact_id, created_at) select @tenant, 'whatsapp', phone, id, now() from k
            """, new { tenant, half = People / 2 });
        // As a database that has had them for a while would have done by itself.
        await connection.ExecuteAsync("analyze contacts; analyze contact_identities");
        return [.. Enumerable.Range(1, People / 2).Select(n => $"+4950{1000000 + n}").Concat(Enumerable.Range(1, 50).Select(n => $"+4940{1000000 + n}"))];
    }

    static void Say(string words) => TestContext.Current.TestOutputHelper?.WriteLine(words);

    static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : null;
}
