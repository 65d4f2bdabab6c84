using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Bot.Knowledge;

/// <param name="Title">How answers name it.</param>
/// <param name="Content">Text or Markdown; its headings help to find things.</param>
public sealed record DocumentRequest(string? Title, string? Content);

/// <summary>A document that bots may answer from.</summary>
/// <param name="Characters">How long it is.</param>
/// <param name="Content">Only on a single document.</param>
public sealed record DocumentView(Guid Id, string Title, int Characters, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? Content = null)
{
    internal static DocumentView From(DocumentRow row) => new(row.Id, row.Title, row.Characters, row.CreatedAt, row.UpdatedAt);
}

internal static class DocumentEndpoints
{
    public static void MapBotDocuments(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/bot/documents").WithTags("Bot").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("The documents that bots may answer from.");
        read.MapGet("/{id:guid}", Show).WithSummary("A document, with its text.");

        var write = routes.MapGroup("/api/bot/documents").WithTags("Bot").RequireAuthorization(Policies.Admin);
        write.MapPost("", Create).WithSummary("Gives the bots a document: text or Markdown.").Produces<DocumentView>(StatusCodes.Status201Created);
        write.MapPut("/{id:guid}", Replace).WithSummary("Replaces a document.");
        write.MapDelete("/{id:guid}", Delete).WithSummary("Takes a document away.");
    }

    static async Task<Results<Ok<Page<DocumentView>>, ValidationProblem>> List(Caller caller, DocumentStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, page.After?.Id, page.Size + 1, cancellationToken);
        return TypedResults.Ok(Page<DocumentView>.Of([.. rows.Select(DocumentView.From)], page.Size, document => new Cursor(document.CreatedAt, document.Id)));
    }

    static async Task<Results<Ok<DocumentView>, ProblemHttpResult>> Show(Guid id, Caller caller, DocumentStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(DocumentView.From(row) with { Content = row.Content }) : Problems.Missing("document");

    static async Task<IResult> Create(DocumentRequest request, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (Check(request) is { } wrong) return wrong;
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
            await DocumentStore.CreateAsync(change, caller.TenantId, request.Title!.Trim(), request.Content!, cancellationToken) is { } row
                ? (new Answer(StatusCodes.Status201Created, idempotency.Json(DocumentView.From(row)), $"/api/bot/documents/{row.Id}"), null)
                : (null, NoRoom()), cancellationToken);
    }

    static async Task<Results<Ok<DocumentView>, ProblemHttpResult, ValidationProblem>> Replace(Guid id, DocumentRequest request, Caller caller, DocumentStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("document");
        if (Check(request) is { } wrong) return wrong;
        var (row, hasRoom) = await store.ReplaceAsync(caller.TenantId, id, request.Title!.Trim(), request.Content!, cancellationToken);
        return row is not null ? TypedResults.Ok(DocumentView.From(row)) : hasRoom ? Problems.Missing("document") : NoRoom();
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, Caller caller, DocumentStore store, CancellationToken cancellationToken) =>
        await store.DeleteAsync(caller.TenantId, id, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("document");

    static ValidationProblem? Check(DocumentRequest request)
    {
        var errors = new Dictionary<string, string[]>();
        if (string.IsNullOrWhiteSpace(request.Title)) errors["title"] = ["It is missing: how answers name the document."];
        else if (Texts.Wrong(request.Title.Trim(), DocumentStore.LongestTitle) is { } title) errors["title"] = [title];
        if (string.IsNullOrWhiteSpace(request.Content)) errors["content"] = ["It is empty: there is nothing to answer from."];
        else if (Texts.Wrong(request.Content, DocumentStore.LongestContent) is { } content) errors["content"] = [content];
        return errors.Count == 0 ? null : TypedResults.ValidationProblem(errors);
    }

    static ProblemHttpResult NoRoom() => Problems.Conflict($"There is no room for it: {DocumentStore.MostDocuments} documents, with {DocumentStore.MostCharacters:N0} characters together, are possible.");
}
