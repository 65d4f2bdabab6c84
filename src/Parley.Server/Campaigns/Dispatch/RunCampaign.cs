using System.Collections.Concurrent;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Campaigns.Audience;
using Parley.Server.Campaigns.Following;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Platform.Database;

namespace Parley.Server.Campaigns.Dispatch;

/// <summary>Brings a campaign on, one job for each: whatever state it finds is where it goes on, so it can be ended anywhere and run again, here or on another node.
/// :: 1 it is time · 2 can anything leave · 3 its audience, written down · 4 its hours · 5 room in the account's queue, and its own pace · 6 a batch of messages · 7 nobody is left · 8 it was stopped.</summary>
internal sealed partial class RunCampaign(
    CampaignStore campaigns, DispatchStore store, AudienceWriter audience, CampaignContents contents, TenantDatabase database, IMediaStorage storage, IntegrationDirectory directory, ChannelCatalog catalog, TimeProvider time,
    ILogger<RunCampaign> logger) : IJobHandler
{
    public const string JobType = "campaigns.run";
    const int Batch = 500;
    const int MostBroken = 3;
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);   // then whoever waits for a slot comes first
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    readonly ConcurrentDictionary<Guid, Pace> _paces = new();
    readonly ConcurrentDictionary<Guid, (int Version, long At)> _filesSeen = new();

    public string Type => JobType;
    public int AtOnce => 24;
    public int AtOnceOfATenant => 8;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        try { return await BringOnAsync(job, stopping); }
        catch (Exception broken) when (!stopping.IsCancellationRequested)
        {
            // Where the database was away for a moment, later is better; what breaks each time anew is a person's to look at, and soon.
            if (job.Attempts < MostBroken || broken is NpgsqlException { IsTransient: true }) return new JobOutcome.Retry($"It broke off: {broken.GetType().Name}.");
            Log.GivenUp(logger, job.Id, broken.GetType().Name, (broken as PostgresException)?.SqlState);
            return new JobOutcome.Done(GiveUp(job));
        }
    }

    public Func<Change, Task> GiveUp(Job job) => change =>
        CampaignStore.StopAsync(change, job.TenantId, Guid.Parse(job.Key), "content", "Parley could not go on with it: it broke off again and again. Try to resume it; when it stops again, tell whoever runs the server.", CancellationToken.None);

    async Task<JobOutcome> BringOnAsync(Job job, CancellationToken stopping)
    {
        var (tenant, id) = (job.TenantId, Guid.Parse(job.Key));
        for (var begun = time.GetTimestamp(); time.GetElapsedTime(begun) < Turn;)
        {
            if (await campaigns.FindAsync(tenant, id, stopping) is not { } row) return new JobOutcome.Done();
            // :: 2
            if (row is { Status: CampaignState.Running, File: { } file } && await IsLostAsync(tenant, row, file, stopping))
            {
                await HaltAsync(tenant, row, "content", Brakes.FileGone, stopping);
                continue;
            }
            var outcome = row.Status switch
            {
                CampaignState.Scheduled => await BeginAsync(tenant, row, stopping),   // :: 1
                CampaignState.Running => await GoOnAsync(tenant, row, () => time.GetElapsedTime(begun) >= Turn, stopping),
                CampaignState.Paused or CampaignState.Cancelled => await StopAsync(tenant, row, stopping),   // :: 8
                _ => new JobOutcome.Done(),
            };
            if (outcome is not null) return outcome;
        }
        return new JobOutcome.Again(time.GetUtcNow());
    }

    async Task<JobOutcome?> BeginAsync(Guid tenant, CampaignRow row, CancellationToken stopping)
    {
        if (row.ScheduledAt > time.GetUtcNow()) return new JobOutcome.Again(row.ScheduledAt.Value);
        await campaigns.StartAsync(tenant, row.Id, row.Version, stopping);   // or somebody changed it: then it is looked at anew
        return null;
    }

    async Task<JobOutcome?> GoOnAsync(Guid tenant, CampaignRow row, Func<bool> isOver, CancellationToken stopping)
    {
        // :: 2
        if (await Brakes.FindTroubleAsync(database, tenant, row.IntegrationId, stopping) is { } trouble) return await HaltAsync(tenant, row, "quality", trouble, stopping);
        var (content, gone) = await contents.FindAsync(tenant, row, stopping);
        if (content is null) return await HaltAsync(tenant, row, "content", gone!, stopping);
        // :: 3
        if (row.FrozenAt is null)
        {
            if (await campaigns.FindWholeAsync(tenant, row.Id, stopping) is not { } whole) return null;
            try { await audience.RunAsync(tenant, whole, content.Needs, isOver, stopping); }
            catch (AudienceGoneException missing) { return await HaltAsync(tenant, row, "content", missing.Message, stopping); }
            return null;
        }
        // :: 4
        var now = time.GetUtcNow();
        if (row.Hours is { } hours && SendingHours.Read(hours, "UTC", out _)?.ClosedUntil(now) is { } opens)
        {
            if (row.WaitsUntil != opens && !await store.WaitAsync(tenant, row, opens, stopping)) return null;
            return new JobOutcome.Again(await store.SettleAsync(tenant, row, stopping) ? now + TimeSpan.FromSeconds(1) : opens);
        }
        if (row.WaitsUntil is not null)
        {
            await store.WaitAsync(tenant, row, null, stopping);
            return null;
        }
        // :: 5
        var (window, pace) = (await WindowAsync(row), PaceOf(row));
        var room = window - await store.CountQueuedAsync(tenant, row, window, stopping);
        var most = Math.Min(Math.Min(room, Batch), pace?.Available() ?? int.MaxValue);
        // A queue that is nearly full, or a pace that is nearly used, is left to drain a little: few large batches cost less than many small ones.
        if (most <= 0 || room < window / 8)
        {
            var wait = most <= 0 && room > 0 && pace is not null ? pace.UntilNext() : Look;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(wait.TotalMilliseconds, 20, 1000)), time, stopping);
            return null;
        }
        // :: 6
        if (await store.QueueAsync(tenant, row, content, most, stopping) is not { } taken) return null;
        pace?.Take(taken);
        if (taken == most)
        {
            if (taken < Batch) await Task.Delay(Look, time, stopping);
            return null;
        }
        // :: 7
        if (!await campaigns.CompleteAsync(tenant, row.Id, stopping)) return new JobOutcome.Again(time.GetUtcNow() + TimeSpan.FromMilliseconds(500));
        _paces.TryRemove(row.Id, out _);
        _filesSeen.TryRemove(row.Id, out _);
        return new JobOutcome.Done();
    }

    // Looked for when it starts or goes on, and then as often as a turn is long: the storage may be far away.
    async Task<bool> IsLostAsync(Guid tenant, CampaignRow row, AttachmentView file, CancellationToken stopping)
    {
        if (_filesSeen.TryGetValue(row.Id, out var seen) && seen.Version == row.Version && time.GetElapsedTime(seen.At) < Turn) return false;
        _filesSeen[row.Id] = (row.Version, time.GetTimestamp());
        try
        {
            return !await storage.HoldsAsync(new(tenant, file.Sha256!), file.Size ?? 0, stopping);
        }
        catch (StorageException)
        {
            return false;   // It is away: its messages wait for it.
        }
    }

    // What it is made of is gone, or nothing can leave: a person has to look.
    async Task<JobOutcome?> HaltAsync(Guid tenant, CampaignRow row, string cause, string words, CancellationToken stopping)
    {
        await database.ChangeAsync(tenant, change => CampaignStore.StopAsync(change, tenant, row.Id, cause, words, stopping), stopping);
        return null;
    }

    async Task<JobOutcome?> StopAsync(Guid tenant, CampaignRow row, CancellationToken stopping)
    {
        _paces.TryRemove(row.Id, out _);
        if (row.Status == CampaignState.Cancelled && await store.ClearAsync(tenant, row, 10_000, stopping) > 0) return null;
        return await store.SettleAsync(tenant, row, stopping) ? new JobOutcome.Again(time.GetUtcNow() + TimeSpan.FromSeconds(1)) : new JobOutcome.Done();
    }

    // Enough for the senders until the next look, whatever comes between; and no more, because what is queued is what a stop has to reach.
    async Task<int> WindowAsync(CampaignRow row)
    {
        var account = await directory.FindByIdAsync(row.IntegrationId) is { } integration && catalog.Find(integration.Provider) is ILimitSending limited ? limited.PerSecond(integration.Account) : 10;
        var needed = (int)Math.Clamp(Math.Min(account, row.RatePerSecond ?? account) * 2, 20, 3000);
        return Math.Min(needed, row.Concurrency ?? needed);
    }

    Pace? PaceOf(CampaignRow row)
    {
        if (row.RatePerSecond is not { } rate) return null;
        return _paces.AddOrUpdate(row.Id, _ => new Pace(rate, time), (_, pace) => pace.PerSecond == rate ? pace : new Pace(rate, time));
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The campaign of job {Id} broke off again and again, and was paused: {Kind} {State}")]
        public static partial void GivenUp(ILogger logger, Guid id, string kind, string? state);
    }
}
