using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Team;

/// <param name="Role">viewer, editor or admin.</param>
/// <param name="Password">At least ten characters; one is made when it is left out.</param>
public sealed record NewUser(string? Email, string? Name, string? Role, string? Password = null);

/// <param name="Sees">all, or team: only what is assigned to them or to one of their teams.</param>
public sealed record UserChange(string? Name = null, string? Role = null, bool? IsActive = null, string? Sees = null);

/// <param name="Password">Shown once, and only when it was made for you.</param>
public sealed record CreatedUser(Guid Id, string Email, string Name, string Role, string? Password);

public sealed record NewApiKey(string? Name, string? Role);

/// <param name="Key">Shown once; null when an Idempotency-Key replays the answer.</param>
public sealed record CreatedApiKey(Guid Id, string Name, string Role, string Hint, string? Key);

/// <param name="Hint">The key's last four characters.</param>
public sealed record ApiKeyView(Guid Id, string Name, string Role, string Hint, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt);

internal static class UserEndpoints
{
    public static readonly string[] Roles = ["viewer", "editor", "admin"];

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/api/users").WithTags("Team").RequireAuthorization(Policies.Admin);
        users.MapGet("", List).WithSummary("The team.");
        users.MapPost("", Create).WithSummary("Adds somebody to the team.").Produces<CreatedUser>(StatusCodes.Status201Created);
        users.MapGet("/{id:guid}", Show).WithSummary("A member of the team.");
        users.MapPatch("/{id:guid}", Update).WithSummary("Changes name, role, or what they see, or deactivates; the last admin stays.");

        var keys = routes.MapGroup("/api/api-keys").WithTags("Team").RequireAuthorization(Policies.Admin);
        keys.MapGet("", ListKeys).WithSummary("Keys for programs, without the keys themselves.");
        keys.MapPost("", CreateKey).WithSummary("Makes a key; it is shown this once.").Produces<CreatedApiKey>(StatusCodes.Status201Created);
        keys.MapDelete("/{id:guid}", RevokeKey).WithSummary("Revokes a key, at once.");
    }

    static async Task<Results<Ok<Page<UserRow>>, ValidationProblem>> List(Caller caller, UserStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        return TypedResults.Ok(Page<UserRow>.Of(await store.ListAsync(caller.TenantId, page.After?.Id, page.Size, cancellationToken), page.Size, user => new Cursor(user.CreatedAt, user.Id)));
    }

    static async Task<IResult> Create(NewUser request, Caller caller, HttpContext http, UserStore store, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var errors = Check(request.Email, request.Role);
        if (request.Name is { } given && Texts.Wrong(given, 150) is { } wrong) errors["name"] = [wrong];
        if (request.Password is { } own && UserStore.WrongPassword(own) is { } weak) errors["password"] = [weak];
        if (errors.Count > 0) return TypedResults.ValidationProblem(errors);
        var password = request.Password ?? BearerSecret.Password();
        var email = UserStore.Normalise(request.Email!);
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        // The kept answer is without the password: a one-time secret is shown once.
        var user = await store.CreateAsync(caller.TenantId, email, string.IsNullOrWhiteSpace(request.Name) ? email.Split('@')[0] : request.Name.Trim(), request.Role!, password, cancellationToken,
            (change, made) => idempotency.KeepAsync(change, http, caller.TenantId, request, new(201, idempotency.Json(View(made, null)), $"/api/users/{made.Id}"), cancellationToken));
        if (user is not null) return TypedResults.Created($"/api/users/{user.Id}", View(user, request.Password is null ? password : null));
        return await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) ?? Problems.Conflict("This e-mail address signs in here already.");

        static CreatedUser View(UserRow user, string? password) => new(user.Id, user.Email, user.Name, user.Role, password);
    }

    static async Task<Results<Ok<UserRow>, ProblemHttpResult>> Show(Guid id, Caller caller, UserStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } user ? TypedResults.Ok(user) : Problems.Missing("user");

    static async Task<Results<Ok<UserRow>, ValidationProblem, ProblemHttpResult>> Update(Guid id, UserChange request, Caller caller, UserStore store, CancellationToken cancellationToken)
    {
        if (request.Role is not null && !Roles.Contains(request.Role)) return Problems.Invalid("role", "It must be viewer, editor or admin.");
        if (request.Name is { } name && (string.IsNullOrWhiteSpace(name) ? "It is empty." : Texts.Wrong(name, 150)) is { } wrong) return Problems.Invalid("name", wrong);
        if (request.Sees is not (null or "all" or "team")) return Problems.Invalid("sees", "It must be all or team.");
        var (user, done) = await store.UpdateAsync(caller.TenantId, id, request.Name?.Trim(), request.Role, request.IsActive, request.Sees, cancellationToken);
        if (user is null) return Problems.Missing("user");
        return done ? TypedResults.Ok(user) : Problems.Conflict("This is the last admin. Make somebody else an admin first.");
    }

    static async Task<Results<Ok<Page<ApiKeyView>>, ValidationProblem>> ListKeys(Caller caller, ApiKeyStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, page.After?.Id, page.Size, cancellationToken);
        return TypedResults.Ok(Page<ApiKeyView>.Of(
            [.. rows.Select(row => new ApiKeyView(row.Id, row.Name, row.Role, row.Hint, row.CreatedAt, row.LastUsedAt, row.RevokedAt))], page.Size, key => new Cursor(key.CreatedAt, key.Id)));
    }

    static async Task<IResult> CreateKey(NewApiKey request, Caller caller, HttpContext http, ApiKeyStore store, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (request.Role is null || !Roles.Contains(request.Role)) return Problems.Invalid("role", "It must be viewer, editor or admin.");
        if (request.Name is { } name && Texts.Wrong(name, 150) is { } wrong) return Problems.Invalid("name", wrong);
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        try
        {
            var (row, key) = await store.CreateAsync(caller.TenantId, string.IsNullOrWhiteSpace(request.Name) ? "API key" : request.Name.Trim(), request.Role, caller.UserId, cancellationToken,
                (change, made) => idempotency.KeepAsync(change, http, caller.TenantId, request, new(201, idempotency.Json(View(made, null)), $"/api/api-keys/{made.Id}"), cancellationToken));
            return TypedResults.Created($"/api/api-keys/{row.Id}", View(row, key));
        }
        catch (PostgresException same) when (same.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // A second request with the key was faster.
            return await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) ?? Problems.Conflict("Try again.");
        }

        static CreatedApiKey View(ApiKeyRow row, string? key) => new(row.Id, row.Name, row.Role, row.Hint, key);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> RevokeKey(Guid id, Caller caller, ApiKeyStore store, CancellationToken cancellationToken) =>
        await store.RevokeAsync(caller.TenantId, id, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("API key");

    internal static Dictionary<string, string[]> Check(string? email, string? role)
    {
        var errors = new Dictionary<string, string[]>();
        if (UserStore.WrongEmail(email) is { } wrong) errors["email"] = [wrong];
        if (role is null || !Roles.Contains(role)) errors["role"] = ["It must be viewer, editor or admin."];
        return errors;
    }
}
