using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Integrations;

/// <param name="ExternalId">The provider's id of the account; for Meta's WhatsApp the phone_number_id.</param>
/// <param name="Config">Settings that are no secrets.</param>
/// <param name="Credentials">Secrets: stored encrypted, never shown again.</param>
public sealed record NewIntegration(string? Provider, string? Channel, string? Name, string? ExternalId, JsonObject? Config, JsonObject? Credentials);

/// <param name="Status">active, paused (takes messages, sends none: what is queued waits) or disabled.</param>
/// <param name="Config">The given settings replace those of the same name; null takes one away.</param>
/// <param name="Credentials">The given secrets replace those of the same name.</param>
public sealed record IntegrationChange(string? Name = null, string? Status = null, JsonObject? Config = null, JsonObject? Credentials = null);

/// <param name="Config">Settings that are no secrets; what only serves to configure the provider is shown to admins.</param>
/// <param name="CredentialsSet">The names of the secrets that are stored; the secrets themselves never leave.</param>
public sealed record IntegrationView(
    Guid Id, string Provider, string Channel, string Name, string ExternalId, JsonNode Config, IReadOnlyList<string> CredentialsSet, string Status,
    string Health, string? HealthMessage, DateTimeOffset? HealthAt, string WebhookUrl, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>When a secret was last replaced, or first given.</summary>
    public DateTimeOffset? CredentialsChangedAt { get; init; }
}

/// <summary>How providers reach us. A function, because the listening address is known late.</summary>
internal sealed record PublicAddress(Func<string> Url)
{
    /// <summary>Where the provider posts what happens on this integration.</summary>
    public string Of(string provider, Guid integration) => $"{Url()}/webhooks/{provider}/{integration}";
}

internal static class IntegrationEndpoints
{
    // No secrets that let anybody in, but nobody's business who cannot configure: with it one subscribes a webhook as if one were the provider's console.
    static readonly string[] Configuring = ["verify_token"];

    public static void MapIntegrations(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api").WithTags("Integrations").RequireAuthorization(Policies.Viewer);
        read.MapGet("/integrations", List).WithSummary("The connected accounts.");
        read.MapGet("/integrations/{id:guid}", Show).WithSummary("A connected account.");
        read.MapGet("/integrations/{id:guid}/health-events", Health).WithSummary("When it began to work and when it ceased to, the newest first.");
        read.MapGet("/integration-forms", Forms).WithSummary("What each provider needs to be connected.");

        var write = routes.MapGroup("/api/integrations").WithTags("Integrations").RequireAuthorization(Policies.Admin);
        write.MapPost("", Create).WithSummary("Connects an account.").Produces<IntegrationView>(StatusCodes.Status201Created);
        write.MapPatch("/{id:guid}", Update).WithSummary("Changes name, settings, secrets; pauses it, switches it off and on.");
        write.MapGet("/{id:guid}/removal", Removal).WithSummary("What would be lost if it were removed.");
        write.MapDelete("/{id:guid}", Remove).WithSummary("Removes it with all its conversations; ?name= must be its name.");
        write.MapPost("/{id:guid}/test", Test).WithSummary("Asks the provider whether the account works, and says so in words.");
    }

