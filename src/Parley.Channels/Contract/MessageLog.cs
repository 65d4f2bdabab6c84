namespace Parley.Channels.Contract;

/// <summary>Reads the list that a provider keeps of an account's messages, both ways: the way to what a webhook failed to tell, where the
/// provider does not repeat webhooks, and to the fate of a send whose answer was lost. Chats and people it does not have
/// (<see cref="IReadHistory"/>). Never throws for what a provider or the network does.</summary>
public interface IReadMessageLog : IChannel
{
    /// <summary>One page, newest first.</summary>
    Task<HistoryPage<LoggedMessage>> ListLogAsync(ChannelAccount account, LogQuery query, CancellationToken cancellationToken);

    /// <summary>A message with the files that the list only counts.</summary>
    Task<Found<LoggedMessage>> CompleteAsync(ChannelAccount account, LoggedMessage message, CancellationToken cancellationToken);
}

/// <summary>Which messages.</summary>
/// <param name="Inbound">What people wrote, or what we did.</param>
/// <param name="Since">From then on, perhaps some earlier ones too. Null for all.</param>
/// <param name="With">Only those with this handle.</param>
public sealed record LogQuery(bool Inbound, DateTimeOffset? Since = null, string? With = null, string? Cursor = null, int Limit = 1000);

/// <summary>A message in the provider's list.</summary>
/// <param name="With">The person's handle.</param>
/// <param name="At">When the provider took it, perhaps in whole seconds.</param>
/// <param name="Body">The provider's record as given: what the journal keeps. <see cref="IReadWebhooks.Read(ReadOnlyMemory{byte})"/> reads it.</param>
/// <param name="Events">What the record says: the message, or how far ours has got.</param>
/// <param name="HasFiles">It carries files.</param>
public sealed record LoggedMessage(
    string ExternalId, string With, DateTimeOffset At, string? Content, bool HasFiles, ReadOnlyMemory<byte> Body, IReadOnlyList<ChannelEvent> Events);
