using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Parley.Server.Feed;

/// <summary>Tells the readers of this node, and through PostgreSQL those of the others, that a tenant's feed grew or that it
/// has something to send. Called after commit; never blocks, never fails a change: polling is the net under it.</summary>
internal sealed class FeedNews
{
    readonly ConcurrentDictionary<Guid, byte> _pending = new();
    readonly Channel<bool> _arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Raised on the publishing thread, for readers in this process: they only set a flag.</summary>
    public event Action<Guid>? Grew;

    public void Publish(IReadOnlyList<FeedEvent> lines)
    {
        foreach (var line in lines) Publish(line.TenantId);
    }

    public void Publish(Guid tenant)
    {
        Grew?.Invoke(tenant);
        if (_pending.TryAdd(tenant, 0)) _arrived.Writer.TryWrite(true);
    }

    /// <summary>From another node: for readers here only.</summary>
    public void Receive(Guid tenant) => Grew?.Invoke(tenant);

    /// <summary>Waits until there is news for other nodes, then takes all of it.</summary>
    public async Task<IReadOnlyList<Guid>> TakeAsync(CancellationToken cancellationToken)
    {
        await _arrived.Reader.ReadAsync(cancellationToken);
        var taken = new List<Guid>();
        foreach (var tenant in _pending.Keys)
            if (_pending.TryRemove(tenant, out _)) taken.Add(tenant);
        return taken;
    }
}
