using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Emulators;
using Parley.Server.Hosting;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Secrets;
using Parley.Server.Tenants;
using Xunit;

namespace Parley.Server.Tests.Support;

/// <summary>The real product on a real port, with an emulator of the provider beside it.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly WebApplication _emulators;

    TestApp(WebApplication app, WebApplication emulators, string connectionString, LogRecorder logs)
    {
        (_app, _emulators, ConnectionString, Logs) = (app, emulators, connectionString, logs);
        Address = new Uri(app.Urls.First());
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Address };
        Emulator = new HttpClient { BaseAddress = new Uri(emulators.Urls.First()) };
    }

    public Uri Address { get; }

    /// <summary>Without any credentials.</summary>
    public HttpClient Http { get; }
    public HttpClient Emulator { get; }
    public string ConnectionString { get; }
    public LogRecorder Logs { get; }
    public IServiceProvider Services => _app.Services;
    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public static async Task<TestApp> StartAsync(string connectionString, Role role = Role.All, byte[]? masterKey = null, Dictionary<string, string?>? settings = null, TimeProvider? time = null, Action<IServiceCollection>? services = null)
    {
        var given = new Dictionary<string, string?>
        {
            ["PARLEY_URLS"] = "http://127.0.0.1:0", ["PARLEY_DATA"] = Path.Combine(Path.GetTempPath(), "parley-test-data"), ["PARLEY_RATE_LIMIT"] = "1000000", ["PARLEY_RATE_LIMIT_ADDRESS"] = "1000000", ["DEBUG"] = "true",
        };
        foreach (var (name, value) in settings ?? []) given[name] = value;
        var logs = new LogRecorder();
        var app = ParleyHost.Build(ParleySettings.Load(given, "/tmp", new Dictionary<string, string>()), connectionString, null, MasterKey.Of(masterKey ?? Key), role,
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(logs);
                if (time is not null) builder.Services.AddSingleton(time);
                services?.Invoke(builder.Services);
            });
        var emulators = EmulatorApp.Build(["http://127.0.0.1:0"]);
        await emulators.StartAsync();
        await app.StartAsync();
        return new(app, emulators, connectionString, logs);
    }

    /// <summary>The master key of all test apps: two on one database are two nodes of one installation.</summary>
    internal static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public async Task<TestTenant> NewTenantAsync()
    {
        var id = await Get<TenantStore>().CreateAsync("Test tenant", CancellationToken.None);
        return new(this, id, await ClientAsync(id, "admin"), await ClientAsync(id, "editor"), await ClientAsync(id, "viewer"));
    }

    public async Task<HttpClient> ClientAsync(Guid tenant, string role)
    {
        var (_, key) = await Get<ApiKeyStore>().CreateAsync(tenant, "test", role, null, CancellationToken.None);
        return ClientWithKey(key);
    }

    public HttpClient ClientWithKey(string key)
    {
        Planted.Add(key);
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public Task SetFaultsAsync(object faults) => Emulator.PostAsJsonAsync("/faults", faults);

    public async Task<JsonArray> LedgerAsync() => (await Emulator.GetFromJsonAsync<JsonObject>("/ledger/meta"))!["items"]!.AsArray();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _emulators.StopAsync();
        await _emulators.DisposeAsync();
        Http.Dispose();
        Emulator.Dispose();
    }
}

/// <summary>A tenant with a key for each role.</summary>
internal sealed record TestTenant(TestApp App, Guid Id, HttpClient Admin, HttpClient Editor, HttpClient Viewer)
{
    static int _numbers = 1000;

    /// <summary>Connects a WhatsApp number at the emulator.</summary>
    public async Task<TestNumber> HasWhatsAppAsync(int ratePerSecond = 1000, string token = "token")
    {
        var number = $"10654035{Interlocked.Increment(ref _numbers)}{Environment.ProcessId % 1000}";
        var secret = $"app-secret-{number}";
        Planted.Add(secret);
        var answer = await Admin.PostAsJsonAsync("/api/integrations", new
        {
            provider = "meta", channel = "whatsapp", name = "Support", external_id = number,
            config = new { waba_id = "102290129340398", verify_token = "verify-me", base_url = new Uri(App.Emulator.BaseAddress!, "/meta").ToString(), rate_limit_per_second = ratePerSecond.ToString() },
            credentials = new { access_token = token, app_secret = secret },
        });
        var json = await answer.JsonAsync(201);
        var url = (string)json["webhook_url"]!;
        await App.Emulator.PostAsJsonAsync("/connect", new { provider = "meta", external_id = number, webhook_url = url, secret });
        return new(this, (Guid)json["id"]!, number, secret, url);
    }
}

