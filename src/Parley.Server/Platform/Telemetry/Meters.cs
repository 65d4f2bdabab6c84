using System.Diagnostics.Metrics;

namespace Parley.Server.Platform.Telemetry;

/// <summary>What is counted beside what ASP.NET Core, Npgsql and the runtime count themselves.</summary>
internal static class Meters
{
    public const string Name = "Parley";
    static readonly Meter Meter = new(Name);

    public static readonly Histogram<int> IngestBatch = Meter.CreateHistogram<int>("parley.ingest.batch", "{webhook}", "Webhooks committed together.");
    public static readonly Counter<long> Sends = Meter.CreateCounter<long>("parley.sends", "{message}", "Attempts to send, by what came of them.");
    public static readonly Counter<long> Jobs = Meter.CreateCounter<long>("parley.jobs", "{job}", "Jobs run, by type and outcome.");
    public static readonly Histogram<double> FeedDelay = Meter.CreateHistogram<double>("parley.feed.delay", "s", "From the change to the moment its line is read for listeners.");
}
