using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Automations.Triggers;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Automations.Runs;

internal static class RunEndpoints
{
    static readonly string[] Statuses = ["queued", "running", "waiting", "succeeded", "failed", "stopped", "cancelled"];

    public static void MapAutomationRuns(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api").WithTags("Automations").RequireAuthorization(Policies.Viewer);
        read.MapGet("/automations/{id:guid}/runs", List).WithSummary("Runs of an automation, the newest first, without their steps.");
        read.MapGet("/automation-runs/{id:guid}", Show).WithSummary("One run, with each step: what it was about to do, what came of it, and why it did not work.");

        var write = routes.MapGroup("/api").WithTags("Automations").RequireAuthorization(Policies.Editor);
        write.MapPost("/automations/{id:guid}/runs", Start).WithSummary("Starts an automation with the trigger manual or api.").Produces<AutomationRunView>(StatusCodes.Status202Accepted);
        write.MapPost("/automation-runs/{id:guid}/replay", Replay).WithSummary("A failed run goes on, from the step that failed.").Produces<AutomationRunView>(StatusCodes.Status202Accepted);
        write.MapPost("/automation-runs/{id:guid}/cancel", Cancel).WithSummary("Ends a run that has not begun, or waits.").Produces<AutomationRunView>();
        write.MapPost("/automations/dry-run", Try).WithSummary("What an automation, kept or not, would do with an event of the past. Nothing is changed, sent or called.").Produces<DryRunView>();
    }

    static async Task<Results<Ok<Page<AutomationRunView>>, ValidationProblem, ProblemHttpResult>> List(
        Guid id, Caller caller, AutomationStore automations, RunStore store, CancellationToken cancellationToken, string? status = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not null && !Statuses.Contains(status)) return Problems.Invalid("status", $"It must be one of {string.Join(", ", Statuses)}.");
        if (await automations.FindAsync(caller.TenantId, id, cancellationToken) is null) return AutomationEndpoints.Missing();
        var rows = await store.ListAsync(caller.TenantId, id, status, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<AutomationRunView>.Of([.. rows.Select(row => AutomationRunView.From(row))], page.Size, one => new Cursor(one.CreatedAt, one.Id)));
    }

    static async Task<Results<Ok<AutomationRunView>, ProblemHttpResult>> Show(Guid id, Caller caller, RunStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(AutomationRunView.From(row, await store.ListStepsAsync(caller.TenantId, id, cancellationToken), showsUrls: caller.Role == Policies.Admin)) : Missing();

    static async Task<IResult> Start(
        Guid id, StartAutomation request, Caller caller, HttpContext http, AutomationStore automations, Contacts.ContactStore contacts, Conversations.ConversationStore conversations, Idempotency idempotency, JobNews jobs,
        CancellationToken cancellationToken)
    {
        if (await automations.FindAsync(caller.TenantId, id, cancellationToken) is not { } automation) return AutomationEndpoints.Missing();
        if (automation.TriggerType is not (TriggerTypes.Manual or TriggerTypes.Api)) return Problems.Conflict("This automation starts by itself. A dry run shows what it would do.");
        if (automation.Status != "active") return Problems.Conflict("This automation is not active. Switch it on first.");
        if (request.Data is { } data && Texts.Wrong(data, 64_000) is { } unfit) return Problems.Invalid("data", unfit);
        var conversation = request.ConversationId is { } place ? await conversations.FindAsync(caller.TenantId, place, cancellationToken) : null;
        if (request.ConversationId is not null && conversation is null) return Problems.Missing("conversation");
        var contact = conversation?.ContactId ?? request.ContactId;
        if (conversation is null && contact is { } person && await contacts.FindAsync(caller.TenantId, person, cancellationToken) is null) return Problems.Missing("contact");
        var answer = await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var trigger = new System.Text.Json.Nodes.JsonObject { ["data"] = request.Data?.DeepClone() ?? new System.Text.Json.Nodes.JsonObject(), ["by"] = caller.Author };
            var type = caller.UserId is null ? TriggerTypes.Api : TriggerTypes.Manual;
            var cause = http.Features.Get<Loops.Cause>();
            var stopped = Loops.Stopped(id, cause?.Chain ?? [], new Dictionary<Guid, string>());
            var made = await RunStore.AddAsync(change, caller.TenantId, [new(id, automation.Version, $"{type}:{Ids.New(change.Now)}", type, trigger, conversation?.Id, contact, Chain: cause?.Chain, CausedBy: cause?.RunId, Stopped: stopped)], cancellationToken);
            change.Audit(Audit.AuditEntry.Of(caller.TenantId, "automation.started", "automation", id, after: new { run = made[0].Id, contact }));
            return (new Answer(StatusCodes.Status202Accepted, idempotency.Json(AutomationRunView.From((await RunStore.FindAsync(change, made[0].Id, cancellationToken))!)), $"/api/automation-runs/{made[0].Id}"), null);
        }, cancellationToken);
        jobs.Publish();
        return answer;
    }

    static async Task<IResult> Replay(Guid id, Caller caller, HttpContext http, Idempotency idempotency, JobNews jobs, CancellationToken cancellationToken)
    {
        var answer = await idempotency.RunAsync(http, caller.TenantId, new { }, async change => await RunStore.ReplayAsync(change, caller.TenantId, id, cancellationToken) switch
        {
            null => (null, Missing()),
            ReplayOutcome.IsNoFailure => (null, Problems.Conflict("Only a run that failed can go on.")),
            ReplayOutcome.MayHaveLeft => (null, Problems.Conflict("The message of this step may have arrived. Look at it in its conversation: it can be tried again there.")),
            _ => (await AnswerAsync(change, StatusCodes.Status202Accepted, id, idempotency, cancellationToken), null),
        }, cancellationToken);
        jobs.Publish();
        return answer;
    }

    static Task<IResult> Cancel(Guid id, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken) =>
        idempotency.RunAsync(http, caller.TenantId, new { }, async change => await RunStore.CancelAsync(change, caller.TenantId, id, cancellationToken) switch
        {
            null => (null, Missing()),
            false => (null, Problems.Conflict("It is over, or a step of it is being done right now.")),
            true => (await AnswerAsync(change, StatusCodes.Status200OK, id, idempotency, cancellationToken), null),
        }, cancellationToken);

    static async Task<IResult> Try(DryRunRequest request, Caller caller, DryRun dry, CancellationToken cancellationToken)
    {
        if (request.AutomationId is null == request.Definition is null) return Problems.Invalid("definition", "Give either an automation_id or a definition.");
        if (request.Definition is { } definition && AutomationForm.Wrong(definition, isNew: true) is { } wrong) return wrong;
        if (request.Body is { } body && Texts.Wrong(body, 64_000) is { } unfit) return Problems.Invalid("body", unfit);
        if (request.Data is { } data && Texts.Wrong(data, 64_000) is { } unfitting) return Problems.Invalid("data", unfitting);
        var (view, missing) = await dry.RunAsync(caller, request, cancellationToken);
        return view is null ? Problems.Missing(missing!) : TypedResults.Ok(view);
    }

    static async Task<Answer> AnswerAsync(Change change, int status, Guid id, Idempotency idempotency, CancellationToken cancellationToken) =>
        new(status, idempotency.Json(AutomationRunView.From((await RunStore.FindAsync(change, id, cancellationToken))!)), $"/api/automation-runs/{id}");

    static ProblemHttpResult Missing() => Problems.Missing("run");
}
