using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Contacts;
using Parley.Server.Integrations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Templates;

/// <param name="ContactId">Whose data fills what is not given.</param>
/// <param name="Variables">By name.</param>
public sealed record TemplatePreviewRequest(Guid? ContactId = null, JsonNode? Variables = null);

/// <param name="Content">As the person would read it; what is missing stands as it was written.</param>
/// <param name="Missing">What has to be given before it can be sent.</param>
public sealed record TemplatePreview(string Content, IReadOnlyDictionary<string, string> Values, IReadOnlyList<string> Missing);

/// <param name="IntegrationId">The account whose provider shall review it.</param>
/// <param name="Name">Its name there: small letters, digits and _; made from ours when left out.</param>
/// <param name="Examples">By variable, what it may say.</param>
public sealed record TemplateSubmissionRequest(Guid? IntegrationId, string? Name = null, IReadOnlyDictionary<string, string>? Examples = null);

/// <summary>Writing templates here, and giving them to providers for review.</summary>
internal static partial class TemplateEditing
{
    public static void MapTemplateEditing(this IEndpointRouteBuilder routes)
    {
        var templates = routes.MapGroup("/api/templates").WithTags("Templates");
        templates.MapPost("", Create).RequireAuthorization(Policies.Editor).WithSummary("Writes a template: your own, or one that an account's provider reviews.").Produces<TemplateView>(StatusCodes.Status201Created);
        templates.MapPatch("/{id:guid}", Update).RequireAuthorization(Policies.Editor).WithSummary("Changes it; a provider's is reviewed again.").Produces<TemplateView>();
        templates.MapDelete("/{id:guid}", Delete).RequireAuthorization(Policies.Editor).WithSummary("Deletes it, also at the provider.");
        templates.MapPost("/{id:guid}/preview", Preview).RequireAuthorization(Policies.Viewer).WithSummary("Fills your own template with a contact's data, and says what is missing.");
        templates.MapPost("/{id:guid}/submission", Submit).RequireAuthorization(Policies.Editor).WithSummary("Gives your own template to a provider for review.").Produces<TemplateView>(StatusCodes.Status201Created);
    }

