using System.Text.Json.Nodes;

namespace Parley.Channels.Contract;

/// <summary>A message on its way out.</summary>
/// <param name="Reference">Ours: "&lt;message id, 32 hex digits&gt;.&lt;attempt&gt;". Travels along where the provider echoes one.</param>
/// <param name="To">A contact handle: "+E.164" or the provider's id.</param>
/// <param name="Type">The message type; a channel answers <see cref="SendFailure.Unsupported"/> to what it cannot say.</param>
/// <param name="ReplyToExternalId">The provider's id of the message it answers.</param>
/// <param name="Payload">Type-specific content, in the words of a received message's metadata: a location's latitude longitude name
/// address; contacts; an interactive message's kind and members (see <see cref="Interactive"/>); a <see cref="FilledTemplate"/>; a
/// link instead of a file; a reaction's message_id and emoji. Null for text.</param>
/// <param name="Media">The file it carries (a template: in its header), already given to the provider.</param>
/// <param name="ThreadId">The provider's chat, where it has such ids and the conversation has one. Without it a channel that has chats
/// begins one with <paramref name="To"/>, or finds theirs.</param>
/// <param name="File">The file itself, for a channel that takes it with the message: one that is <see cref="ITakeFiles"/> and not
/// <see cref="IUploadMedia"/>.</param>
public sealed record OutboundMessage(
    string Reference, string To, bool ToIsGroup, string Type, string? Content, string? ReplyToExternalId, JsonObject? Payload = null, MediaHandle? Media = null,
    string? ThreadId = null, OutboundFile? File = null)
{
    /// <summary>Where the provider may report what becomes of this message, for one that is told with each message: our webhook's address.</summary>
    public string? ReportTo { get; init; }
}

/// <summary>What came of one attempt: accepted with the provider's id, or a <see cref="SendFailure"/>.</summary>
/// <param name="ExternalId">Null beside success when the provider took the message and did not say its id: its echo will.</param>
/// <param name="Handle">The handle the provider says it really used, when it differs from the one we gave.</param>
/// <param name="ThreadId">The provider's chat it went to, when a new one was begun or found.</param>
public sealed record SendResult(string? ExternalId, SendFailure? Failure, string? Handle = null, string? ThreadId = null)
{
    public static SendResult Accepted(string? externalId, string? handle = null, string? threadId = null) => new(externalId, null, handle, threadId);
    public static SendResult Failed(SendFailure failure) => new(null, failure);
}

/// <summary>When a failed send may be tried again without a person asking for it.</summary>
public enum Retry
{
    /// <summary>Trying again gives the same answer.</summary>
    Never,

    /// <summary>The provider said no for now, and certainly did not take the message.</summary>
    Later,

    /// <summary>The message may have arrived: only a status, or a person, can settle it.</summary>
    OutcomeUnknown,
}

