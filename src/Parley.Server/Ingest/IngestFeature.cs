using Parley.Server.Platform.Database;

namespace Parley.Server.Ingest;

internal static class IngestFeature
{
    /// <summary>The queue runs everywhere: webhooks arrive at some nodes, and others fetch what webhooks failed to tell.</summary>
    public static IServiceCollection AddIngest(this IServiceCollection services)
    {
        services.AddSingleton<CustomerDirectory>().AddSingleton<IngestDatabase>().AddSingleton<IngestStore>().AddSingleton<IngestQueue>();
        services.AddHostedService(provider => provider.GetRequiredService<IngestQueue>());
        return services;
    }
}
