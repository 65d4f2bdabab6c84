using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Http;

namespace Parley.Server.Scheduling;

/// <summary>From what a caller says about time to an instant: in the zone that is named, or the contact's, or the organisation's.</summary>
internal sealed class ScheduleReader(SchedulingSettingsStore settings, TimeProvider time)
{
    /// <param name="scheduledAt">Null: at once, and there is nothing to read.</param>
    /// <param name="zone">An IANA name, "contact" or "tenant"; null takes the contact's where it is known.</param>
    /// <param name="contactZone">Looks up what is known of the contact.</param>
    public async Task<(Schedule? Schedule, ValidationProblem? Wrong)> ReadAsync(
        Guid tenant, string? scheduledAt, string? zone, Func<Task<string?>> contactZone, CancellationToken cancellationToken)
    {
        if (scheduledAt is null) return zone is null ? (null, null) : (null, Problems.Invalid("time_zone", "It goes with scheduled_at, which is missing."));
        var found = zone is null or "contact" ? Schedule.FindZone(await contactZone()) : null;
        if (zone == "contact" && found is null)
            return (null, Problems.Invalid("time_zone", "The contact's time zone is not known. Write it into the contact's metadata as time_zone, or name one here."));
        if (found is null && zone is null or "tenant") found = Schedule.FindZone((await settings.ReadAsync(tenant, cancellationToken)).TimeZone) ?? TimeZoneInfo.Utc;
        found ??= Schedule.FindZone(zone);
        if (found is null) return (null, Problems.Invalid("time_zone", "It must be a time zone such as America/Sao_Paulo, or contact, or tenant."));
        return Schedule.Read(scheduledAt, found, time.GetUtcNow(), out var wrong) is { } schedule ? (schedule, null) : (null, Problems.Invalid("scheduled_at", wrong!));
    }
}
