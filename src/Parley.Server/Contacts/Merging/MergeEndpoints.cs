using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Ingest;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Merging;

/// <param name="OtherId">Who goes: what is theirs becomes the other's.</param>
public sealed record MergeRequest(Guid? OtherId = null);

internal static class MergeEndpoints
{
    public static void MapMerges(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/contacts/merges").WithTags("Contacts").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("What was merged, the newest first.");
        read.MapGet("/{id:guid}", Show).WithSummary("A merge.");

        var write = routes.MapGroup("/api/contacts").WithTags("Contacts").RequireAuthorization(Policies.Editor);
        write.MapPost("/{id:guid}/merge", Merge).WithSummary("Makes one contact of two: this one stays.").Produces<MergeView>(StatusCodes.Status201Created);
        write.MapPost("/merges/{id:guid}/undo", Undo).WithSummary("Takes a merge back: both are as they were, and what came since stays where it belongs.").Produces<MergeView>();
    }

    static async Task<Results<Ok<Page<MergeView>>, ValidationProblem>> List(
        Caller caller, MergeStore store, CancellationToken cancellationToken, Guid? contact_id = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, contact_id, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<MergeView>.Of(rows, page.Size, merge => new Cursor(merge.CreatedAt, merge.Id)));
    }

    static async Task<Results<Ok<MergeView>, ProblemHttpResult>> Show(Guid id, Caller caller, MergeStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } merge ? TypedResults.Ok(merge) : Problems.Missing("merge");

    static async Task<IResult> Merge(
        Guid id, MergeRequest request, Caller caller, HttpContext http, Idempotency idempotency, ContactStore store, CustomerDirectory customers, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } stays) return Problems.Missing("contact");
        id = stays.Id;   // an old id leads to who it is now
        if (request.OtherId is not { } other) return Problems.Invalid("other_id", "It is missing: whom shall we merge into this contact?");
        var answer = await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var result = await ContactMerger.MergeAsync(change, caller.TenantId, new(id, other, "user", caller.Author, []), cancellationToken);
            if (result.IsMissing) return (null, Problems.Missing("contact"));
            if (result.Id is not { } merge) return (null, Problems.Conflict(result.Refusal!));
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(await MergeStore.GetAsync(change, merge, cancellationToken)), $"/api/contacts/merges/{merge}"), null);
        }, cancellationToken);
        customers.Forget();   // whom a handle leads to
        return answer;
    }

    static async Task<IResult> Undo(Guid id, Caller caller, HttpContext http, Idempotency idempotency, CustomerDirectory customers, CancellationToken cancellationToken)
    {
        var answer = await idempotency.RunAsync(http, caller.TenantId, new { }, async change =>
        {
            var result = await MergeUndo.UndoAsync(change, caller.TenantId, id, caller.Author, cancellationToken);
            if (result.IsMissing) return (null, Problems.Missing("merge"));
            if (result.Id is null) return (null, Problems.Conflict(result.Refusal!));
            return (new Answer(StatusCodes.Status200OK, idempotency.Json(await MergeStore.GetAsync(change, id, cancellationToken))), null);
        }, cancellationToken);
        customers.Forget();
        return answer;
    }
}
