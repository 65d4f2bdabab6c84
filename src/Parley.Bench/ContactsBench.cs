using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Parley.Server.Contacts.Duplicates;
using Parley.Server.Feed;
using Parley.Server.Hosting;
using Parley.Server.Ingest;
using Parley.Server.Platform.Configuration;

namespace Parley.Bench;

/// <summary>What a team does with a million contacts: finding one, merging two of whom much was said while webhooks come in, importing a file, and
/// what it costs to look for the duplicates of one that is new.</summary>
internal static class ContactsBench
{
    static readonly (string Name, Func<int, string> Query)[] Shapes =
    [
        ("nothing: the newest", _ => ""),
        ("a first name", n => $"q={First(n * 37)}"),
        ("a last name", n => $"q={Last(n * 101)}"),
        ("both names", n => $"q={First(n * 37)} {Last(n * 101)}"),
        ("the beginning of a name", n => $"q={Last(n * 101)[..3]}"),
        ("a number", n => $"q=%2B4915{n * 7919 % 1_000_000:00000000}"),
        ("the end of a number", n => $"q={n * 7919 % 1_000_000:00000000}"),
        ("an address", n => $"q={n * 7919 % 1_000_000}@example.com"),
        ("a name nobody has", n => $"q=zzyzx{n}"),
        ("a custom field", n => $"field=city:{Last(n * 7 % 500)}"),
        ("a name among the blocked", n => $"q={First(n * 37)}&status=blocked"),
        ("blocked", _ => "status=blocked"),
    ];

