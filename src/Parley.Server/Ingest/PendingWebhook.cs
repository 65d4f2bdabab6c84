using Parley.Channels.Contract;

namespace Parley.Server.Ingest;

/// <summary>An authentic webhook on its way into the database. <see cref="Done"/> completes after the commit.</summary>
internal sealed class PendingWebhook
{
    public required Guid Id { get; init; }
    public required Guid TenantId { get; init; }

    /// <summary>The integration whose address was called.</summary>
    public required Guid IntegrationId { get; init; }
    public required string Provider { get; init; }
    public required byte[] Body { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
    public required string Kind { get; init; }

    /// <summary>What the body says, each event with the integration that it happened on.</summary>
    public required IReadOnlyList<RoutedEvent> Events { get; init; }

    /// <summary>Why a part of it could not be used, or null.</summary>
    public string? Error { get; set; }

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <param name="Channel">The integration's channel: identities belong to a channel.</param>
internal readonly record struct RoutedEvent(Guid IntegrationId, string Channel, ChannelEvent Event);

/// <summary>The database cannot take a webhook now: the provider is asked to come again.</summary>
internal sealed class IngestUnavailableException(Exception inner) : Exception("The database is away.", inner);
