using Parley.Server.Campaigns.Audience;
using Parley.Server.Campaigns.Dispatch;
using Parley.Server.Campaigns.Following;
using Parley.Server.Jobs;

namespace Parley.Server.Campaigns;

internal static class CampaignsFeature
{
    /// <param name="work">True where campaigns are brought on; preparing and stopping them is possible everywhere.</param>
    public static IServiceCollection AddCampaigns(this IServiceCollection services, bool work)
    {
        services.AddSingleton<CampaignStore>().AddSingleton<CampaignReader>().AddSingleton<CampaignContents>().AddSingleton<RecipientStore>()
            .AddSingleton<AudienceLines>().AddSingleton<AudienceWriter>().AddSingleton<PreviewReader>().AddSingleton<DispatchStore>();
        if (work) services.AddSingleton<IJobHandler, RunCampaign>().AddSingleton<CampaignFeed>().AddHostedService(provider => provider.GetRequiredService<CampaignFeed>());
        return services;
    }

    public static void MapCampaignsFeature(this IEndpointRouteBuilder routes)
    {
        routes.MapCampaigns();
        routes.MapCampaignRecipients();
    }
}
