using System.Globalization;
using Parley.Server.Scheduling;

namespace Parley.Server.Campaigns;

/// <summary>The hours in which a campaign may send, on some days of the week. Pure.</summary>
internal sealed record SendingHours(TimeZoneInfo Zone, TimeOnly From, TimeOnly To, IReadOnlySet<int> Days)
{
    /// <param name="wrong">A sentence when they are none.</param>
    /// <param name="zone">Where no zone is named.</param>
    public static SendingHours? Read(CampaignHours hours, string zone, out string? wrong)
    {
        wrong = null;
        if (Schedule.FindZone(hours.TimeZone ?? zone) is not { } found) wrong = "time_zone must be a time zone such as America/Sao_Paulo.";
        else if (!TryTime(hours.From, out var from) || !TryTime(hours.To, out var to)) wrong = "from and to must be times such as 09:00.";
        else if (from == to) wrong = "from and to are the same. For the whole day, leave hours out, or name days with 00:00 and 23:59.";
        else if ((hours.Days ?? []).Any(day => day is < 1 or > 7)) wrong = "days go from 1 (Monday) to 7 (Sunday).";
        else return new(found, from, to, hours.Days is { Count: > 0 } days ? days.ToHashSet() : Enumerable.Range(1, 7).ToHashSet());
        return null;
    }

    /// <summary>Null when it may send now; otherwise when it may again.</summary>
    public DateTimeOffset? ClosedUntil(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, Zone);
        // A night belongs to the day on which it begins.
        for (var back = -1; back <= 8; back++)
        {
            var day = DateOnly.FromDateTime(local.DateTime).AddDays(back);
            if (!Days.Contains(day.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)day.DayOfWeek)) continue;
            var (opens, closes) = (Instant(day, From), Instant(From < To ? day : day.AddDays(1), To));
            if (now >= closes) continue;
            return now >= opens ? null : opens;
        }
        return now.AddDays(1);
    }

    // An hour that clocks skip is the one after it.
    DateTimeOffset Instant(DateOnly day, TimeOnly time)
    {
        var local = day.ToDateTime(time);
        while (Zone.IsInvalidTime(local)) local = local.AddMinutes(30);
        return new DateTimeOffset(local, Zone.GetUtcOffset(local)).ToUniversalTime();
    }

    static bool TryTime(string? text, out TimeOnly time) => TimeOnly.TryParseExact(text ?? "", "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
