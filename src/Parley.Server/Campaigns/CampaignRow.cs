namespace Parley.Server.Campaigns;

internal sealed class CampaignRow
{
    /// <summary>Without the list of numbers, which may be a hundred thousand: it is read where it is needed (<see cref="Whole"/>), and counted elsewhere.</summary>
    public const string Columns = $"""
        c.id, c.name, c.description, c.message, c.recipients_count, c.integration_id, c.channel, c.content::text as content_json, c.audience::text as audience_json, c.status, c.version, c.author, c.source_id,
        c.scheduled_at, c.scheduled_zone, c.hours::text as hours_json, c.waits_until, c.rate_per_second, c.concurrency, c.brake_percent, c.brake_sample, c.progress::text as progress_json,
        c.duplicate_count, c.invalid_count, c.started_at, c.frozen_at, c.paused_at, c.pause_cause, c.pause_reason, c.completed_at, c.cancelled_at, c.created_at, c.updated_at,
        (select {Media.AttachmentView.Json} from attachments a where a.tenant_id = c.tenant_id and a.campaign_id = c.id)::text as file_json
        """;

    public const string Whole = $"{Columns}, c.recipients";

    public Guid Id { get; init; }
    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public string Message { get; init; } = "";
    public int RecipientsCount { get; init; }

    /// <summary>Null where it was not read.</summary>
    public string[]? Recipients { get; init; }
    public Guid IntegrationId { get; init; }
    public string Channel { get; init; } = "";
    public string ContentJson { get; init; } = "{}";
    public string AudienceJson { get; init; } = "{}";
    public string Status { get; init; } = "";
    public int Version { get; init; }
    public string Author { get; init; } = "";
    public Guid? SourceId { get; init; }
    public DateTimeOffset? ScheduledAt { get; init; }
    public string? ScheduledZone { get; init; }
    public string? HoursJson { get; init; }
    public DateTimeOffset? WaitsUntil { get; init; }
    public double? RatePerSecond { get; init; }
    public int? Concurrency { get; init; }
    public int BrakePercent { get; init; }
    public int BrakeSample { get; init; }
    public string ProgressJson { get; init; } = "{}";
    public int DuplicateCount { get; init; }
    public int InvalidCount { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FrozenAt { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public string? PauseCause { get; init; }
    public string? PauseReason { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public string? FileJson { get; init; }

    public CampaignContentRow Content => CampaignJson.Read<CampaignContentRow>(ContentJson);
    public CampaignAudience Audience => CampaignJson.Read<CampaignAudience>(AudienceJson);
    public CampaignHours? Hours => HoursJson is null ? null : CampaignJson.Read<CampaignHours>(HoursJson);

    /// <summary>The file that it carries.</summary>
    public Media.AttachmentView? File => FileJson is null ? null : CampaignJson.Read<Media.AttachmentView>(FileJson);

    /// <summary>As its messages name it.</summary>
    public string MessageAuthor => $"campaign:{Id}";
}

/// <summary>A campaign that was looked at and may be stored.</summary>
/// <param name="FileKind">As what its file goes out; null: as it did in the campaign that it was copied from.</param>
internal sealed record CampaignDraft(
    string Name, string? Description, string Message, string[] Recipients, Guid IntegrationId, string Channel, CampaignContentRow Content, CampaignAudience Audience, CampaignHours? Hours,
    double? RatePerSecond, int? Concurrency, int BrakePercent, int BrakeSample, string? FileKind = null);
