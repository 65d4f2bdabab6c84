using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;

namespace Parley.Bench;

/// <summary>A campaign as people start one: a large audience written down, messages dispatched at the limits that are set against an emulator that enforces them,
/// how soon a pause is felt, and what ingest keeps of its rate meanwhile. The baseline of each is the limit, or ingest without a campaign.</summary>
internal static class CampaignBench
{
    public static async Task<int> RunAsync(Options options)
    {
        var contacts = options.Number("contacts", 1_000_000);
        var limit = options.Number("limit", 1000);
        var seconds = options.Number("seconds", 15);
        var (emulator, address) = await BenchStage.StartAsync(Path.Combine(AppContext.BaseDirectory, "parley.dll"), ["emulators", "--urls", "http://127.0.0.1:0"], "The emulators are ready at ", []);
        try
        {
            using var provider = new HttpClient { BaseAddress = address };
            (await provider.PostAsJsonAsync("/faults", new { rate_limit_per_second = limit, latency_ms = options.Number("latency", 50), status_sequence = Array.Empty<string>() })).EnsureSuccessStatusCode();
            await using var stage = await BenchStage.SetAsync(IngestBench.Tenants, "editor", new() { ["base_url"] = $"{address}meta", ["rate_limit_per_second"] = $"{limit}", ["waba_id"] = "102290129340398" });
            var number = stage.Numbers[0];
            Seed(stage, number, contacts);
            await using var database = NpgsqlDataSource.Create(stage.BaselineConnection);
            using var api = new HttpClient { BaseAddress = stage.Address };
            api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", number.ApiKey);

            (await api.PostAsync("/api/templates/sync", null)).EnsureSuccessStatusCode();
            await UntilAsync(async () => JsonNode.Parse(await api.GetStringAsync("/api/templates?name=order_ready"))!["items"]!.AsArray().Count > 0, 60);
            var (frozen, memory) = await FreezeAsync(stage, api, number, contacts);
            var more = new JsonObject { ["contacts"] = contacts, ["freeze_seconds"] = Math.Round(frozen, 1), ["memory_grew_mb"] = Math.Round(memory, 0) };
            foreach (var rate in new[] { 100, limit }.Distinct())
            {
                var (reached, refused) = await DispatchAsync(api, database, number, rate, rate == limit ? null : rate, seconds);
                more[$"ratio_at_{rate}"] = Math.Round(reached / rate, 3);
                more[$"refused_at_{rate}"] = refused;
            }
            var pause = await PauseAsync(api, database, number);
            more["pause_ms"] = Math.Round(pause, 0);
            var (with, without) = await IngestAsync(stage, api, number, seconds);
            Report.Write("campaign", with / without, with, without, "webhooks/s", pause, pause, more);
            return 0;
        }
        finally
        {
            emulator.Kill();
            emulator.Dispose();
        }
    }

