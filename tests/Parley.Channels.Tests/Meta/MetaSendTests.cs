using System.Text.Json.Nodes;
using Parley.Channels.Adapters.Meta;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Meta;

public sealed class MetaSendTests
{
    const string Accepted = """{"messaging_product":"whatsapp","contacts":[{"input":"+5511987654321","wa_id":"5511987654321"}],"messages":[{"id":"wamid.OUT1","message_status":"accepted"}]}""";

    [Fact]
    public async Task A_text_is_sent_as_Meta_writes_it()
    {
        var (result, request, body) = await Send(MetaAccounts.Text(replyTo: "wamid.IN1"));

        Assert.Equal(new SendResult("wamid.OUT1", null), result);
        Assert.Equal("https://graph.facebook.com/v23.0/106540352242922/messages", request.RequestUri!.ToString());
        Assert.Equal($"Bearer {MetaAccounts.Token}", request.Headers.Authorization!.ToString());
        Assert.Equal("application/json", request.Content!.Headers.ContentType!.ToString());
        AssertJson("""
            {"messaging_product":"whatsapp","recipient_type":"individual","to":"5511987654321","type":"text",
             "text":{"body":"Hello","preview_url":false},"biz_opaque_callback_data":"0197a0000000000000000000000000aa.1",
             "context":{"message_id":"wamid.IN1"}}
            """, body);
    }

    [Fact]
    public async Task A_business_scoped_id_and_a_group_are_addressed_each_in_their_way()
    {
        var (_, _, person) = await Send(MetaAccounts.Text("US.1349"));
        Assert.Equal("US.1349", (string?)person["recipient"]);
        Assert.Null(person["to"]);

        var (_, _, group) = await Send(MetaAccounts.Text("Y2FwaV9ncm91cDoxMjM") with { ToIsGroup = true });
        Assert.Equal("Y2FwaV9ncm91cDoxMjM", (string?)group["to"]);
        Assert.Equal("group", (string?)group["recipient_type"]);
    }

    [Theory]
    [InlineData("image", """{"link":"https://x/i.jpg"}""", """{"link":"https://x/i.jpg","caption":"Hello"}""")]
    [InlineData("location", """{"latitude":1.5,"longitude":2}""", """{"latitude":1.5,"longitude":2}""")]
    [InlineData("contacts", """{"contacts":[{"name":{"formatted_name":"Bia"}}]}""", """[{"name":{"formatted_name":"Bia"}}]""")]
    [InlineData("template", """{"name":"promo","language":"pt_BR","header":[],"body":[],"buttons":[]}""", """{"name":"promo","language":{"code":"pt_BR"}}""")]
    [InlineData("template", """{"name":"promo","language":"pt_BR","header_format":"text","header":[{"value":"Hi"}],"body":[{"name":"first","value":"Ana"}],"buttons":[{"index":1,"type":"url","value":"42"}]}""",
        """{"name":"promo","language":{"code":"pt_BR"},"components":[{"type":"header","parameters":[{"type":"text","text":"Hi"}]},{"type":"body","parameters":[{"type":"text","text":"Ana","parameter_name":"first"}]},{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"42"}]}]}""")]
    [InlineData("interactive", """{"kind":"buttons","footer":"f","buttons":[{"id":"y","title":"Yes"}]}""",
        """{"type":"button","body":{"text":"Hello"},"action":{"buttons":[{"type":"reply","reply":{"id":"y","title":"Yes"}}]},"footer":{"text":"f"}}""")]
    [InlineData("interactive", """{"kind":"list","open":"Open","sections":[{"rows":[{"id":"1","title":"One","description":"d"}]}]}""",
        """{"type":"list","body":{"text":"Hello"},"action":{"button":"Open","sections":[{"rows":[{"id":"1","title":"One","description":"d"}]}]}}""")]
    [InlineData("interactive", """{"kind":"link","title":"Go","url":"https://x.example/a"}""",
        """{"type":"cta_url","body":{"text":"Hello"},"action":{"name":"cta_url","parameters":{"display_text":"Go","url":"https://x.example/a"}}}""")]
    [InlineData("reaction", """{"message_id":"wamid.IN1","emoji":""}""", """{"message_id":"wamid.IN1","emoji":""}""")]
    public async Task Other_types_carry_their_payload(string type, string payload, string expected)
    {
        var (_, _, body) = await Send(MetaAccounts.Text() with { Type = type, Payload = JsonNode.Parse(payload)!.AsObject() });
        AssertJson(expected, body[type]!);
    }

