using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Conversations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Views;

/// <param name="Filter">status, unread, snoozed, channel, integration_id, assigned, team_id, label_id.</param>
/// <param name="IsShared">For everybody; otherwise for yourself.</param>
public sealed record SavedViewRequest(string? Name = null, JsonObject? Filter = null, bool? IsShared = null);

/// <summary>What shall be different; null leaves a part as it is.</summary>
public sealed record NotificationPreferencesChange(string? NotifyAbout = null, bool? Sound = null, bool? Desktop = null);

internal static class ViewEndpoints
{
    public static IServiceCollection AddViews(this IServiceCollection services) => services.AddSingleton<SavedViewStore>().AddSingleton<PreferenceStore>();

    public static void MapViews(this IEndpointRouteBuilder routes)
    {
        var views = routes.MapGroup("/api/views").WithTags("Views").RequireAuthorization(Policies.Viewer);
        views.MapGet("", List).WithSummary("Saved ways to look at the inbox: your own, and everybody's. Use one by GET /api/conversations?view_id=.");
        views.MapPost("", Create).WithSummary("Saves one; sharing it takes an editor.").Produces<SavedView>(StatusCodes.Status201Created);
        views.MapPatch("/{id:guid}", Update).WithSummary("Changes one of your own; admins also everybody's.");
        views.MapDelete("/{id:guid}", Delete).WithSummary("Deletes one of your own; admins also everybody's.");

        var me = routes.MapGroup("/api/me/notifications").WithTags("Access").RequireAuthorization(Policies.Viewer);
        me.MapGet("", Preferences).WithSummary("What I want to be told.");
        me.MapPatch("", ChangePreferences).WithSummary("Changes it.");
    }

    static async Task<Ok<Page<SavedView>>> List(Caller caller, SavedViewStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<SavedView>(await store.ListAsync(caller.TenantId, caller.UserId, cancellationToken), null));

    static async Task<IResult> Create(SavedViewRequest request, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Name)) return Problems.Invalid("name", "It is missing.");
        if (Wrong(request) is { } wrong) return wrong;
        var isShared = request.IsShared ?? caller.UserId is null;
        if (!isShared && caller.UserId is null) return Problems.Invalid("is_shared", "A key has no views of its own: share it.");
        if (isShared && caller.Role == "viewer") return Problems.Forbidden("Viewers save views for themselves. Ask an editor to share it.");
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var view = await SavedViewStore.AddAsync(change, caller.TenantId, caller.UserId, request.Name.Trim(), request.Filter ?? [], isShared, cancellationToken);
            if (view is null) return (null, Full(isShared));
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(view), $"/api/views/{view.Id}"), null);
        }, cancellationToken);
    }

    static async Task<Results<Ok<SavedView>, ValidationProblem, ProblemHttpResult>> Update(Guid id, SavedViewRequest request, Caller caller, SavedViewStore store, CancellationToken cancellationToken)
    {
        if (Wrong(request) is { } wrong) return wrong;
        if (request.IsShared == true && caller.Role == "viewer") return Problems.Forbidden("Viewers save views for themselves. Ask an editor to share it.");
        return await store.UpdateAsync(caller.TenantId, caller.UserId, caller.Role == "admin", id, request.Name?.Trim(), request.Filter, request.IsShared, cancellationToken) switch
        {
            { View: { } view } => TypedResults.Ok(view),
            { IsFull: true } => Full(request.IsShared == true),
            _ => Problems.Missing("view of yours"),
        };
    }

    static ProblemHttpResult Full(bool isShared) => Problems.Conflict($"{(isShared ? "There are" : "You have")} {SavedViewStore.Most} {(isShared ? "views that all share" : "views of your own")} already: nobody finds more.");

    static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, Caller caller, SavedViewStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(caller.TenantId, caller.UserId, caller.Role == "admin", id, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("view of yours");

    static ValidationProblem? Wrong(SavedViewRequest request) =>
        request.Name is { } name && (string.IsNullOrWhiteSpace(name) ? "It is empty." : Texts.Wrong(name, 50)) is { } unfit ? Problems.Invalid("name", unfit)
        : request.Filter is { } filter && ConversationFilter.Read(filter, null).Wrong is { } bad ? Problems.Invalid("filter", bad)
        : null;

    static async Task<Results<Ok<NotificationPreferences>, ProblemHttpResult>> Preferences(Caller caller, PreferenceStore store, CancellationToken cancellationToken) =>
        caller.UserId is { } user ? TypedResults.Ok(await store.ReadAsync(caller.TenantId, user, cancellationToken)) : Problems.Missing("user of this key");

    static async Task<Results<Ok<NotificationPreferences>, ValidationProblem, ProblemHttpResult>> ChangePreferences(
        NotificationPreferencesChange request, Caller caller, PreferenceStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        if (caller.UserId is not { } user) return Problems.Missing("user of this key");
        if (request.NotifyAbout is not (null or "own" or "assigned" or "all")) return Problems.Invalid("notify_about", "It must be own, assigned or all.");
        var present = await store.ReadAsync(caller.TenantId, user, cancellationToken);
        return TypedResults.Ok(await store.WriteAsync(caller.TenantId, user,
            new(request.NotifyAbout ?? present.NotifyAbout, request.Sound ?? present.Sound, request.Desktop ?? present.Desktop), time.GetUtcNow(), cancellationToken));
    }
}
