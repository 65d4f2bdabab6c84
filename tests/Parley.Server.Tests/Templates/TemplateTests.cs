using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Templates;

public sealed class TemplateTests(ParleyFixture fixture)
{
    [Fact]
    public async Task The_templates_of_an_account_are_read_when_it_is_connected()
    {
        var (tenant, _) = await ConnectedAsync();
        var reminder = (await tenant.Viewer.GetJsonAsync("/api/templates?name=appointment_reminder"))["items"]!.AsArray().Single()!;
        Assert.Equal(("approved", "en_US", "transactional", "utility"), ((string)reminder["status"]!, (string)reminder["language"]!, (string)reminder["category"]!, (string)reminder["provider_category"]!));
        var kinds = (await tenant.Viewer.GetJsonAsync("/api/templates?category=transactional"))["items"]!.AsArray();
        Assert.Contains(kinds, one => (string)one!["name"]! == "appointment_reminder");
        Assert.All(kinds, one => Assert.Equal("transactional", (string)one!["category"]!));
        Assert.DoesNotContain((await tenant.Viewer.GetJsonAsync("/api/templates?category=otp"))["items"]!.AsArray(), one => (string)one!["name"]! == "appointment_reminder");
        await tenant.Viewer.GetJsonAsync("/api/templates?category=utility", 400);
        Assert.Equal(["first_name", "date", "time"], reminder["variables"]!["body"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("Hi {{first_name}}, this is a reminder of your appointment on {{date}} at {{time}}. See you soon!", (string)reminder["content"]!["body"]!);
    }

    [Fact]
    public async Task A_template_is_sent_with_its_variables_outside_the_window()
    {
        var (tenant, number) = await ConnectedAsync();
        var message = await tenant.Editor.PostJsonAsync("/api/messages", new
        {
            integration_id = number.Id, to = "+5511987654321", type = "template", template = new { name = "order_ready", language = "pt_BR", variables = new[] { "Ana", "1042" } },
        }, 202);
        Assert.Equal("Olá Ana, seu pedido 1042 está pronto para retirada.", (string)message["content"]!);
        var sent = await SentAsync(message);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"name":"order_ready","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"1042"}]}]}
            """), sent["body"]!["template"]), sent["body"]!.ToJsonString());
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/messages/{message["id"]}"), one => (string)one["status"]! is "delivered" or "read", "the template arrived");
    }

    [Fact]
    public async Task Named_variables_are_sent_with_their_names()
    {
        var (tenant, number) = await ConnectedAsync();
        var sent = await SentAsync(await tenant.Editor.PostJsonAsync("/api/messages", new
        {
            integration_id = number.Id, to = "+5511987654321", type = "template",
            template = new
            {
                name = "appointment_reminder", language = "en_US", variables = new { time = "10:30", date = "Friday", first_name = "Ana" },
            },
        }, 202));
        var parameters = sent["body"]!["template"]!["components"]![0]!["parameters"]!.AsArray();
        Assert.Equal([("first_name", "Ana"), ("date", "Friday"), ("time", "10:30")], parameters.Select(one => ((string)one!["parameter_name"]!, (string)one["text"]!)));
    }

    [Fact]
    public async Task The_end_of_a_buttons_address_is_filled()
    {
        var (tenant, number) = await ConnectedAsync();
        var sent = await SentAsync(await tenant.Editor.PostJsonAsync("/api/messages", new
        {
            integration_id = number.Id, to = "+5511987654321", type = "template",
            template = new { name = "track_parcel", language = "en_US", variables = new[] { "RB 417" }, buttons = new[] { new { index = 0, value = "417" } } },
        }, 202));
        var button = sent["body"]!["template"]!["components"]!.AsArray().Single(component => (string)component!["type"]! == "button")!;
        Assert.Equal(("url", "0", "417"), ((string)button["sub_type"]!, (string)button["index"]!, (string)button["parameters"]![0]!["text"]!));
    }

    [Fact]
    public async Task A_picture_in_the_header_is_given_to_the_provider()
    {
        var (tenant, number) = await ConnectedAsync();
        var upload = await (await tenant.Editor.PostAsync("/api/attachments", new ByteArrayContent(TestFiles.Png()) { Headers = { ContentType = new("image/png") } })).JsonAsync(201);
        var sent = await SentAsync(await tenant.Editor.PostJsonAsync("/api/messages", new
        {
            integration_id = number.Id, to = "+5511987654321", type = "template",
            template = new { name = "spring_offer", language = "en_US", variables = new[] { "Ana" }, header = new { attachment_id = upload["id"] } },
        }, 202));
        Assert.NotNull(sent["body"]!["template"]!["components"]![0]!["parameters"]![0]!["image"]!["id"]);
    }

    [Fact]
    public async Task The_providers_own_list_of_components_is_understood()
    {
        var (tenant, number) = await ConnectedAsync();
        var message = await tenant.Editor.PostJsonAsync("/api/messages", JsonNode.Parse($$$"""
            {"integration_id":"{{{number.Id}}}","to":"+5511987654321","type":"template","template":{"name":"order_ready","language":{"code":"pt_BR"},
             "components":[{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"7"}]}]}}
            """), 202);
        Assert.Equal("Olá Ana, seu pedido 7 está pronto para retirada.", (string)message["content"]!);
    }

    [Theory]
    [InlineData("""{"name":"order_ready","language":"pt_BR","variables":["Ana"]}""", "template.variables", "needs 2 variables")]
    [InlineData("""{"name":"order_ready","language":"pt_BR","variables":["Ana",""]}""", "template.variables", "lacks a value for {{2}}")]
    [InlineData("""{"name":"order_ready","language":"pt_BR"}""", "template.variables", "{{1}}, {{2}}")]
    [InlineData("""{"name":"hello_world","language":"en_US","variables":["x"]}""", "template.variables", "takes no variables")]
    [InlineData("""{"name":"appointment_reminder","language":"en_US","variables":{"first_nmae":"x","date":"y","time":"z"}}""", "template.variables", "There is no variable {{first_nmae}}")]
    [InlineData("""{"name":"track_parcel","language":"en_US","variables":["1"]}""", "template.buttons", "lacks the end of its address")]
    [InlineData("""{"name":"spring_offer","language":"en_US","variables":["Ana"]}""", "template.header", "needs an image")]
    [InlineData("""{"name":"order_ready","language":"pt_BR","variables":["Ana","a\nb"]}""", "template.variables", "line breaks")]
    [InlineData("""{"name":"order_ready","language":"pt_BR","variables":["Ana","4"],"header":{"variables":["x"]}}""", "template.header.variables", "takes no variables")]
    [InlineData("""{"name":"track_parcel","language":"en_US","variables":["1"],"buttons":[{"index":0,"value":"a"},{"index":0,"value":"b"}]}""", "template.buttons", "given twice")]
    [InlineData("""{"name":"spring_offer","language":"en_US","components":[{"type":"header","parameters":[{"type":"image","image":"x"}]},{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""", "template.header", "needs an image")]
    [InlineData("""{"name":"order_ready","language":"de"}""", "template.language", "There is: pt_BR")]
    [InlineData("""{"name":"nothing","language":"de"}""", "template.name", "no template named nothing")]
    [InlineData("""{"name":"free_gift","language":"en_US"}""", "template.name", "is rejected")]
    [InlineData("""{"language":"en_US"}""", "template", "It is missing")]
    public async Task What_does_not_fit_is_told_before_it_is_sent(string template, string field, string words)
    {
        var (tenant, number) = await ConnectedAsync();
        var problem = await tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+5511987654321", type = "template", template = JsonNode.Parse(template) }, 400);
        Assert.Contains(words, string.Join(' ', problem["errors"]![field]!.AsArray().Select(sentence => (string)sentence!)));
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_template_that_the_provider_pauses_can_no_longer_be_sent()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await ReadAsync(tenant);
        await app.Emulator.PostAsJsonAsync("/template-status", new { name = "hello_world", language = "en_US", @event = "PAUSED" });
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=hello_world"), list => (string)list["items"]![0]!["status"]! == "paused", "the pause is known");
        await tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = number.Id, to = "+5511987654321", type = "template", template = new { name = "hello_world", language = "en_US" } }, 400);
    }

    [Fact]
    public async Task A_template_that_was_never_read_is_read_when_the_provider_speaks_of_it()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        await tenant.HasWhatsAppAsync();
        await ReadAsync(tenant);
        using var http = new HttpClient { BaseAddress = app.Emulator.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", "token");
        await http.PostAsJsonAsync("/meta/v23.0/102290129340398/message_templates", JsonNode.Parse("""{"name":"brand_new","language":"en_US","category":"UTILITY","components":[{"type":"BODY","text":"New"}]}"""));
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=brand_new"), list => list["items"]!.AsArray().Count == 1, "the new template is read");
    }

    [Fact]
    public async Task Reading_again_says_what_is_in_the_way()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await tenant.HasWhatsAppAsync(token: "bad");
        var result = await tenant.Editor.PostJsonAsync("/api/templates/sync", new { }, 200);
        Assert.Contains("no longer accepts this account's access", (string)result["problems"]![0]!);
    }

    async Task<(TestTenant, TestNumber)> ConnectedAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await ReadAsync(tenant);
        return (tenant, number);
    }

    static Task ReadAsync(TestTenant tenant) =>
        Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates"), list => list["items"]!.AsArray().Count > 0, "the templates are read");

    async Task<JsonNode> SentAsync(JsonNode message) =>
        (await Eventually.Async(async () => (await fixture.App.LedgerAsync()).FirstOrDefault(entry => ((string?)entry!["reference"])?.StartsWith(Guid.Parse((string)message["id"]!).ToString("N")) == true), entry => entry is not null, "the template was sent"))!;
}
