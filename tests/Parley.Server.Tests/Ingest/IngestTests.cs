using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Ingest;

public sealed class IngestTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_signed_webhook_becomes_a_message_a_contact_and_an_unread_conversation()
    {
        var (tenant, number) = await ConnectedAsync();
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.1", "Hello")}]"))).StatusCode);

        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal(1, (int)conversation["unread_count"]!);
        Assert.False((bool)conversation["is_read"]!);
        Assert.Equal("Hello", (string?)conversation["last_message_preview"]);
        var message = Assert.Single(await ItemsAsync(tenant, $"/api/conversations/{conversation["id"]}/messages"))!;
        Assert.Equal(("inbound", "text", "Hello", "delivered", "wamid.1"),
            ((string)message["direction"]!, (string)message["type"]!, (string)message["content"]!, (string)message["status"]!, (string)message["external_message_id"]!));
        var contact = await tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}");
        Assert.Equal(("Ana", "+5511987654321"), ((string)contact["name"]!, (string)contact["phone"]!));
    }

    [Fact]
    public async Task A_webhook_delivered_ten_times_at_once_and_again_later_gives_one_message_one_unread_and_one_event()
    {
        var (tenant, number) = await ConnectedAsync();
        var body = number.Body($"[{TestNumber.TextMessage("wamid.dup", "once")}]");
        var before = await HeadAsync(tenant);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => number.PostAsync(body)));
        await number.PostAsync(body);

        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal(1, (int)conversation["unread_count"]!);
        Assert.Single(await ItemsAsync(tenant, $"/api/conversations/{conversation["id"]}/messages"));
        Assert.Equal(before + 1, await HeadAsync(tenant));
    }

    [Fact]
    public async Task Two_first_messages_of_a_new_customer_at_the_same_instant_make_one_contact_and_one_conversation()
    {
        var (tenant, number) = await ConnectedAsync();
        await using var secondNode = await TestApp.StartAsync(fixture.App.ConnectionString);
        var there = number with { Tenant = tenant with { App = secondNode }, WebhookUrl = new Uri(secondNode.Address, new Uri(number.WebhookUrl).AbsolutePath).ToString() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? number : there).PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.first{i}", $"{i}", from: $"55119{i / 4:00000000}")}]", contacts: "[]"))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(5, (await ItemsAsync(tenant, "/api/conversations")).Count);
        Assert.Equal(5, (await ItemsAsync(tenant, "/api/contacts")).Count);
        Assert.All(await ItemsAsync(tenant, "/api/conversations"), conversation => Assert.Equal(4, (int)conversation!["unread_count"]!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=00")]
    [InlineData("sha256=6e461e319e81f5f4e78f3861a0e61323268d541e253b5a39cb198436249c9081")]
    [InlineData("sha1=abc")]
    public async Task A_forged_or_truncated_signature_is_refused_and_nothing_is_stored(string signature)
    {
        var (tenant, number) = await ConnectedAsync();
        var answer = await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.forged", "x")}]"), signature);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await ItemsAsync(tenant, "/api/webhook-events"));
    }

    [Fact]
    public async Task The_signature_of_another_integration_is_refused()
    {
        var (_, number) = await ConnectedAsync();
        var (_, other) = await ConnectedAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await (number with { Secret = other.Secret }).PostAsync(number.Body())).StatusCode);
    }

    [Fact]
    public async Task An_unknown_address_is_404_and_a_body_of_ten_megabytes_413()
    {
        var (_, number) = await ConnectedAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.App.Http.PostAsync($"/webhooks/meta/{Guid.CreateVersion7()}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.App.Http.PostAsync($"/webhooks/twilio/{number.Id}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.App.Http.PostAsync("/webhooks/meta/nonsense", null)).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await number.PostAsync(new byte[10_000_000])).StatusCode);
    }

    [Fact]
    public async Task Metas_challenge_is_answered_with_the_right_token_and_refused_with_a_wrong_one()
    {
        var (_, number) = await ConnectedAsync();
        Assert.Equal("1158201444", await fixture.App.Http.GetStringAsync($"{number.WebhookUrl}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-me"));
        Assert.Equal(HttpStatusCode.Forbidden, (await fixture.App.Http.GetAsync($"{number.WebhookUrl}?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong")).StatusCode);
    }

    [Theory]
    [InlineData("not json", "unreadable")]
    [InlineData("[]", "unreadable")]
    [InlineData("{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[", "unreadable")]
    public async Task A_body_that_cannot_be_read_is_kept_as_failed_and_answered_200(string body, string kind)
    {
        var (tenant, number) = await ConnectedAsync();
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync(body)).StatusCode);
        var kept = Assert.Single(await ItemsAsync(tenant, "/api/webhook-events?status=failed"))!;
        Assert.Equal(kind, (string?)kept["kind"]);
        Assert.Equal(body, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)(await tenant.Viewer.GetJsonAsync($"/api/webhook-events/{kept["id"]}"))["body"]!)));
    }

    [Fact]
    public async Task NUL_and_lone_surrogates_are_replaced_and_the_raw_body_keeps_them()
    {
        var (tenant, number) = await ConnectedAsync();
        var body = number.Body("""[{"from":"5511987654321","id":"wamid.nul","timestamp":"1767225600","type":"text","text":{"body":"a\u0000b\ud800c"}}]""");
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync(body)).StatusCode);
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal("a\uFFFDb\uFFFDc", (string?)Assert.Single(await ItemsAsync(tenant, $"/api/conversations/{conversation["id"]}/messages"))!["content"]);
        var kept = Assert.Single(await ItemsAsync(tenant, "/api/webhook-events"))!;
        Assert.Equal(body, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)(await tenant.Viewer.GetJsonAsync($"/api/webhook-events/{kept["id"]}"))["body"]!)));
    }

    [Fact]
    public async Task An_event_for_an_account_we_dont_have_is_kept_and_applied_by_replay_once_it_is_connected()
    {
        var (tenant, number) = await ConnectedAsync();
        var stranger = number with { PhoneNumberId = "999" + number.PhoneNumberId };
        Assert.Equal(HttpStatusCode.OK, (await stranger.PostAsync(stranger.Body($"[{TestNumber.TextMessage("wamid.later", "late")}]"))).StatusCode);
        Assert.Empty(await ItemsAsync(tenant, "/api/conversations"));
        var kept = Assert.Single(await ItemsAsync(tenant, "/api/webhook-events?status=failed"))!;
        Assert.Contains("not connected", (string?)kept["error"]);

        var connected = (Guid)(await tenant.Admin.PostJsonAsync("/api/integrations", new
        {
            provider = "meta", channel = "whatsapp", name = "Second", external_id = stranger.PhoneNumberId, credentials = new { access_token = "t", app_secret = number.Secret },
        }, 201))["id"]!;
        fixture.App.Get<Integrations.IntegrationDirectory>().Forget(connected);
        Assert.Equal("processed", (string?)(await tenant.Editor.PostJsonAsync($"/api/webhook-events/{kept["id"]}/replay", null, 200))["status"]);
        await tenant.Editor.PostJsonAsync($"/api/webhook-events/{kept["id"]}/replay", null, 200);
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal((connected, 1), ((Guid)conversation["integration_id"]!, (int)conversation["unread_count"]!));
    }

    [Fact]
    public async Task One_poisonous_webhook_does_not_take_its_neighbours_with_it()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await using (var connection = new NpgsqlConnection(app.ConnectionString))
        {
            await connection.OpenAsync();
            await connection.ExecuteAsync("alter table messages add constraint no_poison check (content <> 'poison')");
        }
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i =>
            number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.p{i}", i == 7 ? "poison" : $"fine {i}")}]"))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal(29, (int)conversation["unread_count"]!);
        var kept = Assert.Single(await ItemsAsync(tenant, "/api/webhook-events?status=failed"))!;
        Assert.Contains("no_poison", (string?)kept["error"]);

        await using (var connection = new NpgsqlConnection(app.ConnectionString))
        {
            await connection.OpenAsync();
            await connection.ExecuteAsync("alter table messages drop constraint no_poison");
        }
        await tenant.Editor.PostJsonAsync($"/api/webhook-events/{kept["id"]}/replay", null, 200);
        Assert.Equal(30, (int)Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!["unread_count"]!);
    }

    [Fact]
    public async Task A_person_without_a_number_becomes_the_same_contact_when_the_number_appears()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.PostAsync(number.Body("""[{"from_user_id":"BR.13491208655302741918","id":"wamid.b1","timestamp":"1767225600","type":"text","text":{"body":"hidden"}}]""",
            contacts: """[{"profile":{"name":"Bia"},"user_id":"BR.13491208655302741918"}]"""));
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.b2", "seen before", from: "5511911112222")}]", contacts: "[]"));
        Assert.Equal(2, (await ItemsAsync(tenant, "/api/contacts")).Count);
        // What colleagues put at the two.
        var label = await tenant.Admin.PostJsonAsync("/api/labels", new { name = "vip", colour = "blue" }, 201);
        foreach (var each in await ItemsAsync(tenant, "/api/conversations"))
        {
            (await tenant.Editor.PutAsync($"/api/conversations/{each!["id"]}/labels/{label["id"]}", null)).EnsureSuccessStatusCode();
            (await tenant.Editor.PutAsync($"/api/contacts/{each["contact_id"]}/labels/{label["id"]}", null)).EnsureSuccessStatusCode();
            await tenant.Editor.PostJsonAsync($"/api/contacts/{each["contact_id"]}/notes", new { content = "Seen.", type = "public", conversation_id = each["id"] }, 201);
        }

        await number.PostAsync(number.Body("""[{"from":"5511911112222","from_user_id":"BR.13491208655302741918","id":"wamid.b3","timestamp":"1767225700","type":"text","text":{"body":"both"}}]""",
            contacts: """[{"profile":{"name":"Bia"},"wa_id":"5511911112222","user_id":"BR.13491208655302741918"}]"""));
        var contact = Assert.Single(await ItemsAsync(tenant, "/api/contacts"))!;
        Assert.Equal("+5511911112222", (string?)contact["phone"]);
        Assert.Equal(2, contact["identities"]!.AsArray().Count);
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal(3, (int)conversation["unread_count"]!);
        Assert.Equal(3, (await ItemsAsync(tenant, $"/api/conversations/{conversation["id"]}/messages")).Count);
        Assert.Equal((string?)label["id"], (string?)Assert.Single(conversation["labels"]!.AsArray()));
        Assert.All(await ItemsAsync(tenant, $"/api/contacts/{contact["id"]}/notes"), note => Assert.Equal((string?)conversation["id"], (string?)note!["conversation_id"]));
        Assert.Equal(2, (await ItemsAsync(tenant, $"/api/contacts/{contact["id"]}/notes")).Count);
        var told = await fixture.App.Get<Parley.Server.Feed.FeedStore>().ListAfterAsync(tenant.Id, 0, 100, default);
        Assert.Contains(told, line => line.Type == "contact.merged" && line.ContactId == (Guid)contact["id"]!);
        Assert.Single(told, line => line.Type == "conversation.merged");
        Assert.Equal(Enumerable.Range(1, told.Count).Select(n => (long)n), told.Select(line => line.Seq));
    }

    [Fact]
    public async Task A_customer_who_changes_the_number_keeps_the_conversation()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.old", "old number")}]"));
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.sys","timestamp":"1767225700","type":"system","system":{"body":"Ana changed from 5511987654321 to 5511900009999","wa_id":"5511900009999","type":"user_changed_number"}}]""", contacts: "[]"));
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.new", "new number", from: "5511900009999")}]", contacts: "[]"));
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal("+5511900009999", (string?)conversation["handle"]);
        Assert.Equal(["event", "text", "text"], (await ItemsAsync(tenant, $"/api/conversations/{conversation["id"]}/messages")).Select(message => (string)message!["type"]!).Order());
    }

    [Fact]
    public async Task Reactions_edits_and_deletions_change_their_message_and_the_newest_wins()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.m", "first")}]"));
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.r2","timestamp":"1767225700","type":"reaction","reaction":{"message_id":"wamid.m","emoji":"B"}}]"""));
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.r1","timestamp":"1767225650","type":"reaction","reaction":{"message_id":"wamid.m","emoji":"A"}}]"""));
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        var path = $"/api/conversations/{conversation["id"]}/messages";
        Assert.Equal("B", (string?)Assert.Single(Assert.Single(await ItemsAsync(tenant, path))!["reactions"]!.AsArray())!["emoji"]);

        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.r3","timestamp":"1767225800","type":"reaction","reaction":{"message_id":"wamid.m"}}]"""));
        Assert.Empty(Assert.Single(await ItemsAsync(tenant, path))!["reactions"]!.AsArray());
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.e","timestamp":"1767225800","type":"edit","edit":{"original_message_id":"wamid.m","message":{"type":"text","text":{"body":"second"}}}}]"""));
        var edited = Assert.Single(await ItemsAsync(tenant, path))!;
        Assert.Equal("second", (string?)edited["content"]);
        Assert.NotNull(edited["edited_at"]);
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.d","timestamp":"1767225900","type":"revoke","revoke":{"original_message_id":"wamid.m"}}]"""));
        Assert.NotNull(Assert.Single(await ItemsAsync(tenant, path))!["deleted_at"]);
        Assert.Equal(1, (int)Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!["unread_count"]!);
    }

    [Fact]
    public async Task A_message_from_a_group_belongs_to_the_group_and_names_its_writer()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.PostAsync(number.Body("""[{"from":"5511987654321","group_id":"group-1","id":"wamid.g","timestamp":"1767225600","type":"text","text":{"body":"hi all"}}]"""));
        var conversation = Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!;
        Assert.Equal("group", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}"))["kind"]);
        var message = Assert.Single(await ItemsAsync(tenant, $"/api/conversations/{conversation["id"]}/messages"))!;
        Assert.Equal("Ana", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{message["sender_contact_id"]}"))["name"]);
        Assert.Equal("Ana", (string?)message["writer_name"]);
    }

    [Fact]
    public async Task A_new_message_reopens_a_closed_and_a_snoozed_conversation()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.1", "one")}]"));
        var id = (string)Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!["id"]!;
        await tenant.Editor.PutAsync($"/api/conversations/{id}/closure", null);
        await tenant.Editor.PutAsJsonAsync($"/api/conversations/{id}/snooze", new { until = TimeProvider.System.GetUtcNow().AddDays(1) });
        Assert.Equal("closed", (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}"))["status"]);
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.2", "two")}]"));
        var reopened = await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}");
        Assert.Equal("open", (string?)reopened["status"]);
        Assert.Null(reopened["snoozed_until"]);
    }

    [Fact]
    public async Task When_the_database_is_away_the_answer_is_503_and_never_200()
    {
        var database = await fixture.CloneDatabaseAsync();
        await using var app = await TestApp.StartAsync(database);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.before", "x")}]"))).StatusCode);
        var name = new NpgsqlConnectionStringBuilder(database).Database;
        await using (var admin = new NpgsqlConnection(fixture.AdminConnection + ";Pooling=false"))
        {
            await admin.OpenAsync();
            await admin.ExecuteAsync($"alter database {name} connection limit 0; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
            var away = await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.during", "x")}]"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
            await admin.ExecuteAsync($"alter database {name} connection limit -1");
        }
        var back = await Eventually.Async(() => number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.during", "x")}]")), answer => answer.StatusCode == HttpStatusCode.OK, "the provider comes again");
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        Assert.Equal(2, (int)Assert.Single(await ItemsAsync(tenant, "/api/conversations"))!["unread_count"]!);
    }

    async Task<(TestTenant, TestNumber)> ConnectedAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    async Task<long> HeadAsync(TestTenant tenant) => (await fixture.App.Get<Parley.Server.Feed.FeedStore>().FindBoundsAsync(tenant.Id, default)).Head;

    static async Task<JsonArray> ItemsAsync(TestTenant tenant, string path) => (await tenant.Viewer.GetJsonAsync(path))["items"]!.AsArray();
}
