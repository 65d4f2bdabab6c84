using Parley.Server.Audit;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.WebhooksOut;

/// <summary>All SQL of webhook_deliveries, but for how they come (<see cref="DeliveryFeed"/>) and go with their endpoint.</summary>
internal sealed class DeliveryStore(TenantDatabase database)
{
    /// <summary>Put back into the queue by one request.</summary>
    public const int MostReplayed = 10_000;

    const string Columns = "id, endpoint_id, event_type, seq, status, attempts, next_at, status_code, error, excerpt, took_ms, attempted_at, delivered_at, created_at";

    /// <summary>One more than <paramref name="limit"/>, newest first (ids grow with time).</summary>
    public Task<IReadOnlyList<DeliveryRow>> ListAsync(Guid tenant, Guid endpoint, string? status, Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<DeliveryRow>(tenant, $"""
            select {Columns}
            from webhook_deliveries
            where tenant_id = @tenant and endpoint_id = @endpoint {(status is null ? "" : $"and status = '{status}'")} {(before is null ? "" : "and id < @before")}
            order by id desc
            limit @limit
            """, new { endpoint, before, limit = limit + 1 }, cancellationToken);

    /// <summary>With its payload; null when it is not here.</summary>
    public Task<DeliveryRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<DeliveryRow>(tenant, $"select {Columns}, payload from webhook_deliveries where tenant_id = @tenant and id = @id", new { id }, cancellationToken);

    public Task<IReadOnlyList<DueRow>> ListDueAsync(Guid tenant, Guid endpoint, DateTimeOffset now, int most, CancellationToken cancellationToken) =>
        database.ListAsync<DueRow>(tenant, """
            select id, payload, attempts
            from webhook_deliveries
            where tenant_id = @tenant and endpoint_id = @endpoint and status = 'pending' and next_at <= @now
            order by id
            limit @most
            """, new { endpoint, now, most }, cancellationToken);

    /// <summary>When the next one is due; null when none waits.</summary>
    public Task<DateTimeOffset?> FindNextAsync(Guid tenant, Guid endpoint, CancellationToken cancellationToken) =>
        database.FindAsync<DateTimeOffset?>(tenant, "select min(next_at) from webhook_deliveries where tenant_id = @tenant and endpoint_id = @endpoint and status = 'pending'", new { endpoint }, cancellationToken);

    /// <summary>Writes down what some tries brought, and how the endpoint stands after them.</summary>
    public Task<bool> WriteAsync(Guid tenant, Guid endpoint, IReadOnlyList<(DueRow Delivery, Attempt Attempt)> results, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (results.Count == 0 || await EndpointStore.LockAsync(change, endpoint, cancellationToken) is not { } row) return false;
            var next = results.Select(result => result.Attempt.IsDelivered ? null : Pauses.AfterTry(result.Delivery.Attempts + 1) is { } pause ? change.Now + pause : (DateTimeOffset?)null).ToList();
            // Somebody may have replayed one meanwhile: what they want counts.
            await change.ExecuteAsync("""
                update webhook_deliveries d set
                    status = x.status, next_at = x.next_at, attempts = d.attempts + 1, status_code = x.status_code, error = x.error, excerpt = x.excerpt, took_ms = x.took_ms,
                    attempted_at = @now, delivered_at = case x.status when 'delivered' then @now end
                from unnest(@ids::uuid[], @attempts::int[], @statuses::text[], @nexts::timestamptz[], @codes::int[], @errors::text[], @excerpts::text[], @tooks::int[])
                    as x (id, attempts, status, next_at, status_code, error, excerpt, took_ms)
                where d.tenant_id = @tenant and d.id = x.id and d.status = 'pending' and d.attempts = x.attempts
                """, new
            {
                now = change.Now, ids = results.Select(result => result.Delivery.Id).ToArray(), attempts = results.Select(result => result.Delivery.Attempts).ToArray(),
                statuses = results.Select((result, i) => result.Attempt.IsDelivered ? "delivered" : next[i] is null ? "failed" : "pending").ToArray(), nexts = next.Select(at => at?.UtcDateTime).ToArray(),
                codes = results.Select(result => result.Attempt.StatusCode).ToArray(), errors = results.Select(result => result.Attempt.Error).ToArray(),
                excerpts = results.Select(result => result.Attempt.Excerpt).ToArray(), tooks = results.Select(result => (int?)result.Attempt.TookMs).ToArray(),
            }, cancellationToken);
            await StandAsync(change, tenant, row, [.. results.Select(result => result.Attempt)], cancellationToken);
            return true;
        }, cancellationToken);

