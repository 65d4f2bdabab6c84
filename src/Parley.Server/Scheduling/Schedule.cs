using System.Globalization;

namespace Parley.Server.Scheduling;

/// <summary>When a message shall leave: an instant, and the time zone that somebody had in mind.</summary>
internal sealed record Schedule(DateTimeOffset At, string Zone)
{
    static readonly TimeSpan Furthest = TimeSpan.FromDays(366);
    static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"];

    /// <summary>Reads "2026-12-01T09:00" as what the clocks show in the zone, and what has an offset (or Z) as that instant.</summary>
    /// <param name="wrong">A sentence when it is no such time.</param>
    public static Schedule? Read(string text, TimeZoneInfo zone, DateTimeOffset now, out string? wrong)
    {
        wrong = null;
        text = text.Trim();
        DateTimeOffset at;
        if (DateTime.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)) at = Instant(local, zone);
        else if (!HasOffset(text) || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at))
        {
            wrong = "It must be a time such as 2026-12-01T09:00 (as the clocks show it in time_zone) or 2026-12-01T09:00:00-03:00.";
            return null;
        }
        wrong = at <= now ? "It must be in the future." : at > now + Furthest ? "It may be at most a year ahead." : null;
        return wrong is null ? new(at.ToUniversalTime(), zone.Id) : null;
    }

    /// <summary>The zone of that IANA name (America/Sao_Paulo), or null.</summary>
    public static TimeZoneInfo? FindZone(string? name) =>
        name is { Length: > 0 and <= 60 } && (name == "UTC" || name.Contains('/')) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    /// <summary>What the clocks of the zone show then.</summary>
    public static string Local(DateTimeOffset at, string zone) =>
        TimeZoneInfo.ConvertTime(at, FindZone(zone) ?? TimeZoneInfo.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    // Twice a year clocks are set: an hour that is skipped is the one after it, and of one that comes twice it is the first.
    static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local)) return new DateTimeOffset(local, zone.GetUtcOffset(local.AddHours(-3)));
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset);
    }

    static bool HasOffset(string text) => text.Contains('T', StringComparison.Ordinal) && (text.EndsWith('Z') || text.LastIndexOf('+') > 9 || text.LastIndexOf('-') > 9);
}

/// <summary>A message that has not left yet, and when it will.</summary>
/// <param name="State">waiting; or needs_decision: its time has passed without it, and somebody sends or discards it.</param>
/// <param name="LocalTime">What the clocks show in <paramref name="TimeZone"/> then.</param>
/// <param name="Words">Why it needs a decision.</param>
public sealed record ScheduleView(string State, DateTimeOffset At, string TimeZone, string LocalTime, string? Words)
{
    internal static ScheduleView From(DateTimeOffset at, string zone, bool needsDecision)
    {
        var local = Schedule.Local(at, zone);
        return new(needsDecision ? "needs_decision" : "waiting", at, zone, local,
            needsDecision ? $"It was to leave at {local.Replace('T', ' ')[..16]} ({zone}), and could not leave then. Send it now, give it another time, or discard it." : null);
    }
}
