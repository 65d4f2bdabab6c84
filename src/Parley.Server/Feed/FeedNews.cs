using System.Collections.Concurrent;
using System.Threading.Channels;
using Parley.Server.Platform.Database;

namespace Parley.Server.Feed;

/// <summary>Tells the readers of this node, and through PostgreSQL those of the others, that a tenant's feed grew or that it
/// has something to send. Called after commit; never blocks, never fails a change: polling is the net under it.</summary>
internal sealed class FeedNews
{
    readonly ConcurrentDictionary<(Guid Tenant, bool Queued), byte> _pending = new();
    readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Raised on the publishing thread, for readers in this process: they only set a flag.</summary>
    public event Action<Guid>? Grew;

    /// <summary>Raised when a tenant may have something new to send; here, or told by another node.</summary>
    public event Action<Guid>? Queued;

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
        if (_pending.TryAdd((tenant, queued), 0)) _arrived.Writer.TryWrite(true);
    }

    /// <summary>From another node: for readers here only.</summary>
    public void Receive(Guid tenant, bool queued)
    {
        Grew?.Invoke(tenant);
        if (queued) Queued?.Invoke(tenant);
    }

    /// <summary>Waits until there is news for other nodes, then takes all of it.</summary>
    public async Task<IReadOnlyList<(Guid Tenant, bool Queued)>> TakeAsync(CancellationToken cancellationToken)
    {
        await _arrived.Reader.ReadAsync(cancellationToken);
        var taken = new List<(Guid, bool)>();
        foreach (var piece in _pending.Keys)
            if (_pending.TryRemove(piece, out _)) taken.Add(piece);
        return taken;
    }
}
