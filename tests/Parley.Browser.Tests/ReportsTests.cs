using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Analytics;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

public sealed class ReportsTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_report_shows_what_happened_in_numbers_charts_and_tables()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650081", "Is it open?", "Ana");
        await number.SayAsync("+5511987650082", "Hello?", "Rui");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        await eva.WriteAsync("Until six.");
        await Eventually.Async(async () => (double?)(await tenant.Viewer.GetJsonAsync("/api/analytics/delivery"))["total"]!["delivery_rate"], rate => rate == 100, "the answer is counted as delivered", 90);
        await App.Get<MessageCounter>().CountAsync(tenant.Id, CancellationToken.None);   // messages are counted before waiting is timed

        await using var vera = await SignedInAsync(tenant, "viewer", "/reports");
        await Expect(Tile(vera, "Received")).ToContainTextAsync("2");
        await Expect(Tile(vera, "Sent")).ToContainTextAsync("1");
        await Expect(Tile(vera, "Delivered")).ToContainTextAsync("100\u00a0%");
        await Expect(Tile(vera, "Still waiting")).ToContainTextAsync("1");
        await Expect(vera.Page.GetByRole(AriaRole.Img, new() { Name = "Messages per day: Received 2, Sent 1" })).ToBeVisibleAsync();
        var team = vera.Page.GetByRole(AriaRole.Region, new() { Name = "Who answered" }).GetByRole(AriaRole.Row).Filter(new() { HasText = "Eva editor" });
        Assert.Equal(["1", "0", "1"], (await team.GetByRole(AriaRole.Cell).AllInnerTextsAsync()).Take(3));

        await vera.Button("Messages per day as a table").ClickAsync();
        var today = vera.Page.GetByRole(AriaRole.Region, new() { Name = "Messages per day" }).GetByRole(AriaRole.Row).Nth(1);
        Assert.Equal(["2", "1"], await today.GetByRole(AriaRole.Cell).AllInnerTextsAsync());

        await vera.GoAsync("/reports?channel=sms");
        await Expect(vera.Page.GetByText("Nothing was said")).ToBeVisibleAsync();
        vera.HasNoComplaints();

        static ILocator Tile(Agent agent, string name) => agent.Page.Locator("dl > div").Filter(new() { Has = agent.Page.GetByRole(AriaRole.Term).GetByText(name, new() { Exact = true }) }).GetByRole(AriaRole.Definition);
    }

    [Fact]
    public async Task An_admin_follows_ids_from_table_to_table_and_sees_no_secret()
    {
        var tenant = await App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(token: "a-token-that-nobody-sees");
        await number.SayAsync("+5511987650083", "words of hers", "Beatriz");
        await number.SayAsync("+5511987650084", "words of his", "Caio");
        await using var max = await SignedInAsync(tenant, "admin", "/settings/data");
        await max.Page.GetByRole(AriaRole.Textbox, new() { Name = "Find a table" }).FillAsync("messages");
        await max.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("^messages") }).ClickAsync();
        await Expect(Rows(max)).ToHaveCountAsync(2);

        await max.Page.GetByRole(AriaRole.Button, new() { Name = "Column" }).ClickAsync();
        await max.Page.GetByRole(AriaRole.Menuitem, new() { Name = "content", Exact = true }).ClickAsync();
        await max.Page.GetByRole(AriaRole.Button, new() { Name = "Comparison" }).ClickAsync();
        await max.Page.GetByRole(AriaRole.Menuitem, new() { Name = "contains", Exact = true }).ClickAsync();
        await max.Page.GetByRole(AriaRole.Textbox, new() { Name = "Value" }).FillAsync("OF HERS");
        await max.Button("Filter").ClickAsync();
        await Expect(Rows(max)).ToHaveCountAsync(1);

        await Rows(max).GetByTitle(new System.Text.RegularExpressions.Regex("in contacts$")).First.ClickAsync();
        await Expect(max.Page.GetByRole(AriaRole.Heading, new() { Name = "contacts", Exact = true })).ToBeVisibleAsync();
        await Expect(Rows(max)).ToHaveCountAsync(1);
        await Expect(Rows(max)).ToContainTextAsync("Beatriz");
        await max.Page.GetByRole(AriaRole.Link, new() { Name = "messages by contact_id" }).ClickAsync();
        await Expect(Rows(max)).ToHaveCountAsync(1);
        await Expect(Rows(max)).ToContainTextAsync("words of hers");

        await max.GoAsync("/settings/data/integrations");
        await Expect(Rows(max)).ToHaveCountAsync(1);
        await Expect(max.Page.GetByText("Not shown: ")).ToContainTextAsync("credentials");
        var said = await max.Page.ContentAsync();
        foreach (var secret in new[] { "a-token-that-nobody-sees", number.Secret, "verify-me" }) Assert.DoesNotContain(secret, said, StringComparison.Ordinal);
        max.HasNoComplaints();

        static ILocator Rows(Agent agent) => agent.Page.Locator("tbody").GetByRole(AriaRole.Row);
    }

    [Fact]
    public async Task Who_is_no_admin_gets_no_data()
    {
        var (tenant, _) = await ConnectedAsync();
        await using var eva = await SignedInAsync(tenant, "editor", "/settings/data/messages");
        await Expect(eva.Page.GetByText("Not for your role")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Link, new() { Name = "Data", Exact = true })).ToHaveCountAsync(0);
        var answers = await eva.Page.EvaluateAsync<int[]>("() => Promise.all(['/api/data', '/api/data/messages'].map(async path => (await fetch(path)).status))");
        Assert.All(answers, status => Assert.Equal(403, status));
    }
}
