using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class SendTests
{
    [Theory]
    [InlineData("multipart")]
    [InlineData("urlencoded")]
    [InlineData("json")]
    public async Task A_text_may_come_in_any_of_three_forms(string format)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        using HttpContent body = format switch
        {
            "multipart" => new MultipartFormDataContent { { new StringContent("Olá"), "text" } },
            "urlencoded" => new FormUrlEncodedContent([new("text", "Olá")]),
            _ => JsonContent.Create(new { text = "Olá" }),
        };

        var sent = await (await unipile.Api.PostAsync($"chats/{chat}/messages", body)).JsonAsync(201);

        Assert.Equal("MessageSent", (string)sent["object"]!);
        var message = await unipile.GetAsync($"messages/{sent["message_id"]}");
        Assert.Equal(("Olá", 1, chat), ((string)message["text"]!, (int)message["is_sender"]!, (string)message["chat_id"]!));
        var entry = (await LedgerAsync(unipile)).Single()!;
        Assert.Equal((format, (string)sent["message_id"]!, "Olá"), ((string)entry["format"]!, (string)entry["id"]!, (string)entry["text"]!));
    }

    [Fact]
    public async Task A_sent_message_moves_its_chat_to_the_top_and_reads_it()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync(name: "Jonas Weber");

        await unipile.SendAsync((string)chat["id"]!, "Gerne!");

        var first = (await unipile.GetAsync("chats?limit=1"))["items"]![0]!;
        Assert.Equal(((string)chat["id"]!, 0), ((string)first["id"]!, (int)first["unread_count"]!));
        Assert.EndsWith(".000Z", (string)first["timestamp"]!);
    }

    [Fact]
    public async Task Our_own_message_comes_back_as_a_webhook()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        var chat = await unipile.ChatAsync();

        var sent = await unipile.SendAsync((string)chat["id"]!, "Hello");

        var echo = await unipile.Hook.HearsAsync("message_received");
        Assert.Equal(((string)sent["message_id"]!, true, "Hello"), ((string)echo["message_id"]!, (bool)echo["is_sender"]!, (string)echo["message"]!));
        Assert.Equal((string)echo["account_info"]!["user_id"]!, (string)echo["sender"]!["attendee_provider_id"]!);
        Assert.Equal((string)chat["attendee_provider_id"]!, (string)echo["attendees"]!.AsArray().Single()!["attendee_provider_id"]!);
    }

    [Fact]
    public async Task The_answer_may_have_no_id_a_list_of_one_or_come_after_the_webhook()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        var chat = (string)(await unipile.ChatAsync())["id"]!;

        await unipile.HasFaultsAsync(new() { ["message_id"] = "null" });
        Assert.Null((await unipile.SendAsync(chat, "one"))["message_id"]);
        var echo = await unipile.Hook.HearsAsync("message_received");
        await unipile.HasFaultsAsync(new() { ["message_id"] = "array" });
        Assert.Single((await unipile.SendAsync(chat, "two"))["message_id"]!.AsArray());
        await unipile.Hook.HearsAsync("message_received");
        await unipile.HasFaultsAsync(new() { ["message_id"] = "late" });
        var late = await unipile.SendAsync(chat, "three");

        Assert.Equal("one", (string)echo["message"]!);
        Assert.Equal((string)late["message_id"]!, (string)unipile.Hook.Rest().Single().Json["message_id"]!);
    }

    [Fact]
    public async Task A_message_may_appear_in_the_list_later_than_its_answer()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        await unipile.HasFaultsAsync(new() { ["late_message_next"] = 1, ["late_message_ms"] = 1_500 });

        Assert.Null((await unipile.SendAsync(chat, "Late"))["message_id"]);

        Assert.Empty(await FindAsync());
        for (var i = 0; i < 500 && (await FindAsync()).Count == 0; i++) await Task.Delay(20);
        Assert.Single(await FindAsync());

        async Task<List<JsonNode>> FindAsync() => [.. (await unipile.AllAsync($"chats/{chat}/messages", 100)).Where(message => (string?)message["text"] == "Late")];
    }

    [Fact]
    public async Task Files_travel_under_the_names_of_their_parts_and_no_other()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        byte[] bytes = [1, 2, 3];
        using var form = new MultipartFormDataContent { { File(bytes, "image/png"), "attachments", "a.png" }, { File(bytes, "application/pdf"), "attachments", "b.pdf" }, { File(bytes, "image/png"), "files", "c.png" } };

        var sent = await (await unipile.Api.PostAsync($"chats/{chat}/messages", form)).JsonAsync(201);

        var message = await unipile.GetAsync($"messages/{sent["message_id"]}");
        Assert.Equal(["img", "file"], message["attachments"]!.AsArray().Select(one => (string)one!["type"]!));
        var downloaded = await unipile.Api.GetAsync($"messages/{message["id"]}/attachments/{Uri.EscapeDataString((string)message["attachments"]![1]!["id"]!)}");
        Assert.Equal(("application/pdf", 3), (downloaded.Content.Headers.ContentType!.MediaType, (await downloaded.Content.ReadAsByteArrayAsync()).Length));
        using var none = new MultipartFormDataContent { { File(bytes, "image/png"), "attachments[]", "c.png" } };
        Assert.Equal("missing_parameters", TestUnipile.Type(await (await unipile.Api.PostAsync($"chats/{chat}/messages", none)).JsonAsync(400)));
    }

    [Fact]
    public async Task More_than_25_MiB_are_too_much()
    {
        await using var unipile = await TestUnipile.StartAsync();
        using var form = new MultipartFormDataContent { { File(new byte[26_214_401], "video/mp4"), "attachments", "a.mp4" } };

        Assert.Equal("content_too_large", TestUnipile.Type(await (await unipile.Api.PostAsync($"chats/{(await unipile.ChatAsync())["id"]}/messages", form)).JsonAsync(400)));
    }

    [Fact]
    public async Task A_quote_is_shown_with_what_it_quotes()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;
        var theirs = (await unipile.GetAsync($"chats/{chat}/messages?limit=1"))["items"]![0]!;

        var sent = await (await unipile.Api.PostAsJsonAsync($"chats/{chat}/messages", new { text = "At nine", quote_id = (string)theirs["id"]! })).JsonAsync(201);

        var message = await unipile.GetAsync($"messages/{sent["message_id"]}");
        Assert.Equal(((string)theirs["id"]!, (string)theirs["provider_id"]!), ((string)message["reply_to"]!["id"]!, (string)message["quoted"]!["provider_id"]!));
        Assert.Equal("resource_not_found", TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync($"chats/{chat}/messages", new { text = "x", quote_id = "unknown" })).JsonAsync(404)));
    }

    [Fact]
    public async Task A_send_that_cannot_be_is_refused_and_in_no_ledger()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync();
        var id = (string)chat["id"]!;
        await unipile.HasFaultsAsync(new() { ["max_text"] = 10, ["reject_recipients"] = new JsonObject { [(string)(await unipile.ChatAsync(name: "Chloé Martin"))["attendee_provider_id"]!] = "blocked_recipient" } });

        Assert.Equal("resource_not_found", TestUnipile.Type(await unipile.SendAsync("unknown", "x", 404)));
        Assert.Equal("missing_parameters", TestUnipile.Type(await unipile.SendAsync(id, "", 400)));
        Assert.Equal("too_many_characters", TestUnipile.Type(await unipile.SendAsync(id, "eleven char", 400)));
        Assert.Equal("account_mismatch", TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync($"chats/{id}/messages", new { text = "x", account_id = TestUnipile.LinkedIn })).JsonAsync(403)));
        Assert.Equal("blocked_recipient", TestUnipile.Type(await unipile.SendAsync((string)(await unipile.ChatAsync(name: "Chloé Martin"))["id"]!, "x", 422)));
        Assert.Equal("cant_send_message", TestUnipile.Type(await unipile.SendAsync((string)(await unipile.ChatAsync(name: "Lukas Ribeiro"))["id"]!, "x", 422)));
        Assert.Empty(await LedgerAsync(unipile));
    }

    [Fact]
    public async Task A_chat_is_started_once_with_one_person()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var user = await unipile.GetAsync($"users/new.customer?account_id={TestUnipile.Aurora}");
        var id = (string)user["provider_messaging_id"]!;

        var started = await StartAsync(unipile, "Welcome", id);
        var again = await StartAsync(unipile, "Still there?", id);
        var known = await StartAsync(unipile, "Hi Nora", (string)(await unipile.ChatAsync())["attendee_provider_id"]!);

        Assert.NotEqual((string)user["provider_id"]!, id);
        Assert.Equal("ChatStarted", (string)started["object"]!);
        Assert.Equal((string)started["chat_id"]!, (string)again["chat_id"]!);
        Assert.Equal((string)(await unipile.ChatAsync())["id"]!, (string)known["chat_id"]!);
        Assert.Equal(21, (await unipile.AllAsync($"chats?account_id={TestUnipile.Aurora}", 250)).Count);
        Assert.Equal(2, (await unipile.AllAsync($"chats/{started["chat_id"]}/messages", 250)).Count);
    }

    [Fact]
    public async Task Several_people_are_a_group()
    {
        await using var unipile = await TestUnipile.StartAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent(TestUnipile.WhatsApp), "account_id" }, { new StringContent("33600000001@s.whatsapp.net"), "attendees_ids" }, { new StringContent("33600000002@s.whatsapp.net"), "attendees_ids" },
            { new StringContent("Friday"), "subject" }, { new StringContent("Hello all"), "text" },
        };

        var started = await (await unipile.Api.PostAsync("chats", form)).JsonAsync(201);

        var chat = await unipile.GetAsync($"chats/{started["chat_id"]}");
        Assert.Equal((1, "Friday"), ((int)chat["type"]!, (string)chat["name"]!));
        Assert.Equal(3, (await unipile.GetAsync($"chats/{started["chat_id"]}/attendees"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_chat_with_nobody_is_not_started()
    {
        await using var unipile = await TestUnipile.StartAsync();

        Assert.Equal("missing_parameters", TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync("chats", new { account_id = TestUnipile.Aurora, text = "x" })).JsonAsync(400)));
        Assert.Equal("invalid_recipient", TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync("chats", new { account_id = TestUnipile.Aurora, attendees_ids = new[] { "nobody" }, text = "x" })).JsonAsync(422)));
        Assert.Equal("invalid_recipient", TestUnipile.Type(await unipile.GetAsync($"users/nobody?account_id={TestUnipile.Aurora}", 422)));
    }

    static async Task<JsonNode> StartAsync(TestUnipile unipile, string text, string person) =>
        await (await unipile.Api.PostAsJsonAsync("chats", new { account_id = TestUnipile.Aurora, attendees_ids = new[] { person }, text })).JsonAsync(201);

    static async Task<JsonArray> LedgerAsync(TestUnipile unipile) => (await unipile.Controls.GetJsonAsync("/ledger/unipile"))["items"]!.AsArray();

    static ByteArrayContent File(byte[] bytes, string mimeType)
    {
        var file = new ByteArrayContent(bytes);
        file.Headers.ContentType = MediaTypeHeaderValue.Parse(mimeType);
        return file;
    }
}
