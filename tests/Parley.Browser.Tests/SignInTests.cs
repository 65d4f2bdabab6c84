using System.Net;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

public sealed class SignInTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_wrong_password_is_told_in_words_and_the_right_one_leads_to_where_the_link_pointed()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650001", "Is the shop open?", "Ana");
        await using var eva = await AtTheDoorAsync(tenant);
        await eva.GoAsync($"/inbox/all/{await ConversationAsync(tenant, "Ana")}");
        await eva.SignInAsync(with: "not my password");
        await Expect(eva.Page.GetByRole(Microsoft.Playwright.AriaRole.Alert)).ToHaveTextAsync("The e-mail address or the password is wrong.");
        await eva.SignInAsync();
        await Expect(eva.Message("Is the shop open?")).ToBeVisibleAsync();
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task Signing_out_ends_the_session_in_all_tabs_and_the_back_button_shows_nothing()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650002", "my secret order", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        var other = await eva.NewTabAsync("/journal");
        await Expect(other.GetByRole(Microsoft.Playwright.AriaRole.Navigation, new() { Name = "Screens" })).ToBeVisibleAsync();
        var token = (await eva.Context.CookiesAsync()).Single().Value;

        await eva.Button("Account of Eva editor").ClickAsync();
        await eva.Page.GetByRole(Microsoft.Playwright.AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        await Expect(eva.Button("Sign in")).ToBeVisibleAsync();
        await Expect(other.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();

        var request = new HttpRequestMessage(HttpMethod.Get, "/api/me") { Headers = { { "Cookie", $"parley_session={token}" } } };
        Assert.Equal(HttpStatusCode.Unauthorized, (await App.Http.SendAsync(request)).StatusCode);
        await eva.Page.GoBackAsync();
        await Expect(eva.Button("Sign in")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("my secret order")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_session_that_ends_while_somebody_types_takes_nothing_away()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650003", "Where is my parcel?", "Ana");
        await using var eva = await SignedInAsync(tenant, clock: true);
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("I am asking the carrier");
        await eva.Field.PressSequentiallyAsync("They say that");
        await EndSessionsAsync(eva, tenant);
        await eva.SkipAsync(6);   // the message leaves, and is refused

        await Expect(eva.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog)).ToContainTextAsync("Sign in again");
        await eva.SignInAsync(with: "not my password");
        await Expect(eva.Page.GetByRole(Microsoft.Playwright.AriaRole.Alert)).ToBeVisibleAsync();
        await eva.SignInAsync();
        await Expect(eva.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog)).ToHaveCountAsync(0);
        await Expect(eva.Field).ToHaveValueAsync("They say that");
        await Expect(eva.Message("I am asking the carrier")).ToContainTextAsync("Read");
        Assert.Equal(["I am asking the carrier"], await TextsSentAsync(number));

        // And the stream of changes is back as well.
        await number.SayAsync("+5511987650003", "Thank you", "Ana");
        await Expect(eva.Message("Thank you")).ToBeVisibleAsync();
    }
}
