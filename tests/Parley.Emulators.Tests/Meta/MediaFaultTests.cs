using System.Diagnostics;
using System.Security.Cryptography;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Meta;

public class MediaFaultTests
{
    static readonly byte[] Photo = RandomNumberGenerator.GetBytes(50_000);

    [Fact]
    public async Task Resolves_and_downloads_fail_so_often_with_that_status()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);
        var url = await emulator.ResolveAsync(id);
        await emulator.HasFaultsAsync(new { media_status_next = 2, media_status = 503 });

        await emulator.Graph.GetJsonAsync(id, 503);
        Assert.Equal(503, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
        Assert.Equal(Photo, await emulator.Graph.GetByteArrayAsync(url));
    }

    [Fact]
    public async Task Uploads_fail_so_often_with_that_status()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await emulator.HasFaultsAsync(new { media_upload_fail_next = 1, media_status = 429 });

        await (await emulator.UploadAsync(Photo, "image/jpeg")).JsonAsync(429);
        await (await emulator.UploadAsync(Photo, "image/jpeg")).JsonAsync();
    }

    [Fact]
    public async Task An_address_expires_at_once_when_told()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var url = await emulator.ResolveAsync(await emulator.HasMediaAsync(Photo));
        await emulator.HasFaultsAsync(new { media_expired_next = 1 });

        Assert.Equal(404, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
        Assert.Equal(200, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
    }

    [Fact]
    public async Task An_address_can_be_given_a_shorter_life()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await emulator.HasFaultsAsync(new { media_url_seconds = 10 });
        var url = await emulator.ResolveAsync(await emulator.HasMediaAsync(Photo));

        emulator.Clock.PutForward(TimeSpan.FromSeconds(11));

        Assert.Equal(404, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
    }

    [Fact]
    public async Task A_slow_download_is_slow_and_whole()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var url = await emulator.ResolveAsync(await emulator.HasMediaAsync(Photo));
        await emulator.HasFaultsAsync(new { media_slow_bytes_per_second = 100_000 });
        var since = Stopwatch.StartNew();

        Assert.Equal(Photo, await emulator.Graph.GetByteArrayAsync(url));
        Assert.True(since.ElapsedMilliseconds > 350, $"50 kB at 100 kB/s took {since.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task A_cut_download_ends_half_way_and_the_next_is_whole()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var url = await emulator.ResolveAsync(await emulator.HasMediaAsync(Photo));
        await emulator.HasFaultsAsync(new { media_cut_next = 1 });

        using var answer = await emulator.Graph.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);
        var received = new MemoryStream();
        var body = await answer.Content.ReadAsStreamAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(received));

        Assert.Equal(Photo.Length, answer.Content.Headers.ContentLength);
        Assert.True(received.Length < Photo.Length);
        Assert.Equal(Photo, await emulator.Graph.GetByteArrayAsync(url));
    }

    [Fact]
    public async Task A_wrong_digest_is_told_where_the_right_one_would_be()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);
        await emulator.HasFaultsAsync(new { media_wrong_digest = true });
        await emulator.PostAsync("/say", new { provider = "meta", to = TestEmulator.Number, from = TestEmulator.Ana, type = "image", media = new { base64 = Convert.ToBase64String(Photo), mime_type = "image/jpeg" } });

        Assert.NotEqual(Convert.ToHexStringLower(SHA256.HashData(Photo)), (string)(await emulator.Graph.GetJsonAsync(id))["sha256"]!);
        Assert.NotEqual(Convert.ToBase64String(SHA256.HashData(Photo)), (string)(await emulator.Business.HearsMessageAsync())["image"]!["sha256"]!);
    }

    [Fact]
    public async Task A_vanished_file_is_nowhere()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);
        var url = await emulator.ResolveAsync(id);
        await emulator.HasFaultsAsync(new { media_vanished = true });

        await emulator.Graph.GetJsonAsync(id, 400);
        Assert.Equal(404, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
        Assert.Equal(100, await emulator.RefusalAsync("image", $$"""{"id":"{{id}}"}"""));
    }
}
