namespace Parley.Server.Feed;

internal static class FeedFeature
{
    /// <param name="serve">True where listeners connect.</param>
    public static IServiceCollection AddFeed(this IServiceCollection services, bool serve)
    {
        services.AddSingleton<FeedNews>().AddSingleton<FeedStore>();
        services.AddHostedService<NewsRelay>();
        if (!serve) return services;
        services.AddSingleton<FeedFrames>().AddSingleton<FeedHub>();
        services.AddHostedService(provider => provider.GetRequiredService<FeedHub>());
        return services;
    }
}
