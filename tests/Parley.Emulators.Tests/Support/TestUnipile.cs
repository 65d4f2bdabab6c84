using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Parley.Emulators.Tests.Support;

/// <summary>The emulators on a real port, seen from a workspace at Unipile.</summary>
sealed class TestUnipile : IAsyncDisposable
{
    /// <summary>The account that is there from the beginning.</summary>
    public const string Aurora = "Qm4xT0vYR3uB8nLk2sZa7w", WhatsApp = "v8KpT2xWQn-61sRcYd0EgA", LinkedIn = "bX3nL7dQTfe_20mVhKpSyw";
    readonly WebApplication _app;

    TestUnipile(WebApplication app, TestHook hook)
    {
        (_app, Hook) = (app, hook);
        Controls = new HttpClient { BaseAddress = new(app.Urls.First()) };
        Api = ClientWith("key");
    }

    public HttpClient Controls { get; }
    public HttpClient Api { get; }
    public TestHook Hook { get; }

    /// <param name="connected">Which account tells the hook.</param>
    public static async Task<TestUnipile> StartAsync(string? connected = null)
    {
        var app = EmulatorApp.Build(["http://127.0.0.1:0"]);
        await app.StartAsync();
        var unipile = new TestUnipile(app, await TestHook.StartAsync());
        if (connected is not null) await unipile.PostAsync("/connect", new { provider = "unipile", external_id = connected, webhook_url = unipile.Hook.Url, secret = TestHook.Secret });
        return unipile;
    }

    public HttpClient ClientWith(string? key)
    {
        var client = new HttpClient { BaseAddress = new(Controls.BaseAddress!, "/unipile/api/v1/") };
        if (key is not null) client.DefaultRequestHeaders.Add("X-API-KEY", key);
        return client;
    }

    public async Task<JsonNode> PostAsync(string path, object body, int status = 200) => await (await Controls.PostAsJsonAsync(path, body)).JsonAsync(status);

    public Task<JsonNode> GetAsync(string path, int status = 200) => Api.GetJsonAsync(path, status);

    public Task<JsonNode> HasFaultsAsync(JsonObject faults)
    {
        faults["provider"] = "unipile";
        return PostAsync("/faults", faults);
    }

    /// <summary>One rule for one route.</summary>
    public Task HasRuleAsync(string route, string kind, int? next = 1, int skip = 0) =>
        HasFaultsAsync(new() { ["rules"] = new JsonArray(new JsonObject { ["route"] = route, ["kind"] = kind, ["next"] = next, ["skip"] = skip }) });

    public Task<JsonNode> HasDatasetAsync(string account, int chats, int messages, int seed = 1, string type = "INSTAGRAM") =>
        PostAsync("/unipile/dataset", new { account_id = account, type, chats, messages, seed, until = "2026-05-01T00:00:00.000Z" });

    /// <summary>A customer writes; what /say answered.</summary>
    public Task<JsonNode> SaysAsync(string account, string text, string from = "100200300400500", string? timestamp = null) =>
        PostAsync("/say", new { provider = "unipile", to = account, from, name = "Nora Vale", text, timestamp });

    /// <summary>Everything that a list has, page by page.</summary>
    public async Task<List<JsonNode>> AllAsync(string path, int limit)
    {
        var all = new List<JsonNode>();
        var page = await GetAsync($"{path}{(path.Contains('?') ? '&' : '?')}limit={limit}");
        while (true)
        {
            all.AddRange(page["items"]!.AsArray().OfType<JsonNode>());
            if ((string?)page["cursor"] is not { } cursor) return all;
            page = await GetAsync($"{path.Split('?')[0]}?limit={limit}&cursor={Uri.EscapeDataString(cursor)}");
        }
    }

    public async Task<JsonNode> CallsAsync(string? account = null) => await Controls.GetJsonAsync($"/ledger/unipile/calls?account_id={account}");

    public async Task<JsonNode> ChatAsync(string account = Aurora, string name = "Nora Vale") =>
        (await AllAsync($"chats?account_id={account}", 250)).Single(chat => (string?)chat["name"] == name);

    /// <summary>A text sent into a chat; the answer must have this status.</summary>
    public async Task<JsonNode> SendAsync(string chatId, string text, int status = 201) =>
        await (await Api.PostAsync($"chats/{chatId}/messages", new MultipartFormDataContent { { new StringContent(text), "\"text\"" } })).JsonAsync(status);

    public static string Type(JsonNode error) => ((string)error["type"]!)["errors/".Length..];

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Hook.DisposeAsync();
        Controls.Dispose();
        Api.Dispose();
    }
}

/// <summary>One webhook as it arrived.</summary>
sealed record Heard(IHeaderDictionary Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>Where webhooks arrive.</summary>
sealed class TestHook : IAsyncDisposable
{
    public const string Secret = "unipile_secret_0123456789";
    readonly WebApplication _app;
    readonly Channel<Heard> _heard = Channel.CreateUnbounded<Heard>();

    TestHook(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/hook";

    /// <summary>How webhooks are answered.</summary>
    public int Answer { get; set; } = 200;

    public static async Task<TestHook> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var hook = new TestHook(builder.Build());
        hook._app.MapPost("/hook", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            hook._heard.Writer.TryWrite(new(new HeaderDictionary(request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)), Encoding.UTF8.GetString(body.ToArray())));
            return Results.StatusCode(hook.Answer);
        });
        await hook._app.StartAsync();
        return hook;
    }

    public async Task<Heard> HearsAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await _heard.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next event of this name; others are passed over.</summary>
    public async Task<JsonNode> HearsAsync(string happened)
    {
        while (true)
            if ((await HearsAsync()).Json is var json && (string?)json["event"] == happened) return json;
    }

    /// <summary>The next status of an account.</summary>
    public async Task<string> HearsStatusAsync()
    {
        while (true)
            if ((await HearsAsync()).Json["AccountStatus"] is { } status) return (string)status["message"]!;
    }

    /// <summary>What has arrived and was not listened to.</summary>
    public IReadOnlyList<Heard> Rest()
    {
        var rest = new List<Heard>();
        while (_heard.Reader.TryRead(out var heard)) rest.Add(heard);
        return rest;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
