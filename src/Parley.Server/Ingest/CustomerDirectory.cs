using System.Collections.Concurrent;
using Parley.Channels.Contract;

namespace Parley.Server.Ingest;

/// <summary>Who is known already: a memory of (integration, handle) → conversation, and of (integration, provider's chat) → conversation,
/// that spares known customers the look-up. It may be wrong, because rows can vanish or merge: the foreign key of messages then refuses
/// the batch, the entries are forgotten, and the batch runs again with a look-up.</summary>
internal sealed class CustomerDirectory
{
    const int Most = 200_000;
    readonly ConcurrentDictionary<(Guid Integration, string Handle), KnownCustomer> _known = new();
    readonly ConcurrentDictionary<(Guid Integration, string ThreadId), Guid> _threads = new();

    /// <summary>Null unless every handle is known, for one and the same conversation, and nothing new was said about the person.</summary>
    /// <param name="threadId">The provider's chat, where it names one: then that is the conversation, and the person may have others.</param>
    public KnownCustomer? Find(Guid integration, Correspondent person, bool withConversation, string? threadId = null)
    {
        if (!_known.TryGetValue((integration, person.Handle), out var known)) return null;
        if (person.Name is not null && !known.HasName || withConversation && threadId is null && known.ConversationId is null) return null;
        foreach (var other in person.OtherHandles)
            if (!_known.TryGetValue((integration, other), out var same) || same != known) return null;
        if (threadId is null || !withConversation) return known;
        return _threads.TryGetValue((integration, threadId), out var conversation) ? known with { ConversationId = conversation } : null;
    }

    public void Remember(Guid integration, Correspondent person, KnownCustomer known)
    {
        if (_known.Count > Most) _known.Clear();   // crude and bounded: the next messages look up again
        if (known.ConversationId is null && _known.TryGetValue((integration, person.Handle), out var better) && better.ContactId == known.ContactId) known = better;
        _known[(integration, person.Handle)] = known;
        foreach (var other in person.OtherHandles) _known[(integration, other)] = known;
    }

    public void RememberThread(Guid integration, string threadId, Guid conversation)
    {
        if (_threads.Count > Most) _threads.Clear();
        _threads[(integration, threadId)] = conversation;
    }

    public void Forget()
    {
        _known.Clear();
        _threads.Clear();
    }
}

internal sealed record KnownCustomer(Guid ContactId, Guid? ConversationId, bool HasName);

/// <summary>Whom a batch is about, made sure of.</summary>
internal sealed record EnsuredCustomers(
    IReadOnlyDictionary<(Guid Integration, string Handle), KnownCustomer> People, IReadOnlyDictionary<(Guid Integration, string ThreadId), Guid> Threads)
{
    /// <summary>Null when the batch did not ask for them.</summary>
    public KnownCustomer? Find(Guid integration, string handle, string? threadId)
    {
        if (!People.TryGetValue((integration, handle), out var known)) return null;
        if (threadId is null) return known;
        return Threads.TryGetValue((integration, threadId), out var conversation) ? known with { ConversationId = conversation } : null;
    }
}
