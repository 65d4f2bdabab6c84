using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Assignments;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Conversations;

/// <summary>One change for many conversations.</summary>
/// <param name="Ids">At most 200; none with an undo.</param>
/// <param name="Change">close, reopen, archive, read, unread, snooze, wake, assign, unassign, label, unlabel; or undo.</param>
/// <param name="Until">Of a snooze: a time in the future.</param>
/// <param name="UserId">Of assign: who gets the contacts of these conversations; or a team, or a person of a team.</param>
/// <param name="TeamId">Of assign: the team. One that shares out by itself finds the people.</param>
/// <param name="LabelId">Of label and unlabel.</param>
/// <param name="Undo">Of undo: what the answer to a change gave as its undo, as it is.</param>
public sealed record BulkRequest(IReadOnlyList<Guid>? Ids = null, string? Change = null, DateTimeOffset? Until = null, Guid? UserId = null, Guid? TeamId = null, Guid? LabelId = null, BulkUndo? Undo = null);

/// <param name="Items">All of them that the caller sees, as they are now; what was so already is among them.</param>
/// <param name="Changed">How many were otherwise before.</param>
/// <param name="Missing">Those of the request that are not here.</param>
/// <param name="Undo">What takes this change back, of those that are then still as it left them: send it with the change "undo". Null when nothing was changed, and after an undo.</param>
public sealed record BulkView(IReadOnlyList<ConversationView> Items, int Changed, IReadOnlyList<Guid> Missing, BulkUndo? Undo);

/// <summary>What takes a change back.</summary>
/// <param name="Change">The change that was made.</param>
/// <param name="Steps">Each conversation that was changed.</param>
/// <param name="LabelId">The label that was put on or taken off.</param>
public sealed record BulkUndo(string Change, IReadOnlyList<BulkStep> Steps, Guid? LabelId = null);

/// <param name="Id">A conversation.</param>
/// <param name="Was">What it was before.</param>
/// <param name="Left">What the change made of it: what is otherwise by now stays as it is.</param>
public sealed record BulkStep(Guid Id, BulkState Was, BulkState Left);

/// <summary>What a change touched; the rest is null.</summary>
/// <param name="AssignmentVersion">Of the contact's assignment.</param>
public sealed record BulkState(
    string? Status = null, DateTimeOffset? SnoozedUntil = null, bool? IsRead = null, int? UnreadCount = null, Guid? AssignedUserId = null, Guid? AssignedTeamId = null, Guid? AssignmentVersion = null);

internal static class BulkEndpoints
{
    const int Most = 200;
    static readonly string[] Statuses = ["open", "closed", "archived"];

    public static void MapBulkChanges(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/conversations/bulk", Change).WithTags("Conversations").RequireAuthorization(Policies.Editor)
            .WithSummary("Changes many conversations at once: all of them or none, and as often as one likes. The answer holds what takes it back.");

    static async Task<Results<Ok<BulkView>, ProblemHttpResult, ValidationProblem>> Change(BulkRequest request, Caller caller, HttpContext http, BulkStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Change == "undo")
        {
            if (Wrong(request.Undo) is { } wrong) return Problems.Invalid("undo", wrong);
            var steps = request.Undo!.Steps.DistinctBy(step => step.Id).OrderBy(step => step.Id).ToList();
            return Answer(http, [.. steps.Select(step => step.Id)], await store.UndoAsync(caller.TenantId, caller.Sight, request.Undo with { Steps = steps }, caller.Author, cancellationToken));
        }
        if (request.Ids is not { Count: > 0 and <= Most }) return Problems.Invalid("ids", $"Name 1 to {Most} conversations.");
        if (request.Change is null || !BulkStore.Changes.Contains(request.Change)) return Problems.Invalid("change", $"It must be one of {string.Join(", ", BulkStore.Changes)} or undo.");
        if (request.Change == "snooze" && (request.Until is not { } until || until <= time.GetUtcNow())) return Problems.Invalid("until", "It must be a time in the future.");
        if (request.Change == "assign" && request.UserId is null && request.TeamId is null) return Problems.Invalid("user_id", "Name a person or a team. (unassign takes the contacts from whoever has them.)");
        if (request.Change is "label" or "unlabel" && request.LabelId is null) return Problems.Invalid("label_id", "Name a label.");
        var ids = request.Ids.Distinct().Order().ToArray();
        return Answer(http, ids, await (request.Change switch
        {
            "assign" => store.AssignAsync(caller.TenantId, caller.Sight, ids, request.UserId, request.TeamId, caller.Author, cancellationToken),
            "unassign" => store.AssignAsync(caller.TenantId, caller.Sight, ids, null, null, caller.Author, cancellationToken),
            "label" or "unlabel" => store.LabelAsync(caller.TenantId, caller.Sight, ids, request.LabelId!.Value, request.Change == "label", cancellationToken),
            _ => store.SetAsync(caller.TenantId, caller.Sight, ids, request.Change, request.Change == "snooze" ? request.Until?.ToUniversalTime() : null, cancellationToken),
        }));
    }

    static Results<Ok<BulkView>, ProblemHttpResult, ValidationProblem> Answer(HttpContext http, IReadOnlyList<Guid> ids, BulkOutcome outcome)
    {
        // What is named and not here, or not for the caller's eyes, is answered as missing, and leaves its line.
        if (ids.Except(outcome.Seen).ToList() is { Count: > 0 } unseen) http.Features.Set(new Audit.Denied("missing", string.Join(' ', unseen.Take(5))));
        if (outcome.Seen.Count == 0) return TypedResults.Problem("There is none of these conversations.", statusCode: StatusCodes.Status404NotFound, title: "Not found");
        return outcome.Not switch
        {
            AssignmentOutcome.Unable unable => Problems.Invalid("user_id", unable.Why),
            AssignmentOutcome.Missing missing => Problems.Missing(missing.What),
            _ => TypedResults.Ok(new BulkView(outcome.Items, outcome.Changed, [.. ids.Except(outcome.Seen)], outcome.Undo)),
        };
    }

    static string? Wrong(BulkUndo? undo) =>
        undo is not { Change: { } change, Steps: { } steps } || !BulkStore.Changes.Contains(change) ? "Send what the answer to a change gave as its undo."
        : steps.Count is 0 or > Most || steps.Any(step => step is not { Was: not null, Left: not null }) ? $"Name 1 to {Most} conversations, each with what it was and what was left."
        : change is "label" or "unlabel" && undo.LabelId is null ? "Name the label."
        : steps.All(step => Fits(change, step.Was) && Fits(change, step.Left)) ? null : "Send what the answer to a change gave as its undo.";

    static bool Fits(string change, BulkState state) =>
        BulkStore.IsOfStatus(change) ? Statuses.Contains(state.Status)
        : !BulkStore.IsOfReading(change) || state is { IsRead: { } isRead, UnreadCount: >= 0 and <= 1_000_000 } && isRead == (state.UnreadCount == 0);   // read is: none is unread
}
