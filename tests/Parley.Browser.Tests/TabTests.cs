using System.Net.Http.Json;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Several tabs and several people at one browser, answers that come late, and what is told to somebody who is elsewhere.</summary>
public sealed class TabTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task What_comes_while_a_list_and_a_thread_are_loading_is_in_them()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650401", "before", "Ana");
        await using var eva = await SignedInAsync(tenant, path: null);
        var gate = new TaskCompletionSource();
        var held = 0;
        foreach (var address in new[] { "**/api/conversations?**", "**/api/conversations/*/messages?**" })
            await eva.Page.RouteAsync(address, async route =>
            {
                var answer = await route.FetchAsync();
                Interlocked.Increment(ref held);
                await gate.Task;
                await route.FulfillAsync(new() { Response = answer });
            });
        await eva.GoAsync($"/inbox/all/{await ConversationAsync(tenant, "Ana")}");
        await Eventually.Async(() => Task.FromResult(held), count => count >= 2, "both were answered, and the answers are on their way");
        await number.SayAsync("+5511987650401", "meanwhile", "Ana");
        await number.SayAsync("+5511987650402", "somebody new", "Ben");
        await Expect(eva.Page).ToHaveTitleAsync("(2) Parley");   // the stream has told
        gate.SetResult();
        await Expect(eva.Message("meanwhile")).ToBeVisibleAsync();
        await Expect(eva.Row("Ben")).ToContainTextAsync("somebody new");
        await Expect(eva.Row("Ana")).ToContainTextAsync("meanwhile");
    }

    [Fact]
    public async Task Signing_out_first_sends_what_was_held_for_undo()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650403", "Are you sure?", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("Quite sure, good night");
        await SignOutAsync(eva);
        await Expect(eva.Button("Sign in")).ToBeVisibleAsync();
        Assert.Equal(["Quite sure, good night"], await Eventually.Async(() => TextsSentAsync(number), texts => texts.Count > 0, "it is sent"));
    }

    [Fact]
    public async Task What_could_not_leave_is_told_and_waits_for_the_one_who_wrote_it_whoever_signs_in_between()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650404", "Are you sure?", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await using var max = await AtTheDoorAsync(tenant);   // lends his name
        await eva.OpenAsync("Ana");
        await eva.Page.RouteAsync("**/api/conversations/*/messages", route => route.Request.Method == "POST" ? route.AbortAsync() : route.ContinueAsync());
        await eva.WriteAsync("From Eva and from nobody else");
        await SignOutAsync(eva);
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("One message was not sent");
        await eva.Button("Cancel").ClickAsync();
        await Expect(eva.Message("From Eva and from nobody else")).ToBeVisibleAsync();
        await SignOutAsync(eva);
        await eva.Button("Sign out anyway").ClickAsync();
        await Expect(eva.Button("Sign in")).ToBeVisibleAsync();
        await eva.Page.UnrouteAllAsync();

        await SignInAsAsync(eva.Page, max.Email);
        await eva.OpenAsync("Ana");
        await eva.HasSettledAsync();
        Assert.Empty(await TextsSentAsync(number));
        await SignOutAsync(eva);
        await SignInAsAsync(eva.Page, eva.Email);
        await Eventually.Async(() => TextsSentAsync(number), texts => texts.Count > 0, "it is sent");
        Assert.Equal($"user:{eva.UserId}", await AuthorAsync(tenant));
    }

    [Fact]
    public async Task Who_signs_in_beside_a_tab_does_not_send_what_its_person_wrote()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650405", "Are you sure?", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await using var max = await AtTheDoorAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("From Eva and from nobody else");
        await eva.Context.ClearCookiesAsync();   // her session is gone, and the tab does not know yet
        var second = await eva.NewTabAsync("/");
        await Expect(second.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await SignInAsAsync(second, max.Email);
        await Expect(eva.Button("Account of Eva editor")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("From Eva and from nobody else")).ToHaveCountAsync(0);   // her tab is his by now
        await eva.HasSettledAsync();
        Assert.Null(await AuthorAsync(tenant));
        await SignOutAsync(eva);
        await SignInAsAsync(eva.Page, eva.Email);
        Assert.Equal($"user:{eva.UserId}", await Eventually.Async(() => AuthorAsync(tenant), author => author is not null, "it is queued"));
        await Eventually.Async(() => TextsSentAsync(number), texts => texts.Count == 1, "it is sent");
    }

    [Fact]
    public async Task Back_in_after_the_session_ended_the_stream_is_back_at_once()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650406", "Hello", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await EndSessionsAsync(eva, tenant);
        await eva.Context.SetOfflineAsync(true);
        await eva.Context.SetOfflineAsync(false);
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Sign in again");
        for (var i = 0; i < 12; i++) await eva.SkipAsync(31);   // the pauses between two tries grow
        await eva.HasSettledAsync();
        var asked = eva.Page.WaitForRequestAsync(request => new Uri(request.Url).AbsolutePath == "/api/events", new() { Timeout = 4000 });
        await eva.SignInAsync();
        await asked;
        await Expect(eva.Page.GetByText("Reconnecting.")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_fails_while_its_writer_is_elsewhere_is_told_there_and_marked_in_the_list()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650407", "Good morning", "Ana");
        await number.SayAsync("+15550000050", "Hello", "Otto");   // a number that the provider refuses: opted out
        await using var eva = await SignedInAsync(tenant, path: "/inbox/all", clock: true);
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("Good morning, Ana");
        await eva.SkipAsync(6);
        await Expect(eva.Row("Ana").Locator("[data-status=read]")).ToBeVisibleAsync();
        await eva.OpenAsync("Otto");
        await eva.WriteAsync("Are you there?");
        await eva.OpenAsync("Ana");
        await eva.SkipAsync(6);
        await Expect(eva.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Your message to Otto was not sent." })).ToBeVisibleAsync();
        var failed = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Otto")}"))!;
        Assert.Equal("failed", (string?)failed["last_message_status"]);
        await Expect(eva.Row("Otto").Locator("[data-status=failed]")).ToBeVisibleAsync();
        await Expect(eva.Row("Otto")).ToContainTextAsync((string)failed["last_message_error"]!);
        await eva.Page.GetByRole(AriaRole.Link, new() { Name = "Journal" }).First.ClickAsync();
        await eva.Button("Show").ClickAsync();   // it works on every screen
        await Expect(eva.Message("Are you there?")).ToBeVisibleAsync();
        await eva.Message("Are you there?").GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_message_that_any_tab_shows_is_not_notified_and_a_click_on_one_that_is_leads_there_from_any_screen()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650408", "Good morning", "Ana");
        await number.SayAsync("+5511987650409", "Good evening", "Ben");
        await using var eva = await SignedInAsync(tenant, path: null);
        await eva.Context.AddInitScriptAsync("""
            window.told = [];
            window.Notification = class { static permission = 'granted'; constructor(title, options) { window.told.push(this); this.title = title; this.body = options.body; } close() {} };
            """);
        await eva.Context.AddInitScriptAsync($"localStorage.setItem('parley.{eva.UserId}.notify', 'true')");
        await eva.GoAsync("/journal");   // it leads: it was first
        await eva.HasSettledAsync();
        var second = await eva.NewTabAsync($"/inbox/all/{await ConversationAsync(tenant, "Ana")}");
        await Expect(second.GetByRole(AriaRole.Log)).ToContainTextAsync("Good morning");
        await number.SayAsync("+5511987650408", "before her eyes", "Ana");
        await Expect(second.GetByRole(AriaRole.Log)).ToContainTextAsync("before her eyes");
        await number.SayAsync("+5511987650409", "behind her back", "Ben");
        await Eventually.Async(() => eva.Page.EvaluateAsync<string[]>("() => window.told.map(one => one.body)"), bodies => bodies.Length > 0, "a notification");
        Assert.Equal(["behind her back"], await eva.Page.EvaluateAsync<string[]>("() => window.told.map(one => one.body)"));
        Assert.Equal(0, await second.EvaluateAsync<int>("() => window.told.length"));
        await eva.Page.EvaluateAsync("() => window.told[0].onclick()");
        await Expect(eva.Message("behind her back")).ToBeVisibleAsync();
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task Who_wants_to_hear_of_their_own_hears_of_no_other_and_always_of_a_note_that_names_them()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650411", "Good morning", "Ana");
        await number.SayAsync("+5511987650412", "Good evening", "Ben");
        await using var eva = await SignedInAsync(tenant, path: null);
        await eva.Context.AddInitScriptAsync("""
            window.told = [];
            window.Notification = class { static permission = 'granted'; constructor(title, options) { window.told.push(this); this.title = title; this.body = options.body; } close() {} };
            """);
        await eva.Context.AddInitScriptAsync($"localStorage.setItem('parley.{eva.UserId}.notify', 'true')");
        await eva.GoAsync("/settings/profile");
        await eva.Page.GetByRole(AriaRole.Radio, new() { Name = "About yours only" }).ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Radio, new() { Name = "About yours only" })).ToBeCheckedAsync();
        await eva.GoAsync("/journal");
        await eva.HasSettledAsync();
        var ana = (Guid)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Ana")}"))["contact_id"]!;
        await (await tenant.Admin.PutAsJsonAsync($"/api/contacts/{ana}/assignment", new { user_id = eva.UserId })).JsonAsync();
        Assert.Equal(["A colleague gave this conversation to you"], await ToldAsync(1));

        await number.SayAsync("+5511987650412", "not hers", "Ben");
        await number.SayAsync("+5511987650411", "hers", "Ana");
        Assert.Equal(["A colleague gave this conversation to you", "hers"], await ToldAsync(2));
        await tenant.Admin.PostJsonAsync($"/api/contacts/{ana}/notes", new { content = $"Look, @[Eva editor](user:{eva.UserId})", type = "public" }, 201);
        Assert.Equal(["A colleague gave this conversation to you", "hers", "Look, @Eva editor"], await ToldAsync(3));
        await eva.Page.EvaluateAsync("() => window.told[2].onclick()");
        await Expect(Note(eva)).ToContainTextAsync("Look, @Eva editor");
        eva.HasNoComplaints();

        Task<string[]> ToldAsync(int count) => Eventually.Async(() => eva.Page.EvaluateAsync<string[]>("() => window.told.map(one => one.body)"), bodies => bodies.Length >= count, $"{count} are told");
        static ILocator Note(Agent eva) => eva.Page.GetByRole(AriaRole.Article, new() { NameRegex = new("^Note by") });
    }

    static async Task SignOutAsync(Agent eva)
    {
        await eva.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Account of") }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
    }

    static async Task SignInAsAsync(IPage page, string email)
    {
        await page.GetByRole(AriaRole.Textbox, new() { Name = "E-mail" }).FillAsync(email);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Password" }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Screens" })).ToBeVisibleAsync();
    }

    /// <summary>Who wrote what went out to Ana; null when nothing did.</summary>
    static async Task<string?> AuthorAsync(TestTenant tenant) =>
        (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Ana")}/messages"))["items"]!.AsArray().SingleOrDefault(one => (string?)one!["direction"] == "outbound")?["author"];
}
