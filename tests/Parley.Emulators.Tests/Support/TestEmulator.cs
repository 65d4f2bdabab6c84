using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Parley.Emulators.Tests.Support;

/// <summary>The emulators on a real port, with one number connected to a business that records what it is told.</summary>
sealed class TestEmulator : IAsyncDisposable
{
    public const string Number = "106540352242922", Waba = "102290129340398", Ana = "5511987654321";
    readonly WebApplication _app;

    TestEmulator(WebApplication app, TestBusiness business, TestClock clock)
    {
        (_app, Business, Clock) = (app, business, clock);
        Controls = new HttpClient { BaseAddress = new(app.Urls.First()) };
        Graph = ClientWith("token");
    }

    /// <summary>As a test does: without any token.</summary>
    public HttpClient Controls { get; }

    /// <summary>As the business does.</summary>
    public HttpClient Graph { get; }
    public TestBusiness Business { get; }
    public TestClock Clock { get; }

    public static async Task<TestEmulator> StartAsync(bool connected = true)
    {
        var clock = new TestClock();
        var app = EmulatorApp.Build(["http://127.0.0.1:0"], clock);
        await app.StartAsync();
        var emulator = new TestEmulator(app, await TestBusiness.StartAsync(), clock);
        if (connected) await emulator.PostAsync("/connect", new { provider = "meta", external_id = Number, webhook_url = emulator.Business.Url, secret = TestBusiness.Secret, waba_id = Waba, name = "Corner shop" });
        return emulator;
    }

    public HttpClient ClientWith(string token)
    {
        var client = new HttpClient { BaseAddress = new(Controls.BaseAddress!, "/meta/v23.0/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<JsonNode> PostAsync(string path, object body, int status = 200) => await (await Controls.PostAsJsonAsync(path, body)).JsonAsync(status);

    public Task<JsonNode> HasFaultsAsync(object faults) => PostAsync("/faults", faults);

    /// <summary>A send, as its JSON; the answer must have this status.</summary>
    public async Task<JsonNode> SendAsync(string type, string content, int status = 200, string to = Ana, string also = "")
    {
        var body = $$"""{"messaging_product":"whatsapp","to":"{{to}}","type":"{{type}}","{{type}}":{{content}}{{also}}}""";
        return await (await Graph.PostAsync($"{Number}/messages", new StringContent(body, Encoding.UTF8, "application/json"))).JsonAsync(status);
    }

    /// <summary>A send that is refused; the code.</summary>
    public async Task<int> RefusalAsync(string type, string content, int status = 400) => (int)(await SendAsync(type, content, status))["error"]!["code"]!;

    public async Task<HttpResponseMessage> UploadAsync(byte[] bytes, string mimeType, string name = "file", string? type = null)
    {
        var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = MediaTypeHeaderValue.Parse(mimeType);
        using var form = new MultipartFormDataContent { { new StringContent("whatsapp"), "messaging_product" }, { new StringContent(type ?? mimeType), "type" }, { file, "file", name } };
        return await Graph.PostAsync($"{Number}/media", form);
    }

    /// <summary>The id of an uploaded file.</summary>
    public async Task<string> HasMediaAsync(byte[] bytes, string mimeType = "image/jpeg") => (string)(await (await UploadAsync(bytes, mimeType)).JsonAsync())["id"]!;

    public async Task<string> ResolveAsync(string id) => (string)(await Graph.GetJsonAsync(id))["url"]!;

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Business.DisposeAsync();
        Controls.Dispose();
        Graph.Dispose();
    }
}

/// <summary>The real clock, which can be put forward. Timers stay as they are.</summary>
sealed class TestClock : TimeProvider
{
    TimeSpan _ahead;

    public void PutForward(TimeSpan by) => _ahead += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;
}

static class Http
{
    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage answer, int status = 200)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"expected {status}, got {(int)answer.StatusCode}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public static async Task<JsonNode> GetJsonAsync(this HttpClient client, string path, int status = 200) => await (await client.GetAsync(path)).JsonAsync(status);
}
