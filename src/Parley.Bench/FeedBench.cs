using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Bench;

/// <summary>From the acknowledgement of a webhook (after its commit) to its arrival at each of many listeners, and what an idle
/// listener costs in memory, against a bare endpoint that only hangs.</summary>
internal static class FeedBench
{
    public static async Task<int> RunAsync(Options options)
    {
        var count = options.Number("listeners", 1000);
        await using var stage = await BenchStage.SetAsync(1);
        var number = stage.Numbers[0];
        using var poster = await WebhookClient.ConnectAsync(stage.Address);
        for (var i = 0; i < 300; i++) await poster.PostAsync(number, $"wamid.warm{i}", "5511000000001", 1767225600);

        // Memory: the same number of connections to both, idle.
        var head = $"Host: {stage.Address.Authority}\r\nAuthorization: Bearer {number.ApiKey}\r\n\r\n";
        var bytes = await MemoryOfAsync(stage.Server, count, stage.Address, $"GET /api/events HTTP/1.1\r\n{head}");
        var (bare, bareAddress) = await BenchStage.StartAsync(typeof(FeedBench).Assembly.Location, ["hang"], "hanging at ", []);
        double bareBytes;
        try { bareBytes = await MemoryOfAsync(bare, count, bareAddress, $"GET / HTTP/1.1\r\nHost: {bareAddress.Authority}\r\n\r\n"); }
        finally { bare.Kill(); }
        Console.WriteLine($"An idle listener costs {bytes:N0} bytes, one of a bare hanging endpoint {bareBytes:N0}: ratio {bytes / bareBytes:N2}");

        // Latency: what was acknowledged when, by message id; every listener looks for the id in what it hears.
        var acknowledged = new ConcurrentDictionary<string, long>();
        var latencies = new ConcurrentBag<double>();
        var heard = 0;
        using var ending = new CancellationTokenSource();
        var sockets = await OpenAsync(count, stage.Address, $"GET /api/events HTTP/1.1\r\n{head}");
        var listening = sockets.Select(socket => Task.Run(() => ListenAsync(socket))).ToList();
        const int messages = 200;
        for (var i = 0; i < messages; i++)
        {
            var id = $"wamid.live{i:0000}";
            await poster.PostAsync(number, id, "5511000000001", 1767225600);
            acknowledged[id] = Stopwatch.GetTimestamp();
            await Task.Delay(40);
        }
        var watch = Stopwatch.StartNew();
        while (Volatile.Read(ref heard) < messages * count && watch.Elapsed.TotalSeconds < 10) await Task.Delay(50);
        ending.Cancel();
        foreach (var socket in sockets) socket.Dispose();
        await Task.WhenAll(listening);
        if (heard < messages * count)
        {
            Console.Error.WriteLine($"WRONG: {messages * count:N0} events were due, {heard:N0} arrived.");
            return 1;
        }
        var sorted = latencies.Order().ToList();
        var (p50, p99) = (Report.Percentile(sorted, 0.5), Report.Percentile(sorted, 0.99));
        Console.WriteLine($"{count:N0} listeners, {messages} messages: p50 {p50:N1} ms, p99 {p99:N1} ms (goal < 100)");
        var (with, without, fanOut) = await FanOutAsync(count);
        Report.Write("feed", bytes / bareBytes, bytes, bareBytes, "bytes/listener", p50, p99, new JsonObject
        {
            ["listeners"] = count, ["fan_out_ratio"] = Math.Round(fanOut, 3), ["ingest_with_listeners"] = Math.Round(with, 1), ["ingest_without"] = Math.Round(without, 1),
        });
        return 0;

        async Task ListenAsync(Socket socket)
        {
            var buffer = new byte[16 * 1024];
            var rest = "";
            try
            {
                while (!ending.IsCancellationRequested)
                {
                    var read = await socket.ReceiveAsync(buffer, ending.Token);
                    var now = Stopwatch.GetTimestamp();
                    if (read == 0) return;
                    rest += Encoding.UTF8.GetString(buffer, 0, read);
                    int end;
                    while ((end = rest.IndexOf("\n\n", StringComparison.Ordinal)) >= 0)
                    {
                        var at = rest.IndexOf("wamid.live", 0, end, StringComparison.Ordinal);
                        if (at >= 0)
                        {
                            // The listener may hear it before the poster has noted its answer: that counts as no time at all.
                            var sent = acknowledged.TryGetValue(rest.Substring(at, 14), out var stamp) ? stamp : now;
                            latencies.Add(Math.Max(0, Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds));
                            Interlocked.Increment(ref heard);
                        }
                        rest = rest[(end + 2)..];
                    }
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException) { }
        }
    }

    /// <summary>What listening takes from ingest: the listeners are spread over twenty tenants, and come and go between slices.</summary>
    static async Task<(double With, double Without, double Ratio)> FanOutAsync(int count)
    {
        await using var stage = await BenchStage.SetAsync(IngestBench.Tenants);
        await IngestBench.WebhooksAsync(stage, 32, 3);
        var (ratios, withs, withouts) = (new List<double>(), new List<double>(), new List<double>());
        for (var slice = 0; slice < 4; slice++)
        {
            var (without, _) = await IngestBench.WebhooksAsync(stage, 32, 2);
            var sockets = new List<Socket>();
            foreach (var number in stage.Numbers)
                sockets.AddRange(await OpenAsync(count / stage.Numbers.Count, stage.Address, $"GET /api/events HTTP/1.1\r\nHost: {stage.Address.Authority}\r\nAuthorization: Bearer {number.ApiKey}\r\n\r\n"));
            using var ending = new CancellationTokenSource();
            var draining = sockets.Select(socket => Task.Run(() => SwallowAsync(socket, ending.Token))).ToList();
            var (with, _) = await IngestBench.WebhooksAsync(stage, 32, 2);
            ending.Cancel();
            foreach (var socket in sockets) socket.Dispose();
            await Task.WhenAll(draining);
            ratios.Add(with / without);
            withs.Add(with);
            withouts.Add(without);
        }
        var result = (Report.Median(withs), Report.Median(withouts), Report.Median(ratios));
        Console.WriteLine($"Ingest with {count:N0} listeners in {stage.Numbers.Count} tenants {result.Item1:N0}/s, without {result.Item2:N0}/s: ratio {result.Item3:N2} (each message goes to {count / stage.Numbers.Count} screens)");
        return result;
    }

    static async Task SwallowAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        try { while (await socket.ReceiveAsync(buffer, cancellationToken) > 0) { } }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException) { }
    }

    // What the second so many add to the first: by then the heap has found its size.
    static async Task<double> MemoryOfAsync(Process process, int count, Uri address, string request)
    {
        var sockets = await OpenAsync(count, address, request);
        await Task.Delay(2500);
        process.Refresh();
        var before = process.WorkingSet64;
        sockets.AddRange(await OpenAsync(count, address, request));
        await Task.Delay(2500);
        process.Refresh();
        var after = process.WorkingSet64;
        foreach (var socket in sockets) socket.Dispose();
        await Task.Delay(500);
        return Math.Max(1, (double)(after - before) / count);
    }

    static async Task<List<Socket>> OpenAsync(int count, Uri address, string request)
    {
        var bytes = Encoding.ASCII.GetBytes(request);
        var sockets = new List<Socket>(count);
        var buffer = new byte[4096];
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, address.Port);
            await socket.SendAsync(bytes);
            if (Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer)) is var answer && !answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                throw new InvalidOperationException($"A listener was answered: {answer.Split('\r')[0]}");
            sockets.Add(socket);
        }
        return sockets;
    }
}

/// <summary>An endpoint that answers its head and then hangs: the least a listener can cost on this web server.</summary>
internal static class HangingEndpoint
{
    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapGet("/", async (HttpContext http) =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(": hanging\n\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        });
        await app.StartAsync();
        Console.WriteLine($"hanging at {app.Urls.First()}");
        await app.WaitForShutdownAsync();
        return 0;
    }
}
