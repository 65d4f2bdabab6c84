using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What runs by itself: made as a sentence, tried before it is let loose, followed step by step.</summary>
public sealed class AutomationTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task An_automation_that_is_put_together_on_the_page_answers_a_customer_and_its_log_tells_each_step()
    {
        var (tenant, number) = await ConnectedAsync();
        await tenant.Editor.PostJsonAsync("/api/labels", new { name = "Sales", colour = "green" }, 201);
        await number.SayAsync("+5511987650801", "What is the price?", "Ana");
        await using var eva = await SignedInAsync(tenant, "admin", path: "/automations");
        await eva.Page.GetByRole(AriaRole.Button, new() { Name = "New automation" }).First.ClickAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name", Exact = true }).FillAsync("Price list");
        await Stage(eva, "If").GetByRole(AriaRole.Button, new() { Name = "Add condition" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "the text" }).ClickAsync();
        await Stage(eva, "If").GetByRole(AriaRole.Textbox, new() { Name = "Words" }).FillAsync("price, prices");
        await AddStepAsync("send a message");
        await Stage(eva, "Do").GetByRole(AriaRole.Textbox, new() { Name = "Text" }).FillAsync("Hello {{contact.name|there}}, 12 euros.");
        await AddStepAsync("put on a label");
        await Stage(eva, "Do").GetByRole(AriaRole.Combobox, new() { Name = "Label" }).SelectOptionAsync("Sales");
        await Expect(eva.Page.GetByText("When a customer writes, if the text has the words “price” or “prices”: send a message “Hello {{contact.name|there}}, 12 euros.”, then put on a label: Sales.")).ToBeVisibleAsync();

        // Tried with what was said before: nothing leaves.
        await eva.Button("Try it").ClickAsync();
        await Expect(eva.Page.GetByText("It would run.")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("Hello Ana, 12 euros.")).ToBeVisibleAsync();
        Assert.Empty(await TextsSentAsync(number));

        await eva.Button("Save and switch on").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Heading, new() { Name = "Price list" })).ToBeVisibleAsync();
        await number.SayAsync("+5511987650801", "And the prices of the others?", "Ana");
        await number.SayAsync("+5511987650801", "Thank you", "Ana");
        Assert.Equal(["Hello Ana, 12 euros."], await Eventually.Async(() => TextsSentAsync(number), texts => texts.Count == 1, "it answers", 30));
        await eva.Page.GetByRole(AriaRole.Tab, new() { Name = "Runs" }).ClickAsync();
        var runs = eva.Page.GetByRole(AriaRole.List, new() { Name = "Runs" }).GetByRole(AriaRole.Listitem);
        await Expect(runs).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        await Expect(runs.First).ToContainTextAsync("Done", new() { Timeout = 20_000 });
        await runs.First.GetByRole(AriaRole.Link).ClickAsync();
        var one = eva.Page.GetByRole(AriaRole.Dialog);
        await Expect(one).ToContainTextAsync("1. send a message");
        await Expect(one).ToContainTextAsync("2. put on a label");
        await one.GetByText("What it was about to do").First.ClickAsync();
        await Expect(one).ToContainTextAsync("Hello Ana, 12 euros.");
        await eva.Page.Keyboard.PressAsync("Escape");

        // Paused, it says nothing more.
        await eva.Button("Pause").ClickAsync();
        await Expect(eva.Button("Switch on")).ToBeVisibleAsync();
        await eva.GoAsync("/automations");
        await Expect(eva.Page.GetByRole(AriaRole.List, new() { Name = "Automations" }).GetByRole(AriaRole.Listitem)).ToContainTextAsync("Paused");
        eva.HasNoComplaints();

        async Task AddStepAsync(string name)
        {
            await Stage(eva, "Do").GetByRole(AriaRole.Button, new() { Name = "Add step" }).ClickAsync();
            await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = name, Exact = true }).ClickAsync();
        }
    }

    [Fact]
    public async Task Steps_are_moved_and_removed_a_mistake_is_told_in_words_and_a_change_is_saved()
    {
        var (tenant, _) = await ConnectedAsync();
        var made = (await tenant.Admin.PostJsonAsync("/api/automations", new
        {
            name = "Order", trigger = new { type = "message_received" },
            actions = new object[] { new { type = "note", config = new { text = "first" } }, new { type = "close", config = new { } } },
        }, 201))["automation"]!;
        await using var eva = await SignedInAsync(tenant, "admin", path: $"/automations/{made["id"]}");
        await eva.Button("Move “close the conversation” up").ClickAsync();
        await Expect(eva.Page.GetByText("When a customer writes: close the conversation, then write a note “first”.")).ToBeVisibleAsync();
        await eva.Button("Remove “close the conversation”").ClickAsync();
        await eva.Button("Save").ClickAsync();
        await Expect(eva.Button("Saved")).ToBeVisibleAsync();
        Assert.Equal("note", (string)(await tenant.Viewer.GetJsonAsync($"/api/automations/{made["id"]}"))["actions"]!.AsArray().Single()!["type"]!);

        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Text" }).FillAsync("");
        await eva.Button("Save").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        Assert.Equal("first", (string)(await tenant.Viewer.GetJsonAsync($"/api/automations/{made["id"]}"))["actions"]![0]!["config"]!["text"]!);
    }

    [Fact]
    public async Task A_viewer_reads_automations_and_their_runs_and_can_change_nothing()
    {
        var (tenant, _) = await ConnectedAsync();
        var id = (await tenant.Admin.PostJsonAsync("/api/automations", new { name = "Close", trigger = new { type = "message_received" }, actions = new object[] { new { type = "close", config = new { } } } }, 201))["automation"]!["id"];
        await using var vera = await SignedInAsync(tenant, "viewer", path: "/automations");
        await Expect(vera.Page.GetByText("When a customer writes: close the conversation.")).ToBeVisibleAsync();
        await Expect(vera.Page.GetByRole(AriaRole.Button, new() { Name = "New automation" })).ToHaveCountAsync(0);
        await vera.GoAsync($"/automations/{id}");
        await Expect(vera.Page.GetByRole(AriaRole.Textbox, new() { Name = "Name", Exact = true })).ToBeDisabledAsync();
        foreach (var name in new[] { "Save", "Switch on", "Try it", "Add step", "More about this automation" })
            if (name == "Add step") await Expect(vera.Button(name)).ToBeDisabledAsync();
            else await Expect(vera.Button(name)).ToHaveCountAsync(0);
        vera.HasNoComplaints();
    }

    static ILocator Stage(Agent eva, string name) => eva.Page.GetByRole(AriaRole.Region, new() { Name = name, Exact = true });
}
