using System.Text.Json;

namespace Parley.Server.Bot;

/// <summary>A stretch of the week.</summary>
/// <param name="Days">mon tue wed thu fri sat sun; none means every day.</param>
/// <param name="From">"09:00".</param>
/// <param name="To">"18:00"; earlier than <paramref name="From"/>, it is on the next day.</param>
public sealed record BotHours(IReadOnlyList<string>? Days, string? From, string? To)
{
    static readonly string[] Names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];   // as DayOfWeek counts

    const string EndOfDay = "24:00";

    internal static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Null when it can be kept; otherwise a sentence.</summary>
    internal string? Wrong() =>
        Days?.FirstOrDefault(day => !Names.Contains(day)) is { } unknown ? $"\"{unknown}\" is no day. Days are mon, tue, wed, thu, fri, sat, sun."
        : Time(From) is not { } from || To != EndOfDay && Time(To) is null ? "from and to must be times such as 09:00 and 18:00."
        : To != EndOfDay && from == Time(To) ? "from and to are the same time. Leave hours out for a bot that always answers."
        : null;

    internal static bool Contain(IReadOnlyList<BotHours>? hours, string zone, DateTimeOffset now)
    {
        if (hours is null or []) return true;
        var local = Local(zone, now);
        return hours.Any(stretch => stretch.Contains(local));
    }

    internal static DateTimeOffset Local(string zone, DateTimeOffset now) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? TimeZoneInfo.ConvertTime(now, found) : now;

    bool Contains(DateTimeOffset local)
    {
        var (from, at) = (Time(From)!.Value, TimeOnly.FromDateTime(local.DateTime));
        if (To == EndOfDay) return On(local.DayOfWeek) && at >= from;
        var to = Time(To)!.Value;
        return from < to ? On(local.DayOfWeek) && at >= from && at < to
            : On(local.DayOfWeek) && at >= from || On(local.AddDays(-1).DayOfWeek) && at < to;
    }

    bool On(DayOfWeek day) => Days is null or [] || Days.Contains(Names[(int)day]);

    static TimeOnly? Time(string? text) => TimeOnly.TryParseExact(text, "HH:mm", out var time) ? time : null;
}
