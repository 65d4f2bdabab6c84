using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Integrations;

/// <summary>Where a provider was told to post what happens.</summary>
/// <param name="IntegrationId">Whose address it is: one registration serves all accounts behind the same credentials.</param>
/// <param name="State">none; pending: it was tried, and is not known to stand; registered.</param>
/// <param name="PreviousSecretUntil">So long deliveries with the secret before the last rotation are taken, too.</param>
/// <param name="Error">Why the last attempt failed, or what it could not tidy up.</param>
/// <param name="Serves">The integrations whose events come this way.</param>
public sealed record RegistrationView(
    Guid IntegrationId, string Address, string State, DateTimeOffset? RegisteredAt, DateTimeOffset? PreviousSecretUntil, string? Error, IReadOnlyList<Guid> Serves);

internal static class RegistrationEndpoints
{
    public static void MapRegistrations(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup("/api/integrations/{id:guid}/webhook").WithTags("Integrations");
        webhooks.MapGet("", Show).RequireAuthorization(Policies.Viewer).WithSummary("Where the provider was told to post what happens.");
        webhooks.MapPost("", Register).RequireAuthorization(Policies.Admin).WithSummary("Has the provider post to us, with a secret of ours; again: with a new secret. The one before it is accepted for a day.")
            .Produces<RegistrationView>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(502);
        webhooks.MapDelete("", Unregister).RequireAuthorization(Policies.Admin).WithSummary("Has the provider post no more, for none of the accounts that it serves.");
    }

    static async Task<Results<Ok<RegistrationView>, ProblemHttpResult>> Show(
        Guid id, Caller caller, IntegrationStore integrations, ChannelCatalog catalog, WebhookRegistrationStore store, PublicAddress address, CancellationToken cancellationToken)
    {
        if (await integrations.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("integration");
        if (catalog.Find(row.Provider) is not IRegisterWebhooks channel) return CannotRegister();
        var accounts = await store.ListAccountsAsync(caller.TenantId, row.Provider, cancellationToken);
        var views = (await store.ListAsync(caller.TenantId, cancellationToken)).Select(registration => View(registration, accounts, channel)).ToList();
        return TypedResults.Ok(views.Find(view => view.IntegrationId == id) ?? views.Find(view => view.Serves.Contains(id)) ?? new(id, address.Of(row.Provider, id), "none", null, null, null, []));
    }

    static async Task<IResult> Register(
        Guid id, Caller caller, HttpContext http, IntegrationStore integrations, ChannelCatalog catalog, WebhookRegistrationStore store, WebhookRegistrar registrar,
        Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (await integrations.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("integration");
        if (catalog.Find(row.Provider) is not IRegisterWebhooks channel) return CannotRegister();
        if (await idempotency.FindAsync(http, caller.TenantId, new { }, cancellationToken) is { } before) return before;
        var accounts = await store.ListAccountsAsync(caller.TenantId, row.Provider, cancellationToken);
        RegistrationView? view = null;
        var problem = await registrar.RegisterAsync(caller.TenantId, id, row.Provider, channel, (change, written) =>
        {
            view = View(written, accounts, channel);
            return idempotency.KeepAsync(change, http, caller.TenantId, new { }, new(StatusCodes.Status200OK, idempotency.Json(view)), CancellationToken.None);
        }, cancellationToken);
        return problem is null ? TypedResults.Ok(view) : Refusal(problem);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Unregister(
        Guid id, Caller caller, IntegrationStore integrations, ChannelCatalog catalog, WebhookRegistrar registrar, CancellationToken cancellationToken)
    {
        if (await integrations.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("integration");
        if (catalog.Find(row.Provider) is not IRegisterWebhooks channel) return CannotRegister();
        return await registrar.UnregisterAsync(caller.TenantId, id, row.Provider, channel, cancellationToken) is { } problem ? Refusal(problem) : TypedResults.NoContent();
    }

    static RegistrationView View(WebhookRegistrationRow row, IReadOnlyList<(Guid Id, ChannelAccount Account)> accounts, IRegisterWebhooks channel)
    {
        var carrier = accounts.FirstOrDefault(account => account.Id == row.IntegrationId).Account;
        return new(row.IntegrationId, row.Address, row.IsPending ? "pending" : "registered", row.RegisteredAt, row.PreviousUntil, row.Error,
            [.. accounts.Where(account => account.Id == row.IntegrationId || carrier is not null && channel.IsOneWorkspace(account.Account, carrier)).Select(account => account.Id)]);
    }

    static ProblemHttpResult CannotRegister() => Problems.Conflict("This provider's webhook is set up in its own console, with the address of the integration.");

    static ProblemHttpResult Refusal(RegistrationProblem problem) => problem.Code is null
        ? Problems.Conflict(problem.Words)
        : TypedResults.Problem(problem.Words, statusCode: StatusCodes.Status502BadGateway, title: "Not registered", extensions: new Dictionary<string, object?> { ["code"] = problem.Code });
}
