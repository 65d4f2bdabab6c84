using System.Collections.Concurrent;
using System.Threading.Channels;
using Parley.Server.Platform.Database;

namespace Parley.Server.Feed;

/// <summary>What is new: the feed grew; it grew and there is something to send; or somebody came, moved or went.</summary>
internal enum News { Grew, Queued, Moved }

/// <summary>Tells the readers of this node, and through PostgreSQL those of the others, that a tenant's feed grew or that it
/// has something to send. Called after commit; never blocks, never fails a change: polling is the net under it.</summary>
internal sealed class FeedNews
{
    readonly ConcurrentDictionary<(Guid Tenant, News Kind), byte> _pending = new();
    readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Raised on the publishing thread, for readers in this process: they only set a flag.</summary>
    public event Action<Guid>? Grew;

    /// <summary>Raised when a tenant may have something new to send; here, or told by another node.</summary>
    public event Action<Guid>? Queued;

    /// <summary>Raised when somebody of a tenant came, moved or went; here, or told by another node.</summary>
    public event Action<Guid>? Moved;

    public void Publish(Change change)
    {
        foreach (var tenant in change.Events.Select(line => line.TenantId).Distinct())
        {
            if (change.QueuesMessages) Queued?.Invoke(tenant);
            Publish(tenant, change.QueuesMessages);
        }
    }

    /// <param name="queued">True when there is something to send.</param>
    public void Publish(Guid tenant, bool queued = false)
    {
        Grew?.Invoke(tenant);
        Add(tenant, queued ? News.Queued : News.Grew);
    }

    /// <summary>Nothing that stays: the feed did not grow.</summary>
    public void PublishPresence(Guid tenant)
    {
        Moved?.Invoke(tenant);
        Add(tenant, News.Moved);
    }

    void Add(Guid tenant, News kind)
    {
        if (_pending.TryAdd((tenant, kind), 0)) _arrived.Writer.TryWrite(true);
    }

    /// <summary>From another node: for readers here only.</summary>
    public void Receive(Guid tenant, News kind)
    {
        if (kind == News.Moved)
        {
            Moved?.Invoke(tenant);
            return;
        }
        Grew?.Invoke(tenant);
        if (kind == News.Queued) Queued?.Invoke(tenant);
    }

    /// <summary>Waits until there is news for other nodes, then takes all of it.</summary>
    public async Task<IReadOnlyList<(Guid Tenant, News Kind)>> TakeAsync(CancellationToken cancellationToken)
    {
        await _arrived.Reader.ReadAsync(cancellationToken);
        var taken = new List<(Guid, News)>();
        foreach (var piece in _pending.Keys)
            if (_pending.TryRemove(piece, out _)) taken.Add(piece);
        return taken;
    }
}
