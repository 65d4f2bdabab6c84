using Microsoft.Playwright;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Team;
using Parley.Server.Tests.Support;

namespace Parley.Browser.Tests.Support;

/// <summary>What all tests of the page begin with: a team of their own, and somebody of it at a browser of their own.</summary>
public abstract class PageTests(ParleyFixture parley, Chromium chromium)
{
    protected const string Password = "correct horse battery";

    private protected TestApp App => parley.App;
    private protected ParleyFixture Parley => parley;

    /// <summary>A team with one WhatsApp number.</summary>
    private protected async Task<(TestTenant Tenant, TestNumber Number)> ConnectedAsync(TestApp? app = null)
    {
        var tenant = await (app ?? App).NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    /// <summary>Somebody at the door.</summary>
    /// <param name="clock">True when the page's clock shall be able to run ahead (Agent.SkipAsync).</param>
    private protected async Task<Agent> AtTheDoorAsync(TestTenant tenant, string role = "editor", Action<BrowserNewContextOptions>? adjust = null, bool clock = false, Uri? address = null)
    {
        var options = new BrowserNewContextOptions { ViewportSize = new() { Width = 1440, Height = 900 }, Locale = "en-GB", TimezoneId = "UTC", ReducedMotion = ReducedMotion.Reduce };
        adjust?.Invoke(options);
        var context = await chromium.OpenAsync(options);
        var email = $"{role}-{Guid.CreateVersion7():N}@example.com";
        var user = await tenant.App.Get<UserStore>().CreateAsync(tenant.Id, email, $"Eva {role}", role, Password, CancellationToken.None);
        var page = await context.NewPageAsync();
        if (clock) await page.Clock.InstallAsync();
        var agent = new Agent(context, page, address ?? tenant.App.Address, email, Password, user!.Id);
        agent.Watch(page);
        return agent;
    }

    /// <summary>Somebody who is signed in already, and looks at this address.</summary>
    private protected async Task<Agent> SignedInAsync(TestTenant tenant, string role = "editor", string? path = "/", Action<BrowserNewContextOptions>? adjust = null, bool clock = false, Uri? address = null)
    {
        var agent = await AtTheDoorAsync(tenant, role, adjust, clock, address);
        var (token, _) = await tenant.App.Get<SessionStore>().CreateAsync(tenant.Id, agent.UserId, "127.0.0.1", "a test", CancellationToken.None);
        Planted.Add(token);
        await agent.Context.AddCookiesAsync([new() { Name = Credentials.Cookie, Value = token, Url = agent.Address.ToString(), HttpOnly = true }]);
        if (path is not null) await agent.GoAsync(path);
        return agent;
    }

    private protected static Task EndSessionsAsync(Agent agent, TestTenant tenant) =>
        tenant.App.Get<SystemDatabase>().ExecuteAsync("delete from sessions where tenant_id = @tenant and user_id = @user", new { tenant = tenant.Id, user = agent.UserId }, CancellationToken.None);

    /// <summary>The texts that the provider accepted for this number, in order.</summary>
    private protected static async Task<List<string>> TextsSentAsync(TestNumber number) =>
        [.. (await number.Tenant.App.LedgerAsync()).Where(entry => (string?)entry!["from"] == number.PhoneNumberId).Select(entry => (string)entry!["text"]!)];

    private protected static async Task<Guid> ConversationAsync(TestTenant tenant, string name) =>
        (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray().Single(one => (string?)one!["contact_name"] == name)!["id"]!;
}
