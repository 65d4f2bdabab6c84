using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Many conversations at once, and finding one of many.</summary>
public sealed class TriageTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task Several_are_chosen_closed_at_once_and_taken_back()
    {
        var (tenant, number) = await ConnectedAsync();
        foreach (var (name, i) in new[] { ("Ana", 1), ("Bia", 2), ("Caio", 3), ("Davi", 4) }) await number.SayAsync($"+551198765010{i}", "hello", name);
        await using var eva = await SignedInAsync(tenant);
        await Expect(eva.Rows).ToHaveCountAsync(4);
        await eva.Row("Davi").HoverAsync();
        await eva.Row("Davi").GetByRole(AriaRole.Checkbox).ClickAsync();
        await eva.Row("Bia").GetByRole(AriaRole.Link).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Expect(eva.Page.GetByText("3 selected")).ToBeVisibleAsync();
        await eva.Page.Keyboard.PressAsync("e");
        await Expect(eva.Rows).ToHaveCountAsync(1);
        await ClosedAsync(3);   // the page shows it before the server has answered
        await eva.Button("Undo").ClickAsync();
        await Expect(eva.Rows).ToHaveCountAsync(4);
        await ClosedAsync(0);

        // By key: the open one, and Escape lets go of all.
        await eva.OpenAsync("Ana");
        await eva.Page.Keyboard.PressAsync("x");
        await Expect(eva.Page.GetByText("1 selected")).ToBeVisibleAsync();
        await eva.Page.Keyboard.PressAsync("Escape");
        await Expect(eva.Page.GetByText("1 selected")).ToHaveCountAsync(0);
        await Expect(eva.Thread).ToBeVisibleAsync();
        eva.HasNoComplaints();

        Task ClosedAsync(int count) =>
            Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/conversations?status=closed"), page => page["items"]!.AsArray().Count == count, $"{count} are closed");
    }

    [Fact]
    public async Task Several_are_given_to_somebody_and_labelled_at_once_and_taking_back_leaves_what_others_changed()
    {
        var (tenant, number) = await ConnectedAsync();
        foreach (var (name, i) in new[] { ("Ana", 1), ("Bia", 2), ("Caio", 3) }) await number.SayAsync($"+551198765014{i}", "hello", name);
        await number.SayAsync("+5511987650141", "and again", "Ana");
        await tenant.Editor.PostJsonAsync("/api/labels", new { name = "Refund", colour = "red" }, 201);
        await using var eva = await SignedInAsync(tenant);
        await ChooseAsync("Ana", "Bia");
        await eva.Button("Assign the selected…").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Take it myself" }).ClickAsync();
        await Expect(eva.Row("Ana")).ToContainTextAsync("Eva editor takes care of it");
        await Expect(eva.Row("Bia")).ToContainTextAsync("Eva editor takes care of it");
        await Expect(eva.Row("Caio").GetByText("takes care of it")).ToHaveCountAsync(0);

        await ChooseAsync("Ana", "Bia");
        await eva.Button("Label the selected…").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitemcheckbox, new() { Name = "Refund" }).ClickAsync();
        await Expect(eva.Page.GetByText("2 conversations labelled")).ToBeVisibleAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/conversations"), page => page["items"]!.AsArray().Count(one => one!["labels"]!.AsArray().Count == 1) == 2, "both bear it");

        // Two unread messages are two again, and what a colleague did since is left.
        await ChooseAsync("Ana", "Bia");
        await eva.Button("Mark the selected as read").ClickAsync();
        await Expect(eva.Page.GetByText("2 conversations marked read")).ToBeVisibleAsync();
        var bia = await ConversationAsync(tenant, "Bia");
        Assert.Equal(0, (int)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{bia}"))["unread_count"]!);
        await number.SayAsync("+5511987650142", "one", "Bia");
        await Expect(eva.Row("Bia")).ToContainTextAsync("one");
        await eva.Button("Undo").Last.ClickAsync();
        await Eventually.Async(async () => (Ana: (int)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Ana")}"))["unread_count"]!,
            Bia: (int)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{bia}"))["unread_count"]!), counts => counts == (2, 1), "Ana's are unread again, and Bia's new one only");
        eva.HasNoComplaints();

        async Task ChooseAsync(params string[] names)
        {
            foreach (var name in names)
            {
                await eva.Row(name).HoverAsync();
                await eva.Row(name).GetByRole(AriaRole.Checkbox).ClickAsync();
            }
            await Expect(eva.Page.GetByText($"{names.Length} selected")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task A_finger_that_rests_on_a_row_chooses_it_and_then_a_touch_chooses_more()
    {
        var (tenant, number) = await ConnectedAsync();
        foreach (var (name, i) in new[] { ("Ana", 1), ("Bia", 2), ("Caio", 3) }) await number.SayAsync($"+551198765012{i}", "hello", name);
        await using var eva = await SignedInAsync(tenant, adjust: options => (options.ViewportSize, options.HasTouch, options.IsMobile) = (new() { Width = 390, Height = 844 }, true, true));
        await Expect(eva.Rows).ToHaveCountAsync(3);
        await RestAsync("Bia");
        await Expect(eva.Page.GetByText("1 selected")).ToBeVisibleAsync();
        await eva.Row("Ana").GetByRole(AriaRole.Link).TapAsync();
        await Expect(eva.Page.GetByText("2 selected")).ToBeVisibleAsync();
        await Expect(eva.Thread).ToHaveCountAsync(0);   // no conversation was opened by it
        await eva.Button("Close the selected").TapAsync();
        await Expect(eva.Rows).ToHaveCountAsync(1);
        await eva.Row("Caio").GetByRole(AriaRole.Link).TapAsync();
        await Expect(eva.Message("hello")).ToBeVisibleAsync();   // nothing is chosen any more: a touch opens
        eva.HasNoComplaints();

        async Task RestAsync(string name)
        {
            var box = (await eva.Row(name).BoundingBoxAsync())!;
            var finger = await eva.Context.NewCDPSessionAsync(eva.Page);
            await finger.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchStart", ["touchPoints"] = new[] { new { x = box.X + 150, y = box.Y + 30 } } });
            await Expect(eva.Page.GetByRole(AriaRole.Toolbar)).ToBeVisibleAsync();
            await finger.SendAsync("Input.dispatchTouchEvent", new() { ["type"] = "touchEnd", ["touchPoints"] = Array.Empty<object>() });
        }
    }

    [Fact]
    public async Task A_viewer_can_choose_nothing()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650110", "hello", "Ana");
        await using var vera = await SignedInAsync(tenant, "viewer");
        await vera.OpenAsync("Ana");
        await Expect(vera.Page.GetByRole(AriaRole.Checkbox)).ToHaveCountAsync(0);
        await vera.Page.Keyboard.PressAsync("x");
        await Expect(vera.Page.GetByRole(AriaRole.Toolbar)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task It_is_put_aside_until_any_time_that_is_still_to_come()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650111", "later, please", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.Page.Keyboard.PressAsync("s");
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Choose date and time…" }).ClickAsync();
        var dialog = eva.Page.GetByRole(AriaRole.Dialog, new() { Name = "Snooze" });
        await dialog.GetByLabel("Until").FillAsync("2020-01-01T10:00");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Snooze" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await dialog.GetByLabel("Until").FillAsync("2999-03-04T10:30");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Snooze" }).ClickAsync();
        await Expect(eva.Rows).ToHaveCountAsync(0);
        var snoozed = await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/conversations?snoozed=true"))["items"]!.AsArray(), items => items.Count == 1, "it is put aside");
        Assert.Equal(new DateTimeOffset(2999, 3, 4, 10, 30, 0, TimeSpan.Zero), (DateTimeOffset)snoozed[0]!["snoozed_until"]!);
    }

    [Fact]
    public async Task The_palette_finds_somebody_who_is_far_down_and_its_first_letters_do_nothing_else()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650112", "I am old", "Emilia Eversdotter");
        await Seed.ConversationsAsync(tenant, number, 200);
        await tenant.App.Get<Server.Platform.Database.SystemDatabase>().ExecuteAsync(
            "update conversations set last_message_at = @at where tenant_id = @tenant and last_message_preview = 'I am old'",
            new { tenant = tenant.Id, at = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) }, CancellationToken.None);
        await using var eva = await SignedInAsync(tenant);
        await eva.Rows.First.GetByRole(AriaRole.Link).ClickAsync();
        await eva.Page.Keyboard.PressAsync("Control+k");
        await eva.Page.Keyboard.PressAsync("e");   // it is on its way: this is not the key that closes, and it is not lost
        await eva.Page.Keyboard.TypeAsync("versdotter");
        await Expect(eva.Page.GetByRole(AriaRole.Combobox)).ToHaveValueAsync("eversdotter");
        await eva.Page.GetByRole(AriaRole.Option, new() { Name = "Emilia Eversdotter" }).ClickAsync();
        await Expect(eva.Message("I am old")).ToBeVisibleAsync();
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/conversations?status=closed"))["items"]!.AsArray());
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task What_is_not_there_offers_the_way_back()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650113", "hello", "Ana");
        await using var eva = await SignedInAsync(tenant, path: $"/inbox/all/{Guid.CreateVersion7()}");
        await eva.Button("Back to the list").ClickAsync();
        await Expect(eva.Page.GetByText("No conversation open")).ToBeVisibleAsync();
        await eva.GoAsync($"/journal/{Guid.CreateVersion7()}");
        await eva.Button("Back to the list").ClickAsync();
        await Expect(eva.Button("Back to the list")).ToHaveCountAsync(0);
        await eva.GoAsync("/settings/nope");
        await Expect(eva.Page.GetByText("There is nothing here")).ToBeVisibleAsync();
        await Expect(eva.Page.Locator("main")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_programmers_page_works_under_its_policy()
    {
        var tenant = await App.NewTenantAsync();
        await using var max = await SignedInAsync(tenant, "admin", "/docs/index.html");
        await Expect(max.Page.Locator(".opblock").First).ToBeVisibleAsync(new() { Timeout = 20_000 });
        max.HasNoComplaints();
    }

    [Fact]
    public async Task The_journal_shows_what_comes_in_by_itself()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650114", "one", "Ana");
        await using var eva = await SignedInAsync(tenant, path: "/journal");
        var rows = eva.Page.GetByRole(AriaRole.Row);
        await Expect(rows).ToHaveCountAsync(2);   // with its head
        await number.SayAsync("+5511987650114", "two", "Ana");
        await Expect(rows).ToHaveCountAsync(3, new() { Timeout = 15_000 });
    }
}
