using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Server.WebhooksOut;

namespace Parley.Server.Tests.Support;

/// <summary>What came to a receiver.</summary>
internal sealed record Received(string Path, string Id, string Timestamp, string[] Signatures, string Text)
{
    public JsonNode Json { get; } = JsonNode.Parse(Text)!;
    public string Type => (string)Json["type"]!;

    /// <summary>As a receiver checks it: any of the signatures is enough.</summary>
    public bool IsSignedWith(string secret) => Signatures.Contains(Signature.Of(secret, Id, Timestamp, Encoding.UTF8.GetBytes(Text)));
}

/// <summary>Somebody else's server, which remembers what came and answers as a test wants.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    readonly WebApplication _site;
    readonly ConcurrentQueue<Received> _all = new();

    Receiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _site = builder.Build();
        _site.Run(async http =>
        {
            var headers = http.Request.Headers;
            var received = new Received(http.Request.Path, headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString(), headers["webhook-signature"].ToString().Split(' '), await new StreamReader(http.Request.Body).ReadToEndAsync());
            _all.Enqueue(received);
            await Answer(received, http);
        });
    }

    /// <summary>200 unless a test says otherwise.</summary>
    public Func<Received, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public IReadOnlyList<Received> All => [.. _all];

    public string Url(string path = "/hook") => _site.Urls.Single() + path;

    public static async Task<Receiver> StartAsync()
    {
        var receiver = new Receiver();
        await receiver._site.StartAsync();
        return receiver;
    }

    public Task<Received[]> HasAsync(int count, string path = "/hook", double seconds = 20) =>
        Eventually.Async(() => Task.FromResult(_all.Where(one => one.Path == path).ToArray()), all => all.Length >= count, $"{count} deliveries come to {path}", seconds);

    public async ValueTask DisposeAsync()
    {
        await _site.StopAsync(new CancellationToken(true));
        await _site.DisposeAsync();
    }
}

/// <summary>The product, allowed to call this machine, with a receiver beside it.</summary>
internal sealed record WebhookStage(TestApp App, TestTenant Tenant, Receiver Receiver, SkippingClock Clock, string Database) : IAsyncDisposable
{
    public static readonly Dictionary<string, string?> Allowed = new() { ["PARLEY_EGRESS_ALLOW"] = "127.0.0.1" };

    public static async Task<WebhookStage> StartAsync(ParleyFixture fixture)
    {
        var (clock, database) = (new SkippingClock(), await fixture.CloneDatabaseAsync());
        var app = await TestApp.StartAsync(database, settings: Allowed, time: clock);
        return new(app, await app.NewTenantAsync(), await Receiver.StartAsync(), clock, database);
    }

    /// <summary>The endpoint's id and secret.</summary>
    public async Task<(Guid Id, string Secret)> HasEndpointAsync(string path = "/hook", params string[] types)
    {
        var made = await Tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = Receiver.Url(path), description = path, event_types = types }, 201);
        var secret = (string)made["secret"]!;
        Planted.Add(secret);
        Planted.Add(secret["whsec_".Length..]);
        return ((Guid)made["endpoint"]!["id"]!, secret);
    }

    /// <summary>Something that happens; its name travels along nowhere.</summary>
    public Task HappensAsync() => Tenant.Admin.PostJsonAsync("/api/labels", new { name = $"Label {Guid.CreateVersion7():N}" }, 201);

    public Task<JsonNode> EndpointAsync(Guid id) => Tenant.Admin.GetJsonAsync($"/api/webhook-endpoints/{id}");

    public Task<JsonNode> EndpointAsync(Guid id, Func<JsonNode, bool> isSo, string what) => Eventually.Async(() => EndpointAsync(id), isSo, what, 30);

    public async Task<JsonNode[]> DeliveriesAsync(Guid id, string query = "") =>
        [.. (await Tenant.Admin.GetJsonAsync($"/api/webhook-endpoints/{id}/deliveries?limit=200{query}"))["items"]!.AsArray().Select(item => item!)];

    public Task<JsonNode> PatchAsync(Guid id, object change) => PatchAsync(Tenant.Admin, id, change);

    static async Task<JsonNode> PatchAsync(HttpClient client, Guid id, object change) => await (await client.PatchAsJsonAsync($"/api/webhook-endpoints/{id}", change)).JsonAsync();

    /// <summary>Lets so much time pass, and what is due then come.</summary>
    public void Skip(TimeSpan by)
    {
        Clock.Skip(by);
        App.Get<Parley.Server.Jobs.JobNews>().Publish();
    }

    public async ValueTask DisposeAsync()
    {
        await Receiver.DisposeAsync();
        await App.DisposeAsync();
    }
}
