using FsCheck.Fluent;
using Parley.Server.Campaigns;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

public sealed class CampaignStateTests
{
    static readonly CampaignAct[] Acts = Enum.GetValues<CampaignAct>();

    [Fact]
    public void Whatever_is_done_in_whatever_order_a_campaign_lives_once_and_says_why_not()
    {
        var walks = Gen.Sample(Gen.ListOf(Gen.Elements(Acts)), 60, 3000).Select(walk => walk.ToList()).ToList();
        Assert.Contains(walks, walk => walk.Count > 20);
        foreach (var walk in walks)
        {
            var state = CampaignState.Draft;
            var (started, over) = (false, false);
            foreach (var act in walk)
            {
                var next = CampaignState.After(state, act);
                if (next is null)
                {
                    Assert.Matches("^[A-Z].+\\.$", CampaignState.Refusal(state, act));
                    continue;
                }
                Assert.Contains(next, CampaignState.All);
                Assert.False(over && next != state, $"{state} was the end, and {act} led to {next}");
                if (act is CampaignAct.Start) Assert.False(started, "it was started twice");
                if (act is CampaignAct.Edit or CampaignAct.Delete or CampaignAct.Unschedule) Assert.False(started, $"{act} after the start");
                if (next is CampaignState.Paused or CampaignState.Completed) Assert.True(started || next == state);
                started |= next == CampaignState.Running;
                over |= next is CampaignState.Completed or CampaignState.Cancelled;
                state = next;
            }
        }
    }

    [Fact]
    public void Every_state_can_be_reached_and_every_state_but_the_last_ones_can_be_left()
    {
        var reached = new HashSet<string> { CampaignState.Draft };
        for (var round = 0; round < CampaignState.All.Count; round++) reached.UnionWith(reached.ToList().SelectMany(state => Acts.Select(act => CampaignState.After(state, act)).OfType<string>()));
        Assert.Equal(CampaignState.All.Order(), reached.Order());
        foreach (var state in CampaignState.All)
            Assert.Equal(state is CampaignState.Completed or CampaignState.Cancelled, !Acts.Any(act => CampaignState.After(state, act) is { } next && next != state));
    }

    [Theory]
    [InlineData("2026-11-20T11:59:00Z", "09:00", "18:00", "2026-11-20T12:00:00Z")]   // Friday, 08:59 in São Paulo
    [InlineData("2026-11-20T12:00:00Z", "09:00", "18:00", null)]
    [InlineData("2026-11-20T21:00:00Z", "09:00", "18:00", "2026-11-23T12:00:00Z")]   // the weekend is free
    [InlineData("2026-11-22T15:00:00Z", "09:00", "18:00", "2026-11-23T12:00:00Z")]
    [InlineData("2026-11-21T04:00:00Z", "22:00", "06:00", null)]                     // Friday's night goes on until Saturday, 06:00
    [InlineData("2026-11-21T09:00:00Z", "22:00", "06:00", "2026-11-24T01:00:00Z")]
    public void Hours_are_those_of_the_place_and_a_night_belongs_to_the_day_on_which_it_begins(string now, string from, string to, string? until)
    {
        var hours = SendingHours.Read(new("America/Sao_Paulo", from, to, [1, 2, 3, 4, 5]), "UTC", out var wrong);
        Assert.Null(wrong);
        Assert.Equal(until is null ? null : DateTimeOffset.Parse(until), hours!.ClosedUntil(DateTimeOffset.Parse(now)));
    }

    [Theory]
    [InlineData("Mars/Olympus", "09:00", "18:00", 1)]
    [InlineData("UTC", "9", "18:00", 1)]
    [InlineData("UTC", "09:00", "09:00", 1)]
    [InlineData("UTC", "09:00", "18:00", 8)]
    public void What_are_no_hours_is_said(string zone, string from, string to, int day)
    {
        Assert.Null(SendingHours.Read(new(zone, from, to, [day]), "UTC", out var wrong));
        Assert.NotNull(wrong);
    }
}
