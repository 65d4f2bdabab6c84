using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Where one writes: what it takes, and what it says when it cannot.</summary>
public sealed class ComposerTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_text_that_is_too_long_says_so_and_goes_in_parts_and_nothing_of_it_is_lost()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650121", "Tell me everything", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await eva.Field.FillAsync(new string('a', 4000));
        await Expect(eva.Page.GetByText("96 characters left")).ToBeVisibleAsync();
        var text = string.Join(' ', Enumerable.Range(1, 300).Select(n => $"This is sentence {n}."));
        await eva.Field.FillAsync(text);
        await Expect(eva.Page.GetByText("Too long for one WhatsApp message")).ToBeVisibleAsync();
        await eva.Field.PressAsync("Enter");
        await Expect(eva.Field).ToHaveValueAsync(text);
        await Expect(eva.Button("Send")).ToBeDisabledAsync();
        await eva.Button("send it in 2 parts").ClickAsync();
        await Expect(eva.Field).ToHaveValueAsync("");
        await eva.SkipAsync(8);
        var sent = await Eventually.Async(() => TextsSentAsync(number), texts => texts.Count == 2, "both parts are sent", 30);
        Assert.Equal(text, string.Join(' ', sent));
    }

    [Fact]
    public async Task Emoji_take_the_focus_and_give_it_back()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650122", "hi", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.Button("Emoji").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button).First).ToBeFocusedAsync();
        await eva.Page.Keyboard.PressAsync("Shift+Tab");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button).Last).ToBeFocusedAsync();   // it stays inside
        await eva.Page.Keyboard.PressAsync("Escape");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(eva.Field).ToBeFocusedAsync();
        await Expect(eva.Thread).ToBeVisibleAsync();
        await eva.Button("Emoji").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button).First).ToBeFocusedAsync();
        await eva.Page.Keyboard.PressAsync("Enter");
        await Expect(eva.Field).ToHaveValueAsync("😀");
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task Who_may_not_write_any_more_loses_the_field_and_not_the_draft()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650123", "hi", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.Field.FillAsync("half an answer");
        await tenant.App.Get<SystemDatabase>().ExecuteAsync("update users set role = 'viewer' where tenant_id = @tenant and id = @user", new { tenant = tenant.Id, user = eva.UserId }, CancellationToken.None);
        await eva.Button("Close conversation").ClickAsync();
        await Expect(eva.Field).ToHaveCountAsync(0);
        await Expect(eva.Button("Close conversation")).ToHaveCountAsync(0);
        await tenant.App.Get<SystemDatabase>().ExecuteAsync("update users set role = 'editor' where tenant_id = @tenant and id = @user", new { tenant = tenant.Id, user = eva.UserId }, CancellationToken.None);
        await eva.GoAsync($"/inbox/all/{await ConversationAsync(tenant, "Ana")}");
        await Expect(eva.Field).ToHaveValueAsync("half an answer");
    }

    [Fact]
    public async Task A_file_that_did_not_arrive_says_why_nothing_leaves()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650124", "hi", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.Page.RouteAsync("**/api/attachments?*", route => route.AbortAsync());
        await eva.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "invoice.pdf", MimeType = "application/pdf", Buffer = "%PDF-1.4"u8.ToArray() });
        await Expect(eva.Page.GetByText("A file did not arrive.")).ToBeVisibleAsync();
        await Expect(eva.Button("Send")).ToBeDisabledAsync();
        Assert.True(await eva.Page.EvaluateAsync<bool>("() => { const leave = new Event('beforeunload', { cancelable: true }); dispatchEvent(leave); return leave.defaultPrevented; }"));
        await eva.Button("Remove invoice.pdf").ClickAsync();
        await Expect(eva.Page.GetByText("A file did not arrive.")).ToHaveCountAsync(0);
        Assert.False(await eva.Page.EvaluateAsync<bool>("() => { const leave = new Event('beforeunload', { cancelable: true }); dispatchEvent(leave); return leave.defaultPrevented; }"));
    }

    [Fact]
    public async Task An_address_is_written_and_emptied_again()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650125", "hi", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.Button("Add e-mail").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "E-mail" }).FillAsync("ana@example.com");
        await eva.Page.Keyboard.PressAsync("Enter");
        await eva.Button("E-mail: ana@example.com. Change").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "E-mail" }).FillAsync("");
        await eva.Page.Keyboard.PressAsync("Enter");
        await Expect(eva.Button("Add e-mail")).ToBeVisibleAsync();
    }
}
