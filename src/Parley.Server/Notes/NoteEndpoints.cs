using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Audit;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Notes;

/// <param name="Content">Markdown; "@[Ana](user:&lt;id&gt;)" names a colleague.</param>
/// <param name="Type">public when it is left out, or private.</param>
/// <param name="ConversationId">Where it is written.</param>
public sealed record NewNote(string? Content, string? Type = null, Guid? ConversationId = null);

/// <param name="Version">The one that was seen; another one since is a conflict.</param>
public sealed record NoteChange(string? Content = null, string? Type = null, int? Version = null);

internal static class NoteEndpoints
{
    const int Longest = 20_000;

    public static IServiceCollection AddNotes(this IServiceCollection services) => services.AddSingleton<NoteStore>().AddSingleton<NotificationStore>();

    public static void MapNotes(this IEndpointRouteBuilder routes)
    {
        var notes = routes.MapGroup("/api").WithTags("Notes");
        notes.MapGet("/contacts/{id:guid}/notes", List).RequireAuthorization(Policies.Viewer).WithSummary("Notes about a contact, the newest first. Private ones are for their authors and admins.");
        notes.MapPost("/contacts/{id:guid}/notes", Add).RequireAuthorization(Policies.Editor).WithSummary("Writes a note. Whoever is named in it is told.").Produces<NoteView>(StatusCodes.Status201Created);
        notes.MapGet("/notes/{id:guid}", Show).RequireAuthorization(Policies.Viewer).WithSummary("A note.");
        notes.MapGet("/notes/{id:guid}/versions", Versions).RequireAuthorization(Policies.Viewer).WithSummary("What a note says and said.");
        notes.MapPatch("/notes/{id:guid}", Update).RequireAuthorization(Policies.Editor).WithSummary("Changes a note of one's own; admins change any.");
        notes.MapDelete("/notes/{id:guid}", Delete).RequireAuthorization(Policies.Editor).WithSummary("Deletes a note of one's own; admins delete any.");

        var mine = routes.MapGroup("/api/notifications").WithTags("Notes").RequireAuthorization(Policies.Viewer);
        mine.MapGet("", Notifications).WithSummary("Where I was named, the newest first.");
        mine.MapPut("/{id:guid}/read", Read).WithSummary("Marks one read.");
        mine.MapPut("/read", ReadAll).WithSummary("Marks all read.");
    }

    static async Task<Results<Ok<Page<NoteView>>, ValidationProblem, ProblemHttpResult>> List(
        Guid id, Caller caller, NoteStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        return await store.ListAsync(caller, id, page.After, page.Size, cancellationToken) is { } notes
            ? TypedResults.Ok(Page<NoteView>.Of(notes, page.Size, note => new Cursor(note.CreatedAt, note.Id)))
            : Problems.Missing("contact");
    }

    static async Task<IResult> Add(Guid id, NewNote request, Caller caller, HttpContext http, NoteStore store, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (await store.ListAsync(caller, id, null, 1, cancellationToken) is null) return Problems.Missing("contact");
        if (Wrong(request.Content ?? "", request.Type) is { } wrong) return wrong;
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
            await NoteStore.AddAsync(change, caller, id, request.ConversationId, request.Type ?? "public", request.Content!.Trim(), cancellationToken) is { } note
                ? (new Answer(StatusCodes.Status201Created, idempotency.Json(note), $"/api/notes/{note.Id}"), null)
                : (null, Problems.Missing("conversation of this contact")), cancellationToken);
    }

    static async Task<Results<Ok<NoteView>, ProblemHttpResult>> Show(Guid id, Caller caller, NoteStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller, id, cancellationToken) is { } note ? TypedResults.Ok(note) : Problems.Missing("note");

    static async Task<Results<Ok<Page<NoteVersionView>>, ProblemHttpResult>> Versions(Guid id, Caller caller, NoteStore store, CancellationToken cancellationToken) =>
        await store.ListVersionsAsync(caller, id, cancellationToken) is { } versions ? TypedResults.Ok(new Page<NoteVersionView>(versions, null)) : Problems.Missing("note");

    static async Task<IResult> Update(Guid id, NoteChange request, Caller caller, HttpContext http, NoteStore store, Denials denials, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller, id, cancellationToken) is null) return Problems.Missing("note");
        if (Wrong(request.Content, request.Type) is { } wrong) return wrong;
        var (note, done) = await store.UpdateAsync(caller, id, request.Type, request.Content?.Trim(), request.Version, cancellationToken);
        if (note is null) return Problems.Missing("note");
        if (done) return TypedResults.Ok(note);
        return note.Author == caller.Author || caller.Role == Policies.Admin
            ? Problems.Conflict("Somebody has changed this note meanwhile. Look at it again.")
            : await RefuseAsync(http, denials, cancellationToken);
    }

    static async Task<IResult> Delete(Guid id, Caller caller, HttpContext http, NoteStore store, Denials denials, CancellationToken cancellationToken) =>
        await store.DeleteAsync(caller, id, cancellationToken) switch
        {
            null => Problems.Missing("note"),
            true => TypedResults.NoContent(),
            false => await RefuseAsync(http, denials, cancellationToken),
        };

    static async Task<Results<Ok<Page<NotificationView>>, ValidationProblem>> Notifications(
        Caller caller, NotificationStore store, CancellationToken cancellationToken, bool? unread = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (caller.UserId is not { } user) return TypedResults.Ok(new Page<NotificationView>([], null));
        var rows = await store.ListAsync(caller.TenantId, caller.Sight, user, unread == true, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<NotificationView>.Of(rows, page.Size, one => new Cursor(one.CreatedAt, one.Id)));
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Read(Guid id, Caller caller, NotificationStore store, CancellationToken cancellationToken) =>
        caller.UserId is { } user && await store.ReadAsync(caller.TenantId, user, id, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("notification");

    static async Task<NoContent> ReadAll(Caller caller, NotificationStore store, CancellationToken cancellationToken)
    {
        if (caller.UserId is { } user) await store.ReadAsync(caller.TenantId, user, null, cancellationToken);
        return TypedResults.NoContent();
    }

    static ValidationProblem? Wrong(string? content, string? type)
    {
        if (content is not null && (string.IsNullOrWhiteSpace(content) ? "It is empty." : Texts.Wrong(content, Longest)) is { } wrong) return Problems.Invalid("content", wrong);
        return type is null or "public" or "private" ? null : Problems.Invalid("type", "It must be public or private.");
    }

    static async Task<ProblemHttpResult> RefuseAsync(HttpContext http, Denials denials, CancellationToken cancellationToken)
    {
        await denials.NoteAsync(http, "author", cancellationToken);
        return TypedResults.Problem("This note is somebody else's. Its author and admins can change it.", statusCode: 403, title: "Not allowed");
    }
}
