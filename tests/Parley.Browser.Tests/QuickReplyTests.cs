using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Words that a team uses again and again.</summary>
public sealed class QuickReplyTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_quick_reply_is_written_in_the_settings_and_comes_by_its_shortcut_filled_for_the_customer()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650291", "When do you open?", "Ana Souza");
        await using var eva = await SignedInAsync(tenant, path: "/settings/replies");
        await eva.Button("New quick reply").ClickAsync();
        await eva.Button("Save").ClickAsync();
        await Expect(eva.Page.GetByText("It is missing.")).ToBeVisibleAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name" }).FillAsync("Opening hours");
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Shortcut" }).FillAsync("hours");
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Words" }).FillAsync("Dear {{first_name}}, we open at {{hour}} every day.");
        await eva.Button("Save").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.List, new() { Name = "Quick replies" })).ToContainTextAsync("/hours");
        await tenant.Editor.PostJsonAsync("/api/templates", new { name = "Goodbye", content = "Have a nice day, {{first_name}}!", shortcut = "bye" }, 201);

        await eva.GoAsync("/inbox/all");
        await eva.OpenAsync("Ana Souza");
        var list = eva.Page.GetByRole(AriaRole.Listbox, new() { Name = "Quick replies" });
        await eva.Field.PressSequentiallyAsync("/");
        await Expect(list.GetByRole(AriaRole.Option)).ToHaveCountAsync(2);
        await eva.Field.PressAsync("Escape");
        await Expect(list).ToHaveCountAsync(0);
        await eva.Field.FillAsync("");
        await eva.Field.PressSequentiallyAsync("/ho");
        await Expect(list.GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await eva.Field.PressAsync("Enter");
        await Expect(eva.Field).ToHaveValueAsync("Dear Ana, we open at {{hour}} every day.");
        await Expect(eva.Page.GetByText("Fill in {{hour}} before sending")).ToBeVisibleAsync();
        await Expect(eva.Button("Send")).ToBeDisabledAsync();
        await eva.Page.Keyboard.TypeAsync("nine");   // the blank is chosen: typing fills it
        await Expect(eva.Field).ToHaveValueAsync("Dear Ana, we open at nine every day.");
        await eva.Field.PressAsync("End");
        await eva.Field.PressSequentiallyAsync(" /by");
        await eva.Field.PressAsync("Tab");
        await Expect(eva.Field).ToHaveValueAsync("Dear Ana, we open at nine every day. Have a nice day, Ana!");
        await eva.Button("Send").ClickAsync();
        await eva.Page.ReloadAsync();
        await Expect(eva.Message("we open at nine").Locator("[data-status]")).ToHaveAttributeAsync("data-status", "read");
        Assert.Equal(["Dear Ana, we open at nine every day. Have a nice day, Ana!"], await TextsSentAsync(number));
        eva.HasNoComplaints();
    }
}
