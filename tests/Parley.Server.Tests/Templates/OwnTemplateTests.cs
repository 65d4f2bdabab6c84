using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Templates;

public sealed class OwnTemplateTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_template_of_our_own_is_written_changed_listed_and_deleted()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var made = await tenant.Editor.PostJsonAsync("/api/templates", new { name = "Opening hours", content = "Hello {{first_name}}, we open at {{hour}}.", category = "transactional", shortcut = "/Hours" }, 201, key: "once");
        await tenant.Editor.PostJsonAsync("/api/templates", new { name = "Opening hours", content = "Hello {{first_name}}, we open at {{hour}}.", category = "transactional", shortcut = "/Hours" }, 201, key: "once");
        Assert.Equal(("hours", "all", "approved", true), ((string)made["shortcut"]!, (string)made["channel"]!, (string)made["status"]!, (bool)made["is_active"]!));
        Assert.Equal(["first_name", "hour"], made["variables"]!["body"]!.AsArray().Select(name => (string)name!));
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/templates?own=true&channel=sms"))["items"]!.AsArray());
        await tenant.Editor.PostJsonAsync("/api/templates", new { name = "Other", content = "x", shortcut = "hours" }, 409);
        await tenant.Viewer.PostJsonAsync("/api/templates", new { name = "Other", content = "x" }, 403);

        var changed = await (await tenant.Editor.PatchAsJsonAsync($"/api/templates/{made["id"]}", new { content = "Closed.", is_active = false, shortcut = "" })).JsonAsync();
        Assert.Equal((false, null, "Closed."), ((bool)changed["is_active"]!, (string?)changed["shortcut"], (string)changed["content"]!["body"]!));
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Editor.DeleteAsync($"/api/templates/{made["id"]}")).StatusCode);
        await tenant.Viewer.GetJsonAsync($"/api/templates/{made["id"]}", 404);
    }

    [Theory]
    [InlineData("""{"name":"","content":"x"}""", "name")]
    [InlineData("""{"name":"a","content":" "}""", "content")]
    [InlineData("""{"name":"a"}""", "content")]
    [InlineData("""{"name":"a","content":"Hello {{first name}}"}""", "content")]
    [InlineData("""{"name":"a","content":"Hello {{1}} and {{name}}"}""", "content")]
    [InlineData("""{"name":"a","content":"x","category":"poem"}""", "category")]
    [InlineData("""{"name":"a","content":"x","channel":"pigeon"}""", "channel")]
    [InlineData("""{"name":"a","content":"x","language":"klingon!"}""", "language")]
    [InlineData("""{"name":"a","content":"x","shortcut":"with space"}""", "shortcut")]
    public async Task What_is_wrong_is_said_by_field(string body, string field)
    {
        var tenant = await fixture.App.NewTenantAsync();
        Assert.NotNull((await tenant.Editor.PostJsonAsync("/api/templates", JsonNode.Parse(body), 400))["errors"]![field]);
    }

    [Fact]
    public async Task A_preview_shows_the_contacts_data_and_what_is_missing()
    {
        var (tenant, _, conversation) = await TalkingAsync();
        var contact = (Guid)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}"))["contact_id"]!;
        await fixture.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "update contacts set metadata = '{\"city\": \"Recife\"}' where tenant_id = @tenant", null, default);
        var made = await tenant.Editor.PostJsonAsync("/api/templates", new { name = "ready", content = "{{first_name}} in {{city}}: order {{order}} is ready." }, 201);
        var preview = await tenant.Viewer.PostJsonAsync($"/api/templates/{made["id"]}/preview", new { contact_id = contact }, 200);
        Assert.Equal("Ana in Recife: order {{order}} is ready.", (string?)preview["content"]);
        Assert.Equal(["order"], preview["missing"]!.AsArray().Select(name => (string)name!));
        preview = await tenant.Viewer.PostJsonAsync($"/api/templates/{made["id"]}/preview", new { contact_id = contact, variables = new { order = 42, city = "Olinda" } }, 200);
        Assert.Equal("Ana in Olinda: order 42 is ready.", (string?)preview["content"]);
        Assert.NotNull((await tenant.Viewer.PostJsonAsync($"/api/templates/{made["id"]}/preview", new { variables = new { colour = "red" } }, 400))["errors"]!["variables.colour"]);
        var footed = await tenant.Editor.PostJsonAsync("/api/templates", new { name = "footed", content = new { body = "Hello.", footer = "{{first_name}}, {{order}}" } }, 201);
        preview = await tenant.Viewer.PostJsonAsync($"/api/templates/{footed["id"]}/preview", new { contact_id = contact }, 200);
        Assert.Equal("Hello.\n\nAna, {{order}}", (string?)preview["content"]);
        Assert.Equal(["order"], preview["missing"]!.AsArray().Select(name => (string)name!));
        var other = await fixture.App.NewTenantAsync();
        await other.Viewer.PostJsonAsync($"/api/templates/{made["id"]}/preview", new { }, 404);
        var theirs = await other.Editor.PostJsonAsync("/api/templates", new { name = "ready", content = "{{first_name}}" }, 201);
        await other.Viewer.PostJsonAsync($"/api/templates/{theirs["id"]}/preview", new { contact_id = contact }, 404);
    }

    [Fact]
    public async Task Our_own_is_sent_as_words_and_never_with_a_gap()
    {
        var (tenant, _, conversation) = await TalkingAsync();
        await tenant.Editor.PostJsonAsync("/api/templates", new { name = "ready", content = "{{first_name}}, order {{order}} is ready." }, 201);
        var refused = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "template", template = new { name = "ready" } }, 400);
        Assert.Contains("{{order}}", (string?)refused["errors"]!["template.variables.order"]![0]);
        var sent = await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "template", template = new { name = "ready", variables = new { order = "7" } } }, 202);
        Assert.Equal(("text", "Ana, order 7 is ready."), ((string)sent["type"]!, (string)sent["content"]!));
        var own = (await tenant.Viewer.GetJsonAsync("/api/templates?own=true"))["items"]![0]!;
        await (await tenant.Editor.PatchAsJsonAsync($"/api/templates/{own["id"]}", new { is_active = false })).JsonAsync();
        Assert.NotNull((await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { type = "template", template = new { name = "ready", variables = new { order = "7" } } }, 400))["errors"]!["template.name"]);
    }

    [Fact]
    public async Task A_template_is_submitted_reviewed_and_its_approval_or_rejection_is_told()
    {
        var (tenant, number, _) = await TalkingAsync();
        var waba = $"77{number.PhoneNumberId[^8..]}";
        await (await tenant.Admin.PatchAsJsonAsync($"/api/integrations/{number.Id}", new { config = new { waba_id = waba } })).JsonAsync();
        await fixture.App.Emulator.PostAsJsonAsync("/connect", new { provider = "meta", external_id = number.PhoneNumberId, webhook_url = number.WebhookUrl, secret = number.Secret, waba_id = waba });

        var lacking = await tenant.Editor.PostJsonAsync("/api/templates", Draft(number, "table_ready", null), 400);
        Assert.Contains("{{first_name}}", (string?)lacking["errors"]!["examples.first_name"]![0]);
        var made = await tenant.Editor.PostJsonAsync("/api/templates", Draft(number, "table_ready", new { first_name = "Ana" }), 201);
        Assert.Equal(("pending", "marketing"), ((string)made["status"]!, (string)made["category"]!));
        await tenant.Editor.PostJsonAsync("/api/templates", Draft(number, "Table Ready", new { first_name = "Ana" }), 400);
        await UntilAsync(tenant, made, "approved");

        var rejected = await UntilAsync(tenant, await tenant.Editor.PostJsonAsync("/api/templates", Draft(number, "reject_me", new { first_name = "Ana" }), 201), "rejected");
        Assert.Equal("INVALID_FORMAT", (string?)rejected["rejected_reason"]);
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Editor.DeleteAsync($"/api/templates/{made["id"]}")).StatusCode);
        await tenant.Editor.PostJsonAsync("/api/templates/sync", new { integration_id = number.Id }, 200);
        Assert.Equal("deleted", (string?)(await tenant.Viewer.GetJsonAsync($"/api/templates/{made["id"]}"))["status"]);
    }

    [Fact]
    public async Task Our_own_is_given_to_a_provider_and_what_it_refuses_at_once_is_said()
    {
        var (tenant, number, _) = await TalkingAsync();
        var own = await tenant.Editor.PostJsonAsync("/api/templates", new { name = $"Bem-vindo {number.PhoneNumberId}", language = "pt-BR", content = "Olá {{1}}, bem-vindo!" }, 201);
        var given = await tenant.Editor.PostJsonAsync($"/api/templates/{own["id"]}/submission", new { integration_id = number.Id, examples = new Dictionary<string, string> { ["1"] = "Ana" } }, 201);
        Assert.Equal(($"bem_vindo_{number.PhoneNumberId}", "pt_BR", "transactional", "utility"), ((string)given["name"]!, (string)given["language"]!, (string)given["category"]!, (string)given["provider_category"]!));
        await UntilAsync(tenant, given, "approved");
        var ends = await tenant.Editor.PostJsonAsync("/api/templates", new { name = "ends", content = "It ends with {{1}}" }, 201);
        // With a key it is submitted once, however often it is asked for.
        var more = await tenant.Editor.PostJsonAsync("/api/templates", new { name = "Twice asked", content = new { body = "Your table is ready, thank you." } }, 201);
        var once = await tenant.Editor.PostJsonAsync($"/api/templates/{more["id"]}/submission", new { integration_id = number.Id }, 201, key: "submit-1");
        Assert.Equal((string?)once["id"], (string?)(await tenant.Editor.PostJsonAsync($"/api/templates/{more["id"]}/submission", new { integration_id = number.Id }, 201, key: "submit-1"))["id"]);
        await tenant.Editor.PostJsonAsync($"/api/templates/{more["id"]}/submission", new { integration_id = number.Id, name = "another" }, 422, key: "submit-1");
        var refused = await tenant.Editor.PostJsonAsync($"/api/templates/{ends["id"]}/submission", new { integration_id = number.Id, examples = new Dictionary<string, string> { ["1"] = "this" } }, 400);
        Assert.Contains("start or end", (string?)refused["errors"]!["content"]![0]);
        var other = await fixture.App.NewTenantAsync();
        await other.Editor.PostJsonAsync($"/api/templates/{own["id"]}/submission", new { integration_id = number.Id }, 404);
    }

    static object Draft(TestNumber number, string name, object? examples) => new
    {
        name, integration_id = number.Id, language = "en_US", category = "marketing", content = new { body = "Dear {{first_name}}, your table is ready.", footer = "The café" }, examples,
    };

    static Task<JsonNode> UntilAsync(TestTenant tenant, JsonNode template, string status) =>
        Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/templates/{template["id"]}"), one => (string?)one["status"] == status, $"it is {status}", 30);

    async Task<(TestTenant Tenant, TestNumber Number, Guid Conversation)> TalkingAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "hello", "Ana Souza");
        return (tenant, number, (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!);
    }
}
