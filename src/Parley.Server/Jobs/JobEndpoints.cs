using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Jobs;

/// <summary>Later work that is not done yet.</summary>
/// <param name="Key">What it is about, e.g. the id of an attachment.</param>
/// <param name="Status">waiting, running or dead.</param>
public sealed record JobView(Guid Id, string Type, string Key, string Status, int Attempts, DateTimeOffset ScheduledAt, string? LastError, DateTimeOffset CreatedAt)
{
    internal static JobView From(JobRow row) => new(row.Id, row.Type, row.Key, row.Status, row.Attempts, row.ScheduledAt, row.LastError, row.CreatedAt);
}

internal static class JobEndpoints
{
    /// <param name="work">True where jobs are run; they are added everywhere.</param>
    public static IServiceCollection AddJobs(this IServiceCollection services, bool work)
    {
        services.AddSingleton<JobStore>().AddSingleton<JobNews>();
        if (work) services.AddHostedService<JobWorker>();
        return services;
    }

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var jobs = routes.MapGroup("/api/jobs").WithTags("Jobs").RequireAuthorization(Policies.Admin);
        jobs.MapGet("", List).WithSummary("Later work that is not done yet; what is dead waits for you.");
        jobs.MapPost("/{id:guid}/replay", Replay).WithSummary("Tries a job again now.");
    }

    static async Task<Results<Ok<Page<JobView>>, ValidationProblem>> List(
        Caller caller, JobStore store, CancellationToken cancellationToken, string? status = null, string? type = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not (null or "waiting" or "running" or "dead")) return Problems.Invalid("status", "It must be waiting, running or dead.");
        var rows = await store.ListAsync(caller.TenantId, status, type, page.After?.Id, page.Size + 1, cancellationToken);
        return TypedResults.Ok(Page<JobView>.Of([.. rows.Select(JobView.From)], page.Size, job => new Cursor(job.CreatedAt, job.Id)));
    }

    static async Task<Results<Ok<JobView>, ProblemHttpResult>> Replay(Guid id, Caller caller, JobStore store, JobNews news, CancellationToken cancellationToken)
    {
        if (await store.ReplayAsync(caller.TenantId, id, cancellationToken) is not { } job) return Problems.Missing("job");
        news.Publish();
        return TypedResults.Ok(JobView.From(job));
    }
}
