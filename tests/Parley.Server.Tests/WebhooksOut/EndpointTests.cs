using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Parley.Server.WebhooksOut;
using Xunit;

namespace Parley.Server.Tests.WebhooksOut;

public sealed class EndpointTests(ParleyFixture fixture)
{
    [Fact]
    public void A_signature_is_the_one_that_the_standard_computes() =>
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            Signature.Of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", """{"test": 2432232314}"""u8.ToArray()));

    [Fact]
    public async Task What_happens_arrives_signed_with_the_message_and_its_conversation()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var number = await stage.Tenant.HasWhatsAppAsync();
        var (id, secret) = await stage.HasEndpointAsync("/hook", "message.created");
        await number.SayAsync("+5511987650011", "Is it in stock today?");
        var came = Assert.Single(await stage.Receiver.HasAsync(1));
        Assert.True(came.IsSignedWith(secret));
        Assert.StartsWith("msg_", came.Id);
        Assert.InRange(long.Parse(came.Timestamp), stage.Clock.GetUtcNow().AddMinutes(-1).ToUnixTimeSeconds(), stage.Clock.GetUtcNow().ToUnixTimeSeconds());
        Assert.Equal(("message.created", "Is it in stock today?"), (came.Type, (string)came.Json["data"]!["message"]!["content"]!));
        Assert.Equal((Guid)came.Json["data"]!["conversation_id"]!, (Guid)came.Json["data"]!["conversation"]!["id"]!);
        Assert.NotNull(came.Json["timestamp"]);

        var line = await Eventually.Async(async () => Assert.Single(await stage.DeliveriesAsync(id)), one => (string)one["status"]! == "delivered", "it is written down");
        Assert.Equal((200, 1, null), ((int)line["status_code"]!, (int)line["attempts"]!, (string?)line["payload"]));
        Assert.Equal(came.Text, (string)(await stage.Tenant.Admin.GetJsonAsync($"/api/webhook-deliveries/{line["id"]}"))["payload"]!);
    }

    [Fact]
    public async Task An_endpoint_hears_what_it_asked_for_and_nothing_of_other_organisations()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        await stage.HasEndpointAsync("/labels", "label.updated");
        await stage.HasEndpointAsync("/all");
        var other = await stage.App.NewTenantAsync();
        await other.Admin.PostJsonAsync("/api/labels", new { name = "Theirs" }, 201);
        await stage.HappensAsync();
        await stage.Tenant.Admin.PostJsonAsync("/api/templates", new { name = "Hello there", content = new { body = "Hello" } }, 201);
        await stage.HappensAsync();
        Assert.Equal(["label.updated", "label.updated", "template.updated"], (await stage.Receiver.HasAsync(3, "/all")).Select(one => one.Type).Order());
        Assert.Equal(["label.updated", "label.updated"], (await stage.Receiver.HasAsync(2, "/labels")).Select(one => one.Type));
    }

    [Fact]
    public async Task The_list_of_types_is_the_list_of_what_is_published()
    {
        var published = new HashSet<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Checkout.Folder, "src", "Parley.Server"), "*.cs", SearchOption.AllDirectories))
        {
            var text = await File.ReadAllTextAsync(file);
            foreach (Match match in Regex.Matches(text, """new FeedEvent\([^;"]*"([a-z_]+\.[a-z_]+)"|Tell\(change, [^;"]*"(note\.[a-z]+)"|, '(message\.[a-z]+)',""")) published.Add(match.Groups.Values.Skip(1).First(group => group.Success).Value);
        }
        Assert.True(published.Count > 15, "hardly any were found");
        Assert.DoesNotContain(published, type => !EventTypes.IsKnown(type) && !EventTypes.Inside.Contains(type));
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_is_in_no_other_answer()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var made = await stage.Tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = stage.Receiver.Url() }, 201, key: "once");
        var secret = (string)made["secret"]!;
        Planted.Add(secret);
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", secret);
        var again = await stage.Tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = stage.Receiver.Url() }, 201, key: "once");
        Assert.Equal(((string)made["endpoint"]!["id"]!, null), ((string)again["endpoint"]!["id"]!, (string?)again["secret"]));
        // One that repeats what it got tells us nothing that we would keep.
        stage.Receiver.Answer = (received, http) => http.Response.WriteAsync($"{string.Join(' ', received.Signatures)} {secret} thanks\0");
        await stage.HappensAsync();
        var id = (Guid)made["endpoint"]!["id"]!;
        var line = await Eventually.Async(async () => (await stage.DeliveriesAsync(id)).FirstOrDefault(), one => (string?)one?["status"] == "delivered", "it arrives");
        Assert.Equal("[redacted] [redacted] thanks", (string)line!["excerpt"]!);
        foreach (var path in new[] { "", $"/{id}", $"/{id}/deliveries" }) Assert.DoesNotContain(secret[6..], (await stage.Tenant.Admin.GetJsonAsync($"/api/webhook-endpoints{path}")).ToJsonString());
        Assert.DoesNotContain(secret[6..], (await stage.Tenant.Admin.GetJsonAsync("/api/audit")).ToJsonString());
    }

    [Fact]
    public async Task After_a_rotation_both_secrets_prove_it_for_a_day_and_then_the_new_one_alone()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, old) = await stage.HasEndpointAsync();
        var rotated = await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/rotate", null, 200);
        var fresh = (string)rotated["secret"]!;
        Planted.Add(fresh);
        await stage.HappensAsync();
        var first = (await stage.Receiver.HasAsync(1))[0];
        Assert.Equal((2, true, true), (first.Signatures.Length, first.IsSignedWith(fresh), first.IsSignedWith(old)));
        Assert.NotNull(rotated["endpoint"]!["previous_secret_until"]);

        stage.Skip(TimeSpan.FromHours(25));
        await stage.HappensAsync();
        var second = (await stage.Receiver.HasAsync(2))[1];
        Assert.Equal((1, true, false), (second.Signatures.Length, second.IsSignedWith(fresh), second.IsSignedWith(old)));
        Assert.Null((await stage.EndpointAsync(id))["previous_secret_until"]);
    }

    [Fact]
    public async Task A_test_says_in_words_what_came_back()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, secret) = await stage.HasEndpointAsync();
        var good = await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/test", null, 200);
        Assert.True((bool)good["is_delivered"]!);
        Assert.StartsWith("It answered 200", (string)good["words"]!);
        var ping = Assert.Single(stage.Receiver.All);
        Assert.Equal(("ping", true), (ping.Type, ping.IsSignedWith(secret)));

        stage.Receiver.Answer = (_, http) => { http.Response.StatusCode = 302; http.Response.Headers.Location = "/elsewhere"; return Task.CompletedTask; };
        var moved = await stage.Tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/test", null, 200);
        Assert.Equal((false, "It answered 302: redirects are not followed. Enter the address that it leads to."), ((bool)moved["is_delivered"]!, (string)moved["words"]!));
        Assert.DoesNotContain(stage.Receiver.All, one => one.Path == "/elsewhere");
        Assert.Equal(["failed", "delivered"], (await stage.DeliveriesAsync(id)).Select(one => (string)one["status"]!));
    }

    [Fact]
    public async Task An_address_inside_is_never_called_unless_the_operator_opens_it()
    {
        await using var receiver = await Receiver.StartAsync();
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var url in new[] { receiver.Url(), receiver.Url().Replace("127.0.0.1", "localhost"), receiver.Url().Replace("127.0.0.1", "0x7f000001") })
        {
            var made = await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url }, 201);
            var test = await tenant.Admin.PostJsonAsync($"/api/webhook-endpoints/{made["endpoint"]!["id"]}/test", null, 200);
            Assert.False((bool)test["is_delivered"]!);
            Assert.Contains("is not on the open internet", (string)test["words"]!);
        }
        await tenant.Admin.PostJsonAsync("/api/labels", new { name = "Anything" }, 201);
        var id = (Guid)(await tenant.Admin.GetJsonAsync("/api/webhook-endpoints"))["items"]![0]!["id"]!;
        await Eventually.Async(() => tenant.Admin.GetJsonAsync($"/api/webhook-endpoints/{id}"), one => one["failing_since"] is not null, "it was tried");
        Assert.Empty(receiver.All);
    }

    [Fact]
    public async Task What_cannot_be_an_endpoint_is_refused_with_the_reason()
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var url in new[] { "", "example.com", "ftp://example.com/", "https://user:secret@example.com/" })
            Assert.NotNull((await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url }, 400))["errors"]!["url"]);
        var types = await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = "https://example.com/", event_types = new[] { "message.created", "message.sent" } }, 400);
        Assert.Contains("There is no type \"message.sent\". Known are message.created, ", (string)types["errors"]!["event_types"]![0]!);
        for (var i = 0; i < 50; i++) await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = $"https://example.com/{i}", event_types = new[] { "team.updated" } }, 201);
        await tenant.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = "https://example.com/51" }, 409);
    }

    [Fact]
    public async Task Endpoints_are_for_admins_of_their_own_organisation()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        var made = await mine.Admin.PostJsonAsync("/api/webhook-endpoints", new { url = "http://127.0.0.1:9/", event_types = new[] { "team.updated" } }, 201);
        var id = (Guid)made["endpoint"]!["id"]!;
        var delivery = (Guid)(await mine.Admin.PostJsonAsync($"/api/webhook-endpoints/{id}/test", null, 200))["delivery"]!["id"]!;
        (HttpMethod Method, string Path)[] all =
        [
            (HttpMethod.Get, $"/api/webhook-endpoints/{id}"), (HttpMethod.Get, $"/api/webhook-endpoints/{id}/deliveries"), (HttpMethod.Patch, $"/api/webhook-endpoints/{id}"), (HttpMethod.Delete, $"/api/webhook-endpoints/{id}"),
            (HttpMethod.Post, $"/api/webhook-endpoints/{id}/rotate"), (HttpMethod.Post, $"/api/webhook-endpoints/{id}/test"), (HttpMethod.Post, $"/api/webhook-endpoints/{id}/replay"),
            (HttpMethod.Get, $"/api/webhook-deliveries/{delivery}"), (HttpMethod.Post, $"/api/webhook-deliveries/{delivery}/replay"),
        ];
        foreach (var (method, path) in all)
            foreach (var (client, status) in new[] { (mine.Viewer, 403), (mine.Editor, 403), (theirs.Admin, 404) })
            {
                using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Get || method == HttpMethod.Delete ? null : JsonContent.Create(new { }) };
                await (await client.SendAsync(request)).JsonAsync(status);
            }
        await mine.Editor.GetJsonAsync("/api/webhook-endpoints", 403);
        Assert.Empty((await theirs.Admin.GetJsonAsync("/api/webhook-endpoints"))["items"]!.AsArray());
        Assert.Empty(await theirs.App.Get<TenantDatabase>().ListAsync<Guid>(theirs.Id, "select id from webhook_deliveries union all select id from webhook_endpoints", null, default));
    }

    [Fact]
    public async Task A_removed_endpoint_hears_nothing_more_and_leaves_nothing_behind()
    {
        await using var stage = await WebhookStage.StartAsync(fixture);
        var (id, _) = await stage.HasEndpointAsync();
        await stage.HappensAsync();
        await stage.Receiver.HasAsync(1);
        await (await stage.Tenant.Admin.DeleteAsync($"/api/webhook-endpoints/{id}")).JsonAsync(204);
        await stage.Tenant.Admin.GetJsonAsync($"/api/webhook-endpoints/{id}", 404);
        await stage.HappensAsync();
        await Eventually.Async(() => stage.App.Get<TenantDatabase>().FindAsync<int>(stage.Tenant.Id, "select (select count(*) from webhook_endpoints where tenant_id = @tenant)::int + (select count(*) from webhook_deliveries where tenant_id = @tenant)::int", null, default),
            left => left == 0, "its rows are gone");
        Assert.Single(stage.Receiver.All);
    }
}
