using Parley.Server.Jobs;

namespace Parley.Server.Assignments;

internal static class AssignmentsFeature
{
    /// <param name="work">True where somebody is found for new conversations.</param>
    public static IServiceCollection AddAssignments(this IServiceCollection services, bool work)
    {
        services.AddSingleton<AssignmentStore>().AddSingleton<RoutingStore>().AddSingleton<TeamStore>();
        if (work) services.AddSingleton<IJobHandler, ReleaseAssignments>().AddSingleton<RoutingWorker>().AddHostedService(provider => provider.GetRequiredService<RoutingWorker>());
        return services;
    }
}
