using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

public sealed class LookTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task The_page_is_dark_where_the_system_is_and_a_choice_outlives_a_reload()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650051", "Good evening", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        Assert.True(await BrightnessAsync() > 0.85);
        await eva.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Eventually.Async(BrightnessAsync, brightness => brightness < 0.2, "the page is dark");

        await eva.Button("Account of Eva editor").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Light" }).ClickAsync();
        await Eventually.Async(BrightnessAsync, brightness => brightness > 0.85, "the page is light");
        await eva.Page.ReloadAsync();
        await Expect(eva.Message("Good evening")).ToBeVisibleAsync();
        Assert.True(await BrightnessAsync() > 0.85);

        Task<double> BrightnessAsync() => eva.Page.EvaluateAsync<double>("""
            () => {
                const canvas = document.createElement('canvas').getContext('2d');
                for (const box of [document.documentElement, document.body, document.querySelector('main')]) {
                    canvas.fillStyle = getComputedStyle(box).backgroundColor;
                    canvas.fillRect(0, 0, 1, 1);
                }
                const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
                return (red + green + blue) / 3 / 255;
            }
            """);
    }

    [Fact]
    public async Task On_a_phone_there_is_one_pane_at_a_time_and_back_goes_back()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650052", "Good morning from a phone, with a text that is somewhat longer than the phone is wide", "Ana");
        await number.SayAsync("+5511987650053", "Good night", "Ben");
        await using var eva = await SignedInAsync(tenant, adjust: options => (options.ViewportSize, options.HasTouch, options.IsMobile) = (new() { Width = 390, Height = 844 }, true, true));
        await Expect(eva.Row("Ana")).ToBeVisibleAsync();
        await IsNarrowAsync();
        await eva.Row("Ana").GetByRole(AriaRole.Link).TapAsync();
        await Expect(eva.Message("Good morning")).ToBeVisibleAsync();
        await Expect(eva.Field).ToBeInViewportAsync();
        await Expect(eva.List).ToBeHiddenAsync();
        await IsNarrowAsync();

        await eva.Page.GoBackAsync();
        await Expect(eva.Row("Ben")).ToBeVisibleAsync();
        await Expect(eva.Thread).ToBeHiddenAsync();

        await eva.Row("Ben").GetByRole(AriaRole.Link).TapAsync();
        await Expect(eva.Message("Good night")).ToBeVisibleAsync();
        await eva.Button("Back").TapAsync();
        await Expect(eva.Row("Ana")).ToBeVisibleAsync();
        await Expect(eva.Thread).ToBeHiddenAsync();

        // What the rail has no room for is one touch further.
        await eva.Button("More screens").TapAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Reports" }).TapAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Heading, new() { Name = "Reports" })).ToBeVisibleAsync();
        await IsNarrowAsync();

        async Task IsNarrowAsync() => Assert.True(await eva.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), "The page is wider than the phone.");
    }

    [Fact]
    public async Task A_link_to_a_message_opens_the_conversation_at_it()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650054", "the newest of all", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await Seed.MessagesAsync(tenant, conversation, 1000);
        var wanted = await App.Get<SystemDatabase>().FindAsync<Guid>("select id from messages where tenant_id = @tenant and conversation_id = @conversation and content like 'line 321 of %'", new { tenant = tenant.Id, conversation }, CancellationToken.None);

        await using var eva = await SignedInAsync(tenant, path: $"/inbox/all/{conversation}?message={wanted}");
        var line = eva.Thread.Locator($"[data-row='{wanted}']");
        await Expect(line).ToContainTextAsync("line 321 of 1000");
        await Expect(line).ToBeInViewportAsync(new() { Ratio = 1 });
        var (top, box) = (await line.EvaluateAsync<double>("row => row.getBoundingClientRect().top"), await eva.Thread.EvaluateAsync<double>("log => log.parentElement.clientHeight"));
        Assert.InRange(top, box * 0.2, box * 0.8);   // in the middle, so that one sees what was said around it
        await Expect(eva.Message("the newest of all")).ToHaveCountAsync(0);

        await eva.Button("To the latest message").ClickAsync();
        await Expect(eva.Message("the newest of all")).ToBeInViewportAsync();
    }

    [Fact]
    public async Task A_long_thread_opens_where_the_unread_messages_begin_and_stays_there_while_older_ones_load()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650055", "the newest of all", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await Seed.MessagesAsync(tenant, conversation, 500);
        await tenant.Editor.PutAsync($"/api/conversations/{conversation}/read", null);
        for (var i = 1; i <= 30; i++) await number.SayAsync("+5511987650055", $"unread {i} of 30", "Ana");

        await using var eva = await SignedInAsync(tenant, role: "viewer", path: $"/inbox/all/{conversation}");
        await Expect(eva.Thread.GetByText("New messages", new() { Exact = true })).ToBeInViewportAsync();
        await Expect(eva.Message("unread 1 of 30").First).ToBeInViewportAsync();

        // At the very top before the older ones have come: they come above what stands there.
        await eva.Page.RouteAsync("**/messages?*cursor=*", async route =>
        {
            await Task.Delay(300);
            await route.ContinueAsync();
        });
        var shifts = await eva.Page.EvaluateAsync<double[]>("""
            async () => {
                const box = document.querySelector('[role=log]').parentElement;
                const shifts = [];
                for (let turn = 0; turn < 3; turn++) {
                    box.scrollTop = 0;
                    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
                    const [row, height] = [box.querySelector('[data-row]'), box.scrollHeight];
                    const before = row.getBoundingClientRect().top;
                    while (box.scrollHeight === height) await new Promise(requestAnimationFrame);
                    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
                    shifts.push(Math.abs(row.getBoundingClientRect().top - before));
                }
                return shifts;
            }
            """);
        Assert.True(shifts.Max() < 2, $"What stood at the top jumped by {shifts.Max()} px.");
        await eva.Page.UnrouteAsync("**/messages?*cursor=*");

        // Upwards, through several stretches: what stands in sight moves only as far as the wheel turns.
        await eva.Thread.HoverAsync();
        var jumps = await eva.Page.EvaluateAsync<double[]>("""
            async () => {
                const box = document.querySelector('[role=log]').parentElement;
                const jumps = [];
                for (let turn = 0; turn < 120; turn++) {
                    const edge = box.getBoundingClientRect().top;
                    const row = [...box.querySelectorAll('[data-row]')].find(one => one.getBoundingClientRect().top > edge + 150);
                    const before = row.getBoundingClientRect().top;
                    const wanted = Math.min(120, box.scrollTop);
                    box.scrollTop -= wanted;
                    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
                    if (row.isConnected) jumps.push(Math.abs(row.getBoundingClientRect().top - before - wanted));
                }
                return jumps;
            }
            """);
        Assert.True(jumps.Length > 100);
        Assert.True(jumps.Max() < 2, $"What one read jumped by {jumps.Max()} px.");
    }
}
