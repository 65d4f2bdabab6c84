using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>At the start every account whose provider keeps history is due. It goes on behind the product, which serves at once, and
/// whatever fails here fails nothing else.</summary>
internal sealed partial class SyncStart(SystemDatabase database, ChannelCatalog catalog, JobNews jobs, ConnectWorkspace workspace, TimeProvider time, ILogger<SyncStart> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                if (await workspace.RunOnceAsync(stoppingToken) is not { } problem) return;
                Log.Failed(logger, problem);
                await Task.Delay(TimeSpan.FromMinutes(Math.Min(10, attempt)), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stoppingToken.IsCancellationRequested) return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception failure)
            {
                Log.Failed(logger, $"{failure.GetType().Name}.");
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(60, attempt * 5)), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stoppingToken.IsCancellationRequested) return;
            }
        }
    }

    internal async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var providers = catalog.All.OfType<IReadHistory>().Select(channel => channel.Provider).ToArray();
        if (providers.Length == 0) return;
        var accounts = await database.ListAsync<Account>("select tenant_id, id from integrations where status = 'active' and provider = any (@providers) order by tenant_id, id", new { providers }, cancellationToken);
        foreach (var tenant in accounts.GroupBy(account => account.TenantId))
            await database.ChangeAsync(async change =>
            {
                foreach (var account in tenant) await JobStore.AddAsync(change, tenant.Key, AccountSyncStore.JobType, account.Id.ToString(), change.Now, cancellationToken);
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
        [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to sync messages on startup: {Kind} It is tried again.")]
        public static partial void Failed(ILogger logger, string kind);
    }
}