/// <summary>A number at Twilio, connected to the emulator.</summary>
internal sealed record TwilioTestNumber(TestTenant Tenant, Guid Id, string Address, string AuthToken, string WebhookUrl)
{
    static int _numbers = 1000;

    /// <param name="channel">sms or whatsapp.</param>
    public static async Task<TwilioTestNumber> ConnectAsync(TestTenant tenant, string channel = "sms", string? webhookUrl = null)
    {
        var plain = $"+1555765{Interlocked.Increment(ref _numbers)}";
        var address = channel == "whatsapp" ? $"whatsapp:{plain}" : plain;
        var token = $"auth-token-{plain}";
        Planted.Add(token);
        var json = await tenant.Admin.PostJsonAsync("/api/integrations", new
        {
            provider = "twilio", channel, name = "Front desk", external_id = address,
            config = new { account_sid = "AC00000000000000000000000000000001", base_url = new Uri(tenant.App.Emulator.BaseAddress!, "/twilio").ToString(), rate_limit_per_second = "1000" },
            credentials = new { auth_token = token },
        }, 201);
        var url = webhookUrl ?? (string)json["webhook_url"]!;
        await (await tenant.App.Emulator.PostAsJsonAsync("/connect", new { provider = "twilio", external_id = address, webhook_url = url, secret = token })).JsonAsync();
        return new(tenant, (Guid)json["id"]!, address, token, (string)json["webhook_url"]!);
    }

    /// <summary>A customer writes; the SID.</summary>
    public async Task<string> SayAsync(string from, string text, string? name = null)
    {
        Planted.Add(text);
        return (string)(await (await Tenant.App.Emulator.PostAsJsonAsync("/say", new { provider = "twilio", to = Address, from, name, text })).JsonAsync())["id"]!;
    }

    /// <summary>Posts a form, signed as Twilio would.</summary>
    public Task<HttpResponseMessage> PostAsync(IReadOnlyList<KeyValuePair<string, string>> fields, string? signature = null, string? url = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, WebhookUrl) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.TryAddWithoutValidation("X-Twilio-Signature", signature ?? Parley.Channels.Adapters.Twilio.TwilioSignature.Of(AuthToken, url ?? WebhookUrl, fields));
        return Tenant.App.Http.SendAsync(request);
    }

    public KeyValuePair<string, string>[] Text(string sid, string text, string from = "+15551230000") =>
        [new("MessageSid", sid), new("SmsSid", sid), new("AccountSid", "AC00000000000000000000000000000001"), new("SmsStatus", "received"), new("From", Address.StartsWith("whatsapp:", StringComparison.Ordinal) ? $"whatsapp:{from}" : from), new("To", Address), new("Body", text), new("NumMedia", "0")];

    public Task SetFaultsAsync(object faults) => Tenant.App.Emulator.PostAsJsonAsync("/faults", faults);

    /// <summary>What the emulator took from this number.</summary>
    public async Task<JsonNode[]> LedgerAsync() =>
        [.. (await Tenant.App.Emulator.GetFromJsonAsync<JsonObject>("/ledger/twilio"))!["items"]!.AsArray().Where(item => (string)item!["from"]! == Address).Select(item => item!)];

    public async Task<JsonNode[]> ConversationsAsync() =>
        [.. (await Tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Where(item => (Guid)item!["integration_id"]! == Id).Select(item => item!)];

    /// <summary>All messages of the only conversation, the oldest first.</summary>
    public async Task<JsonNode[]> MessagesAsync()
    {
        var conversations = await ConversationsAsync();
        if (conversations.Length == 0) return [];
        return [.. (await Tenant.Viewer.GetJsonAsync($"/api/conversations/{Assert.Single(conversations)["id"]}/messages?limit=200"))["items"]!.AsArray().Reverse().Select(item => item!)];
    }

    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args = null) => Tenant.App.Get<Platform.Database.TenantDatabase>().ListAsync<T>(Tenant.Id, sql, args, default);

    /// <summary>Makes jobs of a type due now.</summary>
    public async Task HurryAsync(string type)
    {
        await Tenant.App.Get<Platform.Database.TenantDatabase>().ExecuteAsync(Tenant.Id, "update scheduled_jobs set scheduled_at = @now where tenant_id = @tenant and type = @type and status = 'waiting'", new { type, now = TimeProvider.System.GetUtcNow() }, default);
        Tenant.App.Get<Parley.Server.Jobs.JobNews>().Publish();
    }
}

