using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

public sealed class AnswerTests(BotApp bots) : IClassFixture<BotApp>
{
    [Fact]
    public async Task A_customer_gets_an_answer_from_the_documents_and_agents_see_where_it_comes_from()
    {
        var stage = await bots.HasBotAsync();
        await stage.KnowsAsync("Opening hours", "# When we are open\n\nWe are open from Tuesday to Sunday, from 8:00 to 18:00.");
        await stage.KnowsAsync("Delivery", "We deliver cakes within Hamburg for 4 euros.");
        await stage.SaysAsync("When are you open on Sunday?");

        var answer = (await stage.AnsweredAsync())[0];
        Assert.Contains("Tuesday to Sunday", (string?)answer["content"]);
        Assert.Equal("Opening hours", (string?)answer["metadata"]!["sources"]![0]!["title"]);
        Assert.Equal("When we are open", (string?)answer["metadata"]!["sources"]![0]!["heading"]);
        await Eventually.Async(stage.BotMessagesAsync, messages => (string?)messages[0]["status"] is "sent" or "delivered" or "read", "the provider has it");

        var request = Assert.Single(await stage.AskedAsync());
        Assert.False((bool)request["stream"]!);
        Assert.Null(request["tools"]);
        Assert.Equal(["system", "user"], request["messages"]!.AsArray().Select(message => (string)message!["role"]!));
        Assert.Equal("When are you open on Sunday?", (string?)request["messages"]![1]!["content"]);
    }

    [Fact]
    public async Task The_conversation_is_its_memory_and_another_customers_is_not()
    {
        var stage = await bots.HasBotAsync();
        await stage.SaysAsync("My name is Ana and I like poppy seed.");
        await stage.AnsweredAsync();
        await stage.SaysAsync("A secret of somebody else", from: "+5521998877665");
        await Eventually.Async(stage.AskedAsync, asked => asked.Count == 2, "the other one is answered, too");
        await stage.QuietAsync();
        await stage.SaysAsync("What did I like?");
        var request = (await Eventually.Async(stage.AskedAsync, asked => asked.Count == 3, "it is asked again"))[2];
        Assert.Equal(["system", "user", "assistant", "user"], request["messages"]!.AsArray().Select(message => (string)message!["role"]!));
        Assert.Contains("poppy seed", request.ToJsonString());
        Assert.DoesNotContain("somebody else", request.ToJsonString());
    }

    [Fact]
    public async Task Two_hundred_messages_at_once_get_one_answer()
    {
        var stage = await bots.HasBotAsync(new { wait_seconds = 1 });
        await stage.App.Emulator.PostJsonAsync("/say", new { provider = "meta", to = stage.Number.PhoneNumberId, from = BotStage.Ana, name = "Ana", text = "and another thing", count = 200 }, 200);
        await stage.AnsweredAsync(seconds: 40);
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
        var messages = Assert.Single(await stage.AskedAsync())["messages"]!.AsArray();
        Assert.Equal(2, messages.Count);
        Assert.Equal(200, ((string)messages[1]!["content"]!).Split('\n').Length);
    }

