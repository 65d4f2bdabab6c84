using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Bot.Model;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Twilio;

/// <summary>The documented system: people write to a Twilio number, and a language model answers.</summary>
public sealed class TwilioBotTests(ParleyFixture fixture)
{
    const string Ana = "+5511987654321";

    [Theory]
    [InlineData("whatsapp")]
    [InlineData("sms")]
    public async Task A_long_answer_leaves_in_parts_that_twilio_takes(string channel)
    {
        await using var app = await StartAsync();
        var number = await HasBotAsync(app, channel);
        var story = string.Join(' ', Enumerable.Range(1, 60).Select(n => $"This is sentence number {n} of a long story about the harbour."));
        await app.Emulator.PostJsonAsync("/faults", new { provider = "openai", replies = new[] { story } }, 200);
        await number.SayAsync(Ana, "Tell me everything", "Ana");
        var sent = await Eventually.Async(number.LedgerAsync, sent => sent.Length == 3, "all parts are with Twilio", 30);
        Assert.All(sent, part => Assert.InRange(((string)part["text"]!).Length, 1, 1600));
        Assert.Equal(story, string.Join(' ', sent.Select(part => (string)part["text"]!)));
    }

    [Fact]
    public async Task On_whatsapp_a_yes_and_a_cancel_are_words_to_the_bot_and_a_stop_is_not()
    {
        await using var app = await StartAsync();
        var number = await HasBotAsync(app, "whatsapp");
        foreach (var (word, answers) in new[] { ("yes", 1), ("Cancel", 2), ("END", 3), ("help", 4) })
        {
            await number.SayAsync(Ana, word);
            await Eventually.Async(number.LedgerAsync, sent => sent.Length == answers, $"“{word}” is answered", 30);
        }
        Assert.Equal([0L], await number.ListAsync<long>("select count(*) from contact_identities where opted_out_at is not null"));
        await number.SayAsync(Ana, "STOP");
        await SilentAsync(number, 5);
        Assert.Equal([1L], await number.ListAsync<long>("select count(*) from contact_identities where opted_out_at is not null"));
        Assert.Equal([4L], await number.ListAsync<long>("select count(*) from messages where author = 'bot'"));
    }

    [Fact]
    public async Task On_sms_the_words_that_twilio_itself_acts_on_are_not_for_the_bot()
    {
        await using var app = await StartAsync();
        var number = await HasBotAsync(app, "sms");
        foreach (var word in new[] { "HELP", "cancel", "YES" }) await number.SayAsync(Ana, word);
        await SilentAsync(number, 3);
        Assert.Empty(await number.ListAsync<string>("select content from messages where author = 'bot'"));
        await number.SayAsync(Ana, "And when are you open?");
        await Eventually.Async(number.LedgerAsync, sent => sent.Length == 1, "the question is answered", 30);
    }

    [Theory]
    [InlineData("database", true)]
    [InlineData("memory", true)]
    [InlineData("database", false)]
    public async Task The_documented_environment_alone_connects_the_number_and_its_bot_answers_with_a_key_for_the_model(string storage, bool hasKey)
    {
        await using var outside = await StartAsync();   // plays Twilio and the model
        var settings = new Dictionary<string, string?>
        {
            ["STORAGE_BACKEND"] = storage, ["TWILIO_ACCOUNT_SID"] = "AC00000000000000000000000000000001", ["TWILIO_AUTH_TOKEN"] = "token-of-the-environment", ["TWILIO_WHATSAPP_NUMBER"] = "+14155238886",
            ["TWILIO_BASE_URL"] = new Uri(outside.Emulator.BaseAddress!, "/twilio").ToString(), ["OPENAI_BASE_URL"] = new Uri(outside.Emulator.BaseAddress!, "/openai/v1").ToString(),
        };
        if (hasKey) settings["OPENAI_API_KEY"] = "sk-of-the-environment";
        Planted.Add("token-of-the-environment");
        Planted.Add("sk-of-the-environment");
        var database = await fixture.CloneDatabaseAsync();
        Guid tenant;
        await using (var first = await TestApp.StartAsync(database)) tenant = (await first.NewTenantAsync()).Id;
        await using var app = await TestApp.StartAsync(database, settings: settings);
        var viewer = await app.ClientAsync(tenant, "viewer");
        var account = (await Eventually.Async(async () => (await viewer.GetJsonAsync("/api/integrations"))["items"]!.AsArray(), items => items.Count == 1, "the number is connected", 30))[0]!;
        var bot = await Eventually.Async(() => viewer.GetJsonAsync($"/api/integrations/{account["id"]}/bot"), bot => (bool)bot["is_on"]! == hasKey, "the bot is as the environment says", 30);
        Assert.Equal(hasKey, (bool)bot["is_on"]!);
        if (!hasKey) return;

        await outside.Emulator.PostJsonAsync("/connect", new { provider = "twilio", external_id = "whatsapp:+14155238886", webhook_url = new Uri(app.Address, $"/webhooks/twilio/{account["id"]}"), secret = "token-of-the-environment" }, 200);
        await outside.Emulator.PostJsonAsync("/say", new { provider = "twilio", to = "whatsapp:+14155238886", from = Ana, name = "Ana", text = "What is Apache Spark?" }, 200);
        await Eventually.Async(async () => (await outside.Emulator.GetJsonAsync("/ledger/twilio"))["items"]!.AsArray().Count(sent => (string)sent!["to"]! == $"whatsapp:{Ana}"), count => count == 1, "the bot answered through Twilio", 40);

        // Who switches it off has the last word, also after another start.
        var admin = await app.ClientAsync(tenant, "admin");
        await (await admin.PutAsJsonAsync($"/api/integrations/{account["id"]}/bot", new { is_on = false })).JsonAsync();
        Assert.Null(await app.Get<Integrations.ConnectTwilio>().RunOnceAsync(default));
        Assert.False((bool)(await viewer.GetJsonAsync($"/api/integrations/{account["id"]}/bot"))["is_on"]!);
    }

    async Task<TestApp> StartAsync() => await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), services: services => services.AddSingleton(new ModelPatience(3, TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(5))));

    static async Task<TwilioTestNumber> HasBotAsync(TestApp app, string channel)
    {
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync(), channel);
        await (await number.Tenant.Admin.PutAsJsonAsync($"/api/integrations/{number.Id}/bot", new { is_on = true, base_url = new Uri(app.Emulator.BaseAddress!, "/openai/v1").ToString(), wait_seconds = 0.1 })).JsonAsync();
        return number;
    }

    // All that came is read, and no turn is open.
    static Task SilentAsync(TwilioTestNumber number, int received) => Eventually.Async(() => number.ListAsync<bool>("""
        select (select count(*) = @received from messages where direction = 'inbound') and not exists (select 1 from scheduled_jobs where type = 'bot.answer')
            and not exists (select 1 from bot_cursors c join feed_heads h on h.tenant_id = c.tenant_id where h.seq > c.seq)
        """, new { received }), seen => seen.Count == 1 && seen[0], "the bot has nothing left to do", 30);
}
