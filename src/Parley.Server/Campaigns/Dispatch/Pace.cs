namespace Parley.Server.Campaigns.Dispatch;

/// <summary>How many may be queued now, where a campaign has a rate of its own: a bucket that holds a second's worth.</summary>
internal sealed class Pace(double perSecond, TimeProvider time)
{
    double _tokens;
    long _at = time.GetTimestamp();

    public double PerSecond => perSecond;

    public int Available()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(Math.Max(1, perSecond), _tokens + time.GetElapsedTime(_at, now).TotalSeconds * perSecond);
        _at = now;
        return (int)_tokens;
    }

    public void Take(int count) => _tokens -= count;

    /// <summary>Until one more may go.</summary>
    public TimeSpan UntilNext() => TimeSpan.FromSeconds(Math.Max(0, (1 - _tokens) / perSecond));
}
