using System.Text.Json.Nodes;

namespace Parley.Channels.Contract;

/// <summary>Reads what a provider keeps of an account: its state, its chats, their messages, the people in them. One call is
/// one request: nothing is repeated, paced or collected here, because only the caller knows how much is under way.
/// Never throws for what a provider or the network does: that is a <see cref="ReadFailure"/>.</summary>
public interface IReadHistory : IChannel
{
    /// <summary>Everything that the account's credentials see, of whatever kind; its external id does not matter.</summary>
    Task<HistoryPage<ConnectedAccount>> ListAccountsAsync(ChannelAccount credentials, string? cursor, CancellationToken cancellationToken);

    Task<Found<ConnectedAccount>> FindAccountAsync(ChannelAccount account, CancellationToken cancellationToken);

    /// <summary>The account's chats, the most recently active first, those without activity last.</summary>
    /// <param name="cursor">Null for the first page, then <see cref="HistoryPage{T}.Cursor"/>.</param>
    /// <param name="limit">1 to 250; a page may hold fewer although more follow.</param>
    Task<HistoryPage<ProviderChat>> ListChatsAsync(ChannelAccount account, string? cursor, int limit, CancellationToken cancellationToken);

    Task<Found<ProviderChat>> FindChatAsync(ChannelAccount account, string threadId, CancellationToken cancellationToken);

    /// <summary>One chat's messages, newest first.</summary>
    Task<HistoryPage<MessageReceived>> ListMessagesAsync(ChannelAccount account, MessageQuery query, CancellationToken cancellationToken);

    /// <summary>One message as it is now: what to do about <see cref="MessageTouched"/>.</summary>
    /// <param name="with">Whom its conversation is with: the provider's record of a message does not say.</param>
    Task<Found<MessageReceived>> FindMessageAsync(ChannelAccount account, string externalId, Correspondent with, CancellationToken cancellationToken);

    /// <summary>Everybody in any chat of the account, 250 in a call: names for many chats at once.</summary>
    Task<HistoryPage<ChatMember>> ListPeopleAsync(ChannelAccount account, string? cursor, CancellationToken cancellationToken);

    /// <summary>The people in one chat, ours among them.</summary>
    Task<HistoryPage<ChatMember>> ListMembersAsync(ChannelAccount account, string threadId, string? cursor, CancellationToken cancellationToken);
}

/// <summary>Which messages of one chat.</summary>
/// <param name="ThreadId">The chat's.</param>
/// <param name="With">Whom it is with, as <see cref="ProviderChat.With"/> or its members say; each message carries it on.</param>
/// <param name="Since">Messages after this time, to the millisecond, the bound itself left out. Providers insert late and bend times, so
/// ask for some minutes more than are missing and pass over what is known. Null for all.</param>
/// <param name="Cursor">Null for the first page. The provider keeps <paramref name="Since"/> in it: later pages of a
/// query keep the same bound whatever is given here.</param>
/// <param name="Limit">1 to 250.</param>
/// <param name="People">By <see cref="ChatMember.ProviderId"/>: who wrote in a group. Whoever is not in it is named by id alone.</param>
public sealed record MessageQuery(
    string ThreadId, Correspondent With, DateTimeOffset? Since = null, string? Cursor = null, int Limit = 250,
    IReadOnlyDictionary<string, Correspondent>? People = null);

/// <summary>One page, or why there is none.</summary>
/// <param name="Cursor">Opaque; where the next page begins. Null on the last one, and beside a failure. A page that leads to itself is a
/// failure; longer circles are for the caller to notice.</param>
/// <param name="Unreadable">How many items made no sense (no id, no time) and were passed over.</param>
public sealed record HistoryPage<T>(IReadOnlyList<T> Items, string? Cursor, int Unreadable = 0, ReadFailure? Failure = null)
{
    public static HistoryPage<T> Failed(ReadFailure failure) => new([], null, 0, failure);
}

/// <summary>One thing, or why it could not be read.</summary>
public sealed record Found<T>(T? Item, ReadFailure? Failure = null) where T : class;

