using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Analytics;

/// <summary>Which part of the past: days of a time zone, at most 400 of them; the last thirty when not said.</summary>
internal sealed class AnalyticsQuery
{
    /// <summary>The first day, as 2026-01-31.</summary>
    [FromQuery(Name = "from")] public string? From { get; init; }
    /// <summary>The last day.</summary>
    [FromQuery(Name = "to")] public string? To { get; init; }
    /// <summary>Such as Europe/Lisbon; UTC when not said.</summary>
    [FromQuery(Name = "time_zone")] public string? TimeZone { get; init; }
    [FromQuery(Name = "channel")] public string? Channel { get; init; }
    [FromQuery(Name = "integration_id")] public Guid? IntegrationId { get; init; }

    const int Most = 400;

    /// <summary>Null when it is right; otherwise the answer that says what is wrong.</summary>
    public ValidationProblem? Read(TimeProvider time, out AnalyticsPeriod period)
    {
        period = null!;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone ?? "UTC", out var zone) || !zone.HasIanaId) return Problems.Invalid("time_zone", "It is no time zone that is known here, such as Europe/Lisbon.");
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).DateTime);
        var (to, from) = (today, default(DateOnly));
        if (To is not null && !IsDay(To, out to)) return Problems.Invalid("to", "It is no day, such as 2026-01-31.");
        if (From is null) from = to.AddDays(-29);
        else if (!IsDay(From, out from)) return Problems.Invalid("from", "It is no day, such as 2026-01-31.");
        if (from > to) return Problems.Invalid("from", "It is after the last day.");
        if (to.DayNumber - from.DayNumber >= Most) return Problems.Invalid("from", $"At most {Most} days are possible.");
        period = new(from, to, zone.Id, string.IsNullOrEmpty(Channel) ? null : Channel, IntegrationId);
        return Channel is not null && Texts.Wrong(Channel, 50) is { } wrong ? Problems.Invalid("channel", wrong) : null;
    }

    static bool IsDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is >= 1970 and <= 9000;
}

internal static class AnalyticsEndpoints
{
    public static void MapAnalytics(this IEndpointRouteBuilder routes)
    {
        var analytics = routes.MapGroup("/api/analytics").WithTags("Analytics").RequireAuthorization(Policies.Viewer);
        analytics.MapGet("/volume", Volume).WithSummary("Messages by day and channel.");
        analytics.MapGet("/delivery", Delivery).WithSummary("What became of the messages we sent.");
        analytics.MapGet("/responses", Responses).WithSummary("How long people waited for an answer, and for an end.");
        analytics.MapGet("/hours", Hours).WithSummary("At which hours of the week people write.");
        analytics.MapGet("/team", Team).WithSummary("Who sent and answered how much.");
    }

    static async Task<Results<Ok<VolumeView>, ValidationProblem>> Volume([AsParameters] AnalyticsQuery query, Caller caller, AnalyticsStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (query.Read(time, out var period) is { } wrong) return wrong;
        var days = await store.VolumeAsync(caller.TenantId, period, cancellationToken);
        return TypedResults.Ok(new VolumeView(await store.DescribeAsync(caller.TenantId, period, cancellationToken), days.Sum(day => day.Received), days.Sum(day => day.Sent), days));
    }

    static async Task<Results<Ok<DeliveryView>, ValidationProblem>> Delivery([AsParameters] AnalyticsQuery query, Caller caller, AnalyticsStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (query.Read(time, out var period) is { } wrong) return wrong;
        var lines = await store.DeliveryAsync(caller.TenantId, period, cancellationToken);
        return TypedResults.Ok(new DeliveryView(await store.DescribeAsync(caller.TenantId, period, cancellationToken), lines[0], [.. lines.Skip(1)]));
    }

    static async Task<Results<Ok<ResponsesView>, ValidationProblem>> Responses([AsParameters] AnalyticsQuery query, Caller caller, AnalyticsStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (query.Read(time, out var period) is { } wrong) return wrong;
        var times = await store.TimesAsync(caller.TenantId, period, cancellationToken);
        var days = await store.ResponseDaysAsync(caller.TenantId, period, cancellationToken);
        return TypedResults.Ok(new ResponsesView(await store.DescribeAsync(caller.TenantId, period, cancellationToken), times[0], times[1], times[2], times[3].Count, days));
    }

    static async Task<Results<Ok<HoursView>, ValidationProblem>> Hours([AsParameters] AnalyticsQuery query, Caller caller, AnalyticsStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (query.Read(time, out var period) is { } wrong) return wrong;
        var hours = await store.HoursAsync(caller.TenantId, period, cancellationToken);
        return TypedResults.Ok(new HoursView(await store.DescribeAsync(caller.TenantId, period, cancellationToken), hours));
    }

    static async Task<Results<Ok<TeamReportView>, ValidationProblem>> Team([AsParameters] AnalyticsQuery query, Caller caller, AnalyticsStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (query.Read(time, out var period) is { } wrong) return wrong;
        var items = await store.TeamAsync(caller.TenantId, period, cancellationToken);
        return TypedResults.Ok(new TeamReportView(await store.DescribeAsync(caller.TenantId, period, cancellationToken), items));
    }
}
