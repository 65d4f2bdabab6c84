using System.Diagnostics;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class DatasetTests
{
    [Fact]
    public async Task A_data_set_is_the_same_for_the_same_seed()
    {
        await using var here = await TestUnipile.StartAsync();
        await using var there = await TestUnipile.StartAsync();
        await here.HasDatasetAsync("acc", 20, 400, seed: 7);
        await there.HasDatasetAsync("acc", 20, 400, seed: 7);

        var (ours, theirs) = (await here.AllAsync("messages?account_id=acc", 100), await there.AllAsync("messages?account_id=acc", 250));
        Assert.All(ours.Zip(theirs), pair => Assert.True(JsonNode.DeepEquals(pair.First, pair.Second)));
        Assert.Equal((400, 400), (ours.Count, theirs.Count));

        await there.HasDatasetAsync("acc", 20, 400, seed: 8);
        Assert.Empty(ours.Select(message => (string)message["id"]!).Intersect((await there.AllAsync("messages?account_id=acc", 250)).Select(message => (string)message["id"]!)));
    }

    [Theory]
    [InlineData(1_000, 100_000)]
    [InlineData(1_000, 1_000_000)]
    public async Task A_large_account_is_there_at_once_and_its_chats_add_up(int chats, int messages)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var since = Stopwatch.StartNew();

        await unipile.HasDatasetAsync("acc", chats, messages);
        var listed = await unipile.AllAsync("chats?account_id=acc", 250);

        Assert.True(since.Elapsed < TimeSpan.FromSeconds(15), $"{chats} chats with {messages} messages took {since.Elapsed}");
        Assert.Equal(chats, listed.Count);
        Assert.Equal(4, (int)(await unipile.CallsAsync("acc"))["total"]!);
        // The longest ones are some pages long, and any page of them is quick.
        since.Restart();
        var longest = 0;
        foreach (var chat in listed.Take(20)) longest = Math.Max(longest, (await unipile.AllAsync($"chats/{chat["id"]}/messages", 250)).Count);
        Assert.True(longest > messages / chats);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(15), $"20 chats took {since.Elapsed}");
    }

    [Fact]
    public async Task All_messages_of_all_chats_are_as_many_as_were_asked_for()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 37, 1_234);

        var count = 0;
        foreach (var chat in await unipile.AllAsync("chats?account_id=acc", 250)) count += (await unipile.AllAsync($"chats/{chat["id"]}/messages", 250)).Count;

        Assert.Equal(1_234, count);
    }

    [Fact]
    public async Task The_data_holds_what_bites()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 100, 5_000);
        await unipile.HasDatasetAsync("other", 100, 5_000, seed: 2);

        var chats = await unipile.AllAsync("chats?account_id=acc", 250);
        var messages = await unipile.AllAsync("messages?account_id=acc", 250);

        // A provider's id is unique in its chat, and not beyond.
        Assert.Equal(messages.Count, messages.Select(message => ((string)message["chat_id"]!, (string)message["provider_id"]!)).Distinct().Count());
        Assert.True(messages.Select(message => (string)message["provider_id"]!).Distinct().Count() < messages.Count);
        Assert.NotEmpty(messages.Select(message => (string)message["provider_id"]!).Intersect((await unipile.AllAsync("messages?account_id=other", 250)).Select(message => (string)message["provider_id"]!)));
        foreach (var flag in new[] { "deleted", "hidden", "edited", "is_event" }) Assert.Contains(messages, message => (int)message[flag]! == 1);
        Assert.Contains(messages, message => (int)message["deleted"]! == 1 && (string?)message["text"] is { Length: > 0 });
        Assert.Contains(messages, message => (string?)message["text"] is null);
        Assert.Contains(messages, message => message["reactions"]!.AsArray() is [var reaction] && reaction!["is_sender"]!.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False);
        Assert.Contains(messages, message => message["quoted"] is not null);
        var seen = messages.SelectMany(message => message["seen_by"]!.AsObject()).Select(pair => pair.Value!.GetValueKind()).ToHashSet();
        Assert.Equal([System.Text.Json.JsonValueKind.String, System.Text.Json.JsonValueKind.True], seen.Order());
        var attachments = messages.SelectMany(message => message["attachments"]!.AsArray()).Select(one => one!).ToList();
        Assert.Contains(attachments, one => (string)one["type"]! == "story_mention");
        Assert.Contains(attachments, one => (bool)one["unavailable"]!);
        Assert.All(attachments.Where(one => one["url"] is not null), one => Assert.StartsWith("att://", (string)one["url"]!));
        // What is unread is what came last, and it came from them.
        var unread = chats.First(chat => (int)chat["unread_count"]! > 1);
        Assert.All((await unipile.GetAsync($"chats/{unread["id"]}/messages?limit={unread["unread_count"]}"))["items"]!.AsArray(), message => Assert.Equal((0, 0), ((int)message!["is_sender"]!, (int)message["seen"]!)));
        Assert.Contains(chats, chat => (int)chat["type"]! == 1);
        Assert.Contains(chats, chat => (string?)chat["name"] is null);
    }

    [Theory]
    [InlineData("WHATSAPP", "@")]
    [InlineData("LINKEDIN", "ACoAA")]
    [InlineData("TELEGRAM", "")]
    public async Task Each_network_has_ids_of_its_own(string type, string part)
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 80, 100, type: type);

        var chats = await unipile.AllAsync("chats?account_id=acc", 250);

        Assert.All(chats, chat => Assert.Equal(type, (string)chat["account_type"]!));
        Assert.All(chats.Where(chat => (int)chat["type"]! == 0), chat => Assert.Contains(part, (string)chat["attendee_provider_id"]!));
        if (type == "WHATSAPP") Assert.Contains(chats, chat => ((string?)chat["attendee_provider_id"])?.EndsWith("@lid") == true && ((string)chat["attendee_public_identifier"]!).EndsWith("@s.whatsapp.net"));
    }

    [Theory]
    [InlineData("""{"chats":1,"messages":1}""")]
    [InlineData("""{"account_id":"acc","chats":0,"messages":1}""")]
    [InlineData("""{"account_id":"acc","chats":1,"messages":1,"type":"PIGEON"}""")]
    [InlineData("""{"account_id":"acc","chats":1,"messages":1,"until":"today"}""")]
    public async Task A_data_set_that_cannot_be_is_refused(string request)
    {
        await using var unipile = await TestUnipile.StartAsync();

        await unipile.PostAsync("/unipile/dataset", JsonNode.Parse(request)!, 400);
    }
}
