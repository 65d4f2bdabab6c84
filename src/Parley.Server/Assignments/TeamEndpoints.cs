using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Assignments;

/// <param name="Strategy">none, round_robin or least_busy.</param>
/// <param name="MemberIds">All of them; what is left out stays as it is.</param>
/// <param name="IntegrationIds">Accounts whose new conversations come to this team; each has one team.</param>
public sealed record TeamRequest(string? Name = null, string? Strategy = null, IReadOnlyList<Guid>? MemberIds = null, IReadOnlyList<Guid>? IntegrationIds = null);

internal static class TeamEndpoints
{
    const string Somebody = "One of them is not here.";

    public static void MapTeams(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api").WithTags("Teams").RequireAuthorization(Policies.Viewer);
        read.MapGet("/members", Members).WithSummary("Colleagues by name, with how many open conversations they take care of.");
        read.MapGet("/teams", List).WithSummary("The teams.");
        read.MapGet("/teams/{id:guid}", Show).WithSummary("A team.");

        var write = routes.MapGroup("/api/teams").WithTags("Teams").RequireAuthorization(Policies.Admin);
        write.MapPost("", Create).WithSummary("Makes a team.").Produces<TeamView>(StatusCodes.Status201Created);
        write.MapPatch("/{id:guid}", Update).WithSummary("Changes a team, its members, or the accounts that it looks after.");
        write.MapDelete("/{id:guid}", Delete).WithSummary("Removes a team. Who of it takes care of somebody goes on doing so.");
    }

    static async Task<Ok<Page<MemberView>>> Members(Caller caller, TeamStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<MemberView>(await store.ListMembersAsync(caller.TenantId, cancellationToken), null));

    static async Task<Ok<Page<TeamView>>> List(Caller caller, TeamStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<TeamView>(await store.ListAsync(caller.TenantId, cancellationToken), null));

    static async Task<Results<Ok<TeamView>, ProblemHttpResult>> Show(Guid id, Caller caller, TeamStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } team ? TypedResults.Ok(team) : Problems.Missing("team");

    static async Task<IResult> Create(TeamRequest request, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var errors = Check(request);
        if (request.Name is null) errors["name"] = ["It is missing."];
        if (errors.Count > 0) return TypedResults.ValidationProblem(errors);
        try
        {
            return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
                await TeamStore.AddAsync(change, caller.TenantId, Edit(request), cancellationToken) is { } team
                    ? (new Answer(StatusCodes.Status201Created, idempotency.Json(team), $"/api/teams/{team.Id}"), null)
                    : (null, Problems.Invalid("member_ids", Somebody)), cancellationToken);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return Problems.Conflict("Another team has this name.");
        }
    }

    static async Task<IResult> Update(Guid id, TeamRequest request, Caller caller, TeamStore store, CancellationToken cancellationToken)
    {
        var errors = Check(request);
        if (errors.Count > 0) return TypedResults.ValidationProblem(errors);
        try
        {
            var (team, done) = await store.UpdateAsync(caller.TenantId, id, Edit(request), cancellationToken);
            if (team is null) return Problems.Missing("team");
            return done ? TypedResults.Ok(team) : Problems.Invalid("member_ids", Somebody);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return Problems.Conflict("Another team has this name.");
        }
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, Caller caller, TeamStore store, AssignmentStore assignments, CancellationToken cancellationToken)
    {
        if (!await store.DeleteAsync(caller.TenantId, id, cancellationToken)) return Problems.Missing("team");
        await assignments.LeaveTeamAsync(caller.TenantId, id, cancellationToken);   // most have no more than a piece, and see it at once
        return TypedResults.NoContent();
    }

    static Dictionary<string, string[]> Check(TeamRequest request)
    {
        var errors = new Dictionary<string, string[]>();
        if (request.Name is { } name && (string.IsNullOrWhiteSpace(name) ? "It is empty." : Texts.Wrong(name.Trim(), 150)) is { } wrong) errors["name"] = [wrong];
        if (request.Strategy is not (null or "none" or "round_robin" or "least_busy")) errors["strategy"] = ["It must be none, round_robin or least_busy."];
        if (request.MemberIds is { Count: > 500 }) errors["member_ids"] = ["A team has at most 500 members."];
        if (request.IntegrationIds is { Count: > 500 }) errors["integration_ids"] = ["At most 500 are possible."];
        return errors;
    }

    static TeamEdit Edit(TeamRequest request) => new(request.Name?.Trim(), request.Strategy, request.MemberIds, request.IntegrationIds);
}
