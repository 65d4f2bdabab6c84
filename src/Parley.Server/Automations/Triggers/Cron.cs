namespace Parley.Server.Automations.Triggers;

/// <summary>A schedule in five fields: minute, hour, day of the month, month, day of the week. Lists, ranges, steps and names (mon, jan) as everywhere; where both days are
/// given, either counts. Times are those of a clock: one that the spring skips comes when the clock has jumped, one that the autumn repeats comes once, unless it is for every hour.</summary>
internal sealed class Cron
{
    static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    const int Furthest = 366 * 8 + 2;   // days; a leap year may be eight years away

    readonly bool[] _minutes, _hours, _days, _months, _weekdays;
    readonly bool _anyHour, _anyDay, _anyWeekday;

    Cron(bool[] minutes, bool[] hours, bool[] days, bool[] months, bool[] weekdays, bool anyHour, bool anyDay, bool anyWeekday) =>
        (_minutes, _hours, _days, _months, _weekdays, _anyHour, _anyDay, _anyWeekday) = (minutes, hours, days, months, weekdays, anyHour, anyDay, anyWeekday);

    /// <summary>Null when it cannot be read.</summary>
    public static Cron? Parse(string? text)
    {
        var fields = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length != 5 || text!.Length > 200) return null;
        if (Field(fields[0], 0, 59, []) is not { } minutes || Field(fields[1], 0, 23, []) is not { } hours || Field(fields[2], 1, 31, []) is not { } days
            || Field(fields[3], 1, 12, Months) is not { } months || Field(fields[4], 0, 7, Days) is not { } weekdays) return null;
        weekdays[0] |= weekdays[7];   // both are Sunday
        return new(minutes, hours, days, months, weekdays, fields[1].StartsWith('*'), fields[2].StartsWith('*'), fields[4].StartsWith('*'));
    }

    /// <summary>There is no such day, in any year.</summary>
    public bool NeverComes => Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc) is null;

    /// <summary>The first time after <paramref name="after"/>; null when there is none (the 30th of February).</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone);
        // A day before: what was skipped, or comes twice, may lie on the other side of midnight.
        var day = local.Date.AddDays(-1);
        for (var i = 0; i < Furthest; i++, day = day.AddDays(1))
        {
            if (!IsOn(day)) continue;
            for (var hour = 0; hour < 24; hour++)
            {
                if (!_hours[hour]) continue;
                DateTimeOffset? next = null;
                for (var minute = 0; minute < 60; minute++)
                    if (_minutes[minute])
                        foreach (var at in At(day.AddHours(hour).AddMinutes(minute), zone))
                            if (at > after && (next is null || at < next)) next = at;
                if (next is { } found) return found.ToUniversalTime();
            }
        }
        return null;
    }

    bool IsOn(DateTime day)
    {
        if (!_months[day.Month]) return false;
        var (isDay, isWeekday) = (_days[day.Day], _weekdays[(int)day.DayOfWeek]);
        return (_anyDay, _anyWeekday) switch { (false, false) => isDay || isWeekday, _ => isDay && isWeekday };
    }

    IEnumerable<DateTimeOffset> At(DateTime clock, TimeZoneInfo zone)
    {
        // What the spring skips: the first moment that there is. (Clocks jump by whole quarters of an hour.)
        while (zone.IsInvalidTime(clock)) clock = clock.AddMinutes(15 - clock.Minute % 15);
        if (!zone.IsAmbiguousTime(clock)) return [new(clock, zone.GetUtcOffset(clock))];
        // What the autumn repeats: the first of the two; both, where every hour is meant.
        var offsets = zone.GetAmbiguousTimeOffsets(clock).OrderDescending();
        return offsets.Take(_anyHour ? 2 : 1).Select(offset => new DateTimeOffset(clock, offset));
    }

    static bool[]? Field(string text, int least, int most, string[] names)
    {
        var set = new bool[most + 1];
        foreach (var part in text.Split(','))
        {
            var pieces = part.Split('/');
            if (pieces.Length > 2 || pieces.Length == 2 && (!int.TryParse(pieces[1], System.Globalization.NumberStyles.None, null, out var given) || given is 0)) return null;
            var step = pieces.Length == 2 ? int.Parse(pieces[1]) : 1;
            int from, to;
            if (pieces[0] == "*") (from, to) = (least, names == Days ? 6 : most);
            else
            {
                var ends = pieces[0].Split('-');
                if (ends.Length > 2 || Number(ends[0]) is not { } first || Number(ends[^1]) is not { } last) return null;
                (from, to) = (first, ends.Length == 1 && pieces.Length == 2 ? most : last);
            }
            if (from < least || to > most || from > to) return null;
            for (var value = from; value <= to; value += Math.Min(step, most + 1)) set[value] = true;
        }
        return set;

        int? Number(string word) =>
            int.TryParse(word, System.Globalization.NumberStyles.None, null, out var number) ? number
            : Array.IndexOf(names, word.ToLowerInvariant()) is >= 0 and var index ? index + (names == Months ? 1 : 0) : null;
    }
}
