using System.Text.Json.Nodes;
using Parley.Server.Templates;

namespace Parley.Server.Campaigns;

/// <summary>A campaign, and how far it is.</summary>
public sealed record CampaignView
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required string? Description { get; init; }
    public required Guid IntegrationId { get; init; }
    public required string Channel { get; init; }
    public required string Type { get; init; }
    public required string Message { get; init; }
    public required Guid? AttachmentId { get; init; }

    /// <summary>The uploaded file that it carries, also in a template's header.</summary>
    public required Media.AttachmentView? Attachment { get; init; }
    public required string? Link { get; init; }
    public required TemplateRequest? Template { get; init; }
    public required IReadOnlyDictionary<string, string> Defaults { get; init; }

    /// <summary>The numbers as they were given; null in lists, and in the answer to what was done to it.</summary>
    public required IReadOnlyList<string>? Recipients { get; init; }
    public required int RecipientsCount { get; init; }
    public required CampaignAudience Audience { get; init; }
    public required CampaignHours? Hours { get; init; }
    public required double? RatePerSecond { get; init; }
    public required int? Concurrency { get; init; }
    public required CampaignBrake Brake { get; init; }

    /// <summary>draft, scheduled, running, paused, completed or cancelled.</summary>
    public required string Status { get; init; }

    /// <summary>Grows with each change; give it back as If-Match.</summary>
    public required int Version { get; init; }
    public required string Author { get; init; }

    /// <summary>The campaign whose failed ones this one tries again.</summary>
    public required Guid? SourceId { get; init; }

    /// <summary>While it runs: freezing (the audience is written down), sending, or waiting (for its hours).</summary>
    public required string? Phase { get; init; }
    public required DateTimeOffset? WaitsUntil { get; init; }

    /// <summary>user, failures, quality or content.</summary>
    public required string? PauseCause { get; init; }
    public required string? PauseReason { get; init; }
    public required CampaignScheduleView? Schedule { get; init; }
    public required int TotalCount { get; init; }
    public required int SentCount { get; init; }
    public required int DeliveredCount { get; init; }
    public required int ReadCount { get; init; }
    public required int FailedCount { get; init; }

    /// <summary>Each recipient once.</summary>
    public required CampaignCountsView Counts { get; init; }

    /// <summary>True where so much has happened at once that the counts are still being caught up with.</summary>
    public required bool IsCounting { get; init; }
    public required DateTimeOffset? StartedAt { get; init; }
    public required DateTimeOffset? FrozenAt { get; init; }
    public required DateTimeOffset? PausedAt { get; init; }
    public required DateTimeOffset? CompletedAt { get; init; }
    public required DateTimeOffset? CancelledAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    internal static CampaignView From(CampaignRow row, CampaignCounts counts)
    {
        var content = row.Content;
        var delivered = counts.Delivered + counts.Read;
        return new()
        {
            Id = row.Id, Name = row.Name, Description = row.Description, IntegrationId = row.IntegrationId, Channel = row.Channel, Type = content.Type, Message = row.Message, AttachmentId = content.AttachmentId, Attachment = row.File, Link = content.Link,
            Template = content.Template, Defaults = content.Defaults ?? new Dictionary<string, string>(), Recipients = row.Recipients, RecipientsCount = row.RecipientsCount, Audience = row.Audience, Hours = row.Hours,
            RatePerSecond = row.RatePerSecond, Concurrency = row.Concurrency, Brake = new(row.BrakePercent, row.BrakeSample), Status = row.Status, Version = row.Version, Author = row.Author, SourceId = row.SourceId,
            Phase = row.Status != CampaignState.Running ? null : row.FrozenAt is null ? "freezing" : row.WaitsUntil is null ? "sending" : "waiting",
            WaitsUntil = row.Status == CampaignState.Running ? row.WaitsUntil : null, PauseCause = row.PauseCause, PauseReason = row.PauseReason,
            Schedule = row.ScheduledAt is { } at ? new(at, row.ScheduledZone ?? "UTC", Scheduling.Schedule.Local(at, row.ScheduledZone ?? "UTC")) : null,
            TotalCount = counts.Total, SentCount = counts.Sent + delivered, DeliveredCount = delivered, ReadCount = counts.Read, FailedCount = counts.Failed,
            Counts = new(counts.Pending, counts.Queued, counts.Sent, counts.Delivered, counts.Read, counts.Failed, counts.NeedsReview, counts.Skipped, counts.Cancelled, row.DuplicateCount, row.InvalidCount),
            IsCounting = counts.IsBehind, StartedAt = row.StartedAt, FrozenAt = row.FrozenAt, PausedAt = row.PausedAt, CompletedAt = row.CompletedAt, CancelledAt = row.CancelledAt, CreatedAt = row.CreatedAt, UpdatedAt = row.UpdatedAt,
        };
    }
}

