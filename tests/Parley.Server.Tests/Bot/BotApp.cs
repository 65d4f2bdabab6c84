using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Bot.Model;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

/// <summary>The product on a database of its own, whose bots lose patience soon. The model server beside it is a class's own, so that its faults hit nobody else.</summary>
public sealed class BotApp(ParleyFixture fixture) : IAsyncLifetime
{
    internal ParleyFixture Fixture => fixture;
    internal TestApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await StartAsync(await fixture.CloneDatabaseAsync());

    internal static Task<TestApp> StartAsync(string database, TimeProvider? time = null, Dictionary<string, string?>? settings = null) => TestApp.StartAsync(database, time: time, settings: settings,
        services: services => services.AddSingleton(new ModelPatience(3, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(5))));

    public async ValueTask DisposeAsync() => await App.DisposeAsync();

    /// <summary>A tenant with a number that has a bot.</summary>
    internal Task<BotStage> HasBotAsync(object? settings = null) => BotStage.SetAsync(App, settings);
}

internal sealed record BotStage(TestTenant Tenant, TestNumber Number, JsonObject Settings)
{
    public const string Ana = "+5511987654321";
    public const string Fallback = "A colleague will answer you soon.";

    public static async Task<BotStage> SetAsync(TestApp app, object? settings = null)
    {
        await app.Emulator.DeleteAsync("/faults?provider=openai");
        await app.Emulator.DeleteAsync("/ledger/openai");
        var tenant = await app.NewTenantAsync();
        var all = new JsonObject
        {
            ["is_on"] = true, ["base_url"] = new Uri(app.Emulator.BaseAddress!, "/openai/v1").ToString(), ["api_key"] = "sk-of-the-test-bot", ["wait_seconds"] = 0.2, ["timeout_seconds"] = 5, ["fallback"] = Fallback,
            ["model"] = $"model-of-{Guid.CreateVersion7():N}",   // by which its requests are told from others
            ["system_prompt"] = "You are the friendly bot of Café Aurora and you answer everything that guests of our little café in the harbour want to know about us.",
        };
        Planted.Add("sk-of-the-test-bot");
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(settings ?? new { })!.AsObject()) all[name] = value?.DeepClone();
        var stage = new BotStage(tenant, await tenant.HasWhatsAppAsync(), all);
        await stage.ChangeAsync(new { });
        return stage;
    }

    public TestApp App => Tenant.App;

    public async Task<JsonNode> ChangeAsync(object change)
    {
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(change)!.AsObject()) Settings[name] = value?.DeepClone();
        return await (await Tenant.Admin.PutAsJsonAsync($"/api/integrations/{Number.Id}/bot", Settings)).JsonAsync();
    }

    public Task KnowsAsync(string title, string content) => Tenant.Admin.PostJsonAsync("/api/bot/documents", new { title, content }, 201);

    public Task FaultsAsync(object faults)
    {
        var all = System.Text.Json.JsonSerializer.SerializeToNode(faults)!.AsObject();
        all["provider"] = "openai";
        return App.Emulator.PostJsonAsync("/faults", all, 200);
    }

    public Task SaysAsync(string text, string from = Ana) => Number.SayAsync(from, text);

    public async Task<JsonNode> ConversationAsync() => (await Tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;

    /// <summary>The oldest first.</summary>
    public async Task<List<JsonNode>> MessagesAsync() =>
        [.. (await Tenant.Viewer.GetJsonAsync($"/api/conversations/{(await ConversationAsync())["id"]}/messages?limit=200"))["items"]!.AsArray().Reverse().Select(message => message!)];

    public async Task<List<JsonNode>> BotMessagesAsync() => [.. (await MessagesAsync()).Where(message => (string?)message["author"] == "bot").OrderBy(message => (string)message["id"]!)];

    public Task<List<JsonNode>> AnsweredAsync(int count = 1, double seconds = 20) => Eventually.Async(BotMessagesAsync, messages => messages.Count >= count, $"the bot has written {count}", seconds);

    public Task<JsonNode> StandsAsync(string state) => Eventually.Async(ConversationAsync, conversation => (string?)conversation["bot_state"] == state, $"the bot is {state}");

    /// <summary>Each request to the model.</summary>
    public async Task<List<JsonNode>> AskedAsync() => [.. (await App.Emulator.GetJsonAsync("/ledger/openai"))["items"]!.AsArray().Where(entry => (string?)entry!["model"] == (string?)Settings["model"]).Select(entry => entry!["request"]!)];

    /// <summary>Nothing is left for the bot to do: all that was told is read, and no job is open.</summary>
    public Task QuietAsync() => Eventually.Async(async () => (await App.Get<TenantDatabase>().ListAsync<int>(Tenant.Id, """
        select (select count(*)::int from scheduled_jobs where tenant_id = @tenant and type = 'bot.answer') + (select count(*)::int from bot_cursors c join feed_heads h on h.tenant_id = c.tenant_id where c.tenant_id = @tenant and h.seq > c.seq)
        """, null, default))[0], left => left == 0, "the bot has nothing left to do", 30);

    public async Task<JsonNode> PersonSaysAsync(string text) => await Tenant.Editor.PostJsonAsync($"/api/conversations/{(await ConversationAsync())["id"]}/messages", new { type = "text", content = text }, 202);

    public async Task<JsonNode> SetAsync(string state) => await Tenant.Editor.PostJsonAsync($"/api/conversations/{(await ConversationAsync())["id"]}/bot", new { state }, 200);
}
