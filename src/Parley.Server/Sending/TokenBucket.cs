namespace Parley.Server.Sending;

/// <summary>A rate limit: so many per second, with a burst of a tenth of a second (at least one). It starts empty, so that a
/// change of node never doubles the rate.</summary>
internal sealed class TokenBucket(double perSecond, TimeProvider time)
{
    readonly double _most = Math.Max(1, perSecond / 10);
    double _tokens;
    long _at = time.GetTimestamp();

    public int Available()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(_most, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * perSecond);
        _at = now;
        return (int)_tokens;
    }

    public void Take(int count) => _tokens -= count;

    /// <summary>How long until there is one.</summary>
    public TimeSpan UntilNext() => TimeSpan.FromSeconds(Math.Max(0, (1 - _tokens) / perSecond));
}