    static async Task<IResult> Create(
        NewTemplate request, Caller caller, HttpContext http, Idempotency idempotency, OwnTemplateStore store, IntegrationDirectory directory, IntegrationStore integrations, ChannelCatalog catalog,
        CancellationToken cancellationToken)
    {
        var form = OwnTemplateForm.Of(request);
        if (form.Errors.Count > 0) return TypedResults.ValidationProblem(form.Errors);
        if (request.IntegrationId is { } account)
        {
            if (form.Shortcut is not null) return Problems.Invalid("shortcut", "Only your own templates have shortcuts: a provider's is chosen from the list.");
            return await SubmitOnceAsync(http, idempotency, caller, account, request, new(form.Name, form.Language, form.Category, form.Content, request.Examples), integrations, directory, catalog, store, cancellationToken);
        }
        try
        {
            return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
            {
                var view = TemplateView.From(await OwnTemplateStore.AddAsync(change, caller.TenantId, form, cancellationToken));
                return (new Answer(StatusCodes.Status201Created, idempotency.Json(view), $"/api/templates/{view.Id}"), null);
            }, cancellationToken);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation) { return Taken(); }
    }

    static async Task<IResult> Update(
        Guid id, TemplateChange request, Caller caller, TemplateStore templates, OwnTemplateStore store, IntegrationDirectory directory, IntegrationStore integrations, ChannelCatalog catalog,
        CancellationToken cancellationToken)
    {
        if (await templates.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("template");
        var form = OwnTemplateForm.Of(row, request);
        if (form.Errors.Count > 0) return TypedResults.ValidationProblem(form.Errors);
        if (row.IntegrationId is { } account)
        {
            if (form.Name != row.Name || form.Language != row.Language || request.Shortcut is not null || request.Channel is not null || request.IsActive is not null)
                return Problems.Conflict("Of a provider's template only the content and the category can be changed. Write a new one for another name or language.");
            return await SubmitAsync(caller, account, new(row.Name, row.Language, form.Category, form.Content, request.Examples), row.ExternalId, (_, _) => Task.CompletedTask, integrations, directory, catalog, store, cancellationToken);
        }
        try
        {
            return await store.UpdateAsync(caller.TenantId, id, form, cancellationToken) is { } changed ? TypedResults.Ok(TemplateView.From(changed)) : Problems.Missing("template");
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation) { return Taken(); }
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        Guid id, Caller caller, TemplateStore templates, OwnTemplateStore store, IntegrationDirectory directory, ChannelCatalog catalog, CancellationToken cancellationToken)
    {
        if (await templates.FindAsync(caller.TenantId, id, cancellationToken) is not { Status: not "deleted" } row) return Problems.Missing("template");
        if (row.IntegrationId is null) return await store.DeleteAsync(caller.TenantId, id, cancellationToken) ? TypedResults.NoContent() : Problems.Missing("template");
        if (await directory.FindByIdAsync(row.IntegrationId.Value) is not { } integration || catalog.Find(integration.Provider) is not ISubmitTemplates channel)
            return Problems.Conflict("This provider's templates cannot be deleted from here.");
        if (await channel.DeleteTemplateAsync(integration.Account, row.Name, row.ExternalId, cancellationToken) is { } problem) return Problems.Conflict(problem);
        await store.SetDeletedAsync(caller.TenantId, id, cancellationToken);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<TemplatePreview>, ValidationProblem, ProblemHttpResult>> Preview(
        Guid id, TemplatePreviewRequest request, Caller caller, TemplateStore templates, ContactStore contacts, SightStore sights, CancellationToken cancellationToken)
    {
        if (await templates.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("template");
        ContactView? contact = null;
        if (request.ContactId is { } person)
        {
            if (caller.Sight is { } sight && !await sights.MaySeeAsync(caller.TenantId, sight, SightKind.Contact, person.ToString(), cancellationToken)) return Problems.Missing("contact");
            if ((contact = await contacts.FindAsync(caller.TenantId, person, cancellationToken)) is null) return Problems.Missing("contact");
        }
        var (filled, errors) = OwnTemplateFill.Fill(row, request.Variables, contact);
        return filled is null ? TypedResults.ValidationProblem(errors) : TypedResults.Ok(new TemplatePreview(filled.Content, filled.Values, filled.Missing));
    }

    static async Task<IResult> Submit(
        Guid id, TemplateSubmissionRequest request, Caller caller, HttpContext http, Idempotency idempotency, TemplateStore templates, OwnTemplateStore store, IntegrationDirectory directory, IntegrationStore integrations, ChannelCatalog catalog,
        CancellationToken cancellationToken)
    {
        if (await templates.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("template");
        if (row.IntegrationId is not null) return Problems.Conflict("It is a provider's already.");
        if (request.IntegrationId is not { } account) return Problems.Invalid("integration_id", "It is missing: whose provider shall review it?");
        var content = Payloads.Read<TemplateContent>(JsonNode.Parse(row.Content) as JsonObject)!;
        return await SubmitOnceAsync(http, idempotency, caller, account, request, new(request.Name ?? NotInNames().Replace(row.Name.ToLowerInvariant(), "_").Trim('_'), row.Language, row.Category, content, request.Examples),
            integrations, directory, catalog, store, cancellationToken);
    }

    sealed record Submitted(string Name, string Language, string? Category, TemplateContent Content, IReadOnlyDictionary<string, string>? Examples);

    // What was submitted with this key before is not submitted again: the provider would only say that it exists.
    static async Task<IResult> SubmitOnceAsync(
        HttpContext http, Idempotency idempotency, Caller caller, Guid account, object request, Submitted what,
        IntegrationStore integrations, IntegrationDirectory directory, ChannelCatalog catalog, OwnTemplateStore store, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        try
        {
            var answer = await SubmitAsync(caller, account, what, null,
                (change, row) => idempotency.KeepAsync(change, http, caller.TenantId, request, new(StatusCodes.Status201Created, idempotency.Json(TemplateView.From(row)), $"/api/templates/{row.Id}"), cancellationToken),
                integrations, directory, catalog, store, cancellationToken);
            // Of two at once, the provider took one: the other has its answer.
            return answer is ValidationProblem && await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } meanwhile ? meanwhile : answer;
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) ?? Taken();
        }
    }

    // The provider first, then our row: if this breaks off in between, the next reading brings it.
    static async Task<IResult> SubmitAsync(
        Caller caller, Guid account, Submitted what, string? externalId, Func<Change, TemplateRow, Task> alongside,
        IntegrationStore integrations, IntegrationDirectory directory, ChannelCatalog catalog, OwnTemplateStore store, CancellationToken cancellationToken)
    {
        if (await integrations.FindAsync(caller.TenantId, account, cancellationToken) is null || await directory.FindByIdAsync(account) is not { } integration) return Problems.Missing("integration");
        if (catalog.Find(integration.Provider) is not ISubmitTemplates channel) return Problems.Invalid("integration_id", "This account's provider reviews no templates. Keep it as your own.");
        if (!ProviderName().IsMatch(what.Name)) return Problems.Invalid("name", "For a provider it has small letters, digits and _ only, such as order_ready.");
        var missing = OwnTemplateForm.Names(what.Content).Where(variable => string.IsNullOrWhiteSpace(what.Examples?.GetValueOrDefault(variable))).ToList();
        if (missing.Count > 0)
            return TypedResults.ValidationProblem(missing.ToDictionary(variable => $"examples.{variable}", variable => new[] { $"It is missing: reviewers read the text with an example for {{{{{variable}}}}}." }));
        var draft = new TemplateDraft(externalId, what.Name, what.Language, TemplateCategories.AtProvider(what.Category), what.Content, what.Examples ?? new Dictionary<string, string>());
        var submission = await channel.SubmitTemplateAsync(integration.Account, draft, cancellationToken);
        if (submission.Problem is { } problem) return Problems.Invalid("content", problem);
        var view = TemplateView.From(await store.PutSubmittedAsync(caller.TenantId, account, integration.Account.Channel, draft, submission, alongside, cancellationToken));
        return externalId is null ? TypedResults.Created($"/api/templates/{view.Id}", view) : TypedResults.Ok(view);
    }

    static ProblemHttpResult Taken() => Problems.Conflict("There is a template of this name in this language and channel already, or another one has this shortcut.");

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();

    [GeneratedRegex("^[a-z0-9_]{1,512}$")]
    private static partial Regex ProviderName();
}
