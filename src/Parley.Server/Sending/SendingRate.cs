namespace Parley.Server.Sending;

/// <summary>An account's rate limit: in no second more than the limit reaches the provider, and nearly all of it is used. Each
/// message takes a permit, which is free again a second after the message has arrived there: whatever stalls and bursts there are
/// on this side, of a second's arrivals all permits are held at once. A bucket spreads departures inside that. It starts with
/// all permits used, so that a change of node never doubles the rate.</summary>
internal sealed class SendingRate
{
    // Faster than the limit, so that a stall can be caught up with; the permits see to the limit.
    const double CatchUp = 1.5;

    readonly Lock _gate = new();
    readonly TimeProvider _time;
    readonly double _burst;
    readonly TimeSpan _window;
    readonly int _permits;
    int _promised;   // to messages that wait for one beside the queue
    readonly Queue<long> _arrived = new();   // when each permit's message arrived, the oldest first
    int _underWay;
    double _tokens;
    long _at;

    /// <param name="perSecond">Above 0; below 1 it means one message in so many seconds.</param>
    public SendingRate(double perSecond, TimeProvider time)
    {
        (_time, PerSecond, _burst) = (time, perSecond, Math.Max(1, perSecond / 10));
        _permits = Math.Max(1, (int)perSecond);
        _window = TimeSpan.FromSeconds(_permits / perSecond) + TimeSpan.FromMilliseconds(1);
        _at = time.GetTimestamp();
        for (var i = _permits - 1; i >= 0; i--) _arrived.Enqueue(_at - (long)(_window.TotalSeconds * time.TimestampFrequency * i / _permits));
    }

    public double PerSecond { get; }

    /// <summary>How many may leave now, at most <paramref name="most"/>.</summary>
    public int Available(int most)
    {
        lock (_gate) return Free(most, _promised);
    }

    /// <summary>Waits for a permit beside the queue: for what was claimed before, and had to prepare first.</summary>
    public async Task<Permit> TakeAsync(CancellationToken cancellationToken)
    {
        lock (_gate) _promised++;
        try
        {
            while (true)
            {
                lock (_gate)
                    if (Free(1, 0) > 0)
                    {
                        Count();
                        return new(this);
                    }
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(5, UntilNext().TotalMilliseconds)), _time, cancellationToken);
            }
        }
        finally
        {
            lock (_gate) _promised--;
        }
    }

    int Free(int most, int promised)
    {
        var now = _time.GetTimestamp();
        _tokens = Math.Min(_burst, _tokens + _time.GetElapsedTime(_at, now).TotalSeconds * PerSecond * CatchUp);
        _at = now;
        while (_arrived.TryPeek(out var oldest) && _time.GetElapsedTime(oldest, now) >= _window) _arrived.Dequeue();
        return Math.Max(0, Math.Min(most, Math.Min((int)_tokens, _permits - _underWay - _arrived.Count) - promised));
    }

    public Permit Take()
    {
        lock (_gate) Count();
        return new(this);
    }

    void Count()
    {
        _tokens--;
        _underWay++;
    }

    /// <summary>How long until one may leave; while all are under way nobody knows, and it is worth another look soon.</summary>
    public TimeSpan UntilNext()
    {
        lock (_gate)
        {
            var bucket = TimeSpan.FromSeconds(Math.Max(0, (1 - _tokens) / (PerSecond * CatchUp)));
            var permit = _underWay + _arrived.Count >= _permits && _arrived.TryPeek(out var oldest) ? _window - _time.GetElapsedTime(oldest) : TimeSpan.Zero;
            if (_underWay >= _permits) permit = TimeSpan.FromMilliseconds(20);
            return permit > bucket ? permit : bucket;
        }
    }

    /// <summary>One message's share of the limit. Given back at once when the message did not leave.</summary>
    internal sealed class Permit(SendingRate rate) : IDisposable
    {
        bool _isOver;

        public void Arrived() => End(hasArrived: true);

        public void Dispose() => End(hasArrived: false);

        void End(bool hasArrived)
        {
            lock (rate._gate)
            {
                if (_isOver) return;
                _isOver = true;
                rate._underWay--;
                if (hasArrived) rate._arrived.Enqueue(rate._time.GetTimestamp());
            }
        }
    }
}
