using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What counts as read, where reading begins, and moving about in a thread.</summary>
public sealed class ReadingTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task Only_what_is_before_somebodys_eyes_is_read_and_the_line_shows_what_came_meanwhile()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650301", "the first one", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await Seed.MessagesAsync(tenant, conversation, 60);
        await using var eva = await SignedInAsync(tenant, path: "/inbox/all", clock: true);
        await eva.OpenAsync("Ana");
        await IsReadAsync(tenant, conversation, true);

        // Scrolled away: it is counted, and stays unread.
        await ScrollAsync(eva, "box.scrollHeight - box.clientHeight - 400");
        await number.SayAsync("+5511987650301", "below the fold", "Ana");
        await Expect(eva.Row("Ana")).ToContainTextAsync("1unread");
        await eva.SkipAsync(5);
        await IsReadAsync(tenant, conversation, false);
        Assert.Equal("below the fold", await AfterLineAsync(eva));
        await ScrollAsync(eva, "box.scrollHeight");
        await Expect(eva.Row("Ana")).Not.ToContainTextAsync("unread");
        await IsReadAsync(tenant, conversation, true);

        // At the end, and somebody works in another program.
        await FocusAsync(eva, false);
        await number.SayAsync("+5511987650301", "while you were out", "Ana");
        await Expect(eva.Message("while you were out")).ToBeVisibleAsync();
        await eva.SkipAsync(5);
        await IsReadAsync(tenant, conversation, false);
        Assert.Equal("while you were out", await AfterLineAsync(eva));
        await FocusAsync(eva, true);
        await Expect(eva.Row("Ana")).Not.ToContainTextAsync("unread");
        await IsReadAsync(tenant, conversation, true);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task The_line_of_new_messages_is_right_where_more_are_unread_than_a_page_has()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650302", "the newest", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await Seed.MessagesAsync(tenant, conversation, 400);
        const int unread = 211;
        await App.Get<SystemDatabase>().ExecuteAsync("update conversations set is_read = false, unread_count = @unread where tenant_id = @tenant and id = @conversation", new { tenant = tenant.Id, conversation, unread }, CancellationToken.None);
        await using var eva = await SignedInAsync(tenant, path: "/inbox/all");
        await eva.OpenAsync("Ana");
        var page = await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages?limit=200");
        var all = page["items"]!.AsArray().Concat((await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages?limit=200&cursor={page["next_cursor"]}"))["items"]!.AsArray());
        var first = all.Where(one => (string?)one!["direction"] == "inbound").ElementAt(unread - 1)!;
        Assert.Equal((string)first["content"]!, await AfterLineAsync(eva));
        await Expect(eva.Thread.Locator("[data-row=new]")).ToBeInViewportAsync();
    }

    [Fact]
    public async Task A_jump_to_the_original_works_as_often_as_one_likes_and_back_leads_back()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650303", "the newest", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await Seed.MessagesAsync(tenant, conversation, 40);
        var original = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages?limit=200"))["items"]!.AsArray().Single(one => ((string)one!["content"]!).StartsWith("line 20 of 40", StringComparison.Ordinal))!;
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "about that", reply_to_message_id = (Guid)original["id"]! }, 202);
        await using var eva = await SignedInAsync(tenant, path: $"/inbox/all/{conversation}");
        var quote = eva.Message("about that").GetByRole(AriaRole.Button, new() { Name = "Go to the message that this answers" });
        for (var time = 0; time < 3; time++)
        {
            await quote.ClickAsync();
            await Expect(eva.Thread.Locator("[data-target]")).ToContainTextAsync("line 20 of 40");
            await Expect(eva.Thread.Locator("[data-target]")).ToBeInViewportAsync();
            await ScrollAsync(eva, "box.scrollHeight");
            await Expect(eva.Thread.Locator("[data-target]")).Not.ToBeInViewportAsync();
        }
        await eva.Page.GoBackAsync();
        await Expect(eva.Page).ToHaveURLAsync(new Uri(eva.Address, $"/inbox/all/{conversation}").ToString());
        await Expect(eva.Message("about that")).ToBeInViewportAsync();
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task From_far_back_one_button_leads_to_the_latest()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650304", "the newest", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await Seed.MessagesAsync(tenant, conversation, 500);
        await using var eva = await SignedInAsync(tenant, path: $"/inbox/all/{conversation}");
        await Expect(eva.Message("the newest")).ToBeVisibleAsync();
        await Eventually.Async(
            async () =>
            {
                await ScrollAsync(eva, "0");
                return await eva.Message("line 1 of 500").CountAsync();
            }, count => count > 0, "the beginning is there");
        await Expect(eva.Message("the newest")).ToHaveCountAsync(0);   // a window of the thread
        await eva.Button("To the latest message").ClickAsync();
        await Expect(eva.Message("the newest")).ToBeInViewportAsync();
        await number.SayAsync("+5511987650304", "and it is live there", "Ana");
        await Expect(eva.Message("and it is live there")).ToBeInViewportAsync();
    }

    static Task IsReadAsync(TestTenant tenant, Guid conversation, bool isRead) =>
        Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}"), one => (bool)one["is_read"]! == isRead, $"it is {(isRead ? "" : "not ")}read");

    static Task ScrollAsync(Agent eva, string to) =>
        eva.Thread.EvaluateAsync($"rows => {{ const box = rows.closest('[data-scrolls]'); box.scrollTop = {to}; }}");

    static Task FocusAsync(Agent eva, bool has) =>
        eva.Page.EvaluateAsync($"() => {{ document.hasFocus = () => {(has ? "true" : "false")}; dispatchEvent(new Event('{(has ? "focus" : "blur")}')); }}");

    /// <summary>The words of the message that the line stands before.</summary>
    static async Task<string> AfterLineAsync(Agent eva)
    {
        await Expect(eva.Thread.Locator("[data-row=new]")).ToHaveCountAsync(1);
        var id = await eva.Thread.Locator("[data-row=new] + [data-row]").GetAttributeAsync("data-row");
        return (string)(await eva.Page.EvaluateAsync<string>("async id => (await (await fetch(`/api/messages/${id}`)).json()).content", id));
    }
}