    static async Task<Results<Ok<Page<IntegrationView>>, ValidationProblem>> List(
        Caller caller, IntegrationStore store, SecretBox secrets, PublicAddress address, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, page.After?.Id, page.Size + 1, cancellationToken);
        return TypedResults.Ok(Page<IntegrationView>.Of([.. rows.Select(row => View(caller, row, secrets, address))], page.Size, row => new Cursor(row.CreatedAt, row.Id)));
    }

    static async Task<Results<Ok<IntegrationView>, ProblemHttpResult>> Show(
        Guid id, Caller caller, IntegrationStore store, SecretBox secrets, PublicAddress address, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(View(caller, row, secrets, address)) : Problems.Missing("integration");

    static Ok<IReadOnlyList<ProviderForm>> Forms(ChannelCatalog catalog) =>
        TypedResults.Ok<IReadOnlyList<ProviderForm>>([.. catalog.All.Select(channel => new ProviderForm(channel.Provider, channel.Channels, channel.Settings.Fields, channel is IReadHistory, channel is IRegisterWebhooks))]);

    static async Task<IResult> Create(
        NewIntegration request, Caller caller, HttpContext http, ChannelCatalog catalog, IntegrationStore store, SecretBox secrets, PublicAddress address,
        Idempotency idempotency, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var form = new IntegrationForm(request.Provider, request.Channel, request.Name, request.ExternalId,
            Present(Strings(errors, "config", request.Config)), Present(Strings(errors, "credentials", request.Credentials)));
        foreach (var (field, wrong) in form.Check(catalog)) errors.TryAdd(field, wrong);
        if (errors.Count > 0) return TypedResults.ValidationProblem(errors);

        var account = new ChannelAccount(form.Channel!, form.AccountId(catalog)!, form.Config, form.Credentials);
        // The answer is kept for the key beside the integration, in the same transaction; it holds no secret.
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        var row = await store.CreateAsync(caller.TenantId, form.Provider!, form.Name!.Trim(), account,
            (change, created) => idempotency.KeepAsync(change, http, caller.TenantId, request, Answer(idempotency, View(caller, created, secrets, address)), cancellationToken), cancellationToken);
        if (row is null)
            return await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken)
                ?? Problems.Conflict("This account is connected already.");
        var view = View(caller, row, secrets, address);
        return TypedResults.Created($"/api/integrations/{view.Id}", view);
    }

    static async Task<Results<Ok<IntegrationView>, ProblemHttpResult, ValidationProblem>> Update(
        Guid id, IntegrationChange request, Caller caller, ChannelCatalog catalog, IntegrationStore store, IntegrationDirectory directory, SecretBox secrets,
        PublicAddress address, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        if (request.Name is not null) IntegrationForm.CheckName(errors, request.Name);
        if (request.Status is not (null or "active" or "paused" or "disabled")) errors["status"] = ["It must be active, paused or disabled."];
        var edit = new IntegrationEdit(request.Name?.Trim(), request.Status,
            request.Config is null ? null : Strings(errors, "config", request.Config), request.Credentials is null ? null : Strings(errors, "credentials", request.Credentials));
        if (errors.Count > 0) return TypedResults.ValidationProblem(errors);

        var (row, wrong) = await store.UpdateAsync(caller.TenantId, id, edit, catalog, cancellationToken);
        if (row is null) return Problems.Missing("integration");
        if (wrong.Count > 0) return TypedResults.ValidationProblem(wrong);
        directory.Forget(id);
        return TypedResults.Ok(View(caller, row, secrets, address));
    }

    static async Task<Results<Ok<Page<HealthEvent>>, ProblemHttpResult>> Health(Guid id, Caller caller, IntegrationStore store, IntegrationHistory history, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is null ? Problems.Missing("integration")
            : TypedResults.Ok(new Page<HealthEvent>(await history.ListAsync(caller.TenantId, id, cancellationToken), null));

    static async Task<Results<Ok<RemovalView>, ProblemHttpResult>> Removal(Guid id, Caller caller, IntegrationStore store, IntegrationHistory history, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(await history.CountAsync(caller.TenantId, row, cancellationToken)) : Problems.Missing("integration");

    static async Task<Results<NoContent, ValidationProblem, ProblemHttpResult>> Remove(
        Guid id, Caller caller, IntegrationStore store, IntegrationDirectory directory, CancellationToken cancellationToken, string? name = null)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("integration");
        if (name != row.Name) return Problems.Invalid("name", $"It must be the name of the account, “{row.Name}”: everything of it is lost (GET …/removal counts it).");
        if (!await store.RemoveAsync(caller.TenantId, id, cancellationToken)) return Problems.Missing("integration");
        directory.Forget(id);
        return TypedResults.NoContent();
    }

    static async Task<Results<Ok<AccountTest>, ProblemHttpResult>> Test(
        Guid id, Caller caller, ChannelCatalog catalog, IntegrationStore store, IntegrationDirectory directory, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("integration");
        directory.Forget(id);
        if (await directory.FindByIdAsync(id) is not { } integration || catalog.Find(integration.Provider) is not ITestAccounts channel)
            return Problems.Conflict("This provider has no way to test an account.");
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(10));
        AccountTest test;
        try
        {
            test = await channel.TestAsync(integration.Account, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            test = new(false, "The provider did not answer within 10 seconds.", "config.base_url");
        }
        await store.SetHealthAsync(caller.TenantId, id, test.Works ? "ok" : "failing", test.Message, cancellationToken);
        return TypedResults.Ok(test);
    }

    internal static IntegrationView View(Caller caller, IntegrationRow row, SecretBox secrets, PublicAddress address)
    {
        var credentials = secrets.Unprotect(caller.TenantId, row.Id, row.Credentials);
        var config = JsonNode.Parse(row.Config)!.AsObject();
        if (caller.Role != Policies.Admin)
            foreach (var name in Configuring) config.Remove(name);
        return new(
            row.Id, row.Provider, row.Channel, row.Name, row.ExternalId, config, [.. credentials?.Keys.Order() ?? Enumerable.Empty<string>()], row.Status,
            credentials is null ? "failing" : row.Health, credentials is null ? "The stored credentials cannot be opened: they were made with another master key. Give all of them again." : row.HealthMessage,
            row.HealthAt, address.Of(row.Provider, row.Id), row.CreatedAt, row.UpdatedAt) { CredentialsChangedAt = row.CredentialsChangedAt ?? row.CreatedAt };
    }

    static Answer Answer(Idempotency idempotency, IntegrationView view) => new(StatusCodes.Status201Created, idempotency.Json(view), $"/api/integrations/{view.Id}");

    // Numbers and booleans are taken as their text; what is nested is nobody's setting.
    static Dictionary<string, string?> Strings(Dictionary<string, string[]> errors, string path, JsonObject? given)
    {
        var strings = new Dictionary<string, string?>();
        foreach (var (name, value) in given ?? [])
        {
            if (value is null) strings[name] = null;
            else if (value is JsonValue plain) strings[name] = plain.GetValueKind() == JsonValueKind.String ? plain.GetValue<string>() : plain.ToJsonString();
            else errors[$"{path}.{name}"] = ["It must be a text."];
        }
        return strings;
    }

    static Dictionary<string, string> Present(Dictionary<string, string?> given) => given.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!);
}

/// <summary>What a provider's form asks for.</summary>
/// <param name="KeepsHistory">What was said before the account was connected can be read (…/sync).</param>
/// <param name="RegistersWebhooks">The provider can be told from here where to post (…/webhook).</param>
public sealed record ProviderForm(string Provider, IReadOnlyList<string> Channels, IReadOnlyList<SettingField> Fields, bool KeepsHistory, bool RegistersWebhooks);
