using System.Net;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

public sealed class RoleTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_viewer_sees_no_way_to_send_and_the_API_refuses()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650071", "Read me", "Ana");
        var conversation = await ConversationAsync(tenant, "Ana");
        await using var vera = await SignedInAsync(tenant, "viewer");
        await vera.OpenAsync("Ana");
        await Expect(vera.Message("Read me")).ToBeVisibleAsync();
        await Expect(vera.Page.Locator("textarea")).ToHaveCountAsync(0);
        foreach (var name in new[] { "Send", "Attach files…", "Close conversation", "Snooze…", "Answer this message", "Send a template…", "Block contact" })
            await Expect(vera.Page.GetByRole(AriaRole.Button, new() { Name = name })).ToHaveCountAsync(0);
        await vera.Page.Keyboard.PressAsync("r");
        await vera.Page.Keyboard.PressAsync("e");
        await vera.Page.Keyboard.PressAsync("Control+k");
        await Expect(vera.Page.GetByRole(AriaRole.Option).First).ToBeVisibleAsync();
        Assert.DoesNotContain(await vera.Page.GetByRole(AriaRole.Option).AllInnerTextsAsync(), option => option.Contains("reply", StringComparison.OrdinalIgnoreCase) || option.Contains("conversation\nE") || option.Contains("Archive conversation"));
        await vera.Page.Keyboard.PressAsync("Escape");

        var answer = await vera.Page.EvaluateAsync<int>("""
            async id => (await fetch(`/api/conversations/${id}/messages`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"type":"text","content":"hello"}' })).status
            """, conversation.ToString());
        Assert.Equal((int)HttpStatusCode.Forbidden, answer);
        Assert.Empty(await TextsSentAsync(number));
        var now = await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}");
        Assert.Equal(("open", 1), ((string)now["status"]!, (int)now["unread_count"]!));   // nor did looking at it read it

        await Expect(vera.Page.GetByRole(AriaRole.Link, new() { Name = "Settings" })).ToBeVisibleAsync();
        await vera.GoAsync("/settings/team");
        await Expect(vera.Page.GetByText("Not for your role")).ToBeVisibleAsync();
        await Expect(vera.Page.GetByRole(AriaRole.Link, new() { Name = "API keys" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_editor_writes_and_an_admin_also_configures()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650072", "Write to me", "Ana");
        await using var eva = await SignedInAsync(tenant, "editor");
        await eva.OpenAsync("Ana");
        await Expect(eva.Field).ToBeEditableAsync();
        await eva.GoAsync("/settings/keys");
        await Expect(eva.Page.GetByText("Not for your role")).ToBeVisibleAsync();
        await using var max = await SignedInAsync(tenant, "admin", "/settings/keys");
        await Expect(max.Button("Create a key").First).ToBeVisibleAsync();
    }
}
