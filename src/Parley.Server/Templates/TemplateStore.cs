using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Templates;

/// <summary>A template: as the provider had it when it was last read, or one of your own (without an account), which needs no approval.</summary>
/// <param name="Category">text, marketing, otp or transactional.</param>
/// <param name="Status">approved, pending, rejected, paused, disabled, deleted…: only approved ones can be sent.</param>
/// <param name="Content">header, body, footer and buttons; variables are written {{1}} or {{first_name}}.</param>
/// <param name="Variables">What each part must be given: names, or numbers.</param>
public sealed record TemplateView(
    Guid Id, Guid? IntegrationId, string Channel, string Name, string Language, string Category, string Status, string? RejectedReason, string? Quality,
    JsonNode Content, TemplateVariables Variables, string? ExternalId, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>False for an own one that is kept and not offered.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>What brings it into the composer, after a slash.</summary>
    public string? Shortcut { get; init; }

    /// <summary>The provider's own word for the category, such as utility; null for an own template.</summary>
    public string? ProviderCategory { get; init; }

    internal static TemplateView From(TemplateRow row)
    {
        var content = Payloads.Read<TemplateContent>(JsonNode.Parse(row.Content) as JsonObject)!;
        return new(row.Id, row.IntegrationId, row.Channel, row.Name, row.Language, TemplateCategories.Of(row.Category), row.Status, row.RejectedReason, row.Quality, JsonNode.Parse(row.Content)!,
            new(Placeholders.In(content.Header?.Text), Placeholders.In(content.Body), [.. content.Buttons.Select((button, index) => (button, index)).Where(x => Placeholders.In(x.button.Url).Count > 0).Select(x => x.index)],
                content.Header?.Format is ("image" or "video" or "document" or "location") and var format ? format : null),
            row.ExternalId, row.CreatedAt, row.UpdatedAt) { IsActive = row.IsActive, Shortcut = row.Shortcut, ProviderCategory = row.IntegrationId is null ? null : row.Category };
    }
}

/// <param name="Buttons">Positions of the buttons whose address ends in a variable.</param>
/// <param name="Media">image, video, document or location, when the header is one.</param>
public sealed record TemplateVariables(IReadOnlyList<string> Header, IReadOnlyList<string> Body, IReadOnlyList<int> Buttons, string? Media);

/// <summary>All SQL of templates.</summary>
internal sealed class TemplateStore(TenantDatabase database)
{
    internal const string Columns = "id, integration_id, channel, name, language, category, status, rejected_reason, quality, content::text as content, external_id, is_active, shortcut, created_at, updated_at";

