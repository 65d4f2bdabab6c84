using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;

namespace Parley.Bench;

/// <summary>A queue of bulk messages drained to the emulator at a rate limit that the emulator enforces, each answer after the time that a
/// provider takes, with people answering in between; in a history of 100,000 messages and in one of a million. The baseline is the limit itself.</summary>
internal static class SendBench
{
    const int Small = 100_000, Seconds = 15, Replies = 40;

    public static async Task<int> RunAsync(Options options)
    {
        var limit = options.Number("limit", 1000);
        var large = options.Number("messages", 1_000_000);
        var latency = options.Number("latency", 200);
        var small = await OfAsync(Small, limit, latency);
        var big = large == Small ? small : await OfAsync(large, limit, latency);
        var more = new JsonObject
        {
            ["limit"] = limit, ["latency_ms"] = latency, ["messages"] = large, ["baseline_messages"] = Small, ["ratio_small"] = Math.Round(small.Rate / limit, 3),
            ["refused_for_rate"] = small.Refused + big.Refused, ["reply_overtakes_p50_ms"] = Math.Round(Report.Percentile(big.Overtaking, 0.5), 1), ["reply_overtakes_max_ms"] = Math.Round(big.Overtaking[^1], 1),
        };
        Report.Write("send", big.Rate / limit, big.Rate, limit, "messages/s", Report.Percentile(big.Overtaking, 0.5), Report.Percentile(big.Overtaking, 0.99), more);
        return small.IsRight && big.IsRight ? 0 : 1;
    }

    sealed record Result(double Rate, int Refused, List<double> Overtaking, bool IsRight);

    static async Task<Result> OfAsync(int history, int limit, int latency)
    {
        var (emulator, address) = await BenchStage.StartAsync(Path.Combine(AppContext.BaseDirectory, "parley.dll"), ["emulators", "--urls", "http://127.0.0.1:0"], "The emulators are ready at ", []);
        try
        {
            using var provider = new HttpClient { BaseAddress = address };
            (await provider.PostAsJsonAsync("/faults", new { rate_limit_per_second = limit, latency_ms = latency })).EnsureSuccessStatusCode();
            await using var stage = await BenchStage.SetAsync(1, "editor", new() { ["base_url"] = $"{address}meta", ["rate_limit_per_second"] = $"{limit}" });
            var number = stage.Numbers[0];
            var total = limit * Seconds;
            using (var bulk = new Bulk(stage.BaselineConnection))
            {
                ListSeed.Write(bulk, number, history);
                bulk.Settle();
            }
            await using var database = NpgsqlDataSource.Create(stage.BaselineConnection);
            await QueueAsync(database, number, total);

            using var api = new HttpClient { BaseAddress = stage.Address };
            api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", number.ApiKey);
            var overtaking = await AnswerAsync(api, database);
            await UntilAsync(async () => await CountAsync(database, "status in ('queued', 'sending')") == 0, limit);

            // The first and the last second are left out: a bucket that fills, and a queue that ends.
            var rate = await ScalarAsync<double>(database, """
                with s as (select sent_at from messages where author = 'bench' and status = 'sent'),
                b as (select min(sent_at) + interval '1 second' as from_, max(sent_at) - interval '1 second' as to_ from s)
                select count(*) / extract(epoch from max(b.to_ - b.from_))::float8 from s, b where s.sent_at >= b.from_ and s.sent_at < b.to_
                """);
            var sent = await CountAsync(database, "author = 'bench' and status = 'sent'");
            var refused = await CountAsync(database, "author = 'bench' and (tries > 1 or failure_code is not null)");
            var ledger = JsonNode.Parse(await provider.GetStringAsync("/ledger/meta"))!["items"]!.AsArray().Count;
            Console.WriteLine($"{history,10:N0} messages of history: {rate:N0}/s of {limit:N0} ({rate / limit:P1}, goal ≥ 98 %), {refused} refused for rate; a reply overtakes: p50 {Report.Percentile(overtaking, 0.5):N0} ms, most {overtaking[^1]:N0} ms (goal < 1,000)");
            var isRight = sent == total && ledger == total + overtaking.Count;
            if (!isRight) Console.Error.WriteLine($"WRONG: {total:N0} were queued, {sent:N0} are sent, and the provider took {ledger:N0} with {overtaking.Count} replies.");
            return new(rate, refused, overtaking, isRight);
        }
        finally
        {
            emulator.Kill();
            emulator.Dispose();
        }
    }

    // As a campaign will: many rows at once, to many conversations, behind the replies.
    static async Task QueueAsync(NpgsqlDataSource database, BenchNumber number, int total)
    {
        await using var command = database.CreateCommand("""
            update conversations set last_inbound_at = now() where tenant_id = @tenant;
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, status, priority, author, occurred_at, created_at)
            select c.tenant_id, uuidv7(), c.id, c.contact_id, c.integration_id, c.channel, 'outbound', 'text', 'Our winter hours begin on Monday.', 'queued', 1, 'bench', now(), now()
            from generate_series(1, @rounds), (select * from conversations where tenant_id = @tenant order by id limit 5000) c
            limit @total
            """);
        command.Parameters.AddWithValue("tenant", number.TenantId);
        command.Parameters.AddWithValue("rounds", total / 5000 + 1);
        command.Parameters.AddWithValue("total", total);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }

    // People answer while the queue drains, to conversations that the queue does not touch: from the request to "sent".
    static async Task<List<double>> AnswerAsync(HttpClient api, NpgsqlDataSource database)
    {
        await UntilAsync(async () => await CountAsync(database, "author = 'bench' and status = 'sent'") > 0, 30);
        var conversations = JsonNode.Parse(await api.GetStringAsync("/api/conversations?limit=200"))!["items"]!.AsArray().Select(one => (string)one!["id"]!).Take(Replies).ToList();
        var times = new List<double>();
        foreach (var conversation in conversations)
        {
            var began = Stopwatch.GetTimestamp();
            using var answer = await api.PostAsJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "One moment, please." });
            answer.EnsureSuccessStatusCode();
            var id = Guid.Parse((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!);
            await UntilAsync(async () => await CountAsync(database, $"id = '{id}' and status = 'sent'") == 1, 30);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(150);
        }
        times.Sort();
        return times;
    }

    static async Task UntilAsync(Func<Task<bool>> isSo, int seconds)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (watch.Elapsed.TotalSeconds > seconds) throw new InvalidOperationException("The queue does not end.");
            await Task.Delay(10);
        }
    }

    static async Task<int> CountAsync(NpgsqlDataSource database, string condition) => (int)await ScalarAsync<long>(database, $"select count(*) from messages where {condition}");

    static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
