using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Media;

namespace Parley.Server.Sending;

/// <summary>Sees that the provider has the file that a message carries. A file is given once and named many times, while the
/// provider keeps it; giving it twice harms nobody. Where there is no such thing, the file itself goes along with the message.</summary>
internal sealed class OutgoingFiles(AttachmentStore attachments, IMediaStorage storage, TimeProvider time)
{
    /// <summary>None of them, for a message without a file.</summary>
    public async Task<(MediaHandle? Handle, OutboundFile? File, SendFailure? Failure)> EnsureAsync(Outgoing message, ConnectedIntegration integration, ISendMessages channel, CancellationToken cancellationToken)
    {
        if (message.FileSha256 is not { } sha256) return (null, null, null);
        if (message.FileAtProvider is { } known) return (new(message.FileKind!, known, message.FileName), null, null);
        if (channel is not ITakeFiles) return (null, null, SendFailure.Unsupported);
        var size = message.FileSize ?? 0;
        var file = new OutboundFile(message.FileKind!, message.FileType ?? FileKinds.Unknown, message.FileName, size,
            async token => await storage.OpenAsync(new(message.TenantId, sha256), 0, size, token) ?? throw new IOException("The file is not in the storage."));
        if (channel is not IUploadMedia uploads) return (null, file, null);
        try
        {
            var uploaded = await uploads.UploadAsync(file, integration.Account, cancellationToken);
            if (uploaded.ProviderId is not { } id) return (null, null, uploaded.Failure);
            await attachments.RememberAtProviderAsync(message.TenantId, message.IntegrationId, sha256, message.FileKind!, id, time.GetUtcNow() + uploaded.KeptFor, CancellationToken.None);
            return (new(message.FileKind!, id, message.FileName), null, null);
        }
        catch (OperationCanceledException)
        {
            return (null, null, SendFailure.ConnectionFailed);   // only the file was under way: the message certainly has not left
        }
    }

    /// <summary>The provider refused the message: perhaps for its file, which it shall get anew if somebody tries again.</summary>
    public Task ForgetAsync(Outgoing message) => attachments.ForgetAtProviderAsync(message.TenantId, message.IntegrationId, message.FileSha256!, CancellationToken.None);
}
