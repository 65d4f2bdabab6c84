using Parley.Server.Jobs;
using Parley.Server.Platform.Configuration;

namespace Parley.Server.Media;

internal static class MediaFeature
{
    /// <summary>A folder under the data folder, or a bucket.</summary>
    public static IServiceCollection AddMedia(this IServiceCollection services, ParleySettings settings)
    {
        services.AddSingleton<IMediaStorage>(_ => settings.MediaBucket is { } bucket ? new S3Storage(bucket) : new FolderStorage(settings.MediaFolder));
        services.AddSingleton(_ => new Incoming(settings.MediaFolder));
        return services.AddSingleton<MediaLinks>().AddSingleton<AttachmentStore>().AddSingleton<IJobHandler, FetchMedia>().AddSingleton<IJobHandler, RemoveFile>();
    }
}
