using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Templates;

/// <summary>Writes the templates that people make here; what providers say of theirs is <see cref="TemplateStore"/>'s.</summary>
internal sealed class OwnTemplateStore(TenantDatabase database)
{
    /// <summary>A name or a shortcut that is taken: SQLSTATE 23505.</summary>
    public static async Task<TemplateRow> AddAsync(Change change, Guid tenant, OwnTemplateForm form, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        await change.ExecuteAsync("""
            insert into templates (tenant_id, id, channel, name, language, category, status, content, variables, is_active, shortcut, created_at, updated_at)
            values (@tenant, @id, @Channel, @Name, @Language, @Category, 'approved', @content::jsonb, @variables, @IsActive, @Shortcut, @now, @now)
            """, Arguments(id, form, change.Now), cancellationToken);
        change.Publish(new FeedEvent(tenant, "template.updated"));
        var added = (await FindAsync(change, id, cancellationToken))!;
        change.Audit(AuditEntry.Of(tenant, "template.created", "template", id, after: Audited(added)));
        return added;
    }

    /// <summary>Null when there is no such own template.</summary>
    public Task<TemplateRow?> UpdateAsync(Guid tenant, Guid id, OwnTemplateForm form, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<TemplateRow>($"select {TemplateStore.Columns} from templates where tenant_id = @tenant and id = @id and integration_id is null for no key update", new { id }, cancellationToken) is not { } before) return null;
            await change.ExecuteAsync("""
                update templates set
                    channel = @Channel, name = @Name, language = @Language, category = @Category, content = @content::jsonb, variables = @variables, is_active = @IsActive,
                    shortcut = @Shortcut, updated_at = @now
                where tenant_id = @tenant and id = @id and integration_id is null
                """, Arguments(id, form, change.Now), cancellationToken);
            change.Publish(new FeedEvent(tenant, "template.updated"));
            var after = (await FindAsync(change, id, cancellationToken))!;
            change.Audit(AuditEntry.Of(tenant, "template.updated", "template", id, Audited(before), Audited(after)));
            return after;
        }, cancellationToken);

    public Task<bool> DeleteAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<TemplateRow>($"delete from templates where tenant_id = @tenant and id = @id and integration_id is null returning {TemplateStore.Columns}", new { id }, cancellationToken) is not { } gone) return false;
            change.Publish(new FeedEvent(tenant, "template.updated"));
            change.Audit(AuditEntry.Of(tenant, "template.deleted", "template", id, before: Audited(gone)));
            return true;
        }, cancellationToken);

    /// <summary>What a provider has taken for review, or no longer has ("deleted").</summary>
    public Task<TemplateRow> PutSubmittedAsync(
        Guid tenant, Guid integration, string channel, TemplateDraft draft, TemplateSubmission submission, Func<Change, TemplateRow, Task> alongside, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var id = Ids.New(change.Now);
            await change.ExecuteAsync("""
                insert into templates (tenant_id, id, integration_id, channel, name, language, category, status, content, variables, external_id, created_at, updated_at)
                values (@tenant, @id, @integration, @channel, @Name, @Language, @category, @Status, @content::jsonb, @variables, @externalId, @now, @now)
                on conflict (tenant_id, integration_id, name, language) do update set
                    category = excluded.category, status = excluded.status, rejected_reason = null, content = excluded.content, variables = excluded.variables,
                    external_id = excluded.external_id, updated_at = excluded.updated_at
                """, new
            {
                id, integration, channel, draft.Name, draft.Language, category = submission.Category ?? draft.Category, submission.Status, externalId = submission.Id ?? draft.Id,
                content = Payloads.Write(draft.Content).ToJsonString(), variables = OwnTemplateForm.Names(draft.Content).ToArray(), now = change.Now,
            }, cancellationToken);
            change.Publish(new FeedEvent(tenant, "template.updated", IntegrationId: integration));
            var submitted = (await change.FindAsync<TemplateRow>($"select {TemplateStore.Columns} from templates where tenant_id = @tenant and integration_id = @integration and name = @Name and language = @Language",
                new { integration, draft.Name, draft.Language }, cancellationToken))!;
            change.Audit(AuditEntry.Of(tenant, "template.submitted", "template", submitted.Id, after: Audited(submitted)));
            await alongside(change, submitted);
            return submitted;
        }, cancellationToken);

    public Task SetDeletedAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            await change.ExecuteAsync("update templates set status = 'deleted', updated_at = @now where tenant_id = @tenant and id = @id", new { id, now = change.Now }, cancellationToken);
            change.Publish(new FeedEvent(tenant, "template.updated"));
            change.Audit(AuditEntry.Of(tenant, "template.deleted", "template", id));
            return true;
        }, cancellationToken);

    static Task<TemplateRow?> FindAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        change.FindAsync<TemplateRow>($"select {TemplateStore.Columns} from templates where tenant_id = @tenant and id = @id", new { id }, cancellationToken);

    static object Audited(TemplateRow row) => new { row.Name, row.Language, row.Channel, row.Category, row.Status, row.Shortcut, row.IsActive, content = JsonNode.Parse(row.Content) };

    static object Arguments(Guid id, OwnTemplateForm form, DateTimeOffset now) => new
    {
        id, form.Channel, form.Name, form.Language, form.Category, form.IsActive, form.Shortcut, content = Payloads.Write(form.Content).ToJsonString(), variables = form.Variables.ToArray(), now,
    };
}
