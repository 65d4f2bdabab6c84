using System.Collections.Concurrent;
using Parley.Channels;
using Parley.Server.Feed;
using Parley.Server.Integrations;
using Parley.Server.Platform;

namespace Parley.Server.Sending;

/// <summary>Finds integrations with something to send and drains those whose lease this node can have.</summary>
internal sealed partial class SendingWorker(
    OutboxStore store, OutcomeWriter outcomes, SendGate gate, ChannelCatalog catalog, IntegrationDirectory directory, IntegrationStore integrations,
    OutgoingFiles files, PublicAddress address, FeedNews news, Platform.Health.Heartbeats heartbeats, TimeProvider time, ILogger<SendingWorker> logger) : BackgroundService
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    readonly Guid _owner = Ids.New(time.GetUtcNow());
    readonly ConcurrentDictionary<OutboxKey, (IntegrationDrain Drain, Task Running)> _drains = new();
    readonly ConcurrentDictionary<Guid, byte> _news = new();
    readonly SemaphoreSlim _wake = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var abandon = new CancellationTokenSource();
        using var writing = new CancellationTokenSource();
        var writer = outcomes.RunAsync(writing.Token);
        news.Queued += Hear;
        var polled = 0L;
        var swept = false;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var all = polled == 0 || time.GetElapsedTime(polled) >= Poll;
                try
                {
                    heartbeats.Beat("sending");
                    var fresh = TakeNews();   // taken on a full pass too: a tenant that stays in there is not heard again
                    await RunOnceAsync(all ? null : fresh, stoppingToken, abandon.Token);
                    if (all)
                    {
                        await store.SweepWaitingStepsAsync(isFirst: !swept, stoppingToken);
                        swept = true;
                        polled = time.GetTimestamp();
                    }
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.PassFailed(logger, failure);
                    polled = time.GetTimestamp();
                }
                using var timeout = new CancellationTokenSource(Poll, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, timeout.Token);
                try { await _wake.WaitAsync(either.Token); }
                catch (OperationCanceledException) { }
            }
        }
        finally
        {
            // Calls under way may finish, for a while; what was answered is written.
            news.Queued -= Hear;
            abandon.CancelAfter(TimeSpan.FromSeconds(4));
            writing.CancelAfter(TimeSpan.FromSeconds(6));   // a database that is away does not hold up the end
            await Task.WhenAll(_drains.Values.Select(drain => drain.Running));
            outcomes.Close();
            try { await writer; }
            catch (OperationCanceledException) { }
        }
    }

    /// <summary>One pass: start or wake the drains of the given tenants, or of all.</summary>
    internal async Task RunOnceAsync(IReadOnlyCollection<Guid>? tenants, CancellationToken stopping, CancellationToken abandon)
    {
        if (tenants is { Count: 0 }) return;
        foreach (var key in await store.ListDueAsync(tenants, stopping))
        {
            if (_drains.TryGetValue(key, out var known) && !known.Running.IsCompleted)
            {
                known.Drain.Wake();
                continue;
            }
            if (await store.AcquireAsync(key, _owner, stopping) is not { } fence) continue;
            var drain = new IntegrationDrain(key, _owner, fence, store, outcomes, gate, catalog, directory, integrations, files, address, time, logger);
            _drains[key] = (drain, Task.Run(() => RunDrainAsync(key, drain, stopping, abandon), CancellationToken.None));
        }
    }

    async Task RunDrainAsync(OutboxKey key, IntegrationDrain drain, CancellationToken stopping, CancellationToken abandon)
    {
        try { await drain.RunAsync(stopping, abandon); }
        catch (Exception failure) { Log.DrainFailed(logger, key.IntegrationId, failure); }
        finally { Hear(key.TenantId); }   // what was queued while it ended woke nobody
    }

    void Hear(Guid tenant)
    {
        if (!_news.TryAdd(tenant, 0)) return;
        try { _wake.Release(); }
        catch (SemaphoreFullException) { }   // already awake: it takes this one along
    }

    List<Guid> TakeNews()
    {
        var taken = new List<Guid>();
        foreach (var tenant in _news.Keys)
            if (_news.TryRemove(tenant, out _)) taken.Add(tenant);
        return taken;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A pass over what is queued failed")]
        public static partial void PassFailed(ILogger logger, Exception failure);

        [LoggerMessage(Level = LogLevel.Error, Message = "Sending for integration {Integration} stopped; it is taken up again")]
        public static partial void DrainFailed(ILogger logger, Guid integration, Exception failure);
    }
}