    /// <summary>Keeps a ping, and what it was answered. A success ends the pause of an endpoint that was left alone.</summary>
    /// <param name="alongside">What else belongs into the same transaction.</param>
    public Task<DeliveryRow> KeepPingAsync(Guid tenant, Guid endpoint, Guid id, byte[] payload, Attempt attempt, Func<Change, DeliveryRow, Task> alongside, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            await change.ExecuteAsync("""
                insert into webhook_deliveries (tenant_id, id, endpoint_id, event_type, payload, status, attempts, status_code, error, excerpt, took_ms, attempted_at, delivered_at, created_at)
                values (@tenant, @id, @endpoint, @ping, @payload, @status, 1, @StatusCode, @Error, @Excerpt, @TookMs, @now, @delivered, @now)
                """, new
            {
                id, endpoint, ping = EventTypes.Ping, payload, status = attempt.IsDelivered ? "delivered" : "failed", attempt.StatusCode, attempt.Error, attempt.Excerpt, attempt.TookMs,
                delivered = attempt.IsDelivered ? change.Now : (DateTimeOffset?)null, now = change.Now,
            }, cancellationToken);
            if (attempt.IsDelivered
                && await change.ExecuteAsync("update webhook_endpoints set failures = 0, blocked_until = null, updated_at = @now where tenant_id = @tenant and id = @endpoint and status = 'active' and failures > 0", new { endpoint, now = change.Now }, cancellationToken) > 0)
                await JobStore.AddAsync(change, tenant, DeliverWebhooks.JobType, endpoint.ToString(), change.Now, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "webhook_endpoint.tested", "webhook_endpoint", endpoint, after: new { attempt.StatusCode, attempt.IsDelivered }));
            var row = (await change.FindAsync<DeliveryRow>($"select {Columns}, payload from webhook_deliveries where tenant_id = @tenant and id = @id", new { id }, cancellationToken))!;
            await alongside(change, row);
            return row;
        }, cancellationToken);

    /// <summary>Puts one back to the front of the queue, with all its tries before it again and with its id. Null when it is not here; false when its endpoint is switched off.</summary>
    public static async Task<bool?> ReplayAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await change.FindAsync<Guid?>("select endpoint_id from webhook_deliveries where tenant_id = @tenant and id = @id", new { id }, cancellationToken) is not { } endpoint
            || await EndpointStore.LockAsync(change, endpoint, cancellationToken) is not { } row) return null;
        if (row.Status != "active") return false;
        await change.ExecuteAsync("update webhook_deliveries set status = 'pending', attempts = 0, next_at = @now, delivered_at = null where tenant_id = @tenant and id = @id", new { id, now = change.Now }, cancellationToken);
        await ReadyAsync(change, tenant, endpoint, cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "webhook_delivery.replayed", "webhook_delivery", id));
        return true;
    }

    /// <summary>Puts a stretch of time back into the queue, the oldest first, up to <see cref="MostReplayed"/>: how many. Null when the endpoint is not here; -1 when it is switched off.</summary>
    /// <param name="isAll">Those too that arrived.</param>
    public static async Task<int?> ReplayRangeAsync(Change change, Guid tenant, Guid endpoint, DateTimeOffset? since, DateTimeOffset? until, bool isAll, CancellationToken cancellationToken)
    {
        if (await EndpointStore.LockAsync(change, endpoint, cancellationToken) is not { } row) return null;
        if (row.Status != "active") return -1;
        var replayed = await change.ExecuteAsync($"""
            with picked as materialized (
                select id from webhook_deliveries
                where tenant_id = @tenant and endpoint_id = @endpoint and {(isAll ? "status <> 'pending'" : "status = 'failed'")} and seq is not null
                  {(since is null ? "" : "and id >= @from and created_at >= @since")} {(until is null ? "" : "and created_at < @until")}
                order by id
                limit {MostReplayed}
            )
            update webhook_deliveries d set status = 'pending', attempts = 0, next_at = @now, delivered_at = null
            from picked
            where d.tenant_id = @tenant and d.id = picked.id
            """, new { endpoint, since, until, from = since is { } at ? Ids.Floor(at) : default, now = change.Now }, cancellationToken);
        if (replayed > 0) await ReadyAsync(change, tenant, endpoint, cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "webhook_endpoint.replayed", "webhook_endpoint", endpoint, after: new { since, until, status = isAll ? "all" : "failed", count = replayed }));
        return replayed;
    }

    // Whoever replays wants to see now whether it works.
    static async Task ReadyAsync(Change change, Guid tenant, Guid endpoint, CancellationToken cancellationToken)
    {
        await change.ExecuteAsync("update webhook_endpoints set blocked_until = null, updated_at = @now where tenant_id = @tenant and id = @endpoint", new { endpoint, now = change.Now }, cancellationToken);
        await JobStore.AddAsync(change, tenant, DeliverWebhooks.JobType, endpoint.ToString(), change.Now, cancellationToken);
    }

    static async Task StandAsync(Change change, Guid tenant, EndpointRow row, IReadOnlyList<Attempt> attempts, CancellationToken cancellationToken)
    {
        if (attempts.FirstOrDefault(attempt => attempt.IsGone) is { } gone)
        {
            await EndpointStore.DisableAsync(change, tenant, row, gone.Error!, cancellationToken);
            return;
        }
        var failure = attempts.FirstOrDefault(attempt => !attempt.IsDelivered);
        if (attempts.Any(attempt => attempt.IsDelivered))
        {
            await change.ExecuteAsync("""
                update webhook_endpoints set failures = 0, blocked_until = null, failing_since = null, last_error = @error, last_success_at = @now
                where tenant_id = @tenant and id = @Id
                """, new { row.Id, error = failure?.Error, now = change.Now }, cancellationToken);
            return;
        }
        var since = row.FailingSince ?? change.Now;
        var pause = Pauses.AfterFailure(row.Failures + 1);
        if (failure!.RetryAfter > pause) pause = failure.RetryAfter.Value;
        await change.ExecuteAsync("""
            update webhook_endpoints set failures = failures + 1, blocked_until = @until, failing_since = @since, last_error = @Error
            where tenant_id = @tenant and id = @Id
            """, new { row.Id, until = change.Now + pause, since, failure.Error, now = change.Now }, cancellationToken);
        if (change.Now - since >= Pauses.Patience)
            await EndpointStore.DisableAsync(change, tenant, row, $"Nothing could be delivered there for three days. The last time: {failure.Error}", cancellationToken);
    }
}

/// <summary>A delivery whose time has come.</summary>
internal sealed class DueRow
{
    public Guid Id { get; init; }
    public byte[] Payload { get; init; } = [];
    public int Attempts { get; init; }
}
