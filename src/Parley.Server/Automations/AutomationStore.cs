using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Automations.Runs;
using Parley.Server.Automations.Triggers;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;
using Parley.Server.Platform.Secrets;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations;

/// <summary>The automations of a tenant. Whoever changes one counts up the version in the tenant's cursor first: that is how readers learn of it, and the order in which locks are taken.</summary>
internal sealed class AutomationStore(TenantDatabase database, SecretBox secrets, SchedulingSettingsStore zones)
{
    /// <summary>Of one tenant.</summary>
    public const int Most = 2000;

    const string Columns = """
        a.id, a.name, a.description, a.status, a.version, a.trigger_type, a.trigger_config::text as trigger_config, a.conditions::text as conditions, a.actions::text as actions,
        a.options::text as options, a.credentials, a.secret_hash, a.next_at, a.status_reason, a.author, a.created_at, a.updated_at,
        coalesce(n.executions, 0) as executions, coalesce(n.successes, 0) as successes, coalesce(n.failures, 0) as failures, n.last_triggered_at
        from automations a
        left join lateral (
            select sum(executions)::bigint as executions, sum(successes)::bigint as successes, sum(failures)::bigint as failures, max(last_triggered_at) as last_triggered_at
            from automation_counts n where n.tenant_id = a.tenant_id and n.automation_id = a.id
        ) n on true
        """;

