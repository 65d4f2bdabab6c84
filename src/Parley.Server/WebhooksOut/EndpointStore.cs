using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Notes;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.WebhooksOut;

/// <summary>What shall be different; null leaves a part as it is.</summary>
/// <param name="Skips">What waits, and what happened meanwhile, is not told any more: it goes on from now.</param>
internal sealed record EndpointChange(string? Url, string? Description, string[]? EventTypes, string? Status, bool Skips);

/// <summary>The endpoints of a tenant: what is set, their secrets, and how they stand. (<see cref="DeliveryFeed"/> moves their place in the feed.)</summary>
internal sealed class EndpointStore(TenantDatabase database, SecretBox secrets)
{
    /// <summary>Of one tenant.</summary>
    public const int Most = 50;

    /// <summary>Deliveries that wait for one endpoint. What is more stays in the feed, where it costs nothing.</summary>
    public const int MostWaiting = 2000;
    public static readonly TimeSpan PreviousCounts = TimeSpan.FromHours(24);

    const string SecretName = "secret", PreviousName = "previous";

    static readonly string Columns = $"""
        e.id, e.url, e.description, e.event_types, e.credentials, e.previous_secret_until, e.status, e.disabled_reason, e.disabled_at, e.failures, e.blocked_until, e.failing_since, e.last_error,
        e.last_success_at, e.created_at, e.updated_at,
        (select count(*)::int from (select 1 from webhook_deliveries d where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.status = 'pending' limit {MostWaiting}) w) as waiting
        """;

    /// <summary>The oldest first.</summary>
    public Task<IReadOnlyList<EndpointRow>> ListAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.ListAsync<EndpointRow>(tenant, $"select {Columns} from webhook_endpoints e where e.tenant_id = @tenant and e.status <> 'removed' order by e.id limit {Most * 2}", null, cancellationToken);

    public Task<EndpointRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<EndpointRow>(tenant, $"select {Columns} from webhook_endpoints e where e.tenant_id = @tenant and e.id = @id and e.status <> 'removed'", new { id }, cancellationToken);

    /// <summary>It hears what happens from now on. Null when there are <see cref="Most"/> already.</summary>
    /// <param name="alongside">What else belongs into the same transaction.</param>
    public async Task<(EndpointRow Row, string Secret)?> AddAsync(Guid tenant, string url, string description, string[] types, Func<Change, EndpointRow, Task> alongside, CancellationToken cancellationToken)
    {
        var secret = Signature.NewSecret();
        var row = await database.ChangeAsync(tenant, async change =>
        {
            var id = Ids.New(change.Now);
            var added = await change.ExecuteAsync($"""
                insert into webhook_endpoints (tenant_id, id, url, description, event_types, credentials, status, seq, created_at, updated_at)
                select @tenant, @id, @url, @description, @types, @box, 'active', h.seq, @now, @now
                from feed_heads h
                where h.tenant_id = @tenant and (select count(*) from webhook_endpoints where tenant_id = @tenant and status <> 'removed') < {Most}
                """, new { id, url, description, types, box = Box(tenant, id, secret, null), now = change.Now }, cancellationToken);
            if (added == 0) return null;
            Tell(change, tenant, "created", id, null, new { url, description, event_types = types });
            var made = await GetAsync(change, id, cancellationToken);
            await alongside(change, made);
            return made;
        }, cancellationToken);
        return row is null ? null : (row, secret);
    }

