using System.Collections.Concurrent;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Media;

namespace Parley.Server.Sending;

/// <summary>Sees that the provider has the file that a message carries. A file is given once and named many times, while the
/// provider keeps it; giving it twice harms nobody. Where there is no such thing, the file itself goes along with the message, or the
/// provider fetches it from us.</summary>
internal sealed class OutgoingFiles(AttachmentStore attachments, IMediaStorage storage, MediaLinks links, TimeProvider time)
{
    // Messages that carry the same file at the same time wait for one upload.
    readonly ConcurrentDictionary<(Guid Integration, string Sha256, string Kind), Lazy<Task<(string? ProviderId, SendFailure? Failure)>>> _underWay = new();

    /// <summary>None of them, for a message without a file. Whatever goes wrong, the message has not left.</summary>
    public async Task<(MediaHandle? Handle, OutboundFile? File, SendFailure? Failure)> EnsureAsync(
        Outgoing message, ConnectedIntegration integration, ISendMessages channel, CancellationToken cancellationToken)
    {
        if (message.FileSha256 is not { } sha256) return (null, null, null);
        if (channel is ITakeLinks fetches)
            return await IsHereAsync(message, sha256, cancellationToken) is { } lost ? (null, null, lost)
                : (new(message.FileKind!, links.Make(new(message.TenantId, sha256, message.FileType ?? FileKinds.Unknown, message.FileName, message.FileSize ?? 0), fetches.FetchesWithin), message.FileName), null, null);
        if (message.FileAtProvider is { } known) return (new(message.FileKind!, known, message.FileName), null, null);
        if (channel is not ITakeFiles) return (null, null, SendFailure.Unsupported);
        if (channel is not IUploadMedia uploads) return await IsHereAsync(message, sha256, cancellationToken) is { } missing ? (null, null, missing) : (null, FileOf(message, sha256), null);
        var key = (message.IntegrationId, sha256, message.FileKind!);
        var upload = _underWay.GetOrAdd(key, _ => new(() => UploadAsync(message, sha256, integration, uploads, cancellationToken)));
        try
        {
            var (id, failure) = await upload.Value;
            return id is null ? (null, null, failure) : (new(message.FileKind!, id, message.FileName), null, null);
        }
        finally
        {
            _underWay.TryRemove(KeyValuePair.Create(key, upload));
        }
    }

    async Task<(string? ProviderId, SendFailure? Failure)> UploadAsync(
        Outgoing message, string sha256, ConnectedIntegration integration, IUploadMedia uploads, CancellationToken cancellationToken)
    {
        try
        {
            // Another message may have brought it there since this one was claimed.
            if (await attachments.FindAtProviderAsync(message.TenantId, message.IntegrationId, sha256, message.FileKind!, time.GetUtcNow(), cancellationToken) is { } known) return (known, null);
            // Looked for before the provider is called: what is missing here is no trouble of theirs.
            if (await IsHereAsync(message, sha256, cancellationToken) is { } missing) return (null, missing);
            var uploaded = await uploads.UploadAsync(FileOf(message, sha256), integration.Account, cancellationToken);
            if (uploaded.ProviderId is not { } id) return (null, uploaded.Failure);
            await attachments.RememberAtProviderAsync(message.TenantId, message.IntegrationId, sha256, message.FileKind!, id, time.GetUtcNow() + uploaded.KeptFor, CancellationToken.None);
            return (id, null);
        }
        catch (StorageException)
        {
            return (null, SendFailure.StorageUnavailable);
        }
        catch (Exception failure) when (failure is OperationCanceledException or Npgsql.NpgsqlException)
        {
            return (null, SendFailure.OurFault);
        }
    }

    async Task<SendFailure?> IsHereAsync(Outgoing message, string sha256, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.HoldsAsync(new(message.TenantId, sha256), message.FileSize ?? 0, cancellationToken) ? null : SendFailure.FileMissing;
        }
        catch (StorageException)
        {
            return SendFailure.StorageUnavailable;
        }
    }

    OutboundFile FileOf(Outgoing message, string sha256)
    {
        var size = message.FileSize ?? 0;
        return new(message.FileKind!, message.FileType ?? FileKinds.Unknown, message.FileName, size,
            async token => await storage.OpenAsync(new(message.TenantId, sha256), 0, size, token) ?? throw new IOException("The file is not in the storage."));
    }

    /// <summary>The provider refused the message: perhaps for its file, which it shall get anew if somebody tries again.</summary>
    public Task ForgetAsync(Outgoing message) => attachments.ForgetAtProviderAsync(message.TenantId, message.IntegrationId, message.FileSha256!, CancellationToken.None);
}
