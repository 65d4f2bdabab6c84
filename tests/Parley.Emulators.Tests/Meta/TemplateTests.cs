using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Meta;

public class TemplateTests
{
    const string Templates = TestEmulator.Waba + "/message_templates";

    [Fact]
    public async Task A_business_starts_with_templates_of_each_kind()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var list = (await emulator.Graph.GetJsonAsync(Templates))["data"]!.AsArray();

        Assert.Equal(["hello_world", "order_ready", "appointment_reminder", "spring_offer", "track_parcel", "free_gift", "weekly_digest"], list.Select(item => (string)item!["name"]!));
        Assert.Equal("NAMED", (string)list[2]!["parameter_format"]!);
        Assert.Equal("IMAGE", (string)list[3]!["components"]![0]!["format"]!);
        Assert.Equal("https://shop.example/track/{{1}}", (string)list[4]!["components"]![1]!["buttons"]![0]!["url"]!);
        Assert.Equal(["REJECTED", "PAUSED"], list.TakeLast(2).Select(item => (string)item!["status"]!));
    }

    [Fact]
    public async Task Paging_gives_every_template_once_and_no_next_at_the_end()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var names = new List<string>();
        var pages = 0;

        for (var next = Templates + "?limit=3&fields=name"; next is not null; pages++)
        {
            var page = await emulator.Graph.GetJsonAsync(next);
            names.AddRange(page["data"]!.AsArray().Select(item => (string)item!["name"]!));
            next = (string?)page["paging"]!["next"];
        }

        Assert.Equal((7, 7, 3), (names.Count, names.Distinct().Count(), pages));
    }

    [Fact]
    public async Task The_cursor_is_followed_as_well_as_the_next_address()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var first = await emulator.Graph.GetJsonAsync(Templates + "?limit=6");

        var second = await emulator.Graph.GetJsonAsync(Templates + $"?limit=6&after={Uri.EscapeDataString((string)first["paging"]!["cursors"]!["after"]!)}");

        Assert.Equal("weekly_digest", (string)second["data"]!.AsArray().Single()!["name"]!);
        Assert.Null(second["paging"]!["next"]);
        await emulator.Graph.GetJsonAsync(Templates + "?after=nonsense", 400);
    }

    [Theory]
    [InlineData("status=PAUSED", "weekly_digest")]
    [InlineData("name=order_ready", "order_ready")]
    [InlineData("language=pt_BR", "order_ready")]
    [InlineData("status=APPROVED&category=MARKETING", "spring_offer")]
    public async Task Filters_leave_only_what_was_asked_for(string filter, string name)
    {
        await using var emulator = await TestEmulator.StartAsync();

        Assert.Equal(name, (string)(await emulator.Graph.GetJsonAsync($"{Templates}?{filter}"))["data"]!.AsArray().Single()!["name"]!);
    }

    [Fact]
    public async Task Reasons_and_quality_come_only_when_asked_for()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var plain = (await emulator.Graph.GetJsonAsync(Templates + "?name=free_gift"))["data"]![0]!.AsObject();
        var asked = (await emulator.Graph.GetJsonAsync(Templates + "?name=free_gift&fields=name,rejected_reason,quality_score"))["data"]![0]!.AsObject();

        Assert.False(plain.ContainsKey("rejected_reason") || plain.ContainsKey("quality_score"));
        Assert.Equal(["name", "rejected_reason", "quality_score", "id"], asked.Select(member => member.Key));
        Assert.Equal("SCAM", (string)asked["rejected_reason"]!);
    }

    [Theory]
    [InlineData("autumn_offer", "APPROVED", "NONE")]
    [InlineData("please_reject_me", "REJECTED", "INVALID_FORMAT")]
    public async Task A_new_template_is_pending_until_a_signed_webhook_tells_its_review(string name, string happened, string reason)
    {
        await using var emulator = await TestEmulator.StartAsync();

        var created = await CreateAsync(emulator, name);
        Assert.Equal(("PENDING", "MARKETING"), ((string)created["status"]!, (string)created["category"]!));
        Assert.Equal("PENDING", (string)(await emulator.Graph.GetJsonAsync((string)created["id"]!))["status"]!);

        var news = await emulator.Business.HearsAsync("message_template_status_update");
        Assert.Equal((happened, reason, name, "en_US"), ((string)news["event"]!, (string)news["reason"]!, (string)news["message_template_name"]!, (string)news["message_template_language"]!));
        Assert.Equal((string)created["id"]!, news["message_template_id"]!.ToJsonString());
        Assert.Equal(happened, (string)(await emulator.Graph.GetJsonAsync((string)created["id"]!))["status"]!);
    }

    [Fact]
    public async Task An_edited_template_is_reviewed_again()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = (string)(await emulator.Graph.GetJsonAsync(Templates + "?name=order_ready"))["data"]![0]!["id"]!;

        await (await emulator.Graph.PostAsJsonAsync(id, new { components = new[] { new { type = "BODY", text = "Pronto: venha buscar quando quiser." } } })).JsonAsync();

        Assert.Equal("PENDING", (string)(await emulator.Graph.GetJsonAsync(id))["status"]!);
        Assert.Equal("APPROVED", (string)(await emulator.Business.HearsAsync("message_template_status_update"))["event"]!);
        var edited = await emulator.Graph.GetJsonAsync(id);
        Assert.Equal("Pronto: venha buscar quando quiser.", (string)edited["components"]![0]!["text"]!);
    }

    [Fact]
    public async Task A_template_is_deleted_by_its_name()
    {
        await using var emulator = await TestEmulator.StartAsync();

        await (await emulator.Graph.DeleteAsync(Templates + "?name=hello_world")).JsonAsync();

        Assert.Empty((await emulator.Graph.GetJsonAsync(Templates + "?name=hello_world"))["data"]!.AsArray());
        await (await emulator.Graph.DeleteAsync(Templates + "?name=hello_world")).JsonAsync(400);
        Assert.Equal(132001, await emulator.RefusalAsync("template", """{"name":"hello_world","language":{"code":"en_US"}}""", 404));
    }

    [Theory]
    [InlineData("""{"name":"Bad Name","language":"en_US","category":"UTILITY","components":[{"type":"BODY","text":"x"}]}""", null)]
    [InlineData("""{"name":"a","language":"en_US","category":"NICE","components":[{"type":"BODY","text":"x"}]}""", null)]
    [InlineData("""{"name":"a","language":"en_US","category":"UTILITY","components":[]}""", null)]
    [InlineData("""{"name":"a","language":"en_US","category":"UTILITY","components":[{"type":"BODY","text":"Hello {{1}}","example":{"body_text":[["x"]]}}]}""", 2388299)]
    [InlineData("""{"name":"a","language":"en_US","category":"UTILITY","components":[{"type":"BODY","text":"Hello {{2}}!","example":{"body_text":[["x"]]}}]}""", 2388072)]
    [InlineData("""{"name":"a","language":"en_US","category":"UTILITY","components":[{"type":"BODY","text":"Hello {{1}}!"}]}""", 2388072)]
    [InlineData("""{"name":"a","language":"en_US","category":"UTILITY","components":[{"type":"BODY","text":"x"},{"type":"FOOTER","text":"{{1}}"}]}""", 2388073)]
    [InlineData("""{"name":"hello_world","language":"en-US","category":"UTILITY","components":[{"type":"BODY","text":"x"}]}""", 2388024)]
    public async Task A_template_that_breaks_the_rules_is_refused(string body, int? subcode)
    {
        await using var emulator = await TestEmulator.StartAsync();

        var refused = await (await emulator.Graph.PostAsync(Templates, new StringContent(body))).JsonAsync(400);

        Assert.Equal((100, subcode), ((int)refused["error"]!["code"]!, (int?)refused["error"]!["error_subcode"]));
    }

    [Fact]
    public async Task A_test_changes_a_status_and_the_business_hears_of_it()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var told = await emulator.PostAsync("/template-status", new { waba_id = TestEmulator.Waba, name = "order_ready", language = "pt_BR", @event = "PAUSED" });
        var news = await emulator.Business.HearsAsync("message_template_status_update");

        Assert.Equal(1, (int)told["told"]!);
        Assert.Equal(("PAUSED", "FIRST_PAUSE"), ((string)news["event"]!, (string)news["other_info"]!["title"]!));
        Assert.Equal(132015, await emulator.RefusalAsync("template", """{"name":"order_ready","language":{"code":"pt_BR"}}"""));
        await emulator.PostAsync("/template-status", new { name = "nothing", language = "en_US", @event = "PAUSED" }, 404);
    }

    [Fact]
    public async Task Another_business_has_templates_of_its_own()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await CreateAsync(emulator, "autumn_offer");

        Assert.Empty((await emulator.Graph.GetJsonAsync("555/message_templates?name=autumn_offer"))["data"]!.AsArray());
        Assert.Equal(401, (int)(await emulator.ClientWith("bad").GetAsync(Templates)).StatusCode);
    }

    static async Task<JsonNode> CreateAsync(TestEmulator emulator, string name) => await (await emulator.Graph.PostAsJsonAsync(Templates, new
    {
        name, language = "en_US", category = "MARKETING", components = new[] { new { type = "BODY", text = "Leaves fall, and so do prices." } },
    })).JsonAsync();
}
