using System.Net;
using System.Text;
using Parley.Channels.Adapters.Meta;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Meta;

public sealed class MetaMediaTests
{
    static readonly AttachmentReference ById = new("image", "42", null, "image/jpeg", null, null, null);

    [Theory]
    [InlineData("https://lookaside.fbsbx.com/a", true)]
    [InlineData("https://scontent.whatsapp.net/a", true)]
    [InlineData("https://evil.example/lookaside.fbsbx.com", false)]
    [InlineData("https://lookaside.fbsbx.com.evil.example/a", false)]
    [InlineData("http://lookaside.fbsbx.com/a", false)]
    [InlineData("http://169.254.169.254/latest/meta-data", false)]
    [InlineData("file:///etc/passwd", false)]
    public async Task The_token_goes_to_Meta_and_to_nobody_else(string url, bool isFetched)
    {
        var stub = new ProviderStub((request, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = request.RequestUri!.Host == "graph.facebook.com" ? new StringContent($$"""{"url":"{{url}}","mime_type":"image/jpeg"}""", Encoding.UTF8, "application/json") : new ByteArrayContent([1, 2, 3]),
        }));
        using var into = new MemoryStream();
        var fetched = await Channel(stub).FetchAsync(ById, MetaAccounts.Ana, into, default);
        Assert.Equal(isFetched, fetched.Failure is null);
        Assert.Equal(isFetched ? 2 : 1, stub.Requests.Count);
        if (!isFetched) Assert.True(fetched.Failure!.IsFinal);
    }

    [Fact]
    public async Task A_digest_is_the_same_in_base64_and_in_hex()
    {
        var digest = System.Security.Cryptography.SHA256.HashData([1, 2, 3]);
        var stub = new ProviderStub((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([1, 2, 3]) }));
        using var into = new MemoryStream();
        var fetched = await Channel(stub).FetchAsync(new("image", null, "https://lookaside.fbsbx.com/a", null, null, Convert.ToBase64String(digest), null), MetaAccounts.Ana, into, default);
        Assert.Equal(Convert.ToHexStringLower(digest), fetched.Sha256);
    }

    [Theory]
    [InlineData(404, "{}")]
    [InlineData(500, "{}")]
    [InlineData(401, """{"error":{"code":190,"message":"secret-token expired"}}""")]
    [InlineData(200, "not json")]
    public async Task What_Meta_does_not_give_now_may_be_asked_for_later_and_no_words_hold_a_secret(int status, string body)
    {
        var fetched = await Channel(ProviderStub.Answering(status, body)).FetchAsync(ById, MetaAccounts.Ana, Stream.Null, default);
        Assert.False(fetched.Failure!.IsFinal);
        Assert.DoesNotContain(MetaAccounts.Token, fetched.Failure.Words);
    }

    [Theory]
    [InlineData("image", "image/jpeg", 5 * 1024 * 1024, true)]
    [InlineData("image", "image/jpeg", 5 * 1024 * 1024 + 1, false)]
    [InlineData("image", "image/gif", 10, false)]
    [InlineData("audio", "audio/ogg; codecs=opus", 10, true)]
    [InlineData("document", "application/x-anything", 100 * 1024 * 1024, true)]
    [InlineData("document", "application/pdf", 0, false)]
    [InlineData("sticker", "image/webp", 600 * 1024, false)]
    public void Files_are_within_Metas_limits_or_refused_in_words(string kind, string type, long size, bool isTaken) =>
        Assert.Equal(isTaken, Channel(ProviderStub.Silent()).Complaint(kind, type, size) is null);

    [Theory]
    [InlineData("audio", "words", "shows no words")]
    [InlineData("text", "", "is empty")]
    public void Content_that_Meta_does_not_take_is_named(string type, string content, string words) =>
        Assert.Contains(words, Channel(ProviderStub.Silent()).Check(MetaAccounts.Text() with { Type = type, Content = content })!.ProviderText);

    [Fact]
    public void Text_and_captions_have_Metas_length()
    {
        var channel = Channel(ProviderStub.Silent());
        Assert.Null(channel.Check(MetaAccounts.Text() with { Content = new string('a', 4096) }));
        Assert.Equal("content_invalid", channel.Check(MetaAccounts.Text() with { Content = new string('a', 4097) })!.Code);
        Assert.Equal("content_invalid", channel.Check(MetaAccounts.Text() with { Type = "image", Content = new string('a', 1025) })!.Code);
    }

    [Fact]
    public async Task Templates_are_read_page_by_page_to_the_end()
    {
        var stub = new ProviderStub((request, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(request.RequestUri!.Query.Contains("after=n", StringComparison.Ordinal)
                ? """{"data":[{"name":"b","language":"en-US","status":"NEW_WORD","components":[]}],"paging":{"cursors":{"after":"z"}}}"""
                : """{"data":[{"id":"1","name":"a","language":"en_US","status":"APPROVED","components":[{"type":"BODY","text":"Hi {{1}}"}]},{"odd":1}],"paging":{"cursors":{"after":"n"},"next":"https://x"}}""", Encoding.UTF8, "application/json"),
        }));
        var list = await Channel(stub).ListTemplatesAsync(MetaAccounts.Ana with { Config = new Dictionary<string, string> { ["waba_id"] = "102" } }, default);
        Assert.Equal([("a", "approved"), ("b", "new_word")], list.Templates!.Select(template => (template.Name, template.Status)));
        Assert.Equal("en_US", list.Templates![1].Language);
        Assert.Equal(2, stub.Requests.Count);
    }

    static MetaChannel Channel(ProviderStub stub) => new(new HttpMessageInvoker(stub), TimeProvider.System);
}
