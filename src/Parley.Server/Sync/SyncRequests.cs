using Parley.Server.Jobs;

namespace Parley.Server.Sync;

/// <summary>Asks for an account to be read, and waits for the end of it.</summary>
internal sealed class SyncRequests(AccountSyncStore store, JobNews jobs, TimeProvider time)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>The run that was asked for, or joined; see <see cref="AccountSyncStore.RequestAsync"/>.</summary>
    public async Task<long> RequestAsync(Guid tenant, Guid integration, bool isFull, CancellationToken cancellationToken)
    {
        var run = await store.RequestAsync(tenant, integration, isFull, cancellationToken);
        jobs.Publish();
        return run;
    }

    /// <summary>As it is at the end of that run, or of one that took its place; still running when <paramref name="patience"/> is over.</summary>
    public async Task<AccountSyncRow> WaitAsync(Guid tenant, Guid integration, long run, TimeSpan patience, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var row = (await store.FindAsync(tenant, integration, cancellationToken))!;
            if (row.Run >= run && row.State is ("done" or "failed") || time.GetElapsedTime(since) > patience) return row;
            // Somewhere in the cluster: the row is all that is seen of it.
            await Task.Delay(time.GetElapsedTime(since) > TimeSpan.FromSeconds(10) ? Look * 10 : Look, cancellationToken);
        }
    }
}