    [Theory]
    [InlineData("text", "", "content_invalid")]
    [InlineData("template", null, "content_invalid")]
    [InlineData("reaction", "👍", "content_invalid")]
    [InlineData("event", "x", "unsupported")]
    [InlineData("carrier_pigeon", "x", "unsupported")]
    public async Task What_cannot_be_said_is_refused_before_anything_is_sent(string type, string? content, string expected)
    {
        var provider = ProviderStub.Answering(200, Accepted);
        var result = await Over(provider).SendAsync(MetaAccounts.Text() with { Type = type, Content = content }, MetaAccounts.Ana, Token);

        Assert.Equal(expected, result.Failure?.Code);
        Assert.Empty(provider.Requests);
    }

    [Fact]
    public async Task Text_that_UTF8_cannot_say_is_mended_and_not_thrown()
    {
        var (_, _, body) = await Send(MetaAccounts.Text(content: "half \ud83d and\0"));
        Assert.Equal("half \uFFFD and\uFFFD", (string?)body["text"]!["body"]);
    }

    [Fact]
    public async Task The_number_that_WhatsApp_really_uses_comes_back()
    {
        var (result, _, _) = await Send(MetaAccounts.Text("+55119987654321"));
        Assert.Equal("+5511987654321", result.Handle);
    }

    [Fact]
    public async Task The_address_and_version_can_be_set()
    {
        var provider = ProviderStub.Answering(200, Accepted);
        await Over(provider).SendAsync(MetaAccounts.Text(), MetaAccounts.Account(("base_url", "http://127.0.0.1:8100/meta/"), ("api_version", "v25.0")), Token);
        Assert.Equal("http://127.0.0.1:8100/meta/v25.0/106540352242922/messages", provider.Requests.Single().Request.RequestUri!.ToString());
    }

