using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Twilio;

/// <summary>Twilio's REST, webhooks and faults, as a business sees them.</summary>
public sealed class TwilioTests
{
    const string Sms = "+15557650000", WhatsApp = "whatsapp:+14155238886", Ana = "+15551230000", Messages = "/twilio/2010-04-01/Accounts/AC1/Messages.json", AuthToken = "auth-token-of-twilio";

    [Fact]
    public async Task A_send_is_taken_as_twilio_takes_it_and_its_statuses_are_signed()
    {
        await using var twilio = await Business.StartAsync();
        var message = await twilio.SendAsync(201, ("To", Ana), ("From", Sms), ("Body", "Hello"), ("StatusCallback", twilio.Url + "?reference=r.1"));
        Assert.Equal(("queued", "0", "1", "outbound-api"), ((string)message["status"]!, (string)message["num_media"]!, (string)message["num_segments"]!, (string)message["direction"]!));
        Assert.StartsWith("SM", (string)message["sid"]!, StringComparison.Ordinal);
        Assert.Null(message["date_sent"]);
        Assert.Equal(["sent", "delivered"], [(await twilio.HearsAsync())["MessageStatus"], (await twilio.HearsAsync())["MessageStatus"]]);
        Assert.Equal(("r.1", "Hello"), ((string)(await twilio.LedgerAsync())[0]!["reference"]!, (string)(await twilio.LedgerAsync())[0]!["text"]!));
        Assert.Equal("delivered", (string)(await twilio.GetAsync($"/twilio/2010-04-01/Accounts/AC1/Messages/{message["sid"]}.json"))["status"]!);
    }

