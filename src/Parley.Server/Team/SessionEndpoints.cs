using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Team;

public sealed record SignInRequest(string? Email, string? Password);

public sealed record ProfileChange(string? Name);

public sealed record PasswordRequest(string? Present, string? Next);

/// <param name="TenantId">The organisation.</param>
/// <param name="User">Null for an API key.</param>
public sealed record MeView(Guid TenantId, string Role, UserRow? User);

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").WithTags("Access");
        api.MapPost("/session", SignIn).AllowAnonymous().WithSummary("Signs in: sets the session cookie.");
        api.MapDelete("/session", SignOut).RequireAuthorization(Policies.Viewer).WithSummary("Signs out.");
        api.MapGet("/me", Me).RequireAuthorization(Policies.Viewer).WithSummary("Who I am.");
        api.MapPatch("/me", ChangeProfile).RequireAuthorization(Policies.Viewer).WithSummary("Changes my name.");
        api.MapPut("/me/password", ChangePassword).RequireAuthorization(Policies.Viewer).WithSummary("Changes my password and ends my other sessions.");
        api.MapGet("/me/sessions", Sessions).RequireAuthorization(Policies.Viewer).WithSummary("Where I am signed in.");
        api.MapDelete("/me/sessions/{id:guid}", EndSession).RequireAuthorization(Policies.Viewer).WithSummary("Ends one of my sessions.");
    }

    static async Task<Results<Ok<MeView>, ProblemHttpResult, ValidationProblem>> SignIn(
        SignInRequest request, HttpContext http, UserStore users, SessionStore sessions, SignInThrottle throttle, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Email)) return Problems.Invalid("email", "It is missing.");
        if (UserStore.WrongEmail(request.Email) is { } wrong) return Problems.Invalid("email", wrong);
        if (string.IsNullOrEmpty(request.Password)) return Problems.Invalid("password", "It is missing.");
        if (UserStore.TooLong(request.Password) is { } tooLong) return Problems.Invalid("password", tooLong);
        var email = UserStore.Normalise(request.Email);
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        var isKnown = await throttle.IsKnownAddressAsync(email, address, cancellationToken);
        if (await throttle.TakeAsync(email, address, isKnown, cancellationToken) is { } wait) return TooMany(http, wait);

        if (await users.SignInAsync(email, request.Password, cancellationToken) is not { } signedIn)
            return TypedResults.Problem("The e-mail address or the password is wrong.", statusCode: 401, title: "Not signed in");
        await throttle.SucceededAsync(email, address, signedIn.User.Id, cancellationToken);
        var agent = http.Request.Headers.UserAgent.ToString();
        var (token, expires) = await sessions.CreateAsync(signedIn.TenantId, signedIn.User.Id, address, Texts.Wrong(agent, 300) is null ? agent : null, cancellationToken);
        http.Response.Cookies.Append(Credentials.Cookie, token, Cookie(http, expires));
        return TypedResults.Ok(new MeView(signedIn.TenantId, signedIn.User.Role, signedIn.User));
    }

    static async Task<NoContent> SignOut(Caller caller, HttpContext http, SessionStore sessions, CancellationToken cancellationToken)
    {
        if (caller.UserId is { } user && http.Features.Get<SignedIn>() is { } session) await sessions.RevokeAsync(caller.TenantId, user, session.SessionId, cancellationToken);
        http.Response.Cookies.Delete(Credentials.Cookie, Cookie(http, null));
        return TypedResults.NoContent();
    }

    static async Task<Ok<MeView>> Me(Caller caller, UserStore users, CancellationToken cancellationToken) =>
        TypedResults.Ok(new MeView(caller.TenantId, caller.Role, caller.UserId is { } id ? await users.FindAsync(caller.TenantId, id, cancellationToken) : null));

    static async Task<Results<Ok<UserRow>, ProblemHttpResult, ValidationProblem>> ChangeProfile(ProfileChange request, Caller caller, UserStore users, CancellationToken cancellationToken)
    {
        if (caller.UserId is not { } user) return Problems.Conflict("An API key has no profile.");
        if ((string.IsNullOrWhiteSpace(request.Name) ? "It is missing." : Texts.Wrong(request.Name, 150)) is { } wrong) return Problems.Invalid("name", wrong);
        return (await users.UpdateAsync(caller.TenantId, user, request.Name!.Trim(), null, null, null, cancellationToken)).User is { } changed ? TypedResults.Ok(changed) : Problems.Missing("user");
    }

    static async Task<Results<NoContent, ProblemHttpResult, ValidationProblem>> ChangePassword(
        PasswordRequest request, Caller caller, HttpContext http, UserStore users, SignInThrottle throttle, CancellationToken cancellationToken)
    {
        if (caller.UserId is not { } user) return Problems.Conflict("An API key has no password.");
        if (UserStore.WrongPassword(request.Next) is { } wrong) return Problems.Invalid("next", wrong);
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        if (await throttle.TakeAsync(user.ToString(), address, true, cancellationToken) is { } wait) return TooMany(http, wait);
        switch (await users.ChangePasswordAsync(caller.TenantId, user, request.Present ?? "", request.Next!, http.Features.Get<SignedIn>()?.SessionId, cancellationToken))
        {
            case PasswordChange.WrongPresent:
                return Problems.Invalid("present", "It is not your present password.");
            case PasswordChange.UsedBefore:
                return Problems.Invalid("next", "It was among your last five passwords. Choose a new one.");
            default:
                await throttle.SucceededAsync(user.ToString(), address, user, cancellationToken);
                return TypedResults.NoContent();
        }
    }

    static async Task<Ok<Page<SessionView>>> Sessions(Caller caller, HttpContext http, SessionStore sessions, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<SessionView>(
            caller.UserId is { } user ? await sessions.ListAsync(caller.TenantId, user, http.Features.Get<SignedIn>()?.SessionId ?? default, cancellationToken) : [], null));

    static async Task<Results<NoContent, ProblemHttpResult>> EndSession(Guid id, Caller caller, SessionStore sessions, CancellationToken cancellationToken) =>
        caller.UserId is { } user && await sessions.RevokeAsync(caller.TenantId, user, id, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("session");

    static ProblemHttpResult TooMany(HttpContext http, TimeSpan wait)
    {
        http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
        return TypedResults.Problem("Too many failed attempts. Wait as long as Retry-After says, then try again.", statusCode: 429, title: "Too many attempts");
    }

    static CookieOptions Cookie(HttpContext http, DateTimeOffset? expires) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, Path = "/", Expires = expires };
}
