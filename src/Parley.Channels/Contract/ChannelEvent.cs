using System.Text.Json.Nodes;

namespace Parley.Channels.Contract;

/// <summary>What one webhook body says, in the provider's order.</summary>
/// <param name="Kind">A short name for the journal: "messages", "statuses", "message_template_status_update", "unreadable"…; several are joined with "+".</param>
/// <param name="Events">Empty for what needs no action.</param>
/// <param name="Error">Why the body could not be read, or null. The body is kept in the journal either way.</param>
public sealed record WebhookContent(string Kind, IReadOnlyList<ChannelEvent> Events, string? Error = null)
{
    public static WebhookContent Unreadable(string error) => new("unreadable", [], error);
}

/// <summary>One thing that happened at the provider. Text in events holds no NUL and no lone surrogate: adapters
/// replace those with U+FFFD, because PostgreSQL stores neither.</summary>
/// <param name="AccountId">The provider's id of our account it happened on; routes the event within the tenant.</param>
public abstract record ChannelEvent(string AccountId);

/// <summary>A person or group as a provider names it.</summary>
/// <param name="Handle">Unique per channel: "+E.164" when the number is known, otherwise the provider's id as given.</param>
/// <param name="OtherHandles">Other handles of the same person in the same event (a business-scoped id beside the number).</param>
/// <param name="Name">Profile name, when given.</param>
/// <param name="IsGroup">True for a group chat.</param>
public sealed record Correspondent(string Handle, IReadOnlyList<string> OtherHandles, string? Name, bool IsGroup = false)
{
    /// <summary>The name they chose on the channel ("nora.vale"). Shown, never a handle: people change it and others take it.</summary>
    public string? UserName { get; init; }

    public string? ProfileUrl { get; init; }
}

/// <summary>A message that a person wrote (or, with <see cref="IsEcho"/>, that our side wrote in the provider's own app).</summary>
public sealed record MessageReceived(string AccountId) : ChannelEvent(AccountId)
{
    /// <summary>The provider's message id: unique per account, the key of deduplication.</summary>
    public required string ExternalId { get; init; }

    /// <summary>Whom the conversation is with: the person, or the group.</summary>
    public required Correspondent With { get; init; }

    /// <summary>Who wrote it, when <see cref="With"/> is a group.</summary>
    public Correspondent? Sender { get; init; }

    /// <summary>The provider's time.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>One of text image video audio document sticker location contacts interactive event unsupported.</summary>
    public required string Type { get; init; }

    /// <summary>What a person reads: text, caption, button title, place name, the words of a system event.</summary>
    public string? Content { get; init; }

    /// <summary>Everything else, structured, in our own words per type (see the adapter's README), or null.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>Media to fetch.</summary>
    public IReadOnlyList<AttachmentReference> Attachments { get; init; } = [];

    /// <summary>The provider's id of the message this one answers.</summary>
    public string? ReplyToExternalId { get; init; }

    /// <summary>The same by the network's id (<see cref="NetworkId"/>), for the case that the provider gives only that: find it in the chat.</summary>
    public string? ReplyToNetworkId { get; init; }

    /// <summary>True when our own side wrote it outside Parley: stored as outbound, status sent, never unread. Where the provider repeats
    /// what we sent through it too, the same <see cref="ExternalId"/> tells.</summary>
    public bool IsEcho { get; init; }

    /// <summary>The provider's id of the chat it belongs to, where it names one; one person may have several.</summary>
    public string? ThreadId { get; init; }

    /// <summary>The network's own id of that chat, where the provider gives it with the message.</summary>
    public string? ThreadNetworkId { get; init; }

    /// <summary>The network's own id of the message, behind the provider's. Unique within its chat at best: show it, compare it there.</summary>
    public string? NetworkId { get; init; }

    /// <summary>Who has read it, when the provider says so by name.</summary>
    public IReadOnlyList<SeenBy>? SeenBy { get; init; }

    /// <summary>All reactions it has now; null when the provider did not say (a webhook), empty when there are none.</summary>
    public IReadOnlyList<MessageReaction>? Reactions { get; init; }

    /// <summary>Read: by a recipient when our side wrote it, by our side otherwise. Null when the provider did not say.</summary>
    public bool? IsSeen { get; init; }

    public bool? IsDelivered { get; init; }

    /// <summary>Its text is no longer the first one; when that was is not known.</summary>
    public bool IsEdited { get; init; }

