namespace Parley.Server.Analytics;

internal static class AnalyticsFeature
{
    /// <param name="work">True where it is counted; reports are read everywhere.</param>
    public static IServiceCollection AddAnalytics(this IServiceCollection services, bool work)
    {
        services.AddSingleton<AnalyticsStore>().AddSingleton<MessageCounter>();
        if (work) services.AddHostedService<CountWorker>();
        return services;
    }
}
