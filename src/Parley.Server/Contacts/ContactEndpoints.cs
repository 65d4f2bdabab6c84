using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Search;

namespace Parley.Server.Contacts;

/// <summary>What is given is changed; a null empties the field.</summary>
/// <param name="Phone">With + (or 00) and the country's code, such as +49 30 123456; kept as +E.164. A number without them is refused.</param>
/// <param name="Status">active, blocked or inactive.</param>
/// <param name="SocialHandles">Members to change; one that is null goes.</param>
/// <param name="Metadata">Custom fields to change; one that is null goes.</param>
public sealed record ContactChange(
    string? Name = null, string? Phone = null, string? Email = null, string? ExternalRef = null, string? Status = null, string? Notes = null,
    JsonObject? SocialHandles = null, JsonObject? Metadata = null);

/// <param name="Handle">One of the contact's, as its identities name it.</param>
public sealed record OptOutRequest(string? Channel = null, string? Handle = null);

internal static class ContactEndpoints
{
    public static void MapContacts(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/contacts").WithTags("Contacts").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("Contacts, the newest first: all, or those that a search and filters leave. A page may have fewer than were asked for and go on: next_cursor tells.");
        read.MapGet("/export", ContactExport.RunAsync).WithSummary("The same contacts as a CSV file.").Produces(StatusCodes.Status200OK, contentType: "text/csv");
        read.MapGet("/{id:guid}", Show).WithSummary("A contact, with its identities. The id of one that was merged leads to who it is now.");
        read.MapGet("/{id:guid}/messages", Messages).WithSummary("Everything that was said with a contact, on all channels, the newest first.");

        var write = routes.MapGroup("/api/contacts").WithTags("Contacts").RequireAuthorization(Policies.Editor);
        write.MapPost("", Create).WithSummary("Makes a contact.").Accepts<ContactChange>("application/json").Produces<ContactView>(StatusCodes.Status201Created);
        write.MapPatch("/{id:guid}", Update).WithSummary("Changes what is given; a null empties.").Accepts<ContactChange>("application/json");
        write.MapDelete("/{id:guid}", Delete).WithSummary("Deletes a contact with whom nothing was said.");
        write.MapPut("/{id:guid}/opt-out", OptOut).WithSummary("One of the contact's addresses is not to be written to any more.");
        write.MapPost("/{id:guid}/opt-in", OptIn).WithSummary("It may be written to again.");
    }

    static async Task<Results<Ok<Page<ContactView>>, ValidationProblem>> List(
        Caller caller, ContactStore store, ContactSearch contacts, SearchStore search, [AsParameters] ContactQuery query, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var (filter, wrong) = await query.ReadAsync(search, caller.Sight, cancellationToken);
        if (filter is null) return wrong!;
        if (ReferenceEquals(filter, ContactQuery.Nothing)) return TypedResults.Ok(new Page<ContactView>([], null));
        var (ids, next) = await contacts.ListAsync(caller.TenantId, filter, page.After?.Id, page.Size + 1, cancellationToken);
        var rows = await store.ListByIdsAsync(caller.TenantId, ids, cancellationToken);
        var found = Page<ContactView>.Of([.. rows.Reverse()], page.Size, contact => new Cursor(contact.CreatedAt, contact.Id));
        // Not filled, and not at the end: whoever wants more goes on from there.
        return TypedResults.Ok(found.NextCursor is null && next is { } edge ? found with { NextCursor = new Cursor(DateTimeOffset.UnixEpoch, edge).ToString() } : found);
    }

    static async Task<Results<Ok<ContactView>, ProblemHttpResult>> Show(Guid id, Caller caller, ContactStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } contact ? TypedResults.Ok(contact) : Problems.Missing("contact");

    static async Task<Results<Ok<Page<MessageView>>, ProblemHttpResult, ValidationProblem>> Messages(
        Guid id, Caller caller, ContactStore store, CancellationToken cancellationToken, string? channel = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (channel is not null && !ContactFields.Channels.Contains(channel)) return Problems.Invalid("channel", $"It must be one of {string.Join(", ", ContactFields.Channels)}.");
        var rows = await store.ListMessagesAsync(caller.TenantId, id, page.After, channel, page.Size, cancellationToken);
        if (rows.Count == 0 && await store.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("contact");
        return TypedResults.Ok(Page<MessageView>.Of(rows, page.Size, message => new Cursor(message.OccurredAt, message.Id)));
    }

    static async Task<IResult> Create(JsonObject request, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var (fields, wrong) = ContactFields.Read(request);
        if (wrong.Count > 0) return Wrong(wrong);
        if (fields is { Name: null, Phone: null, Email: null, ExternalRef: null, SocialHandles.Count: 0 }) return Problems.Invalid("name", "Say who it is: a name, a number, an address, a handle or an external reference.");
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var contact = await ContactStore.AddAsync(change, caller.TenantId, fields, cancellationToken);
            // Who sees only what is theirs would not see whom they made.
            if (caller.Sight is { } sight) await Assignments.AssignmentStore.TakeAsync(change, caller.TenantId, contact.Id, sight, cancellationToken);
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(contact), $"/api/contacts/{contact.Id}"), null);
        }, cancellationToken);
    }

    static async Task<Results<Ok<ContactView>, ProblemHttpResult, ValidationProblem>> Update(
        Guid id, JsonObject request, Caller caller, ContactStore store, CancellationToken cancellationToken)
    {
        var (fields, wrong) = ContactFields.Read(request);
        if (wrong.Count > 0) return await store.FindAsync(caller.TenantId, id, cancellationToken) is null ? Problems.Missing("contact") : Wrong(wrong);
        return await store.UpdateAsync(caller.TenantId, id, fields, cancellationToken) is { } contact ? TypedResults.Ok(contact) : Problems.Missing("contact");
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, Caller caller, ContactStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(caller.TenantId, id, cancellationToken) switch
        {
            null => Problems.Missing("contact"),
            false => Problems.Conflict("Messages were exchanged with this contact, and they stay. Make it inactive or block it instead."),
            true => TypedResults.NoContent(),
        };

    static Task<Results<Ok<ContactView>, ProblemHttpResult>> OptOut(Guid id, OptOutRequest request, Caller caller, ContactStore store, CancellationToken cancellationToken) =>
        SetOptOutAsync(id, request, true, caller, store, cancellationToken);

    static Task<Results<Ok<ContactView>, ProblemHttpResult>> OptIn(Guid id, OptOutRequest request, Caller caller, ContactStore store, CancellationToken cancellationToken) =>
        SetOptOutAsync(id, request, false, caller, store, cancellationToken);

    static async Task<Results<Ok<ContactView>, ProblemHttpResult>> SetOptOutAsync(Guid id, OptOutRequest request, bool isOut, Caller caller, ContactStore store, CancellationToken cancellationToken) =>
        await store.SetOptOutAsync(caller.TenantId, id, request.Channel ?? "", request.Handle ?? "", isOut, cancellationToken)
            && await store.FindAsync(caller.TenantId, id, cancellationToken) is { } contact
            ? TypedResults.Ok(contact)
            : Problems.Missing("address of this contact");

    static ValidationProblem Wrong(Dictionary<string, string> wrong) => TypedResults.ValidationProblem(wrong.ToDictionary(field => field.Key, field => new[] { field.Value }));
}
