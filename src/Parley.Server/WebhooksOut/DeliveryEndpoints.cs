using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.WebhooksOut;

internal static class DeliveryEndpoints
{
    static readonly string[] Statuses = ["pending", "delivered", "failed", "skipped"];

    public static void MapDeliveries(this IEndpointRouteBuilder routes)
    {
        var deliveries = routes.MapGroup("/api").WithTags("Webhooks out").RequireAuthorization(Policies.Admin);
        deliveries.MapGet("/webhook-endpoints/{id:guid}/deliveries", List).WithSummary("What an endpoint was told, the newest first.");
        deliveries.MapGet("/webhook-deliveries/{id:guid}", Show).WithSummary("One delivery, with what was sent and what came back.");
        deliveries.MapPost("/webhook-deliveries/{id:guid}/replay", Replay).WithSummary("Sends it again now, with the same id.").Produces<ReplayedDeliveries>(StatusCodes.Status202Accepted);
    }

    static async Task<Results<Ok<Page<WebhookDeliveryView>>, ValidationProblem, ProblemHttpResult>> List(
        Guid id, Caller caller, EndpointStore endpoints, DeliveryStore store, CancellationToken cancellationToken, string? status = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not null && !Statuses.Contains(status)) return Problems.Invalid("status", $"It must be one of {string.Join(", ", Statuses)}.");
        if (await endpoints.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("webhook endpoint");
        var rows = await store.ListAsync(caller.TenantId, id, status, page.After?.Id, page.Size, cancellationToken);
        return TypedResults.Ok(Page<WebhookDeliveryView>.Of([.. rows.Select(WebhookDeliveryView.From)], page.Size, one => new Cursor(one.CreatedAt, one.Id)));
    }

    static async Task<Results<Ok<WebhookDeliveryView>, ProblemHttpResult>> Show(Guid id, Caller caller, DeliveryStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(WebhookDeliveryView.From(row)) : Missing();

    static async Task<IResult> Replay(Guid id, Caller caller, HttpContext http, Idempotency idempotency, JobNews jobs, CancellationToken cancellationToken)
    {
        var answer = await idempotency.RunAsync(http, caller.TenantId, new { }, async change =>
            await DeliveryStore.ReplayAsync(change, caller.TenantId, id, cancellationToken) switch
            {
                null => (null, Missing()),
                false => (null, IsOff()),
                true => (new Answer(StatusCodes.Status202Accepted, idempotency.Json(new ReplayedDeliveries(1, HasMore: false))), null),
            }, cancellationToken);
        jobs.Publish();
        return answer;
    }

    internal static ProblemHttpResult IsOff() => Problems.Conflict("This endpoint is switched off. Switch it on first.");

    static ProblemHttpResult Missing() => Problems.Missing("delivery");
}
