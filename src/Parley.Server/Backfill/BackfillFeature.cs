using Parley.Server.Integrations;
using Parley.Server.Jobs;

namespace Parley.Server.Backfill;

internal static class BackfillFeature
{
    /// <param name="work">True where lists are read; that something was missed is noticed where webhooks arrive.</param>
    public static IServiceCollection AddBackfill(this IServiceCollection services, bool work)
    {
        services.AddSingleton<OutageNews>().AddSingleton(BackfillPacing.Default).AddSingleton<BackfillStore>().AddSingleton<MessageLogReader>().AddSingleton<SettleByLog>();
        services.AddSingleton<ConnectTwilio>();
        if (work) services.AddSingleton<IJobHandler, BackfillJob>();
        // A node that only takes webhooks asks the others, by a job.
        services.AddSingleton<BackfillStart>().AddHostedService(provider => provider.GetRequiredService<BackfillStart>());
        return services;
    }
}
