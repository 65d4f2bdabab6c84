using System.Text.Json;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Demo;
using Parley.Server.Integrations;
using Parley.Server.Media;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>axe looks at every page, in both themes, on a desk and on a phone.</summary>
public sealed class AccessibilityTests(ParleyFixture parley, Chromium chromium, AccessibilityTests.Shop shop) : PageTests(parley, chromium), IClassFixture<AccessibilityTests.Shop>
{
    static readonly (int Width, int Height)[] Sizes = [(1440, 900), (390, 844)];

    /// <summary>A team with all that the demo has: files, failures, people of many languages.</summary>
    public sealed class Shop(ParleyFixture parley) : IAsyncLifetime
    {
        internal TestTenant Tenant { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var app = parley.App;
            Tenant = await app.NewTenantAsync();
            var seed = new DemoSeed(app.Get<IntegrationStore>(), app.Get<IMediaStorage>(), app.Get<Incoming>(), app.Get<TenantDatabase>(), TimeProvider.System);
            await seed.WriteAsync(Tenant.Id, new Uri(app.Emulator.BaseAddress!, "/meta").ToString(), CancellationToken.None);
            var number = await Tenant.HasWhatsAppAsync();
            await number.PostAsync("{\"object\":");   // one that cannot be applied
            await number.SayAsync("+5511987650061", "Look at https://example.com/a?b=c and tell me", "Wilhelmina");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("/inbox/all")]
    [InlineData("/inbox/snoozed")]
    [InlineData("/inbox/archived?integration=01900000-0000-7000-8000-000000000000")]
    [InlineData("/settings/profile")]
    [InlineData("/settings/integrations")]
    [InlineData("/settings/integrations/new")]
    [InlineData("/settings/templates")]
    [InlineData("/settings/team")]
    [InlineData("/settings/keys")]
    [InlineData("/settings/jobs")]
    [InlineData("/settings/webhooks")]
    [InlineData("/settings/data")]
    [InlineData("/settings/data/messages")]
    [InlineData("/contacts")]
    [InlineData("/contacts/duplicates")]
    [InlineData("/contacts/import")]
    [InlineData("/campaigns")]
    [InlineData("/campaigns/new")]
    [InlineData("/reports")]
    [InlineData("/journal")]
    [InlineData("/welcome")]
    [InlineData("/nowhere")]
    public async Task A_page_has_no_serious_violation(string path)
    {
        await using var eva = await SignedInAsync(shop.Tenant, "admin", path);
        await Expect(eva.Page.GetByRole(AriaRole.Navigation).First).ToBeVisibleAsync();
        await eva.HasSettledAsync();
        await IsCleanAsync(eva.Page);
        eva.HasNoComplaints();
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("audio")]
    [InlineData("document")]
    [InlineData("image")]
    [InlineData("location")]
    public async Task A_thread_has_no_serious_violation(string with)
    {
        var conversation = await App.Get<SystemDatabase>().FindAsync<Guid>("""
            select m.conversation_id from messages m where m.tenant_id = @tenant and (m.type = @with or m.status = @with) order by m.occurred_at desc limit 1
            """, new { tenant = shop.Tenant.Id, with }, CancellationToken.None);
        await using var eva = await SignedInAsync(shop.Tenant, "editor", $"/inbox/all/{conversation}");
        await Expect(eva.Thread.Locator("[data-row]").First).ToBeVisibleAsync();
        await eva.HasSettledAsync();
        await IsCleanAsync(eva.Page);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task The_door_the_first_page_and_what_opens_over_pages_have_no_serious_violation()
    {
        var newcomers = await App.NewTenantAsync();
        await using var max = await AtTheDoorAsync(newcomers, "admin");
        await max.GoAsync("/");
        await max.SignInAsync(with: "not my password");
        await Expect(max.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await IsCleanAsync(max.Page);
        await max.SignInAsync();
        await Expect(max.Page.GetByRole(AriaRole.Heading, new() { Name = "Welcome to Parley" })).ToBeVisibleAsync();
        await IsCleanAsync(max.Page);

        await using var eva = await SignedInAsync(shop.Tenant, "admin", "/inbox/all");
        await eva.OpenAsync("Wilhelmina");
        await eva.Page.Keyboard.PressAsync("?");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Next conversation");
        await IsCleanAsync(eva.Page);
        await eva.Page.Keyboard.PressAsync("Escape");
        await eva.Page.Keyboard.PressAsync("Control+k");
        await Expect(eva.Page.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await IsCleanAsync(eva.Page);
        await eva.Page.Keyboard.PressAsync("Escape");
        await eva.Page.Keyboard.PressAsync("t");
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Send a template");
        await IsCleanAsync(eva.Page);
        await eva.GoAsync("/journal");
        await eva.Page.GetByRole(AriaRole.Row).Nth(1).ClickAsync();
        await Expect(eva.Page.GetByText("What came")).ToBeVisibleAsync();
        await IsCleanAsync(eva.Page);
        await eva.GoAsync($"/settings/integrations/{(await shop.Tenant.Admin.GetJsonAsync("/api/integrations"))["items"]![0]!["id"]}");
        await Expect(eva.Page.GetByText("Webhook address")).ToBeVisibleAsync();
        await IsCleanAsync(eva.Page);
        await eva.GoAsync("/contacts?q=Wilhelmina");
        await eva.Page.GetByRole(AriaRole.List, new() { Name = "Contacts" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(eva.Page.GetByText("Everything that was said")).ToBeVisibleAsync();
        await IsCleanAsync(eva.Page);
        await eva.Button("Merge with another contact").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("It can be undone");
        await IsCleanAsync(eva.Page);
    }

    [Fact]
    public async Task A_campaign_has_no_serious_violation_while_it_is_made_and_while_it_is_watched()
    {
        var account = (await shop.Tenant.Admin.GetJsonAsync("/api/integrations"))["items"]!.AsArray().First(one => (string)one!["channel"]! == "whatsapp")!["id"];
        var id = (string)(await shop.Tenant.Editor.PostJsonAsync("/api/campaigns", new { name = "Spring", integration_id = account, message = "Hello {{first_name}}, {{city}}", audience = new { everybody = true } }, 201))["id"]!;
        await using var eva = await SignedInAsync(shop.Tenant, "admin", $"/campaigns/{id}/edit");
        foreach (var step in new[] { "audience", "message", "schedule", "check" })
        {
            await eva.GoAsync($"/campaigns/{id}/edit?step={step}");
            await Expect(eva.Page.Locator("[aria-current=step]")).ToBeVisibleAsync();
            await eva.HasSettledAsync();
            await IsCleanAsync(eva.Page);
        }
        await shop.Tenant.Editor.PostJsonAsync($"/api/campaigns/{id}/start", null, 200);
        await eva.GoAsync($"/campaigns/{id}");
        await Expect(eva.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await eva.HasSettledAsync();
        await IsCleanAsync(eva.Page);
        await eva.GoAsync("/campaigns");
        await Expect(eva.Page.GetByRole(AriaRole.List, new() { Name = "Campaigns" })).ToBeVisibleAsync();
        await IsCleanAsync(eva.Page);
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task The_customers_phone_has_no_serious_violation()
    {
        var number = await shop.Tenant.HasWhatsAppAsync();
        await using var eva = await AtTheDoorAsync(shop.Tenant);
        await eva.Page.GotoAsync(new Uri(App.Emulator.BaseAddress!, "/phone").ToString());
        await eva.Page.Locator("#number").SelectOptionAsync(number.PhoneNumberId);
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Message" }).FillAsync("Hello from the phone");
        await eva.Button("Send").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Log)).ToContainTextAsync("Hello from the phone");
        await IsCleanAsync(eva.Page);
        await eva.Page.Locator("#me").ClickAsync();
        await IsCleanAsync(eva.Page);
        eva.HasNoComplaints();
    }

    static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(Checkout.Folder, "web", "node_modules", "axe-core", "axe.min.js")));

    static async Task IsCleanAsync(IPage page)
    {
        await page.EvaluateAsync(Axe.Value);
        var found = new List<string>();
        foreach (var (width, height) in Sizes)
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.SetViewportSizeAsync(width, height);
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                // Two frames: the media queries have spoken, and what follows from them is drawn.
                var answer = await page.EvaluateAsync<JsonElement>("""
                    async () => {
                        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                        const { violations } = await axe.run(document, { resultTypes: ['violations'] });
                        return violations.filter(one => one.impact === 'serious' || one.impact === 'critical')
                            .map(one => `${one.id}: ${one.nodes.map(node => `${node.html.slice(0, 200)} (${node.failureSummary.split('\n').slice(1).join(' ').trim().slice(0, 200)})`).join('; ')}`);
                    }
                    """);
                found.AddRange(answer.EnumerateArray().Select(one => $"{width} px, {scheme}: {one}"));
            }
        await page.SetViewportSizeAsync(Sizes[0].Width, Sizes[0].Height);
        Assert.True(found.Count == 0, $"{page.Url}\n{string.Join('\n', found)}");
    }
}
