using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;

namespace Parley.Server.Media;

/// <summary>Brings a file that a person sent from the provider into our storage.
/// :: 1 whose it is · 2 the bytes, to this machine's disk · 3 are they what was announced · 4 into the storage · 5 told to people.</summary>
internal sealed class FetchMedia(
    AttachmentStore store, IMediaStorage storage, Incoming incoming, IntegrationDirectory integrations, ChannelCatalog catalog, ParleySettings settings) : IJobHandler
{
    public const string JobType = "media.fetch";

    public string Type => JobType;

    public int AtOnce => 10;

    public int AtOnceOfATenant => 6;

    public Func<Change, Task> GiveUp(Job job) => AttachmentStore.GivenUp(job.TenantId, Guid.Parse(job.Key));

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        // :: 1
        if (await store.FindToFetchAsync(job.TenantId, Guid.Parse(job.Key), stopping) is not { Status: not "stored" } file) return new JobOutcome.Done();
        if (await integrations.FindByIdAsync(file.IntegrationId) is not { } integration || catalog.Find(integration.Provider) is not IFetchMedia channel)
            return Final("Its account is no longer connected.");

        // :: 2
        await using var received = incoming.New(settings.MediaLimit);
        FetchedMedia fetched;
        try
        {
            fetched = await channel.FetchAsync(
                new AttachmentReference(file.Kind, file.ProviderId, file.ProviderUrl, file.MimeType, file.FileName, file.ProviderSha256, file.Size), integration.Account, received, stopping);
        }
        catch (MediaTooLargeException)
        {
            return Final($"The file is larger than the {settings.MediaLimit / 1024 / 1024} MB that are kept here.");
        }
        if (fetched.Failure is { } failure) return failure.IsFinal ? Final(failure.Words) : Later(failure.Words);
        await received.CompleteAsync(stopping);

        // :: 3
        if (received.Length == 0) return Final("The file is empty.");
        if (fetched.Sha256 is { } announced && announced != received.Sha256) return Later("What came is not what was announced: the digest differs. We will try again.");

        // :: 4
        var (size, type) = (received.Length, FileKinds.TypeOf(received.Head, fetched.MimeType));
        await storage.PutAsync(new(job.TenantId, received.Sha256), received.FilePath, stopping);

        // :: 5
        return new JobOutcome.Done(AttachmentStore.Stored(job.TenantId, file, type, size, received.Sha256));

        JobOutcome Final(string words) => new JobOutcome.Done(AttachmentStore.Troubled(job.TenantId, file, words, isFinal: true));

        JobOutcome Later(string words) => new JobOutcome.Retry(words, AttachmentStore.Troubled(job.TenantId, file, words, isFinal: false));
    }
}
