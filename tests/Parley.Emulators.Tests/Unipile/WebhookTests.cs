using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class WebhookTests
{
    [Fact]
    public async Task A_customer_s_message_arrives_flat_with_booleans_and_our_secret()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);

        var said = await unipile.SaysAsync(TestUnipile.Aurora, "Is the blue one in stock?");

        var heard = await unipile.Hook.HearsAsync();
        var json = heard.Json;
        Assert.Equal((TestHook.Secret, "application/x-www-form-urlencoded", "axios/1.7.7"), (heard.Headers["Unipile-Auth"].ToString(), heard.Headers.ContentType.ToString(), heard.Headers.UserAgent.ToString()));
        Assert.Equal(("message_received", TestUnipile.Aurora, "INSTAGRAM"), ((string)json["event"]!, (string)json["account_id"]!, (string)json["account_type"]!));
        Assert.Equal((JsonValueKind.False, JsonValueKind.False, JsonValueKind.Number), (json["is_sender"]!.GetValueKind(), json["is_group"]!.GetValueKind(), json["is_event"]!.GetValueKind()));
        Assert.Equal(("Nora Vale", "100200300400500"), ((string)json["sender"]!["attendee_name"]!, (string)json["sender"]!["attendee_provider_id"]!));
        // The same ids as REST has, and what REST says is there by then.
        var message = await unipile.GetAsync($"messages/{json["message_id"]}");
        Assert.Equal(((string)json["message"]!, (string)json["chat_id"]!, (string)json["timestamp"]!), ((string)message["text"]!, (string)message["chat_id"]!, (string)message["timestamp"]!));
        Assert.Equal(((string)json["provider_message_id"]!, (string)json["sender"]!["attendee_id"]!), ((string)message["provider_id"]!, (string)message["sender_attendee_id"]!));
        Assert.Equal(1, (int)(await unipile.GetAsync($"chats/{said["chat_id"]}"))["unread_count"]!);
        Assert.True((bool)said["delivered"]!);
    }

    [Fact]
    public async Task A_file_arrives_as_an_attachment_of_any_type()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);

        await unipile.PostAsync("/say", new
        {
            provider = "unipile", to = TestUnipile.Aurora, from = "100200300400500", media = new { base64 = Convert.ToBase64String([1, 2, 3]), mime_type = "image/jpeg" },
            attachments = new[] { new { type = "hologram", id = "x", unavailable = false } },
        });

        var attachments = (await unipile.Hook.HearsAsync("message_received"))["attachments"]!.AsArray();
        Assert.Equal(["img", "hologram"], attachments.Select(one => (string)one!["type"]!));
    }

    [Fact]
    public async Task Older_webhooks_write_attachments_as_texts_and_one_as_no_list()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        await unipile.HasFaultsAsync(new() { ["old_webhook_types"] = true });

        await unipile.PostAsync("/say", new { provider = "unipile", to = TestUnipile.Aurora, from = "100200300400500", media = new { base64 = "AQID", mime_type = "image/jpeg" } });

        var attachment = (await unipile.Hook.HearsAsync("message_received"))["attachments"]!.AsObject();
        Assert.Equal(("1080", "false"), ((string)attachment["size"]!["width"]!, (string)attachment["unavailable"]!));
    }

    [Fact]
    public async Task A_webhook_is_made_listed_in_another_shape_and_deleted()
    {
        await using var unipile = await TestUnipile.StartAsync();

        var id = await CreateAsync(unipile, new { request_url = unipile.Hook.Url, source = "messaging", account_ids = new[] { TestUnipile.Aurora }, name = "inbox", headers = new[] { new { key = "Unipile-Auth", value = "mine" }, new { key = "Content-Type", value = "application/json" } } });

        var hook = (await unipile.GetAsync("webhooks"))["items"]!.AsArray().Single()!;
        Assert.Equal((id, "message_received", TestUnipile.Aurora), ((string)hook["id"]!, (string)hook["events"]!.AsArray().Single()!, (string)hook["account_ids"]!.AsArray().Single()!["id"]!));
        Assert.Equal("mine", (string)hook["headers"]![0]!["value"]!);
        await unipile.SaysAsync(TestUnipile.Aurora, "Hello");
        var heard = await unipile.Hook.HearsAsync();
        Assert.Equal(("mine", "application/json", "inbox"), (heard.Headers["Unipile-Auth"].ToString(), heard.Headers.ContentType.ToString(), (string)heard.Json["webhook_name"]!));

        Assert.Equal("WebhookDeleted", (string)(await (await unipile.Api.DeleteAsync($"webhooks/{id}")).JsonAsync())["object"]!);
        await (await unipile.Api.DeleteAsync($"webhooks/{id}")).JsonAsync(404);
        Assert.False((bool)(await unipile.SaysAsync(TestUnipile.Aurora, "Hello?"))["delivered"]!);
    }

    [Fact]
    public async Task One_webhook_hears_of_all_accounts_also_of_later_ones_and_only_what_it_asked_for()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await CreateAsync(unipile, new { request_url = unipile.Hook.Url, source = "messaging", events = new[] { "message_received", "message_deleted" } });
        await unipile.HasDatasetAsync("later", 1, 10);

        var said = await unipile.SaysAsync("later", "Hello");
        foreach (var act in new[] { "edited", "deleted" }) await unipile.PostAsync("/unipile/act", new { act, message_id = (string)said["id"]!, text = "x" });
        await unipile.SaysAsync(TestUnipile.LinkedIn, "Hello");

        Assert.Equal(["message_received", "message_deleted", "message_received"], new[] { await unipile.Hook.HearsAsync(), await unipile.Hook.HearsAsync(), await unipile.Hook.HearsAsync() }.Select(heard => (string)heard.Json["event"]!));
    }

    [Theory]
    [InlineData("""{"source":"messaging"}""", "invalid_url")]
    [InlineData("""{"request_url":"http://127.0.0.1/","source":"pigeons"}""", "invalid_parameters")]
    [InlineData("""{"request_url":"http://127.0.0.1/","source":"messaging","events":["message_sung"]}""", "invalid_parameters")]
    public async Task A_wrong_webhook_is_refused(string body, string type)
    {
        await using var unipile = await TestUnipile.StartAsync();

        Assert.Equal(type, TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync("webhooks", JsonNode.Parse(body))).JsonAsync(400)));
    }

    [Theory]
    [InlineData(201)]
    [InlineData(415)]
    [InlineData(503)]
    public async Task Only_200_counts_and_after_five_retries_the_event_is_lost(int answer)
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        await unipile.HasFaultsAsync(new() { ["retry_pauses_ms"] = new JsonArray(1, 1, 1, 1, 1) });
        unipile.Hook.Answer = answer;

        await unipile.SaysAsync(TestUnipile.Aurora, "Lost");
        for (var i = 0; i < 6; i++) Assert.Equal("Lost", (string)(await unipile.Hook.HearsAsync()).Json["message"]!);
        unipile.Hook.Answer = 200;
        await unipile.SaysAsync(TestUnipile.Aurora, "Next");

        Assert.Equal("Next", (string)(await unipile.Hook.HearsAsync()).Json["message"]!);
        Assert.Empty(unipile.Hook.Rest());
    }

    [Fact]
    public async Task Webhooks_can_be_doubled_dropped_and_held()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);

        await unipile.HasFaultsAsync(new() { ["duplicate_webhooks"] = 1 });
        await unipile.SaysAsync(TestUnipile.Aurora, "Twice");
        Assert.Equal((await unipile.Hook.HearsAsync()).Body, (await unipile.Hook.HearsAsync()).Body);

        await unipile.HasFaultsAsync(new() { ["duplicate_webhooks"] = 0, ["drop_webhooks_next"] = 1 });
        await unipile.SaysAsync(TestUnipile.Aurora, "Never");
        await unipile.HasFaultsAsync(new() { ["hold_webhooks"] = true });
        await unipile.SaysAsync(TestUnipile.Aurora, "Later");
        Assert.Empty(unipile.Hook.Rest());
        Assert.Equal(1, (int)(await unipile.PostAsync("/faults/release", new { }))["released"]!);
        Assert.Equal("Later", (string)(await unipile.Hook.HearsAsync()).Json["message"]!);
    }

    [Fact]
    public async Task An_address_that_registered_and_is_connected_is_told_once()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        await CreateAsync(unipile, new { request_url = unipile.Hook.Url, source = "messaging", name = "registered" });

        await unipile.SaysAsync(TestUnipile.Aurora, "Once");

        Assert.Equal("registered", (string)(await unipile.Hook.HearsAsync()).Json["webhook_name"]!);
        Assert.Empty(unipile.Hook.Rest());
    }

    static async Task<string> CreateAsync(TestUnipile unipile, object hook) => (string)(await (await unipile.Api.PostAsJsonAsync("webhooks", hook)).JsonAsync(201))["webhook_id"]!;
}
