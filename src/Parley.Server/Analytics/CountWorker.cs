using System.Diagnostics;
using Npgsql;

namespace Parley.Server.Analytics;

/// <summary>Counts, rests ten times as long, and counts again: however much is written, it takes a tenth of one connection, and the reports are that much later.</summary>
internal sealed partial class CountWorker(MessageCounter counter, TimeProvider time, ILogger<CountWorker> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2), Longest = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var since = Stopwatch.GetTimestamp();
                try { await counter.RunOnceAsync(stoppingToken); }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested) { Log.PassFailed(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState); }
                var rest = Stopwatch.GetElapsedTime(since) * 10;
                await Task.Delay(rest < Pause ? Pause : rest > Longest ? Longest : rest, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Counting for the reports failed and is tried again: {Kind} {State}")]
        public static partial void PassFailed(ILogger logger, string kind, string? state);
    }
}
