using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>A day with Unipile, played beside: reading, writing, and an account that is lost and found.</summary>
public sealed class UnipileLiveTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("WHATSAPP", true)]
    [InlineData("LINKEDIN", true)]
    [InlineData("INSTAGRAM", false)]
    public async Task Reading_is_told_to_the_provider_where_its_network_knows_that_whichever_way_it_was_read(string type, bool isTold)
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), type: type, isHeard: true);
        await stage.SayAsync("are you open tomorrow?", from: "351910000001");
        await stage.SayAsync("and on the day after?", from: "351910000002");
        await stage.CountAsync(2);
        var chats = (await stage.Tenant.Viewer.GetJsonAsync("/api/chats?is_read=false"))["items"]!.AsArray();
        Assert.Equal(2, chats.Count);

        Assert.True((bool)(await stage.Tenant.Editor.PostJsonAsync($"/api/chats/{chats[0]!["id"]}/mark-read", null, 200))["is_read"]!);
        var read = await (await stage.Tenant.Editor.PutAsync($"/api/conversations/{chats[1]!["conversation_id"]}/read", null)).JsonAsync();
        Assert.Equal((true, 0), ((bool)read["is_read"]!, (int)read["unread_count"]!));
        await Eventually.Async(() => stage.ListAsync<long>("select count(*) from scheduled_jobs where type = 'chat.read'"), rows => rows[0] == 0, "nothing is left to tell");

        var told = (await stage.LedgerAsync("/actions")).Where(action => (string)action!["action"]! == "setReadStatus").Select(action => ((string)action!["chat_id"]!, (string)action["value"]!)).Order();
        Assert.Equal(isTold ? chats.Select(chat => ((string)chat!["id"]!, "true")).Order() : [], told);
        Assert.Equal(isTold ? 2 : 0, await stage.CallsAsync("PATCH /chats/{chat_id}"));
        Assert.Equal(0, (int)(await stage.Tenant.Viewer.GetJsonAsync("/api/chats?is_read=false"))["total"]!);
        // A run afterwards does not make them unread again.
        await stage.SyncAsync();
        Assert.Equal(0, (int)(await stage.Tenant.Viewer.GetJsonAsync("/api/chats?is_read=false"))["total"]!);
    }

    [Fact]
    public async Task A_chat_that_is_first_heard_of_by_webhook_has_the_networks_id_at_once()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), isHeard: true);
        var id = (string)(await stage.SayAsync("hello from a chat that nobody listed"))["chat_id"]!;
        await stage.CountAsync(1);
        var chat = await stage.Tenant.Viewer.GetJsonAsync($"/api/chats/{id}");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/unipile/api/v1/chats/{id}") { Headers = { { "X-API-KEY", "the-key-of-a-workspace" } } };
        var told = await (await stage.App.Emulator.SendAsync(request)).JsonAsync();
        Assert.NotEqual(id, (string)told["provider_id"]!);
        Assert.Equal((id, (string)told["provider_id"]!), ((string)chat["id"]!, (string)chat["provider_id"]!));
    }

    [Fact]
    public async Task An_account_that_is_lost_says_so_refuses_in_words_and_fills_the_gap_once_when_it_is_back()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), isHeard: true);
        var chat = (string)(await stage.SayAsync("before all that happened"))["chat_id"]!;
        await stage.CountAsync(1);
        var conversation = (await stage.ListAsync<Guid>("select id from conversations"))[0];

        await stage.App.Emulator.PostAsJsonAsync("/unipile/accounts/acc/state", new { status = "CREDENTIALS" });
        var integration = await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Id}"), seen => (string)seen["health"]! == "failing", "the agent sees it");
        Assert.Equal("The network no longer accepts this account's login. Reconnect it in Unipile.", (string)integration["health_message"]!);
        var refused = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "this one cannot leave" }, 202);
        var failed = await SettledAsync(stage, refused, "failed");
        Assert.Equal("The network no longer accepts this account's login. Reconnect it in Unipile.", (string)failed["error_message"]!);
        Assert.Empty(await stage.LedgerAsync());

        // Said while it is lost: one comes again by webhook after the reconnection, the others only by reading; both ways meet.
        await stage.SayAsync("first one that was missed", more: new { chat });
        await stage.SayAsync("second one that was missed", more: new { chat });
        await stage.SayAsync("third, from somebody new", from: "100200301");
        Assert.Equal(1, (await stage.ListAsync<long>("select count(*) from messages where direction = 'inbound'"))[0]);
        await stage.FaultAsync(new { provider = "unipile", duplicate_webhooks = 1 });
        await stage.App.Emulator.PostAsJsonAsync("/unipile/accounts/acc/state", new { status = "OK" });
        await Eventually.Async(() => stage.ListAsync<long>("select count(*) from messages where direction = 'inbound'"), rows => rows[0] == 4, "the gap is filled", 30);
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Id}"), seen => (string)seen["health"]! == "ok", "it is well again");
        await stage.SyncAsync();
        Assert.Equal((4L, 4L), (await stage.ListAsync<(long, long)>("select count(*), count(distinct external_message_id) from messages where direction = 'inbound'"))[0]);
        Assert.Equal(["first one that was missed", "second one that was missed"], await stage.ListAsync<string>("select content from messages where content like '%missed' order by occurred_at, id"));
        Assert.Equal(2, (int)(await stage.Tenant.Viewer.GetJsonAsync("/api/chats?is_read=false"))["total"]!);
    }

    [Fact]
    public async Task An_account_that_was_stopped_and_started_again_misses_nothing()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), isHeard: true);
        await stage.SayAsync("before all that happened");
        await stage.CountAsync(1);
        await stage.App.Emulator.PostAsJsonAsync("/unipile/accounts/acc/state", new { status = "STOPPED" });
        await stage.SayAsync("missed, and never delivered");
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/integrations/{stage.Id}"), seen => (string)seen["health"]! == "failing", "the agent sees it");
        await stage.App.Emulator.PostAsJsonAsync("/unipile/accounts/acc/state", new { status = "OK" });
        await stage.CountAsync(2);
    }

    [Fact]
    public async Task A_chat_is_begun_with_a_file_or_words_answered_with_a_quote_and_its_echoes_are_known()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), isHeard: true);
        var begun = await stage.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = stage.Id, to = "@nora.vale", type = "text", content = "hello Nora, this is the shop" }, 202);
        var sent = await SettledAsync(stage, begun, "sent");
        var entry = Assert.Single(await stage.LedgerAsync())!;
        Assert.Equal((true, "hello Nora, this is the shop", (string)entry["id"]!), ((bool)entry["started_chat"]!, (string)entry["text"]!, (string)sent["external_message_id"]!));

        var asked = await stage.SayAsync("is the blue one in stock?", from: (string)entry["to"]![0]!, more: new { chat = (string)entry["chat_id"]! });
        await stage.CountAsync(2);
        Assert.Equal([((string)entry["chat_id"]!, true, 2L)], await stage.ListAsync<(string, bool, long)>("select thread_id, is_thread, message_count from conversations"));
        var conversation = (await stage.ListAsync<Guid>("select id from conversations"))[0];
        var question = (await stage.ListAsync<Guid>("select id from messages where direction = 'inbound'"))[0];
        var answer = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "it is, the last of them", reply_to_message_id = question }, 202);
        await SettledAsync(stage, answer, "sent");
        Assert.Equal((string)asked["id"]!, (string)(await stage.LedgerAsync())[1]!["quote_id"]!);

        var file = await (await stage.Tenant.Editor.PostAsync("/api/attachments?file_name=offer.pdf", new ByteArrayContent(TestFiles.Pdf) { Headers = { { "Content-Type", "application/pdf" } } })).JsonAsync(201);
        var offer = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "document", content = "and here is our offer", attachment_id = (string)file["id"]! }, 202);
        await SettledAsync(stage, offer, "sent");
        var carried = Assert.Single((await stage.LedgerAsync())[2]!["files"]!.AsArray())!;
        Assert.Equal(("offer.pdf", "application/pdf", TestFiles.Pdf.Length, "multipart"), ((string)carried["name"]!, (string)carried["mime_type"]!, (int)carried["size"]!, (string)(await stage.LedgerAsync())[2]!["format"]!));
        await stage.SyncAsync(isFull: true);
        Assert.Equal(4, (await stage.ListAsync<long>("select count(*) from messages"))[0]);

        // Somebody who does not exist is refused before anything is queued.
        await stage.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = stage.Id, to = "nobody.at.all", type = "text", content = "is there anybody at all?" }, 400);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("array")]
    [InlineData("late")]
    public async Task However_the_provider_tells_the_id_of_what_we_sent_it_is_one_message(string kind)
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), isHeard: true);
        await stage.SayAsync("is anybody there today?");
        await stage.CountAsync(1);
        await stage.FaultAsync(new { provider = "unipile", message_id = kind });
        var conversation = (await stage.ListAsync<Guid>("select id from conversations"))[0];
        var message = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "yes, we are all here" }, 202);
        var id = (string)Assert.Single(await Eventually.Async(() => stage.LedgerAsync(), ledger => ledger.Count == 1, "it is sent"))!["id"]!;
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{message["id"]}"), seen => (string?)seen["external_message_id"] == id && (string)seen["status"]! == "sent", "its id is known");
        await stage.SyncAsync(isFull: true);
        Assert.Equal(2, (await stage.ListAsync<long>("select count(*) from messages"))[0]);
        Assert.Single(await stage.LedgerAsync());
    }

    [Fact]
    public async Task A_send_whose_answer_is_lost_is_found_in_the_chat_and_not_sent_again_and_one_that_never_arrived_stays_unknown()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), isHeard: true);
        await stage.SayAsync("is anybody there today?");
        await stage.CountAsync(1);
        var conversation = (await stage.ListAsync<Guid>("select id from conversations"))[0];

        // It arrives, but neither the answer nor the echo come back.
        await stage.FaultAsync(new { provider = "unipile", drop_echo_next = 1, rules = new[] { new { route = "POST /chats/{chat_id}/messages", kind = "lose_answer", next = 1 } } });
        var arrived = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "this one arrives all the same" }, 202);
        await SettledAsync(stage, arrived, "unknown");
        await LookAsync(stage);
        var found = await SettledAsync(stage, arrived, "delivered");   // as the provider lists it
        Assert.Equal((string)Assert.Single(await stage.LedgerAsync())!["id"]!, (string)found["external_message_id"]!);

        await stage.FaultAsync(new { provider = "unipile", rules = new[] { new { route = "POST /chats/{chat_id}/messages", kind = "drop", next = 1 } } });
        var lost = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "this one never arrives at all" }, 202);
        await SettledAsync(stage, lost, "unknown");
        var before = await stage.CallsAsync("GET /chats/{chat_id}/messages");
        await LookAsync(stage);
        await Eventually.Async(() => stage.CallsAsync("GET /chats/{chat_id}/messages"), calls => calls > before, "the chat is read again");
        Assert.Equal("unknown", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{lost["id"]}"))["status"]!);
        Assert.Single(await stage.LedgerAsync());
    }

    [Fact]
    public async Task A_phones_own_WhatsApp_has_no_window_in_which_it_must_answer()
    {
        await using var stage = await UnipileStage.StartAsync(await fixture.CloneDatabaseAsync(), type: "WHATSAPP", isHeard: true);
        await stage.SayAsync("a question of last month", from: "351910000001", more: new { timestamp = TimeProvider.System.GetUtcNow().AddDays(-30).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'.000Z'") });
        await stage.CountAsync(1);
        var conversation = (await stage.Tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        Assert.Equal((false, null), ((bool)conversation["has_reply_window"]!, (string?)conversation["reply_window_ends_at"]));
        var message = await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{conversation["id"]}/messages", new { type = "text", content = "an answer, a month later" }, 202);
        await SettledAsync(stage, message, "sent");
    }

    // The first look for what may have arrived comes after half a minute.
    static Task LookAsync(UnipileStage stage) =>
        stage.App.Get<TenantDatabase>().ExecuteAsync(stage.Tenant.Id, "update scheduled_jobs set scheduled_at = @now where tenant_id = @tenant and type = 'message.settle'", new { now = TimeProvider.System.GetUtcNow() }, default);

    static Task<JsonNode> SettledAsync(UnipileStage stage, JsonNode message, string status) =>
        Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{message["id"]}"), seen => (string)seen["status"]! == status, $"the message is {status}", 20);
}
