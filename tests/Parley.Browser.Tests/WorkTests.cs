using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What agents and admins do at the page, beyond a plain answer.</summary>
public sealed class WorkTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task What_is_written_offline_leaves_once_and_in_its_order()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650091", "Tell me all", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await eva.Context.SetOfflineAsync(true);
        string[] all = ["the first answer", "the second answer", "the third answer"];
        foreach (var text in all) await eva.WriteAsync(text);
        await eva.SkipAsync(20);
        await Expect(eva.Message(all[2])).ToContainTextAsync("Sending…");
        await eva.Context.SetOfflineAsync(false);
        foreach (var text in all)
        {
            await Expect(eva.Message(text).Locator("[data-status]")).ToHaveAttributeAsync("data-status", "read");
            await Expect(eva.Message(text)).ToHaveCountAsync(1);
        }
        Assert.Equal(all, await TextsSentAsync(number));
        Assert.Equal(all, (await eva.Thread.Locator("[data-mine]").AllInnerTextsAsync()).Select(line => all.Single(line.Contains)));
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task What_was_held_for_undo_leaves_once_when_the_page_is_reloaded()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650092", "Are you sure?", "Ana");
        await using var eva = await SignedInAsync(tenant, path: "/inbox/all");
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("Quite sure, thank you");
        await eva.Page.ReloadAsync();
        await Expect(eva.Message("Quite sure, thank you").Locator("[data-status]")).ToHaveAttributeAsync("data-status", "read");
        await Expect(eva.Message("Quite sure, thank you")).ToHaveCountAsync(1);
        Assert.Equal(["Quite sure, thank you"], await TextsSentAsync(number));
    }

    [Fact]
    public async Task Files_are_attached_shown_and_sent_with_the_words()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650093", "Show me", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await eva.Page.Locator("input[type=file]").SetInputFilesAsync((FilePayload[])[new() { Name = "red.png", MimeType = "image/png", Buffer = TestFiles.Png() }, new() { Name = "bill.pdf", MimeType = "application/pdf", Buffer = TestFiles.Pdf }]);
        await Expect(eva.Button("Remove bill.pdf")).ToBeVisibleAsync();
        await Expect(eva.Button("Remove red.png")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Progressbar)).ToHaveCountAsync(0);
        await eva.Page.ReloadAsync();   // what is attached is part of the draft
        await Expect(eva.Button("Remove bill.pdf")).ToBeVisibleAsync();
        await eva.Field.FillAsync("This is the red one");
        await eva.Button("Send").ClickAsync();
        await eva.SkipAsync(6);
        await Expect(eva.Thread.Locator("[data-mine] [data-status=read]")).ToHaveCountAsync(2);
        var sent = (await App.LedgerAsync()).Where(entry => (string?)entry!["from"] == number.PhoneNumberId).Select(entry => entry!["body"]!).ToList();
        Assert.Equal([("image", "This is the red one"), ("document", null)], sent.Select(body => ((string)body["type"]!, (string?)body[(string)body["type"]!]!["caption"])));
        await Expect(eva.Thread.GetByRole(AriaRole.Img).First).ToBeVisibleAsync();
        Assert.True(await eva.Thread.Locator("img").First.EvaluateAsync<bool>("async image => { await image.decode(); return image.naturalWidth > 0; }"));
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task After_the_window_has_closed_a_template_goes_out_and_the_draft_is_kept()
    {
        var (tenant, number) = await ConnectedAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates"), page => page["items"]!.AsArray().Count > 0, "the templates are read");
        await number.SayAsync("+5511987650094", "Call me when it is ready", "Ana Souza");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana Souza");
        await eva.Field.FillAsync("It is nearly");
        await App.Get<SystemDatabase>().ExecuteAsync("update conversations set last_inbound_at = @past where tenant_id = @tenant", new { tenant = tenant.Id, past = TimeProvider.System.GetUtcNow().AddHours(-25) }, CancellationToken.None);
        await eva.Page.ReloadAsync();
        await Expect(eva.Page.GetByText("More than 24 hours have passed since the customer last wrote.")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("Your draft is kept.")).ToBeVisibleAsync();
        await Expect(eva.Field).ToHaveCountAsync(0);

        await eva.Button("Choose a template").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Find a template" }).FillAsync("reminder");
        await Expect(eva.Page.GetByLabel("First name")).ToHaveValueAsync("Ana");
        await Expect(eva.Button("Send template")).ToBeDisabledAsync();
        await eva.Page.GetByLabel("Date").FillAsync("Friday");
        await eva.Page.GetByLabel("Time").FillAsync("10:30");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("your appointment on Friday at 10:30");
        await eva.Button("Send template").ClickAsync();
        await Expect(eva.Message("your appointment on Friday at 10:30")).ToContainTextAsync("Sending in");
        await eva.SkipAsync(6);
        await Expect(eva.Message("your appointment on Friday at 10:30").Locator("[data-status]")).ToHaveAttributeAsync("data-status", "read");

        await number.SayAsync("+5511987650094", "I will be there", "Ana Souza");   // and the window is open again
        await Expect(eva.Field).ToHaveValueAsync("It is nearly");
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_channel_is_connected_by_its_form_and_the_test_marks_the_field_that_is_wrong()
    {
        var tenant = await App.NewTenantAsync();
        await using var max = await SignedInAsync(tenant, "admin");
        await max.Button("Connect a channel").ClickAsync();
        await max.Button("Connect").ClickAsync();
        await Expect(max.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name", Exact = true })).ToBeFocusedAsync();   // the first that is missing
        await max.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name", Exact = true }).FillAsync("Corner shop");
        await max.Page.GetByRole(AriaRole.Textbox, new() { Name = "Phone number id" }).FillAsync($"1065403522{tenant.Id.ToString()[^5..].GetHashCode() & 0xffff}");
        await max.Page.Locator("[name=access_token]").FillAsync("bad");
        await max.Page.Locator("[name=app_secret]").FillAsync("an app secret of ours");
        await max.Page.Locator("[name=base_url]").FillAsync(new Uri(App.Emulator.BaseAddress!, "/meta").ToString());
        await max.Button("Connect").ClickAsync();
        await Expect(max.Page.GetByText("Does not work").First).ToBeVisibleAsync();
        await max.Button("Show the field").ClickAsync();
        await Expect(max.Page.Locator("[id='setting-credentials.access_token']").GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await max.Page.Locator("[id='setting-credentials.access_token']").GetByRole(AriaRole.Button, new() { Name = "Replace" }).ClickAsync();
        await max.Page.Locator("[name=access_token]").FillAsync("a-better-token");
        await max.Button("Save").ClickAsync();
        await max.Button("Test").ClickAsync();
        await Expect(max.Page.GetByText("Works", new() { Exact = true }).First).ToBeVisibleAsync();
        await Expect(max.Page.GetByText($"/webhooks/meta/{(await tenant.Admin.GetJsonAsync("/api/integrations"))["items"]![0]!["id"]}")).ToBeVisibleAsync();
        await Expect(max.Page.GetByText("a-better-token")).ToHaveCountAsync(0);
        max.HasNoComplaints();
    }

    [Fact]
    public async Task A_webhook_that_failed_can_be_looked_at_and_applied_again()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.PostAsync("{\"object\": 1, \"this is\": \"not what Meta sends\"");
        await number.SayAsync("+5511987650096", "an ordinary one", "Ana");
        await using var eva = await SignedInAsync(tenant, path: "/journal");
        await eva.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Failed" }).ClickAsync();
        await Expect(eva.Page.GetByText("not what Meta sends")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("It could not be applied")).ToBeVisibleAsync();
        await eva.Button("Apply again").ClickAsync();
        await Expect(eva.Page.GetByText("It failed again")).ToBeVisibleAsync();
        eva.HasNoComplaints();
    }
}
