using Parley.Channels.Contract;

namespace Parley.Server.Sync;

/// <summary>What is here of one of the provider's chats, and what the provider says of it now.</summary>
internal sealed record ChatToSync(ProviderChat Told, Correspondent With)
{
    public Guid ConversationId { get; init; }

    /// <summary>The activity up to which its messages are here, null when they were never read to the end.</summary>
    public DateTimeOffset? SyncedActivityAt { get; init; }
    public DateTimeOffset? SyncedMessageAt { get; init; }

    /// <summary>Where a first reading broke off.</summary>
    public string? SyncCursor { get; init; }

    /// <summary>Its last activity as an equal moment is told again: only ever compared with itself.</summary>
    public DateTimeOffset Activity => Told.LastActivityAt is { } at ? new(at.UtcTicks / 10 * 10, TimeSpan.Zero) : DateTimeOffset.UnixEpoch;   // as PostgreSQL keeps it
}

internal sealed class KnownChatRow
{
    public Guid Id { get; init; }
    public string ThreadId { get; init; } = "";
    public Guid ContactId { get; init; }
    public string Handle { get; init; } = "";
    public string? ContactName { get; init; }
    public string ContactKind { get; init; } = "";
    public string? ThreadName { get; init; }
    public string? ThreadNetworkId { get; init; }
    public string? ThreadDetails { get; init; }
    public DateTimeOffset? ThreadActivityAt { get; init; }
    public DateTimeOffset? SyncedActivityAt { get; init; }
    public DateTimeOffset? SyncedMessageAt { get; init; }
    public string? SyncCursor { get; init; }
    public bool IsReadOnly { get; init; }
    public long MessageCount { get; init; }
    public bool HasMessages { get; init; }

    public Correspondent With => new(Handle, [], ContactName, ContactKind == "group");
}
