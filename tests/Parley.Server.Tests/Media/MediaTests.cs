using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Messages;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Media;

public sealed class MediaTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("image", "image/png", null)]
    [InlineData("document", "application/pdf", "nota fiscal.pdf")]
    public async Task A_file_that_a_customer_sends_is_here_byte_for_byte(string type, string mime, string? name)
    {
        var (tenant, number) = await ConnectedAsync();
        var bytes = type == "image" ? TestFiles.Png() : TestFiles.Pdf;
        await SendsAsync(number, type, mime, bytes, name, "look");

        var file = await StoredAsync(tenant);
        Assert.Equal(("stored", mime, (long)bytes.Length, name), ((string)file["status"]!, (string)file["mime_type"]!, (long)file["size"]!, (string?)file["file_name"]));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (string)file["sha256"]!);
        Assert.Equal(bytes, await tenant.Viewer.GetByteArrayAsync((string)file["url"]!));
    }

    [Fact]
    public async Task A_file_is_nobody_elses()
    {
        var (tenant, number) = await ConnectedAsync();
        await SendsAsync(number, "image", "image/png", TestFiles.Png());
        var url = (string)(await StoredAsync(tenant))["url"]!;
        Assert.Equal(HttpStatusCode.NotFound, (await (await fixture.App.NewTenantAsync()).Admin.GetAsync(url)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await fixture.App.Http.GetAsync(url)).StatusCode);
    }

    [Fact]
    public async Task A_page_named_as_a_picture_is_a_download_that_cannot_run()
    {
        var (tenant, number) = await ConnectedAsync();
        await SendsAsync(number, "document", "image/jpeg", TestFiles.Html, "../../etc/\u202Egpj.photo.jpg");
        var file = await StoredAsync(tenant);
        Assert.Equal(("application/octet-stream", "gpj.photo.jpg"), ((string)file["mime_type"]!, (string)file["file_name"]!));

        var answer = await tenant.Viewer.GetAsync((string)file["url"]!);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("sandbox", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
    }

    [Fact]
    public async Task A_picture_is_shown_where_it_stands_and_downloaded_when_asked()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var file = await UploadAsync(tenant, TestFiles.Png(), "image/png", "red.png");
        var url = (string)file["url"]!;
        Assert.Equal("inline", (await tenant.Viewer.GetAsync(url)).Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("attachment", (await tenant.Viewer.GetAsync(url + "?download=true")).Content.Headers.ContentDisposition!.DispositionType);
    }

    [Theory]
    [InlineData("bytes=0-3", 206, 0, 4)]
    [InlineData("bytes=10-", 206, 10, null)]
    [InlineData("bytes=-5", 206, -5, 5)]
    [InlineData("bytes=5-100000", 206, 5, null)]
    [InlineData("bytes=100000-", 416, 0, null)]
    public async Task A_range_of_a_file_can_be_had(string range, int status, int from, int? count)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var bytes = TestFiles.Pdf;
        var file = await UploadAsync(tenant, bytes, "application/pdf", "a.pdf");
        using var request = new HttpRequestMessage(HttpMethod.Get, (string)file["url"]!);
        request.Headers.TryAddWithoutValidation("Range", range);
        var answer = await tenant.Viewer.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 416) return;
        var start = from < 0 ? bytes.Length + from : from;
        Assert.Equal(bytes[start..(count is { } n ? start + n : bytes.Length)], await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task What_a_browser_has_already_is_not_sent_again()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var file = await UploadAsync(tenant, TestFiles.Png(), "image/png", "a.png");
        using var request = new HttpRequestMessage(HttpMethod.Get, (string)file["url"]!);
        request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{file["sha256"]}\""));
        Assert.Equal(HttpStatusCode.NotModified, (await tenant.Viewer.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_file_of_no_bytes_is_refused_in_words_and_one_beyond_the_limit_too()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), settings: new() { ["PARLEY_MEDIA_LIMIT"] = "20000" });
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await SendsAsync(number, "document", "application/pdf", [], "empty.pdf");
        Assert.Equal("The file is empty.", (string)(await FailedAsync(tenant))["error"]!);

        await SendsAsync(number, "document", "application/pdf", new byte[20_001], "large.pdf", from: "+5511900000001");
        Assert.Contains("larger", (string)(await FailedAsync(tenant, "+5511900000001"))["error"]!);
        await UploadAsync(tenant, new byte[20_001], "application/pdf", "large.pdf", 413);
        await UploadAsync(tenant, [], "application/pdf", "empty.pdf", 400);
    }

    [Fact]
    public async Task A_fetch_that_breaks_off_is_tried_again_until_it_is_whole()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await app.SetFaultsAsync(new { media_cut_next = 1, media_expired_next = 0 });
        await SendsAsync(number, "document", "application/pdf", TestFiles.Pdf, "a.pdf");
        var waiting = await Eventually.Async(() => FileAsync(tenant), file => file?["error"] is not null, "the first try broke off");
        Assert.Equal("pending", (string)waiting!["status"]!);

        Assert.Equal(HttpStatusCode.Accepted, (await tenant.Editor.PostAsync($"/api/attachments/{waiting["id"]}/fetch", null)).StatusCode);
        Assert.Equal(TestFiles.Pdf, await tenant.Viewer.GetByteArrayAsync((string)(await StoredAsync(tenant))["url"]!));
        Assert.Empty((await tenant.Admin.GetJsonAsync("/api/jobs?type=media.fetch"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_file_that_comes_in_drips_holds_nothing_else_up_and_arrives_whole()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        var slow = TestFiles.Png(64);
        await app.SetFaultsAsync(new { media_slow_bytes_per_second = Math.Max(200, slow.Length / 3) });
        await SendsAsync(number, "image", "image/png", slow);
        await Eventually.Async(async () => (await tenant.Admin.GetJsonAsync("/api/jobs?type=media.fetch&status=running"))["items"]!.AsArray().Count, running => running == 1, "the slow one is under way");
        await SendsAsync(number, "document", "application/pdf", [1], "quick.bin", from: "+5511900000002");
        var quick = await Eventually.Async(() => FileAsync(tenant, "+5511900000002"), file => (string?)file?["status"] == "stored", "the quick one is here");
        Assert.Equal("pending", (string)(await FileAsync(tenant, "+5511987654321"))!["status"]!);
        Assert.Equal([1], await tenant.Viewer.GetByteArrayAsync((string)quick!["url"]!));
        var late = await Eventually.Async(() => FileAsync(tenant, "+5511987654321"), file => (string?)file?["status"] == "stored", "the slow one is here");
        Assert.Equal(slow, await tenant.Viewer.GetByteArrayAsync((string)late!["url"]!));
    }

    [Fact]
    public async Task A_file_that_the_provider_no_longer_has_is_said_so_and_asked_for_again_later()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await app.SetFaultsAsync(new { media_vanished = true });
        await SendsAsync(number, "document", "application/pdf", TestFiles.Pdf, "a.pdf");
        var waiting = await Eventually.Async(() => FileAsync(tenant), file => file?["error"] is not null, "it is said so");
        Assert.Equal(("pending", true), ((string)waiting!["status"]!, ((string)waiting["error"]!).StartsWith("Meta ", StringComparison.Ordinal)));
        var job = Assert.Single((await tenant.Admin.GetJsonAsync("/api/jobs?type=media.fetch"))["items"]!.AsArray())!;
        Assert.Equal((string)waiting["error"]!, (string)job["last_error"]!);

        // Given up, however that came about, it no longer seems to come, and why it did not stays said.
        await app.Get<SystemDatabase>().ExecuteAsync("update scheduled_jobs set status = 'running', attempts = @MostAttempts, lease_until = created_at where tenant_id = @Id and type = @JobType", new { JobStore.MostAttempts, tenant.Id, FetchMedia.JobType }, default);
        var given = await Eventually.Async(() => FileAsync(tenant), file => (string?)file?["status"] == "failed", "it is given up");
        Assert.Equal((string)waiting["error"]!, (string?)given!["error"]);
    }

    [Fact]
    public async Task A_hundred_megabytes_pass_through_without_being_held_in_memory()
    {
        var tenant = await fixture.App.NewTenantAsync();
        const int size = 100 * 1024 * 1024;
        using var source = new LargeFile(size);
        using var content = new StreamContent(source, 64 * 1024);
        content.Headers.ContentType = new("application/octet-stream");
        var upload = await (await tenant.Editor.PostAsync("/api/attachments?file_name=large.bin", content)).JsonAsync(201);
        Assert.Equal(size, (long)upload["size"]!);
        Assert.InRange(source.MostMemory, 0, size / 2);
        using var request = new HttpRequestMessage(HttpMethod.Get, (string)upload["url"]!);
        request.Headers.Range = new(size - 16, null);
        Assert.Equal(Enumerable.Range(size - 16, 16).Select(at => (byte)(at % 251)), await (await tenant.Viewer.SendAsync(request)).Content.ReadAsByteArrayAsync());
        using var more = new StreamContent(new LargeFile(size + 1), 64 * 1024);
        try { await (await tenant.Editor.PostAsync("/api/attachments?file_name=larger.bin", more)).JsonAsync(413); }
        catch (HttpRequestException) { }   // refused while it was still being sent
    }

    [Fact]
    public async Task An_upload_that_nobody_sent_within_a_week_is_forgotten()
    {
        var clock = new SkippingClock();
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), time: clock);
        var tenant = await app.NewTenantAsync();
        var upload = await UploadAsync(tenant, TestFiles.Pdf, "application/pdf", "a.pdf");
        var housekeeping = app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<Parley.Server.Platform.Housekeeping>().Single();
        clock.Skip(TimeSpan.FromDays(6));
        await housekeeping.RunOnceAsync(default);
        await tenant.Viewer.GetJsonAsync($"/api/attachments/{upload["id"]}");
        clock.Skip(TimeSpan.FromDays(2));
        await housekeeping.RunOnceAsync(default);
        await tenant.Viewer.GetJsonAsync($"/api/attachments/{upload["id"]}", 404);
    }

    [Fact]
    public async Task What_was_uploaded_for_a_message_that_was_cancelled_is_removed()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "hello");
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        var upload = await UploadAsync(tenant, TestFiles.Pdf, "application/pdf", "a.pdf");
        var later = new { type = "document", attachment_id = (string)upload["id"]!, scheduled_at = TimeProvider.System.GetUtcNow().AddDays(1).ToString("O") };
        var message = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", later, 202);
        await (await tenant.Editor.DeleteAsync($"/api/scheduled-messages/{message["id"]}")).JsonAsync(204);
        Assert.Equal((string)upload["sha256"]!, await app.Get<TenantDatabase>().FindAsync<string>(tenant.Id, "select key from scheduled_jobs where tenant_id = @tenant and type = 'media.remove'", null, default));
    }

    [Fact]
    public async Task A_message_whose_file_was_swept_at_that_moment_is_not_stored_without_it()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "hello");
        var conversation = (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        var draft = new MessageDraft("image", null, null, Guid.CreateVersion7(), "image");   // it was there when it was looked for
        await Assert.ThrowsAsync<FileGoneException>(() => fixture.App.Get<TenantDatabase>().ChangeAsync(tenant.Id, change => MessageStore.QueueAsync(change, tenant.Id, conversation, $"user:{Guid.CreateVersion7()}", draft, null, default), default));
        Assert.Single((await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray());
    }

    /// <summary>Bytes that count up, and how much more memory was in use while they were read than at first.</summary>
    sealed class LargeFile(long size) : Stream
    {
        readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
        long _at;

        public long MostMemory { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => size;
        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, size - _at);
            for (var i = 0; i < read; i++) buffer[offset + i] = (byte)((_at + i) % 251);
            if (_at / (8 << 20) != (_at + read) / (8 << 20)) MostMemory = Math.Max(MostMemory, GC.GetTotalMemory(forceFullCollection: true) - _before);
            _at += read;
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    [Fact]
    public async Task What_came_is_not_taken_for_what_was_announced()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await app.SetFaultsAsync(new { media_wrong_digest = true });
        await SendsAsync(number, "document", "application/pdf", TestFiles.Pdf, "a.pdf");
        var file = await Eventually.Async(() => FileAsync(tenant), file => file?["error"] is not null, "the digest is compared");
        Assert.Contains("digest", (string)file!["error"]!);
        Assert.Equal(HttpStatusCode.Conflict, (await tenant.Viewer.GetAsync((string)file["url"]!)).StatusCode);
    }

    [Fact]
    public async Task A_file_goes_out_and_arrives_byte_for_byte_and_is_given_to_the_provider_once()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987654321", "hi");
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        var upload = await UploadAsync(tenant, TestFiles.Png(16), "image/png", "red.png");
        var message = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "image", content = "look", attachment_id = upload["id"] }, 202);
        Assert.Equal((string)upload["id"]!, (string)message["attachments"]![0]!["id"]!);

        var sent = await LedgerEntryAsync(message);
        var id = (string)sent["body"]!["image"]!["id"]!;
        Assert.Equal("look", (string)sent["body"]!["image"]!["caption"]!);
        Assert.Equal(TestFiles.Png(16), await FromProviderAsync(id));

        var again = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "image", attachment_id = upload["id"] }, 202);
        Assert.Equal(id, (string)(await LedgerEntryAsync(again))["body"]!["image"]!["id"]!);
    }

    [Theory]
    [InlineData("image", "application/pdf", "JPEG or PNG")]
    [InlineData("sticker", "image/png", "WebP")]
    public async Task A_file_that_the_provider_would_refuse_is_refused_before_it_is_sent(string type, string mime, string words)
    {
        var (tenant, number) = await ConnectedAsync();
        var upload = await UploadAsync(tenant, mime == "image/png" ? TestFiles.Png() : TestFiles.Pdf, mime, "a");
        var problem = await tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+5511987654321", type, attachment_id = upload["id"] }, 400);
        Assert.Contains(words, problem["errors"]!["attachment_id"]![0]!.ToString());
    }

    [Fact]
    public async Task An_upload_as_a_form_is_the_same_and_one_without_a_file_is_told_so()
    {
        var tenant = await fixture.App.NewTenantAsync();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(TestFiles.Pdf) { Headers = { ContentType = new("application/pdf") } }, "file", "../a.pdf" } };
        var file = await (await tenant.Editor.PostAsync("/api/attachments", form)).JsonAsync(201);
        Assert.Equal(("a.pdf", "document"), ((string)file["file_name"]!, (string)file["kind"]!));
        using var empty = new MultipartFormDataContent { { new StringContent("x"), "other" } };
        await (await tenant.Editor.PostAsync("/api/attachments", empty)).JsonAsync(400);
        Assert.Equal(HttpStatusCode.Forbidden, (await tenant.Viewer.PostAsync("/api/attachments", new ByteArrayContent([1]))).StatusCode);
    }

    [Theory]
    [InlineData("location", """{"location":{"latitude":-23.55,"longitude":-46.63,"name":"Sé"}}""", """{"latitude":-23.55,"longitude":-46.63,"name":"Sé"}""")]
    [InlineData("contacts", """{"contacts":[{"name":{"formatted_name":"Bia"},"phones":[{"phone":"+5511900000000"}]}]}""", """[{"name":{"formatted_name":"Bia"},"phones":[{"phone":"+5511900000000"}]}]""")]
    [InlineData("interactive", """{"content":"Confirm?","interactive":{"kind":"buttons","buttons":[{"id":"yes","title":"Yes"}]}}""", """{"type":"button","body":{"text":"Confirm?"},"action":{"buttons":[{"type":"reply","reply":{"id":"yes","title":"Yes"}}]}}""")]
    public async Task Places_people_and_choices_go_out_as_the_provider_writes_them(string type, string given, string expected)
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987654321", "hi");
        var body = JsonNode.Parse(given)!.AsObject();
        body["type"] = type;
        body["integration_id"] = number.Id;
        body["to"] = "+5511987654321";
        var sent = await LedgerEntryAsync(await tenant.Editor.PostJsonAsync("/api/messages", body, 202));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), sent["body"]![type]), sent["body"]![type]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"type":"location"}""", "location")]
    [InlineData("""{"type":"location","location":{"latitude":91,"longitude":0}}""", "location")]
    [InlineData("""{"type":"contacts","contacts":[{"name":{}}]}""", "contacts")]
    [InlineData("""{"type":"interactive","content":"x","interactive":{"kind":"buttons","buttons":[]}}""", "interactive")]
    [InlineData("""{"type":"interactive","content":"x","interactive":{"kind":"dance"}}""", "interactive")]
    [InlineData("""{"type":"image"}""", "attachment_id")]
    [InlineData("""{"type":"image","link":"file:///etc/passwd"}""", "link")]
    [InlineData("""{"type":"image","attachment_id":"0197a000-0000-7000-8000-000000000000"}""", "attachment_id")]
    [InlineData("""{"type":"dance"}""", "type")]
    public async Task What_is_not_whole_is_refused_by_its_field(string given, string field)
    {
        var (tenant, number) = await ConnectedAsync();
        var body = JsonNode.Parse(given)!.AsObject();
        body["integration_id"] = number.Id;
        body["to"] = "+5511987654321";
        var problem = await tenant.Editor.PostJsonAsync("/api/messages", body, 400);
        Assert.NotNull(problem["errors"]![field]);
    }

    async Task<(TestTenant, TestNumber)> ConnectedAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    static Task SendsAsync(TestNumber number, string type, string mime, byte[] bytes, string? name = null, string? caption = null, string from = "+5511987654321") =>
        number.Tenant.App.Emulator.PostAsJsonAsync("/say", new
        {
            provider = "meta", to = number.PhoneNumberId, from, name = "Ana", type, media = new { base64 = Convert.ToBase64String(bytes), mime_type = mime, file_name = name, caption },
        });

    static async Task<JsonNode> UploadAsync(TestTenant tenant, byte[] bytes, string mime, string name, int status = 201) =>
        await (await tenant.Editor.PostAsync($"/api/attachments?file_name={name}", new ByteArrayContent(bytes) { Headers = { ContentType = new(mime) } })).JsonAsync(status);

    static async Task<JsonNode?> FileAsync(TestTenant tenant, string? handle = null)
    {
        var conversations = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray();
        var conversation = conversations.FirstOrDefault(one => handle is null || (string)one!["handle"]! == handle);
        if (conversation is null) return null;
        return (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}/messages"))["items"]![0]!["attachments"]?[0];
    }

    static async Task<JsonNode> StoredAsync(TestTenant tenant) =>
        (await Eventually.Async(() => FileAsync(tenant), file => (string?)file?["status"] == "stored", "the file is stored"))!;

    static async Task<JsonNode> FailedAsync(TestTenant tenant, string? handle = null) =>
        (await Eventually.Async(() => FileAsync(tenant, handle), file => (string?)file?["status"] == "failed", "the file is refused"))!;

    async Task<JsonNode> LedgerEntryAsync(JsonNode message) =>
        (await Eventually.Async(async () => (await fixture.App.LedgerAsync()).FirstOrDefault(entry => ((string?)entry!["reference"])?.StartsWith(Guid.Parse((string)message["id"]!).ToString("N")) == true), entry => entry is not null, "the message was sent"))!;

    async Task<byte[]> FromProviderAsync(string mediaId)
    {
        using var http = new HttpClient { BaseAddress = fixture.App.Emulator.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "token");
        return await http.GetByteArrayAsync((string)(await http.GetJsonAsync($"/meta/v23.0/{mediaId}"))["url"]!);
    }
}