    public Task<IReadOnlyList<TemplateRow>> ListAsync(Guid tenant, TemplateFilter filter, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<TemplateRow>(tenant, $"""
            select {Columns}
            from templates
            where tenant_id = @tenant
              {(filter.IntegrationId is null ? "" : "and integration_id = @IntegrationId")} {(filter.Status is null ? "and status <> 'deleted'" : "and status = @Status")}
              {(filter.Own is null ? "" : filter.Own.Value ? "and integration_id is null" : "and integration_id is not null")} {(filter.Channel is null ? "" : "and channel in (@Channel, 'all')")}
              {(filter.Name is null ? "" : "and name = @Name")} {(filter.Language is null ? "" : "and language = @Language")} {(filter.Category is null ? "" : "and coalesce(category, '') = any(@categories)")} {(after is null ? "" : "and id > @after")}
            order by id
            limit @limit
            """, new { filter.IntegrationId, filter.Status, filter.Name, filter.Language, filter.Channel, categories = filter.Category is null ? null : TemplateCategories.Stored(filter.Category), after, limit }, cancellationToken);

    public Task<TemplateRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<TemplateRow>(tenant, $"select {Columns} from templates where tenant_id = @tenant and id = @id", new { id }, cancellationToken);

    public Task<TemplateRow?> FindByNameAsync(Guid tenant, Guid integration, string name, string language, CancellationToken cancellationToken) =>
        database.FindAsync<TemplateRow>(tenant, $"select {Columns} from templates where tenant_id = @tenant and integration_id = @integration and name = @name and language = @language",
            new { integration, name, language }, cancellationToken);

    /// <summary>Our own of that name, for this channel: one made for it before one for all, and in the language, where one is named.</summary>
    public Task<TemplateRow?> FindOwnAsync(Guid tenant, string channel, string name, string? language, CancellationToken cancellationToken) =>
        database.FindAsync<TemplateRow>(tenant, $"""
            select {Columns} from templates
            where tenant_id = @tenant and integration_id is null and name = @name and channel in (@channel, 'all') {(language is null ? "" : "and language = @language")}
            order by channel = 'all', language, id
            limit 1
            """, new { channel, name, language }, cancellationToken);

    public Task<IReadOnlyList<string>> ListLanguagesAsync(Guid tenant, Guid integration, string name, CancellationToken cancellationToken) =>
        database.ListAsync<string>(tenant, "select language from templates where tenant_id = @tenant and integration_id = @integration and name = @name and status <> 'deleted' order by language",
            new { integration, name }, cancellationToken);

    /// <summary>The effect of a reading: what the provider has is here as it has it, what it has no longer is "deleted". What changed
    /// since the reading began is left alone: the provider told of it meanwhile.</summary>
    public static async Task ReplaceAsync(
        Change change, Guid tenant, Guid integration, string channel, IReadOnlyList<ProviderTemplate> templates, DateTimeOffset began, CancellationToken cancellationToken)
    {
        var unique = templates.DistinctBy(template => (template.Name, template.Language)).OrderBy(template => template.Name, StringComparer.Ordinal).ThenBy(template => template.Language, StringComparer.Ordinal).ToList();
        var changed = await change.ExecuteAsync("""
            insert into templates as t (tenant_id, id, integration_id, channel, name, language, category, status, rejected_reason, quality, content, variables, external_id, created_at, updated_at)
            select @tenant, x.id, @integration, @channel, x.name, x.language, x.category, x.status, x.reason, x.quality, x.content::jsonb, string_to_array(x.variables, ' '), x.external_id, @now, @now
            from unnest(@ids::uuid[], @names::text[], @languages::text[], @categories::text[], @statuses::text[], @reasons::text[], @qualities::text[], @contents::text[], @variables::text[], @externals::text[])
                as x (id, name, language, category, status, reason, quality, content, variables, external_id)
            on conflict (tenant_id, integration_id, name, language) do update set
                category = excluded.category, status = excluded.status, rejected_reason = excluded.rejected_reason, quality = excluded.quality,
                content = excluded.content, variables = excluded.variables, external_id = excluded.external_id, updated_at = excluded.updated_at
                where t.updated_at <= @began and (t.category, t.status, t.rejected_reason, t.quality, t.content, t.external_id)
                    is distinct from (excluded.category, excluded.status, excluded.rejected_reason, excluded.quality, excluded.content, excluded.external_id)
            """, new
        {
            tenant, integration, channel, began, now = change.Now,
            ids = unique.Select(_ => Ids.New(change.Now)).ToArray(),
            names = unique.Select(template => template.Name).ToArray(),
            languages = unique.Select(template => template.Language).ToArray(),
            categories = unique.Select(template => template.Category).ToArray(),
            statuses = unique.Select(template => template.Status).ToArray(),
            reasons = unique.Select(template => template.RejectedReason).ToArray(),
            qualities = unique.Select(template => template.Quality).ToArray(),
            contents = unique.Select(template => Payloads.Write(template.Content).ToJsonString()).ToArray(),
            variables = unique.Select(template => string.Join(' ', OwnTemplateForm.Names(template.Content))).ToArray(),
            externals = unique.Select(template => template.Id).ToArray(),
        }, cancellationToken);
        changed += await change.ExecuteAsync("""
            update templates t set status = 'deleted', updated_at = @now
            where t.tenant_id = @tenant and t.integration_id = @integration and t.status <> 'deleted' and t.updated_at <= @began
              and not exists (select 1 from unnest(@names::text[], @languages::text[]) as x (name, language) where x.name = t.name and x.language = t.language)
            """, new { tenant, integration, began, now = change.Now, names = unique.Select(template => template.Name).ToArray(), languages = unique.Select(template => template.Language).ToArray() }, cancellationToken);
        if (changed > 0) change.Publish(new FeedEvent(tenant, "template.updated", IntegrationId: integration));
    }
}

internal sealed record TemplateFilter(Guid? IntegrationId, string? Status, string? Name, string? Language, bool? Own = null, string? Channel = null, string? Category = null);

internal sealed class TemplateRow
{
    public Guid Id { get; init; }
    public Guid? IntegrationId { get; init; }
    public string Channel { get; init; } = "";
    public string Name { get; init; } = "";
    public string Language { get; init; } = "";
    public string? Category { get; init; }
    public string Status { get; init; } = "";
    public string? RejectedReason { get; init; }
    public string? Quality { get; init; }
    public string Content { get; init; } = "{}";
    public string? ExternalId { get; init; }
    public bool IsActive { get; init; }
    public string? Shortcut { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}
