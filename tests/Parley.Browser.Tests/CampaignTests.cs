using System.Net.Http.Json;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>One message to many people, from the page.</summary>
public sealed class CampaignTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    static int _people = 20_000;

    [Fact]
    public async Task A_campaign_is_written_checked_started_and_seen_to_finish()
    {
        var (tenant, number) = await ReadyAsync();
        var (nora, blocked) = (NewNumber(), NewNumber());
        await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Nora Vale", phone = nora }, 201);
        await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Otto Kraus", phone = blocked, status = "blocked" }, 201);
        await using var eva = await SignedInAsync(tenant, path: "/campaigns");
        await eva.Page.GetByRole(AriaRole.Link, new() { Name = "New campaign" }).First.ClickAsync();
        await Text(eva, "Name").FillAsync("Spring");
        await Expect(eva.Button("Next")).ToBeDisabledAsync();
        await Select(eva, "Sent by").SelectOptionAsync(number.Id.ToString());
        await eva.Page.GetByRole(AriaRole.Radio, new() { NameRegex = new("A list of numbers") }).CheckAsync();
        await Text(eva, "Numbers").FillAsync($"{nora}\n{blocked}; {NewNumber()}\n{nora}, not a number");
        await eva.Button("Next").ClickAsync();
        // A file is there before the way on is open; one of another kind is refused in words, and one can be taken away again.
        await Select(eva, "What is sent").SelectOptionAsync("image");
        var picker = eva.Page.Locator("input[type=file]");
        await picker.SetInputFilesAsync(new FilePayload { Name = "offer.pdf", MimeType = "application/pdf", Buffer = TestFiles.Pdf });
        await Expect(eva.Page.GetByRole(AriaRole.Alert).GetByText("This is no picture that can be sent. Choose a JPEG or PNG.")).ToBeVisibleAsync();
        await Expect(eva.Button("Next")).ToBeDisabledAsync();
        await picker.SetInputFilesAsync(new FilePayload { Name = "spring.png", MimeType = "image/png", Buffer = TestFiles.Png() });
        await Expect(eva.Button("Next")).ToBeEnabledAsync();
        await eva.Button("Remove spring.png").ClickAsync();
        await Expect(eva.Button("Next")).ToBeDisabledAsync();
        await Select(eva, "What is sent").SelectOptionAsync("template");
        await Select(eva, "Template").SelectOptionAsync(new SelectOptionValue { Label = "order ready (pt_BR)" });
        await Text(eva, "{{1}}").FillAsync("{{first_name}}");
        await Text(eva, "{{2}}").FillAsync("1042");
        await Text(eva, "Instead of {{first_name}}").FillAsync("amigo");
        await eva.Button("Next").ClickAsync();
        await eva.Button("Next").ClickAsync();

        // Who gets it, who does not and why, and what any of them would read.
        await Expect(eva.Page.GetByText("2 people will get it.")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("one number given twice, one line that is no number")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Row, new() { NameRegex = new("The contact is blocked.*Otto Kraus") })).ToBeVisibleAsync();
        var samples = eva.Page.GetByRole(AriaRole.Region, new() { Name = "What people will read" });
        await Expect(samples.GetByText("Olá Nora, seu pedido 1042 está pronto para retirada.")).ToBeVisibleAsync();
        await Expect(samples.GetByText("Olá amigo,")).ToBeVisibleAsync();
        await Text(eva, "Look at somebody").FillAsync("otto");
        await eva.Button("Look").ClickAsync();
        await Expect(eva.Page.GetByText("Left out. The contact is blocked.")).ToBeVisibleAsync();
        Assert.Empty(await TextsSentAsync(number));

        // A reload loses nothing.
        await eva.Page.ReloadAsync();
        await eva.Button("Start now").ClickAsync();
        await Expect(eva.Page.GetByText("Send it to 2 people?")).ToBeVisibleAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Start now" }).ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Status).GetByText("Completed")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        var progress = eva.Page.GetByRole(AriaRole.Progressbar);
        await Expect(progress).ToHaveAttributeAsync("aria-valuetext", "2 of 2");
        Assert.Equal(2, (await TextsSentAsync(number)).Count);

        var people = eva.Page.GetByRole(AriaRole.List, new() { Name = "Recipients" });
        await Expect(people.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(3);
        await Expect(people.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Otto Kraus" })).ToContainTextAsync("The contact is blocked.");
        await eva.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^State:") }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "who were left out" }).ClickAsync();
        await Expect(people.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        var download = await eva.Page.RunAndWaitForDownloadAsync(() => eva.Page.GetByRole(AriaRole.Link, new() { Name = "Export" }).ClickAsync());
        var file = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.Contains("Otto Kraus", file);
        Assert.DoesNotContain("Nora Vale", file);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task It_is_paused_goes_on_and_is_cancelled_and_every_page_hears_of_it()
    {
        var (tenant, number) = await ReadyAsync();
        var id = await HasCampaignAsync(tenant, number, 200, 5);
        await using var eva = await SignedInAsync(tenant, path: $"/campaigns/{id}");
        await using var max = await SignedInAsync(tenant, "viewer", "/campaigns");
        await Expect(Row(max)).ToContainTextAsync("Draft");
        await eva.Page.GetByRole(AriaRole.Link, new() { Name = "Check and start" }).ClickAsync();
        await eva.Button("Start now").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Start now" }).ClickAsync();
        await Expect(Row(max)).ToContainTextAsync("Sending");
        await eva.Button("Pause").ClickAsync();
        await Expect(eva.Page.GetByText("Somebody of your team paused it.")).ToBeVisibleAsync();
        await Expect(Row(max)).ToContainTextAsync("Paused");
        await eva.Button("Go on").ClickAsync();
        await Expect(Row(max)).ToContainTextAsync("Sending");
        await eva.Button("More").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Cancel campaign" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel campaign" }).ClickAsync();
        await Expect(Row(max)).ToContainTextAsync("Cancelled");
        await Expect(eva.Button("Pause")).ToHaveCountAsync(0);
        Assert.True((await TextsSentAsync(number)).Count < 200);
        eva.HasNoComplaints();
        max.HasNoComplaints();
    }

    [Fact]
    public async Task One_that_fails_too_often_pauses_by_itself_and_the_admins_are_led_to_it()
    {
        var (tenant, number) = await ReadyAsync();
        // Own words reach nobody who has not written lately.
        var id = (string)(await tenant.Editor.PostJsonAsync("/api/campaigns", new
        {
            name = "Spring", integration_id = number.Id, message = "Hello", recipients = Enumerable.Range(0, 60).Select(_ => NewNumber()).ToArray(), rate_per_second = 10,
            brake = new { failure_percent = 20, min_sample = 5 },
        }, 201))["id"]!;
        await using var eva = await SignedInAsync(tenant, "admin", $"/campaigns/{id}");
        await Expect(eva.Page.GetByText("A draft. Nothing is sent before somebody starts it.")).ToBeVisibleAsync();
        await tenant.Editor.PostJsonAsync($"/api/campaigns/{id}/start", null, 200);
        await Expect(eva.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("It paused by itself: too many failed.", new() { Timeout = 60_000 });
        await eva.Button("Where you were named: 1 new").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new("A campaign is paused") }).ClickAsync();
        await Expect(Row(eva)).ToContainTextAsync("Paused");
        Assert.Empty(await TextsSentAsync(number));
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task What_a_colleague_has_written_since_is_neither_written_over_nor_started_unseen()
    {
        var (tenant, number) = await ReadyAsync();
        var id = await HasCampaignAsync(tenant, number, 3, 100);
        await using var eva = await SignedInAsync(tenant, path: $"/campaigns/{id}/edit");
        await Expect(Text(eva, "Name")).ToHaveValueAsync("Spring");
        await using var max = await SignedInAsync(tenant, path: $"/campaigns/{id}/edit?step=check");
        await Expect(max.Button("Start now")).ToBeVisibleAsync();
        var whole = await tenant.Editor.GetJsonAsync($"/api/campaigns/{id}");
        await (await tenant.Editor.PutAsJsonAsync($"/api/campaigns/{id}", new
        {
            name = "Summer", integration_id = number.Id, template = whole["template"], recipients = whole["recipients"], rate_per_second = 100,
        })).JsonAsync();
        await Text(eva, "Name").FillAsync("Autumn");
        await eva.Button("Save as draft").ClickAsync();
        await Expect(eva.Page.GetByText("It has changed since you saw it").First).ToBeVisibleAsync();
        await max.Button("Start now").ClickAsync();
        await max.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Start now" }).ClickAsync();
        await Expect(max.Page.GetByText("It has changed since you saw it").First).ToBeVisibleAsync();
        var after = await tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}");
        Assert.Equal(("Summer", "draft"), ((string)after["name"]!, (string)after["status"]!));
    }

    [Fact]
    public async Task A_viewer_looks_and_has_no_buttons()
    {
        var (tenant, number) = await ReadyAsync();
        var id = await HasCampaignAsync(tenant, number, 3, 100);
        await using var max = await SignedInAsync(tenant, "viewer", "/campaigns");
        await Row(max).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(max.Page.GetByRole(AriaRole.Heading, new() { Name = "Spring" })).ToBeVisibleAsync();
        await max.HasSettledAsync();
        foreach (var name in new[] { "Edit", "Check and start", "More", "New campaign" })
            await Expect(max.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = name }).Or(max.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = name }))).ToHaveCountAsync(0);
        await max.GoAsync($"/campaigns/{id}/edit");
        await Expect(max.Page.GetByText("Not for your role")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_draft_is_kept_changed_scheduled_made_a_draft_again_and_deleted()
    {
        var (tenant, number) = await ReadyAsync();
        await using var eva = await SignedInAsync(tenant, path: "/campaigns/new");
        await Text(eva, "Name").FillAsync("Later");
        await Select(eva, "Sent by").SelectOptionAsync(number.Id.ToString());
        await eva.Button("Next").ClickAsync();
        await Expect(eva.Page.GetByText("On WhatsApp, words reach only people who wrote within the last 24 hours.")).ToBeVisibleAsync();
        await Text(eva, "Message").FillAsync("Hello {{first_name}}");
        await eva.Button("Next").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Radio, new() { Name = "At a time" }).CheckAsync();
        await eva.Button("Save as draft").ClickAsync();
        await Expect(eva.Page.GetByText("A draft. Nothing is sent before somebody starts it.")).ToBeVisibleAsync();
        await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Nora Vale", phone = NewNumber() }, 201);

        await eva.Page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).ClickAsync();
        await Expect(Text(eva, "Name")).ToHaveValueAsync("Later");
        await Text(eva, "Name").FillAsync("Tomorrow");
        await eva.Button("Next").ClickAsync();
        await eva.Button("Next").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Radio, new() { Name = "At a time" }).CheckAsync();
        await eva.Button("Next").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Schedule for") }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameRegex = new("^Schedule for") }).ClickAsync();
        await Expect(eva.Page.GetByText("It starts ")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Heading, new() { Name = "Tomorrow" })).ToBeVisibleAsync();
        await eva.Button("More").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Back to draft" }).ClickAsync();
        await Expect(eva.Page.GetByText("It is a draft again.")).ToBeVisibleAsync();
        await eva.Button("More").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete draft" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete draft" }).ClickAsync();
        await Expect(eva.Page.GetByText("No campaign yet")).ToBeVisibleAsync();
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_file_says_who_and_what_and_those_who_failed_are_tried_again_by_a_campaign_of_their_own()
    {
        var (tenant, number) = await ReadyAsync();
        var (ana, tom) = (NewNumber(), NewNumber());
        await number.SayAsync(ana, "Hello", "Ana");   // her window is open, Tom's is not
        await using var eva = await SignedInAsync(tenant, path: "/campaigns/new");
        await Text(eva, "Name").FillAsync("Orders");
        await Select(eva, "Sent by").SelectOptionAsync(number.Id.ToString());
        await eva.Page.GetByRole(AriaRole.Radio, new() { NameRegex = new("A CSV file") }).CheckAsync();
        var chooser = await eva.Page.RunAndWaitForFileChooserAsync(() => eva.Button("Choose a CSV file").ClickAsync());
        await chooser.SetFilesAsync(new FilePayload { Name = "orders.csv", MimeType = "text/csv", Buffer = System.Text.Encoding.UTF8.GetBytes($"Order No;Telefon\n1042;{ana}\n1043;{tom}\n") });
        await Expect(eva.Page.GetByText("orders.csv: 2 rows")).ToBeVisibleAsync();
        await Expect(Select(eva, "Column with the numbers")).ToHaveValueAsync("Telefon");
        await Expect(eva.Page.GetByText("In the message: {{order_no}}")).ToBeVisibleAsync();
        await eva.Button("Next").ClickAsync();
        await Text(eva, "Message").FillAsync("Your order {{order_no}} is ready.");
        await eva.Button("Next").ClickAsync();
        await eva.Button("Next").ClickAsync();
        await Expect(eva.Page.GetByText("Your order 1043 is ready.")).ToBeVisibleAsync();
        await eva.Button("Start now").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Start now" }).ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Status).GetByText("Completed")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.Equal(["Your order 1042 is ready."], await TextsSentAsync(number));
        await Expect(eva.Page.GetByRole(AriaRole.List, new() { Name = "Recipients" }).GetByRole(AriaRole.Listitem).Filter(new() { HasText = tom })).ToContainTextAsync("Failed");

        await eva.Button("Try the failed ones again").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Try the failed ones again" }).ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Heading, new() { Name = "Orders (again)" })).ToBeVisibleAsync();
        await number.SayAsync(tom, "Here I am", "Tom");
        await eva.Page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Radio, new() { NameRegex = new("Those who failed") })).ToBeCheckedAsync();
        await eva.Button("Next").ClickAsync();
        await eva.Button("Next").ClickAsync();
        await eva.Button("Next").ClickAsync();
        await Expect(eva.Page.GetByText("One person will get it.")).ToBeVisibleAsync();
        await eva.Button("Start now").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Start now" }).ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Status).GetByText("Completed")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.Equal(["Your order 1042 is ready.", "Your order 1043 is ready."], await TextsSentAsync(number));
        eva.HasNoComplaints();
    }

    static ILocator Text(Agent agent, string label) => agent.Page.GetByRole(AriaRole.Textbox, new() { Name = label, Exact = true });

    static ILocator Select(Agent agent, string label) => agent.Page.GetByRole(AriaRole.Combobox, new() { Name = label, Exact = true });

    static ILocator Row(Agent agent) => agent.Page.GetByRole(AriaRole.List, new() { Name = "Campaigns" }).GetByRole(AriaRole.Listitem);

    static string NewNumber() => $"+49302{Interlocked.Increment(ref _people):0000000}";

    /// <summary>A number whose templates were read.</summary>
    async Task<(TestTenant Tenant, TestNumber Number)> ReadyAsync()
    {
        var (tenant, number) = await ConnectedAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=order_ready"), page => page["items"]!.AsArray().Count > 0, "the templates are read", 30);
        return (tenant, number);
    }

    static async Task<string> HasCampaignAsync(TestTenant tenant, TestNumber number, int people, double rate) =>
        (string)(await tenant.Editor.PostJsonAsync("/api/campaigns", new
        {
            name = "Spring", integration_id = number.Id, type = "template", template = new { name = "order_ready", language = "pt_BR", variables = new[] { "Ana", "42" } },
            recipients = Enumerable.Range(0, people).Select(_ => NewNumber()).ToArray(), rate_per_second = rate,
        }, 201))["id"]!;
}
