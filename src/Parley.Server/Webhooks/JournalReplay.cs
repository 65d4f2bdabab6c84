using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Audit;
using Parley.Server.Ingest;
using Parley.Server.Integrations;
using Parley.Server.Platform.Database;

namespace Parley.Server.Webhooks;

/// <summary>Applies a journalled webhook again. What is already there stays as it is, so it is always safe.</summary>
internal sealed class JournalReplay(
    TenantDatabase database, IngestDatabase ingest, IngestStore store, ChannelCatalog catalog, IntegrationDirectory directory, CustomerDirectory customers)
{
    /// <summary>Null when this tenant has no such webhook; otherwise why it failed again, or "" when it is processed.</summary>
    /// <param name="isOneOfMany">The request for all of them is in the audit log already.</param>
    public async Task<string?> ReplayAsync(Guid tenant, Guid id, CancellationToken cancellationToken, bool isOneOfMany = false)
    {
        if (await database.FindAsync<Kept>(tenant, """
            select id, integration_id, provider, kind, body, created_at
            from webhook_events
            where tenant_id = @tenant and id = @id
            """, new { id }, cancellationToken) is not { } kept) return null;

        if (!isOneOfMany) directory.ForgetAccounts();
        var error = await ApplyAsync(tenant, kept, cancellationToken);
        await database.ChangeAsync(tenant, async change =>
        {
            var status = error is null ? "processed" : "failed";
            if (!isOneOfMany) change.Audit(AuditEntry.Of(tenant, "webhook_event.replayed", "webhook_event", id, after: new { status }));
            return await change.ExecuteAsync("""
                update webhook_events set status = @status, error = @error, attempts = attempts + 1, processed_at = @now
                where tenant_id = @tenant and id = @id
                """, new { id, status, error, now = change.Now }, cancellationToken);
        }, cancellationToken);
        return error ?? "";
    }

    /// <summary>It could not even be tried.</summary>
    public Task FailAsync(Guid tenant, Guid id, string error, CancellationToken cancellationToken) =>
        database.ExecuteAsync(tenant, "update webhook_events set status = 'failed', error = @error, attempts = attempts + 1 where tenant_id = @tenant and id = @id", new { id, error }, cancellationToken);

    async Task<string?> ApplyAsync(Guid tenant, Kept kept, CancellationToken cancellationToken)
    {
        if (await directory.FindByIdAsync(kept.IntegrationId) is not { } integration || catalog.Find(kept.Provider) is not IReadWebhooks channel)
            return "Its integration is no longer here.";
        var content = channel.Read(kept.Body);
        var (events, error) = await WebhookEndpoints.RouteAsync(integration, content, directory);
        var webhook = new PendingWebhook
        {
            Id = kept.Id, TenantId = tenant, IntegrationId = kept.IntegrationId, Provider = kept.Provider, Body = kept.Body,
            ReceivedAt = kept.CreatedAt, Kind = kept.Kind, Events = events, Error = error ?? content.Error,
        };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await ingest.OpenAsync(cancellationToken);
                customers.Forget();
                var missed = await store.ApplyAsync(connection, [webhook], cancellationToken, journal: false);
                return missed.Count > 0 ? MessageUpdates.Missed : webhook.Error;
            }
            catch (Exception again) when (attempt < 6 && again is InvalidOperationException or PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure })
            {
                await Task.Delay(Random.Shared.Next(1, 20 * attempt), cancellationToken);
            }
            catch (PostgresException failure) when (failure.SqlState[..2] is "22" or "23")
            {
                return $"It could not be applied: {failure.MessageText} ({failure.SqlState})";
            }
        }
    }

    sealed class Kept
    {
        public Guid Id { get; init; }
        public Guid IntegrationId { get; init; }
        public string Provider { get; init; } = "";
        public string Kind { get; init; } = "";
        public byte[] Body { get; init; } = [];
        public DateTimeOffset CreatedAt { get; init; }
    }
}
