using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class ListTests
{
    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=251")]
    [InlineData("limit=-1")]
    [InlineData("limit=many")]
    [InlineData("after=2025-11-21T10:30:00Z")]
    [InlineData("after=2025-11-21T10:30:00.000%2B00:00")]
    [InlineData("after=2025-11-21T10:30:00.000000Z")]
    [InlineData("after=2025-02-30T10:30:00.000Z")]
    [InlineData("after=2025-11-21")]
    [InlineData("after=eyJsaW1pdCI6MTAwfQ==")]
    [InlineData("before=yesterday")]
    [InlineData("unread=maybe")]
    [InlineData("unread=1")]
    [InlineData("account_type=instagram")]
    [InlineData("cursor=x")]
    [InlineData("cursor=e30=")]
    [InlineData("limit=0&cursor=e30=")]
    public async Task A_wrong_parameter_is_a_400(string query)
    {
        await using var unipile = await TestUnipile.StartAsync();

        var error = await unipile.GetAsync($"chats?{query}", 400);

        Assert.Equal(("invalid_parameters", 400), (TestUnipile.Type(error), (int)error["status"]!));
    }

    [Fact]
    public async Task Chats_come_newest_first_with_whole_seconds_and_each_once()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 300, 3_000);

        var chats = await unipile.AllAsync("chats?account_id=acc", 7);

        Assert.Equal(300, chats.Select(chat => (string)chat["id"]!).Distinct().Count());
        var times = chats.Select(chat => (string?)chat["timestamp"]).ToList();
        Assert.Equal(times.OrderByDescending(time => time ?? "", StringComparer.Ordinal), times);
        Assert.All(times, time => Assert.EndsWith(".000Z", time ?? ".000Z"));
        Assert.Equal(["Chat"], chats.Select(chat => (string)chat["object"]!).Distinct());
    }

    [Fact]
    public async Task A_chat_that_moves_up_between_two_pages_neither_hides_nor_repeats_another()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 40, 400);
        var before = await unipile.GetAsync("chats?account_id=acc&limit=20");
        var last = (await unipile.AllAsync("chats?account_id=acc", 250))[^1];

        var person = (string)last["attendee_provider_id"]!;
        await unipile.SaysAsync("acc", "Me first", person);
        var after = await unipile.GetAsync($"chats?limit=20&cursor={Uri.EscapeDataString((string)before["cursor"]!)}");

        var seen = before["items"]!.AsArray().Concat(after["items"]!.AsArray()).Select(chat => (string)chat!["id"]!).ToList();
        Assert.Equal(39, seen.Distinct().Count());
        Assert.Equal(39, seen.Count);
        Assert.Equal((string)last["id"]!, (string)(await unipile.GetAsync("chats?account_id=acc&limit=1"))["items"]![0]!["id"]!);
    }

    [Fact]
    public async Task A_cursor_holds_filters_and_must_be_escaped()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 60, 600);
        var page = await unipile.GetAsync("chats?account_id=acc&unread=true&limit=3");
        var cursor = (string)page["cursor"]!;

        var inside = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(cursor)))!;
        Assert.Equal(("acc", 3, true), ((string)inside["account_id"]!, (int)inside["limit"]!, (bool)inside["unread"]!));
        Assert.NotNull(inside["cursor"]!["last_id"]);
        Assert.Contains('+', cursor);
        Assert.Contains('/', cursor);
        // The filters beside it are not looked at, and its own ones hold.
        var next = await unipile.GetAsync($"chats?account_id=unknown&unread=maybe&cursor={Uri.EscapeDataString(cursor)}");
        Assert.Equal(3, next["items"]!.AsArray().Count);
        Assert.All(next["items"]!.AsArray(), chat => Assert.True((int)chat!["unread_count"]! > 0));
        await unipile.GetAsync($"chats?cursor={cursor.Replace("+", " ")}", 400);
    }

    [Fact]
    public async Task Filters_leave_out_what_they_say()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 50, 500);
        var all = await unipile.AllAsync("chats?account_id=acc", 250);
        var middle = (string)all[20]["timestamp"]!;

        Assert.Equal(20, (await unipile.AllAsync($"chats?account_id=acc&after={middle}", 250)).Count);
        Assert.Equal(all.Count(chat => string.CompareOrdinal((string?)chat["timestamp"] ?? "x", middle) < 0), (await unipile.AllAsync($"chats?account_id=acc&before={middle}", 4)).Count);
        Assert.Equal(50, (await unipile.AllAsync("chats?account_id=acc&unread=true", 250)).Count + (await unipile.AllAsync("chats?account_id=acc&unread=false", 250)).Count);
        Assert.Equal(22, (await unipile.AllAsync($"chats?account_id={TestUnipile.Aurora},{TestUnipile.LinkedIn}", 5)).Count);
        Assert.Equal(2, (await unipile.AllAsync("chats?account_type=LINKEDIN", 250)).Count);
    }

    [Fact]
    public async Task A_page_may_be_short_and_only_null_ends_the_list()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasFaultsAsync(new() { ["page_size"] = 3 });

        Assert.Equal(3, (await unipile.GetAsync("chats?limit=250"))["items"]!.AsArray().Count);
        Assert.Equal(20, (await unipile.AllAsync($"chats?account_id={TestUnipile.Aurora}", 250)).Count);
    }

    [Fact]
    public async Task A_chat_nobody_wrote_in_has_no_time_comes_last_and_matches_no_filter()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 20, 5);

        var chats = await unipile.AllAsync("chats?account_id=acc", 6);

        Assert.Equal(20, chats.Count);
        Assert.Null((string?)chats[^1]["timestamp"]);
        var dated = chats.Count(chat => (string?)chat["timestamp"] is not null);
        Assert.Equal(dated, (await unipile.AllAsync("chats?account_id=acc&after=2001-01-01T00:00:00.000Z", 250)).Count);
        Assert.Equal(dated, (await unipile.AllAsync("chats?account_id=acc&before=2101-01-01T00:00:00.000Z", 250)).Count);
    }

    [Fact]
    public async Task Messages_come_newest_first_and_each_once_however_long_the_chat()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 1, 2_000);
        var chat = (await unipile.GetAsync("chats?account_id=acc"))["items"]![0]!;

        var messages = await unipile.AllAsync($"chats/{chat["id"]}/messages", 250);

        Assert.Equal(2_000, messages.Select(message => (string)message["id"]!).Distinct().Count());
        var order = messages.Select(message => ((string)message["timestamp"]!, (string)message["id"]!)).ToList();
        Assert.Equal(order.OrderByDescending(one => one.Item1, StringComparer.Ordinal).ThenByDescending(one => one.Item2, StringComparer.Ordinal), order);
        // The chat's time is the newest message's, within a second, and some messages share a millisecond.
        Assert.InRange((Time(chat["timestamp"]) - Time(messages[0]["timestamp"])).TotalMilliseconds, 0, 999);
        Assert.Contains(order.GroupBy(one => one.Item1), group => group.Count() > 1);
        Assert.Equal(2_000, (int)(await unipile.CallsAsync("acc"))["routes"]!["GET /chats/{chat_id}/messages"]! * 250);
    }

    [Fact]
    public async Task After_and_before_are_exclusive_and_lose_ties()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 1, 500);
        var path = $"chats/{(await unipile.GetAsync("chats?account_id=acc"))["items"]![0]!["id"]}/messages";
        var all = await unipile.AllAsync(path, 250);
        var tie = all.GroupBy(message => (string)message["timestamp"]!).First(group => group.Count() > 1).Key;

        var newer = await unipile.AllAsync($"{path}?after={tie}", 10);
        var older = await unipile.AllAsync($"{path}?before={tie}", 100);

        Assert.Equal(498, newer.Count + older.Count);
        Assert.Equal(all.Take(newer.Count).Select(message => (string)message["id"]!), newer.Select(message => (string)message["id"]!));
    }

    [Fact]
    public async Task A_message_that_comes_late_stands_where_its_time_says()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 1, 300);
        var chat = (await unipile.GetAsync("chats?account_id=acc"))["items"]![0]!;
        var path = $"chats/{chat["id"]}/messages";
        var between = (string)(await unipile.AllAsync(path, 250))[100]["timestamp"]!;

        var late = await unipile.SaysAsync("acc", "Late", (string)chat["attendee_provider_id"]!, between);

        var all = await unipile.AllAsync(path, 30);
        Assert.Equal(301, all.Count);
        Assert.Contains((string)late["id"]!, all.Skip(98).Take(5).Select(message => (string)message["id"]!));
        Assert.Equal((string)chat["timestamp"]!, (string)(await unipile.GetAsync($"chats/{chat["id"]}"))["timestamp"]!);
    }

    [Fact]
    public async Task Messages_of_all_chats_come_in_one_order()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 30, 700);

        var all = await unipile.AllAsync("messages?account_id=acc", 90);

        Assert.Equal(700, all.Select(message => (string)message["id"]!).Distinct().Count());
        var times = all.Select(message => (string)message["timestamp"]!).ToList();
        Assert.Equal(times.OrderDescending(StringComparer.Ordinal), times);
        var sender = all.First(message => (int)message["is_sender"]! == 0);
        foreach (var id in new[] { sender["sender_id"], sender["sender_attendee_id"] })
        {
            var theirs = await unipile.AllAsync($"messages?account_id=acc&sender_id={id}", 250);
            Assert.Equal(all.Count(message => (string)message["sender_id"]! == (string)sender["sender_id"]!), theirs.Count);
        }
    }

    [Fact]
    public async Task A_chat_is_found_by_the_provider_s_id_too_and_shows_its_last_message()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync();

        var shown = await unipile.GetAsync($"chats/{chat["provider_id"]}?account_id={TestUnipile.Aurora}");
        await unipile.GetAsync($"chats/{chat["provider_id"]}", 404);

        Assert.Equal(((string)chat["id"]!, "Can I fetch it tomorrow morning?"), ((string)shown["id"]!, (string)shown["lastMessage"]!["text"]!));
        Assert.Null(chat["lastMessage"]);
    }

    [Fact]
    public async Task The_flags_of_rest_are_numbers_and_there_are_members_nobody_documented()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync(name: "Samir Haddad");
        var message = (await unipile.GetAsync($"chats/{chat["id"]}/messages?limit=1"))["items"]![0]!;

        foreach (var name in new[] { "unread", "archived", "pinned", "read_only" }) Assert.InRange((int)chat[name]!, 0, 1);
        foreach (var name in new[] { "is_sender", "seen", "delivered", "hidden", "deleted", "edited", "is_event" }) Assert.InRange((int)message[name]!, 0, 1);
        Assert.Equal(-1, (int)chat["muted_until"]!);
        Assert.True(chat.AsObject().ContainsKey("disabledFeatures") && chat.AsObject().ContainsKey("smart_label") && message.AsObject().ContainsKey("client_context"));
    }

    static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse((string)node!, CultureInfo.InvariantCulture);
}
