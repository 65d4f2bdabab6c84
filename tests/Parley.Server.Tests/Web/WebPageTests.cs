using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Web;

public sealed class WebPageTests(ParleyFixture fixture)
{
    [Fact]
    public async Task The_page_is_made_from_the_document_that_the_server_gives()
    {
        var served = await fixture.App.Http.GetStringAsync("/openapi/v1.json");
        var kept = await File.ReadAllTextAsync(Path.Combine(Checkout.Folder, "web", "openapi.json"));
        Assert.True(served.TrimEnd() == kept.TrimEnd(), "The API has changed. Renew the page's copy: ./parley openapi > web/openapi.json");
    }

    [Fact]
    public async Task A_deep_link_answers_with_the_document_and_a_strict_policy()
    {
        await using var site = await SiteAsync();
        var answer = await GetAsync(site, "/inbox/open/1234?message=5", "text/html");
        Assert.Equal("<!doctype html>page", await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-cache", answer.Headers.CacheControl!.ToString());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'self';", policy);
        Assert.DoesNotContain("unsafe", policy);

        var again = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Accept", "text/html" }, { "If-None-Match", answer.Headers.ETag!.ToString() } } };
        Assert.Equal(HttpStatusCode.NotModified, (await site.Http.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task The_front_door_is_open_to_whoever_knocks()
    {
        await using var site = await SiteAsync();
        Assert.Equal("<!doctype html>page", await (await GetAsync(site, "/", "*/*")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_page_for_programmers_has_a_policy_too()
    {
        foreach (var path in new[] { "/docs/index.html", "/docs/index.js" })
        {
            var answer = await fixture.App.Http.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("script-src 'self';", answer.Headers.GetValues("Content-Security-Policy").Single());
        }
    }

    [Fact]
    public async Task Assets_are_kept_for_a_year_and_travel_compressed()
    {
        await using var site = await SiteAsync();
        var request = new HttpRequestMessage(HttpMethod.Get, "/assets/app-1a2b.js") { Headers = { { "Accept-Encoding", "gzip, br;q=0" } } };
        var answer = await site.Http.SendAsync(request);
        Assert.Equal("public, max-age=31536000, immutable", answer.Headers.CacheControl!.ToString());
        Assert.Equal("text/javascript", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("gzip", answer.Content.Headers.ContentEncoding.Single());
        await using var plain = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        Assert.Equal("run()", await new StreamReader(plain).ReadToEndAsync());
    }

    [Theory]
    [InlineData("/assets/app-gone.js", "*/*")]
    [InlineData("/api/nothing", "text/html")]
    [InlineData("/webhooks/nothing", "text/html")]
    [InlineData("/../secret.txt", "*/*")]
    [InlineData("/%2e%2e/secret.txt", "*/*")]
    public async Task What_is_not_the_pages_is_not_answered_by_it(string path, string accept)
    {
        await using var site = await SiteAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(site, path, accept)).StatusCode);
    }

    static Task<HttpResponseMessage> GetAsync(Site site, string path, string accept) =>
        site.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", accept } } });

    static async Task<Site> SiteAsync()
    {
        var root = Directory.CreateTempSubdirectory("parley-page-");
        var folder = root.CreateSubdirectory("web");
        folder.CreateSubdirectory("assets");
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "secret.txt"), "secret");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "index.html"), "<!doctype html>page");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "assets", "app-1a2b.js"), "run()");
        await using (var packed = new GZipStream(File.Create(Path.Combine(folder.FullName, "assets", "app-1a2b.js.gz")), CompressionLevel.Fastest))
            await packed.WriteAsync(Encoding.UTF8.GetBytes("run()"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseRouting();
        app.UseWebPage(folder.FullName);
        app.MapGet("/api/something", () => TypedResults.Ok());
        await app.StartAsync();
        return new(app, root, new HttpClient { BaseAddress = new Uri(app.Urls.First()) });
    }

    sealed record Site(WebApplication App, DirectoryInfo Root, HttpClient Http) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await App.DisposeAsync();
            Root.Delete(recursive: true);
        }
    }
}
