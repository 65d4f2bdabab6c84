using Parley.Channels.Adapters.Meta;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Meta;

public sealed class MetaAccountTests
{
    [Fact]
    public async Task A_working_account_says_whose_number_it_is()
    {
        var provider = ProviderStub.Answering(200, """{"display_phone_number":"+1 555-078-3881","verified_name":"Ana's Shop","quality_rating":"GREEN","id":"106540352242922"}""");
        var test = await Test(provider);

        Assert.Equal(new AccountTest(true, "Connected to +1 555-078-3881 (Ana's Shop)."), test);
        Assert.Equal(
            "https://graph.facebook.com/v23.0/106540352242922?fields=display_phone_number,verified_name,quality_rating",
            provider.Requests.Single().Request.RequestUri!.ToString());
    }

    [Theory]
    [InlineData("token-expired", "credentials.access_token", "expired")]
    [InlineData("permission-missing", "credentials.access_token", "permission")]
    [InlineData("unknown-number-id", "external_id", "no phone number")]
    [InlineData("refusal-without-body", "config.base_url", "not like the Graph API")]
    [InlineData("success-that-is-not-json", "config.base_url", "not like the Graph API")]
    [InlineData("account-locked", null, "blocked")]
    [InlineData("unavailable", null, "problem of its own")]
    [InlineData("gateway-page", null, "problem of its own")]
    public async Task A_refusal_names_the_setting_that_is_wrong(string recorded, string? field, string words)
    {
        var error = Recorded.Error("meta", recorded);
        var test = await Test(ProviderStub.Answering(error.Status, error.Body));

        Assert.False(test.Works);
        Assert.Equal(field, test.Field);
        Assert.Contains(words, test.Message);
        Assert.DoesNotContain(MetaAccounts.Token, test.Message);
    }

    [Fact]
    public async Task A_hiccup_is_asked_about_again()
    {
        var asked = 0;
        var provider = new ProviderStub((_, _) => Task.FromResult(new HttpResponseMessage(++asked < 3 ? System.Net.HttpStatusCode.BadGateway : System.Net.HttpStatusCode.OK)
        {
            Content = new StringContent("""{"display_phone_number":"+1 555"}"""),
        }));
        Assert.True((await Test(provider)).Works);
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_named()
    {
        using var http = ChannelHttp.Create();
        var test = await new MetaChannel(http, TimeProvider.System).TestAsync(MetaAccounts.Account(("base_url", RawServer.ClosedUrl())), Token);
        Assert.Equal("config.base_url", test.Field);
        Assert.Contains("could not reach 127.0.0.1", test.Message);
    }

    [Theory]
    [InlineData("subscribe", "open sesame", "1158201444", "1158201444")]
    [InlineData("subscribe", "open says me", "1158201444", null)]
    [InlineData("unsubscribe", "open sesame", "1158201444", null)]
    [InlineData("subscribe", "open sesame", "", null)]
    [InlineData("subscribe", "", "1158201444", null)]
    public void The_challenge_is_answered_to_whoever_knows_the_token(string mode, string token, string challenge, string? answer) =>
        Assert.Equal(answer, Channel().Answer(
            new Dictionary<string, string> { ["hub.mode"] = mode, ["hub.verify_token"] = token, ["hub.challenge"] = challenge }, MetaAccounts.Ana));

    [Fact]
    public void Without_a_verify_token_no_challenge_is_answered_and_one_among_the_credentials_counts()
    {
        var query = new Dictionary<string, string> { ["hub.mode"] = "subscribe", ["hub.verify_token"] = "", ["hub.challenge"] = "1" };
        var none = MetaAccounts.Ana with { Config = new Dictionary<string, string>() };
        Assert.Null(Channel().Answer(query, none));
        Assert.Null(Channel().Answer(new Dictionary<string, string>(), none));

        var filedElsewhere = none with { Credentials = new Dictionary<string, string> { ["verify_token"] = "open" } };
        query["hub.verify_token"] = "open";
        Assert.Equal("1", Channel().Answer(query, filedElsewhere));
    }

    [Fact]
    public void Settings_are_checked_by_name_and_kind()
    {
        var errors = Channel().Settings.Validate(
            new Dictionary<string, string> { ["base_url"] = "ftp://x", ["rate_limit_per_second"] = "fast", ["waba"] = "1", ["app_secret"] = "s" },
            new Dictionary<string, string> { ["access_token"] = "t", ["verify_token"] = "v" });

        Assert.Equal(
            ["config.app_secret", "config.base_url", "config.rate_limit_per_second", "config.waba", "credentials.app_secret"], errors.Keys.Order());
    }

    [Fact]
    public void The_pace_is_eighty_a_second_unless_set()
    {
        Assert.Equal(80, Channel().PerSecond(MetaAccounts.Ana));
        Assert.Equal(20, Channel().PerSecond(MetaAccounts.Account(("rate_limit_per_second", "20"))));
        Assert.Equal(80, Channel().PerSecond(MetaAccounts.Account(("rate_limit_per_second", "fast"))));
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static MetaChannel Channel() => new(new HttpMessageInvoker(ProviderStub.Answering(500, "")), TimeProvider.System);

    static Task<AccountTest> Test(ProviderStub provider) =>
        new MetaChannel(new HttpMessageInvoker(provider), TimeProvider.System).TestAsync(MetaAccounts.Ana, Token);
}
