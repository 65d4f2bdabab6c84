using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;

namespace Parley.Bench;

/// <summary>What so many open pages of one team cost in time of the processor, the product's and PostgreSQL's: each listens, and says
/// every fifteen seconds where it looks. First they only listen, then they also say that they are here, then each also moves to another
/// contact once a minute. And how soon a colleague sees it.</summary>
internal static class PresenceBench
{
    static readonly TimeSpan Repeat = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(Options options)
    {
        var (agents, seconds) = (options.Number("agents", 1000), options.Number("seconds", 30));
        await using var stage = await BenchStage.SetAsync(1);
        var tenant = stage.Numbers[0].TenantId;
        var (cookies, contacts) = await PeopleAsync(stage, tenant, agents);
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, MaxConnectionsPerServer = 200 }) { BaseAddress = stage.Address };
        var pages = cookies.Select(_ => Guid.CreateVersion7()).ToArray();
        using var ending = new CancellationTokenSource();
        var seen = new Dictionary<string, TaskCompletionSource<long>>();
        var listening = cookies.Select((cookie, i) => ListenAsync(stage.Address, cookie, i == 0 ? Seen : null, ending.Token)).ToList();
        await Task.WhenAll(listening.Select(one => one.Ready));
        await Task.Delay(3000);
        var (idle, idleDatabase) = await MeasureAsync(stage, () => Task.Delay(TimeSpan.FromSeconds(seconds)));
        for (var i = 0; i < agents; i++) await SayAsync(i, contacts[i], false);
        await Task.Delay(1000);
        var (here, hereDatabase) = await MeasureAsync(stage, () => SpreadAsync(moves: false));
        var (moving, movingDatabase) = await MeasureAsync(stage, () => SpreadAsync(moves: true));
        Console.WriteLine($"{agents:N0} pages, of one core: only listening {idle:P2} and PostgreSQL {idleDatabase:P2}; also here {here:P2} and {hereDatabase:P2}; also moving once a minute {moving:P2} and {movingDatabase:P2}");
        var added = here + hereDatabase - idle - idleDatabase;
        Console.WriteLine($"To be here costs {added:P2} of one core with PostgreSQL, {here - idle:P2} without (goal < 2 %); moving {moving + movingDatabase - idle - idleDatabase:P2} and {moving - idle:P2}");

        // Beside all that, how soon the first page sees another one begin to write.
        var times = new List<double>();
        for (var i = 1; i <= 60; i++)
        {
            var told = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (seen) seen[pages[i].ToString()] = told;
            var since = Stopwatch.GetTimestamp();
            await SayAsync(i, contacts[i], true);
            times.Add(Stopwatch.GetElapsedTime(since, await told.Task.WaitAsync(TimeSpan.FromSeconds(10))).TotalMilliseconds);
        }
        times.Sort();
        var (p50, p99) = (Report.Percentile(times, 0.5), Report.Percentile(times, 0.99));
        Console.WriteLine($"Another page sees it after p50 {p50:N0} ms, p99 {p99:N0} ms (goal < 500)");
        ending.Cancel();
        await Task.WhenAll(listening.Select(one => one.Done));
        Report.Write("presence", added / 0.02, added, 0.02, "of one core", p50, p99, new JsonObject
        {
            ["agents"] = agents, ["idle"] = Math.Round(idle, 4), ["idle_postgres"] = Math.Round(idleDatabase, 4), ["here"] = Math.Round(here, 4), ["here_postgres"] = Math.Round(hereDatabase, 4),
            ["moving"] = Math.Round(moving, 4), ["moving_postgres"] = Math.Round(movingDatabase, 4), ["cores"] = Environment.ProcessorCount,
        });
        return 0;

        void Seen(string frame)
        {
            lock (seen)
                foreach (var (page, told) in seen.ToList())
                    if (frame.Contains(page, StringComparison.Ordinal) && seen.Remove(page)) told.TrySetResult(Stopwatch.GetTimestamp());
        }

        async Task SayAsync(int agent, Guid? contact, bool isTyping)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/presence/{pages[agent]}")
            {
                Content = contact is null ? new ByteArrayContent([]) : new StringContent($$"""{"contact_id":"{{contact}}","is_typing":{{(isTyping ? "true" : "false")}}}""", System.Text.Encoding.UTF8, "application/json"),
                Headers = { { "Cookie", cookies[agent] }, { "Sec-Fetch-Site", "same-origin" } },
            };
            using var answer = await http.SendAsync(request);
            if (contact is null && answer.StatusCode == HttpStatusCode.NotFound) await SayAsync(agent, contacts[agent], false);
            else answer.EnsureSuccessStatusCode();
        }

        // Evenly over time, as people come at any moment.
        async Task SpreadAsync(bool moves)
        {
            var since = Stopwatch.StartNew();
            var under = new List<Task>();
            for (var n = 0; since.Elapsed.TotalSeconds < seconds; n++)
            {
                var due = Repeat * n / agents;
                if (due > since.Elapsed) await Task.Delay(due - since.Elapsed);
                var agent = n % agents;
                if (moves && n / agents % 4 == agent % 4) under.Add(SayAsync(agent, contacts[agent] = contacts[(agent + n + 1) % agents], false));
                else under.Add(SayAsync(agent, null, false));
            }
            await Task.WhenAll(under);
        }
    }

    /// <summary>So many people who are signed in, with a contact each.</summary>
    static async Task<(string[] Cookies, Guid[] Contacts)> PeopleAsync(BenchStage stage, Guid tenant, int count)
    {
        var now = TimeProvider.System.GetUtcNow();
        var secrets = Enumerable.Range(0, count).Select(_ => BearerSecret.New(tenant)).ToArray();
        var (users, contacts) = (secrets.Select(_ => Ids.New(now)).ToArray(), secrets.Select(_ => Ids.New(now)).ToArray());
        await using var connection = new NpgsqlConnection(stage.BaselineConnection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("""
            insert into users (tenant_id, id, email, name, role, password_hash, created_at, updated_at)
            select $1, id, 'agent-' || id || '@example.com', 'Agent ' || n, 'editor', 'none', $2, $2 from unnest($3::uuid[]) with ordinality as x (id, n);
            """, connection) { Parameters = { new() { Value = tenant }, new() { Value = now.UtcDateTime }, new() { Value = users } } };
        await command.ExecuteNonQueryAsync();
        command.CommandText = """
            insert into sessions (tenant_id, id, user_id, secret_hash, created_at, last_used_at, expires_at)
            select $1, id, id, hash, $2, $2, $2 + interval '1 day' from unnest($3::uuid[], $4::bytea[]) as x (id, hash);
            """;
        command.Parameters.Add(new() { Value = secrets.Select(secret => secret.Hash).ToArray() });
        await command.ExecuteNonQueryAsync();
        command.CommandText = "insert into contacts (tenant_id, id, name, created_at, updated_at) select $1, id, 'Customer', $2, $2 from unnest($3::uuid[]) as x (id)";
        command.Parameters.RemoveAt(3);
        command.Parameters[2].Value = contacts;
        await command.ExecuteNonQueryAsync();
        return ([.. secrets.Select(secret => $"{Credentials.Cookie}={secret.Text}")], contacts);
    }

    static (Task Ready, Task Done) ListenAsync(Uri address, string cookie, Action<string>? hears, CancellationToken cancellationToken)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (ready.Task, Task.Run(async () =>
        {
            try
            {
                using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = address };
                client.DefaultRequestHeaders.Add("Cookie", cookie);
                using var stream = new StreamReader(await client.GetStreamAsync("/api/events", cancellationToken));
                while (await stream.ReadLineAsync(cancellationToken) is { } line)
                {
                    if (line == "event: ready") ready.TrySetResult();
                    else hears?.Invoke(line);
                }
            }
            catch (OperationCanceledException) { }
            catch (Exception failure) { ready.TrySetException(failure); }
        }, CancellationToken.None));
    }

    /// <summary>Parts of one core: the product's process, and all of PostgreSQL's.</summary>
    static async Task<(double Server, double Database)> MeasureAsync(BenchStage stage, Func<Task> work)
    {
        var (server, database, since) = (Used(stage.Server.Id), stage.DatabaseSeconds(), Stopwatch.StartNew());
        await work();
        var elapsed = since.Elapsed.TotalSeconds;
        return ((Used(stage.Server.Id) - server) / elapsed, (stage.DatabaseSeconds() - database) / elapsed);
    }

    static double Used(int process)
    {
        using var one = Process.GetProcessById(process);
        return one.TotalProcessorTime.TotalSeconds;
    }
}
