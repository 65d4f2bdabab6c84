using System.Diagnostics.CodeAnalysis;
using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Http;

namespace Parley.Server.Search;

/// <summary>What was found: a section is null when it was not asked for (?type=).</summary>
/// <param name="Messages">The newest first.</param>
/// <param name="Contacts">The newest first.</param>
/// <param name="Conversations">With somebody of that name, or in which it was said; the latest match first.</param>
public sealed record SearchView(Page<FoundMessage>? Messages, Page<FoundContact>? Contacts, Page<FoundConversation>? Conversations);

/// <summary>A message with the words that were found in it.</summary>
public sealed record FoundMessage : MessageView
{
    [SetsRequiredMembers]
    internal FoundMessage(MessageView message, string? contactName, string handle, Snippet snippet) : base(message) =>
        (ContactName, Handle, Snippet) = (contactName, handle, snippet);

    /// <summary>With whom the conversation is.</summary>
    public required string? ContactName { get; init; }
    public required string Handle { get; init; }
    public required Snippet Snippet { get; init; }
}

/// <summary>A contact, with its name (or the handle, where it has none) and what of it was found.</summary>
public sealed record FoundContact : ContactView
{
    [SetsRequiredMembers]
    internal FoundContact(ContactView contact, Guid? conversationId, Snippet snippet) : base(contact) => (ConversationId, Snippet) = (conversationId, snippet);

    /// <summary>The conversation with the newest message; null when there is none.</summary>
    public required Guid? ConversationId { get; init; }
    public required Snippet Snippet { get; init; }
}

/// <summary>A conversation, with the newest message that was found in it, or the name where that was found.</summary>
public sealed record FoundConversation : ConversationView
{
    [SetsRequiredMembers]
    internal FoundConversation(ConversationView conversation, Guid? messageId, DateTimeOffset foundAt, Snippet snippet) : base(conversation) =>
        (MessageId, FoundAt, Snippet) = (messageId, foundAt, snippet);

    /// <summary>Null when the person was found.</summary>
    public required Guid? MessageId { get; init; }

    /// <summary>When that message was written, or the last one where the person was found: the order of these results.</summary>
    public required DateTimeOffset FoundAt { get; init; }
    public required Snippet Snippet { get; init; }
}
