using System.Text.Json;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Integrations;

/// <summary>All SQL of integrations.</summary>
internal sealed class IntegrationStore(TenantDatabase database, SystemDatabase system, SecretBox secrets)
{
    const string Columns = "id, provider, channel, name, external_id, config::text as config, credentials, status, health, health_message, health_at, credentials_changed_at, created_at, updated_at";

    /// <summary>Null when the account is connected already.</summary>
    public async Task<IntegrationRow?> CreateAsync(
        Guid tenant, string provider, string name, ChannelAccount account, Func<Change, IntegrationRow, Task>? alongside, CancellationToken cancellationToken)
    {
        try
        {
            // The route is what webhooks find us by before a tenant is known: only the system role writes it.
            return await system.ChangeAsync<IntegrationRow?>(async change =>
            {
                var id = Ids.New(change.Now);
                var created = await change.FindAsync<IntegrationRow>($"""
                    insert into integrations (tenant_id, id, provider, channel, name, external_id, config, credentials, created_at, updated_at)
                    values (@tenant, @id, @provider, @Channel, @name, @ExternalId, @config::jsonb, @credentials, @now, @now)
                    returning {Columns}
                    """, new
                {
                    tenant, id, provider, account.Channel, name, account.ExternalId,
                    config = JsonSerializer.Serialize(account.Config), credentials = secrets.Protect(tenant, id, account.Credentials), now = change.Now,
                }, cancellationToken);
                await change.ExecuteAsync("insert into integration_routes (integration_id, tenant_id, provider) values (@id, @tenant, @provider)", new { id, tenant, provider }, cancellationToken);
                await JobStore.AddAsync(change, tenant, Templates.TemplateSync.JobType, id.ToString(), change.Now, cancellationToken);
                await JobStore.AddAsync(change, tenant, Sync.AccountSyncStore.JobType, id.ToString(), change.Now, cancellationToken);
                await JobStore.AddAsync(change, tenant, Backfill.BackfillJob.JobType, id.ToString(), change.Now, cancellationToken);
                change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: id));
                change.Audit(AuditEntry.Of(tenant, "integration.created", "integration", id,
                    after: new { provider, account.Channel, name, account.ExternalId, account.Config, credentialsSet = account.Credentials.Keys.Order() }));
                if (alongside is not null) await alongside(change, created!);
                return created;
            }, cancellationToken);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return null;
        }
    }

    public Task<IReadOnlyList<IntegrationRow>> ListAsync(Guid tenant, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<IntegrationRow>(tenant, $"""
            select {Columns}
            from integrations
            where tenant_id = @tenant and removed_at is null {(after is null ? "" : "and id > @after")}
            order by id
            limit @limit
            """, new { after, limit }, cancellationToken);

    public Task<IntegrationRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<IntegrationRow>(tenant, $"select {Columns} from integrations where tenant_id = @tenant and id = @id and removed_at is null", new { id }, cancellationToken);

    /// <summary>Changes what is given, or nothing when that would be wrong. New credentials or settings make the health unknown
    /// again: they may be the cure. The row is read and written under its lock, so that of two changes at once neither is lost.</summary>
    public Task<(IntegrationRow? Row, Dictionary<string, string[]> Errors)> UpdateAsync(
        Guid tenant, Guid id, IntegrationEdit edit, ChannelCatalog catalog, CancellationToken cancellationToken) =>
        database.ChangeAsync<(IntegrationRow?, Dictionary<string, string[]>)>(tenant, async change =>
        {
            if (await change.FindAsync<IntegrationRow>($"select {Columns} from integrations where tenant_id = @tenant and id = @id and removed_at is null for update", new { id }, cancellationToken) is not { } row) return (null, []);
            var renewed = edit.Config is not null || edit.Credentials is not null;
            var config = Merge(JsonSerializer.Deserialize<Dictionary<string, string>>(row.Config) ?? [], edit.Config);
            var credentials = Merge(new(secrets.Unprotect(tenant, id, row.Credentials) ?? new Dictionary<string, string>()), edit.Credentials);
            // Switching off must be possible whatever the settings are.
            var errors = renewed ? IntegrationForm.CheckSettings(catalog, row.Provider, config, credentials) : [];
            if (errors.Count > 0) return (row, errors);
            var updated = await change.FindAsync<IntegrationRow>($"""
                update integrations set
                    name = coalesce(@Name, name), status = coalesce(@Status, status), config = coalesce(@config::jsonb, config),
                    credentials = coalesce(@credentials, credentials),
                    health = case when @renewed then 'unknown' else health end,
                    health_message = case when @renewed then null else health_message end,
                    credentials_changed_at = case when @rotated then @now else credentials_changed_at end,
                    updated_at = @now
                where tenant_id = @tenant and id = @id
                returning {Columns}
                """, new
            {
                id, edit.Name, edit.Status, config = edit.Config is null ? null : JsonSerializer.Serialize(config),
                credentials = edit.Credentials is null ? null : secrets.Protect(tenant, id, credentials), renewed, rotated = edit.Credentials is not null, now = change.Now,
            }, cancellationToken);
            if (renewed) await change.ExecuteAsync(IntegrationHistory.Note, new { id, @event = Ids.New(change.Now), now = change.Now }, cancellationToken);
            change.QueuesMessages = edit.Status == "active";   // what waited while it was paused leaves now
            if (edit.Status == "active")   // and what had its time then is looked at
                await JobStore.AddAsync(change, tenant, Scheduling.ScheduledMessageStore.JobType, Scheduling.ScheduledMessageStore.JobKey, change.Now, cancellationToken);
            if (renewed) await Media.AttachmentStore.FetchAllAgainAsync(change, id, cancellationToken);
            // What is new may let us in again: what was missed meanwhile is read at once.
            if (renewed || edit.Status == "active")
            {
                await JobStore.AddAsync(change, tenant, Sync.AccountSyncStore.JobType, id.ToString(), change.Now, cancellationToken);
                await JobStore.AddAsync(change, tenant, Backfill.BackfillJob.JobType, id.ToString(), change.Now, cancellationToken);
            }
            change.Audit(AuditEntry.Of(tenant, "integration.updated", "integration", id, Audited(row), Audited(updated!, edit)));
            change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: id));
            return (updated, errors);
        }, cancellationToken);

    // Of the secrets, only which of them were given.
    static object Audited(IntegrationRow row, IntegrationEdit? edit = null) => new
    {
        row.Name, row.Status, config = JsonSerializer.Deserialize<Dictionary<string, string>>(row.Config), credentialsGiven = edit?.Credentials?.Keys.Order().ToArray(),
    };

    static Dictionary<string, string> Merge(Dictionary<string, string> present, IReadOnlyDictionary<string, string?>? given)
    {
        foreach (var (name, value) in given ?? new Dictionary<string, string?>())
        {
            if (value is null) present.Remove(name);
            else present[name] = value;
        }
        return present;
    }

    /// <param name="health">ok or failing.</param>
    public Task SetHealthAsync(Guid tenant, Guid id, string health, string message, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var changed = await change.ExecuteAsync("""
                update integrations set health = @health, health_message = @message, health_at = @now
                where tenant_id = @tenant and id = @id
                """, new { id, health, message, now = change.Now }, cancellationToken);
            if (changed > 0) await change.ExecuteAsync(IntegrationHistory.Note, new { id, @event = Ids.New(change.Now), now = change.Now }, cancellationToken);
            if (changed > 0) change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: id));
            return changed;
        }, cancellationToken);

    /// <summary>Ends an account at once: nobody finds it, webhooks to it are refused, nothing of it leaves. Its rows go by a job. False when it is not here.</summary>
    public Task<bool> RemoveAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        system.ChangeAsync(async change =>
        {
            // The account may be connected anew while the rows of the old one still go: it gives its name free.
            var before = await change.FindAsync<IntegrationRow>($"select {Columns} from integrations where tenant_id = @tenant and id = @id and removed_at is null for update", new { tenant, id }, cancellationToken);
            if (before is null) return false;
            await change.ExecuteAsync("""
                update integrations set status = 'disabled', removed_at = @now, external_id = external_id || ' (removed ' || id::text || ')', updated_at = @now
                where tenant_id = @tenant and id = @id and removed_at is null
                """, new { tenant, id, now = change.Now }, cancellationToken);
            await change.ExecuteAsync("delete from integration_routes where integration_id = @id", new { id }, cancellationToken);
            await JobStore.AddAsync(change, tenant, RemoveIntegration.JobType, id.ToString(), change.Now, cancellationToken);
            change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: id));
            change.Audit(AuditEntry.Of(tenant, "integration.removed", "integration", id, before: Audited(before)));
            return true;
        }, cancellationToken);

    /// <summary>For webhooks and senders, who know an integration before its tenant.</summary>
    public Task<RoutedRow?> FindRoutedAsync(Guid id, CancellationToken cancellationToken) =>
        system.FindAsync<RoutedRow>("""
            select r.tenant_id, i.id, i.provider, i.channel, i.external_id, i.config::text as config, i.credentials, i.status
            from integration_routes r
            join integrations i on i.tenant_id = r.tenant_id and i.id = r.integration_id
            where r.integration_id = @id
            """, new { id }, cancellationToken);

    public Task<Guid?> FindByAccountAsync(Guid tenant, string provider, string externalId, CancellationToken cancellationToken) =>
        database.FindAsync<Guid?>(tenant, """
            select id from integrations
            where tenant_id = @tenant and provider = @provider and external_id = @externalId and removed_at is null
            order by id
            limit 1
            """, new { provider, externalId }, cancellationToken);
}

internal sealed class IntegrationRow
{
    public Guid Id { get; init; }
    public string Provider { get; init; } = "";
    public string Channel { get; init; } = "";
    public string Name { get; init; } = "";
    public string ExternalId { get; init; } = "";
    public string Config { get; init; } = "{}";
    public byte[] Credentials { get; init; } = [];
    public string Status { get; init; } = "";
    public string Health { get; init; } = "";
    public string? HealthMessage { get; init; }
    public DateTimeOffset? HealthAt { get; init; }
    public DateTimeOffset? CredentialsChangedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

internal sealed class RoutedRow
{
    public Guid TenantId { get; init; }
    public Guid Id { get; init; }
    public string Provider { get; init; } = "";
    public string Channel { get; init; } = "";
    public string ExternalId { get; init; } = "";
    public string Config { get; init; } = "{}";
    public byte[] Credentials { get; init; } = [];
    public string Status { get; init; } = "";
}