    /// <summary>Taken back; the provider may still give its text, which nobody should see.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Not to be shown in the thread and never unread ("X reacted").</summary>
    public bool IsHidden { get; init; }

    /// <summary>Members of the provider's record for which there is no word of ours (sender_id, attachments as given…): what a
    /// compatible API shows. Small: the network's raw data is left out.</summary>
    public JsonObject? Details { get; init; }
}

/// <summary>A recipient has read a message.</summary>
/// <param name="Handle">As in <see cref="Correspondent.Handle"/>.</param>
/// <param name="At">When, if the provider says.</param>
public sealed record SeenBy(string Handle, DateTimeOffset? At);

/// <param name="IsOurs">Our own side reacted.</param>
public sealed record MessageReaction(string Handle, string Emoji, bool IsOurs);

/// <summary>Media that stays at the provider until it is fetched.</summary>
/// <param name="ProviderId">The provider's media id, or null when there is only a URL.</param>
/// <param name="Sha256">The provider's digest as given (base64 for Meta).</param>
public sealed record AttachmentReference(
    string Kind, string? ProviderId, string? Url, string? MimeType, string? FileName, string? Sha256, long? Size);

/// <summary>The text of a message was changed by its writer.</summary>
public sealed record MessageEdited(string AccountId, string TargetExternalId, string? Content, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>A message was taken back by its writer.</summary>
public sealed record MessageDeleted(string AccountId, string TargetExternalId, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>Somebody reacted. <paramref name="Emoji"/> null takes the person's reaction back. The newest <paramref name="At"/> per handle wins.</summary>
public sealed record ReactionChanged(string AccountId, string TargetExternalId, string Handle, string? Emoji, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>A step of a message we sent.</summary>
/// <param name="Status">sent, delivered, read or failed.</param>
/// <param name="Reference">Our own reference if the provider echoes it (see <see cref="OutboundMessage.Reference"/>).</param>
/// <param name="Failure">Set when <paramref name="Status"/> is failed.</param>
public sealed record StatusChanged(
    string AccountId, string ExternalId, string Status, DateTimeOffset At, string? Reference, SendFailure? Failure) : ChannelEvent(AccountId);

/// <summary>A person changed the number or id by which the provider knows them; both are the same person.</summary>
/// <param name="MessageExternalId">The message that says so, in the same webhook: who knows it knows the change.</param>
public sealed record HandleChanged(string AccountId, string MessageExternalId, string OldHandle, string NewHandle, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>A person asked to be left alone on this channel, or allowed it again.</summary>
/// <param name="MessageExternalId">The message that says so, in the same webhook: who knows it knows the change. Null when the provider
/// told it of a message of ours.</param>
/// <param name="By">contact, or provider when the provider refused because it knows.</param>
public sealed record ConsentChanged(string AccountId, string Handle, bool OptedOut, string? MessageExternalId, string By, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>Recipients have read a message that our side wrote. A <see cref="StatusChanged"/> to read comes with it.</summary>
public sealed record MessageSeen(string AccountId, string TargetExternalId, string? ThreadId, IReadOnlyList<SeenBy> By) : ChannelEvent(AccountId);

/// <summary>Our own side has read a chat elsewhere, up to a message.</summary>
public sealed record ThreadRead(string AccountId, string ThreadId, string? UpToExternalId, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>A message is not what it was, and the provider's notice does not say surely what it is now (a reaction taken back, a second
/// edit with the first one's time): read it again with <see cref="IReadHistory.FindMessageAsync"/>.</summary>
public sealed record MessageTouched(string AccountId, string TargetExternalId, string? ThreadId, DateTimeOffset At) : ChannelEvent(AccountId);

/// <summary>The provider warns of the quality of what a group of accounts sends: people block or report it. The accounts still work.</summary>
/// <param name="GroupId">As of <see cref="TemplateChanged"/>.</param>
/// <param name="Words">A sentence for a person.</param>
public sealed record QualityWarned(string GroupId, string Words) : ChannelEvent(GroupId);

/// <summary>How an account is now. Has no time: the last one told is true.</summary>
/// <param name="Words">A sentence for a person.</param>
/// <param name="MayHaveMissed">History may have come or been missed until now: sync the account.</param>
public sealed record AccountChanged(string AccountId, AccountHealth Health, string Words, bool MayHaveMissed = false) : ChannelEvent(AccountId)
{
    public bool IsOk => Health == AccountHealth.Ok;
}
