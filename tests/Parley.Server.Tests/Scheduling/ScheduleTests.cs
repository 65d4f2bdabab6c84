using Parley.Server.Scheduling;
using Xunit;

namespace Parley.Server.Tests.Scheduling;

public sealed class ScheduleTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-10T12:00:00Z");

    [Theory]
    [InlineData("2026-02-01T09:00", "America/Sao_Paulo", "2026-02-01T12:00:00Z")]
    [InlineData("2026-07-01T09:00", "Europe/Berlin", "2026-07-01T07:00:00Z")]
    [InlineData("2026-02-01 09:00", "Asia/Kathmandu", "2026-02-01T03:15:00Z")]
    [InlineData("2026-02-01T09:00:00-03:00", "Europe/Berlin", "2026-02-01T12:00:00Z")]
    [InlineData("2026-02-01T09:00:00Z", "Europe/Berlin", "2026-02-01T09:00:00Z")]
    [InlineData("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z")]   // that hour is skipped: the one after it
    [InlineData("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z")]   // that hour comes twice: the first
    public void A_time_is_what_the_clocks_show_there(string text, string zone, string instant)
    {
        var schedule = Schedule.Read(text, Schedule.FindZone(zone)!, Now, out var wrong);
        Assert.Null(wrong);
        Assert.Equal((DateTimeOffset.Parse(instant), zone), (schedule!.At, schedule.Zone));
    }

    [Theory]
    [InlineData("", "such as")]
    [InlineData("tomorrow", "such as")]
    [InlineData("2026-02-01", "such as")]
    [InlineData("2026-13-01T09:00", "such as")]
    [InlineData("2026-01-10T11:59:59Z", "future")]
    [InlineData("2028-01-10T11:59:59Z", "at most a year")]
    public void What_is_no_time_to_come_is_refused_in_words(string text, string words)
    {
        Assert.Null(Schedule.Read(text, TimeZoneInfo.Utc, Now, out var wrong));
        Assert.Contains(words, wrong);
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("Berlin", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("Europe/Atlantis", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_names_of_time_zones_are_time_zones(string? name, bool isOne) => Assert.Equal(isOne, Schedule.FindZone(name) is not null);
}
