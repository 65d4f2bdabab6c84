using Parley.Channels.Contract;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>What webhooks of a provider that keeps chats tell.</summary>
public sealed class ThreadEventTests(ParleyFixture fixture)
{
    static readonly DateTimeOffset At = new(2026, 1, 1, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_message_of_a_new_chat_makes_its_conversation_and_coming_again_changes_nothing()
    {
        var (provider, account) = await ImportedAsync();
        await using var app = account.Tenant.App;
        var chat = new FakeChat("live");
        var message = chat.Say(1, "hello from a new chat", with: told => told with { Details = new() { ["sender_id"] = "7" } });
        for (var i = 0; i < 3; i++) Assert.True((await provider.DeliverAsync(account, message)).IsSuccessStatusCode);
        await provider.DeliverAsync(account, chat.Say(2, "hidden", with: told => told with { IsHidden = true }), chat.Say(3, "ours", ours: true));
        Assert.Equal([("live", false, 1, 3L, "ours", "outbound")],
            await account.ListAsync<(string, bool, int, long, string, string)>("select thread_id, is_read, unread_count, message_count, last_message_preview, last_message_direction from conversations"));

        // The history that comes later is a first import: it marks nothing unread, and what is here stays one.
        provider.Chats.Add(chat);
        chat.Say(-100, "long ago");
        Assert.Equal((1L, 0L), ((await account.SyncAsync()) is var run ? (run.MessagesCreated, run.MessagesUnread) : default));
        Assert.Equal([(1, 4L)], await account.ListAsync<(int, long)>("select unread_count, message_count from conversations"));
    }

    [Fact]
    public async Task What_is_asked_for_while_it_is_being_done_is_done_once_more()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        // As a worker has them that looked a moment before.
        var rereading = $"{account.Id}/a-0";
        await app.Get<TenantDatabase>().ExecuteAsync(account.Tenant.Id, """
            update scheduled_jobs set status = 'running', lease_until = @until where tenant_id = @tenant and type = 'sync.account';
            insert into scheduled_jobs (tenant_id, id, type, key, status, lease_until, scheduled_at, created_at, updated_at)
            values (@tenant, gen_random_uuid(), 'message.reread', @rereading, 'running', @until, @now, @now, @now)
            """, new { rereading, now = At, until = TimeProvider.System.GetUtcNow().AddHours(1) }, default);
        await provider.DeliverAsync(account, new MessageTouched("acc", "a-0", "a", At), new AccountChanged("acc", AccountHealth.Ok, "Connected again.", MayHaveMissed: true));
        Assert.Equal(["message.reread", "sync.account"], await account.ListAsync<string>("select type from scheduled_jobs where status = 'running' and payload ? 'again' order by type"));
    }