    /// <summary>Null when it is not here.</summary>
    public Task<EndpointRow?> UpdateAsync(Guid tenant, Guid id, EndpointChange wanted, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await LockAsync(change, id, cancellationToken) is not { } before) return null;
            var isActive = (wanted.Status ?? before.Status) == "active";
            var wakes = isActive && before.Status != "active";
            // Another address, or one that was switched on again, has not failed yet.
            var isFresh = wakes || wanted.Url is not null && wanted.Url != before.Url;
            await change.ExecuteAsync($"""
                update webhook_endpoints set
                    url = coalesce(@Url, url), description = coalesce(@Description, description), event_types = coalesce(@EventTypes, event_types), status = coalesce(@Status, status), updated_at = @now
                    {(isFresh ? ", failures = 0, blocked_until = null, failing_since = null, last_error = null" : "")}
                    {(wakes ? ", disabled_reason = null, disabled_at = null" : !isActive && before.Status == "active" ? ", disabled_reason = null, disabled_at = @now" : "")}
                    {(wakes && wanted.Skips ? ", seq = (select h.seq from feed_heads h where h.tenant_id = @tenant)" : "")}
                where tenant_id = @tenant and id = @id
                """, new { id, wanted.Url, wanted.Description, wanted.EventTypes, wanted.Status, now = change.Now }, cancellationToken);
            if (wakes && wanted.Skips)
                await change.ExecuteAsync("update webhook_deliveries set status = 'skipped', next_at = null where tenant_id = @tenant and endpoint_id = @id and status = 'pending'", new { id }, cancellationToken);
            else if (wakes)
                await change.ExecuteAsync("update webhook_deliveries set next_at = @now where tenant_id = @tenant and endpoint_id = @id and status = 'pending'", new { id, now = change.Now }, cancellationToken);
            if (isActive && isFresh) await JobStore.AddAsync(change, tenant, DeliverWebhooks.JobType, id.ToString(), change.Now, cancellationToken);
            var after = await GetAsync(change, id, cancellationToken);
            Tell(change, tenant, "updated", id, new { before.Url, before.Description, before.EventTypes, before.Status }, new { after.Url, after.Description, after.EventTypes, after.Status, skipped = wakes && wanted.Skips });
            return after;
        }, cancellationToken);

    /// <summary>It hears nothing more, at once; its rows go piece by piece.</summary>
    public Task<bool> RemoveAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await LockAsync(change, id, cancellationToken) is not { } before) return false;
            await change.ExecuteAsync("update webhook_endpoints set status = 'removed', updated_at = @now where tenant_id = @tenant and id = @id", new { id, now = change.Now }, cancellationToken);
            await JobStore.AddAsync(change, tenant, RemoveEndpoint.JobType, id.ToString(), change.Now, cancellationToken);
            Tell(change, tenant, "removed", id, new { before.Url, before.Description, before.EventTypes, before.Status }, null);
            return true;
        }, cancellationToken);

    /// <summary>Takes away up to so many of its deliveries, then itself. True when it is gone.</summary>
    public Task<bool> ClearAsync(Guid tenant, Guid id, int most, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var gone = await change.ExecuteAsync("""
                delete from webhook_deliveries d
                using (select id from webhook_deliveries where tenant_id = @tenant and endpoint_id = @id order by id limit @most) old
                where d.tenant_id = @tenant and d.id = old.id
                """, new { id, most }, cancellationToken);
            if (gone == most) return false;
            await change.ExecuteAsync("delete from webhook_endpoints where tenant_id = @tenant and id = @id and status = 'removed'", new { id }, cancellationToken);
            return true;
        }, cancellationToken);

    /// <summary>A new secret; the one before it counts for a day more. Null when it is not here.</summary>
    /// <param name="alongside">What else belongs into the same transaction.</param>
    public async Task<(EndpointRow Row, string Secret)?> RotateAsync(Guid tenant, Guid id, Func<Change, EndpointRow, Task> alongside, CancellationToken cancellationToken)
    {
        var secret = Signature.NewSecret();
        var row = await database.ChangeAsync(tenant, async change =>
        {
            if (await LockAsync(change, id, cancellationToken) is not { } before) return null;
            await change.ExecuteAsync("update webhook_endpoints set credentials = @box, previous_secret_until = @until, updated_at = @now where tenant_id = @tenant and id = @id",
                new { id, box = Box(tenant, id, secret, SecretsOf(tenant, before, change.Now).FirstOrDefault()), until = change.Now + PreviousCounts, now = change.Now }, cancellationToken);
            Tell(change, tenant, "rotated", id, null, new { previous_until = change.Now + PreviousCounts });
            var rotated = await GetAsync(change, id, cancellationToken);
            await alongside(change, rotated);
            return rotated;
        }, cancellationToken);
        return row is null ? null : (row, secret);
    }

    /// <summary>Those that count now, the newest first; none when they cannot be opened.</summary>
    public IReadOnlyList<string> SecretsOf(Guid tenant, EndpointRow row, DateTimeOffset now)
    {
        if (secrets.Unprotect(tenant, row.Id, row.Credentials) is not { } opened || !opened.TryGetValue(SecretName, out var secret)) return [];
        return row.PreviousSecretUntil > now && opened.TryGetValue(PreviousName, out var previous) ? [secret, previous] : [secret];
    }

    /// <summary>Parley itself switches it off, and says so: in the feed, in the audit log, and to the admins.</summary>
    public static async Task DisableAsync(Change change, Guid tenant, EndpointRow row, string reason, CancellationToken cancellationToken)
    {
        var disabled = await change.ExecuteAsync("""
            update webhook_endpoints set status = 'disabled', disabled_reason = @reason, disabled_at = @now, updated_at = @now
            where tenant_id = @tenant and id = @Id and status = 'active'
            """, new { row.Id, reason, now = change.Now }, cancellationToken);
        if (disabled == 0) return;
        Tell(change, tenant, "disabled", row.Id, null, new { row.Url, reason });
        await NotificationStore.TellAdminsAsync(change, tenant, "webhook_disabled", $"Nothing is sent to {HostOf(row.Url)} any more. {reason}", cancellationToken);
    }

    public Task DisableAsync(Guid tenant, EndpointRow row, string reason, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            await DisableAsync(change, tenant, row, reason, cancellationToken);
            return true;
        }, cancellationToken);

    /// <summary>The rest of an address is often as good as a password.</summary>
    public static string HostOf(string url) => new Uri(url).Authority;

    internal static Task<EndpointRow?> LockAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        change.FindAsync<EndpointRow>($"select {Columns} from webhook_endpoints e where e.tenant_id = @tenant and e.id = @id and e.status <> 'removed' for no key update of e", new { id }, cancellationToken);

    static async Task<EndpointRow> GetAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        (await change.FindAsync<EndpointRow>($"select {Columns} from webhook_endpoints e where e.tenant_id = @tenant and e.id = @id", new { id }, cancellationToken))!;

    static void Tell(Change change, Guid tenant, string what, Guid id, object? before, object? after)
    {
        change.Audit(AuditEntry.Of(tenant, $"webhook_endpoint.{what}", "webhook_endpoint", id, before, after));
        change.Publish(new FeedEvent(tenant, "webhook_endpoint.updated"));
    }

    byte[] Box(Guid tenant, Guid id, string secret, string? previous)
    {
        var both = new Dictionary<string, string> { [SecretName] = secret };
        if (previous is not null) both[PreviousName] = previous;
        return secrets.Protect(tenant, id, both);
    }
}
