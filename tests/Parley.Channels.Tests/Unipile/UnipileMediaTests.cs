using System.Net;
using System.Net.Http.Headers;
using Parley.Channels.Adapters.Unipile;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Unipile;

public sealed class UnipileMediaTests
{
    [Theory]
    [InlineData(null, "image/webp", "image/webp")]
    [InlineData("image/jpeg", "application/octet-stream", "image/jpeg")]
    [InlineData(null, null, null)]
    public async Task A_file_is_asked_for_by_message_and_attachment(string? told, string? sent, string? expected)
    {
        var stub = new ProviderStub((_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new ByteArrayContent([1, 2, 3]) { Headers = { ContentType = sent is null ? null : new MediaTypeHeaderValue(sent) } },
        }));
        using var into = new MemoryStream();
        var fetched = await Channel(stub).FetchAsync(Reference("m=1/urn:li:a/b@c") with { MimeType = told, Url = "https://evil.example/" }, Accounts.Instagram, into, Token);

        Assert.Equal((expected, null), (fetched.MimeType, fetched.Failure));
        Assert.Equal([1, 2, 3], into.ToArray());
        Assert.Equal("https://api7.unipile.example:13742/api/v1/messages/m%3D1/attachments/urn%3Ali%3Aa%2Fb%40c", stub.Requests.Single().Request.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData(404, """{"status":404,"type":"errors/resource_not_found"}""", true)]
    [InlineData(404, "<html>no such route</html>", false)]
    [InlineData(501, """{"status":501,"type":"errors/feature_not_implemented"}""", true)]
    [InlineData(401, """{"status":401,"type":"errors/missing_credentials"}""", false)]
    [InlineData(401, """{"status":401,"type":"errors/disconnected_account"}""", false)]
    [InlineData(429, "", false)]
    [InlineData(503, "", false)]
    [InlineData(302, "", false)]
    public async Task Only_what_the_network_no_longer_has_is_given_up(int status, string body, bool isFinal)
    {
        var fetched = await Channel(ProviderStub.Answering(status, body)).FetchAsync(Reference("m/a"), Accounts.Instagram, Stream.Null, Token);
        Assert.Equal(isFinal, fetched.Failure!.IsFinal);
        Assert.DoesNotContain(Accounts.Key, fetched.Failure.Words);
    }

    [Fact]
    public async Task A_file_that_was_gone_when_its_message_came_is_not_asked_for()
    {
        var stub = ProviderStub.Answering(200, "");
        Assert.True((await Channel(stub).FetchAsync(Reference(null), Accounts.Instagram, Stream.Null, Token)).Failure!.IsFinal);
        Assert.Empty(stub.Requests);
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static AttachmentReference Reference(string? id) => new("image", id, null, null, null, null, null);

    static UnipileChannel Channel(ProviderStub stub) => new(new HttpMessageInvoker(stub), TimeProvider.System);
}
