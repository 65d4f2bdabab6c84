namespace Parley.Emulators.Phone;

/// <summary>What one person and one business have written to each other; the newest 500.</summary>
internal sealed class PhoneChat(TimeProvider time)
{
    const int Kept = 500;
    readonly List<PhoneMessage> _messages = [];
    readonly Lock _gate = new();
    TaskCompletionSource _changed = New();
    DateTimeOffset _typingUntil;
    long _rev;

    /// <summary>Somebody has opened this chat on the phone page: from then on that phone tells what was read.</summary>
    public bool IsPlayed { get; set; }

    public DateTimeOffset Touched { get; private set; } = time.GetUtcNow();

    public void Add(PhoneMessage message)
    {
        lock (_gate)
        {
            // A test may say one message twice.
            _messages.RemoveAll(same => same.Id == message.Id);
            _messages.Add(message with { Rev = ++_rev });
            if (_messages.Count > Kept) _messages.RemoveAt(0);
            if (!message.Mine) _typingUntil = default;
            Tell();
        }
    }

    /// <summary>Changes those that the claim is true of; as they were before.</summary>
    public IReadOnlyList<PhoneMessage> Change(Func<PhoneMessage, bool> claim, Func<PhoneMessage, PhoneMessage> change)
    {
        lock (_gate)
        {
            var found = new List<PhoneMessage>();
            for (var i = 0; i < _messages.Count; i++)
            {
                if (!claim(_messages[i])) continue;
                found.Add(_messages[i]);
                _messages[i] = change(_messages[i]) with { Rev = ++_rev };
            }
            if (found.Count > 0) Tell();
            return found;
        }
    }

    /// <summary>The business has read this message, and what came before it.</summary>
    public void ReadByBusiness(string id, bool typing)
    {
        DateTimeOffset? upTo;
        lock (_gate)
        {
            upTo = _messages.Find(message => message.Id == id)?.At;
            if (upTo is null) return;
            if (typing)
            {
                _typingUntil = time.GetUtcNow().AddSeconds(25);
                _rev++;
                Tell();
            }
        }
        Change(message => message is { Mine: true, State: not "read" } && message.At <= upTo, message => message with { State = "read" });
    }

    /// <summary>What is newer, and a task that ends when there is more.</summary>
    public (PhoneView View, Task Changed) Since(long rev)
    {
        lock (_gate)
        {
            var typing = Math.Max(0, (_typingUntil - time.GetUtcNow()).TotalSeconds);
            return (new(_rev, [.. _messages.Where(message => message.Rev > rev)], typing), _changed.Task);
        }
    }

    void Tell()
    {
        Touched = time.GetUtcNow();
        _changed.TrySetResult();
        _changed = New();
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
