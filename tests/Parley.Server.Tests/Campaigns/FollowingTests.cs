using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Campaigns.Following;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>How the feed is read for campaigns: a bit of each.</summary>
public sealed class FollowingTests(ParleyFixture fixture)
{
    [Fact]
    public async Task One_organisation_that_is_far_behind_takes_turns_with_the_others()
    {
        // Nobody reads there but the test.
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Hosting.Role.Web);
        var (busy, quiet) = (await app.NewTenantAsync(), await app.NewTenantAsync());
        await GrowAsync(busy, 20_000);
        await GrowAsync(quiet, 3);
        var reader = ActivatorUtilities.CreateInstance<CampaignFeed>(app.Services);
        Assert.True(await reader.TakeTurnsAsync(default));
        Assert.Equal((12_000, 0), (await BehindAsync(busy), await BehindAsync(quiet)));
        await reader.RunOnceAsync(default);
        Assert.Equal(0, await BehindAsync(busy));

        // Its campaigns are followed from here on.
        Task GrowAsync(TestTenant tenant, int lines) => app.Get<TenantDatabase>().ListAsync<int>(tenant.Id, """
            insert into feed_heads (tenant_id, seq) values (@tenant, 0) on conflict do nothing;
            insert into campaign_cursors (tenant_id, seq) select tenant_id, seq from feed_heads where tenant_id = @tenant on conflict (tenant_id) do update set seq = excluded.seq;
            with head as (update feed_heads set seq = seq + @lines where tenant_id = @tenant returning seq)
            insert into events (tenant_id, seq, type, created_at) select @tenant, head.seq - @lines + n, 'contact.updated', now() from head, generate_series(1, @lines) n
            """, new { lines }, default);

        async Task<long> BehindAsync(TestTenant tenant) => (await app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, """
            select h.seq - c.seq from campaign_cursors c join feed_heads h on h.tenant_id = c.tenant_id where c.tenant_id = @tenant
            """, null, default))[0];
    }
}
