using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Programs that are told, and the journal, at the page.</summary>
public sealed class WebhookTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task An_admin_connects_a_program_sees_what_it_was_told_and_sends_it_again()
    {
        await using var stage = await WebhookStage.StartAsync(Parley);
        await using var eva = await SignedInAsync(stage.Tenant, "admin", "/settings/webhooks");
        await eva.Button("Add endpoint").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Address" }).FillAsync("ftp://nowhere");
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "What it is for" }).FillAsync("The shop");
        await eva.Page.GetByRole(AriaRole.Radio, new() { Name = "Only what I choose" }).CheckAsync();
        await eva.Page.GetByRole(AriaRole.Checkbox, new() { Name = "A label was made, changed or deleted." }).CheckAsync();
        var add = eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Add endpoint" });
        await add.ClickAsync();
        await Expect(eva.Page.GetByText("It must be an address such as")).ToBeVisibleAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Address" }).FillAsync(stage.Receiver.Url());
        await add.ClickAsync();
        var secret = eva.Page.GetByText("whsec_");
        await Expect(secret).ToBeVisibleAsync();
        var shown = await secret.InnerTextAsync();
        Planted.Add(shown);
        await eva.Button("I have copied it").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Heading, new() { Name = "The shop" })).ToBeVisibleAsync();
        await Expect(secret).ToHaveCountAsync(0);

        await eva.Button("Send a test").ClickAsync();
        await Expect(eva.Page.GetByText("The test arrived. It answered 200")).ToBeVisibleAsync();
        await stage.HappensAsync();
        var log = eva.Page.GetByRole(AriaRole.List, new() { Name = "Deliveries" });
        await Expect(log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(2);
        Assert.True((await stage.Receiver.HasAsync(2))[1].IsSignedWith(shown));
        await log.GetByRole(AriaRole.Link, new() { NameRegex = new("label.updated") }).ClickAsync();
        var drawer = eva.Page.GetByRole(AriaRole.Dialog);
        await Expect(drawer).ToContainTextAsync("Status 200, without a body.");
        await Expect(drawer).ToContainTextAsync("\"type\": \"label.updated\"");
        await drawer.GetByRole(AriaRole.Button, new() { Name = "Send again now" }).ClickAsync();
        var came = await stage.Receiver.HasAsync(3);
        Assert.Equal(came[1].Id, came[2].Id);
        await eva.Page.Keyboard.PressAsync("Escape");
        await Expect(drawer).ToHaveCountAsync(0);

        await eva.Button("Send again…").ClickAsync();
        await drawer.GetByRole(AriaRole.Radio, new() { Name = "Also what arrived" }).CheckAsync();
        await drawer.GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await Expect(eva.Page.GetByText("One delivery is on its way again.")).ToBeVisibleAsync();
        await stage.Receiver.HasAsync(4);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task Whoever_says_gone_is_off_with_the_reason_and_the_admin_chooses_how_it_goes_on()
    {
        await using var stage = await WebhookStage.StartAsync(Parley);
        var (id, _) = await stage.HasEndpointAsync();
        await using var eva = await SignedInAsync(stage.Tenant, "admin", $"/settings/webhooks/{id}");
        await eva.HasSettledAsync();
        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 410; return Task.CompletedTask; };
        await stage.HappensAsync();
        await Expect(eva.Page.GetByText("It answered 410: whoever runs it wants no more.").First).ToBeVisibleAsync();
        await eva.Button("Where you were named: 1 new").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new("A webhook is switched off") }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("Switched off") }).ClickAsync();

        stage.Receiver.Answer = (_, _) => Task.CompletedTask;
        await eva.Button("Switch on").ClickAsync();
        var dialog = eva.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Radio, new() { Name = "Go on where it stopped" })).ToBeCheckedAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Switch on" }).ClickAsync();
        await stage.Receiver.HasAsync(2);
        await Expect(eva.Page.GetByText("Works", new() { Exact = true })).ToBeVisibleAsync();
        eva.HasNoComplaints();

        await using var max = await SignedInAsync(stage.Tenant, "editor", "/settings/webhooks");
        await Expect(max.Page.GetByText("Webhooks out")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_list_of_the_journal_is_applied_again_with_one_button()
    {
        var (tenant, number) = await ConnectedAsync();
        for (var i = 0; i < 2; i++) await (await number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.page.{i}.{number.PhoneNumberId}", $"one of many {i}")}]"))).JsonAsync();
        await using var eva = await SignedInAsync(tenant, path: "/journal?status=processed");
        await eva.Button("Apply these again…").ClickAsync();
        await Expect(eva.Page.GetByText("All webhooks of this list that were applied are applied once more")).ToBeVisibleAsync();
        await eva.Button("Apply again").ClickAsync();
        await Expect(eva.Page.GetByText("2 webhooks are applied again.")).ToBeVisibleAsync();
        await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/webhook-events"))["items"]!.AsArray(), all => all.All(one => (int)one!["attempts"]! == 2 && (string)one["status"]! == "processed"), "they are applied");
        eva.HasNoComplaints();
    }
}
