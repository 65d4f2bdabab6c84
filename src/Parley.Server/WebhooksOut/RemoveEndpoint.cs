using Parley.Server.Jobs;

namespace Parley.Server.WebhooksOut;

/// <summary>Takes away what a removed endpoint leaves behind, in pieces that hold nothing up.</summary>
internal sealed class RemoveEndpoint(EndpointStore endpoints, TimeProvider time) : IJobHandler
{
    public const string JobType = "webhooks.remove";
    const int Piece = 5000;

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping) =>
        await endpoints.ClearAsync(job.TenantId, Guid.Parse(job.Key), Piece, stopping) ? new JobOutcome.Done() : new JobOutcome.Again(time.GetUtcNow());
}