    /// <summary>One more than <paramref name="limit"/>, the newest first.</summary>
    public Task<IReadOnlyList<AutomationRow>> ListAsync(Guid tenant, string? status, string? trigger, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<AutomationRow>(tenant, $"""
            select {Columns}
            where a.tenant_id = @tenant and a.status <> 'removed' {(status is null ? "" : "and a.status = @status")} {(trigger is null ? "" : "and a.trigger_type = @trigger")}
              {(cursor is null ? "" : "and a.id < @after")}
            order by a.id desc
            limit @limit
            """, new { status, trigger, after = cursor?.Id, limit = limit + 1 }, cancellationToken);

    public Task<AutomationRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<AutomationRow>(tenant, $"select {Columns} where a.tenant_id = @tenant and a.id = @id and a.status <> 'removed'", new { id }, cancellationToken);

    /// <summary>Null when there are <see cref="Most"/> already. A webhook's secret is returned this once.</summary>
    public async Task<(AutomationRow Row, string? Secret)?> AddAsync(Change change, Caller caller, AutomationDefinition definition, CancellationToken cancellationToken)
    {
        var (tenant, id) = (caller.TenantId, Ids.New(change.Now));
        await TouchAsync(change, cancellationToken);
        var secret = definition.Trigger!.Type == TriggerTypes.Webhook ? BearerSecret.New(tenant) : (BearerSecret?)null;
        var (actions, values) = HeaderValues.Take(definition.Actions!, null);
        var added = await change.ExecuteAsync($"""
            insert into automations (tenant_id, id, name, description, status, trigger_type, trigger_config, conditions, actions, options, credentials, secret_hash, author, created_at, updated_at)
            select @tenant, @id, @Name, @Description, 'draft', @type, @trigger::jsonb, @conditions::jsonb, @actions::jsonb, @options::jsonb, @box, @hash, @Author, @now, @now
            where (select count(*) from automations where tenant_id = @tenant and status <> 'removed') < {Most}
            """, new
        {
            id, Name = definition.Name!.Trim(), Description = Empty(definition.Description), type = definition.Trigger.Type, trigger = DefinitionJson.Write(definition.Trigger.Config ?? []),
            conditions = DefinitionJson.Write(definition.Conditions ?? new()), actions = DefinitionJson.Write(actions), options = DefinitionJson.Write(definition.Options ?? new()),
            box = Box(tenant, id, values), hash = secret?.Hash, caller.Author, now = change.Now,
        }, cancellationToken);
        if (added == 0) return null;
        await KeepVersionAsync(change, id, caller.Author, cancellationToken);
        if (definition.Status == "active") await SwitchAsync(change, tenant, id, "active", cancellationToken);
        await SettleAsync(change, cancellationToken);
        var row = await GetAsync(change, id, cancellationToken);
        Tell(change, tenant, "created", id, null, Audited(row));
        return (row, secret?.Text);
    }

    /// <summary>Null when it is not here.</summary>
    /// <param name="wanted">Checked, as a whole, against what is there.</param>
    public async Task<AutomationRow?> UpdateAsync(Change change, Caller caller, Guid id, AutomationDefinition wanted, CancellationToken cancellationToken)
    {
        var tenant = caller.TenantId;
        await TouchAsync(change, cancellationToken);
        if (await LockAsync(change, id, cancellationToken) is not { } before) return null;
        var definition = wanted.Trigger is not null || wanted.Conditions is not null || wanted.Actions is not null || wanted.Options is not null;
        var old = HeadersOf(tenant, before);
        var (actions, values) = wanted.Actions is null ? (null, old) : HeaderValues.Take(wanted.Actions, old);
        await change.ExecuteAsync($"""
            update automations set
                name = coalesce(@Name, name), description = case when @Description is null then description else nullif(@Description, '') end,
                trigger_type = coalesce(@type, trigger_type), trigger_config = coalesce(@trigger::jsonb, trigger_config), conditions = coalesce(@conditions::jsonb, conditions),
                actions = coalesce(@actions::jsonb, actions), options = coalesce(@options::jsonb, options), credentials = @box, version = version + @more,
                status_reason = case when @conditions::jsonb is null then status_reason end,
                secret_hash = case when coalesce(@type, trigger_type) = 'webhook' then secret_hash end, updated_at = @now
            where tenant_id = @tenant and id = @id
            """, new
        {
            id, Name = wanted.Name?.Trim(), Description = wanted.Description?.Trim(), type = wanted.Trigger?.Type, trigger = wanted.Trigger is null ? null : DefinitionJson.Write(wanted.Trigger.Config ?? []),
            conditions = wanted.Conditions is null ? null : DefinitionJson.Write(wanted.Conditions), actions = actions is null ? null : DefinitionJson.Write(actions),
            options = wanted.Options is null ? null : DefinitionJson.Write(wanted.Options), box = Box(tenant, id, values), more = definition ? 1 : 0, now = change.Now,
        }, cancellationToken);
        if (definition) await KeepVersionAsync(change, id, caller.Author, cancellationToken);
        if (wanted.Status is not null && wanted.Status != before.Status) await SwitchAsync(change, tenant, id, wanted.Status, cancellationToken);
        else if (before.Status == "active" && wanted.Trigger is not null) await SwitchAsync(change, tenant, id, "active", cancellationToken);   // another time, or other events from now on
        else if (before.Status == "active" && wanted.Options is not null) await SweepAsync(change, tenant, id, cancellationToken);   // other limits
        await SettleAsync(change, cancellationToken);
        var after = await GetAsync(change, id, cancellationToken);
        Tell(change, tenant, "updated", id, Audited(before), Audited(after));
        return after;
    }

    /// <summary>It does nothing any more, at once; its rows go piece by piece.</summary>
    public Task<bool> RemoveAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            await TouchAsync(change, cancellationToken);
            if (await LockAsync(change, id, cancellationToken) is not { } before) return false;
            await change.ExecuteAsync("update automations set status = 'removed', credentials = null, secret_hash = null, next_at = null, updated_at = @now where tenant_id = @tenant and id = @id", new { id, now = change.Now }, cancellationToken);
            await RunsInTurn.AddAsync(change, tenant, id, cancellationToken);
            await SettleAsync(change, cancellationToken);
            Tell(change, tenant, "deleted", id, Audited(before), null);
            return true;
        }, cancellationToken);

    /// <summary>A new secret; the one before it counts no more. Null when it is not here, or is called by nobody.</summary>
    public static async Task<(AutomationRow Row, string Secret)?> RotateAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        var secret = BearerSecret.New(tenant);
        if (await change.ExecuteAsync("update automations set secret_hash = @hash, updated_at = @now where tenant_id = @tenant and id = @id and trigger_type = 'webhook' and status <> 'removed'",
            new { id, hash = secret.Hash, now = change.Now }, cancellationToken) == 0) return null;
        Tell(change, tenant, "rotated", id, null, null);
        return (await GetAsync(change, id, cancellationToken), secret.Text);
    }

    /// <summary>Values of its steps' headers, by step and name.</summary>
    public IReadOnlyDictionary<string, string> HeadersOf(Guid tenant, AutomationRow row) => OpenHeaders(tenant, row.Id, row.Credentials);

    public IReadOnlyDictionary<string, string> OpenHeaders(Guid tenant, Guid id, byte[]? box) => box is null ? new Dictionary<string, string>() : secrets.Unprotect(tenant, id, box) ?? new Dictionary<string, string>();

    // Active: what happens from now on counts, and what waited goes on. Otherwise it stays where it is.
    async Task SwitchAsync(Change change, Guid tenant, Guid id, string status, CancellationToken cancellationToken)
    {
        await change.ExecuteAsync("""
            update automations a set status = @status, status_reason = null, hold_reason = null, next_at = null,
                since_seq = case when @status = 'active' then (select h.seq from feed_heads h where h.tenant_id = @tenant) else since_seq end
            where a.tenant_id = @tenant and a.id = @id
            """, new { id, status }, cancellationToken);
        if (status != "active") return;
        var row = await GetAsync(change, id, cancellationToken);
        if (row.TriggerType == TriggerTypes.Schedule)
        {
            var config = JsonNode.Parse(row.TriggerConfig)!.AsObject();
            var zone = Schedule.FindZone(config.Text("time_zone")) ?? Schedule.FindZone((await zones.ReadAsync(tenant, cancellationToken)).TimeZone) ?? TimeZoneInfo.Utc;
            if (Cron.Parse(config.Text("cron"))?.Next(change.Now, zone) is { } next)
            {
                await change.ExecuteAsync("update automations set next_at = @next where tenant_id = @tenant and id = @id", new { id, next }, cancellationToken);
                await JobStore.AddAsync(change, tenant, ScheduleTrigger.JobType, id.ToString(), next, cancellationToken);
            }
        }
        await SweepAsync(change, tenant, id, cancellationToken);
    }

    // Its open runs are queued again, piece by piece.
    static async Task SweepAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        await change.ExecuteAsync("update automations set sweep_after = @first where tenant_id = @tenant and id = @id", new { id, first = Guid.Empty }, cancellationToken);
        await RunsInTurn.AddAsync(change, tenant, id, cancellationToken);
    }

    /// <summary>What admins should know of these, until they change or switch them.</summary>
    public static async Task WarnAsync(Change change, Guid tenant, IReadOnlyCollection<Guid> automations, string words, CancellationToken cancellationToken)
    {
        if (automations.Count > 0 && await change.ExecuteAsync("""
            update automations set status_reason = @words where tenant_id = @tenant and id = any (@ids) and status = 'active' and status_reason is distinct from @words
            """, new { ids = automations.ToArray(), words }, cancellationToken) > 0) change.Publish(new FeedEvent(tenant, "automation.updated"));
    }

    // First of all: the cursor's row is what changes and the reader wait for each other at.
    static Task TouchAsync(Change change, CancellationToken cancellationToken) => change.ExecuteAsync("""
        insert into automation_cursors (tenant_id, seq, version)
        select @tenant, h.seq, 1 from feed_heads h where h.tenant_id = @tenant
        on conflict (tenant_id) do update set version = automation_cursors.version + 1
        """, null, cancellationToken);

    // A tenant whose automations are all switched off is not read for; when it is again, what happened meanwhile is passed over.
    static Task SettleAsync(Change change, CancellationToken cancellationToken) => change.ExecuteAsync("""
        update automation_cursors c set
            is_read = x.is_read, seq = case when x.is_read and not c.is_read then h.seq else c.seq end
        from (select exists (select 1 from automations where tenant_id = @tenant and status = 'active') as is_read) x, feed_heads h
        where c.tenant_id = @tenant and h.tenant_id = @tenant and c.is_read <> x.is_read
        """, null, cancellationToken);

    static Task KeepVersionAsync(Change change, Guid id, string author, CancellationToken cancellationToken) => change.ExecuteAsync("""
        insert into automation_versions (tenant_id, automation_id, version, actions, options, author, created_at)
        select tenant_id, id, version, actions, options, @author, @now from automations where tenant_id = @tenant and id = @id
        """, new { id, author, now = change.Now }, cancellationToken);

    static Task<AutomationRow?> LockAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        change.FindAsync<AutomationRow>($"select {Columns} where a.tenant_id = @tenant and a.id = @id and a.status <> 'removed' for no key update of a", new { id }, cancellationToken);

    static async Task<AutomationRow> GetAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        (await change.FindAsync<AutomationRow>($"select {Columns} where a.tenant_id = @tenant and a.id = @id", new { id }, cancellationToken))!;

    static void Tell(Change change, Guid tenant, string what, Guid id, object? before, object? after)
    {
        change.Audit(AuditEntry.Of(tenant, $"automation.{what}", "automation", id, before, after));
        change.Publish(new FeedEvent(tenant, "automation.updated"));
    }

    static object Audited(AutomationRow row) => new
    {
        row.Name, row.Description, row.Status, row.Version, trigger = new { type = row.TriggerType, config = JsonNode.Parse(row.TriggerConfig) },
        conditions = JsonNode.Parse(row.Conditions), actions = JsonNode.Parse(row.Actions), options = JsonNode.Parse(row.Options),
    };

    byte[]? Box(Guid tenant, Guid id, IReadOnlyDictionary<string, string> values) => values.Count == 0 ? null : secrets.Protect(tenant, id, values);

    static string? Empty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

internal sealed class AutomationRow
{
    public Guid Id { get; init; }
    public string Name { get; init; } = "";
    public string? Description { get; init; }
    public string Status { get; init; } = "";
    public int Version { get; init; }
    public string TriggerType { get; init; } = "";
    public string TriggerConfig { get; init; } = "{}";
    public string Conditions { get; init; } = "{}";
    public string Actions { get; init; } = "[]";
    public string Options { get; init; } = "{}";
    public byte[]? Credentials { get; init; }
    public byte[]? SecretHash { get; init; }
    public DateTimeOffset? NextAt { get; init; }
    public string? StatusReason { get; init; }
    public string Author { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public long Executions { get; init; }
    public long Successes { get; init; }
    public long Failures { get; init; }
    public DateTimeOffset? LastTriggeredAt { get; init; }

    public AutomationTrigger Trigger => new(TriggerType, JsonNode.Parse(TriggerConfig)!.AsObject());
}
