using System.Diagnostics;
using System.Text.Json.Nodes;
using Parley.Server.Automations.Conditions;

namespace Parley.Bench;

/// <summary>What a thousand automations of one tenant cost for each message that comes in: all of them are asked. The value is processor time, the baseline the goal of 2 ms.</summary>
internal static class AutomationsBench
{
    const double Goal = 2;
    static readonly string[] Words = ["price", "delivery", "invoice", "refund", "appointment", "tomorrow", "thanks", "help", "order", "address", "manhã", "café", "número", "quanto", "obrigado"];

    public static Task<int> RunAsync(Options options)
    {
        var count = options.Number("automations", 1000);
        var samples = options.Number("samples", 5000);
        var random = new Random(7);
        var set = new CompiledAutomations([.. Enumerable.Range(0, count).Select(n => CompiledAutomation.Of(Guid.CreateVersion7(), $"Rule {n}", 1, new("message_received"), new(n % 5 == 0 ? "any" : "all", Conditions(random, n)), null, 0))]);
        var times = new List<double>(samples);
        var matches = 0L;
        var used = TimeSpan.Zero;
        for (var i = 0; i < samples + 500; i++)
        {
            if (i == 500) used = Environment.CpuUsage.TotalTime;
            // As the feed's reader makes them: one for each message, with nothing prepared.
            var facts = new Facts
            {
                Channel = random.Next(2) == 0 ? "whatsapp" : "sms", IntegrationId = Guid.CreateVersion7(), Text = string.Join(' ', Enumerable.Range(0, random.Next(3, 40)).Select(_ => Words[random.Next(Words.Length)])), Labels = [Guid.CreateVersion7()],
                ContactName = "Ana Lima", Phone = "+5511987654321", Metadata = """{"city":"São Paulo","plan":"gold","visits":12}""", At = TimeProvider.System.GetUtcNow(), Zone = "America/Sao_Paulo",
            };
            var begun = Stopwatch.GetTimestamp();
            matches += set.Match("message_received", facts).Count;
            if (i >= 500) times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        // On a machine that others use, the clock also counts the time in which somebody else had the processor.
        var processor = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / samples;
        times.Sort();
        var (p50, p99) = (Report.Percentile(times, 0.5), Report.Percentile(times, 0.99));
        Console.WriteLine($"{count:N0} automations, each asked for each of {samples:N0} messages ({matches / (samples + 500.0):N1} start): {processor:N3} ms of processor time each, p50 {p50:N3} ms, p99 {p99:N3} ms (goal < {Goal} ms)");
        Report.Write("automations", processor / Goal, processor, Goal, "ms", p50, p99, new() { ["automations"] = count, ["samples"] = samples });
        return Task.FromResult(0);
    }

    // Two or three of all kinds, with a pattern in every tenth.
    static List<JsonObject> Conditions(Random random, int n)
    {
        string Word() => $"{Words[random.Next(Words.Length)]}{(random.Next(3) == 0 ? "" : n.ToString())}";
        var items = new List<JsonObject> { new() { ["type"] = "text", ["op"] = (n % 4) switch { 0 => "contains", 1 => "words", 2 => "starts", _ => "equals" }, ["values"] = new JsonArray(Word(), Word(), Word()) } };
        if (n % 10 == 0) items.Add(new() { ["type"] = "text", ["op"] = "regex", ["values"] = new JsonArray($@"order\s+#?{n}\d+") });
        if (n % 3 == 0) items.Add(new() { ["type"] = "hours", ["hours"] = new JsonArray(new JsonObject { ["days"] = new JsonArray("mon", "tue", "wed"), ["from"] = "09:00", ["to"] = "18:00" }) });
        if (n % 3 == 1) items.Add(new() { ["type"] = "field", ["name"] = "plan", ["op"] = "equals", ["value"] = "gold" });
        items.Add(new() { ["type"] = "channel", ["in"] = new JsonArray("whatsapp") });
        return items;
    }
}
