using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Emulators;
using Parley.Server.Platform.Database;
using Parley.Server.Sync;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>The whole way, with Unipile played beside.</summary>
public sealed class UnipileSyncTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Address_and_key_in_the_settings_are_enough_and_a_second_start_asks_for_no_message()
    {
        await using var emulators = EmulatorApp.Build(["http://127.0.0.1:0"]);
        await emulators.StartAsync();
        using var emulator = new HttpClient { BaseAddress = new Uri(emulators.Urls.First()) };
        await emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = "big", type = "INSTAGRAM", chats = 300, messages = 3000 });
        var database = await fixture.CloneDatabaseAsync();
        var settings = new Dictionary<string, string?> { ["UNIPILE_DSN"] = $"{emulators.Urls.First()}/unipile", ["UNIPILE_API_KEY"] = "the-key-of-the-workspace" };
        TestTenant tenant;
        await using (var before = await TestApp.StartAsync(database)) tenant = await before.NewTenantAsync();

        await using (var app = await TestApp.StartAsync(database, settings: settings))
        {
            await AllDoneAsync(app, tenant.Id, since: 0);
            Assert.Equal((3000L, 300L), (await app.Get<TenantDatabase>().ListAsync<(long, long)>(tenant.Id, """
                select coalesce(sum(c.message_count), 0)::bigint, count(*) from conversations c join integrations i on i.tenant_id = c.tenant_id and i.id = c.integration_id where i.external_id = 'big'
                """, null, default))[0]);
            Assert.Equal(0, (await app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from account_syncs where chats_with_errors > 0", null, default))[0]);
        }

        await emulator.DeleteAsync("/ledger/unipile/calls");
        await using (var app = await TestApp.StartAsync(database, settings: settings))
        {
            await AllDoneAsync(app, tenant.Id, since: 1);
            var calls = await emulator.GetFromJsonAsync<JsonObject>("/ledger/unipile/calls?account_id=big");
            Assert.Equal(2, (int)calls!["routes"]!["GET /chats"]!);
            Assert.Null(calls["routes"]!["GET /chats/{chat_id}/messages"] is { } messages && (int)messages > 0 ? messages : null);
            Assert.Equal(4, (await app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from integrations", null, default))[0]);
        }
    }

    [Fact]
    public async Task With_a_public_address_the_webhook_is_registered_too_and_once_and_without_one_the_log_says_what_to_do()
    {
        await using var emulators = EmulatorApp.Build(["http://127.0.0.1:0"]);
        await emulators.StartAsync();
        using var emulator = new HttpClient { BaseAddress = new Uri(emulators.Urls.First()) };
        await emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = "heard", type = "INSTAGRAM", chats = 0, messages = 0 });
        var database = await fixture.CloneDatabaseAsync();
        var settings = new Dictionary<string, string?> { ["UNIPILE_DSN"] = $"{emulators.Urls.First()}/unipile", ["UNIPILE_API_KEY"] = "the-key-of-the-workspace" };
        TestTenant tenant;
        await using (var before = await TestApp.StartAsync(database)) tenant = await before.NewTenantAsync();

        await using (var app = await TestApp.StartAsync(database, settings: settings))
        {
            await AllDoneAsync(app, tenant.Id, since: 0);
            await Eventually.Async(() => Task.FromResult(app.Logs.Lines), lines => lines.Any(line => line.Contains("set PARLEY_PUBLIC_URL", StringComparison.Ordinal)), "it is said");
            Assert.Empty(await HooksAsync(emulator));
        }

        settings["PARLEY_URLS"] = settings["PARLEY_PUBLIC_URL"] = $"http://127.0.0.1:{FreePort()}";
        for (var start = 1; start <= 2; start++)
        {
            await using var app = await TestApp.StartAsync(database, settings: settings);
            var hooks = await Eventually.Async(() => HooksAsync(emulator), hooks => hooks.Count == 2, "messages and accounts are to be told");
            Assert.All(hooks, hook => Assert.StartsWith(settings["PARLEY_PUBLIC_URL"]!, (string)hook!["request_url"]!));
            await Eventually.Async(() => app.Get<TenantDatabase>().ListAsync<bool>(tenant.Id, "select is_pending from webhook_registrations", null, default), rows => rows is [false], "it is noted");
            await emulator.PostAsJsonAsync("/say", new { provider = "unipile", to = "heard", from = "100200300", name = "Nora", text = $"said after start {start}" });
            await Eventually.Async(() => app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select count(*) from messages m join integrations i on i.tenant_id = m.tenant_id and i.id = m.integration_id where i.external_id = 'heard'", null, default),
                rows => rows[0] == start, "it is heard");
            Assert.Equal(1, (await app.Get<TenantDatabase>().ListAsync<long>(tenant.Id, "select fence from webhook_registrations", null, default))[0]);   // no second attempt
        }
    }

    static async Task<JsonArray> HooksAsync(HttpClient emulator)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/unipile/api/v1/webhooks") { Headers = { { "X-API-KEY", "the-key-of-the-workspace" } } };
        return (await (await emulator.SendAsync(request)).JsonAsync())["items"]!.AsArray();
    }

    static int FreePort()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)socket.LocalEndPoint!).Port;
    }

    static Task AllDoneAsync(TestApp app, Guid tenant, long since) => Eventually.Async(
        () => app.Get<TenantDatabase>().ListAsync<AccountSyncRow>(tenant, "select integration_id, run, state, stopped_by from account_syncs where tenant_id = @tenant", null, default),
        rows => rows.Count >= 4 && rows.All(row => row.State == "done" && row.Run > since), "all accounts are read", 60);
}
