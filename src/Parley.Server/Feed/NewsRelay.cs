using Npgsql;
using Parley.Server.Platform.Database;

namespace Parley.Server.Feed;

/// <summary>Carries news between nodes: NOTIFY after commit on a connection of its own, coalesced, and LISTEN on another.
/// Without a direct connection (a PgBouncer that has none behind it) the readers' polling is all there is.</summary>
internal sealed partial class NewsRelay(DirectDatabase direct, FeedNews news, TimeProvider time, ILogger<NewsRelay> logger) : BackgroundService
{
    const string Topic = "parley_news";
    const int TenantsInALine = 200;   // a payload may have 8,000 bytes
    readonly string _self = Guid.CreateVersion7().ToString("N")[20..];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        RepeatAsync(TellAsync, stoppingToken),
        RepeatAsync(HearAsync, stoppingToken));

    async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await work(stopping);
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                Log.Interrupted(logger, failure.GetType().Name);
                try { await Task.Delay(TimeSpan.FromSeconds(1), time, stopping); }
                catch (OperationCanceledException) { }
            }
            catch (OperationCanceledException) { }
        }
    }

    async Task TellAsync(CancellationToken stopping)
    {
        await using var connection = await direct.Source.OpenConnectionAsync(stopping);
        while (true)
        {
            var pending = await news.TakeAsync(stopping);
            foreach (var part in pending.Chunk(TenantsInALine))
            {
                await using var notify = new NpgsqlCommand("select pg_notify($1, $2)", connection)
                {
                    Parameters = { new() { Value = Topic }, new() { Value = $"{_self}:{string.Join(',', part.Select(piece => piece.Tenant.ToString("N") + Mark(piece.Kind)))}" } },
                };
                await notify.ExecuteNonQueryAsync(stopping);
            }
        }
    }

    async Task HearAsync(CancellationToken stopping)
    {
        await using var connection = await direct.Source.OpenConnectionAsync(stopping);
        connection.Notification += (_, told) =>
        {
            var parts = told.Payload.Split(':', 2);
            if (parts.Length != 2 || parts[0] == _self) return;
            foreach (var text in parts[1].Split(','))
                if (Guid.TryParseExact(text.TrimEnd('q', 'p'), "N", out var tenant)) news.Receive(tenant, text[^1] switch { 'q' => News.Queued, 'p' => News.Moved, _ => News.Grew });
        };
        await using (var listen = new NpgsqlCommand($"listen {Topic}", connection)) await listen.ExecuteNonQueryAsync(stopping);
        while (true) await connection.WaitAsync(stopping);
    }

    static string Mark(News kind) => kind switch { News.Queued => "q", News.Moved => "p", _ => "" };

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "News between nodes were interrupted and are taken up again: {Kind}")]
        public static partial void Interrupted(ILogger logger, string kind);
    }
}