/// <summary>Why something could not be read or changed at a provider: a closed set with words for a person.</summary>
/// <param name="Code">Ours: account_invalid (the key), account_disconnected (the account behind it), rate_limited, provider_unavailable,
/// connection_failed, not_found, unsupported, unreadable or rejected.</param>
/// <param name="Retry">Never or Later; reading twice harms nobody.</param>
/// <param name="RetryAfter">How long the provider asked us to wait.</param>
/// <param name="ProviderText">The provider's words, secrets removed.</param>
public sealed record ReadFailure(
    string Code, string Words, Retry Retry, string? ProviderCode = null, string? ProviderText = null, TimeSpan? RetryAfter = null)
{
    public static ReadFailure AccountInvalid { get; } = new("account_invalid", "The provider no longer accepts this account's access. Renew it in the settings.", Retry.Never);
    public static ReadFailure AccountDisconnected { get; } = new("account_disconnected", SendFailure.AccountDisconnected.Words, Retry.Never);
    public static ReadFailure RateLimited { get; } = new("rate_limited", "The provider asked us to slow down.", Retry.Later);
    public static ReadFailure ProviderUnavailable { get; } = new("provider_unavailable", "The provider has a problem of its own.", Retry.Later);
    public static ReadFailure ConnectionFailed { get; } = new("connection_failed", "We could not reach the provider, or the connection broke.", Retry.Later);
    public static ReadFailure NotFound { get; } = new("not_found", "The provider does not have this any more.", Retry.Never);
    public static ReadFailure Unsupported { get; } = new("unsupported", "This channel cannot do that.", Retry.Never);
    public static ReadFailure Unreadable { get; } = new("unreadable", "What the provider answered makes no sense.", Retry.Later);
    public static ReadFailure Rejected { get; } = new("rejected", "The provider refused the request.", Retry.Never);

    /// <summary>The same failure with the provider's code and words.</summary>
    public ReadFailure From(string? providerCode, string? providerText) => this with { ProviderCode = providerCode, ProviderText = providerText };
}

/// <summary>How an account at a provider is.</summary>
public enum AccountHealth
{
    Ok,

    /// <summary>The provider is still connecting it: wait before sending.</summary>
    Connecting,

    /// <summary>A person must act: log in again, grant a permission, restart it.</summary>
    NeedsAttention,

    /// <summary>It was removed at the provider.</summary>
    Gone,
}

/// <summary>An account as the provider describes it.</summary>
/// <param name="Channel">Null for a kind that is no channel of ours (mail, calendars).</param>
/// <param name="Name">As its owner sees it.</param>
/// <param name="Words">The health in a sentence for a person.</param>
/// <param name="OwnHandle">Our own side's handle on the channel, when known.</param>
/// <param name="ProviderType">The provider's word for its kind, e.g. "INSTAGRAM".</param>
public sealed record ConnectedAccount(
    string ExternalId, string? Channel, string Name, AccountHealth Health, string Words, string? OwnHandle, string ProviderType);

/// <summary>A conversation as the provider keeps it.</summary>
/// <param name="ThreadId">The provider's own id, the one to ask and send with: <see cref="MessageReceived.ThreadId"/>.</param>
public sealed record ProviderChat(string ThreadId)
{
    /// <summary>The network's id of the thread (Instagram's, behind Unipile's). Two accounts in one conversation share it.</summary>
    public string? NetworkId { get; init; }

    /// <summary>The person or group. Null when the list does not say who: ask <see cref="IReadHistory.ListMembersAsync"/>, or find
    /// the one of <see cref="IReadHistory.ListPeopleAsync"/> that matches.</summary>
    public Correspondent? With { get; init; }

    /// <summary>The chat's own title, often null between two people.</summary>
    public string? Name { get; init; }

    /// <summary>As given, perhaps rounded: compare it only with an earlier value of itself, never with a message's time.</summary>
    public DateTimeOffset? LastActivityAt { get; init; }

    public int UnreadCount { get; init; }
    public bool IsGroup { get; init; }
    public bool IsArchived { get; init; }

    /// <summary>Nothing can be sent to it.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Members of the provider's record for which there is no word of ours: folder, muted_until, subject…</summary>
    public JsonObject? Details { get; init; }
}

/// <summary>Somebody in a chat.</summary>
/// <param name="ProviderId">What messages name their writer by.</param>
/// <param name="IsUs">The account itself.</param>
public sealed record ChatMember(string ProviderId, Correspondent Person, bool IsUs);

/// <summary>Tells the provider what has been read here.</summary>
public interface IMarkRead : IChannel
{
    /// <summary>Null when the provider knows now. <see cref="ReadFailure.Unsupported"/> where the network has no such thing:
    /// then our own mark is all there is, and nothing is wrong.</summary>
    Task<ReadFailure?> MarkReadAsync(ChannelAccount account, string threadId, bool isRead, CancellationToken cancellationToken);
}

/// <summary>Changes messages that we sent.</summary>
public interface IChangeMessages : IChannel
{
    /// <summary>Null when the provider did it.</summary>
    Task<SendFailure?> EditAsync(ChannelAccount account, string externalId, string text, CancellationToken cancellationToken);

    /// <summary>Null when the provider did it, or the message was gone already.</summary>
    Task<SendFailure?> DeleteAsync(ChannelAccount account, string externalId, CancellationToken cancellationToken);
}

/// <summary>Finds people whom nobody has written with, by what people call them.</summary>
public interface IFindPeople : IChannel
{
    /// <param name="name">A user name ("nora.vale", "@nora.vale"), a profile's id, or a phone number.</param>
    Task<Found<Correspondent>> FindPersonAsync(ChannelAccount account, string name, CancellationToken cancellationToken);
}
