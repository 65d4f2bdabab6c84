using System.Net;
using System.Text.Json.Nodes;
using Parley.Channels.Adapters.Unipile;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Unipile;

/// <summary>Connecting an account: the test of it, and the webhooks that it needs.</summary>
public sealed class UnipileAccountTests
{
    const string Working = """{"object":"Account","id":"Kp3","type":"INSTAGRAM","name":"anas.shop","sources":[{"id":"x","status":"OK"}]}""";

    [Theory]
    [InlineData(200, Working, true, null, "Connected to anas.shop.")]
    [InlineData(200, """{"id":"Kp3","type":"INSTAGRAM","name":"anas.shop","sources":[{"status":"CREDENTIALS"}]}""", false, null, "Reconnect it")]
    [InlineData(200, """{"id":"Kp3","type":"LINKEDIN","name":"Ana","sources":[]}""", false, "channel", "of LINKEDIN, not of instagram")]
    [InlineData(200, "<html>", false, "config.dsn", "not like Unipile")]
    [InlineData(404, "<html>", false, "config.dsn", "not like Unipile")]
    [InlineData(404, """{"type":"errors/resource_not_found","title":"Gone"}""", false, "external_id", "no account with the id")]
    [InlineData(401, """{"type":"errors/missing_credentials","title":"Missing credentials"}""", false, "credentials.api_key", "access token")]
    [InlineData(503, "", false, null, "problem of its own")]
    public async Task A_test_names_what_is_wrong(int status, string body, bool works, string? field, string words)
    {
        var test = await Over(ProviderStub.Answering(status, body)).TestAsync(Accounts.Instagram, Token);
        Assert.Equal((works, field), (test.Works, test.Field));
        Assert.Contains(words, test.Message);
    }

    [Fact]
    public async Task What_was_not_filled_in_is_named_before_anybody_is_asked()
    {
        var stub = ProviderStub.Answering(200, Working);
        Assert.Equal("credentials.api_key", (await Over(stub).TestAsync(Accounts.Instagram with { Credentials = new Dictionary<string, string>() }, Token)).Field);
        Assert.Equal("config.dsn", (await Over(stub).TestAsync(Accounts.Account("instagram", ("dsn", "ftp://x")), Token)).Field);
        Assert.Equal("config.base_url", (await Over(stub).TestAsync(Accounts.Account("instagram", ("base_url", "ftp://x")), Token)).Field);
        Assert.Equal("external_id", (await Over(stub).TestAsync(Accounts.Instagram with { ExternalId = "" }, Token)).Field);
        Assert.Empty(stub.Requests);
    }

    [Fact]
    public async Task A_hiccup_is_asked_about_again()
    {
        var asked = 0;
        var stub = new ProviderStub((_, _) => Task.FromResult(new HttpResponseMessage(++asked < 3 ? HttpStatusCode.BadGateway : HttpStatusCode.OK) { Content = new StringContent(Working) }));
        Assert.True((await Over(stub).TestAsync(Accounts.Instagram, Token)).Works);
    }

    [Fact]
    public void The_previous_secret_still_opens_and_no_other_does()
    {
        var account = Accounts.Instagram with { Credentials = new Dictionary<string, string> { ["webhook_secret"] = "new-secret", ["previous_webhook_secret"] = "old-secret" } };
        var channel = Over(ProviderStub.Silent());
        Assert.Equal([true, true, false, false], new[] { "new-secret", "old-secret", "new-secret ", "" }.Select(given => channel.IsAuthentic(
            new(new Dictionary<string, string> { [UnipileSecret.Header] = given }, ReadOnlyMemory<byte>.Empty), account)));
    }

    [Fact]
    public async Task One_registration_is_a_webhook_for_messages_and_one_for_accounts_and_the_old_ones_go()
    {
        var (result, calls) = await Register((_, body) => (200, $$"""{"object":"WebhookCreated","webhook_id":"{{body!["source"]}}-1"}"""));

        Assert.Equal(["messaging-1", "account_status-1"], result.Ids);
        Assert.Null(result.Failure);
        Assert.Equal(["POST /api/v1/webhooks", "POST /api/v1/webhooks", "DELETE /api/v1/webhooks/old%3D1", "DELETE /api/v1/webhooks/old-2"], calls.Select(one => one.Call));
        Assert.Equal(
            """{"request_url":"https://parley.example/webhooks/unipile/1","source":"messaging","name":"Parley","format":"json","enabled":true,"events":["message_received","message_read","message_reaction","message_edited","message_deleted","message_delivered"],"headers":[{"key":"Unipile-Auth","value":"fresh-secret-01"},{"key":"Content-Type","value":"application/json"}]}""",
            calls[0].Body!.ToJsonString());
        Assert.Null(calls[0].Body!["account_ids"]);
        Assert.Contains("reconnected", calls[1].Body!["events"]!.ToJsonString());
    }

