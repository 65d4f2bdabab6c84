using Parley.Server.Jobs;

namespace Parley.Server.WebhooksOut;

/// <summary>Sends what waits for one endpoint, the oldest first, a few at once. One job for each endpoint, in slots of its own: a slow one holds up nobody else.
/// Nothing is claimed for a send: whoever has the job's lease sends, and what was sent but not written down is sent again, with the same id.</summary>
internal sealed class DeliverWebhooks(EndpointStore endpoints, DeliveryStore deliveries, Sender sender, TimeProvider time) : IJobHandler
{
    public const string JobType = "webhooks.deliver";

    const int AtATime = 8;
    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);   // then whoever waits for a slot comes first

    public string Type => JobType;
    public int AtOnce => 8 * EndpointStore.Most;
    public int AtOnceOfATenant => EndpointStore.Most;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        for (var begun = time.GetTimestamp(); time.GetElapsedTime(begun) < Turn;)
        {
            if (await endpoints.FindAsync(job.TenantId, id, stopping) is not { Status: "active" } endpoint) return new JobOutcome.Done();
            var now = time.GetUtcNow();
            if (endpoint.BlockedUntil > now) return new JobOutcome.Again(endpoint.BlockedUntil.Value);
            // One that failed the last time is asked with one delivery, not with eight.
            var due = await deliveries.ListDueAsync(job.TenantId, id, now, endpoint.Failures > 0 ? 1 : AtATime, stopping);
            if (due.Count == 0) return await deliveries.FindNextAsync(job.TenantId, id, stopping) is { } next ? new JobOutcome.Again(next) : new JobOutcome.Done();
            var secrets = endpoints.SecretsOf(job.TenantId, endpoint, now);
            if (secrets.Count == 0)
            {
                await endpoints.DisableAsync(job.TenantId, endpoint, "Its secret cannot be opened. Make a new one.", stopping);
                return new JobOutcome.Done();
            }
            var results = await Task.WhenAll(due.Select(delivery => TryAsync(endpoint, delivery, secrets, stopping)));
            await deliveries.WriteAsync(job.TenantId, id, [.. results.OfType<(DueRow, Attempt)>()], CancellationToken.None);
            stopping.ThrowIfCancellationRequested();
        }
        return new JobOutcome.Again(time.GetUtcNow());
    }

    // Null when we stop before the answer is here.
    async Task<(DueRow, Attempt)?> TryAsync(EndpointRow endpoint, DueRow delivery, IReadOnlyList<string> secrets, CancellationToken stopping)
    {
        try
        {
            return (delivery, await sender.SendAsync(endpoint.Url, delivery.Id, delivery.Payload, secrets, stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
    }
}
