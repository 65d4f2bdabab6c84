using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class FaultTests
{
    [Theory]
    [InlineData("too_many_requests", 429)]
    [InlineData("provider_error", 500)]
    [InlineData("no_client_session", 503)]
    [InlineData("request_timeout", 504)]
    public async Task A_route_fails_so_often_and_others_do_not(string kind, int status)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        await unipile.HasRuleAsync("GET /chats/{chat_id}/messages", kind, next: 2, skip: 1);

        await unipile.GetAsync($"chats/{chat}/messages");
        for (var i = 0; i < 2; i++)
        {
            await unipile.GetAsync("chats");
            var error = await unipile.GetAsync($"chats/{chat}/messages", status);
            Assert.Equal((kind, status), (TestUnipile.Type(error), (int)error["status"]!));
        }
        await unipile.GetAsync($"chats/{chat}/messages");
    }

    [Fact]
    public async Task A_rule_can_hold_for_one_chat_or_one_account_for_ever()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var (nora, chloe) = ((string)(await unipile.ChatAsync())["id"]!, (string)(await unipile.ChatAsync(name: "Chloé Martin"))["id"]!);
        await unipile.HasFaultsAsync(new()
        {
            ["rules"] = new JsonArray(new JsonObject { ["id"] = nora, ["kind"] = "provider_error" }, new JsonObject { ["route"] = "GET /chats", ["account_id"] = TestUnipile.LinkedIn, ["kind"] = "no_channel" }),
        });

        for (var i = 0; i < 3; i++)
        {
            await unipile.GetAsync($"chats/{nora}/messages", 500);
            await unipile.GetAsync($"chats?account_id={TestUnipile.LinkedIn}", 503);
        }
        await unipile.GetAsync($"chats/{chloe}/messages");
        await unipile.GetAsync("chats");
    }

    [Fact]
    public async Task A_body_can_be_half_of_itself()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasRuleAsync("GET /chats", "truncated");

        var answer = await unipile.Api.GetAsync("chats");

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.ThrowsAny<JsonException>(() => JsonNode.Parse(answer.Content.ReadAsStringAsync().Result));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("drop")]
    [InlineData("lose_answer")]
    public async Task A_connection_can_end_too_early(string kind)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        await unipile.HasRuleAsync("POST /chats/{chat_id}/messages", kind);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => unipile.SendAsync(chat, "Did it leave?"));

        // In two of these cases it did.
        Assert.Equal(kind == "drop" ? 0 : 1, (await unipile.Controls.GetJsonAsync("/ledger/unipile"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_send_can_be_done_and_never_answered()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        await unipile.HasRuleAsync("POST /chats/{chat_id}/messages", "hang");
        using var impatient = unipile.ClientWith("key");
        impatient.Timeout = TimeSpan.FromMilliseconds(500);

        await Assert.ThrowsAsync<TaskCanceledException>(() => impatient.PostAsync($"chats/{chat}/messages", new FormUrlEncodedContent([new("text", "Hello")])));

        Assert.Single((await unipile.Controls.GetJsonAsync("/ledger/unipile"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_proxy_can_answer_with_a_page()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasRuleAsync("*", "html");

        var answer = await unipile.Api.GetAsync("accounts");

        Assert.Equal((502, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task A_cursor_can_repeat_itself()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var cursor = (string)(await unipile.GetAsync("chats?limit=5"))["cursor"]!;
        await unipile.HasRuleAsync("GET /chats", "repeated_cursor", next: null);

        for (var i = 0; i < 3; i++) Assert.Equal(cursor, (string)(await unipile.GetAsync($"chats?limit=5&cursor={Uri.EscapeDataString(cursor)}"))["cursor"]!);
    }

    [Fact]
    public async Task An_account_can_vanish_in_the_middle_of_a_sync()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chats = (await unipile.GetAsync($"chats?account_id={TestUnipile.Aurora}"))["items"]!.AsArray();
        await unipile.HasRuleAsync("GET /chats/{chat_id}/messages", "vanish", skip: 2);

        await unipile.GetAsync($"chats/{chats[0]!["id"]}/messages");
        await unipile.GetAsync($"chats/{chats[1]!["id"]}/messages");
        await unipile.GetAsync($"chats/{chats[2]!["id"]}/messages", 404);
        await unipile.GetAsync($"chats/{chats[0]!["id"]}/messages", 404);

        Assert.Equal(2, (int)(await unipile.GetAsync("accounts"))["total_count"]!);
    }

    [Fact]
    public async Task A_storm_of_429_says_how_long_it_lasts_when_told_to()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasFaultsAsync(new() { ["rate_limit_per_second"] = 1, ["retry_after"] = 2 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => unipile.Api.GetAsync("chats?limit=1")));

        var refused = answers.First(answer => (int)answer.StatusCode == 429);
        Assert.Equal("2", refused.Headers.GetValues("Retry-After").Single());
        await unipile.Controls.DeleteAsync("/faults?provider=unipile");
        await unipile.GetAsync("chats?limit=1");
    }

    [Fact]
    public async Task Every_answer_can_wait()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasFaultsAsync(new() { ["latency_ms"] = 200 });
        var since = Stopwatch.StartNew();

        await unipile.GetAsync("accounts");

        Assert.True(since.ElapsedMilliseconds >= 190, $"{since.ElapsedMilliseconds} ms");
    }

    [Theory]
    [InlineData("""{"rules":[{"kind":"earthquake"}]}""")]
    [InlineData("""{"earthquake":true}""")]
    [InlineData("""{"message_id":"maybe"}""")]
    [InlineData("""{"reject_recipients":{"1":"earthquake"}}""")]
    [InlineData("""{"rules":"all"}""")]
    public async Task A_fault_that_does_not_exist_is_refused(string faults)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var request = JsonNode.Parse(faults)!;
        request["provider"] = "unipile";

        await unipile.PostAsync("/faults", request, 400);
    }

    [Fact]
    public async Task The_faults_of_one_provider_are_not_another_s()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasFaultsAsync(new() { ["latency_ms"] = 1 });
        await unipile.PostAsync("/faults", new { latency_ms = 2 });

        Assert.Equal(1, (int)(await unipile.Controls.GetJsonAsync("/faults?provider=unipile"))["latency_ms"]!);
        Assert.Equal(2, (int)(await unipile.Controls.GetJsonAsync("/faults"))["latency_ms"]!);
        await unipile.Controls.DeleteAsync("/faults");
        Assert.Equal(0, (int)(await unipile.Controls.GetJsonAsync("/faults?provider=unipile"))["latency_ms"]!);
    }
}
