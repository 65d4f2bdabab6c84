using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;

namespace Parley.Bench;

/// <summary>The reports of a tenant with a long history over HTTP, one at a time, in turn; and what counting costs ingest: webhooks
/// through the product as it is, and through one that cannot count, in alternating slices.</summary>
internal static class ReportsBench
{
    static readonly string[] Reports = ["volume", "delivery", "responses", "hours", "team"];
    static readonly int[] Periods = [7, 30, 90, 365];
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    public static async Task<int> RunAsync(Options options)
    {
        var messages = options.Number("messages", 1_000_000);
        var samples = options.Number("samples", 50);
        var more = new JsonObject { ["messages"] = messages, ["samples"] = samples };
        var all = await ReadAsync(messages, samples, more);
        var ratio = await IngestAsync(options.Number("slices", 3), options.Number("seconds", 8), more);
        more["p95_ms"] = Math.Round(Report.Percentile(all, 0.95), 2);
        Report.Write("reports", ratio, (double)more["ingest_with"]!, (double)more["ingest_without"]!, "webhooks/s", Report.Percentile(all, 0.5), Report.Percentile(all, 0.99), more);
        return 0;
    }

    static async Task<List<double>> ReadAsync(int messages, int samples, JsonObject more)
    {
        await using var stage = await BenchStage.SetAsync(1);
        using (var bulk = new Bulk(stage.BaselineConnection))
        {
            ListSeed.Write(bulk, stage.Numbers[0], messages);
            bulk.Settle();
        }
        // Written without a line in the feed: it is counted as an installation counts that has just been renewed.
        await using var database = NpgsqlDataSource.Create(stage.BaselineConnection);
        await using (var forget = database.CreateCommand("delete from count_cursors")) await forget.ExecuteNonQueryAsync();
        var watch = Stopwatch.StartNew();
        await IsCountedAsync(database);
        Console.WriteLine($"{messages:N0} messages were counted for the first time in {watch.Elapsed.TotalSeconds:N0} s");
        more["first_count_seconds"] = Math.Round(watch.Elapsed.TotalSeconds, 1);

        using var http = new HttpClient { BaseAddress = stage.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Numbers[0].ApiKey);
        var times = Reports.SelectMany(report => Periods.Select(days => (Report: report, Days: days))).ToDictionary(shape => shape, _ => new List<double>());
        var today = TimeProvider.System.GetUtcNow();
        for (var n = -5; n < samples; n++)
            foreach (var ((report, days), list) in times)
            {
                var began = Stopwatch.GetTimestamp();
                await http.GetByteArrayAsync($"/api/analytics/{report}?from={today.AddDays(1 - days):yyyy-MM-dd}&to={today:yyyy-MM-dd}&time_zone=Europe/Lisbon");
                if (n >= 0) list.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        foreach (var days in Periods)
        {
            var list = times.Where(one => one.Key.Days == days).SelectMany(one => one.Value).Order().ToList();
            Console.WriteLine($"{days,4} days: p50 {Report.Percentile(list, 0.5),6:N1} ms   p95 {Report.Percentile(list, 0.95),6:N1} ms   p99 {Report.Percentile(list, 0.99),6:N1} ms");
            more[$"{days}_days"] = new JsonObject { ["p50_ms"] = Math.Round(Report.Percentile(list, 0.5), 2), ["p95_ms"] = Math.Round(Report.Percentile(list, 0.95), 2) };
        }
        foreach (var report in Reports)
        {
            var list = times.Where(one => one.Key.Report == report).SelectMany(one => one.Value).Order().ToList();
            Console.WriteLine($"{report,10}: p50 {Report.Percentile(list, 0.5),6:N1} ms   p95 {Report.Percentile(list, 0.95),6:N1} ms");
            more[report] = new JsonObject { ["p50_ms"] = Math.Round(Report.Percentile(list, 0.5), 2), ["p95_ms"] = Math.Round(Report.Percentile(list, 0.95), 2) };
        }
        var all = times.Values.SelectMany(list => list).Order().ToList();
        Console.WriteLine($"All of them: p50 {Report.Percentile(all, 0.5):N1} ms, p95 {Report.Percentile(all, 0.95):N1} ms, p99 {Report.Percentile(all, 0.99):N1} ms");
        return all;
    }

    static async Task<double> IngestAsync(int slices, int seconds, JsonObject more)
    {
        await using var with = await BenchStage.SetAsync(IngestBench.Tenants);
        await using var without = await BenchStage.SetAsync(IngestBench.Tenants);
        await using (var source = NpgsqlDataSource.Create(without.BaselineConnection))
        await using (var drop = source.CreateCommand("drop table count_cursors")) await drop.ExecuteNonQueryAsync();
        await using var database = NpgsqlDataSource.Create(with.BaselineConnection);
        Console.WriteLine("Warming up…");
        foreach (var stage in new[] { with, without }) await IngestBench.WebhooksAsync(stage, 32, 4);
        var (ratios, on, off) = (new List<double>(), new List<double>(), new List<double>());
        for (var slice = 0; slice < slices; slice++)
        {
            var (counting, bare) = (0d, 0d);
            foreach (var isOn in new[] { true, false, false, true })   // in this order a drift of the machine cancels
            {
                await IsCountedAsync(database);   // or its counting would slow down the other
                var (rate, _) = await IngestBench.WebhooksAsync(isOn ? with : without, 32, seconds);
                if (isOn) counting += rate / 2;
                else bare += rate / 2;
            }
            ratios.Add(counting / bare);
            on.Add(counting);
            off.Add(bare);
            Console.WriteLine($"webhooks while counting {counting,7:N0}/s   without {bare,7:N0}/s   ratio {counting / bare:N2}");
        }
        var ratio = Report.Median(ratios);
        Console.WriteLine($"Ingest while counting: {ratio:P0} of ingest without [{ratios.Min():P0} to {ratios.Max():P0}]");
        more["ingest_with"] = Math.Round(Report.Median(on), 1);
        more["ingest_without"] = Math.Round(Report.Median(off), 1);
        return ratio;
    }

    static async Task IsCountedAsync(NpgsqlDataSource database)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(200))
        {
            await using var ask = database.CreateCommand("""
                select not exists (select 1 from feed_heads h left join count_cursors c on c.tenant_id = h.tenant_id where c.counted_until is null or c.seq < h.seq)
                    and not exists (select 1 from count_marks) and not exists (select 1 from response_marks)
                """);
            if ((bool)(await ask.ExecuteScalarAsync())!) return;
            if (watch.Elapsed > Patience) throw new InvalidOperationException("What was said is still not counted.");
        }
    }
}