    [Theory]
    [InlineData(21604, "From=+15557650000&Body=x")]
    [InlineData(21603, "To=+15551230000&Body=x")]
    [InlineData(21602, "To=+15551230000&From=+15557650000")]
    [InlineData(21211, "To=hello&From=+15557650000&Body=x")]
    [InlineData(21211, "To=+15005550001&From=+15557650000&Body=x")]
    [InlineData(21614, "To=+15005550009&From=+15557650000&Body=x")]
    [InlineData(21408, "To=+15005550003&From=+15557650000&Body=x")]
    [InlineData(21610, "To=+15005550004&From=+15557650000&Body=x")]
    [InlineData(21212, "To=+15551230000&From=+15005550001&Body=x")]
    [InlineData(21606, "To=+15551230000&From=+15005550007&Body=x")]
    [InlineData(21910, "To=whatsapp:+15551230000&From=+15557650000&Body=x")]
    [InlineData(21609, "To=+15551230000&From=+15557650000&Body=x&StatusCallback=nowhere")]
    [InlineData(21620, "To=+15551230000&From=+15557650000&MediaUrl=nowhere")]
    [InlineData(63027, "To=whatsapp:+15551230000&From=whatsapp:+14155238886&ContentSid=HX9")]
    [InlineData(63028, "To=whatsapp:+15551230000&From=whatsapp:+14155238886&ContentSid=HX00000000000000000000000000000001")]
    [InlineData(21656, "To=whatsapp:+15551230000&From=whatsapp:+14155238886&ContentSid=HX00000000000000000000000000000001&ContentVariables=x")]
    public async Task What_twilio_would_refuse_is_refused_with_its_number(int code, string form)
    {
        await using var twilio = await Business.StartAsync();
        var answer = await twilio.SendAsync(400, [.. form.Split('&').Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1]))]);
        Assert.Equal((code, 400), ((int)answer["code"]!, (int)answer["status"]!));
        Assert.Empty(await twilio.LedgerAsync());
    }

    [Fact]
    public async Task Sixteen_hundred_letters_are_the_most()
    {
        await using var twilio = await Business.StartAsync();
        await twilio.SendAsync(201, ("To", Ana), ("From", Sms), ("Body", new('a', 1600)));
        Assert.Equal(21617, (int)(await twilio.SendAsync(400, ("To", Ana), ("From", Sms), ("Body", new('a', 1601))))["code"]!);
    }

    [Fact]
    public async Task Who_has_no_access_or_the_bad_one_is_refused()
    {
        await using var twilio = await Business.StartAsync();
        foreach (var access in new[] { null, "AC1:bad", ":", "nonsense" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Messages);
            if (access is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(access)));
            Assert.Equal(20003, (int)(await (await twilio.Controls.SendAsync(request)).JsonAsync(401))["code"]!);
        }
    }

    [Fact]
    public async Task A_customers_message_comes_signed_and_is_in_the_list_page_by_page_the_newest_first()
    {
        await using var twilio = await Business.StartAsync();
        for (var i = 0; i < 5; i++) await twilio.SayAsync(new { provider = "twilio", to = WhatsApp, from = "5511987654321", name = "Ana", text = $"Olá {i}" });
        var heard = await twilio.HearsAsync();
        Assert.Equal(("whatsapp:+5511987654321", WhatsApp, "Ana", "5511987654321", "Olá 0", "received"), (heard["From"], heard["To"], heard["ProfileName"], heard["WaId"], heard["Body"], heard["SmsStatus"]));
        var seen = new List<string>();
        var next = $"{Messages}?To={Uri.EscapeDataString(WhatsApp)}&PageSize=2";
        while (next is not null)
        {
            var page = await twilio.GetAsync(next);
            seen.AddRange(page["messages"]!.AsArray().Select(message => (string)message!["body"]!));
            next = page["next_page_uri"] is { } uri ? "/twilio" + (string)uri! : null;
        }
        Assert.Equal(["Olá 4", "Olá 3", "Olá 2", "Olá 1", "Olá 0"], seen);
        var today = DateTime.UnixEpoch.Add(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).ToString("yyyy-MM-dd");
        Assert.Equal(5, (await twilio.GetAsync($"{Messages}?DateSent%3E={today}"))["messages"]!.AsArray().Count);
        Assert.Empty((await twilio.GetAsync($"{Messages}?DateSent%3C=2020-01-01"))["messages"]!.AsArray());
    }

    [Fact]
    public async Task A_failed_webhook_is_not_repeated_unless_the_address_says_so()
    {
        await using var twilio = await Business.StartAsync();
        twilio.Answer = 500;
        Assert.Equal(500, (int)(await twilio.SayAsync(new { provider = "twilio", to = Sms, from = Ana, text = "once" }))["status"]!);
        Assert.Equal(1, twilio.Calls);
        await twilio.ConnectAsync(Sms, twilio.Url + "#rc=2&rp=all");
        await twilio.SayAsync(new { provider = "twilio", to = Sms, from = Ana, text = "again and again" });
        await twilio.CalledAsync(4);
    }

    [Fact]
    public async Task A_file_is_given_with_access_by_way_of_another_host_without_it()
    {
        await using var twilio = await Business.StartAsync();
        await twilio.SayAsync(new { provider = "twilio", to = WhatsApp, from = Ana, text = "look", media = new { base64 = Convert.ToBase64String([1, 2, 3]), mime_type = "image/png" } });
        var heard = await twilio.HearsAsync();
        Assert.Equal(("1", "image/png"), (heard["NumMedia"], heard["MediaContentType0"]));
        using var plain = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        Assert.Equal(401, (int)(await plain.GetAsync(heard["MediaUrl0"])).StatusCode);
        var redirect = await twilio.Rest.GetAsync(heard["MediaUrl0"]);
        Assert.Equal(307, (int)redirect.StatusCode);
        Assert.NotEqual(new Uri(heard["MediaUrl0"]).Authority, redirect.Headers.Location!.Authority);
        Assert.Equal([1, 2, 3], await plain.GetByteArrayAsync(redirect.Headers.Location));
        Assert.Equal("image/png", (string)(await twilio.GetAsync($"/twilio/2010-04-01/Accounts/AC1/Messages/{heard["MessageSid"]}/Media.json"))["media_list"]![0]!["content_type"]!);
    }

    [Fact]
    public async Task Who_said_stop_cannot_be_written_to_until_start()
    {
        await using var twilio = await Business.StartAsync();
        await twilio.SayAsync(new { provider = "twilio", to = Sms, from = Ana, text = " stop " });
        Assert.Equal(21610, (int)(await twilio.SendAsync(400, ("To", Ana), ("From", Sms), ("Body", "x")))["code"]!);
        await twilio.SendAsync(201, ("To", Ana.Replace("123", "124")), ("From", Sms), ("Body", "x"));
        await twilio.SayAsync(new { provider = "twilio", to = Sms, from = Ana, text = "START" });
        await twilio.SendAsync(201, ("To", Ana), ("From", Sms), ("Body", "x"));
    }

    [Fact]
    public async Task Free_text_after_a_day_ends_with_63016_and_a_template_does_not()
    {
        await using var twilio = await Business.StartAsync();
        await twilio.SayAsync(new { provider = "twilio", to = WhatsApp, from = Ana, text = "hello" });
        await twilio.HearsAsync();
        twilio.Clock.PutForward(TimeSpan.FromHours(25));
        await twilio.SendAsync(201, ("To", "whatsapp:" + Ana), ("From", WhatsApp), ("Body", "late"), ("StatusCallback", twilio.Url));
        var status = await twilio.HearsAsync();
        Assert.Equal(("undelivered", "63016"), (status["MessageStatus"], status["ErrorCode"]));
        await twilio.SendAsync(201, ("To", "whatsapp:" + Ana), ("From", WhatsApp), ("ContentSid", "HX00000000000000000000000000000001"), ("ContentVariables", """{"1":"Ana","2":"42"}"""), ("StatusCallback", twilio.Url));
        Assert.Equal("sent", (await twilio.HearsAsync())["MessageStatus"]);
        Assert.Equal("Hello Ana, your order 42 is on its way.", (string)(await twilio.LedgerAsync())[1]!["text"]!);
    }

    [Fact]
    public async Task A_lost_answer_is_in_the_list_and_a_dropped_call_is_not()
    {
        await using var twilio = await Business.StartAsync();
        await twilio.PostAsync("/faults", new { provider = "twilio", lose_answer_next = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => twilio.SendAsync(201, ("To", Ana), ("From", Sms), ("Body", "lost")));
        await twilio.PostAsync("/faults", new { provider = "twilio", drop_before_next = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(() => twilio.SendAsync(201, ("To", Ana), ("From", Sms), ("Body", "dropped")));
        Assert.Equal("lost", (string)Assert.Single((await twilio.GetAsync($"{Messages}?From={Uri.EscapeDataString(Sms)}"))["messages"]!.AsArray())!["body"]!);
    }

    [Fact]
    public async Task Faults_refuse_as_they_are_told()
    {
        await using var twilio = await Business.StartAsync();
        await twilio.PostAsync("/faults", new { provider = "twilio", fail_next = 1, status = 429, code = 20429 });
        Assert.Equal(20429, (int)(await twilio.SendAsync(429, ("To", Ana), ("From", Sms), ("Body", "x")))["code"]!);
        await twilio.PostAsync("/faults", new { provider = "twilio", rate_limit_per_second = 1 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => twilio.Rest.PostAsync(Messages, Form(("To", Ana), ("From", Sms), ("Body", "x")))));
        Assert.Contains(answers, answer => (int)answer.StatusCode == 429);
        await twilio.PostAsync("/faults", new { provider = "twilio", reject_recipients = new Dictionary<string, int> { [Ana] = 30007 }, rate_limit_per_second = 0 });
        Assert.Equal(30007, (int)(await twilio.SendAsync(400, ("To", Ana), ("From", Sms), ("Body", "x")))["code"]!);
        await twilio.PostAsync("/faults", new { provider = "twilio", nonsense = 1 }, 400);
    }

    [Fact]
    public async Task The_phone_shows_both_channels_and_what_the_business_writes()
    {
        await using var twilio = await Business.StartAsync();
        var numbers = (await twilio.Controls.GetJsonAsync("/phone/numbers"))["items"]!.AsArray();
        Assert.Equal(["sms", "whatsapp"], numbers.Select(number => (string)number!["channel"]!).Order());
        await twilio.PostAsync("/phone/messages", new { number = Sms, me = Ana, text = "from my phone" });
        await twilio.SendAsync(201, ("To", Ana), ("From", Sms), ("Body", "to your phone"), ("StatusCallback", twilio.Url));
        while ((await twilio.HearsAsync()).GetValueOrDefault("MessageStatus") != "delivered") { }
        var chat = await twilio.Controls.GetJsonAsync($"/phone/chat?number={Uri.EscapeDataString(Sms)}&me={Ana[1..]}");
        Assert.Equal(["from my phone", "to your phone"], chat["messages"]!.AsArray().Select(message => (string)message!["content"]!["body"]!));
        await twilio.PostAsync("/phone/messages", new { number = Sms, me = Ana, type = "location", location = new { latitude = 1, longitude = 2 } }, 400);
    }

    static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    /// <summary>The emulators with an SMS and a WhatsApp number, connected to an address that checks each signature.</summary>
    sealed class Business : IAsyncDisposable
    {
        readonly WebApplication _emulators, _app;
        readonly Channel<Dictionary<string, string>> _heard = Channel.CreateUnbounded<Dictionary<string, string>>();
        int _calls;

        Business(WebApplication emulators, WebApplication app, TestClock clock)
        {
            (_emulators, _app, Clock) = (emulators, app, clock);
            Controls = new HttpClient { BaseAddress = new(emulators.Urls.First()) };
            Rest = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Controls.BaseAddress };
            Rest.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"AC1:{AuthToken}")));
        }

        public HttpClient Controls { get; }
        public HttpClient Rest { get; }
        public TestClock Clock { get; }
        public int Answer { get; set; } = 200;
        public int Calls => _calls;
        public string Url => _app.Urls.First() + "/hook";

        public static async Task<Business> StartAsync()
        {
            var clock = new TestClock();
            var emulators = EmulatorApp.Build(["http://127.0.0.1:0"], clock);
            await emulators.StartAsync();
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            Business? business = null;
            app.MapPost("/hook", (HttpRequest request) => business!.HearAsync(request));
            await app.StartAsync();
            business = new(emulators, app, clock);
            await business.ConnectAsync(Sms, business.Url);
            await business.ConnectAsync(WhatsApp, business.Url);
            return business;
        }

        public Task ConnectAsync(string number, string url) => PostAsync("/connect", new { provider = "twilio", external_id = number, webhook_url = url, secret = AuthToken });

        public async Task<JsonNode> PostAsync(string path, object body, int status = 200) => await (await Controls.PostAsJsonAsync(path, body)).JsonAsync(status);

        public Task<JsonNode> SayAsync(object said) => PostAsync("/say", said);

        public async Task<JsonNode> SendAsync(int status, params (string Name, string Value)[] fields) => await (await Rest.PostAsync(Messages, Form(fields))).JsonAsync(status);

        public async Task<JsonNode> GetAsync(string path) => await (await Rest.GetAsync(path)).JsonAsync();

        public async Task<JsonArray> LedgerAsync() => (await Controls.GetJsonAsync("/ledger/twilio"))["items"]!.AsArray();

        public async Task<Dictionary<string, string>> HearsAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            return await _heard.Reader.ReadAsync(patience.Token);
        }

        public async Task CalledAsync(int times)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (_calls < times) await Task.Delay(10, patience.Token);
        }

        async Task<IResult> HearAsync(HttpRequest request)
        {
            Interlocked.Increment(ref _calls);
            var form = await request.ReadFormAsync();
            var signed = Url + request.QueryString + string.Concat(form.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => field.Key + field.Value));
#pragma warning disable CA5350 // SHA-1 is Twilio's choice.
            Assert.Equal(Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(AuthToken), Encoding.UTF8.GetBytes(signed))), request.Headers["X-Twilio-Signature"].ToString());
#pragma warning restore CA5350
            if (Answer == 200) _heard.Writer.TryWrite(form.ToDictionary(field => field.Key, field => field.Value.ToString()));
            return Results.StatusCode(Answer);
        }

        public async ValueTask DisposeAsync()
        {
            await _emulators.StopAsync();
            await _emulators.DisposeAsync();
            await _app.StopAsync();
            await _app.DisposeAsync();
            Controls.Dispose();
            Rest.Dispose();
        }
    }
}
