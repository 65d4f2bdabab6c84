using Parley.Server.Conversations;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Conversations;

/// <summary>Two conversations that turn out to be one.</summary>
public sealed class JoinTests(ParleyFixture fixture)
{
    /// <summary>Of who stays and of who goes: put aside for so many days (0: not), closed, with something unread; and for how many days the one that comes of it sleeps.</summary>
    [Theory]
    [InlineData(30, false, true, 0, false, true, 0)]    // what is new in the one is not hidden by the other's snooze
    [InlineData(30, false, true, 2, false, true, 2)]
    [InlineData(30, false, true, 0, true, false, 30)]   // what is done with and read wakes nobody
    [InlineData(0, true, false, 3, false, true, 3)]
    [InlineData(0, false, true, 3, false, true, 0)]
    public async Task What_is_joined_sleeps_only_when_both_did(int staysDays, bool isStaysDone, bool isStaysUnread, int goesDays, bool isGoesDone, bool isGoesUnread, int expected)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        var now = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var stays = await MakeAsync("+5511922220001", staysDays, isStaysDone, isStaysUnread);
        var goes = await MakeAsync("+5511922220002", goesDays, isGoesDone, isGoesUnread);
        await tenant.App.Get<TenantDatabase>().ChangeAsync(tenant.Id, async change =>
        {
            await ConversationJoin.JoinAsync(change, tenant.Id, [new ConversationPair(stays, goes)], default);
            return true;
        }, default);
        var joined = await tenant.Viewer.GetJsonAsync($"/api/conversations/{stays}");
        Assert.Equal(expected == 0 ? null : now.AddDays(expected), (DateTimeOffset?)joined["snoozed_until"]);

        async Task<Guid> MakeAsync(string from, int days, bool isDone, bool isUnread)
        {
            await number.SayAsync(from, $"hello from {from}");
            var id = (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Single(one => (string?)one!["handle"] == from)!["id"]!;
            await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id,
                "update conversations set snoozed_until = @until, status = @status, is_read = @isRead, unread_count = case when @isRead then 0 else 1 end where tenant_id = @tenant and id = @id",
                new { id, until = days == 0 ? (DateTimeOffset?)null : now.AddDays(days), status = isDone ? "closed" : "open", isRead = !isUnread }, default);
            return id;
        }
    }
}
