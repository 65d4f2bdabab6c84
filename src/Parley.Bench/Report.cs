using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Bench;

/// <summary>What a bench found, on the screen and in artifacts/bench.</summary>
internal static class Report
{
    public static void Write(string name, double ratio, double value, double baseline, string unit, double p50, double p99, JsonObject more)
    {
        var report = new JsonObject
        {
            ["name"] = name, ["ratio"] = Math.Round(ratio, 3), ["value"] = Math.Round(value, 1), ["baseline"] = Math.Round(baseline, 1), ["unit"] = unit,
            ["p50_ms"] = Math.Round(p50, 2), ["p99_ms"] = Math.Round(p99, 2),
        };
        foreach (var (key, node) in more) report[key] = node?.DeepClone();
        var folder = Path.Combine("artifacts", "bench");
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{name}-{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}.json");
        File.WriteAllText(file, report.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        Console.WriteLine($"Written to {file}");
    }

    public static double Percentile(List<double> sorted, double part) => sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