    public static async Task<int> RunAsync(Options options)
    {
        var contacts = options.Number("contacts", 1_000_000);
        var rows = options.Number("rows", 100_000);
        var more = new JsonObject { ["contacts"] = contacts, ["rows"] = rows };
        await using var stage = await BenchStage.SetAsync(IngestBench.Tenants, "editor");
        var watch = Stopwatch.StartNew();
        using (var bulk = new Bulk(stage.BaselineConnection))
        {
            Seed(bulk, stage.Numbers[0], contacts);
            ListSeed.Write(bulk, stage.Numbers[1], 10_000);
            bulk.Settle();
        }
        Console.WriteLine($"Seeded {contacts:N0} contacts in {watch.Elapsed.TotalSeconds:N0} s");
        using var http = new HttpClient { BaseAddress = stage.Address, Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", stage.Numbers[0].ApiKey);

        var all = await SearchAsync(http, options.Number("samples", 100), more);
        await MergeAsync(stage, http, options.Number("messages", 100_000), more);
        await ImportAsync(http, rows, more);
        await stage.StopServerAsync();
        await DuplicatesAsync(stage, options.Number("samples", 100), more);
        var p95 = Report.Percentile(all, 0.95);
        Report.Write("contacts", 50 / p95, p95, 50, "ms", Report.Percentile(all, 0.5), Report.Percentile(all, 0.99), more);
        return 0;
    }

    static async Task<List<double>> SearchAsync(HttpClient http, int samples, JsonObject more)
    {
        var times = Shapes.ToDictionary(shape => shape.Name, _ => new List<double>());
        var hits = Shapes.ToDictionary(shape => shape.Name, _ => 0);
        for (var n = -10; n < samples; n++)
            foreach (var (name, query) in Shapes)
            {
                var began = Stopwatch.GetTimestamp();
                var answer = await http.GetByteArrayAsync($"/api/contacts?{query(Math.Abs(n))}");
                if (n < 0) continue;
                times[name].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                hits[name] += JsonNode.Parse(answer)!["items"]!.AsArray().Count;
            }
        foreach (var (name, list) in times) Say(name, list, $"{(double)hits[name] / samples,5:N1} found", more);
        var all = times.Values.SelectMany(list => list).ToList();
        Say("all searches", all, "(goal: p95 < 50 ms)", more);
        return all;
    }

    static async Task MergeAsync(BenchStage stage, HttpClient http, int messages, JsonObject more)
    {
        var ids = new[] { Guid.CreateVersion7(), Guid.CreateVersion7() };
        await using (var source = NpgsqlDataSource.Create(stage.BaselineConnection + ";Command Timeout=300"))
            foreach (var id in ids)
            {
                await using var write = source.CreateCommand("insert into contacts (tenant_id, id, name, matched_at, created_at, updated_at) values ($1, $2, 'Much was said', now(), now(), now())");
                write.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = stage.Numbers[0].TenantId }, new() { Value = id } });
                await write.ExecuteNonQueryAsync();
                await using var talk = source.CreateCommand("""
                    with c as (
                        insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, last_message_at, message_count, created_at, updated_at)
                        values ($1, gen_random_uuid(), $2, $3, 'whatsapp', $2::text, $2::text, now(), $4, now(), now())
                        returning *
                    ),
                    i as (insert into contact_identities (tenant_id, channel, handle, contact_id, created_at) values ($1, 'whatsapp', $2::text, $2, now()))
                    insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, occurred_at, created_at)
                    select $1, gen_random_uuid(), c.id, $2, $3, 'whatsapp', 'inbound', 'text', 'line ' || n, $2::text || n, 'delivered', 'contact', now() - n * interval '1 minute', now()
                    from c, generate_series(1, $4) n
                    """);
                talk.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = stage.Numbers[0].TenantId }, new() { Value = id }, new() { Value = stage.Numbers[0].IntegrationId }, new() { Value = messages } });
                await talk.ExecuteNonQueryAsync();
            }
        await IngestBench.WebhooksAsync(stage, 4, 3);
        var (merges, undos) = (new List<double>(), new List<double>());
        var (_, alone) = await IngestBench.WebhooksAsync(stage, 4, 8);
        var beside = IngestBench.WebhooksAsync(stage, 4, 8);
        while (!beside.IsCompleted)
        {
            var began = Stopwatch.GetTimestamp();
            var merge = await (await http.PostAsJsonAsync($"/api/contacts/{ids[0]}/merge", new { other_id = ids[1] })).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
            merges.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            began = Stopwatch.GetTimestamp();
            (await http.PostAsync($"/api/contacts/merges/{merge!["id"]}/undo", null)).EnsureSuccessStatusCode();
            undos.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        var (_, during) = await beside;
        Say($"merging two with {messages:N0} messages each", merges, $"{merges.Count} times (goal: < 2 s)", more);
        Say("taking them apart", undos, "", more);
        Say("webhooks, nothing else going on", alone, "", more);
        Say("webhooks, while merging without pause", during, "", more);
    }

    static async Task ImportAsync(HttpClient http, int rows, JsonObject more)
    {
        var file = new StringBuilder("Name,Phone,E-mail,City,Customer ID\n");
        for (var n = 0; n < rows; n++) file.Append($"{NameOf(n + 5_000_000)},+3365{n:0000000},new{n}@example.org,{Last(n % 500)},imported-{n}\n");
        var watch = Stopwatch.StartNew();
        var import = await (await http.PostAsync("/api/contacts/imports?file_name=bench.csv", new ByteArrayContent(Encoding.UTF8.GetBytes(file.ToString())) { Headers = { ContentType = new("text/csv") } }))
            .EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
        var path = $"/api/contacts/imports/{import!["id"]}";
        (await http.PostAsJsonAsync($"{path}/check", new { })).EnsureSuccessStatusCode();
        var looked = watch.Elapsed.TotalSeconds;
        (await http.PostAsJsonAsync($"{path}/start", new { })).EnsureSuccessStatusCode();
        JsonNode? state;
        do await Task.Delay(200);
        while ((string?)(state = await http.GetFromJsonAsync<JsonNode>(path))!["state"] == "running");
        var seconds = watch.Elapsed.TotalSeconds - looked;
        Console.WriteLine($"{"importing " + rows.ToString("N0") + " rows",-44} {seconds,6:N1} s   {rows / seconds,6:N0} rows/s   ({looked:N1} s to upload and check; {state["created"]} created, {state["failed"]} not imported)");
        more["import_seconds"] = Math.Round(seconds, 1);
        more["import_rows_per_second"] = Math.Round(rows / seconds);
    }

    // Each pass is one contact: its keys written, the others with one of them found and weighed, and the outcome written.
    static async Task DuplicatesAsync(BenchStage stage, int samples, JsonObject more)
    {
        await using var services = new ServiceCollection()
            .AddLogging().AddSingleton(TimeProvider.System).AddSingleton<FeedNews>().AddParleyDatabase(ParleySettings.Load(new Dictionary<string, string?>(), "/tmp", new Dictionary<string, string>()), stage.OwnerConnection, null)
            .AddSingleton<DuplicateStore>().AddSingleton<CustomerDirectory>().AddSingleton<DuplicateWorker>()
            .BuildServiceProvider();
        var worker = services.GetRequiredService<DuplicateWorker>();
        var tenant = stage.Numbers[0].TenantId;
        var times = new List<double>();
        for (var n = -10; n < samples; n++)
        {
            var began = Stopwatch.GetTimestamp();
            if (await worker.CheckAsync(tenant, 1, CancellationToken.None) == 0) break;
            if (n >= 0) times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        Say("duplicates of one new contact", times, "(goal: < 20 ms)", more);
    }

    static void Say(string name, List<double> times, string words, JsonObject more)
    {
        times.Sort();
        Console.WriteLine($"{name,-44} p50 {Report.Percentile(times, 0.5),6:N1} ms   p95 {Report.Percentile(times, 0.95),6:N1} ms   p99 {Report.Percentile(times, 0.99),6:N1} ms   {words}");
        more[name] = new JsonObject { ["p50_ms"] = Math.Round(Report.Percentile(times, 0.5), 2), ["p95_ms"] = Math.Round(Report.Percentile(times, 0.95), 2), ["p99_ms"] = Math.Round(Report.Percentile(times, 0.99), 2) };
    }

    // Every second has an e-mail address, every third a city, every hundredth is blocked.
    static void Seed(Bulk bulk, BenchNumber number, int contacts)
    {
        var start = TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-400);
        DateTime At(int n) => start.AddSeconds(n * (390d * 86_400 / contacts));
        var ids = Enumerable.Range(0, contacts).Select(n => Guid.CreateVersion7(At(n))).ToArray();
        bulk.Copy("contacts (tenant_id, id, name, phone, email, status, metadata, match_keys, matched_at, created_at, updated_at)", contacts, (row, n) =>
        {
            var known = Known.From(new() { Id = ids[n], Name = NameOf(n), FoldedName = NameOf(n).ToLowerInvariant(), Phone = Phone(n), Email = n % 2 == 0 ? $"{n}@example.com" : null });
            row.Add(number.TenantId).Add(ids[n]).Add(NameOf(n)).Add(Phone(n)).AddOrNull(known.Emails.FirstOrDefault()).Add(n % 100 == 7 ? "blocked" : "active")
                .AddJson(n % 3 == 0 ? $$"""{"city": "{{Last(n / 3 % 500)}}"}""" : "{}").Add(known.Keys()).Add(At(n)).Add(At(n)).Add(At(n));
        });
        bulk.Copy("contact_identities (tenant_id, channel, handle, contact_id, created_at)", contacts, (row, n) => row.Add(number.TenantId).Add("whatsapp").Add(Phone(n)).Add(ids[n]).Add(At(n)));

        static string Phone(int n) => $"+4915{n:00000000}";
    }

    // A thousand first names and twenty thousand last names; some are common, most are rare: two hundred share the commonest of both.
    static string NameOf(int n)
    {
        var random = new Random(n);
        var (first, last) = (random.NextDouble(), random.NextDouble());
        return $"{First((int)(1_000 * first * first))} {Last((int)(20_000 * last * last))}";
    }

    static string First(int n) => Word(n % 1_000, 2);
    static string Last(int n) => Word(1_000 + n % 20_000, 3);

    static string Word(int n, int syllables)
    {
        var random = new Random(n * 7919);
        var word = new StringBuilder();
        for (var left = syllables + random.Next(2); left > 0; left--) word.Append("bcdfghjklmnprstvwz"[random.Next(18)]).Append("aeiou"[random.Next(5)]).Append("nrsl    "[random.Next(8)]);
        word.Replace(" ", "");
        return char.ToUpperInvariant(word[0]) + word.ToString(1, word.Length - 1);
    }
}
