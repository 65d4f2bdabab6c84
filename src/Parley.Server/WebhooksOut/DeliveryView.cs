namespace Parley.Server.WebhooksOut;

/// <summary>One event for one endpoint.</summary>
/// <param name="Seq">The event's number in the feed; null for a ping.</param>
/// <param name="Status">pending, delivered, failed; or skipped: the endpoint was switched on again to go on from later.</param>
/// <param name="NextAt">When it is tried next, while it is pending; later where the endpoint is left alone.</param>
/// <param name="StatusCode">What the last try was answered.</param>
/// <param name="Error">Why the last try failed, in words.</param>
/// <param name="Excerpt">The beginning of that answer.</param>
public record WebhookDeliveryView(
    Guid Id, Guid EndpointId, string EventType, long? Seq, string Status, int Attempts, DateTimeOffset? NextAt, int? StatusCode, string? Error, string? Excerpt, int? TookMs,
    DateTimeOffset? AttemptedAt, DateTimeOffset? DeliveredAt, DateTimeOffset CreatedAt)
{
    /// <summary>What was sent, or will be; only on a single delivery.</summary>
    public string? Payload { get; init; }

    internal static WebhookDeliveryView From(DeliveryRow row) => new(
        row.Id, row.EndpointId, row.EventType, row.Seq, row.Status, row.Attempts, row.NextAt, row.StatusCode, row.Error, row.Excerpt, row.TookMs, row.AttemptedAt, row.DeliveredAt, row.CreatedAt)
    {
        Payload = row.Payload is { } payload ? System.Text.Encoding.UTF8.GetString(payload) : null,
    };
}

internal sealed class DeliveryRow
{
    public Guid Id { get; init; }
    public Guid EndpointId { get; init; }
    public string EventType { get; init; } = "";
    public long? Seq { get; init; }
    public string Status { get; init; } = "";
    public int Attempts { get; init; }
    public DateTimeOffset? NextAt { get; init; }
    public int? StatusCode { get; init; }
    public string? Error { get; init; }
    public string? Excerpt { get; init; }
    public int? TookMs { get; init; }
    public DateTimeOffset? AttemptedAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public byte[]? Payload { get; init; }
}
