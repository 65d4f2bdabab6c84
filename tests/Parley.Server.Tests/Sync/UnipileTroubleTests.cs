using System.Net.Http.Json;
using Parley.Server.Platform.Database;
using Parley.Server.Sync;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>Unipile at its worst, played beside: the chat is reported, the rest goes on, and nothing is half-written.</summary>
public sealed class UnipileTroubleTests(ParleyFixture fixture)
{
    const string Messages = "GET /chats/{chat_id}/messages";

    [Theory]
    [InlineData(250, 1)]
    [InlineData(251, 2)]
    [InlineData(1000, 4)]
    public async Task A_second_run_with_nothing_new_makes_one_list_call_for_250_chats_and_none_for_messages(int chats, int calls)
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), chats, chats);
        Assert.Equal(("done", chats, 0), ((await stage.SyncAsync()) is var first ? (first.State, first.ChatsListed, first.ChatsWithErrors) : default));
        await stage.App.Emulator.DeleteAsync("/ledger/unipile/calls");
        Assert.Equal(("done", chats, 0), ((await stage.SyncAsync()) is var second ? (second.State, second.ChatsListed, second.ChatsToSync) : default));
        Assert.Equal((calls, 0), (await stage.CallsAsync("GET /chats"), await stage.CallsAsync(Messages)));
        var all = await stage.App.Emulator.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>("/ledger/unipile/calls?account_id=acc");
        Assert.Equal(calls + 1, (int)all!["total"]!);   // and one look at how the account is
    }

    [Fact]
    public async Task A_storm_of_429_is_waited_out_and_everything_comes_once()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), 30, 600, faults: new { provider = "unipile", rules = new[] { new { route = "*", kind = "too_many_requests", next = 60, skip = 2 } } });
        await EndsAsync(stage, 30, 600);
        Assert.Equal((600L, 600L), (await stage.ListAsync<(long, long)>("select count(*), count(distinct external_message_id) from messages"))[0]);
    }

    [Theory]
    [InlineData("html")]
    [InlineData("truncated")]
    [InlineData("cut")]
    [InlineData("drop")]
    [InlineData("provider_error")]
    public async Task Answers_that_make_no_sense_are_asked_for_again_and_a_chat_that_gives_no_other_is_reported(string kind)
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), 8, 400, faults: new { provider = "unipile", rules = new[] { new { route = "*", kind, next = 2, skip = 1 } } });
        await EndsAsync(stage, 8, 400);

        // One chat is broken for good: it is the one error, and what it had stays as it was.
        var broken = (await stage.ListAsync<string>("select thread_id from conversations order by thread_id limit 1"))[0];
        var before = await StateAsync(stage, broken);
        await stage.FaultAsync(new { provider = "unipile", rules = new[] { new { route = Messages, kind, id = broken } } });
        var run = await stage.SyncAsync(isFull: true);
        Assert.Equal(("done", 1), (run.State, run.ChatsWithErrors));
        Assert.Equal(broken, SyncView.Of(stage.Id, run).Errors.Single().ChatId);
        Assert.Equal(before, await StateAsync(stage, broken));
        await WholeAsync(stage);
    }

    [Theory]
    [InlineData("GET /chats")]
    [InlineData("GET /chats/{chat_id}/messages")]
    public async Task A_cursor_that_leads_to_itself_ends(string route)
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), 4, 60, faults: new { provider = "unipile", page_size = 2, rules = new[] { new { route, kind = "repeated_cursor", skip = 1 } } });
        var run = await stage.SyncAsync();
        Assert.Equal("done", run.State);
        Assert.NotEqual(0, run.ChatsWithErrors);
        await WholeAsync(stage);

        await stage.ClearFaultsAsync();
        Assert.Equal(0, (await stage.SyncAsync()).ChatsWithErrors);
        Assert.Equal(60, (await stage.ListAsync<long>("select count(*) from messages"))[0]);
        await WholeAsync(stage);
    }

    [Fact]
    public async Task Clocks_in_the_future_hide_nothing_and_stay_out_of_the_list()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), 3, 30);
        await EndsAsync(stage, 3, 30);
        var chat = (await stage.ListAsync<string>("select thread_id from conversations order by thread_id limit 1"))[0];
        await stage.App.Emulator.PostAsJsonAsync($"/unipile/chats/{chat}", new { timestamp = "2098-01-01T00:00:00.000Z" });
        await stage.SayAsync("said by a clock of the future", more: new { chat, timestamp = "2097-06-01T00:00:00.000Z" });
        await stage.SyncAsync();
        await stage.App.Emulator.PostAsJsonAsync($"/unipile/chats/{chat}", new { timestamp = TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'.000Z'") });
        await stage.SayAsync("and afterwards by a right one", more: new { chat });
        await stage.SyncAsync();
        Assert.Equal(32, (await stage.ListAsync<long>("select count(*) from messages"))[0]);
        Assert.Equal(0, (await stage.ListAsync<long>("select count(*) from messages where occurred_at > now() + interval '1 minute'"))[0]);
        Assert.Equal(0, (await stage.ListAsync<long>("select count(*) from conversations where last_message_at > now() + interval '1 minute'"))[0]);
        await WholeAsync(stage);
    }

    [Fact]
    public async Task An_account_that_vanishes_in_the_middle_leaves_whole_chats_and_is_said_to_be_gone()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), 40, 4000, faults: new { provider = "unipile", page_size = 20, rules = new[] { new { route = Messages, kind = "vanish", next = 1, skip = 60 } } });
        var run = await stage.SyncAsync();
        Assert.True(run.ChatsWithErrors > 0 || run.State == "failed", $"{run.State}, {run.ChatsWithErrors} errors");
        await WholeAsync(stage);
        Assert.InRange((await stage.ListAsync<long>("select count(*) from messages"))[0], 1, 3999);

        var next = await stage.SyncAsync();
        Assert.Equal("failed", next.State);
        Assert.Contains("does not have this account", next.StoppedBy);
        Assert.Equal("failing", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Id}"))["health"]!);
        // What is here stays and can be read.
        Assert.Equal(40, (int)(await stage.Tenant.Viewer.GetJsonAsync("/api/chats"))["total"]!);
    }

    [Fact]
    public async Task A_process_that_is_killed_in_the_middle_of_a_first_import_goes_on_where_it_was()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using var stage = await UnipileStage.StartAsync(database);   // for its emulator and its keys: it works for nobody else
        await stage.App.Get<TenantDatabase>().ExecuteAsync(stage.Tenant.Id, "delete from scheduled_jobs where tenant_id = @tenant", null, default);
        await stage.App.Emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = "acc", type = "INSTAGRAM", chats = 4, messages = 12_000, attachments_percent = 0 });
        await stage.FaultAsync(new { provider = "unipile", page_size = 100, latency_ms = 30 });
        await stage.App.Emulator.DeleteAsync("/ledger/unipile/calls");
        var emulator = stage.App.Emulator;
        var (tenant, id) = (stage.Tenant.Id, stage.Id);

        // A worker of its own, killed without a word.
        var worker = await ServerProcess.StartAsync(database);
        using (var http = new HttpClient { BaseAddress = worker.Address })
        {
            http.DefaultRequestHeaders.Authorization = stage.Tenant.Editor.DefaultRequestHeaders.Authorization;
            await http.PostAsync($"/api/integrations/{id}/sync", null);
        }
        await Eventually.Async(() => stage.ListAsync<long>("select count(*) from messages"), rows => rows[0] > 3000, "a part of it is here", 60);
        worker.Kill();
        await worker.DisposeAsync();
        var here = (await stage.ListAsync<long>("select count(*) from messages"))[0];
        Assert.InRange(here, 3000, 11_900);
        await WholeAsync(stage);

        await stage.App.Get<TenantDatabase>().ExecuteAsync(tenant, "update scheduled_jobs set lease_until = @old where tenant_id = @tenant and status = 'running'", new { old = TimeProvider.System.GetUtcNow().AddHours(-1) }, default);
        await Eventually.Async(() => stage.ListAsync<AccountSyncRow>("select state from account_syncs"), rows => rows is [{ State: "done" }], "another goes on", 60);
        Assert.Equal((12_000L, 12_000L), (await stage.ListAsync<(long, long)>("select count(*), count(distinct external_message_id) from messages"))[0]);
        await WholeAsync(stage);
        // 120 pages there are; what was under way is read again, and the newest page of each chat.
        Assert.InRange(await stage.CallsAsync(Messages), 120, 120 + 4 * 3 + 8);
    }

    /// <summary>The run that connecting began, or one more, brought all.</summary>
    static async Task EndsAsync(UnipileStage stage, int chats, long messages)
    {
        var run = await stage.SyncAsync();
        if (run.State == "failed" || run.ChatsWithErrors > 0) run = await stage.SyncAsync();
        Assert.Equal(("done", chats, 0), (run.State, run.ChatsListed, run.ChatsWithErrors));
        Assert.Equal(messages, (await stage.ListAsync<long>("select count(*) from messages"))[0]);
        await WholeAsync(stage);
    }

    /// <summary>Each conversation counts the messages it has, and only one that is read to the end says so.</summary>
    static async Task WholeAsync(UnipileStage stage)
    {
        Assert.Equal(0, (await stage.ListAsync<long>("select count(*) from conversations c where c.message_count <> (select count(*) from messages m where m.tenant_id = c.tenant_id and m.conversation_id = c.id)"))[0]);
        Assert.Equal(0, (await stage.ListAsync<long>("select count(*) from conversations where synced_activity_at is not null and sync_cursor is not null"))[0]);
        Assert.Equal(0, (await stage.ListAsync<long>("select count(*) from messages m where not exists (select 1 from conversations c where c.tenant_id = m.tenant_id and c.id = m.conversation_id and c.contact_id = m.contact_id)"))[0]);
    }

    static async Task<(long, DateTimeOffset?, string?)> StateAsync(UnipileStage stage, string chat) =>
        (await stage.ListAsync<(long, DateTimeOffset?, string?)>("select message_count, synced_activity_at, sync_cursor from conversations where thread_id = @chat", new { chat }))[0];
}
