using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Webhooks;

/// <summary>A line of the webhook journal.</summary>
/// <param name="Status">unprocessed, processed or failed.</param>
/// <param name="Size">The body's size in bytes.</param>
public sealed record WebhookEventView(
    Guid Id, Guid IntegrationId, string Provider, string Kind, string Status, string? Error, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? ProcessedAt, int Size)
{
    internal static WebhookEventView From(JournalRow row) =>
        new(row.Id, row.IntegrationId, row.Provider, row.Kind, row.Status, row.Error, row.Attempts, row.CreatedAt, row.ProcessedAt, row.Size);
}

/// <summary>What shall be applied again.</summary>
/// <param name="Status">failed (the default), processed or unprocessed.</param>
/// <param name="Kind">What it is about, e.g. messages or statuses.</param>
/// <param name="Since">From when on it came in.</param>
/// <param name="Until">Up to when.</param>
public sealed record JournalRange(string? Status = null, Guid? IntegrationId = null, string? Kind = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null);

/// <param name="Count">How many wait to be applied again.</param>
/// <param name="HasMore">There are more: ask again.</param>
public sealed record ReplayedWebhooks(int Count, bool HasMore);

internal static class JournalEndpoints
{
    static readonly string[] Statuses = ["unprocessed", "processed", "failed"];

    public static void MapJournal(this IEndpointRouteBuilder routes)
    {
        var journal = routes.MapGroup("/api/webhook-events").WithTags("Webhook journal");
        journal.MapGet("", List).RequireAuthorization(Policies.Viewer).WithSummary("What providers sent, the newest first.");
        journal.MapGet("/{id:guid}", Show).RequireAuthorization(Policies.Viewer).WithSummary("One webhook, with its body as payload (JSON, where it is) and as body (base64, byte for byte).").Produces<WebhookEventView>();
        journal.MapPost("/replay", ReplayRange).RequireAuthorization(Policies.Editor).WithSummary("Applies many again, the oldest first. What is there already stays as it is.").Produces<ReplayedWebhooks>(StatusCodes.Status202Accepted);
        journal.MapPost("/{id:guid}/replay", Replay).RequireAuthorization(Policies.Editor).WithSummary("Applies it again. What is there already stays as it is.");
    }

    static async Task<Results<Ok<Page<WebhookEventView>>, ValidationProblem>> List(
        Caller caller, JournalStore store, CancellationToken cancellationToken, string? status = null, Guid? integration_id = null, string? kind = null,
        DateTimeOffset? since = null, DateTimeOffset? until = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var filter = new JournalFilter(status, integration_id, kind, since, until);
        if (Wrong(filter) is { } wrong) return wrong;
        var rows = await store.ListAsync(caller.TenantId, filter, page.After?.Id, page.Size, cancellationToken);
        return TypedResults.Ok(Page<WebhookEventView>.Of([.. rows.Select(WebhookEventView.From)], page.Size, row => new Cursor(row.CreatedAt, row.Id)));
    }

    static async Task<Results<Ok<JsonNode>, ProblemHttpResult>> Show(Guid id, Caller caller, JournalStore store, Idempotency json, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("webhook event");
        // The view's own members, with the body beside them.
        var view = json.Json(WebhookEventView.From(row));
        view["payload"] = Parse(row.Body!);
        view["body"] = Convert.ToBase64String(row.Body!);
        return TypedResults.Ok(view);
    }

    static async Task<Results<Ok<WebhookEventView>, ProblemHttpResult>> Replay(
        Guid id, Caller caller, JournalReplay replay, JournalStore store, CancellationToken cancellationToken) =>
        await replay.ReplayAsync(caller.TenantId, id, cancellationToken) is not null && await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row
            ? TypedResults.Ok(WebhookEventView.From(row))
            : Problems.Missing("webhook event");

    static async Task<IResult> ReplayRange(JournalRange request, Caller caller, HttpContext http, Idempotency idempotency, JobNews jobs, CancellationToken cancellationToken)
    {
        var filter = new JournalFilter(request.Status ?? "failed", request.IntegrationId, request.Kind, request.Since, request.Until);
        if (Wrong(filter) is { } wrong) return wrong;
        var answer = await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var count = await JournalStore.MarkAsync(change, caller.TenantId, filter, cancellationToken);
            return (new Answer(StatusCodes.Status202Accepted, idempotency.Json(new ReplayedWebhooks(count, count == JournalStore.MostMarked))), null);
        }, cancellationToken);
        jobs.Publish();
        return answer;
    }

    static ValidationProblem? Wrong(JournalFilter filter) =>
        filter.Status is not null && !Statuses.Contains(filter.Status) ? Problems.Invalid("status", "It must be unprocessed, processed or failed.")
        : filter.Since >= filter.Until ? Problems.Invalid("until", "It must be after since.")
        : null;

    static JsonNode? Parse(byte[] body)
    {
        try
        {
            var payload = JsonNode.Parse(body, documentOptions: new() { MaxDepth = 60 });   // it is shown inside another object
            payload?.ToJsonString();   // a lone surrogate can be read, but not written
            return payload;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or ArgumentException) { return null; }
    }
}
