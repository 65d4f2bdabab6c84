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

    static Task AllDoneAsync(TestApp app, Guid tenant, long since) => Eventually.Async(
        () => app.Get<TenantDatabase>().ListAsync<AccountSyncRow>(tenant, "select integration_id, run, state, stopped_by from account_syncs where tenant_id = @tenant", null, default),
        rows => rows.Count >= 4 && rows.All(row => row.State == "done" && row.Run > since), "all accounts are read", 60);
}
