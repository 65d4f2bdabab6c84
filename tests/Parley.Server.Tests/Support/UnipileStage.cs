using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Platform.Database;
using Parley.Server.Sync;
using Xunit;

namespace Parley.Server.Tests.Support;

/// <summary>The product on a database of its own, with one account at Unipile, played beside, and no patience.</summary>
internal sealed record UnipileStage(TestApp App, TestTenant Tenant, string Account, Guid Id) : IAsyncDisposable
{
    public static async Task<UnipileStage> StartAsync(string connectionString, int chats = 0, int messages = 0, string type = "INSTAGRAM", bool isHeard = false, object? faults = null)
    {
        var app = await TestApp.StartAsync(connectionString, services: services => services.AddSingleton(new SyncPacing(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20))));
        var tenant = await app.NewTenantAsync();
        await app.Emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = "acc", type, chats, messages, attachments_percent = 0 });
        if (faults is not null) Assert.True((await app.Emulator.PostAsJsonAsync("/faults", faults)).IsSuccessStatusCode);
        var id = (Guid)(await tenant.Admin.PostJsonAsync("/api/integrations", new
        {
            provider = "unipile", channel = type == "MESSENGER" ? "facebook" : type.ToLowerInvariant(), name = "The shop", external_id = "acc",
            config = new { dsn = new Uri(app.Emulator.BaseAddress!, "/unipile").ToString() }, credentials = new { api_key = "the-key-of-a-workspace" },
        }, 201))["id"]!;
        var stage = new UnipileStage(app, tenant, "acc", id);
        if (isHeard) await tenant.Admin.PostJsonAsync($"/api/integrations/{id}/webhook", null, 200);
        return stage;
    }

    /// <summary>Asks for a run and waits for its end.</summary>
    public async Task<AccountSyncRow> SyncAsync(bool isFull = false)
    {
        var requests = App.Get<SyncRequests>();
        var run = await requests.RequestAsync(Tenant.Id, Id, isFull, default);
        var row = await requests.WaitAsync(Tenant.Id, Id, run, TimeSpan.FromSeconds(60), default);
        Assert.True(row.State is "done" or "failed", $"the run is still {row.State}");
        return row;
    }

    public Task FaultAsync(object faults) => App.Emulator.PostAsJsonAsync("/faults", faults);

    public Task<HttpResponseMessage> ClearFaultsAsync() => App.Emulator.DeleteAsync("/faults?provider=unipile");

    public async Task<int> CallsAsync(string route) => (int?)(await App.Emulator.GetFromJsonAsync<JsonObject>("/ledger/unipile/calls?account_id=acc"))!["routes"]![route] ?? 0;

    public async Task<JsonArray> LedgerAsync(string book = "") => (await App.Emulator.GetFromJsonAsync<JsonObject>($"/ledger/unipile{book}"))!["items"]!.AsArray();

    public async Task<JsonNode> SayAsync(string text, string from = "100200300", object? more = null)
    {
        Planted.Add(text);
        var said = new JsonObject { ["provider"] = "unipile", ["to"] = Account, ["from"] = from, ["name"] = "Nora Vale", ["text"] = text };
        if (more is not null)
            foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(more)!.AsObject()) said[name] = value?.DeepClone();
        return await (await App.Emulator.PostAsJsonAsync("/say", said)).JsonAsync();
    }

    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args = null) => App.Get<TenantDatabase>().ListAsync<T>(Tenant.Id, sql, args, default);

    public Task CountAsync(long messages) => Eventually.Async(() => ListAsync<long>("select count(*) from messages"), rows => rows[0] == messages, $"{messages} messages are here");

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
