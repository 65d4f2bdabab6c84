using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts;

/// <param name="Email">An empty one takes it away.</param>
/// <param name="Status">active, blocked or inactive.</param>
public sealed record ContactChange(string? Name = null, string? Email = null, string? Status = null);

internal static class ContactEndpoints
{
    public static void MapContacts(this IEndpointRouteBuilder routes)
    {
        var contacts = routes.MapGroup("/api/contacts").WithTags("Contacts");
        contacts.MapGet("", List).RequireAuthorization(Policies.Viewer).WithSummary("Contacts, the newest first.");
        contacts.MapGet("/{id:guid}", Show).RequireAuthorization(Policies.Viewer).WithSummary("A contact, with its identities.");
        contacts.MapPatch("/{id:guid}", Update).RequireAuthorization(Policies.Editor).WithSummary("Changes name, e-mail or status.");
    }

    static async Task<Results<Ok<Page<ContactView>>, ValidationProblem>> List(
        Caller caller, ContactStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, caller.Sight, page.After?.Id, page.Size, cancellationToken);
        return TypedResults.Ok(Page<ContactView>.Of(rows, page.Size, contact => new Cursor(contact.CreatedAt, contact.Id)));
    }

    static async Task<Results<Ok<ContactView>, ProblemHttpResult>> Show(Guid id, Caller caller, ContactStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } contact ? TypedResults.Ok(contact) : Problems.Missing("contact");

    static async Task<Results<Ok<ContactView>, ProblemHttpResult, ValidationProblem>> Update(
        Guid id, ContactChange request, Caller caller, ContactStore store, CancellationToken cancellationToken)
    {
        if (request.Name is { } name && (string.IsNullOrWhiteSpace(name) ? "It is empty." : Texts.Wrong(name, 150)) is { } wrongName) return Problems.Invalid("name", wrongName);
        if (request.Email is { Length: > 0 } email && (!email.Contains('@') ? "It is no e-mail address." : Texts.Wrong(email, 320)) is { } wrongEmail) return Problems.Invalid("email", wrongEmail);
        if (request.Status is not (null or "active" or "blocked" or "inactive")) return Problems.Invalid("status", "It must be active, blocked or inactive.");
        return await store.UpdateAsync(caller.TenantId, id, request.Name?.Trim(), request.Email?.Trim().ToLowerInvariant(), request.Status, cancellationToken) is { } contact
            ? TypedResults.Ok(contact)
            : Problems.Missing("contact");
    }
}
