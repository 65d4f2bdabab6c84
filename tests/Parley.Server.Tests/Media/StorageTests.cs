using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Server.Media;
using Parley.Server.Platform.Configuration;
using Xunit;

namespace Parley.Server.Tests.Media;

/// <summary>What every storage must do; run against the folder and against a bucket whose server checks each signature.</summary>
public abstract class StorageContract
{
    private protected abstract Task<IMediaStorage> CreateAsync();

    [Fact]
    public async Task What_was_put_comes_back_whole_and_in_parts()
    {
        var storage = await CreateAsync();
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        var key = await PutAsync(storage, bytes);
        Assert.Equal(bytes, await ReadAsync(storage, key, 0, bytes.Length));
        Assert.Equal(bytes[1000..1005], await ReadAsync(storage, key, 1000, 5));
    }

    [Fact]
    public async Task Putting_it_twice_is_harmless()
    {
        var storage = await CreateAsync();
        var bytes = RandomNumberGenerator.GetBytes(100);
        var tenant = Guid.CreateVersion7();
        await PutAsync(storage, bytes, tenant);
        var key = await PutAsync(storage, bytes, tenant);
        Assert.Equal(bytes, await ReadAsync(storage, key, 0, 100));
    }

    [Fact]
    public async Task Another_tenants_file_is_not_here()
    {
        var storage = await CreateAsync();
        var key = await PutAsync(storage, [1, 2, 3]);
        Assert.Null(await storage.OpenAsync(key with { Tenant = Guid.CreateVersion7() }, 0, 3, default));
    }

    static async Task<MediaKey> PutAsync(IMediaStorage storage, byte[] bytes, Guid? tenant = null)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, bytes);
        var key = new MediaKey(tenant ?? Guid.CreateVersion7(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        await storage.PutAsync(key, file, default);
        Assert.False(File.Exists(file), "the storage takes the file");
        return key;
    }

    static async Task<byte[]> ReadAsync(IMediaStorage storage, MediaKey key, long offset, long length)
    {
        await using var stream = await storage.OpenAsync(key, offset, length, default);
        using var copy = new MemoryStream();
        await stream!.CopyToAsync(copy);
        return copy.ToArray();
    }
}

public sealed class FolderStorageTests : StorageContract, IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parley-storage").FullName;
    private protected override Task<IMediaStorage> CreateAsync() => Task.FromResult<IMediaStorage>(new FolderStorage(_folder));
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

public sealed class S3StorageTests : StorageContract, IAsyncDisposable
{
    readonly FakeBucket _bucket = new();

    private protected override async Task<IMediaStorage> CreateAsync() => new S3Storage(new MediaBucket("media", "parley/", await _bucket.StartAsync(), "eu-test-1", "AKIDEXAMPLE", FakeBucket.Secret));

    [Fact]
    public async Task A_wrong_secret_is_refused()
    {
        var storage = new S3Storage(new MediaBucket("media", "", await _bucket.StartAsync(), "eu-test-1", "AKIDEXAMPLE", "wrong"));
        var file = Path.GetTempFileName();
        await Assert.ThrowsAsync<StorageException>(() => storage.PutAsync(new(Guid.CreateVersion7(), new string('a', 64)), file, default));
        File.Delete(file);
    }

    public ValueTask DisposeAsync() => _bucket.DisposeAsync();
}

public sealed class FolderClearTests
{
    [Fact]
    public void Emptying_the_folder_takes_what_the_storage_keeps_and_leaves_what_somebody_else_put_there()
    {
        var folder = Directory.CreateTempSubdirectory("parley-clear").FullName;
        var ours = Path.Combine(folder, new MediaKey(Guid.CreateVersion7(), new string('a', 64)).Path);
        Directory.CreateDirectory(Path.GetDirectoryName(ours)!);
        File.WriteAllText(ours, "ours");
        var theirs = Path.Combine(folder, "thesis.txt");
        File.WriteAllText(theirs, "theirs");
        Directory.CreateDirectory(Path.Combine(folder, "holiday"));
        FolderStorage.Clear(folder);
        Assert.Equal(["holiday", "thesis.txt"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order());
        File.Delete(theirs);
        Directory.Delete(Path.Combine(folder, "holiday"));
        FolderStorage.Clear(folder);
        Assert.False(Directory.Exists(folder));
    }
}

/// <summary>As much of S3 as is used: PUT and GET with ranges, path style, each request with a right signature (version 4).</summary>
internal sealed class FakeBucket : IAsyncDisposable
{
    public const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    readonly Dictionary<string, byte[]> _objects = [];
    WebApplication? _app;

    public async Task<string> StartAsync()
    {
        if (_app is null)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.Run(AnswerAsync);
            await _app.StartAsync();
        }
        return _app.Urls.First();
    }

    async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (!IsSigned(http.Request, body.ToArray()))
        {
            http.Response.StatusCode = 403;
            await http.Response.WriteAsync("<Error><Code>SignatureDoesNotMatch</Code></Error>");
            return;
        }
        var key = http.Request.Path.Value!;
        if (http.Request.Method == "PUT")
        {
            lock (_objects) _objects[key] = body.ToArray();
            http.Response.Headers.ETag = "\"x\"";
            return;
        }
        byte[]? found;
        lock (_objects) _objects.TryGetValue(key, out found);
        if (found is null)
        {
            http.Response.StatusCode = 404;
            await http.Response.WriteAsync("<Error><Code>NoSuchKey</Code></Error>");
            return;
        }
        if (http.Request.GetTypedHeaders().Range?.Ranges.First() is { } range)
        {
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = $"bytes {range.From}-{range.To}/{found.Length}";
            found = found[(int)range.From!..((int)range.To! + 1)];
        }
        http.Response.ContentLength = found.Length;
        await http.Response.Body.WriteAsync(found);
    }

    // docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    static bool IsSigned(HttpRequest request, byte[] body)
    {
        var given = request.Headers.Authorization.ToString();
        if (!given.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal)) return false;
        var parts = given[17..].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var scope = parts["Credential"].Split('/', 2)[1];
        var signed = parts["SignedHeaders"].Split(';');
        var hash = request.Headers["x-amz-content-sha256"].ToString();
        if (hash != "UNSIGNED-PAYLOAD" && hash != Convert.ToHexStringLower(SHA256.HashData(body))) return false;
        var query = string.Join('&', request.Query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value.ToString())}").Order(StringComparer.Ordinal));
        var canonical = $"{request.Method}\n{request.Path.Value}\n{query}\n{string.Concat(signed.Select(name => $"{name}:{(name == "host" ? request.Host.ToString() : request.Headers[name].ToString()).Trim()}\n"))}\n{parts["SignedHeaders"]}\n{hash}";
        var date = request.Headers["x-amz-date"].ToString();
        if (!DateTimeOffset.TryParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)) return false;
        var text = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + Secret);
        foreach (var part in scope.Split('/')) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))) == parts["Signature"];
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
    }
}
