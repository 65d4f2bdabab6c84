using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

public sealed partial class LiveTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_webhook_is_on_the_page_within_a_second_without_a_reload()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650011", "the first one", "Ana");
        await number.SayAsync("+5511987650012", "the second one", "Ben");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await Expect(eva.Row("Ben")).ToBeVisibleAsync();
        await eva.Page.EvaluateAsync("() => { window.isTheSamePage = true; }");

        var since = Stopwatch.StartNew();
        var seen = eva.Page.WaitForFunctionAsync("() => document.querySelector('[role=log]')?.textContent.includes('and in the thread')");
        await number.SayAsync("+5511987650011", "and in the thread", "Ana");
        await seen;
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(1), $"It took {since.ElapsedMilliseconds} ms.");

        since.Restart();
        seen = eva.Page.WaitForFunctionAsync("() => document.body.textContent.includes('a new customer writes')");
        await number.SayAsync("+5511987650013", "a new customer writes", "Chloé");
        await seen;
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(1), $"It took {since.ElapsedMilliseconds} ms.");
        await Expect(eva.Rows.First).ToContainTextAsync("Chloé");
        await Expect(eva.Row("Chloé")).ToContainTextAsync("1unread");
        await Expect(eva.Page).ToHaveTitleAsync("(2) Parley");   // Ben and Chloé; Ana is being read
        Assert.True(await eva.Page.EvaluateAsync<bool>("() => window.isTheSamePage"));
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_reply_goes_out_and_its_ticks_turn_to_read()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650014", "Do you deliver?", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await eva.Page.EvaluateAsync("""
            () => {
                window.steps = [];
                new MutationObserver(() => {
                    const status = document.querySelector('[role=log] [data-status]')?.dataset.status;
                    if (status && window.steps.at(-1) !== status) window.steps.push(status);
                }).observe(document.querySelector('[role=log]'), { subtree: true, childList: true, attributes: true });
            }
            """);
        await eva.WriteAsync("Yes, everywhere");
        await Expect(eva.Message("Yes, everywhere")).ToContainTextAsync(Sending());
        await eva.SkipAsync(6);
        await Expect(eva.Message("Yes, everywhere").Locator("[data-status]")).ToHaveAttributeAsync("data-status", "read");

        string[] all = ["queued", "sending", "sent", "delivered", "read"];
        var steps = await eva.Page.EvaluateAsync<string[]>("() => window.steps");
        Assert.Equal(steps.OrderBy(step => Array.IndexOf(all, step)), steps);
        Assert.Single(await TextsSentAsync(number));
        await Expect(eva.Message("Yes, everywhere")).ToHaveCountAsync(1);
        await Expect(eva.Row("Ana")).ToContainTextAsync("You: Yes, everywhere");
        await Expect(eva.Field).ToHaveValueAsync("");
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task What_is_taken_back_in_time_never_leaves()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650015", "How much is it?", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("One hundred, I think");
        await eva.SkipAsync(2);
        await eva.Message("One hundred, I think").GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Expect(eva.Field).ToHaveValueAsync("One hundred, I think");
        await Expect(eva.Message("One hundred, I think")).ToHaveCountAsync(0);
        await eva.Field.FillAsync("One hundred and five");
        await eva.Field.PressAsync("Enter");
        await eva.SkipAsync(10);
        await Expect(eva.Message("One hundred and five")).ToContainTextAsync("Read");
        Assert.Equal(["One hundred and five"], await TextsSentAsync(number));
    }

    [Fact]
    public async Task What_the_provider_refuses_says_why_and_can_be_tried_again()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+15550000050", "Hello", "Otto");   // a number that the provider refuses: opted out
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Otto");
        await eva.WriteAsync("Are you there?");
        await eva.SkipAsync(6);
        await Expect(eva.Message("Are you there?").Locator("[data-status]")).ToHaveAttributeAsync("data-status", "failed");
        var failed = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Otto")}/messages"))["items"]![0]!;
        await Expect(eva.Message("Are you there?")).ToContainTextAsync((string)failed["failure"]!["words"]!);
        await eva.Message("Are you there?").GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{failed["id"]}"), one => (int)one["attempt"]! > (int)failed["attempt"]! && (string)one["status"]! == "failed", "it is tried again");
    }

    [Fact]
    public async Task Two_tabs_share_one_stream_and_the_other_takes_over_when_one_closes()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650016", "the first one", "Ana");
        await using var eva = await SignedInAsync(tenant, path: null);
        var asked = 0;
        var open = new List<IRequest>();
        eva.Context.Request += (_, request) =>
        {
            if (new Uri(request.Url).AbsolutePath != "/api/events") return;
            asked++;
            open.Add(request);
        };
        eva.Context.RequestFinished += (_, request) => open.Remove(request);
        eva.Context.RequestFailed += (_, request) => open.Remove(request);
        await eva.GoAsync("/");
        await eva.OpenAsync("Ana");
        var second = await eva.NewTabAsync(new Uri(eva.Page.Url).PathAndQuery);
        var third = await eva.NewTabAsync("/inbox/all");
        await number.SayAsync("+5511987650016", "to all tabs", "Ana");
        foreach (var tab in new[] { eva.Page, second, third }) await Expect(tab.GetByText("to all tabs").First).ToBeVisibleAsync();
        Assert.Equal((1, 1), (asked, open.Count));

        await eva.Page.CloseAsync();
        await number.SayAsync("+5511987650016", "after the first has closed", "Ana");
        foreach (var tab in new[] { second, third }) await Expect(tab.GetByText("after the first has closed").First).ToBeVisibleAsync();
        Assert.Equal((2, 1), (asked, open.Count(request => !request.Frame.Page.IsClosed)));
        eva.HasNoComplaints();
    }

    [GeneratedRegex(@"Sending in [1-5] s")]
    private static partial Regex Sending();
}
