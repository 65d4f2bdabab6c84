namespace Parley.Server.Sending;

internal static class SendingFeature
{
    /// <summary>The gate's rules, in the order in which they are asked.</summary>
    public static IServiceCollection AddSending(this IServiceCollection services)
    {
        services
            .AddSingleton<IGateRule, ActiveTenantRule>()
            .AddSingleton<IGateRule, RoleRule>()
            .AddSingleton<IGateRule, AccountHealthRule>()
            .AddSingleton<IGateRule, ReadOnlyRule>()
            .AddSingleton<IGateRule, BlockedContactRule>()
            .AddSingleton<IGateRule, OptOutRule>()
            .AddSingleton<IGateRule, LateRule>()
            .AddSingleton<IGateRule, ReplyWindowRule>()
            .AddSingleton<SendGate>()
            .AddSingleton<OutboxStore>()
            .AddSingleton<OutgoingFiles>()
            .AddSingleton<OutcomeWriter>();
        services.AddHostedService<SendingWorker>();
        return services;
    }
}
