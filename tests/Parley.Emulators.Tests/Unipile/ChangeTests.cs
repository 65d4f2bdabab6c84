using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class ChangeTests
{
    [Theory]
    [InlineData(TestUnipile.Aurora, "Nora Vale", 501, 4)]
    [InlineData(TestUnipile.WhatsApp, "Marta Lopes", 200, 0)]
    [InlineData(TestUnipile.LinkedIn, "Elena Rossi", 200, 0)]
    public async Task Reading_can_be_told_where_the_network_can(string account, string name, int status, int unread)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync(account, name);

        var answer = await (await unipile.Api.PatchAsJsonAsync($"chats/{chat["id"]}", new { action = "setReadStatus", value = true })).JsonAsync(status);

        Assert.Equal(status == 200 ? "ChatPatched" : "errors/feature_not_implemented", (string?)answer["object"] ?? (string?)answer["type"]);
        Assert.Equal(unread, (int)(await unipile.GetAsync($"chats/{chat["id"]}"))["unread_count"]!);
    }

    [Theory]
    [InlineData("""{"action":"setUnreadStatus","value":true}""", "invalid_action")]
    [InlineData("""{"action":"setReadStatus"}""", "missing_parameters")]
    [InlineData("""{"action":"setReadStatus","value":"yes"}""", "invalid_parameters")]
    [InlineData("""{"value":true}""", "missing_parameters")]
    public async Task A_wrong_action_is_refused(string body, string type)
    {
        await using var unipile = await TestUnipile.StartAsync();

        Assert.Equal(type, TestUnipile.Type(await (await unipile.Api.PatchAsJsonAsync($"chats/{(await unipile.ChatAsync())["id"]}", JsonNode.Parse(body))).JsonAsync(400)));
    }

    [Fact]
    public async Task Our_message_is_edited_reacted_to_and_deleted_where_the_network_can()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.WhatsApp);
        var chat = (string)(await unipile.ChatAsync(TestUnipile.WhatsApp, "Marta Lopes"))["id"]!;
        var id = (string)(await unipile.SendAsync(chat, "Helo"))["message_id"]!;

        await (await unipile.Api.PatchAsJsonAsync($"messages/{id}", new { text = "Hello" })).JsonAsync();
        Assert.True((bool)(await (await unipile.Api.PostAsJsonAsync($"messages/{id}/reaction", new { reaction = "👍" })).JsonAsync(201))["success"]!);
        Assert.Equal("MessageDeleted", (string)(await (await unipile.Api.DeleteAsync($"messages/{id}")).JsonAsync())["object"]!);

        var message = await unipile.GetAsync($"messages/{id}");
        Assert.Equal(("Hello", 1, 1, "👍"), ((string)message["text"]!, (int)message["edited"]!, (int)message["deleted"]!, (string)message["reactions"]![0]!["value"]!));
        Assert.Equal(["edit", "reaction", "delete"], (await unipile.Controls.GetJsonAsync("/ledger/unipile/actions"))["items"]!.AsArray().Select(entry => (string)entry!["action"]!));
        Assert.Equal("Hello", (string)(await unipile.Hook.HearsAsync("message_edited"))["message"]!);
    }

    [Fact]
    public async Task On_instagram_and_to_what_others_wrote_nothing_can_be_changed()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var ours = (string)(await unipile.SendAsync((string)(await unipile.ChatAsync())["id"]!, "Hello"))["message_id"]!;
        var theirs = (string)(await unipile.GetAsync($"chats/{(await unipile.ChatAsync(TestUnipile.WhatsApp, "Marta Lopes"))["id"]}/messages"))["items"]![0]!["id"]!;

        Assert.Equal("feature_not_implemented", TestUnipile.Type(await (await unipile.Api.PatchAsJsonAsync($"messages/{ours}", new { text = "x" })).JsonAsync(501)));
        Assert.Equal("feature_not_implemented", TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync($"messages/{ours}/reaction", new { reaction = "👍" })).JsonAsync(501)));
        Assert.Equal("feature_not_implemented", TestUnipile.Type(await (await unipile.Api.DeleteAsync($"messages/{ours}")).JsonAsync(501)));
        Assert.Equal("invalid_message", TestUnipile.Type(await (await unipile.Api.PatchAsJsonAsync($"messages/{theirs}", new { text = "x" })).JsonAsync(422)));
    }

    [Fact]
    public async Task What_the_other_side_does_is_told_and_can_be_read_again()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        var chat = await unipile.ChatAsync();
        var (nora, id) = ((string)chat["attendee_provider_id"]!, (string)(await unipile.SendAsync((string)chat["id"]!, "Hello"))["message_id"]!);

        await ActAsync(unipile, id, "read");
        await ActAsync(unipile, id, "reaction", "❤️");
        var theirs = (string)(await unipile.SaysAsync(TestUnipile.Aurora, "Helo", nora))["id"]!;
        await unipile.PostAsync("/unipile/act", new { act = "edited", message_id = theirs, text = "Hello" });
        await ActAsync(unipile, theirs, "deleted");

        Assert.Equal(nora, (string)(await unipile.Hook.HearsAsync("message_read"))["read_by"]!["attendee_provider_id"]!);
        var reaction = await unipile.Hook.HearsAsync("message_reaction");
        Assert.Equal((id, "❤️", nora), ((string)reaction["message_id"]!, (string)reaction["reaction"]!, (string)reaction["reaction_sender"]!["attendee_provider_id"]!));
        Assert.Equal("Hello", (string)(await unipile.Hook.HearsAsync("message_edited"))["message"]!);
        Assert.Equal(theirs, (string)(await unipile.Hook.HearsAsync("message_deleted"))["message_id"]!);
        var ours = await unipile.GetAsync($"messages/{id}");
        Assert.Equal((1, true, "❤️"), ((int)ours["seen"]!, ours["seen_by"]![nora] is not null, (string)ours["reactions"]![0]!["value"]!));
        var gone = await unipile.GetAsync($"messages/{theirs}");
        Assert.Equal((1, 1, "Hello"), ((int)gone["deleted"]!, (int)gone["edited"]!, (string)gone["text"]!));
    }

    [Fact]
    public async Task A_change_of_the_generated_past_stays_and_moves_no_time()
    {
        await using var unipile = await TestUnipile.StartAsync("acc");
        await unipile.HasDatasetAsync("acc", 1, 300);
        var chat = (string)(await unipile.GetAsync("chats?account_id=acc"))["items"]![0]!["id"]!;
        var old = (await unipile.AllAsync($"chats/{chat}/messages", 250))[280];

        await unipile.PostAsync("/unipile/act", new { act = "edited", message_id = (string)old["id"]!, text = "Changed", silent = true });

        var now = (await unipile.AllAsync($"chats/{chat}/messages", 250))[280];
        Assert.Equal(("Changed", (string)old["timestamp"]!), ((string)now["text"]!, (string)now["timestamp"]!));
        Assert.Empty(unipile.Hook.Rest());
    }

    [Fact]
    public async Task A_chat_read_on_the_phone_is_read()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync())["id"]!;

        await unipile.PostAsync("/unipile/act", new { act = "chat_read", chat_id = chat });

        Assert.Equal(0, (int)(await unipile.GetAsync($"chats/{chat}"))["unread_count"]!);
    }

    static Task<JsonNode> ActAsync(TestUnipile unipile, string id, string act, string? emoji = null) => unipile.PostAsync("/unipile/act", new { act, message_id = id, emoji });
}
