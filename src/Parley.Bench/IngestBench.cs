using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using NpgsqlTypes;

namespace Parley.Bench;

/// <summary>Signed webhooks through the whole product against prepared single-row inserts into the same table, in alternating
/// slices of one run: machines drift, ratios within a slice pair do not.</summary>
internal static class IngestBench
{
    internal const int Tenants = 20;
    const int Customers = 100;   // of each tenant

    public static async Task<int> RunAsync(Options options)
    {
        var slices = options.Number("slices", 5);
        var seconds = options.Number("seconds", 2);
        await using var stage = await BenchStage.SetAsync(Tenants);
        Console.WriteLine("Warming up…");
        await WebhooksAsync(stage, 32, 3);
        await using var baseline = NpgsqlDataSource.Create(stage.BaselineConnection + ";Maximum Pool Size=140");
        var rows = await BaselineRow.TakeAsync(baseline);
        await InsertsAsync(baseline, rows, 32, 2);

        var more = new JsonObject();
        var (main, peak) = await CompareAsync(stage, baseline, rows, 32, slices, seconds);
        var (wide, _) = await CompareAsync(stage, baseline, rows, 128, Math.Max(3, slices - 2), seconds);
        more["ratio_128"] = Math.Round(wide.Ratio, 3);
        more["value_128"] = Math.Round(wide.Value, 1);
        more["baseline_128"] = Math.Round(wide.Baseline, 1);

        var paced = await PacedAsync(stage, peak * 0.7, 5);
        Console.WriteLine($"At 70 % of its peak ({peak * 0.7:N0}/s): p50 {Report.Percentile(paced, 0.5):N1} ms, p99 {Report.Percentile(paced, 0.99):N1} ms");
        more["p99_ms_at_70_percent"] = Math.Round(Report.Percentile(paced, 0.99), 2);

        await using var check = baseline.CreateCommand("select (select count(*) from messages where external_message_id like 'wamid.%'), (select sum(unread_count) from conversations), (select bool_and(n = seq) from (select h.seq, (select count(*) from events e where e.tenant_id = h.tenant_id) n from feed_heads h) x)");
        await using var row = await check.ExecuteReaderAsync();
        await row.ReadAsync();
        var (stored, unread) = (row.GetInt64(0), row.GetInt64(1));
        if (stored != _acknowledged || unread < stored)
        {
            Console.Error.WriteLine($"WRONG: {_acknowledged} webhooks were acknowledged, {stored} messages are stored, {unread} are unread.");
            return 1;
        }
        Console.WriteLine($"All {_acknowledged:N0} acknowledged webhooks are stored.");
        Report.Write("ingest", main.Ratio, main.Value, main.Baseline, "webhooks/s", main.P50, main.P99, more);
        return 0;
    }

    sealed record Result(double Ratio, double Value, double Baseline, double P50, double P99);

    static async Task<(Result Result, double Peak)> CompareAsync(BenchStage stage, NpgsqlDataSource baseline, BaselineRow[] rows, int connections, int slices, int seconds)
    {
        var ratios = new List<double>();
        var (values, bases, latencies) = (new List<double>(), new List<double>(), new List<double>());
        for (var slice = 0; slice < slices; slice++)
        {
            var inserts = await InsertsAsync(baseline, rows, connections, seconds);
            var (webhooks, times) = await WebhooksAsync(stage, connections, seconds);
            ratios.Add(webhooks / inserts);
            values.Add(webhooks);
            bases.Add(inserts);
            latencies.AddRange(times);
            Console.WriteLine($"{connections,4} connections: baseline {inserts,7:N0}/s   webhooks {webhooks,7:N0}/s   ratio {webhooks / inserts:N2}");
        }
        latencies.Sort();
        var result = new Result(Report.Median(ratios), Report.Median(values), Report.Median(bases), Report.Percentile(latencies, 0.5), Report.Percentile(latencies, 0.99));
        Console.WriteLine($"{connections,4} connections: median ratio {result.Ratio:N2} [{ratios.Min():N2}-{ratios.Max():N2}], p50 {result.P50:N1} ms, p99 {result.P99:N1} ms");
        return (result, values.Max());
    }

    static long _counter;
    static long _acknowledged;

