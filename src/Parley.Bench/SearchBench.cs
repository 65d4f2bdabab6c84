using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;

namespace Parley.Bench;

/// <summary>Searches over HTTP in a tenant of a million messages, one at a time, in turn; and what keeping the index costs ingest: webhooks
/// through the product as it is, and through one whose messages have no search column and none of its indexes, in alternating slices.</summary>
internal static class SearchBench
{
    const int Words = 20_000;

    // Words as people use them: the n-th is n times rarer than the first, which is in every second message.
    static readonly (string Name, Func<int, string> Query)[] Shapes =
    [
        ("a word of every second message", _ => Word(0)),
        ("a common word", n => Word(10 + n % 40)),
        ("a rare word", n => Word(8_000 + n * 37 % 10_000)),
        ("an order's number", n => $"{100_000 + n * 7919 % 900_000}"),
        ("two common words", n => $"{Word(5 + n % 20)} {Word(30 + n % 20)} "),
        ("a common word and a rare one", n => $"{Word(n % 10)} {Word(5_000 + n * 31 % 10_000)} "),
        ("two words in a row", n => $"\"{Word(n % 5)} {Word(5 + n % 10)}\""),
        ("the beginning of a word", n => Word(100 + n * 13 % 2_000)[..3]),
        ("a word, not another", n => $"{Word(40 + n % 40)} -{Word(0)}"),
        ("a word that nobody said", n => $"zzyzx{n}"),
    ];

    public static async Task<int> RunAsync(Options options)
    {
        var messages = options.Number("messages", 1_000_000);
        var samples = options.Number("samples", 200);
        var more = new JsonObject { ["messages"] = messages, ["samples"] = samples };
        var all = await SearchAsync(messages, samples, more);
        var ratio = await IngestAsync(options.Number("slices", 3), options.Number("seconds", 4), more);
        more["p95_ms"] = Math.Round(Report.Percentile(all, 0.95), 2);
        Report.Write("search", ratio, (double)more["ingest_with"]!, (double)more["ingest_without"]!, "webhooks/s", Report.Percentile(all, 0.5), Report.Percentile(all, 0.99), more);
        return 0;
    }

    static async Task<List<double>> SearchAsync(int messages, int samples, JsonObject more)
    {
        await using var stage = await BenchStage.SetAsync(2);
        var watch = Stopwatch.StartNew();
        using (var bulk = new Bulk(stage.BaselineConnection))
        {
            for (var i = 0; i < 2; i++) ListSeed.Write(bulk, stage.Numbers[i], i == 0 ? messages : messages / 10, Text);
            bulk.Settle();
        }
        Console.WriteLine($"Seeded a tenant of {messages:N0} messages, and another beside it, in {watch.Elapsed.TotalSeconds:N0} s");
        using var http = new HttpClient { BaseAddress = stage.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Numbers[0].ApiKey);
        var times = Shapes.ToDictionary(shape => shape.Name, _ => new List<double>());
        var hits = Shapes.ToDictionary(shape => shape.Name, _ => 0);
        for (var n = -20; n < samples; n++)
            foreach (var (name, query) in Shapes)
            {
                var began = Stopwatch.GetTimestamp();
                var answer = await http.GetByteArrayAsync($"/api/search?q={Uri.EscapeDataString(query(Math.Abs(n)))}");
                if (n < 0) continue;
                times[name].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                hits[name] += JsonNode.Parse(answer)!["messages"]!["items"]!.AsArray().Count;
            }
        foreach (var (name, list) in times)
        {
            list.Sort();
            Console.WriteLine($"{name,-32} p50 {Report.Percentile(list, 0.5),6:N1} ms   p95 {Report.Percentile(list, 0.95),6:N1} ms   p99 {Report.Percentile(list, 0.99),6:N1} ms   {(double)hits[name] / samples,5:N1} messages found");
            more[name] = new JsonObject { ["p50_ms"] = Math.Round(Report.Percentile(list, 0.5), 2), ["p95_ms"] = Math.Round(Report.Percentile(list, 0.95), 2), ["p99_ms"] = Math.Round(Report.Percentile(list, 0.99), 2) };
        }
        var all = times.Values.SelectMany(list => list).Order().ToList();
        Console.WriteLine($"All of them: p50 {Report.Percentile(all, 0.5):N1} ms, p95 {Report.Percentile(all, 0.95):N1} ms, p99 {Report.Percentile(all, 0.99):N1} ms (goal: p95 < 50 ms)");
        return all;
    }

    static async Task<double> IngestAsync(int slices, int seconds, JsonObject more)
    {
        await using var with = await BenchStage.SetAsync(IngestBench.Tenants);
        await using var without = await BenchStage.SetAsync(IngestBench.Tenants);
        await using (var source = NpgsqlDataSource.Create(without.BaselineConnection))
        await using (var drop = source.CreateCommand("alter table messages drop column search; drop index messages_time_idx; alter table contacts drop column search; drop index contact_identities_handle_idx"))
            await drop.ExecuteNonQueryAsync();
        Console.WriteLine("Warming up…");
        foreach (var stage in new[] { with, without }) await IngestBench.WebhooksAsync(stage, 32, 4);
        var (ratios, on, off) = (new List<double>(), new List<double>(), new List<double>());
        for (var slice = 0; slice < slices; slice++)
        {
            var (indexed, bare) = (0d, 0d);
            foreach (var isOn in new[] { true, false, false, true })   // in this order a drift of the machine cancels
            {
                var (rate, _) = await IngestBench.WebhooksAsync(isOn ? with : without, 32, seconds);
                if (isOn) indexed += rate / 2;
                else bare += rate / 2;
            }
            ratios.Add(indexed / bare);
            on.Add(indexed);
            off.Add(bare);
            Console.WriteLine($"webhooks with search {indexed,7:N0}/s   without {bare,7:N0}/s   ratio {indexed / bare:N2}");
        }
        var ratio = Report.Median(ratios);
        Console.WriteLine($"Ingest with search: {ratio:P0} of ingest without [{ratios.Min():P0} to {ratios.Max():P0}] (goal ≥ 75 %)");
        more["ingest_with"] = Math.Round(Report.Median(on), 1);
        more["ingest_without"] = Math.Round(Report.Median(off), 1);
        return ratio;
    }

    // Ten words on average, every fifth message with the number of an order. The same for the same n.
    static string Text(int n)
    {
        var random = new Random(n * 31 + 7);
        var words = new List<string>();
        for (var left = 1 + random.Next(19); left > 0; left--) words.Add(Word((int)Math.Pow(Words, random.NextDouble()) - 1));
        if (n % 5 == 0) words.Add($"{100_000 + n * 7919L % 900_000}");
        return string.Join(' ', words);
    }

    // Made of syllables, so that words share beginnings.
    static string Word(int n)
    {
        string[] syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "zu"];
        var word = "";
        for (var left = n + 20; left > 0; left /= 20) word += syllables[left % 20];
        return word;
    }
}
