using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>Sending where the provider keeps chats and repeats what we sent.</summary>
public sealed class ThreadSendingTests(ParleyFixture fixture)
{
    [Fact]
    public async Task An_answer_without_an_id_is_matched_with_its_echo()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        var message = await ReplyAsync(account, "a", "on its way to you");
        await SettledAsync(account, message, "sent");
        Assert.Equal(("a", "person-a", "on its way to you"), provider.Sent.TryPeek(out var sent) ? (sent.ThreadId, sent.To, sent.Content) : default);

        for (var i = 0; i < 2; i++) await provider.DeliverAsync(account, Echo("a", "on its way to you ", "echo-1"));
        Assert.Equal([("echo-1", true, 1L)], await account.ListAsync<(string, bool, long)>("select min(external_message_id), bool_and(author like 'api:%'), count(*) from messages where direction = 'outbound'"));
        Assert.Equal(2, (await account.ListAsync<long>("select message_count from conversations"))[0]);
    }

    [Fact]
    public async Task An_echo_that_is_faster_than_the_answer_and_says_it_otherwise_makes_room()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        provider.OnSend = _ =>
        {
            provider.DeliverAsync(account, Echo("a", "as the network rewrote it", "echo-2")).Wait();
            return SendResult.Accepted("echo-2", threadId: "a");
        };
        var message = await ReplyAsync(account, "a", "as it was written");
        await SettledAsync(account, message, "sent");
        Assert.Equal([("echo-2", 1L)], await account.ListAsync<(string, long)>("select min(external_message_id), count(*) from messages where direction = 'outbound'"));
        Assert.Equal(2, (await account.ListAsync<long>("select message_count from conversations"))[0]);
    }

    [Fact]
    public async Task What_may_have_arrived_is_looked_for_in_the_chat_and_not_sent_again()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1), new FakeChat("b").Talk(1));
        await using var app = account.Tenant.App;
        provider.OnSend = _ => SendResult.Failed(SendFailure.OutcomeUnknown);
        var arrived = await ReplyAsync(account, "a", "did this one arrive?");
        var lost = await ReplyAsync(account, "b", "and did this one?");
        await SettledAsync(account, arrived, "unknown");
        await SettledAsync(account, lost, "unknown");
        provider.Chats[0].Messages.Add(Echo("a", "did this one arrive?", "found"));

        await app.Get<TenantDatabase>().ExecuteAsync(account.Tenant.Id, "update scheduled_jobs set scheduled_at = @now where tenant_id = @tenant and type = 'message.settle'", new { now = TimeProvider.System.GetUtcNow() }, default);
        await SettledAsync(account, arrived, "sent");
        Assert.Equal("found", (string)(await account.Tenant.Viewer.GetJsonAsync($"/api/messages/{arrived}"))["external_message_id"]!);
        await Eventually.Async(() => Task.FromResult(provider.CountCalls("messages b")), count => count > 1, "the other one is looked for");
        Assert.Equal("unknown", (string)(await account.Tenant.Viewer.GetJsonAsync($"/api/messages/{lost}"))["status"]!);
        Assert.Equal(2, provider.Sent.Count);
    }

    [Fact]
    public async Task Writing_to_somebody_new_begins_a_chat_and_its_echo_and_history_find_it()
    {
        var (provider, account) = await ImportedAsync();
        await using var app = account.Tenant.App;
        provider.OnSend = message => SendResult.Accepted("first", threadId: "new-chat");
        var message = await account.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = account.Id, to = "@nora.vale", type = "text", content = "hello, Nora, this is the shop" }, 202);
        await SettledAsync(account, (Guid)message["id"]!, "sent");
        Assert.Equal((null, "person-nora.vale"), provider.Sent.TryPeek(out var sent) ? (sent.ThreadId, sent.To) : default);
        Assert.Equal([("new-chat", true)], await account.ListAsync<(string, bool)>("select thread_id, is_thread from conversations"));

        await provider.DeliverAsync(account, Echo("new-chat", "hello, Nora, this is the shop", "first") with { With = new("person-nora.vale", [], "Nora Vale") });
        var chat = new FakeChat("new-chat") { With = new("person-nora.vale", [], "Nora Vale") };
        chat.Messages.Add(Echo("new-chat", "hello, Nora, this is the shop", "first"));
        chat.Activity = TimeProvider.System.GetUtcNow();
        provider.Chats.Add(chat);
        await account.SyncAsync();
        Assert.Equal([("new-chat", 1L)], await account.ListAsync<(string, long)>("select thread_id, message_count from conversations"));
        Assert.Equal(1, (await account.ListAsync<long>("select count(*) from messages"))[0]);

        await account.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = account.Id, to = "nobody", type = "text", content = "is there anybody at all?" }, 400);
    }

    [Fact]
    public async Task A_chat_that_is_here_already_takes_the_message_that_was_to_begin_it()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("old") { With = new("another-id-of-nora", [], "Nora") }.Talk(2));
        await using var app = account.Tenant.App;
        provider.OnSend = _ => SendResult.Accepted("first", threadId: "old");
        var message = await account.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = account.Id, to = "nora", type = "text", content = "hello again, Nora, it is us" }, 202);
        await SettledAsync(account, (Guid)message["id"]!, "sent");
        Assert.Equal([("old", 3L)], await account.ListAsync<(string, long)>("select thread_id, message_count from conversations"));
    }

    [Fact]
    public async Task A_file_goes_along_with_its_message()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        var file = await (await account.Tenant.Editor.PostAsync("/api/attachments?file_name=offer.pdf", new ByteArrayContent(TestFiles.Pdf) { Headers = { { "Content-Type", "application/pdf" } } })).JsonAsync(201);
        var chat = (await account.ListAsync<Guid>("select id from conversations"))[0];
        var message = await account.Tenant.Editor.PostJsonAsync($"/api/conversations/{chat}/messages", new { type = "document", attachment_id = (string)file["id"]! }, 202);
        await SettledAsync(account, (Guid)message["id"]!, "sent");
        Assert.True(provider.Sent.TryPeek(out var sent));
        Assert.Equal(("offer.pdf", TestFiles.Pdf.Length), (sent.File!.FileName, (int)sent.File.Size));
    }

    [Fact]
    public async Task In_a_chat_that_takes_nothing_a_message_fails_in_words()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(1));
        await using var app = account.Tenant.App;
        await app.Get<TenantDatabase>().ExecuteAsync(account.Tenant.Id, "update conversations set is_read_only = true where tenant_id = @tenant", null, default);
        var message = await ReplyAsync(account, "a", "nobody will ever read this");
        await SettledAsync(account, message, "failed");
        Assert.Empty(provider.Sent);
    }

    static MessageReceived Echo(string chat, string words, string externalId) => new("acc")
    {
        ExternalId = externalId, With = new($"person-{chat}", [], null), SentAt = TimeProvider.System.GetUtcNow(), Type = "text", Content = words, IsEcho = true, ThreadId = chat,
    };

    static async Task<Guid> ReplyAsync(FakeAccount account, string chat, string words)
    {
        var id = (await account.ListAsync<Guid>("select id from conversations where thread_id = @chat", new { chat }))[0];
        return (Guid)(await account.Tenant.Editor.PostJsonAsync($"/api/conversations/{id}/messages", new { type = "text", content = words }, 202))["id"]!;
    }

    static Task<JsonNode> SettledAsync(FakeAccount account, Guid message, string status) =>
        Eventually.Async(() => account.Tenant.Viewer.GetJsonAsync($"/api/messages/{message}"), seen => (string)seen["status"]! == status, $"the message is {status}");

    async Task<(FakeProvider Provider, FakeAccount Account)> ImportedAsync(params FakeChat[] chats)
    {
        var provider = new FakeProvider();
        provider.Chats.AddRange(chats);
        var account = await provider.ConnectAsync(await provider.StartAsync(await fixture.CloneDatabaseAsync()));
        Assert.Equal("done", (await account.SyncAsync()).State);
        return (provider, account);
    }
}
