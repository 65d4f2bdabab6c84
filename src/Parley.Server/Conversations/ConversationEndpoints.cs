using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Conversations;

/// <param name="Until">A time in the future.</param>
public sealed record SnoozeRequest(DateTimeOffset? Until);

internal static class ConversationEndpoints
{
    public static void MapConversations(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/conversations").WithTags("Conversations").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("Conversations, the one with the newest message first.");
        read.MapGet("/counts", Count).WithSummary("How many conversations wait where, each counted no further than \"most\".");
        read.MapGet("/{id:guid}", Show).WithSummary("A conversation.");

        // A change of state is a resource: made by PUT, taken away by DELETE, both as often as one likes.
        var write = routes.MapGroup("/api/conversations/{id:guid}").WithTags("Conversations").RequireAuthorization(Policies.Editor);
        write.MapPut("/read", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken, Guid? up_to = null) => Answer(store.MarkReadAsync(caller.TenantId, id, up_to, cancellationToken))).WithSummary("Marks it read, for the whole team; with up_to, a message of it, only so far: what came after stays unread.");
        write.MapDelete("/read", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) => Answer(store.MarkUnreadAsync(caller.TenantId, id, cancellationToken))).WithSummary("Marks it unread.");
        write.MapPut("/closure", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) => Answer(store.SetStatusAsync(caller.TenantId, id, "closed", cancellationToken))).WithSummary("Closes it; the customer's next message opens it again.");
        write.MapDelete("/closure", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) => Answer(store.ReopenAsync(caller.TenantId, id, "closed", cancellationToken))).WithSummary("Opens it again if it is closed.");
        write.MapPut("/archive", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) => Answer(store.SetStatusAsync(caller.TenantId, id, "archived", cancellationToken))).WithSummary("Archives it; the customer's next message opens it again.");
        write.MapDelete("/archive", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) => Answer(store.ReopenAsync(caller.TenantId, id, "archived", cancellationToken))).WithSummary("Takes it back from the archive.");
        write.MapPut("/snooze", Snooze).WithSummary("Puts it aside until a time, or until the customer writes.");
        write.MapDelete("/snooze", (Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) => Answer(store.SnoozeAsync(caller.TenantId, id, null, cancellationToken))).WithSummary("Ends the snooze.");
    }

    static async Task<Results<Ok<Page<ConversationView>>, ValidationProblem, ProblemHttpResult>> List(
        Caller caller, ConversationStore store, Views.SavedViewStore views, CancellationToken cancellationToken,
        string? status = null, string? channel = null, Guid? integration_id = null, Guid? contact_id = null, bool? unread = null, bool? snoozed = null, string? assigned = null, Guid? team_id = null, Guid? label_id = null, Guid? view_id = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not null && !ConversationFilter.Statuses.Contains(status)) return Problems.Invalid("status", $"It must be one of {string.Join(", ", ConversationFilter.Statuses)}.");
        if (channel is not null && !ConversationFilter.Channels.Contains(channel)) return Problems.Invalid("channel", $"It must be one of {string.Join(", ", ConversationFilter.Channels)}.");
        Guid? user = null;
        if (assigned == "me" && caller.UserId is null) return Problems.Invalid("assigned", "An API key is nobody: name a person.");
        if (assigned is not (null or "none" or "me"))
        {
            if (!Guid.TryParse(assigned, out var named)) return Problems.Invalid("assigned", "It must be me, none, or the id of a person.");
            user = named;
        }
        var filter = new ConversationFilter(status, channel, integration_id, contact_id, unread, snoozed, assigned == "none", assigned == "me" ? caller.UserId : user, team_id, label_id, caller.Sight);
        if (view_id is { } id)
        {
            if (await views.FindAsync(caller.TenantId, caller.UserId, id, cancellationToken) is not { } view) return Problems.Missing("view");
            filter = ConversationFilter.Read(view.Filter.AsObject(), caller.UserId).Filter.With(filter);
        }
        var rows = await store.ListAsync(caller.TenantId, filter, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<ConversationView>.Of(rows, page.Size, conversation => new Cursor(conversation.LastMessageAt, conversation.Id)));
    }

    static async Task<Ok<ConversationCounts>> Count(Caller caller, ConversationStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.CountAsync(caller.TenantId, caller.UserId, caller.Sight, cancellationToken));

    static Task<Results<Ok<ConversationView>, ProblemHttpResult>> Show(Guid id, Caller caller, ConversationStore store, CancellationToken cancellationToken) =>
        Answer(store.FindAsync(caller.TenantId, id, cancellationToken));

    static async Task<Results<Ok<ConversationView>, ProblemHttpResult, ValidationProblem>> Snooze(
        Guid id, SnoozeRequest request, Caller caller, ConversationStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (request.Until is not { } until || until <= time.GetUtcNow()) return Problems.Invalid("until", "It must be a time in the future.");
        return await store.SnoozeAsync(caller.TenantId, id, until.ToUniversalTime(), cancellationToken) is { } conversation ? TypedResults.Ok(conversation) : Problems.Missing("conversation");
    }

    static async Task<Results<Ok<ConversationView>, ProblemHttpResult>> Answer(Task<ConversationView?> work) =>
        await work is { } conversation ? TypedResults.Ok(conversation) : Problems.Missing("conversation");
}
