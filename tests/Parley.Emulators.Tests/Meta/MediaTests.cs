using System.Security.Cryptography;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Meta;

public class MediaTests
{
    static readonly byte[] Photo = RandomNumberGenerator.GetBytes(70_000);

    [Fact]
    public async Task An_upload_comes_back_byte_for_byte()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);

        var resolved = await emulator.Graph.GetJsonAsync(id);
        var answer = await emulator.Graph.GetAsync((string)resolved["url"]!);

        Assert.Equal(Photo, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/jpeg", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(("whatsapp", "image/jpeg", Photo.Length, id), ((string)resolved["messaging_product"]!, (string)resolved["mime_type"]!, (int)resolved["file_size"]!, (string)resolved["id"]!));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Photo)), (string)resolved["sha256"]!);
    }

    [Fact]
    public async Task An_address_needs_the_token_it_was_given_to()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var url = await emulator.ResolveAsync(await emulator.HasMediaAsync(Photo));

        Assert.Equal(401, (int)(await emulator.Controls.GetAsync(url)).StatusCode);
        Assert.Equal(401, (int)(await emulator.Controls.GetAsync(url + "?access_token=token")).StatusCode);
        Assert.Equal(401, (int)(await emulator.ClientWith("another").GetAsync(url)).StatusCode);
        Assert.Equal(200, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
    }

    [Fact]
    public async Task An_address_lives_five_minutes_and_the_file_can_be_resolved_again()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);
        var url = await emulator.ResolveAsync(id);

        emulator.Clock.PutForward(TimeSpan.FromSeconds(299));
        Assert.Equal(200, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
        emulator.Clock.PutForward(TimeSpan.FromSeconds(2));
        Assert.Equal(404, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
        Assert.Equal(200, (int)(await emulator.Graph.GetAsync(await emulator.ResolveAsync(id))).StatusCode);
    }

    [Fact]
    public async Task An_upload_lives_thirty_days_and_a_customers_file_seven()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var uploaded = await emulator.HasMediaAsync(Photo);
        await SaysAsync(emulator, "image", "image/jpeg");
        var received = (string)(await emulator.Business.HearsMessageAsync())["image"]!["id"]!;

        emulator.Clock.PutForward(TimeSpan.FromDays(8));
        await emulator.Graph.GetJsonAsync(uploaded);
        await emulator.Graph.GetJsonAsync(received, 400);
        emulator.Clock.PutForward(TimeSpan.FromDays(23));
        await emulator.Graph.GetJsonAsync(uploaded, 400);
    }

    [Fact]
    public async Task A_deleted_file_is_gone_with_its_address()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);
        var url = await emulator.ResolveAsync(id);

        Assert.True((bool)(await (await emulator.Graph.DeleteAsync(id)).JsonAsync())["success"]!);

        var error = (await emulator.Graph.GetJsonAsync(id, 400))["error"]!;
        Assert.Equal((100, 33), ((int)error["code"]!, (int)error["error_subcode"]!));
        Assert.Equal(404, (int)(await emulator.Graph.GetAsync(url)).StatusCode);
        Assert.Equal(400, (int)(await emulator.Graph.DeleteAsync(id)).StatusCode);
    }

    [Theory]
    [InlineData("image/jpeg", 5 * 1024 * 1024)]
    [InlineData("audio/ogg; codecs=opus", 16 * 1024 * 1024)]
    [InlineData("video/mp4", 16 * 1024 * 1024)]
    [InlineData("image/webp", 100 * 1024)]
    [InlineData("application/pdf", 100 * 1024 * 1024)]
    public async Task A_file_may_be_as_large_as_its_kind_allows_and_no_byte_larger(string mimeType, int cap)
    {
        await using var emulator = await TestEmulator.StartAsync();

        await (await emulator.UploadAsync(new byte[cap], mimeType)).JsonAsync();

        var refused = await (await emulator.UploadAsync(new byte[cap + 1], mimeType)).JsonAsync(400);
        Assert.Equal(131053, (int)refused["error"]!["code"]!);
    }

    [Fact]
    public async Task An_animated_sticker_may_be_larger_than_a_still_one()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var webp = new byte[400 * 1024];
        "VP8X"u8.CopyTo(webp.AsSpan(12));
        webp[20] = 2;

        await (await emulator.UploadAsync(webp, "image/webp")).JsonAsync();
    }

    [Theory]
    [InlineData("image/gif")]
    [InlineData("audio/wav")]
    [InlineData("application/octet-stream")]
    public async Task A_file_of_another_type_is_refused_whatever_the_form_claims(string mimeType)
    {
        await using var emulator = await TestEmulator.StartAsync();

        var refused = await (await emulator.UploadAsync(Photo, mimeType, type: "image/jpeg")).JsonAsync(400);

        Assert.Equal(100, (int)refused["error"]!["code"]!);
    }

    [Fact]
    public async Task Uploads_resolves_and_deletes_need_a_token()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);
        var bad = emulator.ClientWith("bad");

        Assert.Equal(190, (int)(await bad.GetJsonAsync(id, 401))["error"]!["code"]!);
        Assert.Equal(401, (int)(await bad.DeleteAsync(id)).StatusCode);
        Assert.Equal(401, (int)(await bad.PostAsync($"{TestEmulator.Number}/media", null)).StatusCode);
    }

    [Fact]
    public async Task A_customer_sends_a_photo_with_its_digest_in_base64()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var said = await SaysAsync(emulator, "image", "image/jpeg", "a.jpg", "our garden");
        var message = await emulator.Business.HearsMessageAsync();

        Assert.True((bool)said["delivered"]!);
        Assert.Equal("image", (string)message["type"]!);
        Assert.Equal(("image/jpeg", "our garden"), ((string)message["image"]!["mime_type"]!, (string)message["image"]!["caption"]!));
        Assert.Equal(Convert.ToBase64String(SHA256.HashData(Photo)), (string)message["image"]!["sha256"]!);
        Assert.Null(message["image"]!["filename"]);
        var url = await emulator.ResolveAsync((string)message["image"]!["id"]!);
        Assert.Equal(Photo, await emulator.Graph.GetByteArrayAsync(url));
    }

    [Fact]
    public async Task A_customers_document_keeps_its_name_and_a_voice_note_says_so()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await SaysAsync(emulator, "document", "application/pdf", "nota fiscal.pdf");
        await emulator.PostAsync("/say", new { provider = "meta", to = TestEmulator.Number, from = TestEmulator.Ana, type = "audio", media = new { base64 = Convert.ToBase64String(Photo), mime_type = "audio/ogg; codecs=opus", voice = true } });

        Assert.Equal("nota fiscal.pdf", (string)(await emulator.Business.HearsMessageAsync())["document"]!["filename"]!);
        var audio = (await emulator.Business.HearsMessageAsync())["audio"]!;
        Assert.Equal(("audio/ogg; codecs=opus", true), ((string)audio["mime_type"]!, (bool)audio["voice"]!));
    }

    [Fact]
    public async Task A_file_that_is_not_base64_is_refused()
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.PostAsync("/say", new { provider = "meta", to = TestEmulator.Number, from = TestEmulator.Ana, type = "image", media = new { base64 = "%%%", mime_type = "image/jpeg" } }, 400);
        await emulator.PostAsync("/say", new { provider = "meta", to = TestEmulator.Number, from = TestEmulator.Ana, type = "text", media = new { base64 = "AAAA", mime_type = "image/jpeg" } }, 400);
    }

    // Integrations that always name their number fail on what customers send, and so they shall here.
    [Fact]
    public async Task Naming_the_number_resolves_its_uploads_but_no_customers_file()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var uploaded = await emulator.HasMediaAsync(Photo);
        await SaysAsync(emulator, "image", "image/jpeg");
        var received = (string)(await emulator.Business.HearsMessageAsync())["image"]!["id"]!;

        await emulator.Graph.GetJsonAsync($"{uploaded}?phone_number_id={TestEmulator.Number}");
        await emulator.Graph.GetJsonAsync($"{uploaded}?phone_number_id=1", 400);
        await emulator.Graph.GetJsonAsync($"{received}?phone_number_id={TestEmulator.Number}", 400);
    }

    [Fact]
    public async Task A_send_takes_a_known_file_or_a_link_and_no_unknown_file()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync(Photo);

        await emulator.SendAsync("image", $$"""{"id":"{{id}}","caption":"our garden"}""");
        await emulator.SendAsync("image", """{"link":"https://cdn.example/a.jpg"}""");

        Assert.Equal(100, await emulator.RefusalAsync("image", """{"id":"1234567890123456"}"""));
        Assert.Equal(131053, await emulator.RefusalAsync("audio", $$"""{"id":"{{id}}"}"""));
        Assert.Equal(131008, await emulator.RefusalAsync("image", $$"""{"id":"{{id}}","link":"https://cdn.example/a.jpg"}"""));
        Assert.Equal(131008, await emulator.RefusalAsync("image", "{}"));
        Assert.Equal(100, await emulator.RefusalAsync("image", """{"link":"javascript:alert(1)"}"""));
    }

    static Task<System.Text.Json.Nodes.JsonNode> SaysAsync(TestEmulator emulator, string type, string mimeType, string? name = null, string? caption = null) =>
        emulator.PostAsync("/say", new { provider = "meta", to = TestEmulator.Number, from = TestEmulator.Ana, type, media = new { base64 = Convert.ToBase64String(Photo), mime_type = mimeType, file_name = name, caption } });
}
