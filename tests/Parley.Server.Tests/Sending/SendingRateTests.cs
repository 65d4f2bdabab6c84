using Parley.Server.Sending;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sending;

public sealed class SendingRateTests
{
    [Theory]
    [InlineData(1000, 7)]
    [InlineData(1000, 1)]
    [InlineData(80, 5)]
    [InlineData(1, 10)]
    [InlineData(0.5, 50)]
    public void In_no_second_more_than_the_limit_leaves_and_nearly_all_of_it_is_used_in_spite_of_stalls(double perSecond, int step)
    {
        var clock = new StandingClock();
        var rate = new SendingRate(perSecond, clock);
        var random = new Random(42);
        var departures = new List<double>();
        const double seconds = 60;
        for (var now = 0d; now < seconds;)
        {
            var count = rate.Available(128);
            for (var i = 0; i < count; i++)
            {
                rate.Take().Arrived();
                departures.Add(now);
            }
            var pause = random.Next(3000) < step ? 250 : step;   // now and then the machine is busy elsewhere
            clock.Skip(TimeSpan.FromMilliseconds(pause));
            now += pause / 1000d;
        }

        var span = Math.Max(1, 1 / perSecond);
        var most = departures.Select((at, i) => departures.FindLastIndex(Math.Min(departures.Count - 1, i + (int)(perSecond * 2) + 2), other => other < at + span) - i + 1).Max();
        Assert.InRange(most, 1, Math.Max(1, (int)perSecond));
        Assert.InRange(departures.Count, perSecond * seconds * 0.95 - 2, perSecond * seconds);
    }

    [Fact]
    public void A_new_owner_begins_as_if_the_last_one_had_just_used_the_limit()
    {
        var clock = new StandingClock();
        var rate = new SendingRate(100, clock);
        Assert.Equal(0, rate.Available(128));
        clock.Skip(rate.UntilNext());
        Assert.InRange(rate.Available(128), 1, 2);
    }

    [Fact]
    public void The_time_until_the_next_one_is_the_time_until_the_next_one()
    {
        var clock = new StandingClock();
        var rate = new SendingRate(10, clock);
        for (var i = 0; i < 50; i++)
        {
            clock.Skip(rate.UntilNext() + TimeSpan.FromMilliseconds(1));
            Assert.True(rate.Available(1) == 1, $"after {i}");
            rate.Take().Arrived();
        }
    }

    [Fact]
    public void What_is_under_way_counts_until_a_second_after_it_arrived_and_what_never_left_counts_for_nothing()
    {
        var clock = new StandingClock();
        var rate = new SendingRate(2, clock);
        clock.Skip(TimeSpan.FromSeconds(5));
        Assert.Equal(1, rate.Available(128));   // the bucket spreads them
        var slow = rate.Take();
        clock.Skip(TimeSpan.FromSeconds(5));
        using (var refused = rate.Take()) Assert.Equal(0, rate.Available(128));
        clock.Skip(TimeSpan.FromSeconds(1));
        Assert.Equal(1, rate.Available(128));
        slow.Arrived();
        slow.Dispose();
        rate.Take().Arrived();
        clock.Skip(TimeSpan.FromMilliseconds(900));
        Assert.Equal(0, rate.Available(128));
        clock.Skip(TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, rate.Available(128));
    }
}
