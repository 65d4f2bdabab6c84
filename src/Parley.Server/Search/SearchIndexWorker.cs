using Npgsql;

namespace Parley.Server.Search;

/// <summary>Files what was just written into the index. PostgreSQL keeps it in a list first (found all the same, by reading the list)
/// and would otherwise let some insert do the work for sixteen megabytes of others, while everybody behind it waits.</summary>
internal sealed partial class SearchIndexWorker(NpgsqlDataSource source, TimeProvider time, ILogger<SearchIndexWorker> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), AfterFailure = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var pause = Pause;
                try
                {
                    await FileOnceAsync(stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.PassFailed(logger, failure.GetType().Name);
                    pause = AfterFailure;
                }
                await Task.Delay(pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>How many pages were waiting. Only the index's owner may: the login itself, in neither of its roles.</summary>
    internal async Task<long> FileOnceAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("select gin_clean_pending_list('messages_search_idx'::regclass)");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The search index could not be tended, and is left to PostgreSQL for a minute: {Kind}")]
        public static partial void PassFailed(ILogger logger, string kind);
    }
}
