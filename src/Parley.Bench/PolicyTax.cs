using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using Parley.Server.Conversations;

namespace Parley.Bench;

/// <summary>What row-level security costs: the list's statement with and without it, and the whole of ingest with the policies
/// switched on and off in alternating slices.</summary>
internal static class PolicyTax
{
    const string List = $"""
        select {ConversationRow.Columns}
        from conversations c
        join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
        where c.tenant_id = @tenant
        order by c.activity_at desc, c.last_message_at desc, c.id desc
        limit 51
        """;

    /// <summary>As the superuser, whom no policy binds; as a session that is in the tenant's role already; and as the product does it,
    /// which enters the role along with each statement.</summary>
    public static async Task OfListAsync(BenchStage stage, JsonObject more)
    {
        var tenant = stage.Numbers[0].TenantId;
        await using var superuser = await OpenAsync(stage.BaselineConnection, null);
        await using var bound = await OpenAsync(stage.OwnerConnection, $"set role parley_app; set app.tenant_id = '{tenant}'");
        await using var product = await OpenAsync(stage.OwnerConnection, null);
        (NpgsqlConnection Connection, string Sql, List<double> Times)[] ways =
            [(superuser, List, []), (bound, List, []), (product, Server.Platform.Database.Role.Enter(tenant) + List, [])];
        for (var n = 0; n < 1600; n++)
            for (var w = 0; w < ways.Length; w++)
            {
                var (connection, sql, times) = ways[(n + w) % ways.Length];
                var began = Stopwatch.GetTimestamp();
                await using var command = new NpgsqlCommand(sql, connection);
                command.Parameters.AddWithValue("tenant", tenant);
                var rows = 0;
                await using (var reader = await command.ExecuteReaderAsync())
                    while (await reader.ReadAsync()) rows++;
                if (rows != 51) throw new InvalidOperationException($"The list has {rows} rows.");
                if (n >= 100) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        foreach (var (_, _, times) in ways) times.Sort();
        var (plain, policy, entering) = (P50(ways[0]), P50(ways[1]), P50(ways[2]));
        Console.WriteLine($"The list's statement, p50: superuser {plain:N3} ms, under the policy {policy:N3} ms ({policy / plain - 1:P1} more), entering the role as well {entering:N3} ms ({entering / plain - 1:P1} more)");
        more["policy_list"] = new JsonObject
        {
            ["superuser_p50_ms"] = Math.Round(plain, 3), ["policy_p50_ms"] = Math.Round(policy, 3), ["product_p50_ms"] = Math.Round(entering, 3),
            ["ratio_policy"] = Math.Round(policy / plain, 3), ["ratio_product"] = Math.Round(entering / plain, 3),
        };

        static double P50((NpgsqlConnection, string, List<double> Times) way) => Report.Percentile(way.Times, 0.5);
    }

    public static async Task<int> OfIngestAsync(Options options)
    {
        var slices = options.Number("slices", 6);
        var seconds = options.Number("seconds", 2);
        await using var stage = await BenchStage.SetAsync(IngestBench.Tenants);
        await using var superuser = await OpenAsync(stage.BaselineConnection, null);
        var tables = new List<string>();
        await using (var command = new NpgsqlCommand("select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace", superuser))
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));

        Console.WriteLine("Warming up…");
        await IngestBench.WebhooksAsync(stage, 32, 4);
        var (ratios, withs, withouts, latencies) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var slice = 0; slice < slices; slice++)
        {
            var (with, without) = (0d, 0d);
            foreach (var policies in new[] { true, false, false, true })   // in this order a drift of the machine cancels
            {
                foreach (var table in tables)
                {
                    await using var toggle = new NpgsqlCommand($"alter table {table} {(policies ? "enable" : "disable")} row level security", superuser);
                    await toggle.ExecuteNonQueryAsync();
                }
                var (rate, times) = await IngestBench.WebhooksAsync(stage, 32, seconds);
                if (policies)
                {
                    with += rate / 2;
                    latencies.AddRange(times);
                }
                else without += rate / 2;
            }
            ratios.Add(with / without);
            withs.Add(with);
            withouts.Add(without);
            Console.WriteLine($"webhooks with policies {with,7:N0}/s   without {without,7:N0}/s   ratio {with / without:N3}");
        }
        latencies.Sort();
        var ratio = Report.Median(ratios);
        Console.WriteLine($"Row-level security costs {1 - ratio:P1} of ingest [{1 - ratios.Max():P1} to {1 - ratios.Min():P1}] (goal ≤ 5 %)");
        Report.Write("policy", ratio, Report.Median(withs), Report.Median(withouts), "webhooks/s", Report.Percentile(latencies, 0.5), Report.Percentile(latencies, 0.99), []);
        return 0;
    }

    static async Task<NpgsqlConnection> OpenAsync(string connection, string? first)
    {
        // Statements are prepared after a few uses, as in the product.
        var opened = new NpgsqlConnection(connection + ";Max Auto Prepare=100;Pooling=false");
        await opened.OpenAsync();
        if (first is null) return opened;
        await using var command = new NpgsqlCommand(first, opened);
        await command.ExecuteNonQueryAsync();
        return opened;
    }
}
