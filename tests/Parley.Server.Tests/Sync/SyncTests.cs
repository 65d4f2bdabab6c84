using Parley.Channels.Contract;
using Parley.Server.Sync;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>The engine against a provider in memory, each test on a database of its own.</summary>
public sealed class SyncTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_first_run_brings_everything_and_a_second_one_costs_one_call_for_250_chats()
    {
        var provider = new FakeProvider();
        for (var i = 0; i < 30; i++) provider.Chats.Add(new FakeChat($"chat-{i}").Talk(7, i * 10));
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);

        var first = await account.SyncAsync();
        Assert.Equal(("done", 30, 0), (first.State, first.ChatsListed, first.ChatsWithErrors));
        Assert.Equal(210, (await account.ListAsync<long>("select count(*) from messages"))[0]);
        Assert.Equal(30, (await account.ListAsync<long>("select count(*) from conversations where is_thread and is_read and unread_count = 0 and message_count = 7 and synced_activity_at = thread_activity_at"))[0]);
        var conversations = (await account.Tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray();
        Assert.Equal(30, conversations.Count);
        Assert.Equal(("words 6 of chat-29", "inbound", "Person chat-29"), ((string)conversations[0]!["last_message_preview"]!, (string)conversations[0]!["last_message_direction"]!, (string)conversations[0]!["contact_name"]!));

        provider.Calls.Clear();
        var second = await account.SyncAsync();
        Assert.Equal(("done", 30, 0, 0L), (second.State, second.ChatsListed, second.ChatsToSync, second.MessagesFetched));
        Assert.Equal(["account", "chats"], provider.Calls);
    }

    [Fact]
    public async Task Only_chats_that_were_active_since_are_read_again_and_only_from_shortly_before_their_newest_message()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(5, 0), new FakeChat("b").Talk(5, 0));
        await using var app = account.Tenant.App;
        provider.Chats[0].Say(30, "new");

        provider.Calls.Clear();
        var run = await account.SyncAsync();
        Assert.Equal((1, 1L), (run.ChatsToSync, run.MessagesCreated));
        Assert.Equal("messages a since 2025-12-31T23:54:00.0000000+00:00", Assert.Single(provider.Calls, call => call.StartsWith("messages")));
    }

    [Fact]
    public async Task Two_messages_of_the_same_millisecond_and_one_that_comes_late_are_not_lost()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(2, 0));
        await using var app = account.Tenant.App;
        provider.Chats[0].Say(1, "the same millisecond", externalId: "tie");
        provider.Chats[0].Say(-3, "late", externalId: "late");
        provider.Chats[0].Activity = provider.Chats[0].Activity!.Value.AddSeconds(1);

        Assert.Equal(2, (await account.SyncAsync()).MessagesCreated);
        Assert.Equal(["late", "tie"], await account.ListAsync<string>("select external_message_id from messages where external_message_id in ('tie', 'late') order by 1"));
    }

    [Fact]
    public async Task What_webhooks_missed_is_read_although_they_brought_something_newer()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1, 0));
        await using var app = account.Tenant.App;
        provider.Chats[0].Say(20, "missed");
        var heard = provider.Chats[0].Say(60, "heard");
        await provider.DeliverAsync(account, heard);
        Assert.Equal(1, (await account.SyncAsync()).MessagesCreated);
        Assert.Equal(3, (await account.ListAsync<long>("select message_count from conversations"))[0]);
    }

    [Fact]
    public async Task A_first_import_is_unread_where_the_provider_says_so_and_later_what_people_write_is()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("read").Talk(5), new FakeChat("unread") { Unread = 2 }.Talk(5), new FakeChat("archived") { IsArchived = true }.Talk(1));
        await using var app = account.Tenant.App;
        Assert.Equal([("archived", true, 0, "archived"), ("read", true, 0, "open"), ("unread", false, 2, "open")], await StatesAsync(account));

        provider.Chats[0].Say(10, ours: true);
        await account.SyncAsync();
        Assert.Equal(("read", true, 0, "open"), (await StatesAsync(account))[1]);

        provider.Chats[0].Say(11, with: message => message with { IsHidden = true });
        provider.Chats[0].Say(12, with: message => message with { Type = "event" });
        await account.SyncAsync();
        Assert.Equal(("read", true, 0, "open"), (await StatesAsync(account))[1]);

        provider.Chats[0].Say(13);
        provider.Chats[2].Say(13);
        Assert.Equal(2, (await account.SyncAsync()).MessagesUnread);
        Assert.Equal([("archived", false, 1, "open"), ("read", false, 1, "open")], (await StatesAsync(account)).Take(2));

        // Hidden ones are not in the thread, though they are here.
        var conversation = (await account.ListAsync<Guid>("select id from conversations where thread_id = 'read'"))[0];
        Assert.Equal(8, (await account.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_first_import_tells_the_feed_once_for_each_chat_and_later_once_for_each_message()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(50));
        await using var app = account.Tenant.App;
        Assert.Equal([("conversation.updated", 1L)], await account.ListAsync<(string, long)>("select type, count(*) from events where type like 'message.%' or type like 'conversation.%' group by 1"));
        provider.Chats[0].Say(60);
        await account.SyncAsync();
        Assert.Equal(1, (await account.ListAsync<long>("select count(*) from events where type = 'message.created'"))[0]);
    }

    [Fact]
    public async Task What_changed_of_messages_that_are_here_is_seen_by_a_full_run()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(6));
        await using var app = account.Tenant.App;
        var messages = provider.Chats[0].Messages;
        messages[0] = messages[0] with { Content = "edited", IsEdited = true };
        messages[2] = messages[2] with { IsDeleted = true };
        messages[4] = messages[4] with { Reactions = [new("person-a", "👍", false)] };
        messages[5] = messages[5] with { IsSeen = true, SeenBy = [new("person-a", new(2026, 1, 1, 1, 0, 0, TimeSpan.Zero))] };

        Assert.Equal(0, (await account.SyncAsync()).ChatsToSync);
        var run = await account.SyncAsync(isFull: true);
        Assert.Equal((true, 6L, 0L), (run.IsFull, run.MessagesFetched, run.MessagesCreated));
        Assert.Equal(4, (await account.ListAsync<long>("select count(*) from events where type = 'message.updated'"))[0]);
        Assert.Equal([("edited", true, false, null, "delivered"), ("words 2 of a", false, true, null, "delivered"), ("words 4 of a", false, false, "👍", "delivered"), ("words 5 of a", false, false, null, "read")],
            await account.ListAsync<(string, bool, bool, string?, string)>("""
                select content, edited_at is not null, deleted_at is not null, reactions -> 0 ->> 'emoji', status
                from messages where external_message_id in ('a-0', 'a-2', 'a-4', 'a-5') order by external_message_id
                """));

        Assert.Equal(0, (await account.SyncAsync(isFull: true)).MessagesCreated);
        Assert.Equal(4, (await account.ListAsync<long>("select count(*) from events where type = 'message.updated'"))[0]);
        messages[4] = messages[4] with { Reactions = [] };
        await account.SyncAsync(isFull: true);
        var message = (await account.ListAsync<Guid>("select id from messages where external_message_id = 'a-4'"))[0];
        Assert.Empty((await account.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"))["reactions"]!.AsArray());
    }

    [Fact]
    public async Task An_import_that_is_killed_in_the_middle_goes_on_where_it_was_and_misses_nothing_that_came_meanwhile()
    {
        var provider = new FakeProvider { PageSize = 10 };
        provider.Chats.Add(new FakeChat("long").Talk(100));
        provider.Chats.Add(new FakeChat("short").Talk(3));
        var database = await fixture.CloneDatabaseAsync();
        var (reached, killed) = (new TaskCompletionSource(), new TaskCompletionSource());
        provider.Before = async call =>
        {
            if (call != "messages long from 60") return null;
            reached.TrySetResult();
            await killed.Task;   // the process ends in the middle of this call
            return ReadFailure.ConnectionFailed;
        };
        var app = await provider.StartAsync(database);
        var account = await provider.ConnectAsync(app);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.Async(() => account.ListAsync<string>("select sync_cursor from conversations where thread_id = 'long'"), rows => rows is ["60"], "the page before is written");
        // A worker that vanished: its lease is over, and whatever it still does is nothing.
        await account.Tenant.App.Get<Platform.Database.TenantDatabase>().ExecuteAsync(account.Tenant.Id, "update scheduled_jobs set lease_until = @old where tenant_id = @tenant", new { old = TimeProvider.System.GetUtcNow().AddHours(-1) }, default);

        provider.Before = _ => Task.FromResult<ReadFailure?>(null);
        provider.Calls.Clear();
        provider.Chats[0].Say(105, "while nobody read");
        await using var other = await provider.StartAsync(database);
        var row = await Eventually.Async(() => other.Get<AccountSyncStore>().FindAsync(account.Tenant.Id, account.Id, default), row => row is { State: "done", Run: > 1 }, "another goes on", 30);
        Assert.DoesNotContain("messages long", provider.Calls);
        Assert.Contains(provider.Calls, call => call.StartsWith("messages long from 60"));
        Assert.Equal(0, provider.CountCalls("messages short"));
        Assert.Equal([("long", 101L, true), ("short", 3L, true)], await account.ListAsync<(string, long, bool)>("select thread_id, message_count, synced_activity_at is not null and sync_cursor is null from conversations order by 1"));
        Assert.Equal(104, (await account.ListAsync<long>("select count(*) from messages"))[0]);
        killed.SetResult();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task A_chat_that_fails_is_an_error_with_its_reason_and_the_others_go_on()
    {
        var provider = new FakeProvider();
        for (var i = 0; i < 10; i++) provider.Chats.Add(new FakeChat($"chat-{i}").Talk(3));
        provider.Before = call => Task.FromResult(call == "messages chat-3" ? ReadFailure.NotFound : call == "messages chat-5" ? ReadFailure.Unreadable : null);
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        var run = await account.SyncAsync();
        Assert.Equal(("done", 2, 24L), (run.State, run.ChatsWithErrors, run.MessagesCreated));
        var errors = (await account.Tenant.Viewer.GetJsonAsync($"/api/integrations/{account.Id}/sync"))["errors"]!.AsArray().OrderBy(error => (string)error!["chat_id"]!).ToList();
        Assert.Equal(("chat-3", "not_found", ReadFailure.NotFound.Words), ((string)errors[0]!["chat_id"]!, (string)errors[0]!["code"]!, (string)errors[0]!["words"]!));
        Assert.Equal(("chat-5", "unreadable"), ((string)errors[1]!["chat_id"]!, (string)errors[1]!["code"]!));

        // The next run reads them, and only them.
        provider.Before = _ => Task.FromResult<ReadFailure?>(null);
        provider.Calls.Clear();
        Assert.Equal((2, 6L, 0), ((await account.SyncAsync()) is var next ? (next.ChatsToSync, next.MessagesCreated, next.ChatsWithErrors) : default));
    }

    [Fact]
    public async Task A_storm_of_push_back_is_waited_out()
    {
        var provider = new FakeProvider();
        for (var i = 0; i < 20; i++) provider.Chats.Add(new FakeChat($"chat-{i}").Talk(2));
        var storm = 25;
        provider.Before = call => Task.FromResult(call.StartsWith("messages") && Interlocked.Decrement(ref storm) >= 0 ? ReadFailure.RateLimited with { RetryAfter = TimeSpan.FromMilliseconds(5) } : null);
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        var run = await account.SyncAsync();
        Assert.Equal(("done", 0, 40L), (run.State, run.ChatsWithErrors, run.MessagesCreated));
    }

    [Fact]
    public async Task A_chat_that_keeps_failing_is_given_up_after_six_tries()
    {
        var provider = new FakeProvider { Chats = { new FakeChat("a").Talk(1), new FakeChat("b").Talk(1) } };
        provider.Before = call => Task.FromResult(call == "messages a" ? ReadFailure.ProviderUnavailable : null);
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        Assert.Equal(("done", 1), ((await account.SyncAsync()) is var run ? (run.State, run.ChatsWithErrors) : default));
        Assert.Equal(0, provider.CountCalls("messages a") % 6);
    }

    [Fact]
    public async Task An_account_that_is_lost_in_the_middle_ends_the_run_in_words_and_is_shown_as_failing()
    {
        var provider = new FakeProvider();
        for (var i = 0; i < 40; i++) provider.Chats.Add(new FakeChat($"chat-{i}").Talk(2));
        var calls = 0;
        provider.Before = call => Task.FromResult(call.StartsWith("messages") && Interlocked.Increment(ref calls) > 12 ? ReadFailure.AccountDisconnected : null);
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        var run = await account.SyncAsync();
        Assert.Equal(("failed", ReadFailure.AccountDisconnected.Words, 0), (run.State, run.StoppedBy, run.ChatsWithErrors));
        Assert.InRange(calls, 13, 30);
        var integration = await account.Tenant.Viewer.GetJsonAsync($"/api/integrations/{account.Id}");
        Assert.Equal(("failing", ReadFailure.AccountDisconnected.Words), ((string)integration["health"]!, (string)integration["health_message"]!));

        provider.Before = _ => Task.FromResult<ReadFailure?>(null);
        Assert.Equal("done", (await account.SyncAsync()).State);
        Assert.Equal((80L, "ok"), ((await account.ListAsync<long>("select count(*) from messages"))[0], (string)(await account.Tenant.Viewer.GetJsonAsync($"/api/integrations/{account.Id}"))["health"]!));
    }

    [Fact]
    public async Task An_account_that_is_gone_says_so_and_nothing_is_asked_of_it()
    {
        var provider = new FakeProvider { Account = null };
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        var run = await account.SyncAsync();
        Assert.Equal("failed", run.State);
        Assert.Contains("does not have this account", run.StoppedBy);
        Assert.Equal(0, provider.CountCalls("chats"));
    }

    [Fact]
    public async Task Two_nodes_at_once_read_an_account_once()
    {
        var provider = new FakeProvider();
        for (var i = 0; i < 20; i++) provider.Chats.Add(new FakeChat($"chat-{i}").Talk(2));
        var database = await fixture.CloneDatabaseAsync();
        var (open, asked) = (new TaskCompletionSource(), new TaskCompletionSource());
        provider.Before = async call =>
        {
            if (call != "chats") return null;
            asked.TrySetResult();
            await open.Task;
            return null;
        };
        await using var app = await provider.StartAsync(database);
        await using var other = await provider.StartAsync(database);
        var account = await provider.ConnectAsync(app);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(15));
        // Requests on both nodes join the run under way.
        var requests = new[] { app, other, app }.Select(async node =>
        {
            var run = await node.Get<SyncRequests>().RequestAsync(account.Tenant.Id, account.Id, false, default);
            return await node.Get<SyncRequests>().WaitAsync(account.Tenant.Id, account.Id, run, TimeSpan.FromSeconds(20), default);
        }).ToList();
        await Eventually.Async(() => Task.FromResult(requests.Count(request => request.IsCompleted)), done => done == 0, "they wait");
        open.SetResult();
        var rows = await Task.WhenAll(requests);
        Assert.All(rows, row => Assert.Equal(("done", rows[0].Run, 40L), (row.State, row.Run, row.MessagesCreated)));
        Assert.Equal(1, provider.CountCalls("chats"));
    }

    [Fact]
    public async Task A_list_or_a_chat_that_leads_in_a_circle_ends_and_is_told()
    {
        var provider = new FakeProvider { Circles = true, Chats = { new FakeChat("a").Talk(3) } };
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        var run = await account.SyncAsync();
        Assert.Equal("done", run.State);
        Assert.Equal(2, run.ChatsWithErrors);
        Assert.All(SyncView.Of(account.Id, run).Errors, error => Assert.Contains("circle", error.Words));
        Assert.Equal(3, run.MessagesCreated);
    }

    [Fact]
    public async Task A_chat_without_a_name_gets_it_from_its_members_and_many_from_everybody_at_once()
    {
        static FakeChat Nameless(string id)
        {
            var chat = new FakeChat(id) { With = new($"person-{id}", [], null) }.Talk(1);
            chat.Members.AddRange([new("us", new("shop", [], "The shop"), true), new($"person-{id}", new($"person-{id}", [], $"Nora {id}") { UserName = $"nora.{id}" }, false)]);
            return chat;
        }
        var (provider, account) = await ImportedAsync(Nameless("a"));
        await using var app = account.Tenant.App;
        Assert.Equal([("Nora a", "nora.a")], await account.ListAsync<(string, string)>("select name, metadata ->> 'user_name' from contacts"));
        Assert.Equal(1, provider.CountCalls("members"));

        for (var i = 0; i < 20; i++) provider.Chats.Add(Nameless($"m{i}"));
        await account.SyncAsync();
        Assert.Equal((1, 1), (provider.CountCalls("members"), provider.CountCalls("people")));
        Assert.Equal(21, (await account.ListAsync<long>("select count(*) from contacts where name like 'Nora %'"))[0]);
    }

    [Fact]
    public async Task In_a_group_each_message_has_its_writer()
    {
        var group = new FakeChat("g") { IsGroup = true, Name = "Friends", With = new("net-g", [], "Friends", true) };
        group.Say(1, with: message => message with { Sender = new("bia", [], "Bia") });
        group.Say(2, with: message => message with { Sender = new("caio", [], "Caio") });
        var (_, account) = await ImportedAsync(group);
        await using var app = account.Tenant.App;
        var conversation = (await account.ListAsync<Guid>("select id from conversations"))[0];
        var messages = (await account.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray();
        Assert.Equal(["Caio", "Bia"], messages.Select(message => (string)message!["writer_name"]!));
        Assert.Equal("Friends", (string)(await account.Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}"))["contact_name"]!);
    }

    [Fact]
    public async Task One_person_may_have_two_chats_and_each_keeps_its_messages()
    {
        var nora = new Correspondent("nora", [], "Nora");
        var (provider, account) = await ImportedAsync(new FakeChat("a") { With = nora }.Talk(2), new FakeChat("b") { With = nora }.Talk(3));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, provider.Chats[1].Say(50));
        Assert.Equal([("a", 2L), ("b", 4L)], await account.ListAsync<(string, long)>("select thread_id, message_count from conversations order by 1"));
        Assert.Equal(1, (await account.ListAsync<long>("select count(*) from contacts"))[0]);
    }

    [Fact]
    public async Task A_clock_that_ran_ahead_hides_nothing_that_comes_later()
    {
        var chat = new FakeChat("a").Talk(1);
        chat.Activity = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (provider, account) = await ImportedAsync(chat);
        await using var app = account.Tenant.App;
        chat.Activity = null;
        chat.Say(5);
        Assert.Equal(1, (await account.SyncAsync()).MessagesCreated);
        Assert.True((await account.ListAsync<bool>("select last_message_at < now() from conversations"))[0]);
    }

    [Fact]
    public async Task A_chat_whose_messages_were_taken_away_is_read_anew()
    {
        var (_, account) = await ImportedAsync(new FakeChat("a").Talk(4), new FakeChat("empty") { Activity = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        await using var app = account.Tenant.App;
        await app.Get<Platform.Database.TenantDatabase>().ExecuteAsync(account.Tenant.Id, "delete from messages where tenant_id = @tenant", null, default);
        Assert.Equal((1, 4L), ((await account.SyncAsync()) is var run ? (run.ChatsToSync, run.MessagesCreated) : default));
        Assert.Equal([4L, 0L], await account.ListAsync<long>("select message_count from conversations order by thread_id"));
    }

    [Fact]
    public async Task How_far_it_is_comes_live_and_no_more_than_once_a_second()
    {
        var provider = new FakeProvider { Before = async call => { if (call.StartsWith("messages", StringComparison.Ordinal)) await Task.Delay(100); return null; } };
        provider.Chats.AddRange(Enumerable.Range(0, 80).Select(n => new FakeChat($"chat-{n}").Talk(1)));
        var account = await provider.ConnectAsync(await provider.StartAsync(await fixture.CloneDatabaseAsync()));
        await using var app = account.Tenant.App;
        Assert.Equal("done", (await account.SyncAsync()).State);
        var told = await account.ListAsync<DateTimeOffset>("select e.created_at from events e where e.tenant_id = @tenant and e.type = 'sync.updated' order by e.seq");
        var run = (await account.ListAsync<(DateTimeOffset Started, DateTimeOffset Finished)>("select started_at, finished_at from account_syncs"))[0];
        // Its begin and its end are told besides.
        Assert.InRange(told.Count(at => at >= run.Started && at <= run.Finished), 2, (int)(run.Finished - run.Started).TotalSeconds + 2);
    }

    [Fact]
    public async Task Another_tenant_sees_and_starts_nothing()
    {
        var (_, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        var other = await app.NewTenantAsync();
        await other.Viewer.GetJsonAsync($"/api/integrations/{account.Id}/sync", 404);
        await other.Admin.PostJsonAsync($"/api/integrations/{account.Id}/sync", null, 404);
        await account.Tenant.Viewer.PostJsonAsync($"/api/integrations/{account.Id}/sync", null, 403);
        Assert.Equal("done", (string)(await account.Tenant.Viewer.GetJsonAsync($"/api/integrations/{account.Id}/sync"))["state"]!);
    }

    async Task<(FakeProvider Provider, FakeAccount Account)> ImportedAsync(params FakeChat[] chats)
    {
        var provider = new FakeProvider();
        provider.Chats.AddRange(chats);
        var account = await provider.ConnectAsync(await provider.StartAsync(await fixture.CloneDatabaseAsync()));
        Assert.Equal("done", (await account.SyncAsync()).State);
        return (provider, account);
    }

    static Task<IReadOnlyList<(string, bool, int, string)>> StatesAsync(FakeAccount account) =>
        account.ListAsync<(string, bool, int, string)>("select thread_id, is_read, unread_count, status from conversations order by thread_id");
}
