using Parley.Server.Jobs;

namespace Parley.Server.Sync;

internal static class SyncFeature
{
    /// <param name="work">True where accounts are read; asking for it is possible everywhere.</param>
    public static IServiceCollection AddSync(this IServiceCollection services, bool work)
    {
        services.AddSingleton(SyncPacing.Default).AddSingleton<ProviderPaces>().AddSingleton<AccountSyncStore>().AddSingleton<AccountSync>().AddSingleton<SyncRequests>();
        if (work) services.AddSingleton<IJobHandler, SyncJob>().AddSingleton<IJobHandler, TellRead>().AddSingleton<IJobHandler, RereadMessage>().AddSingleton<IJobHandler, SettleByReading>().AddSingleton<ConnectWorkspace>().AddSingleton<SyncStart>().AddHostedService(provider => provider.GetRequiredService<SyncStart>());
        return services;
    }
}