/// <summary>Why a send failed: a closed set, with words a customer can act on and the provider's own words beside them.</summary>
/// <param name="Code">Ours, stored; never rename one.</param>
/// <param name="Words">One or two sentences for the agent: what happened, what to do.</param>
/// <param name="ProviderCode">The provider's code as text, e.g. "131047".</param>
/// <param name="ProviderText">The provider's words, secrets removed.</param>
/// <param name="RetryAfter">How long the provider asked us to wait.</param>
/// <param name="StopsAccount">True when nothing more can be sent on the account until a person acts (bad token, locked…).</param>
public sealed record SendFailure(
    string Code,
    string Words,
    Retry Retry,
    string? ProviderCode = null,
    string? ProviderText = null,
    TimeSpan? RetryAfter = null,
    bool StopsAccount = false)
{
    /// <summary>The person wants nothing at all from us on this channel, as far as the provider knows: it is remembered, and not tried again.</summary>
    public bool IsOptOut { get; init; }

    public static SendFailure AccountInvalid { get; } = new("account_invalid", "The provider no longer accepts this account's access. Renew its token in the settings, then try again.", Retry.Never, StopsAccount: true);
    public static SendFailure AccountBlocked { get; } = new("account_blocked", "The provider has blocked or restricted this account. Look at it in the provider's console.", Retry.Never, StopsAccount: true);
    public static SendFailure AccountDisconnected { get; } = new("account_disconnected", "The provider has lost its connection to this account. Reconnect it there, then try again.", Retry.Never, StopsAccount: true);
    public static SendFailure RateLimited { get; } = new("rate_limited", "The provider asked us to slow down; we will try again.", Retry.Later);
    public static SendFailure ProviderUnavailable { get; } = new("provider_unavailable", "The provider has a problem of its own; we will try again.", Retry.Later);
    public static SendFailure ConnectionFailed { get; } = new("connection_failed", "We could not reach the provider; we will try again.", Retry.Later);

    /// <summary>The request left and no answer came: it may have arrived. Retrying blindly is how people get a message twice.</summary>
    public static SendFailure OutcomeUnknown { get; } = new("outcome_unknown", "We could not confirm this one. It may have arrived; look before you send it again.", Retry.OutcomeUnknown);
    public static SendFailure WindowClosed { get; } = new("window_closed", "More than 24 hours have passed since the customer last wrote. Only a template can be sent now.", Retry.Never);
    public static SendFailure RecipientUnreachable { get; } = new("recipient_unreachable", "This person cannot receive the message on this channel.", Retry.Never);
    public static SendFailure RecipientOptedOut { get; } = new("recipient_opted_out", "This person asked not to receive such messages.", Retry.Never);
    public static SendFailure RecipientBlocked { get; } = new("recipient_blocked", "This contact is blocked. Unblock it to write to it.", Retry.Never);
    public static SendFailure TemplateInvalid { get; } = new("template_invalid", "The provider does not accept this template as it is.", Retry.Never);
    public static SendFailure ContentInvalid { get; } = new("content_invalid", "The provider does not accept this content.", Retry.Never);
    public static SendFailure Unsupported { get; } = new("unsupported", "This channel cannot carry a message of this kind.", Retry.Never);
    public static SendFailure AccountDisabled { get; } = new("account_disabled", "This integration is switched off. Enable it in the settings to send.", Retry.Never);
    public static SendFailure NotAllowed { get; } = new("not_allowed", "The sender may no longer send messages.", Retry.Never);
    public static SendFailure TenantInactive { get; } = new("tenant_inactive", "This organisation is deactivated and sends nothing.", Retry.Never);
    public static SendFailure TooLate { get; } = new("too_late", "Its time had passed by the time it could leave. Send it again if it still makes sense.", Retry.Never);
    public static SendFailure GaveUp { get; } = new("gave_up", "The provider kept refusing for a while; we stopped trying. You can try again.", Retry.Never);
    public static SendFailure FileMissing { get; } = new("file_missing", "The file is no longer in our storage. Upload it again.", Retry.Never);
    public static SendFailure StorageUnavailable { get; } = new("storage_unavailable", "The file could not be read from our own storage; we will try again.", Retry.Later);
    public static SendFailure OurFault { get; } = new("our_fault", "Something on our side went wrong; we will try again.", Retry.Later);
    public static SendFailure Cancelled { get; } = new("cancelled", "It was taken back before it left: the campaign it belonged to was cancelled.", Retry.Never);
    public static SendFailure Rejected { get; } = new("rejected", "The provider refused this message.", Retry.Never);

    /// <summary>All of them, by code: what the web page translates and what tests walk through.</summary>
    public static IReadOnlyDictionary<string, SendFailure> All { get; } = new[]
    {
        AccountInvalid, AccountBlocked, AccountDisconnected, RateLimited, ProviderUnavailable, ConnectionFailed, OutcomeUnknown, WindowClosed,
        RecipientUnreachable, RecipientOptedOut, RecipientBlocked, TemplateInvalid, ContentInvalid, Unsupported,
        AccountDisabled, NotAllowed, TenantInactive, TooLate, GaveUp, FileMissing, StorageUnavailable, OurFault, Cancelled, Rejected,
    }.ToDictionary(failure => failure.Code);

    /// <summary>The same failure with the provider's code and words.</summary>
    public SendFailure From(string? providerCode, string? providerText) => this with { ProviderCode = providerCode, ProviderText = providerText };
}

/// <summary>Choices offered to a person; the words above them are the message's content.</summary>
/// <param name="Kind">buttons (1 to 3), list, link, or location_request.</param>
/// <param name="Open">What opens a list.</param>
public sealed record Interactive(
    string Kind, string? Header = null, string? Footer = null, IReadOnlyList<InteractiveChoice>? Buttons = null, string? Open = null,
    IReadOnlyList<InteractiveSection>? Sections = null, string? Title = null, string? Url = null);

/// <param name="Id">Comes back when the person chooses.</param>
public sealed record InteractiveChoice(string Id, string Title, string? Description = null);

public sealed record InteractiveSection(string? Title, IReadOnlyList<InteractiveChoice> Rows);
