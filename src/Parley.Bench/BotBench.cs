using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Npgsql;

namespace Parley.Bench;

/// <summary>What the bot adds to the waiting: from a webhook's arrival to the request to the model, beside the deliberate wait; and from the model's answer to the provider. Then
/// the memory of a node while many conversations are open with the bot. The baseline of the times is the goal of 50 ms.</summary>
internal static class BotBench
{
    const double Goal = 50;
    const double Wait = 0.5;

    public static async Task<int> RunAsync(Options options)
    {
        var samples = options.Number("samples", 300);
        var conversations = options.Number("conversations", 10_000);
        var (emulator, address) = await BenchStage.StartAsync(Path.Combine(AppContext.BaseDirectory, "parley.dll"), ["emulators", "--urls", "http://127.0.0.1:0"], "The emulators are ready at ", []);
        try
        {
            using var provider = new HttpClient { BaseAddress = address };
            await using var stage = await BenchStage.SetAsync(1, "admin", new() { ["base_url"] = $"{address}meta", ["rate_limit_per_second"] = "1000" });
            var number = stage.Numbers[0];
            using var api = new HttpClient { BaseAddress = stage.Address };
            api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", number.ApiKey);
            (await api.PutAsJsonAsync($"/api/integrations/{number.IntegrationId}/bot", new { is_on = true, base_url = $"{address}openai/v1", model = "bench", wait_seconds = Wait })).EnsureSuccessStatusCode();

            await SampleAsync(api, provider, number, "warm", 40);
            var (arrivals, departures) = await SampleAsync(api, provider, number, "question", samples);
            var before = Megabytes(stage);
            var most = await CrowdAsync(stage, api, provider, number, conversations);

            Console.WriteLine($"{samples} conversations, a few at once: arrival → request p50 {Report.Percentile(arrivals, 0.5):N1} ms, p99 {Report.Percentile(arrivals, 0.99):N1} ms; answer → provider p50 {Report.Percentile(departures, 0.5):N1} ms, p99 {Report.Percentile(departures, 0.99):N1} ms (goal < 50 each)");
            Console.WriteLine($"{conversations:N0} open conversations with the bot: {most:N0} MB at most, {before:N0} MB before (goal < 400)");
            var p99 = Math.Max(Report.Percentile(arrivals, 0.99), Report.Percentile(departures, 0.99));
            Report.Write("bot", p99 / Goal, p99, Goal, "ms", Math.Max(Report.Percentile(arrivals, 0.5), Report.Percentile(departures, 0.5)), p99, new()
            {
                ["arrival_p50_ms"] = Math.Round(Report.Percentile(arrivals, 0.5), 1), ["arrival_p99_ms"] = Math.Round(Report.Percentile(arrivals, 0.99), 1),
                ["departure_p50_ms"] = Math.Round(Report.Percentile(departures, 0.5), 1), ["departure_p99_ms"] = Math.Round(Report.Percentile(departures, 0.99), 1),
                ["samples"] = samples, ["conversations"] = conversations, ["memory_mb"] = Math.Round(most), ["memory_before_mb"] = Math.Round(before),
            });
            return 0;
        }
        finally
        {
            emulator.Kill();
            emulator.Dispose();
        }
    }

    // A customer each 60 ms: several are under way at once, and none waits for another.
    static async Task<(List<double> Arrivals, List<double> Departures)> SampleAsync(HttpClient api, HttpClient provider, BenchNumber number, string name, int count)
    {
        await provider.DeleteAsync("/ledger/openai");
        await provider.DeleteAsync("/ledger/meta");
        var sent = new Dictionary<string, DateTimeOffset>();
        for (var n = 0; n < count; n++)
        {
            sent[$"{name} {n}"] = TimeProvider.System.GetUtcNow();
            await PostAsync(api, number, $"{name} {n}", From(name, n));
            await Task.Delay(60);
        }
        var asked = await UntilAsync(provider, "openai", count);
        var said = (await UntilAsync(provider, "meta", count)).ToDictionary(entry => ((string)entry["to"]!).TrimStart('+'), entry => At(entry, "at"));
        var (arrivals, departures) = (new List<double>(), new List<double>());
        foreach (var entry in asked)
        {
            var question = (string)entry["request"]!["messages"]!.AsArray()[^1]!["content"]!;
            arrivals.Add((At(entry, "at") - sent[question]).TotalMilliseconds - Wait * 1000);
            departures.Add((said[From(name, int.Parse(question.Split(' ')[1], CultureInfo.InvariantCulture))] - At(entry, "answered_at")).TotalMilliseconds);
        }
        arrivals.Sort();
        departures.Sort();
        return (arrivals, departures);
    }

    /// <summary>The most megabytes while so many people write, and are answered.</summary>
    static async Task<double> CrowdAsync(BenchStage stage, HttpClient api, HttpClient provider, BenchNumber number, int conversations)
    {
        await using var database = NpgsqlDataSource.Create(stage.BaselineConnection);
        var most = 0.0;
        var writing = Parallel.ForEachAsync(Enumerable.Range(0, conversations), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) => await PostAsync(api, number, $"crowd {n}", From("crowd", n)));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            most = Math.Max(most, Megabytes(stage));
            await Task.Delay(500);
            if (!writing.IsCompleted) continue;
            await using var open = database.CreateCommand("select count(*) from scheduled_jobs where type = 'bot.answer'");
            if ((long)(await open.ExecuteScalarAsync())! == 0) break;
            if (watch.Elapsed.TotalMinutes > 8) throw new InvalidOperationException("The bot does not come to an end.");
        }
        await writing;
        await using var answered = database.CreateCommand("select count(*) from bot_chats where is_active");
        Console.WriteLine($"{(long)(await answered.ExecuteScalarAsync())!:N0} chats are open; all were answered within {watch.Elapsed.TotalSeconds:N0} s");
        return most;
    }

    static double Megabytes(BenchStage stage)
    {
        stage.Server.Refresh();
        return stage.Server.WorkingSet64 / 1048576.0;
    }

    static async Task PostAsync(HttpClient http, BenchNumber number, string text, string from)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($$$"""{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"{{{number.PhoneNumberId}}}"},"contacts":[{"profile":{"name":"Ana"},"wa_id":"{{{from}}}"}],"messages":[{"from":"{{{from}}}","id":"wamid.{{{text.Replace(' ', '.')}}}","timestamp":"{{{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}}}","type":"text","text":{"body":"{{{text}}}"}}]},"field":"messages"}]}]}""");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/meta/{number.IntegrationId}") { Content = new ByteArrayContent(body) };
        request.Headers.Add("X-Hub-Signature-256", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(number.Secret, body))}");
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    static string From(string name, int n) => $"5511{(name == "warm" ? 1 : name == "question" ? 2 : 3) * 100_000_000 + n}";

    static DateTimeOffset At(JsonNode entry, string name) => DateTimeOffset.Parse((string)entry[name]!, CultureInfo.InvariantCulture);

    static async Task<List<JsonNode>> UntilAsync(HttpClient provider, string ledger, int count)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var items = JsonNode.Parse(await provider.GetStringAsync($"/ledger/{ledger}"))!["items"]!.AsArray();
            if (items.Count >= count) return [.. items.Select(item => item!)];
            if (watch.Elapsed.TotalSeconds > 60) throw new InvalidOperationException($"{ledger} was asked {items.Count} times, not {count}.");
            await Task.Delay(200);
        }
    }
}
