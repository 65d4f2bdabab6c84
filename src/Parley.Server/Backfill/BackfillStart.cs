using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Backfill;

/// <summary>Makes the back-fill of all such accounts due: at the start, and as soon as the database is back after a webhook was answered
/// with an error. At the start it also connects what the environment names.</summary>
internal sealed partial class BackfillStart(
    SystemDatabase database, ChannelCatalog catalog, JobNews jobs, OutageNews outages, ConnectTwilio connect, TimeProvider time, ILogger<BackfillStart> logger) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isConnected = false;
        try
        {
            while (true)
            {
                try
                {
                    if (!isConnected && await connect.RunOnceAsync(stoppingToken) is { } problem) Log.NotConnected(logger, problem);
                    else isConnected = true;
                    await RunOnceAsync(stoppingToken);
                    // One outage has many failed webhooks: they are one occasion.
                    await Task.Delay(Pause, time, stoppingToken);
                    if (isConnected) await outages.WaitAsync(stoppingToken);
                    else await Task.Delay(Pause * 30, time, stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.Failed(logger, failure.GetType().Name);
                    await Task.Delay(Pause, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    internal async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var providers = catalog.All.OfType<IReadMessageLog>().Select(channel => channel.Provider).ToArray();
        if (providers.Length == 0) return;
        var accounts = await database.ListAsync<Account>("select tenant_id, id from integrations where status = 'active' and provider = any (@providers) order by tenant_id, id", new { providers }, cancellationToken);
        foreach (var tenant in accounts.GroupBy(account => account.TenantId))
            await database.ChangeAsync(async change =>
            {
                foreach (var account in tenant) await JobStore.AddAsync(change, tenant.Key, BackfillJob.JobType, account.Id.ToString(), change.Now, cancellationToken);
                return true;
            }, cancellationToken);
        if (accounts.Count > 0) jobs.Publish();
    }

    sealed class Account
    {
        public Guid TenantId { get; init; }
        public Guid Id { get; init; }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "What webhooks failed to tell could not be asked for yet: {Kind}. It is tried again")]
        public static partial void Failed(ILogger logger, string kind);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The account at Twilio is not connected yet: {Problem} It is tried again.")]
        public static partial void NotConnected(ILogger logger, string problem);
    }
}
