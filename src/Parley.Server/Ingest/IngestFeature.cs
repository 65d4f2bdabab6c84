using Parley.Server.Platform.Database;

namespace Parley.Server.Ingest;

internal static class IngestFeature
{
    /// <param name="serve">True where webhooks arrive.</param>
    public static IServiceCollection AddIngest(this IServiceCollection services, bool serve)
    {
        services.AddSingleton<CustomerDirectory>().AddSingleton<IngestDatabase>().AddSingleton<IngestStore>().AddSingleton<IngestQueue>();
        if (serve) services.AddHostedService(provider => provider.GetRequiredService<IngestQueue>());
        return services;
    }
}