    // Their duplicates were looked for: a search of its own, which is not what is measured.
    static void Seed(BenchStage stage, BenchNumber number, int contacts)
    {
        using var bulk = new Bulk(stage.BaselineConnection);
        var begin = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-30);
        var ids = Enumerable.Range(0, contacts).Select(n => Guid.CreateVersion7(begin.AddMilliseconds(n * 2))).ToArray();
        bulk.Copy("contacts (tenant_id, id, name, phone, matched_at, created_at, updated_at)", contacts, (row, n) => row.Add(number.TenantId).Add(ids[n]).Add($"Customer {n}").Add(Handle(n)).Add(begin).Add(begin).Add(begin));
        bulk.Copy("contact_identities (tenant_id, channel, handle, contact_id, created_at)", contacts, (row, n) => row.Add(number.TenantId).Add("whatsapp").Add(Handle(n)).Add(ids[n]).Add(begin));
        bulk.Settle();
    }

    static string Handle(int contact) => $"+4915{100_000_000 + contact}";

    // Everybody, written down; the campaign is paused before it sends much.
    static async Task<(double Seconds, double Megabytes)> FreezeAsync(BenchStage stage, HttpClient api, BenchNumber number, int contacts)
    {
        var id = await MakeAsync(api, number, new { audience = new { everybody = true }, rate_per_second = 0.01 });
        var (before, most) = (Memory(), 0.0);
        var watch = Stopwatch.StartNew();
        await DoAsync(api, id, "start");
        JsonNode shown;
        do
        {
            await Task.Delay(250);
            most = Math.Max(most, Memory());
            shown = await ShowAsync(api, id);
        }
        while (shown["frozen_at"] is null && watch.Elapsed.TotalMinutes < 5);
        var seconds = ((DateTimeOffset)shown["frozen_at"]! - (DateTimeOffset)shown["started_at"]!).TotalSeconds;
        await DoAsync(api, id, "cancel");
        // Taking a million back is work of its own, which the next figures shall not carry.
        await UntilAsync(async () => (int)(await ShowAsync(api, id))["counts"]!["pending"]! == 0, 1200);
        Console.WriteLine($"{contacts:N0} recipients are written down in {seconds:N1} s (goal < 30), and the server's memory grew by {most - before:N0} MB; {shown["total_count"]} are there");
        return (seconds, most - before);

        double Memory()
        {
            stage.Server.Refresh();
            return stage.Server.WorkingSet64 / 1024.0 / 1024;
        }
    }

    static async Task<(double Rate, int Refused)> DispatchAsync(HttpClient api, NpgsqlDataSource database, BenchNumber number, int limit, int? own, int seconds)
    {
        var total = limit * seconds;
        var id = await MakeAsync(api, number, new { recipients = Enumerable.Range(0, Math.Min(total, 100_000)).Select(Handle), rate_per_second = own });
        await DoAsync(api, id, "start");
        await UntilAsync(async () => (string)(await ShowAsync(api, id))["status"]! == "completed", seconds * 20 + 60);
        var shown = await ShowAsync(api, id);
        // The first and the last second are left out: a queue that fills, and one that ends.
        var rate = await ScalarAsync<double>(database, $"""
            with s as (select sent_at from messages where author = 'campaign:{id}' and sent_at is not null),
            b as (select min(sent_at) + interval '1 second' as from_, max(sent_at) - interval '1 second' as to_ from s)
            select count(*) / extract(epoch from max(b.to_ - b.from_))::float8 from s, b where s.sent_at >= b.from_ and s.sent_at < b.to_
            """);
        var refused = (int)await ScalarAsync<long>(database, $"select count(*) from messages where author = 'campaign:{id}' and tries > 1");
        Console.WriteLine($"At {limit:N0}/s: {rate:N1}/s ({rate / limit:P1}, goal ≥ 98 %), {refused} refused for rate, {shown["sent_count"]} counted of {shown["total_count"]}");
        return (rate, refused);
    }

    static async Task<double> PauseAsync(HttpClient api, NpgsqlDataSource database, BenchNumber number)
    {
        var id = await MakeAsync(api, number, new { recipients = Enumerable.Range(0, 50_000).Select(Handle) });
        await DoAsync(api, id, "start");
        await UntilAsync(async () => (int)(await ShowAsync(api, id))["sent_count"]! > 500, 120);
        var at = TimeProvider.System.GetUtcNow();
        await DoAsync(api, id, "pause");
        await Task.Delay(4000);
        var last = await ScalarAsync<DateTime>(database, $"select max(claimed_at) from messages where author = 'campaign:{id}'");
        await DoAsync(api, id, "cancel");
        var took = Math.Max(0, (last - at.UtcDateTime).TotalMilliseconds);
        Console.WriteLine($"After a pause at full speed the last message left {took:N0} ms later (goal < 2,000)");
        return took;
    }

    // Alternating, because machines drift.
    static async Task<(double With, double Without)> IngestAsync(BenchStage stage, HttpClient api, BenchNumber number, int seconds)
    {
        var (with, without) = (new List<double>(), new List<double>());
        await IngestBench.WebhooksAsync(stage, 32, 3);
        for (var slice = 0; slice < 3; slice++)
        {
            without.Add((await IngestBench.WebhooksAsync(stage, 32, seconds / 3 + 1)).PerSecond);
            var id = await MakeAsync(api, number, new { recipients = Enumerable.Range(0, 100_000).Select(Handle) });
            await DoAsync(api, id, "start");
            await UntilAsync(async () => (int)(await ShowAsync(api, id))["sent_count"]! > 500, 120);
            with.Add((await IngestBench.WebhooksAsync(stage, 32, seconds / 3 + 1)).PerSecond);
            await DoAsync(api, id, "cancel");
            await UntilAsync(async () => (int)(await ShowAsync(api, id))["counts"]!["pending"]! == 0, 120);
        }
        Console.WriteLine($"Ingest: {Report.Median(without):N0}/s without a campaign, {Report.Median(with):N0}/s beside one at full speed ({Report.Median(with) / Report.Median(without):P0}, goal ≥ 90 %)");
        return (Report.Median(with), Report.Median(without));
    }

    static async Task<string> MakeAsync(HttpClient api, BenchNumber number, object more)
    {
        var request = System.Text.Json.JsonSerializer.SerializeToNode(more)!.AsObject();
        request["name"] = "Bench";
        request["integration_id"] = number.IntegrationId;
        request["template"] = new JsonObject { ["name"] = "order_ready", ["language"] = "pt_BR", ["variables"] = new JsonArray("{{name}}", "42") };
        request["defaults"] = new JsonObject { ["name"] = "friend" };
        request["brake"] = new JsonObject { ["failure_percent"] = 100, ["min_sample"] = 100_000 };
        using var answer = await api.PostAsJsonAsync("/api/campaigns", request);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
    }

    static async Task DoAsync(HttpClient api, string id, string act)
    {
        using var answer = await api.PostAsync($"/api/campaigns/{id}/{act}", null);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    static async Task<JsonNode> ShowAsync(HttpClient api, string id) => JsonNode.Parse(await api.GetStringAsync($"/api/campaigns/{id}"))!;

    static async Task UntilAsync(Func<Task<bool>> isSo, int seconds)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (watch.Elapsed.TotalSeconds > seconds) throw new InvalidOperationException("The campaign does not get there.");
            await Task.Delay(200);
        }
    }

    static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 120;
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
