using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Telemetry;

public sealed class TelemetryTests(ParleyFixture fixture)
{
    [Fact]
    public async Task One_trace_follows_a_message_and_nothing_that_is_sent_holds_contents_or_secrets()
    {
        await using var collector = await Collector.StartAsync();
        var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), settings: new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_METRIC_EXPORT_INTERVAL"] = "500" });
        Guid asked, answered;
        string key;
        await using (app)
        {
            var tenant = await app.NewTenantAsync();
            key = tenant.Editor.DefaultRequestHeaders.Authorization!.Parameter!;
            var number = await tenant.HasWhatsAppAsync(token: "token-that-nobody-may-see");
            await number.SayAsync("+5511987654321", "words-of-a-customer");
            var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
            asked = (Guid)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]![0]!["id"]!;
            answered = (Guid)(await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "words-of-an-agent" }, 202))["id"]!;
            await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{answered}"), message => (string)message["status"]! == "read", "it is read");
            await Eventually.Async(() => Task.FromResult(collector.Holds("parley.ingest.batch")), isSent => isSent, "metrics are sent", 60);
        }
        Assert.True(collector.Count(asked) >= 1, "the trace of the customer's message");
        Assert.True(collector.Count(answered) >= 4, "the trace of the answer: queued, sent, and its steps");
        foreach (var step in new[] { "message.received", "message.queued", "message.send", "message.status" }) Assert.True(collector.Holds(step), step);
        Assert.Contains("/v1/logs", collector.Paths);
        foreach (var secret in new[] { "words-of-a-customer", "words-of-an-agent", "token-that-nobody-may-see", "app-secret-", key }) Assert.False(collector.Holds(secret), $"{secret} was sent");
    }

    /// <summary>Takes what an OpenTelemetry collector would take.</summary>
    sealed class Collector : IAsyncDisposable
    {
        readonly WebApplication _app;
        readonly ConcurrentBag<byte[]> _bodies = [];
        readonly ConcurrentDictionary<string, byte> _paths = new();

        Collector(WebApplication app) => _app = app;

        public string Address => _app.Urls.First();
        public ICollection<string> Paths => _paths.Keys;

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var collector = new Collector(builder.Build());
            collector._app.Run(collector.TakeAsync);
            await collector._app.StartAsync();
            return collector;
        }

        async Task TakeAsync(HttpContext http)
        {
            using var body = new MemoryStream();
            if (http.Request.Headers.ContentEncoding == "gzip") await new GZipStream(http.Request.Body, CompressionMode.Decompress).CopyToAsync(body);
            else await http.Request.Body.CopyToAsync(body);
            _bodies.Add(body.ToArray());
            _paths[http.Request.Path.Value!] = 0;
            http.Response.ContentType = "application/x-protobuf";
        }

        public bool Holds(string text) => _bodies.Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

        /// <summary>How many spans have this message's trace.</summary>
        public int Count(Guid message)
        {
            var id = message.ToByteArray(bigEndian: true);
            return _bodies.Sum(body => body.AsSpan().Count(id));
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
