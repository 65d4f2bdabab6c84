using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

public sealed class StoppingTests(BotApp bots) : IClassFixture<BotApp>
{
    [Fact]
    public async Task When_a_person_answers_the_bot_is_silent_until_somebody_lets_it_go_on()
    {
        var stage = await bots.HasBotAsync();
        await stage.SaysAsync("Hello");
        await stage.AnsweredAsync();
        await stage.PersonSaysAsync("I take over here.");
        var conversation = await stage.StandsAsync("paused");
        Assert.Equal("person_answered", (string?)conversation["bot_cause"]);
        Assert.Equal("A person answered.", (string?)conversation["bot_reason"]);

        await stage.SaysAsync("Thank you, and the price?");
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());

        Assert.Equal("active", (string?)(await stage.SetAsync("active"))["state"]);
        var answered = await stage.AnsweredAsync(2);
        Assert.Equal(2, answered.Count);
        Assert.Equal("active", (string?)(await stage.ConversationAsync())["bot_state"]);
    }

    [Fact]
    public async Task A_person_who_answers_while_the_model_thinks_is_not_talked_over()
    {
        var stage = await bots.HasBotAsync();
        await stage.FaultsAsync(new { latency_ms = 1500 });
        await stage.SaysAsync("Hello");
        await Eventually.Async(stage.AskedAsync, asked => asked.Count == 1, "the model is asked");
        await stage.PersonSaysAsync("I am here myself.");
        await stage.StandsAsync("paused");
        await stage.QuietAsync();
        Assert.Empty(await stage.BotMessagesAsync());
    }

    [Fact]
    public async Task Somebody_can_pause_it_and_a_viewer_cannot()
    {
        var stage = await bots.HasBotAsync(new { wait_seconds = 1 });
        await stage.SaysAsync("Hello");
        var conversation = (await stage.ConversationAsync())["id"];
        await stage.Tenant.Viewer.PostJsonAsync($"/api/conversations/{conversation}/bot", new { state = "paused" }, 403);
        await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/bot", new { state = "asleep" }, 400);
        await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{Guid.CreateVersion7()}/bot", new { state = "paused" }, 404);
        Assert.Equal("paused", (string?)(await stage.SetAsync("paused"))["state"]);
        await stage.QuietAsync();
        Assert.Empty(await stage.BotMessagesAsync());
        Assert.Equal("team", (string?)(await stage.ConversationAsync())["bot_cause"]);
    }

    [Fact]
    public async Task A_hand_over_word_calls_a_person_and_a_word_that_only_contains_it_does_not()
    {
        var stage = await bots.HasBotAsync(new { hand_over_words = new[] { "human", "talk to a person" } });
        await stage.SaysAsync("Is this humane?");
        await stage.AnsweredAsync();
        await stage.SaysAsync("Can I… TALK to a  person?!");
        var conversation = await stage.StandsAsync("handed_over");
        Assert.Equal("word", (string?)conversation["bot_cause"]);
        Assert.Contains("talk to a person", (string?)conversation["bot_reason"]);
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
        Assert.Single(await stage.AskedAsync());

        // What was handed over is a person's, also when the bot goes on.
        await stage.SetAsync("active");
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
        await stage.SaysAsync("When do you open?");
        await stage.AnsweredAsync(2);
    }

    [Fact]
    public async Task Outside_its_hours_it_rests_and_within_them_it_answers()
    {
        var now = TimeProvider.System.GetUtcNow();
        var today = now.DayOfWeek.ToString()[..3].ToLowerInvariant();
        var other = now.AddDays(3).DayOfWeek.ToString()[..3].ToLowerInvariant();
        var stage = await bots.HasBotAsync(new { hours = new[] { new { days = new[] { other }, from = "00:00", to = "24:00" } }, time_zone = "UTC" });
        await stage.SaysAsync("Are you open?");
        await stage.QuietAsync();
        Assert.Empty(await stage.BotMessagesAsync());
        var conversation = (await stage.ConversationAsync())["id"];
        Assert.Equal("resting", (string?)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/bot"))["state"]);

        await stage.ChangeAsync(new { hours = new[] { new { days = new[] { today, now.AddDays(1).DayOfWeek.ToString()[..3].ToLowerInvariant() }, from = "00:00", to = "24:00" } } });
        await stage.SaysAsync("And now?");
        await stage.AnsweredAsync();
    }

    // An answer is some 250 tokens of instructions, and up to 100 of its own: one fits, two do not.
    const long Room = 480;

    [Fact]
    public async Task Its_last_token_of_the_day_ends_it_for_today_and_its_use_is_told_by_day_and_conversation()
    {
        var stage = await bots.HasBotAsync(new { daily_token_limit = Room, answer_tokens = 100 });
        await stage.SaysAsync("First");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        var day = (await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Number.Id}/bot/usage"))[0]!;
        Assert.Equal(1, (int)day["answers"]!);
        var used = (long)day["prompt_tokens"]! + (long)day["completion_tokens"]!;
        Assert.True(used > 20);
        Assert.Equal(used, (long)(await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Number.Id}/bot"))["tokens_today"]!);
        Assert.Equal(used, (long)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{(await stage.ConversationAsync())["id"]}/bot"))["tokens"]!);

        await stage.SaysAsync("Second");
        Assert.Equal("daily_limit", (string?)(await stage.StandsAsync("handed_over"))["bot_cause"]);
        Assert.Equal(BotStage.Fallback, (string?)(await stage.BotMessagesAsync())[^1]["content"]);
        Assert.Single(await stage.AskedAsync());
    }

    [Fact]
    public async Task Many_answers_at_once_stay_within_the_day_s_limit_together()
    {
        var stage = await bots.HasBotAsync(new { daily_token_limit = Room, answer_tokens = 100 });
        await stage.FaultsAsync(new { latency_ms = 500 });
        for (var n = 0; n < 6; n++) await stage.SaysAsync("Are you open?", from: $"+55119000000{n:00}");
        await stage.QuietAsync();
        Assert.Single(await stage.AskedAsync());
        var bot = await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Number.Id}/bot");
        Assert.InRange((long)bot["tokens_today"]!, 20, Room);
        var states = (await stage.Tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Select(one => (string?)one!["bot_state"]).Order();
        Assert.Equal(["active", .. Enumerable.Repeat("handed_over", 5)], states);
    }

    [Fact]
    public async Task A_conversation_has_a_limit_of_its_own_and_another_goes_on()
    {
        var stage = await bots.HasBotAsync(new { conversation_token_limit = Room, answer_tokens = 100 });
        await stage.SaysAsync("First");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        await stage.SaysAsync("Second");
        Assert.Equal("conversation_limit", (string?)(await stage.StandsAsync("handed_over"))["bot_cause"]);
        await stage.SaysAsync("Me, too", from: "+5521998877665");
        await Eventually.Async(stage.AskedAsync, asked => asked.Count == 2, "the other one is answered");
    }

    [Fact]
    public async Task A_template_that_a_program_sends_does_not_stop_the_bot()
    {
        var stage = await bots.HasBotAsync();
        await stage.SaysAsync("Hello");
        await stage.AnsweredAsync();
        await stage.App.Get<TenantDatabase>().ChangeAsync(stage.Tenant.Id, async change =>
            await Messages.MessageStore.QueueAsync(change, stage.Tenant.Id, Guid.Parse((string)(await stage.ConversationAsync())["id"]!), $"api:{Guid.CreateVersion7()}", new("template", "Your order is on its way."), null, default), default);
        await stage.SaysAsync("Where is it?");
        await stage.AnsweredAsync(2);
        Assert.Equal("active", (string?)(await stage.ConversationAsync())["bot_state"]);
    }
}
