using System.Net.Http.Json;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class AccountStateTests
{
    [Fact]
    public async Task Without_credentials_lists_still_answer_sends_fail_and_nothing_is_told()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        var chat = (string)(await unipile.ChatAsync())["id"]!;

        await BecomesAsync(unipile, "CREDENTIALS");
        Assert.Equal("CREDENTIALS", await unipile.Hook.HearsStatusAsync());
        var said = await unipile.SaysAsync(TestUnipile.Aurora, "Anybody there?");

        Assert.True((bool)said["missed"]!);
        Assert.Equal("CREDENTIALS", (string)(await unipile.GetAsync($"accounts/{TestUnipile.Aurora}"))["sources"]![0]!["status"]!);
        Assert.Equal("disconnected_account", TestUnipile.Type(await unipile.SendAsync(chat, "x", 401)));
        Assert.Equal("disconnected_account", TestUnipile.Type(await (await unipile.Api.PostAsJsonAsync("chats", new { account_id = TestUnipile.Aurora, attendees_ids = new[] { "1" }, text = "x" })).JsonAsync(401)));
        Assert.Equal(20, (await unipile.AllAsync($"chats?account_id={TestUnipile.Aurora}", 250)).Count);
        Assert.Empty(unipile.Hook.Rest());
    }

    [Fact]
    public async Task After_reconnecting_what_was_missed_comes()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        await BecomesAsync(unipile, "CREDENTIALS");
        await unipile.SaysAsync(TestUnipile.Aurora, "Anybody there?", timestamp: "2026-04-01T10:00:00.250Z");
        await unipile.Hook.HearsStatusAsync();

        await (await unipile.Api.PostAsJsonAsync($"accounts/{TestUnipile.Aurora}", new { provider = "INSTAGRAM", username = "cafe.aurora", password = "x" })).JsonAsync();

        Assert.Equal("RECONNECTED", await unipile.Hook.HearsStatusAsync());
        Assert.Equal("OK", await unipile.Hook.HearsStatusAsync());
        var missed = await unipile.Hook.HearsAsync("message_received");
        Assert.Equal(("Anybody there?", "2026-04-01T10:00:00.250Z"), ((string)missed["message"]!, (string)missed["timestamp"]!));
        Assert.Equal(21, (await unipile.AllAsync($"chats?account_id={TestUnipile.Aurora}", 250)).Count);
    }

    [Fact]
    public async Task A_status_is_told_once_and_without_an_event()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);

        await BecomesAsync(unipile, "STOPPED");
        var first = (await unipile.Hook.HearsAsync()).Json;
        await BecomesAsync(unipile, "STOPPED");
        await BecomesAsync(unipile, "SYNC_SUCCESS");

        Assert.Equal(((string?)null, "STOPPED", TestUnipile.Aurora, "INSTAGRAM"), ((string?)first["event"], (string)first["AccountStatus"]!["message"]!, (string)first["AccountStatus"]!["account_id"]!, (string)first["AccountStatus"]!["account_type"]!));
        Assert.Equal("SYNC_SUCCESS", await unipile.Hook.HearsStatusAsync());
    }

    [Theory]
    [InlineData("DELETED")]
    [InlineData("GONE")]
    public async Task An_account_that_goes_takes_everything_along(string status)
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        var chat = (string)(await unipile.ChatAsync())["id"]!;

        await BecomesAsync(unipile, status);

        await unipile.GetAsync($"accounts/{TestUnipile.Aurora}", 404);
        await unipile.GetAsync($"chats/{chat}/messages", 404);
        await unipile.GetAsync($"chats?account_id={TestUnipile.Aurora}", 404);
        if (status == "DELETED") Assert.Equal("DELETED", await unipile.Hook.HearsStatusAsync());
    }

    [Fact]
    public async Task An_account_is_made_by_connecting_or_by_the_api()
    {
        await using var unipile = await TestUnipile.StartAsync("acc");

        Assert.Equal("INSTAGRAM", (string)(await unipile.GetAsync("accounts/acc"))["type"]!);
        Assert.True((bool)(await unipile.SaysAsync("acc", "Hello"))["delivered"]!);
        var created = await (await unipile.Api.PostAsJsonAsync("accounts", new { provider = "WHATSAPP", username = "+351910000001" })).JsonAsync(201);
        Assert.Equal("WHATSAPP", (string)(await unipile.GetAsync($"accounts/{created["account_id"]}"))["type"]!);
        await unipile.PostAsync("/say", new { provider = "unipile", to = "unknown", from = "1", text = "x" }, 404);
    }

    static Task BecomesAsync(TestUnipile unipile, string status) => unipile.PostAsync($"/unipile/accounts/{TestUnipile.Aurora}/state", new { status });
}