    internal static async Task<(double PerSecond, List<double> Milliseconds)> WebhooksAsync(BenchStage stage, int connections, int seconds)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => WebhookClient.ConnectAsync(stage.Address)));
        var watch = Stopwatch.StartNew();
        var lists = await Task.WhenAll(clients.Select(client => Task.Run(async () =>
        {
            var times = new List<double>();
            while (watch.Elapsed.TotalSeconds < seconds) times.Add(await OneAsync(stage, client));
            return times;
        })));
        var elapsed = watch.Elapsed.TotalSeconds;
        foreach (var client in clients) client.Dispose();
        return (lists.Sum(list => list.Count) / elapsed, [.. lists.SelectMany(list => list)]);
    }

    // An open loop: requests leave when they are due, whether or not earlier ones were answered; waiting counts.
    static async Task<List<double>> PacedAsync(BenchStage stage, double perSecond, int seconds)
    {
        const int lanes = 128;
        var clients = await Task.WhenAll(Enumerable.Range(0, lanes).Select(_ => WebhookClient.ConnectAsync(stage.Address)));
        var watch = Stopwatch.StartNew();
        var lists = await Task.WhenAll(clients.Select((client, lane) => Task.Run(async () =>
        {
            var times = new List<double>();
            for (var n = 0; ; n++)
            {
                var due = (n * lanes + lane) / perSecond;
                if (due > seconds) return times;
                var early = due - watch.Elapsed.TotalSeconds;
                if (early > 0) await Task.Delay(TimeSpan.FromSeconds(early));
                var began = Math.Max(due, watch.Elapsed.TotalSeconds - 0.002);   // a timer that fires a little late is the load's fault, not the server's
                await OneAsync(stage, client);
                times.Add((watch.Elapsed.TotalSeconds - began) * 1000);
            }
        })));
        foreach (var client in clients) client.Dispose();
        var all = lists.SelectMany(list => list).ToList();
        all.Sort();
        return all;
    }

    static async ValueTask<double> OneAsync(BenchStage stage, WebhookClient client)
    {
        var n = Interlocked.Increment(ref _counter);
        var number = stage.Numbers[(int)(n % Tenants)];
        var began = Stopwatch.GetTimestamp();
        var status = await client.PostAsync(number, $"wamid.{n:x16}", $"5511{n / Tenants % Customers:000000000}", 1767225600 + n / 1000);
        if (status != 200) throw new InvalidOperationException($"A webhook was answered {status}.");
        Interlocked.Increment(ref _acknowledged);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    static async Task<double> InsertsAsync(NpgsqlDataSource source, BaselineRow[] rows, int connections, int seconds)
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => source.OpenConnectionAsync().AsTask()));
        var commands = await Task.WhenAll(opened.Select(BaselineRow.PrepareAsync));
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(commands.Select((command, lane) => Task.Run(async () =>
        {
            var count = 0;
            for (; watch.Elapsed.TotalSeconds < seconds; count++)
            {
                rows[(lane + count * connections) % rows.Length].Fill(command);
                await command.ExecuteNonQueryAsync();
            }
            return count;
        })));
        var elapsed = watch.Elapsed.TotalSeconds;
        foreach (var command in commands) await command.DisposeAsync();
        foreach (var connection in opened) await connection.DisposeAsync();
        return counts.Sum() / elapsed;
    }

    /// <summary>A row as a plain program would insert it: for a conversation that exists, nothing else done.</summary>
    sealed record BaselineRow(Guid Tenant, Guid Conversation, Guid Contact, Guid Integration)
    {
        static long _external;

        public static async Task<BaselineRow[]> TakeAsync(NpgsqlDataSource source)
        {
            await using var command = source.CreateCommand("select tenant_id, id, contact_id, integration_id from conversations order by id");
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<BaselineRow>();
            while (await reader.ReadAsync()) rows.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3)));
            return [.. rows];
        }

        public static async Task<NpgsqlCommand> PrepareAsync(NpgsqlConnection connection)
        {
            var command = new NpgsqlCommand("""
                insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, occurred_at, created_at)
                values ($1, $2, $3, $4, $5, 'whatsapp', 'inbound', 'text', $6, $7, 'delivered', 'contact', $8, $8)
                """, connection);
            foreach (var type in new[] { NpgsqlDbType.Uuid, NpgsqlDbType.Uuid, NpgsqlDbType.Uuid, NpgsqlDbType.Uuid, NpgsqlDbType.Uuid, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.TimestampTz })
                command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
            await command.PrepareAsync();
            return command;
        }

        public void Fill(NpgsqlCommand command)
        {
            var now = TimeProvider.System.GetUtcNow();
            command.Parameters[0].Value = Tenant;
            command.Parameters[1].Value = Guid.CreateVersion7(now);
            command.Parameters[2].Value = Conversation;
            command.Parameters[3].Value = Contact;
            command.Parameters[4].Value = Integration;
            command.Parameters[5].Value = "Hello, is the blue one still in stock? I would like two of them.";
            command.Parameters[6].Value = $"plain.{Interlocked.Increment(ref _external):x16}";
            command.Parameters[7].Value = now.UtcDateTime;
        }
    }
}