/// <summary>A connected WhatsApp number.</summary>
internal sealed record TestNumber(TestTenant Tenant, Guid Id, string PhoneNumberId, string Secret, string WebhookUrl)
{
    /// <summary>A customer writes, through the emulator.</summary>
    public Task SayAsync(string from, string text, string name = "Ana")
    {
        Planted.Add(text);
        return Tenant.App.Emulator.PostAsJsonAsync("/say", new { provider = "meta", to = PhoneNumberId, from, name, text });
    }

    /// <summary>Posts a body, signed as Meta would.</summary>
    public Task<HttpResponseMessage> PostAsync(string body, string? signature = null) => PostAsync(System.Text.Encoding.UTF8.GetBytes(body), signature);

    public Task<HttpResponseMessage> PostAsync(byte[] body, string? signature = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, WebhookUrl) { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256",
            signature ?? "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Secret), body)));
        return Tenant.App.Http.SendAsync(request);
    }

    /// <summary>The body of a webhook with these messages and statuses.</summary>
    public string Body(string messages = "[]", string statuses = "[]", string contacts = """[{"profile":{"name":"Ana"},"wa_id":"5511987654321"}]""") => $$$"""
        {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"{{{PhoneNumberId}}}"},"contacts":{{{contacts}}},"messages":{{{messages}}},"statuses":{{{statuses}}}},"field":"messages"}]}]}
        """.Trim();

    public static string TextMessage(string id, string text, string from = "5511987654321", long? at = null) =>
        $$$"""{"from":"{{{from}}}","id":"{{{id}}}","timestamp":"{{{at ?? DateTimeOffset.Parse("2026-01-01T00:00:00Z").ToUnixTimeSeconds()}}}","type":"text","text":{"body":{{{System.Text.Json.JsonSerializer.Serialize(text)}}}}}""";

    public static string Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString();
}

internal static class Http
{
    /// <summary>The body of an answer that must have this status.</summary>
    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage answer, int status = 200)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"expected {status}, got {(int)answer.StatusCode}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public static async Task<JsonNode> GetJsonAsync(this HttpClient client, string path, int status = 200) => await (await client.GetAsync(path)).JsonAsync(status);

    public static async Task<JsonNode> PostJsonAsync(this HttpClient client, string path, object? body, int status, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (System.Text.Json.JsonSerializer.SerializeToNode(body) is JsonObject members)
            foreach (var name in new[] { "content", "password" })
                if (members[name] is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String) Planted.Add((string?)value);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await (await client.SendAsync(request)).JsonAsync(status);
    }
}

/// <summary>Waits for what happens soon: looks again until it is so. (Signals are better where code gives one.)</summary>
internal static class Eventually
{
    public static async Task<T> Async<T>(Func<Task<T>> look, Func<T, bool> isSo, string what, double seconds = 15)
    {
        var since = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var seen = await look();
            if (isSo(seen)) return seen;
            Assert.True(since.Elapsed.TotalSeconds < seconds, $"{what}: did not happen within {seconds} s; last seen: {seen}");
            await Task.Delay(15);
        }
    }
}

/// <summary>What must never be in a log: every secret and every text that the tests used. Looked for when all have run.</summary>
internal static class Planted
{
    static readonly System.Collections.Concurrent.ConcurrentDictionary<string, byte> Secrets = new();

    /// <summary>Short ones are ordinary words.</summary>
    public static void Add(string? secret)
    {
        if (secret is { Length: >= 12 }) Secrets.TryAdd(secret, 0);
    }

    /// <summary>The first line of any app's log that holds one, or null.</summary>
    public static string? Find(IEnumerable<string> lines)
    {
        var secrets = Secrets.Keys.ToArray();
        return lines.FirstOrDefault(line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    public static int Count => Secrets.Count;
}

/// <summary>Keeps every log line of an app, so that a test can look for what must not be there.</summary>
internal sealed class LogRecorder : ILoggerProvider, ILogger
{
    /// <summary>Of all apps of the run.</summary>
    public static readonly System.Collections.Concurrent.ConcurrentQueue<string> All = new();

    readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();
    public IReadOnlyCollection<string> Lines => _lines;
    public ILogger CreateLogger(string categoryName) => this;
    public void Dispose() { }
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Keep($"{logLevel} {formatter(state, exception)} {exception}");

    void Keep(string line)
    {
        _lines.Enqueue(line);
        All.Enqueue(line);
    }
}
