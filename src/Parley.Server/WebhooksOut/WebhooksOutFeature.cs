using Parley.Server.Jobs;

namespace Parley.Server.WebhooksOut;

internal static class WebhooksOutFeature
{
    /// <param name="work">True where deliveries are made; setting endpoints up, and testing them, is possible everywhere.</param>
    public static IServiceCollection AddWebhooksOut(this IServiceCollection services, bool work)
    {
        services.AddSingleton<EndpointStore>().AddSingleton<DeliveryStore>().AddSingleton<Sender>();
        if (work) services.AddSingleton<IJobHandler, DeliverWebhooks>().AddSingleton<IJobHandler, RemoveEndpoint>().AddSingleton<DeliveryFeed>().AddHostedService(provider => provider.GetRequiredService<DeliveryFeed>());
        return services;
    }

    public static void MapWebhooksOut(this IEndpointRouteBuilder routes)
    {
        routes.MapWebhookEndpoints();
        routes.MapDeliveries();
    }
}
