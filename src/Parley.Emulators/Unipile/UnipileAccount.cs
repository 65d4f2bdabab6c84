namespace Parley.Emulators.Unipile;

/// <summary>A connected account, and its chats in the order of their last activity.</summary>
internal sealed class UnipileAccount
{
    readonly Lock _gate = new();
    readonly List<UnipileChat> _byTime = [];   // oldest first
    readonly Queue<Action> _missed = [];
    Dictionary<string, UnipileChat>? _single;
    string _status = "OK";
    int _syncs;

    public UnipileAccount(string id, string type, string name, string username, DateTimeOffset createdAt)
    {
        (Id, Type, Name, Username, CreatedAt) = (id, type, name, username, createdAt);
        Key = UnipileIds.Key(UnipileIds.Hash(id), UnipileIds.Hash(type));
        Owner = new(UnipileIds.Of(UnipileKind.Person, Key), id, UnipilePeople.ProviderId(type, UnipileIds.Hash(Key, 7)), name, username, IsSelf: true);
    }

    public string Id { get; }
    public string Type { get; }
    public string Name { get; }
    public string Username { get; }
    public DateTimeOffset CreatedAt { get; }

    /// <summary>Leads back from the owner's id to this account.</summary>
    public ulong Key { get; }
    public UnipilePerson Owner { get; }

    public string Status
    {
        get { lock (_gate) return _status; }
    }

    public bool IsOk => Status == "OK";

    public int ChatCount
    {
        get { lock (_gate) return _byTime.Count; }
    }

    /// <summary>SYNC_STARTED, SYNC_RUNNING, SYNC_DONE, and again.</summary>
    public string NextSync() => new[] { "SYNC_STARTED", "SYNC_RUNNING", "SYNC_DONE" }[(Interlocked.Increment(ref _syncs) - 1) % 3];

    public void SetStatus(string status)
    {
        lock (_gate) _status = status;
    }

    /// <summary>True when the account was not OK: then this happens once it is again.</summary>
    public bool Postpone(Action happens)
    {
        lock (_gate)
        {
            if (_status == "OK") return false;
            _missed.Enqueue(happens);
            return true;
        }
    }

    public IReadOnlyList<Action> TakeMissed()
    {
        lock (_gate)
        {
            var missed = _missed.ToArray();
            _missed.Clear();
            return missed;
        }
    }

    /// <summary>Many at once: the order is made once.</summary>
    public void AddAll(IEnumerable<UnipileChat> chats)
    {
        lock (_gate)
        {
            _byTime.AddRange(chats);
            _byTime.Sort((left, right) => left.Position.CompareTo(right.Position));
            _single = null;
        }
    }

    public void Add(UnipileChat chat)
    {
        lock (_gate)
        {
            _byTime.Insert(CountBefore(chat.Position), chat);
            if (_single is not null && chat.Type == 0 && chat.People is [var other, ..]) _single.TryAdd(other.ProviderId, chat);
        }
    }

    public void Remove(UnipileChat chat)
    {
        lock (_gate)
        {
            _byTime.Remove(chat);
            _single = null;
        }
    }

    public void Change(UnipileChat chat, Func<UnipileChatState, UnipileChatState> change)
    {
        lock (_gate)
        {
            var at = CountBefore(chat.Position);
            var before = chat.State;
            chat.State = change(before);
            if (chat.State.At == before.At || at >= _byTime.Count || _byTime[at] != chat) return;
            _byTime.RemoveAt(at);
            _byTime.Insert(CountBefore(chat.Position), chat);
        }
    }

    /// <summary>At most so many, newest first, of those after this position.</summary>
    public List<UnipileChat> List(UnipilePosition? from, int limit, Func<UnipileChat, bool> claim)
    {
        lock (_gate)
        {
            var page = new List<UnipileChat>();
            for (var i = (from is { } position ? CountBefore(position) : _byTime.Count) - 1; i >= 0 && page.Count < limit; i--)
                if (claim(_byTime[i])) page.Add(_byTime[i]);
            return page;
        }
    }

    public IReadOnlyList<UnipileChat> AllChats()
    {
        lock (_gate) return [.. _byTime];
    }

    public UnipileChat? FindByProviderId(string providerId)
    {
        lock (_gate) return _byTime.Find(chat => chat.ProviderId == providerId);
    }

    /// <summary>The chat with this person alone.</summary>
    public UnipileChat? FindChatWith(string personProviderId)
    {
        lock (_gate)
        {
            if (_single is null)
            {
                _single = [];
                foreach (var chat in _byTime)
                    if (chat.Type == 0 && chat.People is [var other, ..]) _single.TryAdd(other.ProviderId, chat);
            }
            return _single.GetValueOrDefault(personProviderId);
        }
    }

    /// <summary>Everybody in any chat, once, by provider's id.</summary>
    public IEnumerable<UnipilePerson> People() => AllChats().SelectMany(chat => chat.People).Append(Owner).DistinctBy(person => person.ProviderId);

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
