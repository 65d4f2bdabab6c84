using System.Collections.Concurrent;
using Npgsql;
using Parley.Server.Platform.Health;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Jobs;

/// <summary>Wakes the workers of this process when a job was added; those of other nodes look every second.</summary>
internal sealed class JobNews(TimeProvider? time = null) : IDisposable
{
    // Timers count in milliseconds and may be early by a part of one.
    static readonly TimeSpan Late = TimeSpan.FromMilliseconds(2);
    static readonly TimeSpan Furthest = TimeSpan.FromHours(1);   // later ones are found by looking

    readonly TimeProvider _time = time ?? TimeProvider.System;
    readonly Lock _gate = new();
    readonly PriorityQueue<DateTimeOffset, DateTimeOffset> _alarms = new();
    ITimer? _timer;

    public event Action? Added;
    public void Publish() => Added?.Invoke();

    /// <summary>Wakes the workers of this process when a job becomes due: not up to a second later.</summary>
    public void PublishAt(DateTimeOffset at)
    {
        if (at - _time.GetUtcNow() > Furthest) return;
        lock (_gate)
        {
            var isNext = !_alarms.TryPeek(out var next, out _) || at < next;
            _alarms.Enqueue(at, at);
            if (isNext) Set(at);
        }
    }

    void Ring(object? _)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            while (_alarms.TryPeek(out var next, out DateTimeOffset _) && next <= now) _alarms.Dequeue();
            if (_alarms.TryPeek(out var later, out DateTimeOffset _)) Set(later);
        }
        Publish();
    }

    void Set(DateTimeOffset at)
    {
        var left = at - _time.GetUtcNow() + Late;
        _timer ??= _time.CreateTimer(Ring, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(left > Late ? left : Late, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();
}

/// <summary>Runs due jobs, a few at once: the tenant with the fewest running is served next, and none gets more than its share. What is long,
/// or comes in its thousands (<see cref="IJobHandler.AtOnce"/>), has slots of its own, so that what people wait for is not behind it.
/// :: 1 take over what vanished workers left · 2 who has something due · 3 claim, in turn · 4 run, with the lease renewed ·
/// 5 finish, unless the job became another's.</summary>
internal sealed partial class JobWorker(
    JobStore store, IEnumerable<IJobHandler> handlers, JobNews news, Heartbeats heartbeats, TimeProvider time, ILogger<JobWorker> logger) : BackgroundService
{
    const int Slots = 16;
    const int SlotsOfATenant = 6;   // a tenant whose work is slow leaves room for the others
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    readonly Dictionary<string, IJobHandler> _handlers = handlers.ToDictionary(handler => handler.Type);
    readonly string[] _short = [.. handlers.Where(handler => handler.AtOnce == int.MaxValue).Select(handler => handler.Type)];
    readonly IJobHandler[] _long = [.. handlers.Where(handler => handler.AtOnce < int.MaxValue)];
    readonly ConcurrentDictionary<Guid, (Job Job, Task Running)> _running = new();
    readonly SemaphoreSlim _wake = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        news.Added += Wake;
        using var abandon = new CancellationTokenSource();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                heartbeats.Beat("jobs");
                try
                {
                    var more = await PassAsync(stoppingToken, abandon.Token);
                    if (more) continue;   // where no slot is free, nothing is claimed
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.PassFailed(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
                }
                await WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
        finally
        {
            // What runs may end by itself for a moment; what is cut off is given back.
            news.Added -= Wake;
            abandon.CancelAfter(TimeSpan.FromSeconds(3));
            await Task.WhenAll(_running.Values.Select(entry => entry.Running));
        }
    }

    /// <summary>True when something was claimed: then more may be due.</summary>
    async Task<bool> PassAsync(CancellationToken stopping, CancellationToken abandon)
    {
        if (await store.ReviveAsync(stopping) is > 0 and var revived) Log.Revived(logger, revived);   // :: 1
        var claimed = await PassAsync(_short, Slots, SlotsOfATenant, stopping, abandon);
        foreach (var handler in _long) claimed += await PassAsync([handler.Type], handler.AtOnce, handler.AtOnceOfATenant, stopping, abandon);
        return claimed > 0;
    }

    async Task<int> PassAsync(string[] types, int slots, int slotsOfATenant, CancellationToken stopping, CancellationToken abandon)
    {
        var mine = _running.Values.Select(entry => entry.Job).Where(job => types.Contains(job.Type)).ToList();
        if (types.Length == 0 || mine.Count >= slots) return 0;
        var claimed = 0;
        var load = (await store.ListDueTenantsAsync(types, stopping)).ToDictionary(tenant => tenant, _ => 0);   // :: 2
        foreach (var job in mine)
            if (load.TryGetValue(job.TenantId, out var running)) load[job.TenantId] = running + 1;

        // :: 3
        var free = slots - mine.Count;
        foreach (var (tenant, running) in load.OrderBy(entry => entry.Value).ThenBy(_ => Random.Shared.Next()))
        {
            // Never more than half of what is free: whoever comes next finds a slot.
            var share = Math.Min(Math.Max(1, free / Math.Max(2, load.Count)), Math.Min(free, slotsOfATenant - running));
            if (share <= 0) continue;
            foreach (var job in await store.ClaimAsync(tenant, types, share, stopping))
            {
                claimed++;
                free--;
                var started = new TaskCompletionSource();
                _running[job.Id] = (job, RunAsync(job, started.Task, abandon));
                started.SetResult();
            }
        }
        return claimed;
    }

    async Task RunAsync(Job job, Task started, CancellationToken abandon)
    {
        await started;
        await Task.Yield();
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(abandon);
        using var done = new CancellationTokenSource();
        var renewing = RenewAsync(job, lost, done.Token);
        try
        {
            // :: 4
            JobOutcome outcome;
            var handler = _handlers[job.Type];
            // Each worker that had it vanished: it may be the reason.
            try { outcome = job.Attempts > JobStore.MostAttempts ? new JobOutcome.Retry(JobStore.Vanished) : await handler.RunAsync(job, lost.Token); }
            catch (OperationCanceledException) when (lost.IsCancellationRequested)
            {
                if (abandon.IsCancellationRequested) await store.ReleaseAsync(job, CancellationToken.None);
                return;
            }
            catch (Exception failure)
            {
                Log.Failed(logger, job.Type, job.Id, failure.GetType().Name);
                outcome = new JobOutcome.Retry($"It broke off: {failure.GetType().Name}.");
            }
            // :: 5
            Meters.Jobs.Add(1, new KeyValuePair<string, object?>("type", job.Type), new("outcome", outcome.GetType().Name));
            if (!await store.FinishAsync(job, outcome, CancellationToken.None, handler.GiveUp(job))) Log.Lost(logger, job.Type, job.Id);
            else if (outcome is JobOutcome.Again later) news.PublishAt(later.At);
        }
        catch (Exception failure)
        {
            Log.Failed(logger, job.Type, job.Id, failure.GetType().Name);   // it is taken up again when the lease ends
        }
        finally
        {
            await done.CancelAsync();
            await renewing;
            _running.TryRemove(job.Id, out _);
            Wake();
        }
    }

    async Task RenewAsync(Job job, CancellationTokenSource lost, CancellationToken done)
    {
        using var timer = new PeriodicTimer(JobStore.Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                try
                {
                    if (await store.RenewAsync(job, done)) continue;
                    await lost.CancelAsync();
                    return;
                }
                catch (NpgsqlException) { }   // the database is away for a moment; the fence guards the end
            }
        }
        catch (OperationCanceledException) { }
    }

    void Wake()
    {
        try { _wake.Release(); }
        catch (SemaphoreFullException) { }   // already awake
    }

    async Task WaitAsync(CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(Poll, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        try { await _wake.WaitAsync(either.Token); }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested) { }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A look for due jobs failed and is repeated: {Kind} {State}")]
        public static partial void PassFailed(ILogger logger, string kind, string? state);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} jobs of a vanished worker were taken over")]
        public static partial void Revived(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Type} {Id} broke off: {Kind}")]
        public static partial void Failed(ILogger logger, string type, Guid id, string kind);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Type} {Id} had become another worker's; nothing of it was written")]
        public static partial void Lost(ILogger logger, string type, Guid id);
    }
}
