namespace Parley.Server.WebhooksOut;

/// <summary>An address that is told what happens here.</summary>
/// <param name="EventTypes">Empty: all of them.</param>
/// <param name="Status">active or disabled.</param>
/// <param name="DisabledReason">Why Parley switched it off; null where a person did.</param>
/// <param name="PreviousSecretUntil">So long deliveries are signed with the secret before the last rotation, too.</param>
/// <param name="FailingSince">Nothing could be delivered since.</param>
/// <param name="BlockedUntil">It is left alone until then, because it failed.</param>
/// <param name="Waiting">Deliveries on their way, counted up to 2,000; what has no room there waits in the feed.</param>
public sealed record WebhookEndpointView(
    Guid Id, string Url, string Description, IReadOnlyList<string> EventTypes, string Status, string? DisabledReason, DateTimeOffset? DisabledAt, DateTimeOffset? PreviousSecretUntil,
    DateTimeOffset? FailingSince, DateTimeOffset? BlockedUntil, string? LastError, DateTimeOffset? LastSuccessAt, int Waiting, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static WebhookEndpointView From(EndpointRow row, DateTimeOffset now) => new(
        row.Id, row.Url, row.Description, row.EventTypes, row.Status, row.DisabledReason, row.DisabledAt, row.PreviousSecretUntil > now ? row.PreviousSecretUntil : null,
        row.FailingSince, row.BlockedUntil > now ? row.BlockedUntil : null, row.LastError, row.LastSuccessAt, row.Waiting, row.CreatedAt, row.UpdatedAt);
}

/// <summary>An endpoint with its new secret.</summary>
/// <param name="Secret">Shown once; null when an Idempotency-Key replays the answer.</param>
public sealed record WebhookEndpointSecret(WebhookEndpointView Endpoint, string? Secret);

internal sealed class EndpointRow
{
    public Guid Id { get; init; }
    public string Url { get; init; } = "";
    public string Description { get; init; } = "";
    public string[] EventTypes { get; init; } = [];
    public byte[] Credentials { get; init; } = [];
    public DateTimeOffset? PreviousSecretUntil { get; init; }
    public string Status { get; init; } = "";
    public string? DisabledReason { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }
    public int Failures { get; init; }
    public DateTimeOffset? BlockedUntil { get; init; }
    public DateTimeOffset? FailingSince { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset? LastSuccessAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public int Waiting { get; init; }
}
