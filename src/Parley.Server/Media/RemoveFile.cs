using Parley.Server.Jobs;

namespace Parley.Server.Media;

/// <summary>Deletes the bytes of a file that nobody names any more: one job for each digest, asked for with the change that took its rows away.
/// In two steps, an hour apart: what is put aside comes back when somebody who was just putting the same bytes has named them since. Killed between any
/// two lines, it goes on: what is aside is seen in the storage.</summary>
internal sealed class RemoveFile(AttachmentStore attachments, IMediaStorage storage, TimeProvider time) : IJobHandler
{
    public const string JobType = "media.remove";
    internal static readonly TimeSpan Aside = TimeSpan.FromHours(1);

    public string Type => JobType;

    public int AtOnce => 4;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var key = new MediaKey(job.TenantId, job.Key);
        var isWanted = await attachments.IsNamedAsync(job.TenantId, job.Key, stopping);
        if (await storage.SettleAsync(key, isWanted, stopping) || isWanted || !await storage.SetAsideAsync(key, stopping)) return new JobOutcome.Done();
        return new JobOutcome.Again(time.GetUtcNow() + Aside);
    }
}
