using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Templates;

/// <param name="IntegrationId">One account only; without it, all of them.</param>
public sealed record TemplateSyncRequest(Guid? IntegrationId = null);

/// <param name="Templates">How many the provider has.</param>
/// <param name="Problems">What was in the way, an account each.</param>
public sealed record TemplateSyncResult(int Templates, IReadOnlyList<string> Problems);

internal static class TemplateEndpoints
{
    public static IServiceCollection AddTemplates(this IServiceCollection services) =>
        services.AddSingleton<TemplateStore>().AddSingleton<OwnTemplateStore>().AddSingleton<TemplateSync>().AddSingleton<IJobHandler>(provider => provider.GetRequiredService<TemplateSync>());

    public static void MapTemplates(this IEndpointRouteBuilder routes)
    {
        var templates = routes.MapGroup("/api/templates").WithTags("Templates");
        templates.MapGet("", List).RequireAuthorization(Policies.Viewer).WithSummary("Templates: your own (?own=true), and those that providers have for the connected accounts, as last read.");
        templates.MapGet("/{id:guid}", Show).RequireAuthorization(Policies.Viewer).WithSummary("A template.");
        templates.MapPost("/sync", Sync).RequireAuthorization(Policies.Editor).WithSummary("Reads them from the providers now. (It happens by itself each hour.)");
    }

    static async Task<Results<Ok<Page<TemplateView>>, ValidationProblem>> List(
        Caller caller, TemplateStore store, CancellationToken cancellationToken,
        Guid? integration_id = null, string? status = null, string? name = null, string? language = null, bool? own = null, string? channel = null, string? category = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (category is not null && !TemplateCategories.All.Contains(category)) return Problems.Invalid("category", $"It must be one of {string.Join(", ", TemplateCategories.All)}.");
        var rows = await store.ListAsync(caller.TenantId, new(integration_id, status, name, language, own, channel, category), page.After?.Id, page.Size + 1, cancellationToken);
        return TypedResults.Ok(Page<TemplateView>.Of([.. rows.Select(TemplateView.From)], page.Size, template => new Cursor(template.CreatedAt, template.Id)));
    }

    static async Task<Results<Ok<TemplateView>, ProblemHttpResult>> Show(Guid id, Caller caller, TemplateStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(TemplateView.From(row)) : Problems.Missing("template");

    static async Task<Results<Ok<TemplateSyncResult>, ProblemHttpResult>> Sync(
        TemplateSyncRequest? request, Caller caller, TemplateSync sync, IntegrationStore integrations, CancellationToken cancellationToken)
    {
        IReadOnlyList<IntegrationRow> accounts;
        if (request?.IntegrationId is { } id)
        {
            if (await integrations.FindAsync(caller.TenantId, id, cancellationToken) is not { } one) return Problems.Missing("integration");
            accounts = [one];
        }
        else accounts = [.. (await integrations.ListAsync(caller.TenantId, null, PageQuery.Most, cancellationToken)).Where(account => account.Status == "active")];
        var (count, problems) = (0, new List<string>());
        foreach (var account in accounts)
        {
            var (read, problem) = await sync.RunNowAsync(caller.TenantId, account.Id, cancellationToken);
            count += read;
            if (problem is not null) problems.Add($"{account.Name}: {problem}");
        }
        return TypedResults.Ok(new TemplateSyncResult(count, problems));
    }
}
