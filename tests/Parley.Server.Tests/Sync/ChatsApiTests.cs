using System.Net;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>/api/chats as the documents of the Instagram service describe it.</summary>
public sealed class ChatsApiTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Chats_and_messages_have_the_documented_fields_under_the_providers_ids()
    {
        var chat = new FakeChat("chat_123") { Unread = 1 };
        chat.Say(0, "Hello!", with: message => message with { Details = new JsonObject { ["sender_id"] = "1002", ["sender_attendee_id"] = "att" }, Reactions = [new("nora", "👍", false)] });
        chat.Say(1, "Hi", ours: true, with: message => message with { SeenBy = [new("nora", null)], IsDelivered = true });
        var (_, account) = await ImportedAsync(chat);
        await using var app = account.Tenant.App;
        var viewer = account.Tenant.Viewer;

        var list = await viewer.GetJsonAsync("/api/chats?is_read=false&limit=100&offset=0");
        Assert.Equal((1, 100, 0), ((int)list["total"]!, (int)list["limit"]!, (int)list["offset"]!));
        var item = list["items"]![0]!;
        Assert.Equal(("chat_123", "acc", "INSTAGRAM", "net-chat_123", "Person chat_123", false, 1), ((string)item["id"]!, (string)item["account_id"]!, (string)item["account_type"]!,
            (string)item["provider_id"]!, (string)item["name"]!, (bool)item["is_read"]!, (int)item["unread_count"]!));
        Assert.Equal("2026-01-01T00:01:01Z", (string)item["timestamp"]!);
        Assert.NotNull(item["created_at"]);
        Assert.NotNull(item["updated_at"]);

        var messages = await viewer.GetJsonAsync("/api/chats/chat_123/messages");
        Assert.Equal((2, 100, 0), ((int)messages["total"]!, (int)messages["limit"]!, (int)messages["offset"]!));
        var (hi, hello) = (messages["items"]![0]!, messages["items"]![1]!);
        Assert.Equal(("chat_123-0", "chat_123", "Hello!", "2026-01-01T00:00:00Z", 0, "1002", "att", "net-0"), ((string)hello["id"]!, (string)hello["chat_id"]!, (string)hello["text"]!, (string)hello["timestamp"]!,
            (int)hello["is_sender"]!, (string)hello["sender_id"]!, (string)hello["sender_attendee_id"]!, (string)hello["provider_id"]!));
        Assert.Equal(("👍", "nora", false), ((string)hello["reactions"]![0]!["value"]!, (string)hello["reactions"]![0]!["sender_id"]!, (bool)hello["reactions"]![0]!["is_sender"]!));
        Assert.Equal((1, 1, 1, 0, 0, 0, """{"nora":true}"""), ((int)hi["is_sender"]!, (int)hi["seen"]!, (int)hi["delivered"]!, (int)hi["hidden"]!, (int)hi["deleted"]!, (int)hi["edited"]!, hi["seen_by"]!.ToJsonString()));
        Assert.Equal("Hello!", (string)(await viewer.GetJsonAsync("/api/chats/chat_123/messages?order_desc=false&limit=1"))["items"]![0]!["text"]!);
        Assert.Empty((await viewer.GetJsonAsync("/api/chats/chat_123/messages?offset=100000"))["items"]!.AsArray());

        // Our own id finds it, too.
        var ours = (string)item["conversation_id"]!;
        Assert.Equal("chat_123", (string)(await viewer.GetJsonAsync($"/api/chats/{ours}"))["id"]!);
        Assert.Equal(1, (int)(await viewer.GetJsonAsync("/api/chats?account_id=acc"))["total"]!);
        Assert.Equal(1, (int)(await viewer.GetJsonAsync($"/api/chats?account_id={account.Id}"))["total"]!);
        Assert.Equal(0, (int)(await viewer.GetJsonAsync("/api/chats?account_id=other"))["total"]!);
    }

    [Fact]
    public async Task Conversations_of_other_channels_are_chats_under_our_ids()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "good day to you");
        var chat = (await tenant.Viewer.GetJsonAsync("/api/chats"))["items"]![0]!;
        Assert.Equal(("WHATSAPP", number.Id.ToString(), "+5511987654321", false), ((string)chat["account_type"]!, (string)chat["account_id"]!, (string)chat["provider_id"]!, (bool)chat["is_read"]!));
        var messages = await tenant.Viewer.GetJsonAsync($"/api/chats/{chat["id"]}/messages");
        Assert.Equal(("good day to you", 0, 1), ((string)messages["items"]![0]!["text"]!, (int)messages["items"]![0]!["is_sender"]!, (int)messages["total"]!));
        Assert.True((bool)(await tenant.Editor.PostJsonAsync($"/api/chats/{chat["id"]}/mark-read", null, 200))["is_read"]!);
        var synced = await tenant.Editor.PostJsonAsync($"/api/chats/{chat["id"]}/sync", null, 200);
        Assert.Equal((true, 0), ((bool)synced["success"]!, (int)synced["stats"]!["messages_fetched"]!));
        Assert.Equal(0, (int)(await tenant.Editor.PostJsonAsync("/api/chats/sync", null, 200))["stats"]!["chats_synced"]!);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=1000000000")]
    [InlineData("?limit=x")]
    [InlineData("?limit=")]
    [InlineData("?offset=-1")]
    [InlineData("?offset=99999999999999999999999")]
    [InlineData("?is_read=maybe")]
    [InlineData("/chat/messages?limit=0")]
    [InlineData("/chat/messages?order_desc=sideways")]
    public async Task A_wrong_parameter_is_422_with_problem_details(string path)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var answer = await tenant.Viewer.GetAsync("/api/chats" + path);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task An_unknown_chat_is_404_and_roles_are_kept()
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var id in new[] { "nope", Guid.CreateVersion7().ToString(), "%01", "a%2Fb", new string('x', 400) })
        {
            await tenant.Viewer.GetJsonAsync($"/api/chats/{id}", 404);
            await tenant.Viewer.GetJsonAsync($"/api/chats/{id}/messages", 404);
            await tenant.Editor.PostJsonAsync($"/api/chats/{id}/sync", null, 404);
        }
        await tenant.Editor.PostJsonAsync("/api/chats/sync?account_id=nope", null, 404);
        await tenant.Editor.PostJsonAsync("/api/chats/sync?full_sync=perhaps", null, 422);
        await tenant.Viewer.PostJsonAsync("/api/chats/sync", null, 403);
        await fixture.App.Http.GetJsonAsync("/api/chats", 401);
    }

    [Fact]
    public async Task Marking_read_tells_the_provider_and_is_ours_alone_where_it_has_no_such_thing()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a") { Unread = 3 }.Talk(3), new FakeChat("b") { Unread = 1 }.Talk(1));
        await using var app = account.Tenant.App;
        Assert.True((bool)(await account.Tenant.Editor.PostJsonAsync("/api/chats/a/mark-read", null, 200))["is_read"]!);
        await Eventually.Async(() => Task.FromResult(provider.CountCalls("read a")), count => count == 1, "the provider is told");
        provider.MarkReadAnswer = ReadFailure.Unsupported;
        var b = await account.Tenant.Editor.PostJsonAsync("/api/chats/b/mark-read", null, 200);
        Assert.Equal((true, 0), ((bool)b["is_read"]!, (int)b["unread_count"]!));
        await Eventually.Async(() => account.ListAsync<long>("select count(*) from scheduled_jobs where type = 'chat.read'"), rows => rows[0] == 0, "nothing is left to tell");
        await account.Tenant.Editor.PostJsonAsync("/api/chats/b/mark-read", null, 200);
        Assert.Equal(1, provider.CountCalls("read b"));
    }

    [Fact]
    public async Task A_sync_answers_with_the_documented_numbers_and_the_reasons_beside_them()
    {
        var (provider, account) = await ImportedAsync(new FakeChat("a").Talk(3), new FakeChat("b").Talk(3), new FakeChat("c").Talk(3));
        await using var app = account.Tenant.App;
        foreach (var chat in provider.Chats) chat.Say(20);
        provider.Before = call => Task.FromResult(call.StartsWith("messages c") ? ReadFailure.Rejected : null);
        var all = await account.Tenant.Editor.PostJsonAsync("/api/chats/sync?full_sync=false&account_id=acc", null, 200);
        Assert.Equal("""{"chats_synced":2,"total_messages_created":2,"total_unread_messages":2,"chats_with_errors":1}""", all["stats"]!.ToJsonString());
        Assert.Equal((true, "Successfully synced all chats", "c", "rejected"), ((bool)all["success"]!, (string)all["message"]!, (string)all["errors"]![0]!["chat_id"]!, (string)all["errors"]![0]!["code"]!));

        provider.Before = _ => Task.FromResult<ReadFailure?>(null);
        provider.Calls.Clear();
        var one = await account.Tenant.Editor.PostJsonAsync("/api/chats/c/sync", null, 200);
        Assert.Equal("Successfully synced chat c", (string)one["message"]!);
        Assert.Equal("""{"messages_fetched":4,"messages_created":1,"new_unread_messages":1,"latest_timestamp":"2026-01-01T00:20:00Z"}""", one["stats"]!.ToJsonString());
        Assert.Equal(["chat c", "messages c since 2025-12-31T23:52:00.0000000+00:00"], provider.Calls);
        Assert.Equal(4, (int)(await account.Tenant.Editor.PostJsonAsync("/api/chats/c/sync?full_sync=true", null, 200))["stats"]!["messages_fetched"]!);

        provider.Before = _ => Task.FromResult<ReadFailure?>(ReadFailure.AccountDisconnected);
        Assert.Equal("account_disconnected", (string)(await account.Tenant.Editor.PostJsonAsync("/api/chats/c/sync", null, 502))["code"]!);
        var failed = await account.Tenant.Editor.PostJsonAsync("/api/chats/sync", null, 200);
        Assert.Equal((false, "account_not_synced"), ((bool)failed["success"]!, (string)failed["errors"]![0]!["code"]!));
    }

    [Fact]
    public async Task A_page_of_a_listed_origin_may_call_with_a_key_and_no_other()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), settings: new() { ["CORS_ORIGINS"] = "https://app.example.com, http://localhost:3000" });
        var tenant = await app.NewTenantAsync();
        foreach (var (origin, allowed) in new[] { ("https://app.example.com", true), ("http://localhost:3000", true), ("https://evil.example.com", false) })
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, "/api/chats/x/mark-read") { Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization" } } };
            var answer = await app.Http.SendAsync(preflight);
            Assert.Equal(allowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/chats?is_read=false") { Headers = { { "Origin", origin } } };
            Assert.Equal(allowed, (await tenant.Viewer.SendAsync(request)).Headers.Contains("Access-Control-Allow-Origin"));
        }
        using var health = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { { "Origin", "https://app.example.com" } } };
        Assert.False((await app.Http.SendAsync(health)).Headers.Contains("Access-Control-Allow-Origin"));
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
