using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class AccessTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("bad")]
    public async Task Without_a_good_key_nothing_is_answered(string? key)
    {
        await using var unipile = await TestUnipile.StartAsync();
        using var stranger = unipile.ClientWith(key);

        foreach (var path in new[] { "chats", "nothing" })
        {
            var answer = await stranger.GetAsync(path);
            Assert.Equal("""{"status":401,"type":"errors/missing_credentials","title":"Missing credentials"}""", await answer.Content.ReadAsStringAsync());
            Assert.Equal((401, "application/json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        }
        Assert.Equal(0, (int)(await unipile.CallsAsync())["total"]!);
    }

    [Fact]
    public async Task One_key_can_be_the_only_one()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasFaultsAsync(new() { ["api_key"] = "mine" });

        await unipile.GetAsync("chats", 401);
        using var mine = unipile.ClientWith("mine");
        await mine.GetJsonAsync("chats");
    }

    [Fact]
    public async Task What_does_not_exist_is_a_404_in_the_same_shape()
    {
        await using var unipile = await TestUnipile.StartAsync();

        foreach (var path in new[] { "nothing", "chats/unknown", "chats/unknown/messages", "messages/unknown", "accounts/unknown", "chat_attendees/unknown", "chats?account_id=unknown", "messages?account_id=unknown", "messages?sender_id=unknown" })
            Assert.Equal("resource_not_found", TestUnipile.Type(await unipile.GetAsync(path, 404)));
    }

    [Fact]
    public async Task The_demo_has_an_instagram_account_with_twenty_chats()
    {
        await using var unipile = await TestUnipile.StartAsync();

        var accounts = await unipile.GetAsync("accounts");
        var account = accounts["items"]!.AsArray().Single(account => (string)account!["type"]! == "INSTAGRAM")!;

        Assert.Equal((3, 3), ((int)accounts["total_count"]!, (int)accounts["status_counts"]!["OK"]!));
        Assert.Equal(("cafe.aurora", "OK"), ((string)account["connection_params"]!["im"]!["username"]!, (string)account["sources"]![0]!["status"]!));
        var chats = (await unipile.GetAsync($"chats?account_id={account["id"]}"))["items"]!.AsArray();
        Assert.Equal(20, chats.Count);
        Assert.Contains(chats, chat => (int)chat!["type"]! == 1);
        Assert.Contains(chats, chat => (string)chat!["folder"]![0]! == "PENDING");
        Assert.Contains(chats, chat => (int)chat!["unread_count"]! > 0);
    }

    [Fact]
    public async Task Pages_of_accounts_go_through_all_of_them()
    {
        await using var unipile = await TestUnipile.StartAsync();

        Assert.Equal([TestUnipile.Aurora, TestUnipile.WhatsApp, TestUnipile.LinkedIn], (await unipile.AllAsync("accounts", 1)).Select(account => (string)account["id"]!));
    }

    [Fact]
    public async Task Calls_are_counted_by_route_and_account_and_can_be_forgotten()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync();
        await unipile.GetAsync($"chats/{chat["id"]}/messages");
        await unipile.GetAsync($"chats?account_id={TestUnipile.LinkedIn}");

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"GET /chats":2,"GET /chats/{chat_id}/messages":1}"""), (await unipile.CallsAsync())["routes"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"GET /chats":1}"""), (await unipile.CallsAsync(TestUnipile.LinkedIn))["routes"]));
        await unipile.Controls.DeleteAsync("/ledger/unipile/calls");
        Assert.Equal(0, (int)(await unipile.CallsAsync())["total"]!);
    }
}
