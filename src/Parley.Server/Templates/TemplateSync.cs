using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Templates;

/// <summary>Reads an account's templates from the provider: when it is connected, each hour, and when somebody asks.</summary>
internal sealed class TemplateSync(IntegrationDirectory integrations, ChannelCatalog catalog, TenantDatabase database, TimeProvider time) : IJobHandler
{
    public const string JobType = "templates.sync";
    static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        if (await integrations.FindByIdAsync(id) is not { } integration) return new JobOutcome.Done();
        if (integration.Status == "disabled" || catalog.Find(integration.Provider) is not IReadTemplates channel) return new JobOutcome.Again(time.GetUtcNow() + Pause);
        var began = time.GetUtcNow();
        var list = await channel.ListTemplatesAsync(integration.Account, stopping);
        return list.Templates is { } templates
            ? new JobOutcome.Again(time.GetUtcNow() + Pause, change => TemplateStore.ReplaceAsync(change, job.TenantId, id, integration.Account.Channel, templates, began, CancellationToken.None))
            : new JobOutcome.Again(time.GetUtcNow() + Pause, Error: list.Problem);
    }

    /// <summary>Now. How many there are, or what is in the way.</summary>
    public async Task<(int Count, string? Problem)> RunNowAsync(Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await integrations.FindByIdAsync(id) is not { } integration || catalog.Find(integration.Provider) is not IReadTemplates channel) return (0, "This provider has no templates.");
        var began = time.GetUtcNow();
        var list = await channel.ListTemplatesAsync(integration.Account, cancellationToken);
        if (list.Templates is not { } templates) return (0, list.Problem);
        await database.ChangeAsync(tenant, async change =>
        {
            await TemplateStore.ReplaceAsync(change, tenant, id, integration.Account.Channel, templates, began, cancellationToken);
            return true;
        }, cancellationToken);
        return (templates.Count, null);
    }
}
