using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Server.Egress;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.WebhooksOut;

/// <param name="Url">http or https.</param>
/// <param name="EventTypes">What it shall be told; all when it is left out or empty. GET /api/webhook-endpoints/event-types lists them.</param>
public sealed record NewWebhookEndpoint(string? Url, string? Description = null, IReadOnlyList<string>? EventTypes = null);

/// <summary>What shall be different; null leaves a part as it is.</summary>
/// <param name="Status">active or disabled.</param>
/// <param name="Resume">With "active": backlog (the default) tells what happened since it was switched off, now does not.</param>
public sealed record WebhookEndpointChange(string? Url = null, string? Description = null, IReadOnlyList<string>? EventTypes = null, string? Status = null, string? Resume = null);

/// <summary>What a ping was answered.</summary>
/// <param name="Words">For a person.</param>
public sealed record WebhookTest(bool IsDelivered, string Words, WebhookDeliveryView Delivery);

/// <param name="Since">From when on the events were; without it, from the first that is kept.</param>
/// <param name="Until">Up to when.</param>
/// <param name="Status">failed (the default), or all: also those that arrived.</param>
public sealed record DeliveryRange(DateTimeOffset? Since = null, DateTimeOffset? Until = null, string? Status = null);

/// <param name="Count">How many go again.</param>
/// <param name="HasMore">There are more: ask again.</param>
public sealed record ReplayedDeliveries(int Count, bool HasMore);

// An address is often as good as a password, and what was sent there may be what not everybody sees: all of it is for admins.
internal static class WebhookEndpointEndpoints
{
    public static void MapWebhookEndpoints(this IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/webhook-endpoints").WithTags("Webhooks out").RequireAuthorization(Policies.Admin);
        endpoints.MapGet("", List).WithSummary("Addresses that are told what happens here.");
        endpoints.MapGet("/event-types", Types).WithSummary("What an endpoint can be told.");
        endpoints.MapGet("/{id:guid}", Show).WithSummary("One endpoint, and how it stands.");
        endpoints.MapPost("", Create).WithSummary("Makes an endpoint. It hears what happens from now on; its secret is shown this once.").Produces<WebhookEndpointSecret>(StatusCodes.Status201Created);
        endpoints.MapPatch("/{id:guid}", Update).WithSummary("Changes it, switches it off, or on again.");
        endpoints.MapDelete("/{id:guid}", Remove).WithSummary("Removes it with its log.");
        endpoints.MapPost("/{id:guid}/rotate", Rotate).WithSummary("Makes a new secret, shown this once. For a day deliveries are signed with both.").Produces<WebhookEndpointSecret>();
        endpoints.MapPost("/{id:guid}/test", Test).WithSummary("Sends a ping now, and says what was answered.").Produces<WebhookTest>();
        endpoints.MapPost("/{id:guid}/replay", Replay).WithSummary("Sends a stretch of time again, each delivery with its id.").Produces<ReplayedDeliveries>(StatusCodes.Status202Accepted);
    }

    static async Task<Ok<Page<WebhookEndpointView>>> List(Caller caller, EndpointStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return TypedResults.Ok(new Page<WebhookEndpointView>([.. (await store.ListAsync(caller.TenantId, cancellationToken)).Select(row => WebhookEndpointView.From(row, now))], null));
    }

    static Ok<Page<EventTypeView>> Types() => TypedResults.Ok(new Page<EventTypeView>(EventTypes.All, null));

    static async Task<Results<Ok<WebhookEndpointView>, ProblemHttpResult>> Show(Guid id, Caller caller, EndpointStore store, TimeProvider time, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(WebhookEndpointView.From(row, time.GetUtcNow())) : Missing();

    static Task<IResult> Create(NewWebhookEndpoint request, Caller caller, HttpContext http, EndpointStore store, Idempotency idempotency, TimeProvider time, CancellationToken cancellationToken) =>
        Wrong(request.Url ?? "", request.Description, request.EventTypes) is { } wrong ? Task.FromResult<IResult>(wrong)
        : OnceAsync(http, caller, request, idempotency, async () =>
            await store.AddAsync(caller.TenantId, request.Url!.Trim(), request.Description?.Trim() ?? "", [.. (request.EventTypes ?? []).Distinct()],
                (change, row) => idempotency.KeepAsync(change, http, caller.TenantId, request, new(201, idempotency.Json(View(row, null)), $"/api/webhook-endpoints/{row.Id}"), cancellationToken), cancellationToken) is var (row, secret)
                ? TypedResults.Created($"/api/webhook-endpoints/{row.Id}", View(row, secret))
                : Problems.Conflict($"There are {EndpointStore.Most} endpoints already."), cancellationToken);

    static async Task<Results<Ok<WebhookEndpointView>, ValidationProblem, ProblemHttpResult>> Update(
        Guid id, WebhookEndpointChange request, Caller caller, EndpointStore store, JobNews jobs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Wrong(request.Url, request.Description, request.EventTypes) is { } wrong) return wrong;
        if (request.Status is not (null or "active" or "disabled")) return Problems.Invalid("status", "It must be active or disabled.");
        if (request.Resume is not (null or "backlog" or "now")) return Problems.Invalid("resume", "It must be backlog or now.");
        var change = new EndpointChange(request.Url?.Trim(), request.Description?.Trim(), request.EventTypes?.Distinct().ToArray(), request.Status, request.Resume == "now");
        if (await store.UpdateAsync(caller.TenantId, id, change, cancellationToken) is not { } row) return Missing();
        jobs.Publish();
        return TypedResults.Ok(WebhookEndpointView.From(row, time.GetUtcNow()));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, Caller caller, EndpointStore store, JobNews jobs, CancellationToken cancellationToken)
    {
        if (!await store.RemoveAsync(caller.TenantId, id, cancellationToken)) return Missing();
        jobs.Publish();
        return TypedResults.NoContent();
    }

