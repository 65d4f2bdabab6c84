using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Parley.Server.Sending;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sending;

public sealed class SendingTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Outcomes_of_all_kinds_are_written_together()
    {
        var now = TimeProvider.System.GetUtcNow();
        Outcome Of(string status, DateTimeOffset? after) => new(Guid.CreateVersion7(), Guid.CreateVersion7(), 1, status, SendAfter: after);
        foreach (var batch in new[] { new[] { Of("sent", null), Of("queued", now) }, [Of("queued", now), Of("sent", null)], [Of("queued", now)], [Of("sent", null)] })
            Assert.Equal(0, await fixture.App.Get<OutboxStore>().SettleAsync(batch, default));
    }

    [Fact]
    public async Task A_reply_is_queued_sent_once_and_gets_its_ticks()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app);
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "Hello Ana" }, 202);
        Assert.Equal("queued", (string?)queued["status"]);
        var read = await UntilAsync(tenant, queued, "read");
        Assert.NotNull(read["sent_at"]);
        Assert.Equal(["sent", "delivered", "read"], read["steps"]!.AsArray().Select(step => (string)step!["status"]!));
        var entry = Assert.Single(await app.LedgerAsync())!;
        Assert.Equal(("Hello Ana", "5511987654321"), ((string)entry["text"]!, (string)entry["to"]!));
        Assert.Equal((string?)read["external_message_id"], (string?)entry["id"]);
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_never_repeated_and_is_settled_by_the_status_that_follows()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        await app.SetFaultsAsync(new { lose_answer_next = 1, hold_statuses = true });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "once" }, 202);
        var unknown = await UntilAsync(tenant, queued, "unknown");
        Assert.Equal("outcome_unknown", (string?)unknown["failure"]!["code"]);
        await app.Emulator.PostAsync("/faults/release", null);
        await UntilAsync(tenant, queued, "read");
        Assert.Single(await app.LedgerAsync());
    }

    [Fact]
    public async Task A_connection_cut_before_the_provider_took_it_leaves_it_to_a_person_or_tries_again_but_never_sends_twice()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        await app.SetFaultsAsync(new { drop_before_next = 1 });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "cut" }, 202);
        var ended = await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{queued["id"]}"), message => (string?)message["status"] is "unknown" or "read", "it ends");
        Assert.True((await app.LedgerAsync()).Count <= 1);
        if ((string?)ended["status"] != "unknown") return;
        await tenant.Editor.PostJsonAsync($"/api/messages/{queued["id"]}/retry", null, 202);
        await UntilAsync(tenant, queued, "read");
        Assert.Single(await app.LedgerAsync());
    }

    [Fact]
    public async Task What_the_provider_refuses_for_now_is_tried_again_by_itself()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        await app.SetFaultsAsync(new { fail_next = 1, status = 429, code = 130429 });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "patience" }, 202);
        var read = await UntilAsync(tenant, queued, "read");
        Assert.Equal(2, (int)read["attempt"]!);
        Assert.Null(read["failure"]);
        Assert.Single(await app.LedgerAsync());
    }

    [Fact]
    public async Task What_the_provider_refuses_for_good_fails_with_its_code_and_can_be_retried_by_a_person()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app);
        await app.SetFaultsAsync(new { fail_next = 1, status = 400, code = 131026 });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "refused" }, 202);
        var failed = await UntilAsync(tenant, queued, "failed");
        Assert.Equal(("131026", "recipient_unreachable"), ((string)failed["error_code"]!, (string)failed["failure"]!["code"]!));
        Assert.Equal(("failed", (string)failed["failure"]!["words"]!), await LastAsync());   // seen without opening it
        await tenant.Editor.PostJsonAsync($"/api/messages/{queued["id"]}/retry", null, 202);
        await UntilAsync(tenant, queued, "read");
        Assert.Equal(("read", null), await LastAsync());
        await tenant.Editor.PostJsonAsync($"/api/messages/{queued["id"]}/retry", null, 409);
        // The provider tells whole seconds: the next one, so that it is surely after ours.
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.thanks", "thank you", at: TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1)}]"));
        Assert.Equal((null, null), await LastAsync());   // the customer wrote last

        async Task<(string?, string?)> LastAsync()
        {
            var one = Assert.Single((await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray())!;
            Assert.Equal(one.ToJsonString(), (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}")).ToJsonString());
            return ((string?)one["last_message_status"], (string?)one["last_message_error"]);
        }
    }

    [Fact]
    public async Task A_file_that_is_lost_here_fails_its_own_message_in_words_and_keeps_nobody_waiting()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app);
        using var content = new ByteArrayContent(TestFiles.Pdf) { Headers = { ContentType = new("application/pdf") } };
        var file = await (await tenant.Editor.PostAsync("/api/attachments?file_name=a.pdf", content)).JsonAsync(201);
        File.Delete(Path.Combine(app.Get<Parley.Server.Platform.Configuration.ParleySettings>().MediaFolder, new Parley.Server.Media.MediaKey(tenant.Id, (string)file["sha256"]!).Path));
        var lost = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "document", attachment_id = (Guid)file["id"]! }, 202);
        Assert.Equal("file_missing", (string?)(await UntilAsync(tenant, lost, "failed"))["failure"]!["code"]);
        var text = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "at once" }, 202);
        await UntilAsync(tenant, text, "read");
        await tenant.Editor.PostJsonAsync($"/api/attachments/{file["id"]}/fetch", null, 409);
    }

    [Fact]
    public async Task Messages_with_the_same_file_wait_for_one_upload_and_a_slow_upload_holds_up_no_text()
    {
        await using var app = await OwnAppAsync();
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 2);
        var conversations = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            await number.SayAsync($"+551198765100{i}", "hello");
            conversations.Add((string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().First(one => (string)one!["handle"]! == $"+551198765100{i}")!["id"]!);
        }
        using var content = new ByteArrayContent(TestFiles.Pdf) { Headers = { ContentType = new("application/pdf") } };
        var file = await (await tenant.Editor.PostAsync("/api/attachments?file_name=a.pdf", content)).JsonAsync(201);
        var sent = await Task.WhenAll(conversations.Take(3).Select(id => tenant.Editor.PostJsonAsync($"/api/conversations/{id}/messages", new { type = "document", attachment_id = (Guid)file["id"]! }, 202)));
        var text = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversations[3]}/messages", new { type = "text", content = "quick" }, 202);
        foreach (var one in sent.Append(text)) await UntilAsync(tenant, one, "read");
        Assert.Equal(4, (await app.LedgerAsync()).Count);
        Assert.Single((await app.LedgerAsync()).Select(entry => (string?)entry!["body"]?["document"]?["id"]).OfType<string>().Distinct());
    }

    [Fact]
    public async Task A_changed_limit_holds_for_the_next_message()
    {
        await using var app = await OwnAppAsync();
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 1);
        await number.SayAsync("+5511987650009", "hello");
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        JsonNode last = null!;
        for (var i = 0; i < 30; i++) last = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = $"{i}" }, 202);
        await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { config = new { rate_limit_per_second = "100" } });
        await UntilAsync(tenant, last, "read");   // at one a second this would take twice as long as anybody waits here
    }

    [Fact]
    public async Task A_retry_with_a_key_happens_once_however_often_it_is_asked_for()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app);
        await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "disabled" });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "later" }, 202);
        await UntilAsync(tenant, queued, "failed");
        await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "active" });
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => tenant.Editor.PostJsonAsync($"/api/messages/{queued["id"]}/retry", null, 202, "again")));
        Assert.All(answers, answer => Assert.Equal(2, (int)answer["attempt"]!));
        await UntilAsync(tenant, queued, "read");
        Assert.Single(await app.LedgerAsync());
        await tenant.Editor.PostJsonAsync($"/api/messages/{queued["id"]}/retry", null, 409);
    }

    [Fact]
    public async Task A_provider_whose_words_cannot_be_stored_still_fails_its_message_and_nobody_elses()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app);
        var store = app.Get<OutboxStore>();
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        var ids = new List<Guid>();
        await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "disabled" });
        for (var i = 0; i < 3; i++) ids.Add((Guid)(await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = $"{i}" }, 202))["id"]!);
        foreach (var id in ids) await UntilAsync(tenant, new JsonObject { ["id"] = id.ToString() }, "failed");
        await app.Get<Parley.Server.Platform.Database.SystemDatabase>().ExecuteAsync("update messages set status = 'sending', failed_at = null, failure_code = null where id = any (@ids)", new { ids }, default);
        var writer = app.Get<OutcomeWriter>();
        await Task.WhenAll(
            writer.WriteAsync(new(tenant.Id, ids[0], 1, "failed", Failure: Parley.Channels.Contract.SendFailure.ContentInvalid with { ProviderText = "bad \0 words" })),
            writer.WriteAsync(new(tenant.Id, ids[1], 1, "sent", ExternalId: "wamid.good")),
            writer.WriteAsync(new(tenant.Id, ids[2], 1, "sent", ExternalId: "wamid.good")));   // an id that is taken
        Assert.Equal("failed", (string?)(await tenant.Viewer.GetJsonAsync($"/api/messages/{ids[0]}"))["status"]);
        Assert.Equal(["sent", "unknown"], new[] { (string)(await tenant.Viewer.GetJsonAsync($"/api/messages/{ids[1]}"))["status"]!, (string)(await tenant.Viewer.GetJsonAsync($"/api/messages/{ids[2]}"))["status"]! }.Order());
    }

    [Fact]
    public async Task Outside_the_window_the_gate_refuses_and_the_provider_is_not_asked()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        await ExecuteAsync(app, "update conversations set last_inbound_at = now() - interval '25 hours'");
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "too late" }, 202);
        var failed = await UntilAsync(tenant, queued, "failed");
        Assert.Equal("window_closed", (string?)failed["error_code"]);
        Assert.Empty(await app.LedgerAsync());
    }

    [Fact]
    public async Task A_number_we_never_heard_from_can_be_written_to_only_with_a_template()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, _) = await ConversationAsync(app);
        var queued = await tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+55 (11) 90000-0001", type = "text", content = "cold" }, 202);
        Assert.Equal("window_closed", (string?)(await UntilAsync(tenant, queued, "failed"))["error_code"]);
        await tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "nobody", type = "text", content = "x" }, 400);
    }

    [Fact]
    public async Task A_refused_token_stops_the_account_until_it_is_renewed()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app, token: "bad");
        var first = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "1" }, 202);
        await UntilAsync(tenant, first, "failed");
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/integrations/{number.Id}"), integration => (string?)integration["health"] == "failing", "the account is failing");
        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { credentials = new { access_token = "good" } })).JsonAsync();
        await tenant.Editor.PostJsonAsync($"/api/messages/{first["id"]}/retry", null, 202);
        await UntilAsync(tenant, first, "read");
    }

    [Fact]
    public async Task A_blocked_contact_a_disabled_account_and_a_revoked_key_send_nothing()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, conversation) = await ConversationAsync(app);
        var contact = (string)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}"))["contact_id"]!;
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{contact}", new { status = "blocked" });
        await RefusedAsync("recipient_blocked");
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{contact}", new { status = "active" });
        await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "disabled" });
        await RefusedAsync("account_disabled");
        Assert.Empty(await app.LedgerAsync());

        async Task RefusedAsync(string code)
        {
            var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "x" }, 202);
            Assert.Equal(code, (string?)(await UntilAsync(tenant, queued, "failed"))["error_code"]);
        }
    }

    [Fact]
    public async Task Messages_of_one_conversation_leave_in_their_order()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        await app.SetFaultsAsync(new { latency_ms = 5 });
        JsonNode last = new JsonObject();
        for (var i = 0; i < 25; i++) last = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = $"{i:00}" }, 202);
        await UntilAsync(tenant, last, "read");
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i:00}"), (await app.LedgerAsync()).Select(entry => (string)entry!["text"]!));
    }

    [Fact]
    public async Task Two_nodes_send_each_message_once_and_the_rate_limit_holds()
    {
        await using var app = await OwnAppAsync();
        var (tenant, number, _) = await ConversationAsync(app);
        await using var second = await TestApp.StartAsync(app.ConnectionString);
        for (var i = 0; i < 60; i++) await number.SayAsync($"+5511800000{i:000}", "hi");
        var conversations = (await tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray();
        var queued = await Task.WhenAll(conversations.Select(conversation =>
            tenant.Editor.PostJsonAsync($"/api/conversations/{conversation!["id"]}/messages", new { type = "text", content = "one each" }, 202)));
        foreach (var message in queued) await UntilAsync(tenant, message, "read");
        var ledger = await app.LedgerAsync();
        Assert.Equal(queued.Length, ledger.Count);
        Assert.Equal(queued.Length, ledger.Select(entry => (string)entry!["reference"]!).Distinct().Count());
    }

    [Fact]
    public async Task A_slow_provider_does_not_make_sending_slower_than_its_limit()
    {
        await using var app = await OwnAppAsync();
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 50);
        for (var i = 0; i < 50; i++) await number.SayAsync($"+5511700000{i:000}", "hi");
        await app.SetFaultsAsync(new { latency_ms = 1500 });
        var began = System.Diagnostics.Stopwatch.StartNew();
        foreach (var conversation in (await tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray())
            await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation!["id"]}/messages", new { type = "text", content = "x" }, 202);
        await Eventually.Async(() => app.LedgerAsync(), ledger => ledger.Count == 50, "all 50 left");
        // 50 messages at 50 a second, and 1.5 seconds for the last answer; one after the other it would be over a minute.
        Assert.InRange(began.Elapsed.TotalSeconds, 1.5, 8);
    }

    [Fact]
    public async Task What_was_taken_up_ahead_of_the_limit_waits_in_the_queue_again_when_the_provider_asks_for_a_pause()
    {
        await using var app = await OwnAppAsync();
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(ratePerSecond: 50);
        for (var i = 0; i < 50; i++) await number.SayAsync($"+5511600000{i:000}", "hi");
        await app.SetFaultsAsync(new { fail_next = 1, status = 429, code = 130429 });
        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "paused" })).JsonAsync();
        var queued = await Task.WhenAll((await tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray().Select(conversation =>
            tenant.Editor.PostJsonAsync($"/api/conversations/{conversation!["id"]}/messages", new { type = "text", content = "x" }, 202)));
        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { status = "active" })).JsonAsync();
        foreach (var message in queued) await UntilAsync(tenant, message, "read");
        Assert.Equal(50, (await app.LedgerAsync()).Select(entry => (string)entry!["to"]!).Distinct().Count());
        Assert.Equal(50, (await app.LedgerAsync()).Count);
        // One was tried twice. Others were taken up twice and called once: that is one try.
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        var (tries, attempts) = await connection.QuerySingleAsync<(int, int)>("call enter_system(); select sum(tries)::int, sum(attempt)::int from messages where direction = 'outbound'");
        Assert.Equal(51, tries);
        Assert.InRange(attempts, 52, 80);
    }

    [Fact]
    public async Task An_attempt_whose_node_died_becomes_unknown_and_is_not_made_again()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        await app.SetFaultsAsync(new { hang_next = 1, hold_statuses = true });
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "frozen" }, 202);
        await UntilAsync(tenant, queued, "sending");
        await Eventually.Async(() => app.LedgerAsync(), ledger => ledger.Count == 1, "the provider took it");
        // The lease of the frozen node ends; another takes over.
        await ExecuteAsync(app, "update sending_leases set expires_at = now() - interval '1 second'");
        await using var second = await TestApp.StartAsync(app.ConnectionString);
        await UntilAsync(tenant, queued, "unknown");
        Assert.Single(await app.LedgerAsync());
        await app.Emulator.PostAsync("/faults/release", null);
        await UntilAsync(tenant, queued, "read");
    }

    [Fact]
    public async Task A_reply_names_the_message_it_answers()
    {
        await using var app = await OwnAppAsync();
        var (tenant, _, conversation) = await ConversationAsync(app);
        var inbound = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]![0]!;
        var queued = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "yes", reply_to_message_id = (Guid)inbound["id"]! }, 202);
        await UntilAsync(tenant, queued, "read");
        Assert.Equal((string?)inbound["external_message_id"], (string?)Assert.Single(await app.LedgerAsync())!["body"]!["context"]!["message_id"]);
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "text", content = "yes", reply_to_message_id = Guid.CreateVersion7() }, 400);
    }

    async Task<TestApp> OwnAppAsync() => await TestApp.StartAsync(await fixture.CloneDatabaseAsync());

    static async Task<(TestTenant, TestNumber, Guid)> ConversationAsync(TestApp app, string token = "token")
    {
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(token: token);
        await number.SayAsync("+5511987654321", "Hello");
        return (tenant, number, (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!);
    }

    static Task<JsonNode> UntilAsync(TestTenant tenant, JsonNode message, string status) =>
        Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{message["id"]}"), seen => (string?)seen["status"] == status, $"the message is {status}");

    static async Task ExecuteAsync(TestApp app, string sql)
    {
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync($"call enter_system(); {sql}");
    }
}
