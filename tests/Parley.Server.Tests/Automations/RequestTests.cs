using Microsoft.AspNetCore.Http;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>Requests to somebody else: what is sent, what is kept of it, how often, and where not.</summary>
public sealed class RequestTests(ParleyFixture fixture)
{
    const string Secret = "Bearer planted-secret-of-the-shop";

    static object Request(string url, object? json = null, object? headers = null, int tries = 3) => new { type = "http_request", config = new { url, json = json ?? new { order = "{{trigger.data.order}}" }, headers = headers ?? new { Authorization = Secret }, tries } };

    [Fact]
    public async Task A_request_is_filled_in_answered_and_used_and_no_secret_is_kept()
    {
        Planted.Add(Secret["Bearer ".Length..]);
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        await using var receiver = await Receiver.StartAsync();
        string? authorization = null, key = null, path = null;
        receiver.Answer = (_, http) =>
        {
            (authorization, key, path) = (http.Request.Headers.Authorization.ToString(), http.Request.Headers["Idempotency-Key"].ToString(), http.Request.Path + http.Request.QueryString);
            return http.Response.WriteAsync("{\"id\":\"A-1\",\"echo\":\"" + authorization + "\"}");
        };
        var id = await stage.HasAsync("api", [Request(receiver.Url("/orders?q={{trigger.data.order}}"), new { order = "{{trigger.data.order}}", n = 1 }), new { type = "http_request", config = new { url = receiver.Url("/{{steps.1.json.id}}"), json = new { } } }]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { data = new { order = "a&b=\"c\"" } }, 202);
        var run = await stage.RunAsync(id);
        Assert.Equal("/orders", receiver.All[0].Path);
        Assert.Equal("a&b=\"c\"", (string)receiver.All[0].Json["order"]!);
        Assert.Equal("/A-1", path);
        Assert.Equal("", authorization);
        Assert.Equal($"{(Guid)run["id"]!:N}-2", key);
        Assert.Equal("[redacted]", (string)run["steps"]![0]!["result"]!["json"]!["echo"]!);

        // Nowhere that anybody looks.
        foreach (var table in new[] { "automations", "automation_versions", "automation_runs", "automation_steps", "audit_logs" })
            Assert.DoesNotContain(await stage.ListAsync<string>($"select x::text from {table} x where tenant_id = @tenant"), row => row.Contains("planted-secret"));
        var shown = await stage.ShowAsync(id);
        Assert.DoesNotContain("planted-secret", shown.ToJsonString());
        Assert.DoesNotContain("?q=", shown.ToJsonString());   // a viewer
        Assert.Contains("?q=", (await stage.Tenant.Admin.GetJsonAsync($"/api/automations/{id}")).ToJsonString());

        // What is shown can be sent back, to the same host only.
        var hidden = (string)shown["actions"]![0]!["config"]!["headers"]!["authorization"]!;
        Assert.StartsWith("********", hidden);
        foreach (var (url, kept) in new[] { (receiver.Url("/again"), Secret), (receiver.Url("/again").Replace("127.0.0.1", "localhost"), "") })
        {
            await stage.PatchAsync(id, new { actions = new[] { Request(url, headers: new { Authorization = hidden }, tries: 1) } });
            authorization = null;
            await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { data = new { order = "x" } }, 202);
            await stage.RunsAsync(id, runs => runs.All(AutomationStage.IsOver), "it is over");
            Assert.Equal(kept, authorization ?? "");
        }
    }

    [Fact]
    public async Task A_secret_in_an_address_is_for_admins_and_one_that_is_repeated_is_hidden_however_it_is_written()
    {
        const string key = "pla\"nted/se<cret";
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        await using var receiver = await Receiver.StartAsync();
        string[] writings = ["pla\\\"nted/se<cret", "pla\\\"nted\\/se<cret", "pla\\u0022nted/se\\u003Ccret", "pla%22nted%2Fse%3Ccret", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(key))];
        receiver.Answer = (_, http) => http.Response.WriteAsync($"[{string.Join(',', writings.Select(one => $"\"{one}\""))}]");
        var id = await stage.HasAsync("api", [Request(receiver.Url("/services/T0/planted-path?k=1"), headers: new Dictionary<string, string> { ["X-Key"] = key })]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { data = new { order = "1" } }, 202);
        var run = await stage.RunAsync(id);
        Assert.Equal(writings.Select(_ => "[redacted]"), run["steps"]![0]!["result"]!["json"]!.AsArray().Select(one => (string)one!));
        var tried = await stage.Tenant.Editor.PostJsonAsync("/api/automations/dry-run", new { automation_id = id, data = new { order = "1" } }, 200);
        foreach (var shown in new[] { run["steps"]![0]!["input"]!, tried["steps"]![0]!["input"]!, (await stage.ShowAsync(id))["actions"]![0]!["config"]! })
            Assert.Equal(receiver.Url("/…"), (string)shown["url"]!);
        Assert.EndsWith("/services/T0/planted-path?…", (string)(await stage.Tenant.Admin.GetJsonAsync($"/api/automation-runs/{run["id"]}"))["steps"]![0]!["input"]!["url"]!);
    }

    [Fact]
    public async Task What_fails_for_a_while_is_tried_again_with_the_same_key_then_given_up_and_can_be_replayed()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture);
        await using var receiver = await Receiver.StartAsync();
        var keys = new List<string>();
        receiver.Answer = (_, http) => { lock (keys) keys.Add(http.Request.Headers["Idempotency-Key"].ToString()); http.Response.StatusCode = 503; return Task.CompletedTask; };
        var id = await stage.HasAsync("api", [Request(receiver.Url())]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { data = new { order = "1" } }, 202);
        foreach (var pause in new[] { 5, 30 })
        {
            var waits = await stage.RunsAsync(id, runs => runs is [{ } run] && (string)run["status"]! == "waiting" && (DateTimeOffset?)run["resume_at"] > stage.Clock!.GetUtcNow(), "it waits");
            Assert.Equal("It answered 503. It is tried again.", (string)waits[0]["reason"]!);
            stage.Skip(TimeSpan.FromSeconds(pause + 1));
        }
        var run = await stage.RunAsync(id, "failed");
        Assert.Equal((3, "It answered 503."), ((int)run["steps"]![0]!["attempts"]!, (string)run["steps"]![0]!["error"]!));
        Assert.Equal(3, keys.Count);
        Assert.Single(keys.Distinct());

        receiver.Answer = (_, _) => Task.CompletedTask;
        await stage.Tenant.Editor.PostJsonAsync($"/api/automation-runs/{run["id"]}/replay", null, 202);
        await stage.RunAsync(id);
        // What is the caller's own mistake is not repeated.
        receiver.Answer = (_, http) => { http.Response.StatusCode = 400; return Task.CompletedTask; };
        var before = receiver.All.Count;
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{id}/runs", new { data = new { order = "1" } }, 202);
        await stage.RunsAsync(id, 2);
        Assert.Equal(before + 1, receiver.All.Count);
    }

    [Fact]
    public async Task No_address_inside_is_called_however_it_is_written_and_wherever_it_comes_from()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture, settings: []);
        await using var sentinel = await Receiver.StartAsync();
        var port = new Uri(sentinel.Url()).Port;
        string[] hosts = ["127.0.0.1", "localhost", "localhost.", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "①②⑦.⓪.⓪.①", "127。0。0。1"];
        // Written in the definition, and given by whoever starts it.
        var given = await stage.HasAsync("api", [new { type = "http_request", config = new { url = "{{trigger.data.url}}", json = new { x = 1 }, tries = 1 } }]);
        foreach (var host in hosts) await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{given}/runs", new { data = new { url = $"http://{host}:{port}/hook" } }, 202);
        foreach (var odd in new[] { "file:///etc/passwd", $"gopher://127.0.0.1:{port}/_x", $"http://user@127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data/", "//x" }) await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{given}/runs", new { data = new { url = odd } }, 202);
        var written = await stage.HasAsync("api", [.. hosts.Take(10).Select(host => new { type = "http_request", config = new { url = $"http://{host}:{port}/hook", json = new { x = 1 }, tries = 1 }, on_error = "continue" })]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/automations/{written}/runs", new { }, 202);
        var runs = await stage.RunsAsync(given, hosts.Length + 5, 120);
        Assert.All(runs, run => Assert.Equal("failed", (string)run["status"]!));
        Assert.All(AutomationStage.StatusesOf(await stage.RunAsync(written, "succeeded", 120)), status => Assert.Equal("failed", status));
        Assert.Empty(sentinel.All);
    }

    [Fact]
    public async Task Headers_are_not_taken_for_a_host_that_whoever_calls_names()
    {
        await using var stage = await AutomationStage.StartAloneAsync(fixture, settings: []);
        foreach (var url in new[] { "{{trigger.data.url}}", "https://{{trigger.data.host}}/orders" })
            await stage.Tenant.Admin.PostJsonAsync("/api/automations", new { name = "x", trigger = new { type = "api" }, actions = new[] { Request(url) } }, 400);
    }
}