    [Theory]
    [InlineData("too-many-requests-retry-after", 17)]
    [InlineData("waba-limit-with-usage", 180)]
    [InlineData("pair-limit", 6)]
    [InlineData("spam-limit", 3600)]
    public async Task A_limit_says_how_long_to_wait(string recorded, int seconds)
    {
        var error = Recorded.Error("meta", recorded);
        var result = await Over(ProviderStub.Answering(error.Status, error.Body, error.Headers)).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, Token);
        Assert.Equal(TimeSpan.FromSeconds(seconds), result.Failure!.RetryAfter);
    }

    [Fact]
    public async Task A_failure_keeps_Metas_code_and_words()
    {
        var error = Recorded.Error("meta", "not-on-allow-list");
        var result = await Over(ProviderStub.Answering(error.Status, error.Body)).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, Token);
        Assert.Equal("131030", result.Failure!.ProviderCode);
        Assert.Contains("Add recipient phone number", result.Failure.ProviderText);
    }

    [Fact]
    public async Task A_secret_across_the_cut_of_long_words_is_removed_whole()
    {
        var words = new string('.', 990) + MetaAccounts.Secret;
        var provider = ProviderStub.Answering(400, $$$"""{"error":{"message":"{{{words}}}","code":100}}""");
        var result = await Over(provider).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, Token);
        Assert.DoesNotContain("meta_app", result.Failure!.ProviderText);
    }

    [Theory]
    [InlineData("0 3 10 190 200 299 131005", "account_invalid")]
    [InlineData("368 130497 131031 131037 131042 131045 131063 131064 133005 133006 133008 133009 133010 133015", "account_blocked")]
    [InlineData("4 80007 130429 131048 131056 133016", "rate_limited")]
    [InlineData("1 2 131000 131016 131053 131057 133004", "provider_unavailable")]
    [InlineData("131047", "window_closed")]
    [InlineData("131021 131026 131030 130472 131049 131062 137000", "recipient_unreachable")]
    [InlineData("131050", "recipient_opted_out")]
    [InlineData("132000 132001 132005 132007 132008 132012 132015 132016 132018 132068 132069", "template_invalid")]
    [InlineData("100 131008 131009 131052", "content_invalid")]
    [InlineData("131051", "unsupported")]
    [InlineData("33 135000 777777", "rejected")]
    public async Task Every_documented_code_has_its_failure(string codes, string expected)
    {
        foreach (var code in codes.Split(' '))
        {
            var provider = ProviderStub.Answering(400, $$$"""{"error":{"message":"m","code":{{{code}}}}}""");
            var result = await Over(provider).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, Token);
            Assert.Equal($"{code} {expected} {code}", $"{code} {result.Failure?.Code} {result.Failure?.ProviderCode}");
        }
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.NameResolutionError)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    public async Task A_connection_that_was_never_made_may_be_tried_again(HttpRequestError error)
    {
        var result = await Over(ProviderStub.Failing(() => new HttpRequestException(error))).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, Token);
        Assert.Equal("connection_failed", result.Failure!.Code);
    }

    [Fact]
    public async Task A_refused_connection_may_be_tried_again()
    {
        using var http = ChannelHttp.Create();
        var result = await new MetaChannel(http, TimeProvider.System).SendAsync(MetaAccounts.Text(), MetaAccounts.Account(("base_url", RawServer.ClosedUrl())), Token);
        Assert.Equal("connection_failed", result.Failure!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"messages\":[{\"id\":\"wamid.O")]
    [InlineData("HTTP/1.1 20")]
    [InlineData("not HTTP at all\r\n\r\n")]
    public async Task A_connection_that_breaks_after_the_request_leaves_the_outcome_unknown(string answer)
    {
        await using var server = new RawServer(answer);
        using var http = ChannelHttp.Create();
        var result = await new MetaChannel(http, TimeProvider.System).SendAsync(MetaAccounts.Text(), MetaAccounts.Account(("base_url", server.Url)), Token);
        Assert.Equal("outcome_unknown", result.Failure!.Code);
        Assert.Equal(Retry.OutcomeUnknown, result.Failure.Retry);
    }

    [Fact]
    public async Task No_answer_in_time_leaves_the_outcome_unknown()
    {
        var channel = new MetaChannel(new HttpMessageInvoker(ProviderStub.Silent()), TimeProvider.System) { SendTimeout = TimeSpan.FromMilliseconds(30) };
        Assert.Equal("outcome_unknown", (await channel.SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, Token)).Failure!.Code);
    }

    [Fact]
    public async Task A_shutdown_before_the_request_left_is_a_cancellation_and_after_it_an_unknown_outcome()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        var provider = ProviderStub.Answering(200, Accepted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Over(provider).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, stopped.Token));
        Assert.Empty(provider.Requests);

        using var stopping = new CancellationTokenSource();
        var interrupted = new ProviderStub(async (_, cancellationToken) =>
        {
            await stopping.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidOperationException("It was cancelled.");
        });
        Assert.Equal("outcome_unknown", (await Over(interrupted).SendAsync(MetaAccounts.Text(), MetaAccounts.Ana, stopping.Token)).Failure!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("EAAG\nX-Injected: 1")]
    [InlineData("EAAG…")]
    public async Task A_token_that_cannot_be_one_stops_the_account(string token)
    {
        var account = MetaAccounts.Ana with { Credentials = new Dictionary<string, string> { ["access_token"] = token } };
        var result = await Over(ProviderStub.Answering(200, Accepted)).SendAsync(MetaAccounts.Text(), account, Token);
        Assert.Equal("account_invalid", result.Failure!.Code);
        Assert.True(result.Failure.StopsAccount);
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static MetaChannel Over(ProviderStub provider) => new(new HttpMessageInvoker(provider), TimeProvider.System);

    static async Task<(SendResult Result, HttpRequestMessage Request, JsonNode Body)> Send(OutboundMessage message)
    {
        var provider = ProviderStub.Answering(200, Accepted);
        var result = await Over(provider).SendAsync(message, MetaAccounts.Ana, Token);
        var (request, body) = provider.Requests.Single();
        return (result, request, JsonNode.Parse(body)!);
    }

    static void AssertJson(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());
}
