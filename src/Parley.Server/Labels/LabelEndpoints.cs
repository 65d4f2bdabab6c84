using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Labels;

/// <param name="Colour">gray (the default), red, orange, yellow, green, teal, blue, purple or pink.</param>
public sealed record LabelRequest(string? Name = null, string? Colour = null);

internal static class LabelEndpoints
{
    static readonly string[] Colours = ["gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"];

    public static void MapLabels(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api").WithTags("Labels").RequireAuthorization(Policies.Viewer);
        read.MapGet("/labels", List).WithSummary("All labels, by name.");
        read.MapGet("/contacts/{id:guid}/labels", OfContact).WithSummary("The labels of a contact.");

        var write = routes.MapGroup("/api").WithTags("Labels").RequireAuthorization(Policies.Editor);
        write.MapPost("/labels", Create).WithSummary("Makes a label.").Produces<LabelView>(StatusCodes.Status201Created);
        write.MapPatch("/labels/{id:guid}", Update).WithSummary("Changes its name or colour.");
        write.MapDelete("/labels/{id:guid}", Delete).WithSummary("Deletes it, and takes it off everything that bears it.");
        write.MapPut("/conversations/{id:guid}/labels/{label:guid}", (Guid id, Guid label, Caller caller, LabelStore store, CancellationToken cancellationToken) => Answer(store.PutOnConversationAsync(caller.TenantId, id, label, cancellationToken))).WithSummary("Puts a label on a conversation.");
        write.MapDelete("/conversations/{id:guid}/labels/{label:guid}", (Guid id, Guid label, Caller caller, LabelStore store, CancellationToken cancellationToken) => Answer(store.TakeOffConversationAsync(caller.TenantId, id, label, cancellationToken))).WithSummary("Takes it off.");
        write.MapPut("/contacts/{id:guid}/labels/{label:guid}", (Guid id, Guid label, Caller caller, LabelStore store, CancellationToken cancellationToken) => Answer(store.PutOnContactAsync(caller.TenantId, id, label, cancellationToken))).WithSummary("Puts a label on a contact.");
        write.MapDelete("/contacts/{id:guid}/labels/{label:guid}", (Guid id, Guid label, Caller caller, LabelStore store, CancellationToken cancellationToken) => Answer(store.TakeOffContactAsync(caller.TenantId, id, label, cancellationToken))).WithSummary("Takes it off.");
    }

    static async Task<Ok<Page<LabelView>>> List(Caller caller, LabelStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<LabelView>(await store.ListAsync(caller.TenantId, cancellationToken), null));

    static async Task<Results<Ok<IReadOnlyList<LabelView>>, ProblemHttpResult>> OfContact(Guid id, Caller caller, LabelStore store, CancellationToken cancellationToken) =>
        await store.ListOfContactAsync(caller.TenantId, id, cancellationToken) is { } labels ? TypedResults.Ok(labels) : Problems.Missing("contact");

    static async Task<IResult> Create(LabelRequest request, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken)
    {
        if (Wrong(request, isNew: true) is { } wrong) return wrong;
        try
        {
            return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
                await LabelStore.AddAsync(change, caller.TenantId, request.Name!.Trim(), request.Colour ?? "gray", cancellationToken) is { } label
                    ? (new Answer(StatusCodes.Status201Created, idempotency.Json(label), $"/api/labels/{label.Id}"), null)
                    : (null, Problems.Conflict($"There are {LabelStore.Most} labels already: nobody finds more.")), cancellationToken);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation) { return Taken(); }
    }

    static async Task<Results<Ok<LabelView>, ValidationProblem, ProblemHttpResult>> Update(Guid id, LabelRequest request, Caller caller, LabelStore store, CancellationToken cancellationToken)
    {
        if (Wrong(request, isNew: false) is { } wrong) return wrong;
        try
        {
            return await store.UpdateAsync(caller.TenantId, id, request.Name?.Trim(), request.Colour, cancellationToken) is { } label ? TypedResults.Ok(label) : Problems.Missing("label");
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation) { return Taken(); }
    }

    static Task<Results<NoContent, ProblemHttpResult>> Delete(Guid id, Caller caller, LabelStore store, CancellationToken cancellationToken) => Answer(store.DeleteAsync(caller.TenantId, id, cancellationToken));

    static ValidationProblem? Wrong(LabelRequest request, bool isNew) =>
        request.Name is null && isNew || request.Name is not null && string.IsNullOrWhiteSpace(request.Name) ? Problems.Invalid("name", "It is missing.")
        : request.Name is { } name && Texts.Wrong(name.Trim(), 50) is { } unfit ? Problems.Invalid("name", unfit)
        : request.Colour is { } colour && !Colours.Contains(colour) ? Problems.Invalid("colour", $"It must be one of {string.Join(", ", Colours)}.")
        : null;

    static ProblemHttpResult Taken() => Problems.Conflict("There is a label of this name already.");

    static async Task<Results<NoContent, ProblemHttpResult>> Answer(Task<bool> work) => await work ? TypedResults.NoContent() : Problems.Missing("conversation, contact or label");
}