/// <param name="LocalTime">What the clocks show in <paramref name="TimeZone"/> then.</param>
public sealed record CampaignScheduleView(DateTimeOffset ScheduledAt, string TimeZone, string LocalTime);

/// <param name="Duplicates">Lines that named somebody who was there already.</param>
/// <param name="Invalid">Lines that are no number.</param>
public sealed record CampaignCountsView(int Pending, int Queued, int Sent, int Delivered, int Read, int Failed, int NeedsReview, int Skipped, int Cancelled, int Duplicates, int Invalid);

/// <summary>One person, and what they would read.</summary>
/// <param name="Status">pending, or skipped: then why.</param>
public sealed record CampaignSample(Guid? ContactId, string? Name, string Handle, string Status, string? Reason, string? Words, string Type, string? Content, JsonNode? Metadata, Media.AttachmentView? Attachment);

/// <summary>Whom a campaign would reach now.</summary>
/// <param name="IsComplete">False when the audience was too large to be read through just for a look: the numbers are those so far.</param>
/// <param name="Refused">Some of those who would not get it.</param>
public sealed record CampaignPreview(
    int Total, int Sendable, IReadOnlyList<SkippedView> Skipped, int Duplicates, int Invalid, bool IsComplete, IReadOnlyList<CampaignSample> Sample, IReadOnlyList<CampaignSample> Refused);

public sealed record SkippedView(string Reason, string Words, int Count);

/// <summary>What became of one recipient.</summary>
/// <param name="Status">pending, queued, sent, delivered, read, failed, needs_review, skipped or cancelled.</param>
/// <param name="Variables">The columns of their line in the file.</param>
public sealed record CampaignRecipientView(
    Guid Id, Guid? ContactId, string? Name, string Handle, string Status, string? Reason, string? Words, Guid? MessageId, Guid? ConversationId, JsonNode? Variables,
    DateTimeOffset? SentAt, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, DateTimeOffset? FailedAt, DateTimeOffset UpdatedAt);

/// <param name="BucketSeconds">How far apart the points are.</param>
public sealed record CampaignSeries(int BucketSeconds, IReadOnlyList<CampaignPoint> Points);

/// <summary>How many had been sent, delivered, read, or had failed, until then.</summary>
public sealed record CampaignPoint(DateTimeOffset At, int Sent, int Delivered, int Read, int Failed);

/// <summary>Why somebody was left out, for a person.</summary>
internal static class SkipWords
{
    public static string? Of(string? reason, string? detail) => reason switch
    {
        null => null,
        "no_address" => "There is no address of theirs on this channel.",
        "opted_out" or "recipient_opted_out" => "They asked not to receive such messages.",
        "blocked" or "recipient_blocked" => "The contact is blocked.",
        "group" => "It is a group.",
        "duplicate" => "The same conversation gets it already, under another number or card.",
        "missing_variables" => $"Nothing is known for {detail}.",
        "invalid_variables" => detail,
        "cancelled" => "The campaign was cancelled before this left.",
        _ => detail ?? (Channels.Contract.SendFailure.All.TryGetValue(reason, out var failure) ? failure.Words : reason),
    };
}
