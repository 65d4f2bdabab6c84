using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Duplicates;

internal static class SuggestionEndpoints
{
    public static void MapSuggestions(this IEndpointRouteBuilder routes)
    {
        var suggestions = routes.MapGroup("/api/contacts/suggestions").WithTags("Contacts");
        suggestions.MapGet("", List).RequireAuthorization(Policies.Viewer).WithSummary("Contacts that may be one person, the surest first, with the reasons in words.");
        suggestions.MapGet("/{id:guid}", Show).RequireAuthorization(Policies.Viewer).WithSummary("A suggestion.");
        suggestions.MapPut("/{id:guid}/dismissal", Dismiss).RequireAuthorization(Policies.Editor).WithSummary("They are two people: not suggested again.");
        suggestions.MapDelete("/{id:guid}/dismissal", Reopen).RequireAuthorization(Policies.Editor).WithSummary("They may be one after all.");

        routes.MapGet("/api/contacts/settings", Settings).WithTags("Contacts").RequireAuthorization(Policies.Viewer).WithSummary("What is done with duplicates without asking.");
        routes.MapPut("/api/contacts/settings", SetSettings).WithTags("Contacts").RequireAuthorization(Policies.Admin).WithSummary("Changes what is done with duplicates without asking.");
    }

    static async Task<Results<Ok<Page<SuggestionView>>, ValidationProblem>> List(
        Caller caller, SuggestionStore store, CancellationToken cancellationToken, string? status = null, Guid? contact_id = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not (null or "open" or "dismissed")) return Problems.Invalid("status", "It must be open or dismissed.");
        var rows = await store.ListAsync(caller.TenantId, status ?? "open", contact_id, page.After is { } after ? ((int)after.At.Ticks, after.Id) : null, page.Size, cancellationToken);
        // The list's order is the score, which takes the time's place in the cursor.
        return TypedResults.Ok(Page<SuggestionView>.Of(rows, page.Size, row => new Cursor(new DateTimeOffset(row.Score, TimeSpan.Zero), row.Id)));
    }

    static async Task<Results<Ok<SuggestionView>, ProblemHttpResult>> Show(Guid id, Caller caller, SuggestionStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(row) : Problems.Missing("suggestion");

    static Task<Results<NoContent, ProblemHttpResult>> Dismiss(Guid id, Caller caller, SuggestionStore store, CancellationToken cancellationToken) => SetAsync(id, true, caller, store, cancellationToken);

    static Task<Results<NoContent, ProblemHttpResult>> Reopen(Guid id, Caller caller, SuggestionStore store, CancellationToken cancellationToken) => SetAsync(id, false, caller, store, cancellationToken);

    static async Task<Results<NoContent, ProblemHttpResult>> SetAsync(Guid id, bool isDismissed, Caller caller, SuggestionStore store, CancellationToken cancellationToken) =>
        await store.SetDismissedAsync(caller.TenantId, id, isDismissed, caller.Author, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("suggestion");

    static async Task<Ok<ContactSettings>> Settings(Caller caller, SuggestionStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.SettingsAsync(caller.TenantId, cancellationToken));

    static async Task<Results<Ok<ContactSettings>, ValidationProblem>> SetSettings(ContactSettings request, Caller caller, SuggestionStore store, CancellationToken cancellationToken)
    {
        if (request.MergesExact is not { } merges) return Problems.Invalid("merges_exact", "It must be true or false.");
        await store.SetSettingsAsync(caller.TenantId, merges, cancellationToken);
        return TypedResults.Ok(request);
    }
}
