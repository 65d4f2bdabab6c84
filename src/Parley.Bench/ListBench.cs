using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Parley.Bench;

/// <summary>Pages of the conversation list and of a conversation's messages over HTTP, from a tenant of 100,000 messages and from one of
/// a million (with a database of its own each): does a page cost the same however much there is, and however deep one reads?
/// Requests go to both in turn, one at a time.</summary>
internal static class ListBench
{
    const int Small = 100_000, Depth = 100, Slices = 5;

    // What is asked for; "deep" is about a hundred pages down, a different page each time.
    static readonly (string Name, Func<Side, int, string> Path)[] Shapes =
    [
        ("conversations, first page", (_, _) => "/api/conversations"),
        ("conversations, deep page", (side, n) => $"/api/conversations?cursor={side.Conversations[n % side.Conversations.Count]}"),
        ("conversations, unread", (_, _) => "/api/conversations?unread=true"),
        ("conversations, open", (_, _) => "/api/conversations?status=open"),
        ("conversations, snoozed", (_, _) => "/api/conversations?status=snoozed"),      // sixty of them
        ("conversations, archived", (_, _) => "/api/conversations?status=archived"),    // and of these
        ("messages, first page", (side, _) => $"/api/conversations/{side.Longest}/messages"),
        ("messages, deep page", (side, n) => $"/api/conversations/{side.Longest}/messages?cursor={side.Messages[n % side.Messages.Count]}"),
    ];

    public static async Task<int> RunAsync(Options options)
    {
        var large = options.Number("messages", 1_000_000);
        var samples = options.Number("samples", 1000);
        await using var smallStage = await BenchStage.SetAsync(2);
        await using var largeStage = await BenchStage.SetAsync(2);
        var watch = Stopwatch.StartNew();
        var sides = await Task.WhenAll(Task.Run(() => Side.SeedAsync(smallStage, Small)), Task.Run(() => Side.SeedAsync(largeStage, large)));
        Console.WriteLine($"Seeded tenants of {Small:N0} and {large:N0} messages, and others beside them, in {watch.Elapsed.TotalSeconds:N0} s");

        for (var n = 0; n < 150; n++) await RoundAsync(sides, n, null);
        var times = Shapes.SelectMany(shape => sides.Select(side => (shape.Name, side))).ToDictionary(key => key, _ => new List<double>());
        for (var n = 0; n < samples; n++) await RoundAsync(sides, n, times);

        var more = new JsonObject { ["messages"] = large, ["baseline_messages"] = Small, ["samples"] = samples };
        var growth = new List<(double Ratio, double Large, double Small)>();
        foreach (var (name, _) in Shapes)
        {
            var (small, big) = (times[(name, sides[0])], times[(name, sides[1])]);
            var ratio = Ratio(big, small);
            growth.Add((ratio, P99(big), P99(small)));
            Console.WriteLine($"{name,-26} {Small,10:N0}: p50 {P50(small):N2} p99 {P99(small):N2} ms   {large,10:N0}: p50 {P50(big):N2} p99 {P99(big):N2} ms   ratio of p99 {ratio:N2} (p50 {P50(big) / P50(small):N2})");
            more[name] = new JsonObject { ["small"] = Figures(small), ["large"] = Figures(big), ["ratio_p99"] = Math.Round(ratio, 3), ["ratio_p50"] = Math.Round(P50(big) / P50(small), 3) };
        }
        foreach (var what in new[] { "conversations", "messages" })
        {
            var (first, deep) = (times[($"{what}, first page", sides[1])], times[($"{what}, deep page", sides[1])]);
            Console.WriteLine($"{what}: deep page ÷ first page at {large:N0}: p99 {Ratio(deep, first):N2}, p50 {P50(deep) / P50(first):N2} (goal ≤ 1.2)");
            more[$"{what}_deep_ratio_p99"] = Math.Round(Ratio(deep, first), 3);
        }
        await PolicyTax.OfListAsync(largeStage, more);

        var worst = growth.MaxBy(shape => shape.Ratio);
        var page = times[(Shapes[0].Name, sides[1])];
        Console.WriteLine($"Worst ratio of p99: {worst.Ratio:N2} (goal ≤ 1.3)");
        Report.Write("list", worst.Ratio, worst.Large, worst.Small, "ms", P50(page), P99(page), more);
        foreach (var side in sides) side.Dispose();
        return 0;
    }

    static async Task RoundAsync(Side[] sides, int n, Dictionary<(string, Side), List<double>>? times)
    {
        foreach (var (name, path) in Shapes)
            foreach (var side in n % 2 == 0 ? sides : [sides[1], sides[0]])
            {
                var url = path(side, n);
                var began = Stopwatch.GetTimestamp();
                await side.Http.GetByteArrayAsync(url);
                times?[(name, side)].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
    }

    // The median of the slices' ratios: one hiccup of the machine is a p99 of its own.
    static double Ratio(List<double> over, List<double> under) =>
        Report.Median(over.Chunk(over.Count / Slices).Zip(under.Chunk(under.Count / Slices), (a, b) => P99([.. a]) / P99([.. b])));

    static double P50(List<double> times) => Report.Percentile([.. times.Order()], 0.5);

    static double P99(List<double> times) => Report.Percentile([.. times.Order()], 0.99);

    static JsonObject Figures(List<double> times) => new() { ["p50_ms"] = Math.Round(P50(times), 2), ["p99_ms"] = Math.Round(P99(times), 2) };

    /// <summary>One of the two sizes.</summary>
    sealed record Side(HttpClient Http, Guid Longest, IReadOnlyList<string> Conversations, IReadOnlyList<string> Messages) : IDisposable
    {
        public static async Task<Side> SeedAsync(BenchStage stage, int messages)
        {
            Guid longest;
            using (var bulk = new Bulk(stage.BaselineConnection))
            {
                longest = ListSeed.Write(bulk, stage.Numbers[0], messages);
                ListSeed.Write(bulk, stage.Numbers[1], messages / 10);
                bulk.Settle();
            }
            var http = new HttpClient { BaseAddress = stage.Address };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Numbers[0].ApiKey);
            return new(http, longest, await WalkAsync(http, "/api/conversations"), await WalkAsync(http, $"/api/conversations/{longest}/messages"));
        }

        // Page after page; the cursors of the last forty. Each page must be full, and none may repeat what another held.
        static async Task<IReadOnlyList<string>> WalkAsync(HttpClient http, string path)
        {
            var cursors = new List<string>();
            var seen = new HashSet<string>();
            for (var page = 0; page < Depth; page++)
            {
                var answer = JsonNode.Parse(await http.GetStringAsync(page == 0 ? path : $"{path}?cursor={cursors[^1]}"))!;
                var items = answer["items"]!.AsArray();
                if (items.Count != 50 || !items.All(item => seen.Add((string)item!["id"]!))) throw new InvalidOperationException($"Page {page} of {path} is short, or repeats another.");
                cursors.Add((string)answer["next_cursor"]!);
            }
            return cursors[^40..];
        }

        public void Dispose() => Http.Dispose();
    }
}
