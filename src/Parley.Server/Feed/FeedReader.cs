using Npgsql;

namespace Parley.Server.Feed;

/// <summary>A reader of tenants' feeds behind cursors of its own: woken when one of those it reads for has grown, and looking every second all the same. A pass that fails is made again.</summary>
/// <param name="what">For the log: what it reads for.</param>
internal abstract partial class FeedReader(string what, FeedNews news, TimeProvider time, ILogger logger) : BackgroundService
{
    const int PagesInTurn = 4;   // of one tenant; then the others come, and it again
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    readonly SemaphoreSlim _wake = new(0, 1);
    volatile IReadOnlySet<Guid> _tenants = new HashSet<Guid>();

    protected TimeProvider Time { get; } = time;

    /// <summary>How long it lets things gather between two passes: many lines at once cost less than each alone.</summary>
    protected virtual TimeSpan Rest => TimeSpan.Zero;

    /// <summary>Reads all that is there to read.</summary>
    internal abstract Task RunOnceAsync(CancellationToken cancellationToken);

    /// <summary>Whose news wake it.</summary>
    protected void ListenTo(IEnumerable<Guid> tenants) => _tenants = tenants.ToHashSet();

    /// <summary>Reads for one tenant; what goes wrong there is its own trouble, and holds up nobody else's.</summary>
    protected async Task ReadAloneAsync(Func<Task> read, CancellationToken cancellationToken)
    {
        try { await read(); }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested) { Tell(failure); }
    }

    /// <summary>A few pages of each of these tenants, one after the other. True when one of them may have more: then it is another turn, with whoever has come behind since.</summary>
    /// <param name="readPage">True when there may be more.</param>
    protected async Task<bool> TakeTurnsAsync(IEnumerable<Guid> tenants, Func<Guid, Task<bool>> readPage, CancellationToken cancellationToken)
    {
        var more = false;
        foreach (var tenant in tenants)
            await ReadAloneAsync(async () =>
            {
                var pages = 0;
                while (pages < PagesInTurn && await readPage(tenant)) pages++;
                more |= pages == PagesInTurn;
            }, cancellationToken);
        return more;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        news.Grew += Hear;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try { await RunOnceAsync(stoppingToken); }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested) { Tell(failure); }
                if (Rest > TimeSpan.Zero) await Task.Delay(Rest, Time, stoppingToken);
                await WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
        finally
        {
            news.Grew -= Hear;
        }
    }

    void Tell(Exception failure) => Log.PassFailed(logger, what, failure.GetType().Name, (failure as PostgresException)?.SqlState);

    void Hear(Guid tenant)
    {
        if (!_tenants.Contains(tenant)) return;
        try { _wake.Release(); }
        catch (SemaphoreFullException) { }   // already awake
    }

    async Task WaitAsync(CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(Poll, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        try { await _wake.WaitAsync(either.Token); }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested) { }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The feed could not be read for {What} and is read again: {Kind} {State}")]
        public static partial void PassFailed(ILogger logger, string what, string kind, string? state);
    }
}
