namespace Parley.Server.Analytics;

/// <param name="From">The first day, in the time zone.</param>
/// <param name="To">The last one.</param>
/// <param name="CountedUntil">Every change up to this moment is in the numbers; null while the first count is under way.</param>
public sealed record PeriodView(string From, string To, string TimeZone, DateTimeOffset? CountedUntil);

/// <summary>Messages by day and channel; days and channels without any are left out.</summary>
public sealed record VolumeView(PeriodView Period, long Received, long Sent, IReadOnlyList<VolumeDay> Days);

public sealed class VolumeDay
{
    public string Day { get; init; } = "";
    public string Channel { get; init; } = "";
    public long Received { get; init; }
    public long Sent { get; init; }
}

/// <summary>What became of what we sent, as it is now: together, and for each channel.</summary>
public sealed record DeliveryView(PeriodView Period, DeliveryCounts Total, IReadOnlyList<DeliveryCounts> Channels);

/// <summary>Each message is in one of these: it got so far, and no further.</summary>
public sealed class DeliveryCounts
{
    /// <summary>Null for all together.</summary>
    public string? Channel { get; init; }
    public long Total { get; init; }
    /// <summary>Queued, or being sent.</summary>
    public long Waiting { get; init; }
    /// <summary>The provider's answer was lost.</summary>
    public long Unknown { get; init; }
    public long Sent { get; init; }
    public long Delivered { get; init; }
    public long Read { get; init; }
    public long Failed { get; init; }
    /// <summary>Delivered or read, of a hundred; null when nothing was sent.</summary>
    public double? DeliveryRate { get; init; }
}

/// <summary>How long people waited for us, in seconds: by the day on which they began to wait.</summary>
/// <param name="First">The first answer in a conversation, or since it was closed last.</param>
/// <param name="Every">Every answer.</param>
/// <param name="Resolution">From the first message to the closing, by the day of the closing.</param>
/// <param name="Waiting">Those who wait still.</param>
public sealed record ResponsesView(PeriodView Period, TimesView First, TimesView Every, TimesView Resolution, long Waiting, IReadOnlyList<ResponseDay> Days);

public sealed class TimesView
{
    public long Count { get; init; }
    /// <summary>Half were faster.</summary>
    public double? Median { get; init; }
    /// <summary>Nine of ten were faster.</summary>
    public double? P90 { get; init; }
}

public sealed class ResponseDay
{
    public string Day { get; init; } = "";
    public long Count { get; init; }
    public double Median { get; init; }
}

/// <summary>When people write: hours of the week without a message are left out.</summary>
public sealed record HoursView(PeriodView Period, IReadOnlyList<HourCount> Hours);

public sealed class HourCount
{
    /// <summary>1 is Monday.</summary>
    public int Weekday { get; init; }
    public int Hour { get; init; }
    public long Received { get; init; }
}

/// <summary>Who sent and answered how much, the busiest first.</summary>
public sealed record TeamReportView(PeriodView Period, IReadOnlyList<TeamReportLine> Items);

public sealed class TeamReportLine
{
    /// <summary>user, api, bot, or provider (the account's own app on a phone); others by their own name.</summary>
    public string Kind { get; init; } = "";
    /// <summary>Of a user or an API key.</summary>
    public Guid? Id { get; init; }
    public string? Name { get; init; }
    public long Sent { get; init; }
    public long Failed { get; init; }
    /// <summary>How often this one ended somebody's waiting.</summary>
    public long Answered { get; init; }
    /// <summary>In seconds.</summary>
    public double? MedianResponse { get; init; }
}
