using System.Collections.Concurrent;
using Parley.Channels.Contract;

namespace Parley.Server.Sync;

/// <summary>How patient reading is.</summary>
/// <param name="FirstPause">After the provider pushed back once; it doubles up to <paramref name="LongestPause"/>.</param>
internal sealed record SyncPacing(TimeSpan FirstPause, TimeSpan LongestPause, int Tries = 6, int AtOnce = 8)
{
    public static SyncPacing Default { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
}

/// <summary>One account's calls in this process: a bound on how many are under way, and the provider's wish that all of them wait. A
/// push-back halves what is allowed at once; it grows again with what works. Answers to calls that were made before the last pause say
/// nothing new.</summary>
internal sealed class ProviderPace(SyncPacing pacing, TimeProvider time)
{
    readonly Lock _gate = new();
    readonly Queue<TaskCompletionSource<DateTimeOffset>> _waiting = new();
    int _allowed = pacing.AtOnce, _underWay, _worked, _level;
    bool _isTimed;
    DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    /// <summary>Waits for a turn, behind those who wait already: whoever was pushed back lets the others try first. Answers with the time
    /// it began, to be given to <see cref="Leave"/>.</summary>
    public async Task<DateTimeOffset> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = new TaskCompletionSource<DateTimeOffset>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue(turn);
            Admit();
        }
        await using var cancelling = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        return await turn.Task;
    }

    /// <param name="failure">The provider's push-back: too many calls, or trouble of its own. Null otherwise.</param>
    public void Leave(DateTimeOffset began, ReadFailure? failure)
    {
        lock (_gate)
        {
            _underWay--;
            var now = time.GetUtcNow();
            if (failure is null)
            {
                if (began >= _pausedUntil) _level = 0;
                if (++_worked >= _allowed && _allowed < pacing.AtOnce) (_allowed, _worked) = (_allowed + 1, 0);
            }
            else
            {
                var isNews = began >= _pausedUntil;
                if (isNews) (_level, _allowed, _worked) = (_level + 1, Math.Max(1, _allowed / 2), 0);
                var pause = Shorter(pacing.LongestPause, Longer(isNews ? Backoff(_level) : TimeSpan.Zero, failure.RetryAfter ?? TimeSpan.Zero));
                if (now + pause > _pausedUntil) _pausedUntil = now + pause;
            }
            Admit();
        }
    }

    void Admit()
    {
        var now = time.GetUtcNow();
        if (_pausedUntil > now)
        {
            if (_isTimed || _waiting.Count == 0) return;
            _isTimed = true;
            _ = WakeAsync(_pausedUntil - now);
            return;
        }
        while (_underWay < _allowed && _waiting.TryDequeue(out var turn))
            if (turn.TrySetResult(now)) _underWay++;
    }

    async Task WakeAsync(TimeSpan after)
    {
        await Task.Delay(after, time, CancellationToken.None);
        lock (_gate)
        {
            _isTimed = false;
            Admit();
        }
    }

    /// <summary>Doubling, spread by up to a quarter.</summary>
    public TimeSpan Backoff(int level) => Shorter(pacing.LongestPause, pacing.FirstPause * Math.Pow(2, Math.Min(level, 16) - 1) * (1 + Random.Shared.NextDouble() / 4));

    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

/// <summary>The paces of all accounts of this process: a request for one chat and the run of its account share one.</summary>
internal sealed class ProviderPaces(SyncPacing pacing, TimeProvider time)
{
    readonly ConcurrentDictionary<Guid, ProviderPace> _paces = new();

    public SyncPacing Pacing => pacing;

    public ProviderPace Of(Guid integration) => _paces.GetOrAdd(integration, _ => new(pacing, time));
}
