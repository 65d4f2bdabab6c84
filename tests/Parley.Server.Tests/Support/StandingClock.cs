namespace Parley.Server.Tests.Support;

/// <summary>Stands still until it is moved.</summary>
internal sealed class StandingClock : TimeProvider
{
    DateTimeOffset _now = System.GetUtcNow();
    long _timestamp = 1_000_000_000;

    public void Skip(TimeSpan by)
    {
        _now += by;
        _timestamp += (long)(by.TotalSeconds * TimestampFrequency);
    }

    public override DateTimeOffset GetUtcNow() => _now;
    public override long GetTimestamp() => _timestamp;
}
