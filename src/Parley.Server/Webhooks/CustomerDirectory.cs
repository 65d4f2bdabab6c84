using System.Collections.Concurrent;
using Parley.Channels.Contract;

namespace Parley.Server.Webhooks;

/// <summary>Who is known already: a memory of (integration, handle) → conversation that spares known customers the look-up.
/// It may be wrong, because rows can vanish or merge: the foreign key of messages then refuses the batch, the entries
/// are forgotten, and the batch runs again with a look-up.</summary>
internal sealed class CustomerDirectory
{
    const int Most = 200_000;
    readonly ConcurrentDictionary<(Guid Integration, string Handle), KnownCustomer> _known = new();

    /// <summary>Null unless every handle is known, for one and the same conversation, and nothing new was said about the person.</summary>
    public KnownCustomer? Find(Guid integration, Correspondent person, bool withConversation)
    {
        if (!_known.TryGetValue((integration, person.Handle), out var known)) return null;
        if (person.Name is not null && !known.HasName || withConversation && known.ConversationId is null) return null;
        foreach (var other in person.OtherHandles)
            if (!_known.TryGetValue((integration, other), out var same) || same != known) return null;
        return known;
    }

    public void Remember(Guid integration, Correspondent person, KnownCustomer known)
    {
        if (_known.Count > Most) _known.Clear();   // crude and bounded: the next messages look up again
        if (known.ConversationId is null && _known.TryGetValue((integration, person.Handle), out var better) && better.ContactId == known.ContactId) known = better;
        _known[(integration, person.Handle)] = known;
        foreach (var other in person.OtherHandles) _known[(integration, other)] = known;
    }

    public void Forget() => _known.Clear();
}

internal sealed record KnownCustomer(Guid ContactId, Guid? ConversationId, bool HasName);
