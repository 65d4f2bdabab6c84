using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Parley.Server.Feed;
using Parley.Server.Platform.Auth;

namespace Parley.Server.Presence;

/// <summary>What a listener gets: the pages that came, moved or went. It has no number and is not kept: whoever missed it asks anew.</summary>
public sealed record PresenceChange(string Type, IReadOnlyList<PresenceView> Changes);

/// <summary>Tells the listeners of this node who comes, moves and goes. It reads when a node says that something changed, and every
/// three seconds for what ended without a word.</summary>
internal sealed partial class PresenceHub(PresenceStore store, FeedHub feed, FeedNews news, IOptions<JsonOptions> json, TimeProvider time, ILogger<PresenceHub> logger) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(3), Breath = TimeSpan.FromMilliseconds(50), Rest = TimeSpan.FromMilliseconds(200);
    readonly ConcurrentDictionary<Guid, byte> _changed = new();
    readonly SemaphoreSlim _news = new(0, 1);
    readonly Dictionary<Guid, Dictionary<(Guid User, Guid Page), Present>> _known = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        news.Moved += Wake;
        var (looked, told) = (time.GetTimestamp(), time.GetTimestamp());
        try
        {
            while (true)
            {
                var isCalled = await _news.WaitAsync(Look, stoppingToken);
                // A burst is read once; where somebody always moves, five times a second is soon enough.
                if (isCalled) await Task.Delay(TimeSpan.FromTicks(Math.Max(Breath.Ticks, (Rest - time.GetElapsedTime(told)).Ticks)), time, stoppingToken);
                var listened = feed.Tenants;
                var all = time.GetElapsedTime(looked) >= Look;
                if (all) looked = time.GetTimestamp();
                foreach (var tenant in _known.Keys.Except(listened).ToList()) _known.Remove(tenant);
                told = time.GetTimestamp();
                foreach (var tenant in listened)
                {
                    if (!_changed.TryRemove(tenant, out _) && !all) continue;
                    try { await TellAsync(tenant, stoppingToken); }
                    catch (Exception failure) when (!stoppingToken.IsCancellationRequested) { Log.ReadFailed(logger, failure.GetType().Name); }
                }
            }
        }
        catch (OperationCanceledException) { }
        finally
        {
            news.Moved -= Wake;
        }
    }

    void Wake(Guid tenant)
    {
        _changed[tenant] = 0;
        try { _news.Release(); }
        catch (SemaphoreFullException) { }   // already awake
    }

    async Task TellAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var now = (await store.ListAsync(tenant, cancellationToken)).ToDictionary(Key);
        var before = _known.GetValueOrDefault(tenant) ?? [];
        _known[tenant] = now;
        var changes = now.Values.Where(one => !before.TryGetValue(Key(one), out var was) || was != one)
            .Concat(before.Values.Where(one => !now.ContainsKey(Key(one))).Select(one => one with { Page = one.Page with { ContactId = null, Status = "gone" } })).ToList();
        if (changes.Count == 0) return;
        feed.Tell(tenant, Frame(null), Frame);

        // Pages choose their ids: those of two people can be the same.
        static (Guid, Guid) Key(Present one) => (one.Page.UserId, one.Page.PageId);

        byte[] Frame(Sight? sight) =>
            Encoding.UTF8.GetBytes($"event: presence\ndata: {JsonSerializer.Serialize(new PresenceChange("presence", [.. changes.Select(one => one.For(sight))]), json.Value.SerializerOptions)}\n\n");
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Who is present could not be read and is read again: {Kind}")]
        public static partial void ReadFailed(ILogger logger, string kind);
    }
}
