using System.Text.Json.Nodes;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Twilio;

/// <summary>From the queue to Twilio, and back with what became of it.</summary>
public sealed class TwilioSendingTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("sms", "delivered")]
    [InlineData("whatsapp", "read")]
    public async Task An_answer_leaves_once_and_its_ticks_come_back(string channel, string last)
    {
        var (number, conversation) = await TalkingAsync(channel);
        var message = await ReplyAsync(number, conversation, "it is, shall I hold it?");
        await BecomesAsync(number, message, last);
        var sent = Assert.Single(await number.LedgerAsync());
        Assert.Equal(($"{(channel == "sms" ? "" : "whatsapp:")}+15551230000", "it is, shall I hold it?"), ((string)sent["to"]!, (string)sent["text"]!));
        Assert.Equal((string)sent["id"]!, (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["external_message_id"]!);
    }

    [Fact]
    public async Task A_picture_is_fetched_by_twilio_from_an_address_of_ours()
    {
        var (number, conversation) = await TalkingAsync("whatsapp");
        byte[] picture = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 9, 9];
        var upload = await (await number.Tenant.Editor.PostAsync("/api/attachments?file_name=a.png", new ByteArrayContent(picture) { Headers = { ContentType = new("image/png") } })).JsonAsync(201);
        var message = (Guid)(await number.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "image", attachment_id = (Guid)upload["id"]!, content = "our new lamp" }, 202))["id"]!;
        await BecomesAsync(number, message, "read");
        var url = (string)Assert.Single(await number.LedgerAsync())["body"]!["MediaUrl"]!;
        Assert.StartsWith(number.Tenant.App.Address.ToString(), url, StringComparison.Ordinal);
        Assert.Equal(picture, await number.Tenant.App.Http.GetByteArrayAsync(url));
    }

    [Fact]
    public async Task A_template_leaves_with_its_sid_and_variables()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), "whatsapp");
        await number.Tenant.Editor.PostJsonAsync("/api/templates/sync", new { integration_id = number.Id }, 200);
        var message = (Guid)(await number.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+5511987654321", type = "template", template = new { name = "order_shipped", language = "en", variables = new[] { "Ana", "42" } } }, 202))["id"]!;
        await BecomesAsync(number, message, "read");
        var body = Assert.Single(await number.LedgerAsync())["body"]!;
        Assert.Equal(("HX00000000000000000000000000000001", """{"1":"Ana","2":"42"}"""), ((string)body["ContentSid"]!, (string)body["ContentVariables"]!));
    }

    [Fact]
    public async Task An_answer_of_twilios_that_was_lost_is_settled_by_the_status_with_our_reference()
    {
        var (app, number, conversation) = await AloneAsync();
        await using var _ = app;
        await number.SetFaultsAsync(new { provider = "twilio", lose_answer_next = 1 });
        var message = await ReplyAsync(number, conversation, "did this one arrive?");
        await BecomesAsync(number, message, "delivered");
        Assert.Single(await number.LedgerAsync());
    }

    [Fact]
    public async Task An_answer_that_was_lost_without_any_status_is_found_in_the_list_and_never_sent_again()
    {
        var (app, number, conversation) = await AloneAsync();
        await using var _ = app;
        await number.SetFaultsAsync(new { provider = "twilio", lose_answer_next = 1, lose_statuses = true });
        var message = await ReplyAsync(number, conversation, "did this one arrive, without a tick?");
        await BecomesAsync(number, message, "unknown");
        await Eventually.Async(async () =>
        {
            await number.HurryAsync("message.settle");
            return (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["status"]!;
        }, status => status is "sent" or "delivered", "it is found", 30);
        Assert.Equal((string)Assert.Single(await number.LedgerAsync())["id"]!, (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["external_message_id"]!);
    }

    [Fact]
    public async Task What_the_list_does_not_have_stays_unknown_and_is_never_sent_again()
    {
        var (app, number, conversation) = await AloneAsync();
        await using var _ = app;
        await number.SetFaultsAsync(new { provider = "twilio", fail_next = 1, status = 502, code = 0 });
        var message = await ReplyAsync(number, conversation, "the gateway swallowed this one");
        await BecomesAsync(number, message, "unknown");
        await number.HurryAsync("message.settle");
        var next = await ReplyAsync(number, conversation, "and the next one goes its way");
        await BecomesAsync(number, next, "delivered");
        Assert.Equal("unknown", (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["status"]!);
        Assert.Single(await number.LedgerAsync());
    }

    [Fact]
    public async Task When_twilio_says_too_many_the_message_waits_and_leaves_once()
    {
        var (app, number, conversation) = await AloneAsync();
        await using var _ = app;
        await number.SetFaultsAsync(new { provider = "twilio", fail_next = 2, status = 429, code = 20429 });
        var message = await ReplyAsync(number, conversation, "patience is a virtue");
        await BecomesAsync(number, message, "delivered");
        Assert.Single(await number.LedgerAsync());
    }

    [Fact]
    public async Task Statuses_that_come_twice_and_backwards_end_where_they_should()
    {
        var (app, number, conversation) = await AloneAsync();
        await using var _ = app;
        await number.SetFaultsAsync(new { provider = "twilio", reorder_statuses = true, duplicate_statuses = true, statuses_first = true });
        await BecomesAsync(number, await ReplyAsync(number, conversation, "in whatever order"), "delivered");
    }

    [Theory]
    [InlineData("+15005550001", "recipient_unreachable", "21211")]
    [InlineData("+15005550009", "recipient_unreachable", "21614")]
    [InlineData("+15005550003", "rejected", "21408")]
    public async Task What_twilio_refuses_fails_with_its_number_and_words(string to, string failure, string code)
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync());
        var message = (Guid)(await number.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to, type = "text", content = "to a magic number" }, 202))["id"]!;
        await BecomesAsync(number, message, "failed");
        var view = await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}");
        Assert.Equal(code, (string)view["error_code"]!);
        Assert.NotEmpty((string)view["error_message"]!);
        Assert.Equal([failure], await number.ListAsync<string>("select failure_code from messages"));
    }

    [Theory]
    [InlineData("whatsapp", "STOP", "START", "read")]
    [InlineData("whatsapp", "unsubscribe", "Unstop", "read")]
    [InlineData("sms", " Quit ", "YES", "delivered")]
    public async Task Who_says_stop_is_not_written_to_until_they_say_start(string channel, string stop, string start, string last)
    {
        var (number, conversation) = await TalkingAsync(channel);
        await number.PostAsync(number.Text("SM-stop", stop));
        var identity = await IdentityAsync(number);
        Assert.Equal("contact", (string)identity["opted_out_by"]!);
        Assert.NotNull(identity["opted_out_at"]);
        var refused = await ReplyAsync(number, conversation, "just one more thing, please");
        await BecomesAsync(number, refused, "failed");
        Assert.Equal("recipient_opted_out", (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{refused}"))["error_code"]!);
        Assert.Empty(await number.LedgerAsync());

        await number.PostAsync(number.Text("SM-start", start));
        Assert.Null((await IdentityAsync(number))["opted_out_at"]);
        // The old word, once more, changes nothing.
        await number.PostAsync(number.Text("SM-stop", stop));
        Assert.Null((await IdentityAsync(number))["opted_out_at"]);
        await BecomesAsync(number, await ReplyAsync(number, conversation, "welcome back to the shop"), last);
        Assert.Equal(2, (await number.ListAsync<long>("select count(*) from events where type = 'contact.updated'"))[0]);
    }

    [Fact]
    public async Task What_twilio_knows_of_a_stop_is_remembered()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync());
        for (var i = 0; i < 2; i++)
        {
            var message = (Guid)(await number.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+15005550004", type = "text", content = "are you still there?" }, 202))["id"]!;
            await BecomesAsync(number, message, "failed");
            Assert.Equal(i == 0 ? "21610" : "recipient_opted_out", (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["error_code"]!);
        }
        Assert.Equal(["provider"], await number.ListAsync<string>("select opted_out_by from contact_identities"));
    }

    [Fact]
    public async Task Words_around_a_stop_are_no_stop_and_help_is_no_stop_either()
    {
        var (number, _) = await TalkingAsync("sms");
        foreach (var (text, i) in new[] { "please stop the music", "HELP", "cancel my order" }.Select((text, i) => (text, i))) await number.PostAsync(number.Text($"SM-{i}", text));
        Assert.Null((await IdentityAsync(number))["opted_out_at"]);
    }

    static async Task<JsonNode> IdentityAsync(TwilioTestNumber number) =>
        (await number.Tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]!.AsArray().Single()!["identities"]!.AsArray().Single()!;

    async Task<(TwilioTestNumber Number, Guid Conversation)> TalkingAsync(string channel)
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), channel);
        await number.PostAsync(number.Text("SM-first", "is the blue one in stock?"));
        return (number, (Guid)(await number.ConversationsAsync())[0]["id"]!);
    }

    /// <summary>On an emulator of its own, whose faults are nobody else's.</summary>
    async Task<(TestApp App, TwilioTestNumber Number, Guid Conversation)> AloneAsync()
    {
        var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync());
        await number.PostAsync(number.Text("SM-first", "is the blue one in stock?"));
        return (app, number, (Guid)(await number.ConversationsAsync())[0]["id"]!);
    }

    static async Task<Guid> ReplyAsync(TwilioTestNumber number, Guid conversation, string content) =>
        (Guid)(await number.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content }, 202))["id"]!;

    static Task BecomesAsync(TwilioTestNumber number, Guid message, string status) =>
        Eventually.Async(async () => (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["status"]!, seen => seen == status, $"the message is {status}", 40);
}
