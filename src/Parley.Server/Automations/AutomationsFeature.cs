using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Runs;
using Parley.Server.Automations.Steps;
using Parley.Server.Automations.Triggers;
using Parley.Server.Jobs;

namespace Parley.Server.Automations;

internal static class AutomationsFeature
{
    /// <param name="work">True where events are read and runs are done; calls are taken everywhere.</param>
    public static IServiceCollection AddAutomations(this IServiceCollection services, bool work)
    {
        services.AddSingleton<AutomationStore>().AddSingleton<RunStore>().AddSingleton<StepPreparer>().AddSingleton<DryRun>();
        if (work)
            services.AddSingleton<AutomationCache>().AddSingleton<AutomationFeed>().AddHostedService(provider => provider.GetRequiredService<AutomationFeed>())
                .AddSingleton<IJobHandler, RunAutomation>().AddSingleton<IJobHandler, RunsInTurn>().AddSingleton<IJobHandler, ScheduleTrigger>().AddSingleton<IJobHandler, NoReply>();
        return services;
    }

    public static void MapAutomations(this IEndpointRouteBuilder routes)
    {
        routes.MapAutomationEndpoints();
        routes.MapAutomationRuns();
        routes.MapHooks();
    }
}
