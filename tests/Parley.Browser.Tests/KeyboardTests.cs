using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

public sealed class KeyboardTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_day_of_work_needs_no_mouse()
    {
        var (tenant, number) = await ConnectedAsync();
        foreach (var (name, text) in new[] { ("Ana", "I am first"), ("Ben", "I am second"), ("Chloé", "I am last") })
            await number.SayAsync($"+55119876500{name.Length}{name[0] % 10}", text, name);
        await using var eva = await AtTheDoorAsync(tenant, clock: true);
        var keys = eva.Page.Keyboard;

        // The door: the field is chosen already.
        await eva.GoAsync("/");
        await Expect(eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "E-mail" })).ToBeFocusedAsync();
        await keys.TypeAsync(eva.Email);
        await keys.PressAsync("Tab");
        await keys.TypeAsync(eva.Password);
        await keys.PressAsync("Enter");
        await Expect(eva.Rows).ToHaveCountAsync(3);

        // Through the list.
        await PressAsync("j", "I am last");
        await PressAsync("j", "I am second");
        await PressAsync("j", "I am first");
        await PressAsync("k", "I am second");
        await Expect(eva.Row("Ben").GetByRole(AriaRole.Link)).ToHaveAttributeAsync("aria-current", "true");

        // An answer: letters are text while one writes.
        await keys.PressAsync("r");
        await Expect(eva.Field).ToBeFocusedAsync();
        await keys.TypeAsync("just keys: j k e ?");
        await keys.PressAsync("Shift+Enter");
        await keys.TypeAsync("two lines");
        await Expect(eva.Field).ToHaveValueAsync("just keys: j k e ?\ntwo lines");
        await keys.PressAsync("Enter");
        await Expect(eva.Message("just keys")).ToBeVisibleAsync();
        await keys.PressAsync("Escape");
        await Expect(eva.Field).Not.ToBeFocusedAsync();
        await keys.PressAsync("z");   // taken back, and sent again
        await Expect(eva.Field).ToBeFocusedAsync();
        await Expect(eva.Field).ToHaveValueAsync("just keys: j k e ?\ntwo lines");
        await keys.PressAsync("Enter");
        await eva.SkipAsync(6);
        await Expect(eva.Message("just keys")).ToContainTextAsync("Read");

        // Done: the next one takes its place.
        await keys.PressAsync("Escape");
        await keys.PressAsync("e");
        await Expect(eva.Row("Ben")).ToHaveCountAsync(0);
        await Expect(eva.Message("I am first").Or(eva.Message("I am last"))).ToBeVisibleAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/conversations?status=closed"), page => page["items"]!.AsArray().Count == 1, "it is closed");

        // What keys there are, and everything by name.
        await keys.PressAsync("?");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" })).ToContainTextAsync("Next conversation");
        await keys.PressAsync("Escape");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await keys.PressAsync("Control+k");
        await Expect(eva.Page.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await keys.TypeAsync("chlo");   // as one types it without accents
        await Expect(eva.Page.GetByRole(AriaRole.Option)).ToHaveCountAsync(2);   // the person, and a search for it
        await keys.PressAsync("Enter");
        await Expect(eva.Message("I am last")).ToBeVisibleAsync();
        await keys.PressAsync("g");
        await keys.PressAsync("c");
        await Expect(eva.Row("Ben")).ToBeVisibleAsync();
        await keys.PressAsync("Control+k");
        await keys.TypeAsync("journal");
        await keys.PressAsync("Enter");
        await eva.Page.WaitForURLAsync("**/journal");
        eva.HasNoComplaints();

        async Task PressAsync(string key, string shown)
        {
            await keys.PressAsync(key);
            await Expect(eva.Message(shown)).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Tab_goes_first_to_the_way_past_the_rail_and_focus_can_be_seen_and_comes_back_from_a_dialog()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650041", "Good morning", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await Expect(eva.Row("Ana")).ToBeVisibleAsync();
        await eva.Page.Keyboard.PressAsync("Tab");
        await Expect(eva.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeInViewportAsync();
        for (var stop = 0; stop < 12; stop++)
        {
            await eva.Page.Keyboard.PressAsync("Tab");
            Assert.True(await eva.Page.EvaluateAsync<bool>("""
                () => {
                    const seen = getComputedStyle(document.activeElement);
                    return document.activeElement !== document.body && (seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) > 0 || seen.boxShadow !== 'none');
                }
                """), $"Stop {stop} shows no focus: {await eva.Page.EvaluateAsync<string>("() => document.activeElement.outerHTML.slice(0, 200)")}");
        }
        await eva.Button("Commands").FocusAsync();
        await eva.Page.Keyboard.PressAsync("Enter");
        await Expect(eva.Page.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await eva.Page.Keyboard.PressAsync("Escape");
        await Expect(eva.Button("Commands")).ToBeFocusedAsync();
    }
}