    [Fact]
    public async Task An_event_that_Unipile_does_not_know_is_done_without()
    {
        var (result, _) = await Register((_, body) => body!["events"]!.ToJsonString().Contains("message_delivered", StringComparison.Ordinal)
            ? (400, """{"status":400,"type":"errors/invalid_parameters"}""") : (201, """{"object":"WebhookCreated","webhook_id":["w"]}"""));
        Assert.Equal(["w", "w"], result.Ids);
    }

    [Fact]
    public async Task What_was_half_made_is_taken_back_the_old_stays_and_the_secret_stays_unsaid()
    {
        var (result, calls) = await Register((_, body) => (string?)body!["source"] == "messaging"
            ? (200, """{"webhook_id":"w1"}""") : (403, """{"status":403,"type":"errors/insufficient_permissions","title":"no fresh-secret-01"}"""));
        Assert.Empty(result.Ids);
        Assert.Equal(("rejected", "no [removed]"), (result.Failure!.Code, result.Failure.ProviderText));
        Assert.Equal(["POST /api/v1/webhooks", "POST /api/v1/webhooks", "DELETE /api/v1/webhooks/w1"], calls.Select(one => one.Call));
    }

    [Fact]
    public async Task What_an_earlier_registration_left_behind_is_found_by_its_address()
    {
        var stub = new ProviderStub((request, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(request.RequestUri!.Query.Contains("cursor=", StringComparison.Ordinal)
                ? """{"items":[{"id":"3","request_url":"https://parley.example/webhooks/unipile/1","type":"TRIGGER","account_ids":[{"id":"x","type":"INSTAGRAM"}]}],"cursor":"n"}"""
                : """{"object":"WebhookList","items":[{"id":"1","request_url":"https://parley.example/webhooks/unipile/1"},{"id":"2","request_url":"https://other.example/"},{"id":"4"}],"cursor":"n"}"""),
        }));
        Assert.Equal(["1", "3"], (await Over(stub).ListRegisteredAsync(Accounts.Instagram, new("https://parley.example/webhooks/unipile/1"), Token)).Item!);
    }

    [Fact]
    public async Task A_webhook_that_is_gone_is_removed()
    {
        Assert.Null(await Over(ProviderStub.Answering(404, """{"type":"errors/resource_not_found"}""")).UnregisterAsync(Accounts.Instagram, "w", Token));
        Assert.Equal("unreadable", (await Over(ProviderStub.Answering(404, "")).UnregisterAsync(Accounts.Instagram, "w", Token))!.Code);
    }

    [Fact]
    public void Settings_are_checked_and_the_pace_is_gentle_unless_set()
    {
        var channel = Over(ProviderStub.Silent());
        Assert.Equal(
            ["config.dsn", "config.rate_limit_per_second", "credentials.api_key"],
            channel.Settings.Validate(new Dictionary<string, string> { ["rate_limit_per_second"] = "fast" }, new Dictionary<string, string>()).Keys.Order());
        Assert.Equal((2, 20), (channel.PerSecond(Accounts.Instagram), channel.PerSecond(Accounts.Account("instagram", ("rate_limit_per_second", "20")))));
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static UnipileChannel Over(ProviderStub provider) => new(new HttpMessageInvoker(provider), TimeProvider.System);

    static async Task<(RegisteredWebhooks Result, IReadOnlyList<(string Call, JsonNode? Body)> Calls)> Register(Func<HttpRequestMessage, JsonNode?, (int Status, string Body)> answer)
    {
        var calls = new List<(string, JsonNode?)>();
        var stub = new ProviderStub(async (request, token) =>
        {
            var body = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsStringAsync(token));
            calls.Add(($"{request.Method} {request.RequestUri!.AbsolutePath}", body));
            var (status, words) = request.Method == HttpMethod.Delete ? (200, "") : answer(request, body);
            return new((HttpStatusCode)status) { Content = new StringContent(words) };
        });
        var result = await Over(stub).RegisterAsync(Accounts.Instagram, new(new("https://parley.example/webhooks/unipile/1"), "fresh-secret-01", "Parley", ["old=1", "old-2"]), Token);
        return (result, calls);
    }
}
