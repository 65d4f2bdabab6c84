using Npgsql;
using Parley.Server.Contacts.Merging;
using Parley.Server.Ingest;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts.Duplicates;

/// <summary>Compares contacts that are new or have changed with the others. What is to be done stands in their rows (`matched_at` is null), so it outlives
/// every crash, two nodes that do the same do no harm, and a hundred thousand imported contacts keep nobody's files waiting in the queue of jobs.</summary>
internal sealed partial class DuplicateWorker(
    DuplicateStore store, TenantDatabase database, CustomerDirectory customers, TimeProvider time, ILogger<DuplicateWorker> logger) : BackgroundService
{
    const int AtOnce = 50;
    readonly Dictionary<Guid, DateTimeOffset> _failed = [];
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), AfterFailure = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var (began, pause) = (time.GetTimestamp(), Pause);
                try
                {
                    // While there is much to do it rests as long as it worked: people and their messages come first.
                    if (await CheckOnceAsync(stoppingToken) > 0) pause = time.GetElapsedTime(began) is var spent && spent < Pause ? spent : Pause;
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.PassFailed(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
                    pause = AfterFailure;
                }
                await Task.Delay(pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>A few contacts of each tenant. How many were looked at.</summary>
    internal async Task<int> CheckOnceAsync(CancellationToken cancellationToken)
    {
        var looked = 0;
        foreach (var tenant in await store.ListTenantsAsync(cancellationToken))
        {
            if (_failed.TryGetValue(tenant, out var since) && time.GetUtcNow() - since < AfterFailure) continue;
            try
            {
                looked += await CheckAsync(tenant, AtOnce, cancellationToken);
                _failed.Remove(tenant);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // The others do not wait for this one.
                Log.PassFailed(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
                _failed[tenant] = time.GetUtcNow();
            }
        }
        return looked;
    }

    /// <summary>:: 1 who is new or changed · 2 by what they are found · 3 who is like them · 4 the same ones become one, where the tenant wants that · 5 the others are suggested.</summary>
    internal async Task<int> CheckAsync(Guid tenant, int most, CancellationToken cancellationToken)
    {
        // :: 1
        var contacts = await store.ListChangedAsync(tenant, most, cancellationToken);
        if (contacts.Count == 0) return await store.PassGroupsAsync(tenant, time.GetUtcNow(), cancellationToken);

        // :: 2
        await store.WriteKeysAsync(tenant, contacts, cancellationToken);

        // :: 3
        var found = await store.FindAsync(tenant, contacts, cancellationToken);

        // :: 4
        if (found.Any(candidate => candidate.Likeness.IsExact) && await store.MergesExactAsync(tenant, cancellationToken))
        {
            var merged = false;
            foreach (var candidate in found.Where(candidate => candidate.Likeness.IsExact)) merged |= await MergeAsync(tenant, candidate, cancellationToken);
            // Who was merged is somebody else now: all of these are looked at again.
            if (merged)
            {
                customers.Forget();
                return contacts.Count;
            }
        }

        // :: 5
        await store.WriteAsync(tenant, contacts, found, cancellationToken);
        return contacts.Count;
    }

    // The older contact stays. What people did since the two were compared counts: whoever is gone, was changed, or was said to be somebody else is left to the next pass.
    internal Task<bool> MergeAsync(Guid tenant, Candidate candidate, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
            await DuplicateStore.IsStillSoAsync(change, candidate, cancellationToken)
            && (await ContactMerger.MergeAsync(change, tenant, new(candidate.Pair.First, candidate.Pair.Second, "rule", "rule:exact", candidate.Likeness.Reasons), cancellationToken)).Id is not null,
            cancellationToken);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Contacts could not be compared; it is tried again: {Kind} {State}")]
        public static partial void PassFailed(ILogger logger, string kind, string? state);
    }
}
