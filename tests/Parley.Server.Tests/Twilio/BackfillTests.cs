using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Backfill;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Twilio;

/// <summary>Twilio does not repeat a webhook that failed: what was missed is fetched.</summary>
public sealed class BackfillTests(ParleyFixture fixture)
{
    static readonly BackfillPacing Impatient = BackfillPacing.Default with { Grace = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task What_came_while_the_server_was_down_is_there_after_the_start_once_and_in_order()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using var outside = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());   // its emulator outlives the server
        TwilioTestNumber number;
        await using (var before = await StartAsync(database))
        {
            number = await TwilioTestNumber.ConnectAsync(await before.NewTenantAsync() with { App = before }, "whatsapp");
            await ConnectToAsync(outside, before, number);
            await SayAsync(outside, number, "before", 1);
            await Eventually.Async(number.MessagesAsync, messages => messages.Length == 1, "the first is there");
        }
        for (var i = 0; i < 30; i++) await SayAsync(outside, number, $"while you were away {i}", 1);

        await using var after = await StartAsync(database, number.Tenant.App.Address);
        number = number with { Tenant = number.Tenant with { App = after, Viewer = await after.ClientAsync(number.Tenant.Id, "viewer") } };
        var messages = await Eventually.Async(number.MessagesAsync, messages => messages.Length == 31, "all are there", 60);
        Assert.Equal(["before", .. Enumerable.Range(0, 30).Select(i => $"while you were away {i}")], messages.Select(message => (string)message["content"]!));
        await number.HurryAsync(BackfillJob.JobType);
        await Eventually.Async(() => number.ListAsync<bool>("select status = 'waiting' and scheduled_at > now() from scheduled_jobs where type = 'messages.backfill'"), seen => seen.Count == 1 && seen[0], "it was compared once more", 30);
        Assert.Equal(31, (await number.MessagesAsync()).Length);
        Assert.Equal(31, (int)(await number.ConversationsAsync())[0]["unread_count"]!);
    }

    [Fact]
    public async Task A_webhook_that_was_lost_on_its_way_is_found_by_the_net_with_its_file()
    {
        await using var app = await StartAsync(await fixture.CloneDatabaseAsync());
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync(), "whatsapp");
        await number.SetFaultsAsync(new { provider = "twilio", lose_webhooks_next = 2 });
        byte[] picture = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 7];
        await app.Emulator.PostAsJsonAsync("/say", new { provider = "twilio", to = number.Address, from = "+5511987654321", text = "a picture got lost", media = new { base64 = Convert.ToBase64String(picture), mime_type = "image/png" } });
        await number.SayAsync("+5511987654321", "STOP");
        var messages = await Eventually.Async(async () =>
        {
            await number.HurryAsync(BackfillJob.JobType);
            return await number.MessagesAsync();
        }, messages => messages.Length == 2 && (string?)messages[0]["attachments"]![0]?["status"] == "stored", "both are there, and the file", 30);
        Assert.Equal(("image", "a picture got lost"), ((string)messages[0]["type"]!, (string)messages[0]["content"]!));
        Assert.Equal(["contact"], await number.ListAsync<string>("select opted_out_by from contact_identities"));
        Assert.Equal(2, (await number.ListAsync<long>("select count(*) from webhook_events where kind = 'backfill' and status = 'processed'"))[0]);
    }

    [Fact]
    public async Task A_stop_that_was_missed_does_not_undo_the_start_that_came_after_it()
    {
        await using var app = await StartAsync(await fixture.CloneDatabaseAsync());
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync(), "whatsapp");
        await number.SayAsync("+5511987654321", "Hello there");
        await number.SetFaultsAsync(new { provider = "twilio", lose_webhooks_next = 1 });
        await number.SayAsync("+5511987654321", "STOP");
        // Lists tell whole seconds: within the same one, a no would count.
        var stopped = TimeProvider.System.GetUtcNow();
        await Eventually.Async(() => Task.FromResult(TimeProvider.System.GetUtcNow()), now => now > stopped.AddSeconds(1), "the next second has begun", 5);
        await number.SayAsync("+5511987654321", "START");
        await Eventually.Async(async () =>
        {
            await number.HurryAsync(BackfillJob.JobType);
            return await number.MessagesAsync();
        }, messages => messages.Length == 3, "the stop is here, too", 30);
        Assert.Equal([(DateTime?)null], await number.ListAsync<DateTime?>("select opted_out_at from contact_identities"));
        // The other way round, what was missed is the newest word.
        await number.SetFaultsAsync(new { provider = "twilio", lose_webhooks_next = 1 });
        await number.SayAsync("+5511987654321", "STOP");
        await Eventually.Async(async () =>
        {
            await number.HurryAsync(BackfillJob.JobType);
            return await number.ListAsync<string>("select opted_out_by from contact_identities where opted_out_at is not null");
        }, by => by.Count == 1, "the last word counts", 30);
    }

    [Fact]
    public async Task Steps_that_nobody_told_us_are_read_from_the_list()
    {
        await using var app = await StartAsync(await fixture.CloneDatabaseAsync());
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync());
        await number.SetFaultsAsync(new { provider = "twilio", lose_statuses = true });
        var message = (Guid)(await number.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+15551230000", type = "text", content = "no tick will tell" }, 202))["id"]!;
        await Eventually.Async(async () =>
        {
            await number.HurryAsync(BackfillJob.JobType);
            return (string)(await number.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["status"]!;
        }, status => status == "delivered", "the list tells", 30);
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_is_read_again_later_and_says_why()
    {
        await using var app = await StartAsync(await fixture.CloneDatabaseAsync());
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync());
        await Eventually.Async(() => number.ListAsync<DateTimeOffset?>("select log_read_until from integrations"), seen => seen[0] is not null, "it was read once", 30);
        await number.SetFaultsAsync(new { provider = "twilio", list_fail_next = 1 });
        await number.HurryAsync(BackfillJob.JobType);
        await Eventually.Async(() => number.ListAsync<string?>("select last_error from scheduled_jobs where type = 'messages.backfill' and status = 'waiting'"), seen => seen.Count == 1 && seen[0] is { Length: > 0 }, "the reason is kept", 30);
    }

    [Fact]
    public async Task An_outage_makes_the_list_due()
    {
        await using var app = await StartAsync(await fixture.CloneDatabaseAsync());
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync());
        await Eventually.Async(() => number.ListAsync<DateTimeOffset?>("select log_read_until from integrations"), seen => seen[0] is not null, "it was read once", 30);
        await number.SetFaultsAsync(new { provider = "twilio", lose_webhooks_next = 1 });
        await number.SayAsync("+15551230000", "nobody could take this");
        app.Get<OutageNews>().Tell();   // (too young at first, it is looked for again as soon as it is nobody's webhook any more)
        await Eventually.Async(number.MessagesAsync, messages => messages.Length == 1, "it was fetched", 30);
    }

    [Fact]
    public async Task The_environment_alone_connects_a_whatsapp_number_of_the_first_tenant()
    {
        var database = await fixture.CloneDatabaseAsync();
        Guid tenant;
        await using (var first = await TestApp.StartAsync(database)) tenant = (await first.NewTenantAsync()).Id;
        foreach (var token in new[] { "the-first-auth-token", "the-second-auth-token" })
        {
            await using var app = await TestApp.StartAsync(database, settings: new() { ["TWILIO_ACCOUNT_SID"] = "AC00000000000000000000000000000001", ["TWILIO_AUTH_TOKEN"] = token, ["TWILIO_WHATSAPP_NUMBER"] = "+14155238886", ["TWILIO_BASE_URL"] = "http://127.0.0.1:9/twilio" });
            var viewer = await app.ClientAsync(tenant, "viewer");
            var account = (await Eventually.Async(async () => (await viewer.GetJsonAsync("/api/integrations"))["items"]!.AsArray(), items => items.Count == 1 && (token != "the-second-auth-token" || items[0]!["credentials_set"]!.AsArray().Count == 2), "the number is connected", 30))[0]!;
            Assert.Equal(("twilio", "whatsapp", "whatsapp:+14155238886"), ((string)account["provider"]!, (string)account["channel"]!, (string)account["external_id"]!));
        }
    }

    static Task<TestApp> StartAsync(string database, Uri? address = null) => TestApp.StartAsync(database, Role.All,
        settings: address is null ? null : new() { ["PARLEY_URLS"] = address.ToString().TrimEnd('/') }, services: services => services.AddSingleton(Impatient));

    // The emulator of another app: it goes on while the server is stopped.
    static async Task ConnectToAsync(TestApp outside, TestApp app, TwilioTestNumber number)
    {
        await (await number.Tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { config = new { base_url = new Uri(outside.Emulator.BaseAddress!, "/twilio").ToString() } })).JsonAsync();
        await (await outside.Emulator.PostAsJsonAsync("/connect", new { provider = "twilio", external_id = number.Address, webhook_url = new Uri(app.Address, $"/webhooks/twilio/{number.Id}"), secret = number.AuthToken })).JsonAsync();
    }

    static Task SayAsync(TestApp outside, TwilioTestNumber number, string text, int count) =>
        outside.Emulator.PostAsJsonAsync("/say", new { provider = "twilio", to = number.Address, from = "+5511987654321", name = "Ana", text, count });
}
