namespace Parley.Server.Presence;

/// <summary>Every five seconds writes when the pages were last heard.</summary>
internal sealed partial class PresenceKeeper(PresenceStore store, TimeProvider time, ILogger<PresenceKeeper> logger) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try { await store.KeepOnceAsync(stoppingToken); }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested) { Log.NotKept(logger, failure.GetType().Name); }
            }
        }
        catch (OperationCanceledException) { }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Who is present could not be written and is written again: {Kind}")]
        public static partial void NotKept(ILogger logger, string kind);
    }
}
