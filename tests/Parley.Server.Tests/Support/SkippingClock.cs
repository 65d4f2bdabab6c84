namespace Parley.Server.Tests.Support;

/// <summary>The real time, plus what was skipped.</summary>
internal sealed class SkippingClock : TimeProvider
{
    long _skipped;

    public void Skip(TimeSpan by) => Interlocked.Add(ref _skipped, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _skipped));

    public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Read(ref _skipped) * (TimestampFrequency / TimeSpan.TicksPerSecond));
}
