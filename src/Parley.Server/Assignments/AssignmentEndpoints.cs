using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Assignments;

/// <summary>Who shall take care of a contact: a person, a team, or a person of a team.</summary>
public sealed record AssignmentRequest(Guid? UserId = null, Guid? TeamId = null);

internal static class AssignmentEndpoints
{
    public static void MapAssignments(this IEndpointRouteBuilder routes)
    {
        var assignment = routes.MapGroup("/api/contacts/{id:guid}/assignment").WithTags("Assignments");
        assignment.MapGet("", Show).RequireAuthorization(Policies.Viewer).WithSummary("Who takes care of a contact.");
        assignment.MapPut("", Set).RequireAuthorization(Policies.Editor)
            .WithSummary("Gives a contact to somebody. With If-Match (the version you saw) or If-None-Match: * (nobody had it), 409 tells who was faster.").ProducesProblem(409);
        assignment.MapDelete("", Remove).RequireAuthorization(Policies.Editor).WithSummary("Takes a contact from whoever has it; If-Match as above.").ProducesProblem(409);
    }

    static async Task<Results<Ok<AssignmentView>, ProblemHttpResult>> Show(Guid id, Caller caller, HttpContext http, AssignmentStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } assignment ? Tagged(http, assignment) : Problems.Missing("contact");

    static async Task<Results<Ok<AssignmentView>, ProblemHttpResult, ValidationProblem>> Set(
        Guid id, AssignmentRequest request, Caller caller, HttpContext http, AssignmentStore store, CancellationToken cancellationToken)
    {
        if (Read(http.Request, out var seen) is { } wrong) return wrong;
        if (request.UserId is null && request.TeamId is null)
            return await store.FindAsync(caller.TenantId, id, cancellationToken) is null ? Problems.Missing("contact") : Problems.Invalid("user_id", "Name a person or a team. (DELETE takes the contact from whoever has it.)");
        return await store.SetAsync(caller.TenantId, id, request.UserId, request.TeamId, seen, caller.Author, cancellationToken) switch
        {
            AssignmentOutcome.Done done => Tagged(http, done.Assignment),
            AssignmentOutcome.Overtaken overtaken => Conflict(overtaken.Assignment),
            AssignmentOutcome.Unable unable => Problems.Invalid("user_id", unable.Why),
            AssignmentOutcome.Missing missing => Problems.Missing(missing.What),
            _ => throw new InvalidOperationException(),
        };
    }

    static async Task<Results<Ok<AssignmentView>, ProblemHttpResult, ValidationProblem>> Remove(Guid id, Caller caller, HttpContext http, AssignmentStore store, CancellationToken cancellationToken)
    {
        if (Read(http.Request, out var seen) is { } wrong) return wrong;
        return await store.RemoveAsync(caller.TenantId, id, seen, cancellationToken) switch
        {
            AssignmentOutcome.Done done => Tagged(http, done.Assignment),
            AssignmentOutcome.Overtaken overtaken => Conflict(overtaken.Assignment),
            _ => Problems.Missing("contact"),
        };
    }

    static ValidationProblem? Read(HttpRequest request, out Seen seen)
    {
        seen = default;
        var (match, none) = (request.Headers.IfMatch.ToString(), request.Headers.IfNoneMatch.ToString());
        if (none == "*" && match.Length == 0) seen = Seen.Nothing;
        else if (match.Length > 0 && none.Length == 0 && Guid.TryParse(match.Trim('"'), out var version)) seen = new(true, version);
        else if (match.Length > 0 || none.Length > 0) return Problems.Invalid("If-Match", "It must be the version of an assignment; or send If-None-Match: * when nobody had the contact.");
        return null;
    }

    static Ok<AssignmentView> Tagged(HttpContext http, AssignmentView assignment)
    {
        if (assignment.Version is { } version) http.Response.Headers.ETag = $"\"{version}\"";
        return TypedResults.Ok(assignment);
    }

    static ProblemHttpResult Conflict(AssignmentView present) =>
        TypedResults.Problem($"{present.Holder} has this contact now: somebody was faster.", statusCode: 409, title: "Assigned meanwhile",
            extensions: new Dictionary<string, object?> { ["assignment"] = present });
}
