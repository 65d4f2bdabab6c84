using Dapper;
using Npgsql;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>Two nodes bring one campaign on, and are ended by kill -9 wherever they are.</summary>
public sealed class KillTests(ParleyFixture fixture)
{
    // As many as a suite can bear; PARLEY_TEST_CAMPAIGN asks for more.
    static readonly int People = int.TryParse(Environment.GetEnvironmentVariable("PARLEY_TEST_CAMPAIGN"), out var people) ? people : 4_000;

    [Fact]
    public async Task After_kill_9_and_lost_answers_everybody_ends_somewhere_and_nobody_got_it_twice()
    {
        // A third app makes the organisation and plays the provider; it brings nothing on.
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 400);
        var stage = new CampaignStage(app, tenant, number, isOwn: false);
        await using (await ServerProcess.StartAsync(app.ConnectionString))
            await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=order_ready"), page => page["items"]!.AsArray().Count > 0, "the templates are read", 60);
        // Half of them are contacts, half are strangers in a list that names some twice.
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("""
            call enter_tenant(@id);
            with k as (
                insert into contacts (tenant_id, id, name, phone, created_at, updated_at)
                select @id, gen_random_uuid(), null, '+4940' || (1000000 + n), now(), now() from generate_series(1, @half) n
                returning id, phone
            )
            insert into contact_identities (tenant_id, channel, handle, contact_id, created_at) select @id, 'whatsapp', phone, id, now() from k
            """, new { id = tenant.Id, half = People / 2 });
        // As a database that has had them for a while would have done by itself.
        await connection.ExecuteAsync("analyze contacts; analyze contact_identities");
        var list = Enumerable.Range(1, People / 2).Select(n => $"+4950{1000000 + n}").Concat(Enumerable.Range(1, 50).Select(n => $"+4940{1000000 + n}")).ToList();
        await app.SetFaultsAsync(new { lose_answer_next = 20, latency_ms = 5, hold_statuses = true });
        var campaign = await stage.HasCampaignAsync(list, new { everybody = true }, new { brake = new { failure_percent = 100, min_sample = 100_000 } });
        await stage.DoAsync(campaign, "start");

        for (var round = 0; round < 3; round++)
        {
            await using var one = await ServerProcess.StartAsync(app.ConnectionString);
            await using var two = await ServerProcess.StartAsync(app.ConnectionString);
            var before = (await app.LedgerAsync()).Count;
            await Eventually.Async(async () => (await app.LedgerAsync()).Count, count => count > before + 150, "it is under way", 90);
            (round % 2 == 0 ? one : two).Kill();
            before = (await app.LedgerAsync()).Count;
            if (round == 1) await Eventually.Async(async () => (await app.LedgerAsync()).Count, count => count > before + 150, "the other goes on", 90);
            one.Kill();
            two.Kill();
        }
        await using (await ServerProcess.StartAsync(app.ConnectionString))
        await using (await ServerProcess.StartAsync(app.ConnectionString))
        {
            await stage.UntilStatusAsync(campaign, "completed", 120 + People / 50);
            await app.Emulator.PostAsync("/faults/release", null);
            await stage.UntilAsync(campaign, shown => (int)shown["counts"]!["sent"]! + (int)shown["counts"]!["delivered"]! == 0, "the statuses have arrived", 120);
        }

        var sent = (await app.LedgerAsync()).Select(entry => (string)entry!["to"]!).ToList();
        Assert.Equal(sent.Count, sent.Distinct().Count());
        var shown = await stage.ShowAsync(campaign);
        Assert.Equal((People, 50), ((int)shown["total_count"]!, (int)shown["counts"]!["duplicates"]!));
        // Each ended: read, or failed, or for a person to look at. What the provider took it told us about.
        Assert.Equal(People, (int)shown["counts"]!["read"]! + (int)shown["counts"]!["failed"]! + (int)shown["counts"]!["needs_review"]!);
        Assert.Equal(sent.Count, (int)shown["counts"]!["read"]!);
        Assert.Equal((People, People), await connection.QuerySingleAsync<(int, int)>("call enter_tenant(@id); select count(*)::int, count(distinct message_id)::int from campaign_recipients where message_id is not null", new { id = tenant.Id }));
        // What is counted and what is there are one transaction: equal at any moment, also where the last kill left them.
        Assert.Equal(0, await connection.ExecuteScalarAsync<int>("""
            call enter_tenant(@id);
            select count(*)::int from (
                select r.status, count(*) from campaign_recipients r group by r.status
                except
                select x.status, x.n
                from (
                    select sum(pending) as pending, sum(queued) as queued, sum(sent) as sent, sum(delivered) as delivered, sum(read) as read, sum(failed) as failed, sum(needs_review) as needs_review,
                        sum(skipped) as skipped, sum(cancelled) as cancelled
                    from campaign_counts
                ) n
                cross join lateral (values ('pending', n.pending), ('queued', n.queued), ('sent', n.sent), ('delivered', n.delivered), ('read', n.read), ('failed', n.failed), ('needs_review', n.needs_review),
                    ('skipped', n.skipped), ('cancelled', n.cancelled)) as x (status, n)
            ) wrong
            """, new { id = tenant.Id }));
    }
}
