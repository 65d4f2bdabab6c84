using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>What can change about a chat; replaced as a whole, so that it is read without a lock.</summary>
/// <param name="At">Last activity, a whole second in milliseconds; null when nothing has ever been said.</param>
/// <param name="MutedUntil">-1 for ever, otherwise milliseconds; null when it is not muted.</param>
internal sealed record UnipileChatState(string? Name, long? At, int Unread = 0, bool Archived = false, long? MutedUntil = null, bool Pinned = false, int ReadOnly = 0)
{
    public IReadOnlyList<string> Folders { get; init; } = ["INBOX"];

    /// <summary>Members that overrule what REST says of this chat.</summary>
    public JsonObject? Extra { get; init; }
}

/// <summary>One conversation: what was generated (and is made anew each time it is asked for), what came since, and what has changed.</summary>
/// <param name="key">Leads back from ids to this chat.</param>
/// <param name="type">0 single, 1 group, 2 channel.</param>
internal sealed class UnipileChat(UnipileAccount account, ulong key, string providerId, int type, UnipileHistory? history, UnipileChatState state)
{
    readonly Lock _gate = new();
    readonly List<UnipileMessage> _live = [];     // in the order in which they came; their ids go on where the history's end
    readonly List<UnipileMessage> _byTime = [];   // the same ones, oldest first
    readonly Dictionary<int, UnipileMessage> _changed = [];   // of the history
    List<UnipilePerson>? _people;

    public UnipileAccount Account => account;
    public ulong Key => key;
    public string Id { get; } = UnipileIds.Of(UnipileKind.Chat, key);
    public string ProviderId => providerId;
    public int Type => type;

    /// <summary>Changed by the account only, which keeps its chats in the order of their times.</summary>
    public UnipileChatState State { get; set; } = state;

    public UnipilePosition Position => new(State.At, Id);

    /// <summary>Everybody but the connected user.</summary>
    public IReadOnlyList<UnipilePerson> People
    {
        get
        {
            lock (_gate) return [.. Everybody()];
        }
    }

    public UnipilePerson? PersonAt(int place)
    {
        lock (_gate) return place < Everybody().Count ? _people![place] : null;
    }

    /// <summary>The person with this provider's id, who joins the chat when new.</summary>
    public UnipilePerson Join(string personProviderId, Func<string, UnipilePerson> create)
    {
        lock (_gate)
        {
            var known = Everybody().Find(person => person.ProviderId == personProviderId);
            if (known is not null) return known;
            var joined = create(UnipileIds.Of(UnipileKind.Person, key, _people!.Count));
            _people.Add(joined);
            return joined;
        }
    }

    public bool Remove(string personProviderId)
    {
        lock (_gate) return Everybody().RemoveAll(person => person.ProviderId == personProviderId) > 0;
    }

    public UnipileMessage Add(Func<string, UnipileMessage> create)
    {
        lock (_gate)
        {
            var message = create(UnipileIds.Of(UnipileKind.Message, key, HistoryCount + _live.Count));
            _live.Add(message);
            _byTime.Insert(CountBefore(message.Position), message);
            return message;
        }
    }

    public UnipileMessage? Find(int place)
    {
        lock (_gate)
            return place < HistoryCount ? OfHistory(place) : place - HistoryCount < _live.Count ? _live[place - HistoryCount] : null;
    }

    /// <summary>Null when there is no such message.</summary>
    public UnipileMessage? Change(int place, Func<UnipileMessage, UnipileMessage> change)
    {
        lock (_gate)
        {
            if (Find(place) is not { } before) return null;
            var after = change(before);
            if (place < HistoryCount) _changed[place] = after;
            else
            {
                _byTime[_byTime.IndexOf(before)] = after;
                _live[place - HistoryCount] = after;
            }
            return after;
        }
    }

    /// <summary>At most so many, newest first, of those that come after this position and are newer than this time.</summary>
    public List<UnipileMessage> List(UnipilePosition? from, int limit, long? after = null, Func<UnipileMessage, bool>? claim = null)
    {
        lock (_gate)
        {
            var page = new List<UnipileMessage>(Math.Min(limit, 250));
            var old = history is null ? 0 : from is null ? history.Count : history.CountBefore(from.Value);
            var live = from is null ? _byTime.Count : CountBefore(from.Value);
            while (page.Count < limit && old + live > 0)
            {
                var message = Newer(old, live) ? _byTime[--live] : OfHistory(--old);
                if (message.At <= after) break;
                if (claim is null || claim(message)) page.Add(message);
            }
            return page;
        }
    }

    public UnipileMessage? Newest() => List(null, 1).FirstOrDefault();

    int HistoryCount => history?.Count ?? 0;

    List<UnipilePerson> Everybody() => _people ??= history?.People(this) ?? [];

    UnipileMessage OfHistory(int place) => _changed.Count > 0 && _changed.TryGetValue(place, out var changed) ? changed : history!.Message(this, place);

    // Whether the newest of the first so many live ones is newer than the newest of the first so many old ones.
    bool Newer(int old, int live)
    {
        if (live == 0 || old == 0) return old == 0;
        var (message, at) = (_byTime[live - 1], history!.At(old - 1));
        return message.At > at || message.At == at && string.CompareOrdinal(message.Id, UnipileIds.Of(UnipileKind.Message, key, old - 1)) > 0;
    }

    int CountBefore(UnipilePosition position)
    {
        var (low, high) = (0, _byTime.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_byTime[middle].Position.CompareTo(position) < 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
