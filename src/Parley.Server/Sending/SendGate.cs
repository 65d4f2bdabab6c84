using System.Collections.Concurrent;
using Parley.Channels.Contract;

namespace Parley.Server.Sending;

/// <summary>One message that wants to leave, with all that the gate looks at, as it is at this moment.</summary>
internal sealed class Outgoing
{
    public Guid TenantId { get; init; }
    public Guid Id { get; init; }
    public Guid IntegrationId { get; init; }
    public Guid ConversationId { get; init; }
    public string Channel { get; init; } = "";
    public string Type { get; init; } = "";
    public string? Content { get; init; }
    public string? Metadata { get; init; }
    public string? ReplyTo { get; init; }
    public string Provider { get; init; } = "";

    /// <summary>The provider's chat, where the conversation is one.</summary>
    public string? ThreadId { get; init; }
    public bool IsReadOnly { get; init; }

    /// <summary>Replies before bulk: see <see cref="OutboxStore"/>.</summary>
    public short Priority { get; init; }

    /// <summary>Goes along with the message: which of all attempts this is.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts since somebody asked for it.</summary>
    public int Tries { get; init; }
    public string Handle { get; init; } = "";
    public string ContactKind { get; init; } = "";
    public string ContactStatus { get; init; } = "";
    public DateTimeOffset? LastInboundAt { get; init; }

    /// <summary>Since when the person wants nothing on this channel.</summary>
    public DateTimeOffset? OptedOutAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was meant to leave; null: at once.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>From how many minutes on it is too late, where a person is to be asked; null where what is late leaves all the same.</summary>
    public int? LateAfterMinutes { get; init; }
    public string TenantStatus { get; init; } = "";
    public string IntegrationStatus { get; init; } = "";
    public string IntegrationHealth { get; init; } = "";

    /// <summary>What is wrong with the account, in words, where the provider said so.</summary>
    public string? IntegrationHealthMessage { get; init; }
    public bool AuthorMaySend { get; init; }

    /// <summary>The file it carries: null without one.</summary>
    public string? FileSha256 { get; init; }
    public string? FileKind { get; init; }
    public string? FileType { get; init; }
    public string? FileName { get; init; }
    public long? FileSize { get; init; }

    /// <summary>What the provider calls the file, if it has it.</summary>
    public string? FileAtProvider { get; init; }
}

/// <summary>A reason not to send. Small, pure, and one of a list: later features add theirs.</summary>
internal interface IGateRule
{
    /// <summary>Null lets the message through.</summary>
    SendFailure? Refuse(Outgoing message, DateTimeOffset now);
}

/// <summary>Everything that speaks passes here, at the moment it speaks. The rate limit is the drain's: it delays, it never refuses.</summary>
internal sealed class SendGate(IEnumerable<IGateRule> rules)
{
    readonly IGateRule[] _rules = [.. rules];

    public SendFailure? Refuse(Outgoing message, DateTimeOffset now)
    {
        foreach (var rule in _rules)
            if (rule.Refuse(message, now) is { } failure) return failure;
        return null;
    }
}

internal sealed class ActiveTenantRule : IGateRule
{
    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) => message.TenantStatus == "active" ? null : SendFailure.TenantInactive;
}

internal sealed class RoleRule : IGateRule
{
    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) => message.AuthorMaySend ? null : SendFailure.NotAllowed;
}

internal sealed class AccountHealthRule : IGateRule
{
    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) => message switch
    {
        { IntegrationStatus: not "active" } => SendFailure.AccountDisabled,
        // What the provider told is what a person has to do.
        { IntegrationHealth: "failing", IntegrationHealthMessage: { Length: > 0 } words } => SendFailure.AccountInvalid with { Words = words },
        { IntegrationHealth: "failing" } => SendFailure.AccountInvalid,
        _ => null,
    };
}

internal sealed class ReadOnlyRule : IGateRule
{
    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) =>
        message.IsReadOnly ? SendFailure.RecipientUnreachable.From(null, "Nothing can be written in this chat.") : null;
}

internal sealed class BlockedContactRule : IGateRule
{
    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) => message.ContactStatus == "blocked" ? SendFailure.RecipientBlocked : null;
}

internal sealed class OptOutRule : IGateRule
{
    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) => message.OptedOutAt is null ? null : SendFailure.RecipientOptedOut;
}

/// <summary>What had its time and could not leave then (Parley was not running, the account was paused, the provider away) leaves late only where the
/// organisation wants that; otherwise it goes back to a person (<see cref="OutcomeWriter"/>). (What is late when it is looked for never comes here: ScheduledMessageStore.)
/// Late is what the account was held up: how long a message of many waits for its turn, while they leave as fast as they may, is not counted.
/// A minute on top: it was in time when it was queued.</summary>
internal sealed class LateRule : IGateRule
{
    // An account of which nothing has left for so long stood still; whoever takes one over from another node cannot know better, and asks.
    static readonly TimeSpan Still = TimeSpan.FromMinutes(5);

    // With the pauses between them, the provider has been away for minutes.
    const int Away = 8;
    readonly ConcurrentDictionary<Guid, (DateTimeOffset Since, DateTimeOffset Last)> _moving = new();

    public SendFailure? Refuse(Outgoing message, DateTimeOffset now)
    {
        if (_moving.Count > 10_000)
            foreach (var (account, moving) in _moving)
                if (now - moving.Last > Still) _moving.TryRemove(account, out _);
        var since = _moving.AddOrUpdate(message.IntegrationId, _ => (now, now),
            (_, moving) => (now - moving.Last > Still || message.Tries > Away ? now : moving.Since, now)).Since;
        return message is { ScheduledAt: { } at, LateAfterMinutes: { } minutes } && (message.Tries > Away ? now : since) - at > TimeSpan.FromMinutes(minutes + 1) ? SendFailure.TooLate : null;
    }
}

/// <summary>WhatsApp: only templates outside 24 hours after the customer's last message
/// (Meta, "Customer service windows"; the webhook's time counts). Groups have no window, nor has a phone's own account at Unipile.</summary>
internal sealed class ReplyWindowRule : IGateRule
{
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    public SendFailure? Refuse(Outgoing message, DateTimeOffset now) =>
        message is not { Channel: "whatsapp", Provider: not "unipile", Type: not "template", ContactKind: "person" } ? null
        : message.LastInboundAt is { } last && now - last < Window ? null
        : SendFailure.WindowClosed;
}
