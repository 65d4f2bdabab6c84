using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Channels.Egress;
using Parley.Server.Egress;
using Parley.Server.Platform.Configuration;
using Xunit;

namespace Parley.Server.Tests.Egress;

/// <summary>Against a server on this machine, which must see nothing unless it was opened.</summary>
public sealed class EgressClientTests : IAsyncLifetime
{
    readonly WebApplication _site;
    readonly List<string> _seen = [];
    int _port;

    public EgressClientTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _site = builder.Build();
        _site.Run(async http =>
        {
            string[] said = [http.Request.Headers["X-Key"].ToString(), http.Request.Headers["Idempotency-Key"].ToString(), http.Request.Headers["Parley-Run"].ToString(), await new StreamReader(http.Request.Body).ReadToEndAsync()];
            var line = $"{http.Request.Method} {http.Request.Host.Host}{http.Request.Path} {string.Join(' ', said.Where(word => word.Length > 0))}".TrimEnd();
            lock (_seen) _seen.Add(line);
            switch (http.Request.Path.Value!.Split('/')[1])
            {
                case "to":
                    http.Response.StatusCode = int.Parse(http.Request.Query["status"].ToString() is { Length: > 0 } status ? status : "302", System.Globalization.CultureInfo.InvariantCulture);
                    http.Response.Headers.Location = http.Request.Query["url"].ToString() is { Length: > 0 } url ? url : "/to";   // for ever, unless told where
                    break;
                case "long":
                    await http.Response.Body.WriteAsync(new byte[200_000]);
                    break;
                case "drip":
                    for (; ; await Task.Delay(20, http.RequestAborted)) { await http.Response.Body.WriteAsync(new byte[1]); await http.Response.Body.FlushAsync(); }
                default:
                    await http.Response.WriteAsync("here");
                    break;
            }
        });
    }

    public async ValueTask InitializeAsync()
    {
        await _site.StartAsync();
        _port = new Uri(_site.Urls.Single()).Port;
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://localhost.:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f000001:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://0:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://[::ffff:7f00:1]:{0}/")]
    [InlineData("http://[::127.0.0.1]:{0}/")]
    [InlineData("http://[64:ff9b::127.0.0.1]:{0}/")]
    [InlineData("http://[fe80::1%25lo]:{0}/")]
    [InlineData("http://①②⑦.⓪.⓪.①:{0}/")]
    [InlineData("http://127。0。0。1:{0}/")]
    [InlineData("http://inside.example:{0}/")]
    [InlineData("http://mixed.example:{0}/nothing-but-the-closed-one-answers")]
    [InlineData("http://user@127.0.0.1:{0}/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://100.100.100.200/latest/meta-data/")]
    [InlineData("http://metadata.example/computeMetadata/v1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1:{0}/")]
    [InlineData("gopher://127.0.0.1:{0}/_GET")]
    [InlineData("//127.0.0.1:{0}/")]
    public async Task An_address_inside_is_never_called_however_it_is_written(string url)
    {
        using var client = Client(EgressPolicy.Strict);
        url = string.Format(System.Globalization.CultureInfo.InvariantCulture, url, _port);
        if (EgressClient.IsUsable(url, out var usable))
            Assert.Contains((await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, usable.ToString(), seconds: 2))).Code, new[] { "refused", "unreachable", "timeout" });
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task A_name_that_changes_its_mind_is_dialled_where_it_was_judged()
    {
        var answers = new Queue<string>(["127.0.0.1", "10.0.0.1"]);
        using var client = new EgressClient(new(Opened(), (_, _) => Task.FromResult(new[] { IPAddress.Parse(answers.Dequeue()) })), TimeProvider.System);
        Assert.Equal("here", Text(await GetAsync(client, $"http://opened.example:{_port}/")));
        Assert.Single(answers);   // asked once for one connection

        var turned = new Queue<string>(["203.0.113.9", "127.0.0.1"]);   // first what nobody has, then us
        using var strict = new EgressClient(new(EgressPolicy.Strict, (_, _) => Task.FromResult(new[] { IPAddress.Parse(turned.Dequeue()) })), TimeProvider.System);
        for (var turn = 0; turn < 2; turn++) Assert.Equal("refused", (await Assert.ThrowsAsync<EgressException>(() => GetAsync(strict, $"http://rebinds.example:{_port}/secret"))).Code);
        Assert.Single(_seen);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/secret")]
    [InlineData("http://inside.example:{0}/secret")]
    [InlineData("//[::ffff:127.0.0.1]:{0}/secret")]
    [InlineData("http://169.254.169.254/")]
    public async Task A_redirect_is_judged_like_a_request(string target)
    {
        using var client = Client(Opened());
        target = Uri.EscapeDataString(string.Format(System.Globalization.CultureInfo.InvariantCulture, target, _port));
        Assert.Equal("refused", (await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, $"http://opened.example:{_port}/to?url={target}", redirects: 3))).Code);
        Assert.DoesNotContain(_seen, line => line.Contains("secret"));
        Assert.Equal(302, (await GetAsync(client, $"http://opened.example:{_port}/to?url={target}")).Status);   // not followed at all unless asked for
    }

    [Fact]
    public async Task What_was_entrusted_to_one_host_is_not_carried_to_another()
    {
        using var client = Client(new([Rule("opened.example"), Rule("second.example")]));
        var headers = new Dictionary<string, string> { ["X-Key"] = "secret", ["Idempotency-Key"] = "once", ["Parley-Run"] = "run" };
        await client.SendAsync(new(HttpMethod.Post, new($"http://opened.example:{_port}/to?status=307&url=/there"), headers, "body"u8.ToArray(), "text/plain"), new(TimeSpan.FromSeconds(5), Redirects: 1), default);
        await client.SendAsync(new(HttpMethod.Post, new($"http://opened.example:{_port}/to?status=303&url=http://second.example:{_port}/away"), headers, "body"u8.ToArray(), "text/plain"), new(TimeSpan.FromSeconds(5), Redirects: 1), default);
        Assert.Equal(["POST opened.example/to secret once run body", "POST opened.example/there secret once run body", "POST opened.example/to secret once run body", "GET second.example/away once run"], _seen);
    }

    [Fact]
    public async Task Neither_circles_nor_floods_nor_drips_hold_it()
    {
        using var client = Client(Opened());
        Assert.Equal("too_many_redirects", (await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, $"http://opened.example:{_port}/to", redirects: 3))).Code);
        var flood = await GetAsync(client, $"http://opened.example:{_port}/long");
        Assert.True(flood.IsCut);
        Assert.Equal(64 * 1024, flood.Body.Length);
        Assert.Equal("timeout", (await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, $"http://opened.example:{_port}/drip", seconds: 0.3))).Code);
    }

    [Fact]
    public async Task Nothing_answers_is_said_in_words()
    {
        using var idle = new Socket(SocketType.Stream, ProtocolType.Tcp);
        idle.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var client = Client(Opened());
        var silent = await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, $"http://opened.example:{((IPEndPoint)idle.LocalEndPoint!).Port}/"));
        Assert.Equal("unreachable", silent.Code);
        Assert.StartsWith("Nothing answers at opened.example", silent.Message);
        Assert.Equal("There is no host named nowhere.example.", (await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, "http://nowhere.example/"))).Message);
        Assert.Contains("PARLEY_EGRESS_ALLOW", (await Assert.ThrowsAsync<EgressException>(() => GetAsync(client, "http://inside.example/"))).Message);
    }

    [Theory]
    [InlineData("X-Key", "one", true)]
    [InlineData("Authorization", "Bearer x", true)]
    [InlineData("Host", "other.example", false)]
    [InlineData("Content-Length", "5", false)]
    [InlineData("transfer-encoding", "chunked", false)]
    [InlineData("X-Key", "one\r\nHost: other", false)]
    [InlineData("X Key", "one", false)]
    [InlineData("", "one", false)]
    public void Headers_that_belong_to_the_connection_are_ours(string name, string value, bool isUsable) => Assert.Equal(isUsable, EgressClient.IsUsableHeader(name, value));

    [Fact]
    public void Accounts_may_lead_to_this_machine_only_while_nobody_else_reaches_Parley()
    {
        static bool Allows(string urls, string? allow = null, string? model = null) =>
            ParleySettings.Load(new Dictionary<string, string?> { ["PARLEY_URLS"] = urls, ["PARLEY_EGRESS_ALLOW"] = allow, ["OPENAI_BASE_URL"] = model }, Path.GetTempPath(), new Dictionary<string, string>())
                .ProviderEgress.Allows("127.0.0.1", 11434, IPAddress.Loopback);

        Assert.True(Allows("http://127.0.0.1:8000"));
        Assert.True(Allows("http://localhost:8000;http://[::1]:8000"));
        Assert.False(Allows("http://0.0.0.0:8000"));
        Assert.False(Allows("http://127.0.0.1:8000;http://*:9000"));
        Assert.True(Allows("http://0.0.0.0:8000", allow: "127.0.0.1:11434"));
        Assert.True(Allows("http://0.0.0.0:8000", model: "http://127.0.0.1:11434/v1"));   // the operator's own word
        Assert.False(Allows("http://0.0.0.0:8000", model: "http://127.0.0.1:11435/v1"));
        var wrong = Assert.Throws<SettingException>(() => Allows("http://0.0.0.0:8000", allow: "http://crm.internal"));
        Assert.Contains("PARLEY_EGRESS_ALLOW has \"http://crm.internal\"", wrong.Message);
    }

    static EgressClient Client(EgressPolicy policy) => new(new(policy, (host, _) => host switch
    {
        "opened.example" or "second.example" or "inside.example" or "localhost" or "localhost." => Task.FromResult(new[] { IPAddress.Loopback }),
        "mixed.example" => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, IPAddress.Parse("10.0.0.1") }),
        "metadata.example" => Task.FromResult(new[] { IPAddress.Parse("169.254.169.254") }),
        _ => throw new SocketException((int)SocketError.HostNotFound),
    }), TimeProvider.System);

    static EgressPolicy Opened() => new([Rule("opened.example")]);

    static EgressRule Rule(string text) => EgressRule.TryParse(text, out var rule) ? rule : throw new ArgumentException(text);

    static Task<EgressAnswer> GetAsync(EgressClient client, string url, int redirects = 0, double seconds = 5) =>
        client.SendAsync(new(HttpMethod.Get, new(url), new Dictionary<string, string>()), new(TimeSpan.FromSeconds(seconds), Redirects: redirects), default);

    static string Text(EgressAnswer answer) => Encoding.UTF8.GetString(answer.Body);
}
