using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Automations;

// What one does is seen by everybody who sees all customers; what it shall do, admins say.
internal static class AutomationEndpoints
{
    public static void MapAutomationEndpoints(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/automations").WithTags("Automations").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("Automations, the newest first.");
        read.MapGet("/{id:guid}", Show).WithSummary("One automation, with its counts.");

        var write = routes.MapGroup("/api/automations").WithTags("Automations").RequireAuthorization(Policies.Admin);
        write.MapPost("", Create).WithSummary("Makes an automation. The address of a webhook is shown with its secret this once.").Produces<AutomationWithSecret>(StatusCodes.Status201Created);
        write.MapPatch("/{id:guid}", Update).WithSummary("Changes it, or switches it on or off. Runs under way go on with the steps they began with.");
        write.MapDelete("/{id:guid}", Remove).WithSummary("Deletes it; what it was about to do is not done any more.");
        write.MapPost("/{id:guid}/rotate", Rotate).WithSummary("Gives a webhook another secret; the address it had is none any more.").Produces<AutomationWithSecret>();
    }

    static async Task<Results<Ok<Page<AutomationView>>, ValidationProblem>> List(
        Caller caller, AutomationStore store, CancellationToken cancellationToken, string? status = null, string? trigger = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not (null or "draft" or "active" or "paused")) return Problems.Invalid("status", "It must be draft, active or paused.");
        if (trigger is not null && !TriggerTypes.All.Contains(trigger)) return Problems.Invalid("trigger", $"It must be one of {string.Join(", ", TriggerTypes.All)}.");
        var rows = await store.ListAsync(caller.TenantId, status, trigger, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<AutomationView>.Of([.. rows.Select(row => View(row, caller))], page.Size, one => new Cursor(one.CreatedAt, one.Id)));
    }

    static async Task<Results<Ok<AutomationView>, ProblemHttpResult>> Show(Guid id, Caller caller, AutomationStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(View(row, caller)) : Missing();

    static async Task<IResult> Create(AutomationDefinition request, Caller caller, HttpContext http, AutomationStore store, Idempotency idempotency, PublicAddress address, JobNews jobs, CancellationToken cancellationToken)
    {
        if (AutomationForm.Wrong(request, isNew: true) is { } wrong) return wrong;
        AutomationWithSecret? made = null;
        var answer = await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            if (await store.AddAsync(change, caller, request, cancellationToken) is not var (row, secret)) return (null, Problems.Conflict($"There are {AutomationStore.Most:N0} automations already."));
            made = new(View(row, caller), secret is null ? null : AddressOf(address, row.Id, secret));
            // A secret is shown once: whoever repeats the request learns that it was done, and not what it is.
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(made with { WebhookUrl = null }), $"/api/automations/{row.Id}"), null);
        }, cancellationToken);
        jobs.Publish();
        return made?.WebhookUrl is null ? answer : TypedResults.Created($"/api/automations/{made.Automation.Id}", made);
    }

    static async Task<Results<Ok<AutomationView>, ValidationProblem, ProblemHttpResult>> Update(
        Guid id, AutomationDefinition request, Caller caller, AutomationStore store, TenantDatabase database, JobNews jobs, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } before) return Missing();
        if (AutomationForm.Wrong(request, isNew: false) is { } wrong) return wrong;
        if (request.Trigger is { } trigger && trigger.Type != before.TriggerType && TriggerTypes.Webhook is var hook && (trigger.Type == hook || before.TriggerType == hook))
            return Problems.Invalid("trigger", "One that is called at its own address stays so, and no other becomes one: make a new automation.");
        var row = await database.ChangeAsync(caller.TenantId, change => store.UpdateAsync(change, caller, id, request, cancellationToken), cancellationToken);
        jobs.Publish();
        return row is null ? Missing() : TypedResults.Ok(View(row, caller));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, Caller caller, AutomationStore store, CancellationToken cancellationToken) =>
        await store.RemoveAsync(caller.TenantId, id, cancellationToken) ? TypedResults.NoContent() : Missing();

    static async Task<IResult> Rotate(Guid id, Caller caller, HttpContext http, AutomationStore store, Idempotency idempotency, PublicAddress address, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } before) return Missing();
        if (before.TriggerType != TriggerTypes.Webhook) return Problems.Conflict("Nobody calls this automation: it has no secret.");
        AutomationWithSecret? made = null;
        var answer = await idempotency.RunAsync(http, caller.TenantId, new { }, async change =>
        {
            if (await AutomationStore.RotateAsync(change, caller.TenantId, id, cancellationToken) is not var (row, secret)) return (null, Missing());
            made = new(View(row, caller), AddressOf(address, id, secret));
            return (new Answer(StatusCodes.Status200OK, idempotency.Json(made with { WebhookUrl = null })), null);
        }, cancellationToken);
        return made is null ? answer : TypedResults.Ok(made);
    }

    static AutomationView View(AutomationRow row, Caller caller) => AutomationView.From(row, showsUrls: caller.Role == Policies.Admin);

    static string AddressOf(PublicAddress address, Guid id, string secret) => $"{address.Url().TrimEnd('/')}/hooks/automations/{id}/{secret}";

    internal static ProblemHttpResult Missing() => Problems.Missing("automation");
}
