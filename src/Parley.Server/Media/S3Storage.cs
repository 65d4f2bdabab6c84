using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Parley.Server.Platform.Configuration;

namespace Parley.Server.Media;

/// <summary>A bucket of an S3-compatible store: for several nodes.</summary>
internal sealed class S3Storage : IMediaStorage, IDisposable
{
    readonly AmazonS3Client _client;
    readonly string _bucket;
    readonly string _prefix;

    public S3Storage(MediaBucket bucket)
    {
        var config = new AmazonS3Config { MaxErrorRetry = 3, Timeout = TimeSpan.FromMinutes(5), RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED };
        if (bucket.Endpoint is { } endpoint)
        {
            // Other stores than Amazon's have the bucket in the path, and a region in name only.
            config.ServiceURL = endpoint;
            config.ForcePathStyle = true;
            config.AuthenticationRegion = bucket.Region;
        }
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(bucket.Region);
        // Without keys of ours: what the machine itself has been given.
        _client = bucket.AccessKey is null ? new AmazonS3Client(config) : new AmazonS3Client(new BasicAWSCredentials(bucket.AccessKey, bucket.SecretKey), config);
        (_bucket, _prefix) = (bucket.Name, bucket.Prefix);
    }

    public async Task PutAsync(MediaKey key, string path, CancellationToken cancellationToken)
    {
        try
        {
            await _client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = _bucket, Key = _prefix + key.Path, FilePath = path, ContentType = "application/octet-stream", UseChunkEncoding = false, DisableDefaultChecksumValidation = true,
            }, cancellationToken);
        }
        catch (Exception broken) when (IsTrouble(broken)) { throw Trouble(broken); }
        File.Delete(path);
    }

    public async Task<Stream?> OpenAsync(MediaKey key, long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetObjectRequest { BucketName = _bucket, Key = _prefix + key.Path };
            if (length > 0) request.ByteRange = new ByteRange(offset, offset + length - 1);
            var answer = await _client.GetObjectAsync(request, cancellationToken);
            return new Part(answer.ResponseStream, length);
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound) { return null; }
        catch (Exception broken) when (IsTrouble(broken)) { throw Trouble(broken); }
    }

    public Task<bool> SetAsideAsync(MediaKey key, CancellationToken cancellationToken) => MoveAsync(key.Path, key.Aside, cancellationToken);

    public async Task<bool> SettleAsync(MediaKey key, bool isWanted, CancellationToken cancellationToken)
    {
        if (isWanted) return await MoveAsync(key.Aside, key.Path, cancellationToken);   // the same bytes, should they be there anew
        try
        {
            await _client.GetObjectMetadataAsync(_bucket, _prefix + key.Aside, cancellationToken);
            await _client.DeleteObjectAsync(_bucket, _prefix + key.Aside, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound) { return false; }
        catch (Exception broken) when (IsTrouble(broken)) { throw Trouble(broken); }
    }

    async Task<bool> MoveAsync(string from, string to, CancellationToken cancellationToken)
    {
        try
        {
            await _client.CopyObjectAsync(_bucket, _prefix + from, _bucket, _prefix + to, cancellationToken);
            await _client.DeleteObjectAsync(_bucket, _prefix + from, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound) { return false; }
        catch (Exception broken) when (IsTrouble(broken)) { throw Trouble(broken); }
    }

    static bool IsTrouble(Exception failure) => failure is AmazonServiceException or AmazonClientException or HttpRequestException or IOException;

    StorageException Trouble(Exception failure) => new($"The bucket {_bucket} cannot be used: {(failure as AmazonServiceException)?.ErrorCode ?? failure.GetType().Name}.", failure);

    public void Dispose() => _client.Dispose();
}
