using Parley.Channels.Egress;
using Parley.Server.Bot.Answering;
using Parley.Server.Bot.Knowledge;
using Parley.Server.Bot.Model;
using Parley.Server.Jobs;
using Parley.Server.Platform.Configuration;

namespace Parley.Server.Bot;

internal static class BotFeature
{
    /// <param name="work">True where bots answer; setting them up, and trying, is possible everywhere.</param>
    public static IServiceCollection AddBot(this IServiceCollection services, ParleySettings settings, bool work)
    {
        services.AddSingleton(ModelPatience.Default).AddSingleton(provider => ActivatorUtilities.CreateInstance<ModelClient>(provider, new EgressDialler(settings.ProviderEgress))).AddSingleton<KnowledgeSearch>().AddSingleton<DocumentStore>().AddSingleton<BotStore>().AddSingleton<Replies>();
        if (work) services.AddSingleton<TurnStore>().AddSingleton<IJobHandler, BotAnswer>().AddSingleton<BotFeed>().AddHostedService(provider => provider.GetRequiredService<BotFeed>());
        return services;
    }

    public static void MapBot(this IEndpointRouteBuilder routes)
    {
        routes.MapBots();
        routes.MapBotDocuments();
        routes.MapConversationBots();
    }
}
