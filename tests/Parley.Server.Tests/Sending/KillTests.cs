using System.Net;
using Dapper;
using Npgsql;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sending;

/// <summary>The server as a process of its own, ended by kill -9 in the middle of its work.</summary>
public sealed class KillTests(ParleyFixture fixture)
{
    [Fact]
    public async Task After_kill_9_during_a_burst_every_acknowledged_webhook_is_there_exactly_once()
    {
        // A second app on the database makes the tenant and plays the provider; the process under test only takes webhooks.
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var http = new HttpClient();
        for (var round = 0; round < 2; round++)
        {
            await using var server = await ServerProcess.StartAsync(app.ConnectionString);
            using var ending = new CancellationTokenSource();
            var r = round;
            var senders = Enumerable.Range(0, 16).Select(s => Task.Run(async () =>
            {
                for (var i = 0; !ending.IsCancellationRequested; i++)
                {
                    var id = $"wamid.k{r}.{s}.{i}";
                    try
                    {
                        using var answer = await PostAsync(http, server, number, number.Body($"[{TestNumber.TextMessage(id, id, from: $"5511{s:00000000}")}]"));
                        if (answer.StatusCode == HttpStatusCode.OK) acknowledged.Add(id);
                    }
                    catch (HttpRequestException) { return; }   // killed
                }
            })).ToList();
            var before = acknowledged.Count;
            await Eventually.Async(() => Task.FromResult(acknowledged.Count), count => count > before + 300, "the burst is under way", 30);
            server.Kill();
            ending.Cancel();
            await Task.WhenAll(senders);
        }

        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        var stored = (await connection.QueryAsync<string>("call enter_tenant(@id); select external_message_id from messages", new { id = tenant.Id })).ToList();
        Assert.Empty(acknowledged.Except(stored));
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Equal(stored.Count, await connection.ExecuteScalarAsync<int>("call enter_tenant(@id); select sum(unread_count)::int from conversations", new { id = tenant.Id }));
        var (lines, head) = await connection.QuerySingleAsync<(long, long)>("call enter_tenant(@id); select count(*), max(seq) from events", new { id = tenant.Id });
        Assert.Equal(lines, head);   // no gap
    }

    [Fact]
    public async Task After_kill_9_and_lost_answers_during_sends_nobody_got_a_message_twice_and_each_ends_somewhere()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 200);
        for (var i = 0; i < 20; i++) await number.SayAsync($"+551190000{i:0000}", "hi");
        var conversations = (await tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray();
        await app.SetFaultsAsync(new { lose_answer_next = 15, latency_ms = 10, hold_statuses = true });
        var queued = new List<Guid>();
        for (var i = 0; i < 5; i++)
            foreach (var conversation in conversations)
                queued.Add((Guid)(await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation!["id"]}/messages", new { type = "text", content = $"{i}" }, 202))["id"]!);

        for (var round = 0; round < 2; round++)
        {
            await using var server = await ServerProcess.StartAsync(app.ConnectionString);
            var before = (await app.LedgerAsync()).Count;
            await Eventually.Async(async () => (await app.LedgerAsync()).Count, count => count > before + 15, "sending is under way", 40);
            server.Kill();
        }
        await using (await ServerProcess.StartAsync(app.ConnectionString))
        {
            await Eventually.Async(() => CountAsync("status in ('queued', 'sending')"), count => count == 0, "all have ended", 60);
            await app.Emulator.PostAsync("/faults/release", null);
            await Eventually.Async(() => CountAsync("status not in ('read', 'unknown', 'failed')"), count => count == 0, "the statuses have arrived", 30);
        }

        var ledger = (await app.LedgerAsync()).Select(entry => ((string)entry!["reference"]!).Split('.')[0]).ToList();
        Assert.Equal(ledger.Count, ledger.Distinct().Count());
        Assert.Empty(ledger.Except(queued.Select(id => id.ToString("N"))));
        // What the provider took, it told us about: nothing that was sent stays unknown.
        Assert.Equal(ledger.Count, await CountAsync("status = 'read'"));

        async Task<int> CountAsync(string where)
        {
            await using var connection = new NpgsqlConnection(app.ConnectionString);
            await connection.OpenAsync();
            return await connection.ExecuteScalarAsync<int>($"call enter_tenant(@id); select count(*)::int from messages where direction = 'outbound' and {where}", new { id = tenant.Id });
        }
    }

    static Task<HttpResponseMessage> PostAsync(HttpClient http, ServerProcess server, TestNumber number, string body)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, new Uri(number.WebhookUrl).AbsolutePath)) { Content = new ByteArrayContent(bytes) };
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(number.Secret), bytes)));
        return http.SendAsync(request);
    }
}
