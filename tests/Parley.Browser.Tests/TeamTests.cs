using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Two people of one team side by side.</summary>
public sealed class TeamTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task What_one_takes_is_seen_by_the_other_at_once_and_whoever_is_late_hears_who_was_faster()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650901", "Is anybody there?", "Nora");
        await using var eva = await SignedInAsync(tenant);
        await using var max = await SignedInAsync(tenant, "admin");
        await Task.WhenAll(eva.OpenAsync("Nora"), max.OpenAsync("Nora"));
        await Expect(Assigned(eva)).ToContainTextAsync("Nobody");

        // Both have the menu open; both want it.
        await Assigned(eva).ClickAsync();
        await Assigned(max).ClickAsync();
        await Task.WhenAll(eva.HasSettledAsync(), max.HasSettledAsync());
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Take it myself" }).ClickAsync();
        await Expect(Assigned(max)).ToContainTextAsync("Eva editor");
        await Expect(max.Row("Nora")).ToContainTextAsync("Eva editor takes care of it");
        await Expect(Assigned(eva)).ToContainTextAsync("Eva editor");

        await eva.GoAsync("/inbox/mine");
        await Expect(eva.Row("Nora")).ToBeVisibleAsync();
        await max.GoAsync("/inbox/unassigned");
        await Expect(max.Page.GetByText("Everybody has somebody")).ToBeVisibleAsync();
        await Expect(max.Rows).ToHaveCountAsync(0);
        eva.HasNoComplaints();
        max.HasNoComplaints();
    }

    [Fact]
    public async Task A_note_of_one_is_in_the_others_thread_at_once_and_whoever_is_named_is_told()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650902", "Do you have it in blue?", "Nora");
        await using var max = await SignedInAsync(tenant, "admin");
        await using var eva = await SignedInAsync(tenant);
        await Task.WhenAll(eva.OpenAsync("Nora"), max.OpenAsync("Nora"));

        var field = eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "New note" });
        await field.FillAsync("Wants <img src=x onerror=alert(1)> **three** of them.");
        await eva.Button("Name a colleague").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Eva admin" }).ClickAsync();
        await eva.Button("Add note").ClickAsync();
        await Expect(field).ToHaveValueAsync("");
        var note = max.Thread.GetByRole(AriaRole.Article, new() { Name = "Note by Eva editor" });
        await Expect(note).ToContainTextAsync("Wants <img src=x onerror=alert(1)> three of them. @Eva admin");
        await Expect(note.Locator("strong")).ToHaveTextAsync("three");
        await Expect(note.Locator("img")).ToHaveCountAsync(0);
        await max.Button("Where you were named: 1 new").ClickAsync();
        await Expect(max.Page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new("Eva editor named you at Nora") })).ToBeVisibleAsync();
        Assert.Empty(await TextsSentAsync(number));
        eva.HasNoComplaints();
        max.HasNoComplaints();
    }

    [Fact]
    public async Task Two_in_one_conversation_see_each_other_and_who_is_writing()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650903", "Hello?", "Nora");
        await using var eva = await SignedInAsync(tenant);
        await using var max = await SignedInAsync(tenant, "admin");
        await Task.WhenAll(eva.OpenAsync("Nora"), max.OpenAsync("Nora"));
        await Expect(max.Page.GetByText("Eva editor is looking at this")).ToBeAttachedAsync();
        await Expect(eva.Page.GetByText("Eva admin is looking at this")).ToBeAttachedAsync();

        await eva.Field.PressSequentiallyAsync("Good day");
        await Expect(max.Page.GetByText("Eva editor is writing an answer")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("is writing an answer")).ToHaveCountAsync(0);
        await eva.Field.FillAsync("");
        await Expect(max.Page.GetByText("Eva editor is writing an answer")).ToHaveCountAsync(0);

        await eva.GoAsync("/settings/profile");
        await Expect(max.Page.GetByText("Eva editor is looking at this")).ToHaveCountAsync(0);
        max.HasNoComplaints();
    }

    [Fact]
    public async Task An_admin_makes_a_team_and_reads_in_the_audit_log_who_did_it()
    {
        var (tenant, _) = await ConnectedAsync();
        await using var max = await SignedInAsync(tenant, "admin", "/settings/teams");
        await max.Button("Add team").ClickAsync();
        await max.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name" }).FillAsync("Night shift");
        await max.Page.GetByRole(AriaRole.Radio, new() { Name = "each in turn" }).CheckAsync();
        await max.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Eva admin" }).CheckAsync();
        await max.Button("Save").ClickAsync();
        await Expect(max.Page.GetByRole(AriaRole.List, new() { Name = "Teams" })).ToContainTextAsync("1 member · each in turn");

        await max.GoAsync("/settings/audit");
        var lines = max.Page.GetByRole(AriaRole.List, new() { Name = "Audit log" });
        await Expect(lines.GetByRole(AriaRole.Listitem).First).ToContainTextAsync("Made a teamNight shift");
        await lines.GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(lines).ToContainTextAsync("round_robin");
        await max.GoAsync("/settings/audit?what=session");
        await Expect(lines).Not.ToContainTextAsync("Made a team");
        max.HasNoComplaints();
    }

    static ILocator Assigned(Agent agent) => agent.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Assigned to") });
}