    [Fact]
    public async Task Who_never_stops_writing_is_answered_all_the_same_and_no_message_stays_unanswered()
    {
        var stage = await bots.HasBotAsync(new { wait_seconds = 1, longest_wait_seconds = 2 });
        await stage.FaultsAsync(new { latency_ms = 300 });
        await stage.SaysAsync("It begins");
        using var ending = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var n = 0; !ending.IsCancellationRequested; n++)
            {
                await stage.SaysAsync($"and {n}");
                await Task.Delay(200);
            }
        });
        await stage.AnsweredAsync();
        ending.Cancel();
        await writing;
        await stage.QuietAsync();
        var said = (await stage.MessagesAsync()).Where(message => (string?)message["direction"] == "inbound").Select(message => (string)message["content"]!);
        var asked = string.Join('\n', (await stage.AskedAsync()).Select(request => (string)request["messages"]!.AsArray()[^1]!["content"]!)).Split('\n');
        Assert.Empty(said.Except(asked));
    }

    [Fact]
    public async Task A_message_that_comes_while_the_model_thinks_is_answered_with_the_ones_before_it_once()
    {
        var stage = await bots.HasBotAsync();
        await stage.FaultsAsync(new { latency_ms = 1500 });
        await stage.SaysAsync("Do you have cake?");
        await Eventually.Async(stage.AskedAsync, asked => asked.Count == 1, "the model is asked");
        await stage.SaysAsync("Without nuts, I mean");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
        Assert.Equal("Do you have cake?\nWithout nuts, I mean", (string?)(await stage.AskedAsync())[1]["messages"]![1]!["content"]);
    }

    [Fact]
    public async Task A_long_answer_comes_in_parts_that_end_with_sentences_in_their_order()
    {
        var stage = await bots.HasBotAsync();
        var sentences = Enumerable.Range(1, 200).Select(n => $"This is sentence number {n} of a long story about the harbour.").ToList();
        await stage.FaultsAsync(new { replies = new[] { string.Join(' ', sentences) } });
        await stage.SaysAsync("Tell me everything");
        var parts = await stage.AnsweredAsync(3);
        Assert.All(parts, part => Assert.True(((string)part["content"]!).Length <= 4096 && ((string)part["content"]!).EndsWith('.')));
        Assert.Equal(string.Join(' ', sentences), string.Join(' ', parts.Select(part => (string)part["content"]!)));
        var ids = parts.ConvertAll(part => Guid.Parse((string)part["id"]!).ToString("N"));
        var sent = await Eventually.Async(async () => (await stage.App.LedgerAsync()).Select(entry => ((string)entry!["reference"]!).Split('.')[0]).Where(ids.Contains).ToList(), sent => sent.Count == ids.Count, "all parts are with the provider");
        Assert.Equal(ids, sent);
    }

    [Fact]
    public async Task What_the_bot_says_passes_the_gate_as_everyones()
    {
        var stage = await bots.HasBotAsync(new { wait_seconds = 2 });
        await stage.SaysAsync("Hello?");
        var contact = (string)(await stage.ConversationAsync())["contact_id"]!;
        await stage.App.Get<Platform.Database.TenantDatabase>().ExecuteAsync(stage.Tenant.Id, "update contacts set status = 'blocked' where tenant_id = @tenant and id = @id", new { id = Guid.Parse(contact) }, default);
        await stage.AnsweredAsync();
        var refused = await Eventually.Async(stage.BotMessagesAsync, messages => (string?)messages[0]["status"] == "failed", "the gate refused it");
        Assert.Equal("recipient_blocked", (string?)refused[0]["failure"]!["code"]);
    }

    [Fact]
    public async Task A_bot_that_is_off_says_nothing_and_what_was_asked_before_it_was_switched_on_is_not_answered()
    {
        var stage = await bots.HasBotAsync(new { is_on = false });
        await stage.SaysAsync("Are you there?");
        Assert.Null((await stage.ConversationAsync())["bot_state"]);
        await stage.ChangeAsync(new { is_on = true });
        Assert.Equal("active", (string?)(await stage.ConversationAsync())["bot_state"]);
        await stage.SaysAsync("And now?");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        var question = (string)Assert.Single(await stage.AskedAsync())["messages"]!.AsArray()[^1]!["content"]!;
        Assert.EndsWith("And now?", question);
    }

    [Fact]
    public async Task Two_nodes_on_one_database_answer_once()
    {
        var stage = await bots.HasBotAsync();
        await using var other = await BotApp.StartAsync(stage.App.ConnectionString);
        for (var n = 0; n < 12; n++) await stage.SaysAsync($"Question {n}", from: $"+55119000000{n:00}");
        await Eventually.Async(async () => (await stage.App.Get<Platform.Database.TenantDatabase>().ListAsync<int>(stage.Tenant.Id, "select count(*)::int from messages where tenant_id = @tenant and author = 'bot'", null, default))[0], count => count >= 12, "all are answered", 30);
        await stage.QuietAsync();
        Assert.Equal(12, (await stage.App.Get<Platform.Database.TenantDatabase>().ListAsync<int>(stage.Tenant.Id, "select count(*)::int from messages where tenant_id = @tenant and author = 'bot'", null, default))[0]);
    }

    [Fact]
    public async Task An_answer_for_a_message_can_be_stored_once_only()
    {
        var stage = await bots.HasBotAsync();
        await stage.SaysAsync("Once?");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        var failure = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => stage.App.Get<Platform.Database.TenantDatabase>().ExecuteAsync(stage.Tenant.Id, """
            insert into bot_answers (tenant_id, id, conversation_id, message_id, outcome, created_at)
            select tenant_id, gen_random_uuid(), conversation_id, message_id, outcome, created_at from bot_answers where tenant_id = @tenant
            """, null, default));
        Assert.Equal(Npgsql.PostgresErrorCodes.UniqueViolation, failure.SqlState);
    }
}
