using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Feed;

public sealed class FeedTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_listener_hears_a_message_with_its_sequence_number_and_content()
    {
        var (tenant, number) = await ConnectedAsync();
        await using var stream = await EventStream.OpenAsync(tenant.Viewer);
        Assert.Equal("ready", (await stream.NextAsync()).Type);
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.1", "live")}]"));
        var heard = await stream.NextAsync();
        Assert.Equal("message.created", heard.Type);
        Assert.Equal("live", (string?)heard.Data["message"]!["content"]);
        Assert.Equal(1, (int)heard.Data["conversation"]!["unread_count"]!);
    }

    [Fact]
    public async Task A_listener_that_comes_back_misses_nothing_and_hears_nothing_twice()
    {
        var (tenant, number) = await ConnectedAsync();
        long last;
        await using (var stream = await EventStream.OpenAsync(tenant.Viewer)) last = (await stream.NextAsync()).Id;
        for (var i = 0; i < 20; i++) await number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.{i}", $"{i}")}]"));
        await using var back = await EventStream.OpenAsync(tenant.Viewer, last);
        var posting = Task.WhenAll(Enumerable.Range(20, 20).Select(i => number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.{i}", $"{i}")}]"))));
        var ids = new List<long>();
        while (ids.Count < 40) ids.Add((await back.NextAsync()).Id);
        await posting;
        Assert.Equal(Enumerable.Range(1, 40).Select(i => last + i), ids);   // no gap, no repetition, in order
    }

    [Fact]
    public async Task A_listener_never_hears_another_tenant()
    {
        var (tenant, _) = await ConnectedAsync();
        var (_, foreign) = await ConnectedAsync();
        await using var stream = await EventStream.OpenAsync(tenant.Viewer);
        await stream.NextAsync();
        await foreign.PostAsync(foreign.Body($"[{TestNumber.TextMessage("wamid.foreign", "secret")}]"));
        await tenant.Admin.PostJsonAsync("/api/integrations", new { provider = "meta", channel = "whatsapp", name = "mine", external_id = "1", credentials = new { access_token = "a", app_secret = "b" } }, 201);
        Assert.Equal("integration.updated", (await stream.NextAsync()).Type);
    }

    [Fact]
    public async Task A_listener_on_one_node_hears_what_happens_on_another()
    {
        var (tenant, number) = await ConnectedAsync();
        await using var other = await TestApp.StartAsync(fixture.App.ConnectionString);
        using var client = other.ClientWithKey(tenant.Viewer.DefaultRequestHeaders.Authorization!.Parameter!);
        await using var stream = await EventStream.OpenAsync(client);
        await stream.NextAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.far", "far")}]"));
        Assert.Equal("far", (string?)(await stream.NextAsync()).Data["message"]!["content"]);
    }

    [Fact]
    public async Task A_place_that_was_never_reached_is_answered_with_a_reset_and_nonsense_with_400()
    {
        var (tenant, _) = await ConnectedAsync();
        await using var stream = await EventStream.OpenAsync(tenant.Viewer, 1_000_000);
        Assert.Equal("reset", (await stream.NextAsync()).Type);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.Add("Last-Event-ID", "nonsense");
        await (await tenant.Viewer.SendAsync(request)).JsonAsync(400);
    }

    [Fact]
    public async Task A_listener_whose_key_is_revoked_hears_no_more_however_busy_the_stream_is()
    {
        var clock = new SkippingClock();
        await using var app = await TestApp.StartAsync(fixture.App.ConnectionString, time: clock);
        var (tenant, number) = await ConnectedAsync(app);
        var made = await tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "robot", role = "viewer" }, 201);
        using var client = app.ClientWithKey((string)made["key"]!);
        await using var revoked = await EventStream.OpenAsync(client);
        await using var kept = await EventStream.OpenAsync(tenant.Viewer);
        await revoked.NextAsync();
        await kept.NextAsync();
        (await tenant.Admin.DeleteAsync($"/api/api-keys/{made["id"]}")).EnsureSuccessStatusCode();
        clock.Skip(TimeSpan.FromSeconds(21));
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.after", "not for them")}]"));
        Assert.Equal("not for them", (string?)(await kept.NextAsync()).Data["message"]!["content"]);
        await Assert.ThrowsAsync<InvalidOperationException>(revoked.NextAsync);
    }

    Task<(TestTenant, TestNumber)> ConnectedAsync() => ConnectedAsync(fixture.App);

    // Connecting reads the account's templates, which is heard too: when it is over there is silence.
    static async Task<(TestTenant, TestNumber)> ConnectedAsync(TestApp app)
    {
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await Eventually.Async(() => tenant.Admin.GetJsonAsync("/api/jobs"), jobs => jobs["items"]!.AsArray().All(job => (string)job!["status"]! == "waiting" && (DateTimeOffset)job["scheduled_at"]! > TimeProvider.System.GetUtcNow().AddMinutes(1)), "the templates are read, until the next hour");
        return (tenant, number);
    }

    sealed record Heard(long Id, string Type, JsonNode Data);

    sealed class EventStream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        public static async Task<EventStream> OpenAsync(HttpClient client, long? last = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
            if (last is not null) request.Headers.Add("Last-Event-ID", last.ToString());
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return new(response.EnsureSuccessStatusCode(), new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        public async Task<Heard> NextAsync()
        {
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            long id = 0;
            var type = "";
            JsonNode data = new JsonObject();
            while (await reader.ReadLineAsync(bound.Token) is { } line)
            {
                if (line.StartsWith("id: ")) id = long.Parse(line[4..]);
                else if (line.StartsWith("event: ")) type = line[7..];
                else if (line.StartsWith("data: ")) data = JsonNode.Parse(line[6..])!;
                else if (line.Length == 0 && type.Length > 0) return new(id, type, data);
            }
            throw new InvalidOperationException("The stream ended.");
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