    static Task<IResult> Rotate(Guid id, Caller caller, HttpContext http, EndpointStore store, Idempotency idempotency, TimeProvider time, CancellationToken cancellationToken) =>
        OnceAsync(http, caller, new { }, idempotency, async () =>
            await store.RotateAsync(caller.TenantId, id, (change, row) => idempotency.KeepAsync(change, http, caller.TenantId, new { }, new(200, idempotency.Json(View(row, null))), cancellationToken), cancellationToken) is var (row, secret)
                ? TypedResults.Ok(View(row, secret))
                : Missing(), cancellationToken);

    static Task<IResult> Test(
        Guid id, Caller caller, HttpContext http, EndpointStore store, DeliveryStore deliveries, Sender sender, Idempotency idempotency, JobNews jobs, TimeProvider time, CancellationToken cancellationToken) =>
        OnceAsync(http, caller, new { }, idempotency, async () =>
        {
            if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Missing();
            var now = time.GetUtcNow();
            if (store.SecretsOf(caller.TenantId, row, now) is not { Count: > 0 } secrets) return Problems.Conflict("Its secret cannot be opened. Make a new one.");
            var delivery = Ids.New(now);
            var payload = JsonSerializer.SerializeToUtf8Bytes(idempotency.Json(new WebhookPayload(EventTypes.Ping, now, new { endpoint_id = id })));
            var attempt = await sender.SendAsync(row.Url, delivery, payload, secrets, cancellationToken);
            WebhookTest? view = null;
            await deliveries.KeepPingAsync(caller.TenantId, id, delivery, payload, attempt, (change, kept) =>
            {
                view = new(attempt.IsDelivered, attempt.Error ?? $"It answered {attempt.StatusCode} after {attempt.TookMs:N0} ms.", WebhookDeliveryView.From(kept));
                return idempotency.KeepAsync(change, http, caller.TenantId, new { }, new(200, idempotency.Json(view)), CancellationToken.None);
            }, CancellationToken.None);
            jobs.Publish();
            return TypedResults.Ok(view);
        }, cancellationToken);

    static async Task<IResult> Replay(Guid id, DeliveryRange request, Caller caller, HttpContext http, Idempotency idempotency, JobNews jobs, CancellationToken cancellationToken)
    {
        if (request.Status is not (null or "failed" or "all")) return Problems.Invalid("status", "It must be failed or all.");
        if (request.Since >= request.Until) return Problems.Invalid("until", "It must be after since.");
        var answer = await idempotency.RunAsync(http, caller.TenantId, request, async change =>
            await DeliveryStore.ReplayRangeAsync(change, caller.TenantId, id, request.Since, request.Until, request.Status == "all", cancellationToken) switch
            {
                null => (null, Missing()),
                -1 => (null, DeliveryEndpoints.IsOff()),
                { } count => (new Answer(StatusCodes.Status202Accepted, idempotency.Json(new ReplayedDeliveries(count, count == DeliveryStore.MostReplayed))), null),
            }, cancellationToken);
        jobs.Publish();
        return answer;
    }

    // A secret is shown once: whoever repeats the request learns that it was done, and not what it is.
    static async Task<IResult> OnceAsync(HttpContext http, Caller caller, object request, Idempotency idempotency, Func<Task<IResult>> work, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        try
        {
            return await work();
        }
        catch (PostgresException same) when (same.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) ?? Problems.Conflict("Try again.");   // a second request with the key was faster
        }
    }

    static ValidationProblem? Wrong(string? url, string? description, IReadOnlyList<string>? types)
    {
        if (url is not null && !EgressClient.IsUsable(url.Trim(), out _)) return Problems.Invalid("url", "It must be an address such as https://example.com/parley, without a user name in it.");
        if (description is not null && Texts.Wrong(description, 200) is { } unfit) return Problems.Invalid("description", unfit);
        return types?.FirstOrDefault(type => !EventTypes.IsKnown(type)) is { } unknown
            ? Problems.Invalid("event_types", $"There is no type \"{unknown}\". Known are {string.Join(", ", EventTypes.All.Select(one => one.Type))}.")
            : null;
    }

    static WebhookEndpointSecret View(EndpointRow row, string? secret) => new(WebhookEndpointView.From(row, row.UpdatedAt), secret);

    static ProblemHttpResult Missing() => Problems.Missing("webhook endpoint");
}
