using System.Net.Http.Json;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>Accounts whose provider keeps their history: how they are read, and how they are.</summary>
public sealed class AccountTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task An_account_is_read_while_one_looks_and_says_above_the_field_when_it_stops()
    {
        var (tenant, account, id) = await InstagramAsync(40);
        await using var max = await SignedInAsync(tenant, "admin", $"/settings/integrations/{id}");
        await Expect(max.Page.GetByText("Up to date")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(max.Page.GetByText("40 chats looked at")).ToBeVisibleAsync();
        await max.Button("Read what is new").ClickAsync();
        await Expect(max.Page.GetByText("40 chats looked at, 0 of them read, 0 new messages.")).ToBeVisibleAsync(new() { Timeout = 30_000 });

        await max.GoAsync("/inbox/all");
        await max.Rows.First.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(max.Field).ToBeVisibleAsync();
        await App.Emulator.PostAsJsonAsync($"/unipile/accounts/{account}/state", new { status = "CREDENTIALS" });
        var words = (await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/integrations/{id}"), one => (string?)one["health"] == "failing", "it is known"))["health_message"]!;
        await Expect(max.Page.GetByText((string)words!)).ToBeVisibleAsync();
        await max.Page.GetByRole(AriaRole.Link, new() { Name = "To its settings" }).ClickAsync();
        await Expect(max.Page.GetByText("Does not work").First).ToBeVisibleAsync();

        await using var eva = await SignedInAsync(tenant, "editor", "/inbox/all");
        await eva.Rows.First.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(eva.Page.GetByText((string)words!)).ToBeVisibleAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Link, new() { Name = "To its settings" })).ToHaveCountAsync(0);
        await App.Emulator.PostAsJsonAsync($"/unipile/accounts/{account}/state", new { status = "OK" });
        await Expect(eva.Page.GetByText((string)words!)).ToHaveCountAsync(0, new() { Timeout = 15_000 });
        max.HasNoComplaints();
    }

    [Fact]
    public async Task Who_has_read_a_message_is_named_with_the_time()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650131", "hi", "Ana Souza");
        var conversation = await ConversationAsync(tenant, "Ana Souza");
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "who reads this one" }, 202);
        await tenant.App.Get<SystemDatabase>().ExecuteAsync("""
            update messages set seen_by = '[{"handle":"+5511987650131","at":"2026-01-01T10:31:00.000Z"},{"handle":"somebody","at":null}]' where tenant_id = @tenant and direction = 'outbound'
            """, new { tenant = tenant.Id }, CancellationToken.None);
        await using var eva = await SignedInAsync(tenant, path: $"/inbox/all/{conversation}");
        await eva.Message("who reads this one").GetByRole(AriaRole.Button, new() { NameRegex = new("Seen by 2 people") }).ClickAsync();
        var readers = eva.Page.GetByRole(AriaRole.Dialog, new() { Name = "Seen by" });
        await Expect(readers).ToContainTextAsync("Ana Souza");
        await Expect(readers).ToContainTextAsync("10:31");
        await Expect(readers).ToContainTextAsync("somebody");
        await eva.Page.Keyboard.PressAsync("Escape");
        await Expect(readers).ToHaveCountAsync(0);
        eva.HasNoComplaints();
    }

    async Task<(TestTenant Tenant, string Account, Guid Id)> InstagramAsync(int chats)
    {
        var tenant = await App.NewTenantAsync();
        var account = $"page-{tenant.Id:N}"[..22];
        await App.Emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = account, type = "INSTAGRAM", chats, messages = chats * 10 });
        var made = await tenant.Admin.PostJsonAsync("/api/integrations", new
        {
            provider = "unipile", channel = "instagram", name = "The shop", external_id = account, config = new { dsn = new Uri(App.Emulator.BaseAddress!, "/unipile").ToString() },
            credentials = new { api_key = "a-key-of-the-workspace", webhook_secret = "a-webhook-secret-of-ours" },
        }, 201);
        await App.Emulator.PostAsJsonAsync("/connect", new { provider = "unipile", external_id = account, webhook_url = (string)made["webhook_url"]!, secret = "a-webhook-secret-of-ours" });
        return (tenant, account, (Guid)made["id"]!);
    }
}
