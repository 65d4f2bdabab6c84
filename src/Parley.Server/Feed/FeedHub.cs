using System.Threading.Channels;
using Parley.Server.Platform.Auth;

namespace Parley.Server.Feed;

/// <summary>One reader per tenant that somebody here listens to, whose frames go to all its listeners: a change costs the
/// database the same for one listener and for a thousand.</summary>
internal sealed partial class FeedHub(FeedStore store, FeedFrames frames, FeedNews news, TimeProvider time, ILogger<FeedHub> logger) : IHostedService
{
    // Between two pages of a tenant. A single message is shown at once; of a stream of them, each listener's socket is
    // written to forty times a second and not a thousand.
    static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(25);

    readonly Dictionary<Guid, Tail> _tails = [];
    readonly CancellationTokenSource _stopping = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        news.Grew += Wake;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        news.Grew -= Wake;
        _stopping.Cancel();
        return Task.CompletedTask;
    }

    /// <summary>All frames after <see cref="Listener.From"/>, until disposed.</summary>
    public async Task<Listener> ListenAsync(Guid tenant, CancellationToken cancellationToken)
    {
        Tail? tail;
        lock (_tails)
        {
            if (!_tails.TryGetValue(tenant, out tail))
            {
                tail = new Tail(tenant);
                tail.Running = Task.Run(() => RunAsync(tail, _stopping.Token), CancellationToken.None);
                _tails.Add(tenant, tail);
            }
            tail.Users++;
        }
        try
        {
            await tail.Started.Task.WaitAsync(cancellationToken);
            lock (tail.Listeners)
            {
                var listener = new Listener(this, tail, tail.Seq);
                tail.Listeners.Add(listener);
                return listener;
            }
        }
        catch
        {
            Leave(tail, null);
            throw;
        }
    }

    /// <summary>Whose listeners are here.</summary>
    public IReadOnlyList<Guid> Tenants
    {
        get { lock (_tails) return [.. _tails.Keys]; }
    }

    /// <summary>Something for all who listen here now, and for nobody later.</summary>
    /// <param name="narrowed">The same for somebody who does not see everything.</param>
    public void Tell(Guid tenant, byte[] frame, Func<Sight, byte[]> narrowed)
    {
        Tail? tail;
        lock (_tails) _tails.TryGetValue(tenant, out tail);
        if (tail is null) return;
        var page = FeedPage.Passing(frame, narrowed);
        lock (tail.Listeners)
            foreach (var listener in tail.Listeners) listener.Offer(page);
    }

    void Wake(Guid tenant)
    {
        Tail? tail;
        lock (_tails) _tails.TryGetValue(tenant, out tail);
        tail?.Wake();
    }

    void Leave(Tail tail, Listener? listener)
    {
        if (listener is not null)
            lock (tail.Listeners) tail.Listeners.Remove(listener);
        lock (_tails)
        {
            if (--tail.Users > 0) return;
            _tails.Remove(tail.Tenant);
        }
        tail.Stop.Cancel();
        tail.Wake();
    }

    async Task RunAsync(Tail tail, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, tail.Stop.Token);
        long read = 0;
        while (!either.IsCancellationRequested)
        {
            try
            {
                if (!tail.Started.Task.IsCompleted)
                {
                    tail.Seq = (await store.FindBoundsAsync(tail.Tenant, either.Token)).Head;
                    tail.Started.TrySetResult();
                }
                while (await ReadOnceAsync(tail, either.Token) == FeedFrames.PageSize) { }
                read = time.GetTimestamp();
            }
            catch (Exception failure) when (!either.IsCancellationRequested)
            {
                Log.ReadFailed(logger, failure.GetType().Name);
            }
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);   // the net under lost news
            using var first = CancellationTokenSource.CreateLinkedTokenSource(either.Token, timeout.Token);
            try
            {
                await tail.News.WaitAsync(first.Token);
                var rest = Breath - time.GetElapsedTime(read);
                if (rest > TimeSpan.Zero) await Task.Delay(rest, time, either.Token);
            }
            catch (OperationCanceledException) { }
        }
        lock (tail.Listeners)
            foreach (var listener in tail.Listeners) listener.Close();
    }

    async Task<int> ReadOnceAsync(Tail tail, CancellationToken cancellationToken)
    {
        var page = await frames.ReadAfterAsync(tail.Tenant, tail.Seq, cancellationToken);
        if (page is null) return 0;
        lock (tail.Listeners)
        {
            foreach (var listener in tail.Listeners) listener.Offer(page);
            tail.Seq = page.Last;
        }
        return page.Count;
    }

    internal sealed class Tail(Guid tenant)
    {
        public Guid Tenant => tenant;
        public long Seq;
        public int Users;
        public Task? Running;
        public readonly HashSet<Listener> Listeners = [];
        public readonly SemaphoreSlim News = new(0, 1);
        public readonly CancellationTokenSource Stop = new();
        public readonly TaskCompletionSource Started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Wake()
        {
            try { News.Release(); }
            catch (SemaphoreFullException) { }   // already awake
        }
    }

    /// <summary>One open connection. One that reads too slowly is closed: it comes back with Last-Event-ID and misses nothing.</summary>
    internal sealed class Listener : IDisposable
    {
        const int MostWaiting = 64;   // pages
        readonly FeedHub _hub;
        readonly Tail _tail;
        readonly Channel<FeedPage> _pages = Channel.CreateBounded<FeedPage>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, SingleWriter = false });

        public Listener(FeedHub hub, Tail tail, long from) => (_hub, _tail, From) = (hub, tail, from);

        /// <summary>Frames up to here are not delivered by this listener: read them from the database first.</summary>
        public long From { get; }

        public ChannelReader<FeedPage> Pages => _pages.Reader;

        internal void Offer(FeedPage page)
        {
            if (!_pages.Writer.TryWrite(page)) Close();
        }

        internal void Close() => _pages.Writer.TryComplete();

        public void Dispose() => _hub.Leave(_tail, this);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The feed could not be read and is read again: {Kind}")]
        public static partial void ReadFailed(ILogger logger, string kind);
    }
}