    [Fact]
    public async Task Who_has_read_is_kept_by_name()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(2));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, new MessageSeen("acc", "a-1", "a", [new("nora", null)]), new StatusChanged("acc", "a-1", "read", At, null, null));
        await provider.DeliverAsync(account, new MessageSeen("acc", "a-1", "a", [new("nora", At), new("bia", null)]));
        var message = (await account.Tenant.Viewer.GetJsonAsync("/api/chats/a/messages"))["items"]![0]!;
        Assert.Equal(("""{"nora":"2026-01-01T02:00:00.000Z","bia":true}""", 1, "read"), (message["seen_by"]!.ToJsonString(), (int)message["seen"]!, (string)message["status"]!));
    }

    [Fact]
    public async Task Who_has_read_stands_beside_the_message_with_a_name_where_there_is_one()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a") { With = new("nora", [], "Nora Vale") }.Talk(2));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, new MessageSeen("acc", "a-1", "a", [new("nora", At), new("somebody", null)]));
        var id = (await account.ListAsync<Guid>("select id from messages where external_message_id = 'a-1'"))[0];
        var readers = (await account.Tenant.Viewer.GetJsonAsync($"/api/messages/{id}"))["seen_by"]!.AsArray();
        Assert.Equal([("nora", "Nora Vale", At), ("somebody", null, null)], readers.Select(reader => ((string)reader!["handle"]!, (string?)reader["name"], (DateTimeOffset?)reader["at"])));
        var other = (await account.ListAsync<Guid>("select id from messages where external_message_id = 'a-0'"))[0];
        Assert.Null((await account.Tenant.Viewer.GetJsonAsync($"/api/messages/{other}"))["seen_by"]);
    }

    [Fact]
    public async Task A_message_that_cannot_leave_says_what_the_account_says_of_itself()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, new AccountChanged("acc", AccountHealth.NeedsAttention, "Instagram asks to log in again."));
        var conversation = (await account.ListAsync<Guid>("select id from conversations"))[0];
        var message = await account.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "will this one leave?" }, 202);
        var failed = await Eventually.Async(() => account.Tenant.Viewer.GetJsonAsync($"/api/messages/{message["id"]}"), one => (string?)one["status"] == "failed", "it is refused");
        Assert.Equal(("account_invalid", "Instagram asks to log in again.", "Instagram asks to log in again."),
            ((string)failed["failure"]!["code"]!, (string)failed["failure"]!["words"]!, (string)failed["error_message"]!));
        Assert.Empty(provider.Sent);
    }

    [Fact]
    public async Task What_our_side_reads_elsewhere_is_read_here_up_to_that_message()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a") { Unread = 2 }.Talk(3));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, new ThreadRead("acc", "a", "a-0", At));
        Assert.False((bool)(await account.Tenant.Viewer.GetJsonAsync("/api/chats/a"))["is_read"]!);
        await provider.DeliverAsync(account, new ThreadRead("acc", "a", "a-2", At));
        Assert.True((bool)(await account.Tenant.Viewer.GetJsonAsync("/api/chats/a"))["is_read"]!);
        Assert.True((await provider.DeliverAsync(account, new ThreadRead("acc", "unknown", null, At))).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_message_that_was_touched_is_read_again()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(2));
        await using var app = account.Tenant.App;
        var messages = provider.Chats[0].Messages;
        messages[0] = messages[0] with { Content = "the second version", IsEdited = true };
        await provider.DeliverAsync(account, new MessageTouched("acc", "a-0", "a", At), new MessageTouched("acc", "not here", "a", At));
        await Eventually.Async(() => account.ListAsync<string>("select content from messages where external_message_id = 'a-0' and edited_at is not null"), rows => rows is ["the second version"], "it is read again");
        Assert.Equal(0, provider.CountCalls("message not here"));
    }

    [Fact]
    public async Task An_account_that_stops_is_shown_and_when_it_is_back_the_gap_is_read()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, new AccountChanged("acc", AccountHealth.NeedsAttention, "Instagram asks to log in again."));
        var integration = await account.Tenant.Viewer.GetJsonAsync($"/api/integrations/{account.Id}");
        Assert.Equal(("failing", "Instagram asks to log in again."), ((string)integration["health"]!, (string)integration["health_message"]!));

        provider.Chats[0].Say(30, "said meanwhile");
        await provider.DeliverAsync(account, new AccountChanged("acc", AccountHealth.Ok, "It works.", MayHaveMissed: true));
        await Eventually.Async(() => account.ListAsync<long>("select message_count from conversations"), rows => rows is [2], "the gap is read");
        Assert.Equal("ok", (string)(await account.Tenant.Viewer.GetJsonAsync($"/api/integrations/{account.Id}"))["health"]!);
    }

    [Fact]
    public async Task An_answer_that_names_only_the_networks_id_finds_its_message()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(2));
        await using var app = account.Tenant.App;
        await provider.DeliverAsync(account, provider.Chats[0].Say(9, with: told => told with { ReplyToNetworkId = "net-1" }));
        Assert.Equal(["a-1"], await account.ListAsync<string>("select reply_to from messages where reply_to is not null"));
    }

    async Task<(FakeProvider Provider, FakeAccount Account)> ImportedAsync(params FakeChat[] chats)
    {
        var provider = new FakeProvider();
        provider.Chats.AddRange(chats);
        var account = await provider.ConnectAsync(await provider.StartAsync(await fixture.CloneDatabaseAsync()));
        Assert.Equal("done", (await account.SyncAsync()).State);
        return (provider, account);
    }
}
