using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Parley.Emulators.Tests.Support;

/// <summary>Where webhooks arrive: checks each signature, and keeps what was said.</summary>
sealed class TestBusiness : IAsyncDisposable
{
    public const string Secret = "meta_app_secret_0123456789abcdef";
    readonly WebApplication _app;
    readonly Channel<JsonNode> _heard = Channel.CreateUnbounded<JsonNode>();

    TestBusiness(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/hook";

    /// <summary>How webhooks are answered.</summary>
    public int Answer { get; set; } = 200;

    public static async Task<TestBusiness> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var business = new TestBusiness(builder.Build());
        business._app.MapPost("/hook", business.HearAsync);
        await business._app.StartAsync();
        return business;
    }

    /// <summary>The next change with this field that satisfies the claim; others are passed over.</summary>
    public async Task<JsonNode> HearsAsync(string field, Func<JsonNode, bool>? claim = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await foreach (var change in _heard.Reader.ReadAllAsync(patience.Token))
            if ((string?)change["field"] == field && claim?.Invoke(change["value"]!) is not false) return change["value"]!;
        throw new InvalidOperationException("Unreachable.");
    }

    /// <summary>The next message of a customer.</summary>
    public async Task<JsonNode> HearsMessageAsync() => (await HearsAsync("messages", value => value["messages"] is not null))["messages"]![0]!;

    /// <summary>The next status.</summary>
    public async Task<string> HearsStatusAsync() => (string)(await HearsAsync("messages", value => value["statuses"] is not null))["statuses"]![0]!["status"]!;

    async Task<IResult> HearAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body.ToArray()));
        Assert.Equal(signature, request.Headers["X-Hub-Signature-256"].ToString());
        if (Answer == 200)
            foreach (var change in JsonNode.Parse(body.ToArray())!["entry"]!.AsArray().SelectMany(entry => entry!["changes"]!.AsArray())) _heard.Writer.TryWrite(change!);
        return Results.StatusCode(Answer);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
