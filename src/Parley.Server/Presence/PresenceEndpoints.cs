using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Presence;

/// <param name="ContactId">At whom the page looks; null: at nobody.</param>
/// <param name="IsTyping">True while an answer is being written.</param>
public sealed record PresenceRequest(Guid? ContactId = null, bool IsTyping = false);

internal static class PresenceEndpoints
{
    /// <param name="serve">True where listeners connect.</param>
    public static IServiceCollection AddPresence(this IServiceCollection services, bool serve)
    {
        services.AddSingleton<PresenceStore>();
        return serve ? services.AddHostedService<PresenceHub>().AddHostedService<PresenceKeeper>() : services;
    }

    public static void MapPresence(this IEndpointRouteBuilder routes)
    {
        var presence = routes.MapGroup("/api/presence").WithTags("Presence").RequireAuthorization(Policies.Viewer);
        presence.MapGet("", List).WithSummary("Who is online, and where they look. Changes come as \"presence\" over /api/events, without a number.");
        presence.MapPut("/{page:guid}", Say).WithSummary("Says where an open page looks. Repeat it every 15 seconds, without a body when nothing has changed (404: say it whole): after 25 it counts as gone.");
        presence.MapDelete("/{page:guid}", Leave).WithSummary("The page closes.");
    }

    static async Task<Ok<Page<PresenceView>>> List(Caller caller, PresenceStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<PresenceView>([.. (await store.ListAsync(caller.TenantId, cancellationToken)).Select(one => one.For(caller.Sight))], null));

    static async Task<Results<NoContent, ProblemHttpResult>> Say(Guid page, PresenceRequest? request, Caller caller, HttpContext http, PresenceStore store, CancellationToken cancellationToken)
    {
        if (caller.UserId is not { } user) return Problems.Conflict("An API key is nobody, and nowhere.");
        var session = BearerSecret.Parse(http.Request.Cookies[Credentials.Cookie])?.Hash ?? [];
        if (request is null)
        {
            if (store.Repeat(caller.TenantId, user, page, session)) return TypedResults.NoContent();
            http.Features.Set(Audit.Denied.Nothing);   // a page whose node was started anew is refused nothing
            return Problems.Missing("page");
        }
        var status = request.ContactId is null ? "online" : request.IsTyping ? "typing" : "viewing";
        return await store.SayAsync(caller.TenantId, caller.Sight, new(user, page, request.ContactId, status), session, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("contact");
    }

    static async Task<NoContent> Leave(Guid page, Caller caller, PresenceStore store, CancellationToken cancellationToken)
    {
        if (caller.UserId is { } user) await store.LeaveAsync(caller.TenantId, user, page, cancellationToken);
        return TypedResults.NoContent();
    }
}
