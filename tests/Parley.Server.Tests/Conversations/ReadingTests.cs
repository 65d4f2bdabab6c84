using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Conversations;

/// <summary>What the inbox asks for: numbers beside its views, and a thread opened in its middle.</summary>
public sealed class ReadingTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_message_is_shown_among_its_neighbours_and_both_directions_go_on_from_there()
    {
        var (tenant, conversation) = await ThreadAsync(9);
        var all = Ids(await tenant.Viewer.GetJsonAsync($"{conversation}?limit=50"));

        var page = await tenant.Viewer.GetJsonAsync($"{conversation}?around={all[4]}&limit=4");
        Assert.Equal(all[2..7], Ids(page));
        Assert.Equal(all[7..], Ids(await tenant.Viewer.GetJsonAsync($"{conversation}?cursor={page["next_cursor"]}")));
        Assert.Equal(all[..2].Reverse(), Ids(await tenant.Viewer.GetJsonAsync($"{conversation}?direction=newer&cursor={page["prev_cursor"]}")));

        var newest = await tenant.Viewer.GetJsonAsync($"{conversation}?around={all[0]}&limit=4");
        Assert.Equal(all[..3], Ids(newest));
        Assert.Null(newest["prev_cursor"]);
        Assert.Null((await tenant.Viewer.GetJsonAsync($"{conversation}?around={all[8]}&limit=4"))["next_cursor"]);
    }

    [Fact]
    public async Task A_message_of_another_conversation_or_tenant_has_no_neighbours_here()
    {
        var (tenant, conversation) = await ThreadAsync(1);
        var (_, theirs) = await ThreadAsync(1);
        var (other, others) = await ThreadAsync(1);
        var foreign = Ids(await other.Viewer.GetJsonAsync(others))[0];
        await tenant.Viewer.GetJsonAsync($"{conversation}?around={foreign}", 404);
        await tenant.Viewer.GetJsonAsync($"{theirs}?around={foreign}", 404);
    }

    [Fact]
    public async Task An_answer_carries_the_beginning_of_what_it_answers()
    {
        var (tenant, conversation) = await ThreadAsync(1);
        var question = (await tenant.Viewer.GetJsonAsync(conversation))["items"]![0]!;
        await tenant.Editor.PostJsonAsync(conversation, new { type = "text", content = "It is", reply_to_message_id = (string)question["id"]! }, 202);
        var answer = (await tenant.Viewer.GetJsonAsync(conversation))["items"]![0]!;
        Assert.Equal((string)question["id"]!, (string)answer["answered"]!["id"]!);
        Assert.Equal("message 1", (string)answer["answered"]!["content"]!);
        Assert.Equal("inbound", (string)answer["answered"]!["direction"]!);
        Assert.Null(question["answered"]);
    }

    [Fact]
    public async Task Conversations_are_counted_where_they_wait_and_not_above_the_most()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        for (var i = 0; i < 4; i++) await number.SayAsync($"+55119876543{i:00}", "hi");
        var ids = Ids(await tenant.Viewer.GetJsonAsync("/api/conversations"));
        await tenant.Editor.PutAsync($"/api/conversations/{ids[0]}/closure", null);
        await tenant.Editor.PutAsJsonAsync($"/api/conversations/{ids[1]}/snooze", new { until = TimeProvider.System.GetUtcNow().AddHours(1) });
        await tenant.Editor.PutAsync($"/api/conversations/{ids[2]}/read", null);

        var counts = await tenant.Viewer.GetJsonAsync("/api/conversations/counts");
        Assert.Equal((2, 3, 1, 1, 0, 100), ((int)counts["open"]!, (int)counts["unread"]!, (int)counts["snoozed"]!, (int)counts["closed"]!, (int)counts["archived"]!, (int)counts["most"]!));
        Assert.Equal([ids[2], ids[3]], Ids(await tenant.Viewer.GetJsonAsync("/api/conversations?status=open&snoozed=false")));
        Assert.Equal([ids[1]], Ids(await tenant.Viewer.GetJsonAsync("/api/conversations?status=open&snoozed=true")));
        Assert.Equal(0, (int)(await (await fixture.App.NewTenantAsync()).Viewer.GetJsonAsync("/api/conversations/counts"))["unread"]!);
    }

    [Fact]
    public async Task Who_has_read_up_to_a_message_leaves_unread_what_came_after_it()
    {
        var (tenant, messages) = await ThreadAsync(4);
        var conversation = messages[..^"/messages".Length];
        var all = Ids(await tenant.Viewer.GetJsonAsync(messages));
        async Task<(bool, int)> ReadAsync(string upTo)
        {
            var view = await (await tenant.Editor.PutAsync($"{conversation}/read?up_to={upTo}", null)).JsonAsync();
            return ((bool)view["is_read"]!, (int)view["unread_count"]!);
        }
        Assert.Equal((false, 1), await ReadAsync(all[1]));
        Assert.Equal((false, 1), await ReadAsync(all[3]));   // who is further behind makes nothing unread again
        Assert.Equal((true, 0), await ReadAsync(all[0]));
        Assert.Equal((true, 0), await ReadAsync(all[3]));
        await tenant.Editor.DeleteAsync($"{conversation}/read");
        Assert.Equal((true, 0), await ReadAsync(all[0]));   // what somebody marked is taken back by whoever has seen the last one
    }

    [Fact]
    public async Task Nobody_reads_up_to_a_message_of_another_conversation()
    {
        var (tenant, messages) = await ThreadAsync(1);
        var (other, theirs) = await ThreadAsync(1);
        var foreign = Ids(await other.Viewer.GetJsonAsync(theirs))[0];
        var conversation = messages[..^"/messages".Length];
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await tenant.Editor.PutAsync($"{conversation}/read?up_to={foreign}", null)).StatusCode);
        Assert.False((bool)(await tenant.Viewer.GetJsonAsync(conversation))["is_read"]!);
    }

    async Task<(TestTenant Tenant, string Path)> ThreadAsync(int messages)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        for (var i = 1; i <= messages; i++) await number.SayAsync("+5511987654321", $"message {i}");
        return (tenant, $"/api/conversations/{Ids(await tenant.Viewer.GetJsonAsync("/api/conversations"))[0]}/messages");
    }

    static string[] Ids(JsonNode page) => [.. page["items"]!.AsArray().Select(item => (string)item!["id"]!)];
}
