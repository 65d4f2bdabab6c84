using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

public sealed class ModelTroubleTests(BotApp bots) : IClassFixture<BotApp>
{
    [Theory]
    [InlineData("""{"fail_next":2,"status":503}""")]
    [InlineData("""{"fail_next":1,"status":429,"code":"rate_limit_exceeded","retry_after":"1"}""")]
    [InlineData("""{"fail_next":1,"status":502,"html_next":1}""")]
    [InlineData("""{"empty_next":2}""")]
    [InlineData("""{"no_choices_next":1}""")]
    [InlineData("""{"malformed_next":1}""")]
    [InlineData("""{"cut_next":1}""")]
    [InlineData("""{"tool_call_next":1}""")]
    public async Task What_passes_is_waited_for_and_the_customer_gets_one_answer(string faults)
    {
        var stage = await bots.HasBotAsync();
        await stage.FaultsAsync(System.Text.Json.Nodes.JsonNode.Parse(faults)!);
        await stage.SaysAsync("Hello");
        var answer = (await stage.AnsweredAsync(seconds: 40))[0];
        Assert.Contains("Hello", (string?)answer["content"]);
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
        Assert.Equal("active", (string?)(await stage.ConversationAsync())["bot_state"]);
    }

    [Theory]
    [InlineData("""{"fail_next":99,"status":500}""", 3)]
    [InlineData("""{"fail_next":99,"status":429,"retry_after":"3600"}""", 1)]
    [InlineData("""{"fail_next":99,"status":429,"code":"insufficient_quota"}""", 1)]
    [InlineData("""{"fail_next":99,"status":500,"should_retry":"false"}""", 1)]
    [InlineData("""{"empty_next":99}""", 3)]
    [InlineData("""{"refuse_next":99}""", 1)]
    [InlineData("""{"filter_next":99}""", 1)]
    [InlineData("""{"hang_next":99}""", 3)]
    public async Task What_does_not_pass_ends_in_one_last_sentence_and_a_person(string faults, int tries)
    {
        var stage = await bots.HasBotAsync(new { timeout_seconds = 1 });
        await stage.FaultsAsync(System.Text.Json.Nodes.JsonNode.Parse(faults)!);
        await stage.SaysAsync("Anybody?");
        var conversation = await stage.StandsAsync("handed_over");
        Assert.Equal("model_failed", (string?)conversation["bot_cause"]);
        Assert.EndsWith(".", (string?)conversation["bot_reason"]);
        Assert.Equal(BotStage.Fallback, (string?)Assert.Single(await stage.BotMessagesAsync())["content"]);
        Assert.Equal(tries, (await stage.AskedAsync()).Count);

        await stage.SaysAsync("Hello??");
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
    }

    [Fact]
    public async Task A_refused_key_is_told_on_the_settings_until_it_works_again()
    {
        var stage = await bots.HasBotAsync(new { api_key = "bad" });
        await stage.SaysAsync("Hello");
        await stage.StandsAsync("handed_over");
        var bot = await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Number.Id}/bot");
        Assert.Contains("refused the key", (string?)bot["last_error"]);
        Assert.Null((await stage.ChangeAsync(new { api_key = "sk-of-the-test-bot" }))["last_error"]);
    }

    [Fact]
    public async Task An_answer_that_was_cut_off_ends_with_its_last_whole_sentence()
    {
        var stage = await bots.HasBotAsync(new { answer_tokens = 16 });
        await stage.FaultsAsync(new { enforce_limit = true, replies = new[] { "We open at eight o’clock. We close at six in the evening, except in winter." } });
        await stage.SaysAsync("When do you open?");
        Assert.Equal("We open at eight o’clock.", (string?)(await stage.AnsweredAsync())[0]["content"]);
    }

    [Fact]
    public async Task A_server_that_does_not_tell_tokens_is_counted_by_estimate()
    {
        var stage = await bots.HasBotAsync();
        await stage.FaultsAsync(new { no_usage = true });
        await stage.SaysAsync("Hello");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        Assert.True((long)(await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Number.Id}/bot"))["tokens_today"]! > 20);
    }
}
