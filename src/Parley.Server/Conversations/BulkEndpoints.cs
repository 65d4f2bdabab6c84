using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Conversations;

/// <summary>One change for many conversations.</summary>
/// <param name="Ids">At most 200.</param>
/// <param name="Change">close, reopen, archive, read, unread, snooze or wake.</param>
/// <param name="Until">Of a snooze: a time in the future.</param>
public sealed record BulkRequest(IReadOnlyList<Guid>? Ids, string? Change, DateTimeOffset? Until = null);

/// <param name="Items">All of them that are here, as they are now; what was so already is among them.</param>
/// <param name="Changed">How many were otherwise before.</param>
/// <param name="Missing">Those of the request that are not here.</param>
public sealed record BulkView(IReadOnlyList<ConversationView> Items, int Changed, IReadOnlyList<Guid> Missing);

internal static class BulkEndpoints
{
    const int Most = 200;

    public static void MapBulkChanges(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/conversations/bulk", Change).WithTags("Conversations").RequireAuthorization(Policies.Editor)
            .WithSummary("Changes many conversations at once: all of them or none, and as often as one likes.");

    static async Task<Results<Ok<BulkView>, ProblemHttpResult, ValidationProblem>> Change(BulkRequest request, Caller caller, ConversationStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Ids is not { Count: > 0 and <= Most }) return Problems.Invalid("ids", $"Name 1 to {Most} conversations.");
        if (request.Change is null || !ConversationStore.Changes.ContainsKey(request.Change)) return Problems.Invalid("change", $"It must be one of {string.Join(", ", ConversationStore.Changes.Keys)}.");
        if (request.Change == "snooze" && (request.Until is not { } until || until <= time.GetUtcNow())) return Problems.Invalid("until", "It must be a time in the future.");
        var ids = request.Ids.Distinct().Order().ToArray();
        var (items, changed) = await store.ChangeManyAsync(caller.TenantId, caller.Sight, ids, request.Change, request.Until?.ToUniversalTime(), cancellationToken);
        if (items.Count == 0) return TypedResults.Problem("There is none of these conversations.", statusCode: StatusCodes.Status404NotFound, title: "Not found");
        return TypedResults.Ok(new BulkView(items, changed, [.. ids.Except(items.Select(item => item.Id))]));
    }
}
