namespace Parley.Channels.Contract;

/// <summary>Fetches what people sent from where the provider keeps it.</summary>
public interface IFetchMedia : IChannel
{
    /// <summary>Copies the file into <paramref name="into"/>, which may refuse more bytes than it wants
    /// (<see cref="MediaTooLargeException"/>, passed on). Never throws for what a provider or the network does.</summary>
    Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken);
}

/// <summary>What came of a fetch.</summary>
/// <param name="MimeType">As the provider says; the bytes may say otherwise.</param>
/// <param name="Sha256">The provider's digest of the file in hex, when it gives one.</param>
public sealed record FetchedMedia(string? MimeType, string? Sha256, FetchFailure? Failure)
{
    public static FetchedMedia Failed(string words, bool isFinal) => new(null, null, new(words, isFinal));
}

/// <param name="Words">A sentence for a person, without secrets.</param>
/// <param name="IsFinal">True when trying again gives the same answer.</param>
public sealed record FetchFailure(string Words, bool IsFinal);

/// <summary>The file has more bytes than the reader takes.</summary>
public sealed class MediaTooLargeException(long limit) : IOException($"The file has more than {limit} bytes.")
{
    public long Limit => limit;
}

/// <summary>Sends files, within the message that carries them (<see cref="OutboundMessage.File"/>) unless it is <see cref="IUploadMedia"/> too.</summary>
public interface ITakeFiles : IChannel
{
    /// <summary>Null when the provider takes such a file; otherwise a sentence that says what it takes.</summary>
    /// <param name="kind">image, video, audio, document or sticker.</param>
    string? Complaint(string kind, string mimeType, long size);
}

/// <summary>Gives a file to the provider, so that a message can name it. Uploading twice is harmless.</summary>
public interface IUploadMedia : ITakeFiles
{
    /// <summary>Never throws for what a provider or the network does.</summary>
    Task<UploadedMedia> UploadAsync(OutboundFile file, ChannelAccount account, CancellationToken cancellationToken);
}

/// <summary>Fetches a file that goes out from an address of ours while it sends: <see cref="MediaHandle.ProviderId"/> is that address.</summary>
public interface ITakeLinks : ITakeFiles
{
    /// <summary>How long after the request the provider may still come for it.</summary>
    TimeSpan FetchesWithin { get; }
}

/// <param name="Open">Opens the bytes, from the start; called once for each try.</param>
public sealed record OutboundFile(string Kind, string MimeType, string? FileName, long Size, Func<CancellationToken, Task<Stream>> Open);

/// <param name="ProviderId">The provider's name for the file, good for <paramref name="KeptFor"/>.</param>
public sealed record UploadedMedia(string? ProviderId, TimeSpan KeptFor, SendFailure? Failure);

/// <summary>A file that the provider has: what a message that carries it names.</summary>
public sealed record MediaHandle(string Kind, string ProviderId, string? FileName);
