using System.Net.Http.Json;
using System.Text;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Whom the team knows: found, changed, brought in from a file, made one of two and two again.</summary>
public sealed class ContactsTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_contact_is_found_blocked_and_not_written_to_on_an_address_any_more()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650701", "Do you deliver?", "Nora Vale");
        await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Otto Kraus", email = "otto@example.com", metadata = new { city = "Berlin" } }, 201);
        await using var eva = await SignedInAsync(tenant, path: "/contacts");
        await Expect(Contacts(eva)).ToHaveCountAsync(2);
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Search names, numbers, addresses" }).FillAsync("nora");
        await Expect(Contacts(eva)).ToHaveCountAsync(1);
        await Contacts(eva).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Panel(eva)).ToContainTextAsync("Do you deliver?");

        await Panel(eva).GetByRole(AriaRole.Button, new() { NameRegex = new("^Status") }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "blocked" }).ClickAsync();
        await Expect(Contacts(eva)).ToContainTextAsync("blocked");
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Stop writing here" }).ClickAsync();
        await Expect(Panel(eva)).ToContainTextAsync("Opted out: the team decided so");
        await Expect(Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Write here again" })).ToBeVisibleAsync();

        // The filters are in the address.
        await eva.GoAsync("/contacts?field=city:Berlin");
        await Expect(Contacts(eva)).ToHaveCountAsync(1);
        await Expect(Contacts(eva)).ToContainTextAsync("Otto Kraus");
        await eva.GoAsync("/contacts?status=blocked");
        await Expect(Contacts(eva)).ToContainTextAsync("Nora Vale");
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_contact_without_a_conversation_has_notes_labels_somebody_who_cares_and_names_on_channels()
    {
        var (tenant, _) = await ConnectedAsync();
        await tenant.Editor.PostJsonAsync("/api/labels", new { name = "Press", colour = "teal" }, 201);
        var otto = (Guid)(await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Otto Kraus", metadata = new { visits = 3 } }, 201))["id"]!;
        await using var eva = await SignedInAsync(tenant, path: $"/contacts/{otto}");
        await using var max = await SignedInAsync(tenant, "admin", path: "/journal");

        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Assigned to: Nobody" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Take it myself" }).ClickAsync();
        await Expect(Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Assigned to: Eva editor" })).ToBeVisibleAsync();
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Labels of this contact" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitemcheckbox, new() { Name = "Press" }).ClickAsync();
        await Expect(Panel(eva).GetByText("Press")).ToBeVisibleAsync();
        await eva.Page.Keyboard.PressAsync("Escape");

        // A name on a channel, and a number that stays a number.
        await Panel(eva).GetByLabel("Kind of field").SelectOptionAsync("instagram");
        await Panel(eva).GetByRole(AriaRole.Textbox, new() { Name = "Value" }).FillAsync("otto.kraus");
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Add field" }).ClickAsync();
        await Expect(Panel(eva)).ToContainTextAsync("otto.kraus");
        await Panel(eva).GetByRole(AriaRole.Button, new() { NameRegex = new("visits") }).First.ClickAsync();
        await eva.Page.Keyboard.PressAsync("ControlOrMeta+a");
        await eva.Page.Keyboard.TypeAsync("4");
        await eva.Page.Keyboard.PressAsync("Enter");
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/contacts/{otto}"), one => one["metadata"]!["visits"]!.ToJsonString() == "4" && (string?)one["social_handles"]!["instagram"] == "otto.kraus", "both are kept");

        // Whoever is named in a note about somebody who never wrote finds the contact.
        await Panel(eva).GetByRole(AriaRole.Textbox, new() { Name = "New note" }).FillAsync("Met at the fair.");
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Name a colleague" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Eva admin" }).ClickAsync();
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Add note" }).ClickAsync();
        await Expect(Panel(eva).GetByRole(AriaRole.Article, new() { Name = "Note by Eva editor" })).ToContainTextAsync("Met at the fair.");
        await max.Button("Where you were named: 1 new").ClickAsync();
        await max.Page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new("Eva editor named you at Otto Kraus") }).ClickAsync();
        await Expect(Panel(max)).ToContainTextAsync("Met at the fair.");
        eva.HasNoComplaints();
        max.HasNoComplaints();
    }

    [Fact]
    public async Task A_file_is_checked_row_by_row_before_it_is_imported_and_nothing_is_dropped_unseen()
    {
        var (tenant, _) = await ConnectedAsync();
        await using var eva = await SignedInAsync(tenant, path: "/contacts/import");
        var rows = new StringBuilder("Name;Telefon;E-Mail;Stadt\n");
        for (var i = 0; i < 1200; i++) rows.Append($"Person {i};+55 11 92000-{i:0000};p{i}@example.com;Recife\n");
        rows.Append("Wrong;12;nobody;Rio\n");
        var chooser = await eva.Page.RunAndWaitForFileChooserAsync(() => eva.Button("Choose a CSV file").ClickAsync());
        await chooser.SetFilesAsync(new FilePayload { Name = "people.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(rows.ToString()) });
        await Expect(eva.Page.GetByText("1,201 rows, separated by semicolons, utf-8")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Button, new() { Name = "Field Telefon" })).ToContainTextAsync("Phone");
        await Expect(eva.Page.GetByRole(AriaRole.Button, new() { Name = "Field Stadt" })).ToContainTextAsync("Custom field “Stadt”");

        // A column is left out only when somebody says so.
        await eva.Page.GetByRole(AriaRole.Button, new() { Name = "Field E-Mail" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Leave out" }).ClickAsync();
        await eva.Button("Check the file").ClickAsync();
        var found = eva.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "1,200 rows can be imported, 1 cannot." });
        await Expect(found).ToContainTextAsync("\"12\" is no phone number");
        await Expect(found.GetByRole(AriaRole.Region, new() { Name = "What the first rows become" })).ToContainTextAsync("+5511920000000");
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]!.AsArray());

        await eva.Button("Import").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Imported" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(eva.Page.GetByText("1,201 of 1,201 rows")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Progressbar)).ToHaveAttributeAsync("aria-valuenow", "100");
        var download = await eva.Page.RunAndWaitForDownloadAsync(() => eva.Page.GetByRole(AriaRole.Link, new() { Name = "Download what was not imported" }).ClickAsync());
        Assert.Contains("Wrong,12,nobody,Rio,1202,", await File.ReadAllTextAsync(await download.PathAsync()));

        // The address holds the import: it is there again after a reload, and its people are in the list.
        await eva.Page.ReloadAsync();
        await Expect(eva.Page.GetByText("1,201 of 1,201 rows")).ToBeVisibleAsync();
        await eva.GoAsync("/contacts?q=Person 1199");
        await Expect(Contacts(eva)).ToHaveCountAsync(1);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task Two_contacts_become_one_and_two_again()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650711", "from the first phone", "Nora Vale");
        await number.SayAsync("+5511987650712", "from the second phone", "Nora Valle");
        await using var eva = await SignedInAsync(tenant, path: "/contacts/duplicates");
        var compare = eva.Page.GetByRole(AriaRole.Article, new() { NameRegex = new("Nora") });
        await Expect(compare).ToContainTextAsync("Almost the same name");
        await compare.GetByRole(AriaRole.Button, new() { Name = "Keep Nora Vale", Exact = true }).ClickAsync();
        await Expect(eva.Page.GetByText("Merged into one contact.")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("No duplicates")).ToBeVisibleAsync();

        await eva.GoAsync("/contacts");
        await Expect(Contacts(eva)).ToHaveCountAsync(1);
        await Contacts(eva).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Panel(eva)).ToContainTextAsync("from the first phone");
        await Expect(Panel(eva)).ToContainTextAsync("from the second phone");
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Undo merge" }).ClickAsync();
        await Expect(eva.Page.GetByText("They are two contacts again.")).ToBeVisibleAsync();
        await Expect(Contacts(eva)).ToHaveCountAsync(2);
        await Expect(Panel(eva)).Not.ToContainTextAsync("from the second phone");

        // By hand, whoever it is; and back with the notice's button.
        await Panel(eva).GetByRole(AriaRole.Button, new() { Name = "Merge with another contact" }).ClickAsync();
        var dialog = eva.Page.GetByRole(AriaRole.Dialog, new() { Name = "Merge with another contact" });
        await dialog.GetByRole(AriaRole.Textbox).FillAsync("Nora");
        await dialog.GetByRole(AriaRole.Button, new() { NameRegex = new("^Merge Nora Val.* into this contact") }).ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(Contacts(eva)).ToHaveCountAsync(1);
        await eva.Button("Undo").Last.ClickAsync();
        await Expect(Contacts(eva)).ToHaveCountAsync(2);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_viewer_looks_and_changes_nothing()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650721", "hello", "Nora Vale");
        await number.SayAsync("+5511987650722", "hello", "Nora Valle");
        await using var vera = await SignedInAsync(tenant, "viewer", "/contacts");
        await Expect(Contacts(vera)).ToHaveCountAsync(2);
        foreach (var name in new[] { "Import", "New contact" }) await Expect(vera.Page.GetByText(name, new() { Exact = true })).ToHaveCountAsync(0);
        await Contacts(vera).GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(Panel(vera)).ToContainTextAsync("hello");
        await Expect(Panel(vera).GetByRole(AriaRole.Button, new() { Name = "Stop writing here" })).ToHaveCountAsync(0);
        await vera.GoAsync("/contacts/duplicates");
        await Expect(vera.Page.GetByText("Almost the same name")).ToBeVisibleAsync();
        await Expect(vera.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Keep") })).ToHaveCountAsync(0);
        await Expect(vera.Page.GetByRole(AriaRole.Switch)).ToBeDisabledAsync();
        vera.HasNoComplaints();
    }

    [Fact]
    public async Task Who_sees_only_their_own_customers_is_offered_nothing_that_shows_others()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650731", "hello", "Nora Vale");
        await number.SayAsync("+5511987650732", "hello", "Nora Valle");
        await using var eva = await SignedInAsync(tenant, path: null);
        (await tenant.Admin.PatchAsJsonAsync($"/api/users/{eva.UserId}", new { sees = "team" })).EnsureSuccessStatusCode();
        var mine = (await tenant.Viewer.GetJsonAsync("/api/contacts?q=Valle"))["items"]![0]!["id"];
        (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{mine}/assignment", new { user_id = eva.UserId })).EnsureSuccessStatusCode();
        await eva.GoAsync("/contacts");
        await Expect(Contacts(eva)).ToHaveCountAsync(1);
        await Contacts(eva).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Panel(eva)).ToContainTextAsync("hello");
        await Expect(Panel(eva)).Not.ToContainTextAsync("May be the same person");
        foreach (var name in new[] { "Import", "Duplicates", "Merge with another contact" }) await Expect(eva.Page.GetByText(name, new() { Exact = true })).ToHaveCountAsync(0);
        eva.HasNoComplaints();
    }

    static ILocator Contacts(Agent agent) => agent.Page.GetByRole(AriaRole.List, new() { Name = "Contacts" }).GetByRole(AriaRole.Listitem);

    static ILocator Panel(Agent agent) => agent.Page.GetByRole(AriaRole.Complementary);
}
