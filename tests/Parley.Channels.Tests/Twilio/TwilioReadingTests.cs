using System.Text;
using Parley.Channels.Adapters.Twilio;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Twilio;

/// <summary>Webhooks, the list of messages, files, and the test of an account.</summary>
public sealed class TwilioReadingTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_status_brings_our_reference_back_in_its_address()
    {
        var body = Recorded.Webhook("twilio", "status-sent");
        IReadWebhooks channel = Channel(ProviderStub.Answering(500, ""));
        var step = Assert.IsType<StatusChanged>(Assert.Single(channel.Read(Accounts.Sign(body, Accounts.WhatsApp, Accounts.Address + "?reference=0197a0000000000000000000000000aa.1")).Events));
        Assert.Equal(("sent", "0197a0000000000000000000000000aa.1"), (step.Status, step.Reference));
        // One that only says "queued" tells that a send whose answer was lost has arrived.
        Assert.Equal("sent", Assert.IsType<StatusChanged>(Assert.Single(channel.Read(Accounts.Sign(Recorded.Webhook("twilio", "status-queued"), Accounts.WhatsApp, Accounts.Address + "?reference=0197a0000000000000000000000000aa.1")).Events)).Status);
    }

    [Fact]
    public void Forty_files_are_forty_files()
    {
        var form = "MessageSid=MM1&AccountSid=AC1&SmsStatus=received&From=%2B15551230000&To=%2B15557650000&NumMedia=40&" + string.Join('&', Enumerable.Range(0, 40).Select(n => $"MediaUrl{n}=https%3A%2F%2Fapi.twilio.com%2F{n}&MediaContentType{n}=image%2Fpng"));
        var message = Assert.IsType<MessageReceived>(Assert.Single(Channel(ProviderStub.Answering(500, "")).Read(Encoding.UTF8.GetBytes(form)).Events));
        Assert.Equal(40, message.Attachments.Count);
        Assert.Empty(Assert.IsType<MessageReceived>(Assert.Single(Channel(ProviderStub.Answering(500, "")).Read(Encoding.UTF8.GetBytes("MessageSid=MM1&AccountSid=AC1&SmsStatus=received&From=%2B15551230000&To=%2B15557650000&NumMedia=2000000000")).Events)).Attachments);
    }

    [Theory]
    [InlineData("%2B15551230000", "", "CANCEL", true)]
    [InlineData("%2B15551230000", "", "yes", false)]
    [InlineData("whatsapp%3A%2B15551230000", "", "CANCEL", null)]
    [InlineData("whatsapp%3A%2B15551230000", "", "yes", null)]
    [InlineData("whatsapp%3A%2B15551230000", "", "stop", true)]
    [InlineData("whatsapp%3A%2B15551230000", "STOP", "cancel", true)]
    public void Words_stop_and_start_messages_where_the_provider_acts_on_them(string from, string type, string body, bool? optedOut)
    {
        var form = $"MessageSid=SM1&AccountSid=AC1&SmsStatus=received&From={from}&To=%2B15557650000&NumMedia=0&Body={body}&OptOutType={type}";
        Assert.Equal(optedOut, Channel(ProviderStub.Answering(500, "")).Read(Encoding.UTF8.GetBytes(form)).Events.OfType<ConsentChanged>().SingleOrDefault()?.OptedOut);
    }

    [Theory]
    [InlineData("whatsapp", "whatsapp:+14155238886", "whatsapp:+14155238886")]
    [InlineData("whatsapp", "+1 (415) 523-8886", "whatsapp:+14155238886")]
    [InlineData("sms", "0014155238886", "+14155238886")]
    [InlineData("sms", "12345", "12345")]
    [InlineData("sms", "Aurora", "Aurora")]
    [InlineData("sms", "whatsapp:+14155238886", null)]
    [InlineData("whatsapp", "12", null)]
    [InlineData("whatsapp", "Aurora", null)]
    [InlineData("sms", "", null)]
    public void Our_own_number_is_written_as_twilio_writes_it(string channel, string given, string? written) => Assert.Equal(written, Channel(ProviderStub.Answering(500, "")).AccountId(channel, given));

    [Fact]
    public async Task The_list_is_asked_for_one_number_and_some_days_and_followed_to_the_next_page()
    {
        var stub = ProviderStub.Answering(200, $$"""{"messages":[{{Record("SM2", "Thu, 24 Aug 2023 05:01:45 +0000")}},{"sid":"broken"}],"next_page_uri":"/2010-04-01/Accounts/AC1/Messages.json?PageSize=2&Page=1&PageToken=PASM1"}""");
        var page = await Channel(stub).ListLogAsync(Accounts.WhatsApp, new(Inbound: true, new(2023, 8, 24, 1, 0, 0, TimeSpan.Zero), Limit: 2), Token);
        Assert.Equal("/2010-04-01/Accounts/AC00000000000000000000000000000002/Messages.json?PageSize=2&To=whatsapp%3A%2B14155238886&DateSent%3E=2023-08-23", stub.Requests[0].Request.RequestUri!.PathAndQuery);
        Assert.Equal(("SM2", "+5511987654321", 1, "PageSize=2&Page=1&PageToken=PASM1"), (page.Items[0].ExternalId, page.Items[0].With, page.Unreadable, page.Cursor));
        await Channel(stub).ListLogAsync(Accounts.WhatsApp, new(Inbound: true, Cursor: page.Cursor), Token);
        Assert.EndsWith("?PageSize=2&Page=1&PageToken=PASM1", stub.Requests[1].Request.RequestUri!.PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_older_from_top_to_bottom_is_the_last_one()
    {
        var stub = ProviderStub.Answering(200, $$"""{"messages":[{{Record("SM2", "Thu, 24 Aug 2023 05:01:45 +0000")}}],"next_page_uri":"/x?Page=1"}""");
        Assert.Null((await Channel(stub).ListLogAsync(Accounts.WhatsApp, new(Inbound: true, new(2023, 8, 25, 0, 0, 0, TimeSpan.Zero)), Token)).Cursor);
    }

    [Fact]
    public async Task A_file_is_fetched_with_the_access_and_its_store_without_it()
    {
        var seen = new List<string>();
        var stub = new ProviderStub((request, _) =>
        {
            seen.Add($"{request.RequestUri!.Host} {request.Headers.Authorization?.Scheme}");
            var answer = request.RequestUri.Host == "api.twilio.com" ? new HttpResponseMessage(System.Net.HttpStatusCode.TemporaryRedirect) { Headers = { Location = new("https://media.twiliocdn.com/file") } } : new() { Content = new ByteArrayContent([1, 2, 3]) };
            return Task.FromResult(answer);
        });
        using var into = new MemoryStream();
        Assert.Null((await Channel(stub).FetchAsync(File("https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME"), Accounts.WhatsApp, into, Token)).Failure);
        Assert.Equal(["api.twilio.com Basic", "media.twiliocdn.com "], seen);
        Assert.Equal([1, 2, 3], into.ToArray());
    }

    [Theory]
    [InlineData("https://evil.example.com/file")]
    [InlineData("http://api.twilio.com/file")]
    [InlineData("https://api.twilio.com.evil.example.com/file")]
    [InlineData("file:///etc/passwd")]
    public async Task A_file_that_is_not_at_twilios_is_not_fetched(string url)
    {
        var stub = ProviderStub.Answering(200, "bytes");
        Assert.True((await Channel(stub).FetchAsync(File(url), Accounts.WhatsApp, Stream.Null, Token)).Failure!.IsFinal);
        Assert.Empty(stub.Requests);
    }

    [Theory]
    [InlineData(200, """{"messages":[]}""", true, null)]
    [InlineData(401, """{"code":20003,"message":"Authenticate","status":401}""", false, "credentials.auth_token")]
    [InlineData(404, """{"code":20404,"message":"not found","status":404}""", false, "config.account_sid")]
    [InlineData(200, "<html>", false, "config.base_url")]
    [InlineData(200, "{}", false, "config.base_url")]
    [InlineData(500, """{"code":20500,"message":"Internal","status":500}""", false, null)]
    public async Task The_test_of_an_account_marks_the_field_that_is_wrong(int status, string body, bool works, string? field)
    {
        var test = await Channel(ProviderStub.Answering(status, body)).TestAsync(Accounts.WhatsApp, Token);
        Assert.Equal((works, field), (test.Works, test.Field));
    }

    [Fact]
    public async Task Templates_are_read_with_whatsapps_judgement()
    {
        var list = await Channel(ProviderStub.Answering(200, """{"contents":[{"sid":"HX1","friendly_name":"order","language":"en","types":{"twilio/text":{"body":"Hello {{1}}"}},"approval_requests":{"status":"approved","category":"UTILITY"}},{"sid":"HX2","friendly_name":"sale","language":"en","types":{},"approval_requests":{"status":"received"}}],"meta":{"next_page_url":null}}""")).ListTemplatesAsync(Accounts.WhatsApp, Token);
        Assert.Equal([("HX1", "approved", "Hello {{1}}"), ("HX2", "pending", "")], list.Templates!.Select(one => (one.Id, one.Status, one.Content.Body)));
        Assert.Empty((await Channel(ProviderStub.Answering(500, "")).ListTemplatesAsync(Accounts.Sms, Token)).Templates!);
    }

    [Theory]
    [InlineData("+5511987654321", "+551187654321")]
    [InlineData("+551187654321", "+5511987654321")]
    [InlineData("+5215512345678", "+525512345678")]
    [InlineData("+525512345678", "+5215512345678")]
    [InlineData("+5491123456789", "+541123456789")]
    [InlineData("+541123456789", "+5491123456789")]
    [InlineData("+551132654321", null)]
    [InlineData("+15551230000", null)]
    [InlineData("US.13491208655302741918", null)]
    public void A_number_is_known_by_its_other_writing(string handle, string? variant) => Assert.Equal(variant is null ? [] : [variant], PhoneNumbers.Variants(handle));

    [Theory]
    [InlineData("+55 (11) 98765-4321", "+5511987654321")]
    [InlineData("005511987654321", "+5511987654321")]
    [InlineData("+0511987654321", null)]
    [InlineData("+55119876543211234", null)]
    [InlineData("hello", null)]
    [InlineData("", null)]
    [InlineData("+551198765432\n", "+551198765432")]
    public void A_number_is_written_with_its_country_or_it_is_none(string given, string? number) => Assert.Equal(number, PhoneNumbers.Normalise(given));

    static TwilioChannel Channel(HttpMessageHandler handler) => new(new(handler), TimeProvider.System);

    static AttachmentReference File(string url) => new("image", null, url, "image/png", null, null, null);

    static string Record(string sid, string at) =>
        $$"""{"sid":"{{sid}}","from":"whatsapp:+5511987654321","to":"whatsapp:+14155238886","body":"hi","direction":"inbound","status":"received","num_media":"0","date_created":"{{at}}"}""";
}
