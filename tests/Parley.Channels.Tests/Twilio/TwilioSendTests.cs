using System.Text;
using System.Text.Json.Nodes;
using Parley.Channels.Adapters.Twilio;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Twilio;

public sealed class TwilioSendTests
{
    const string Taken = """{"sid":"SM00000000000000000000000000000001","status":"queued","num_media":"0","error_code":null,"error_message":null,"date_sent":null}""";

    [Fact]
    public async Task A_text_leaves_as_a_form_with_the_accounts_access_and_where_to_report()
    {
        var (result, request, form) = await SendAsync(Accounts.Text(content: "Olá + 50%"), Accounts.WhatsApp);
        Assert.Equal("SM00000000000000000000000000000001", result.ExternalId);
        Assert.Equal($"https://api.twilio.com/2010-04-01/Accounts/{Accounts.Sid}/Messages.json", request.RequestUri!.ToString());
        Assert.Equal($"{Accounts.Sid}:{Accounts.Token}", Encoding.UTF8.GetString(Convert.FromBase64String(request.Headers.Authorization!.Parameter!)));
        Assert.Equal(["Body=Olá + 50%", "To=whatsapp:+5511987654321", "From=whatsapp:+14155238886", $"StatusCallback={Accounts.Address}?reference=0197a0000000000000000000000000aa.1"], form);
    }

    [Fact]
    public async Task An_sms_has_plain_numbers() =>
        Assert.Contains("To=+15551230000", (await SendAsync(Accounts.Text("+15551230000"), Accounts.Sms)).Form);

    [Fact]
    public async Task A_file_is_named_by_its_address_and_a_caption_stands_beside_it()
    {
        var form = (await SendAsync(Accounts.Text(content: "our table") with { Type = "image", Media = new("image", "https://inbox.example.com/media/abc", "table.jpg") }, Accounts.WhatsApp)).Form;
        Assert.Equal(["MediaUrl=https://inbox.example.com/media/abc", "Body=our table"], form.Take(2));
    }

    [Fact]
    public async Task A_template_is_its_sid_and_its_variables_as_json()
    {
        var template = new FilledTemplate("order_shipped", "en", null, [], null, null, [new(null, "Ana"), new(null, "42")], [], "HX1");
        var form = (await SendAsync(Accounts.Text() with { Type = "template", Payload = Payloads.Write(template) }, Accounts.WhatsApp)).Form;
        Assert.Equal(["ContentSid=HX1", """ContentVariables={"1":"Ana","2":"42"}"""], form.Take(2));
    }

    [Fact]
    public async Task A_place_is_a_pin_on_whatsapp_and_words_by_sms()
    {
        var place = Accounts.Text() with { Type = "location", Content = null, Payload = new JsonObject { ["latitude"] = -23.5, ["longitude"] = -46.25, ["name"] = "Café" } };
        Assert.Contains("PersistentAction=geo:-23.5,-46.25|Café", (await SendAsync(place, Accounts.WhatsApp)).Form);
        Assert.Contains("Body=Café\nhttps://maps.google.com/?q=-23.5,-46.25", (await SendAsync(place, Accounts.Sms)).Form);
    }

    [Fact]
    public async Task Twilio_is_not_told_of_an_address_that_only_this_machine_reaches()
    {
        var message = Accounts.Text() with { ReportTo = "http://127.0.0.1:8000/webhooks/twilio/x" };
        Assert.DoesNotContain((await SendAsync(message, Accounts.WhatsApp)).Form, field => field.StartsWith("StatusCallback", StringComparison.Ordinal));
        Assert.Contains((await SendAsync(message, Accounts.Account("whatsapp", "whatsapp:+1415", ("base_url", "http://127.0.0.1:8100/twilio")))).Form, field => field.StartsWith("StatusCallback", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text", "", "content_invalid")]
    [InlineData("contacts", null, "unsupported")]
    [InlineData("interactive", "Which?", "unsupported")]
    [InlineData("image", null, "content_invalid")]
    public async Task What_twilio_cannot_carry_does_not_leave(string type, string? content, string code)
    {
        var stub = ProviderStub.Answering(201, Taken);
        var result = await new TwilioChannel(new(stub), TimeProvider.System).SendAsync(Accounts.Text() with { Type = type, Content = content }, Accounts.WhatsApp, TestContext.Current.CancellationToken);
        Assert.Equal(code, result.Failure!.Code);
        Assert.Empty(stub.Requests);
    }

    [Fact]
    public async Task Sixteen_hundred_letters_fit_and_one_more_does_not()
    {
        Assert.Null((await SendAsync(Accounts.Text(content: new('a', 1600)), Accounts.WhatsApp)).Result.Failure);
        var channel = new TwilioChannel(new(ProviderStub.Answering(201, Taken)), TimeProvider.System);
        Assert.Equal("content_invalid", channel.Check(Accounts.Text(content: new('a', 1601)))!.Code);
    }

    [Fact]
    public async Task A_connection_that_breaks_after_the_request_left_is_not_known_and_one_that_never_was_is_tried_again()
    {
        var broken = new TwilioChannel(new(new ProviderStub(async (request, token) =>
        {
            await request.Content!.ReadAsStringAsync(token);
            throw new HttpRequestException("cut");
        })), TimeProvider.System);
        Assert.Equal(Retry.OutcomeUnknown, (await broken.SendAsync(Accounts.Text(), Accounts.WhatsApp, TestContext.Current.CancellationToken)).Failure!.Retry);
        var closed = Accounts.Account("whatsapp", "whatsapp:+14155238886", ("base_url", RawServer.ClosedUrl()));
        Assert.Equal(Retry.Later, (await new TwilioChannel(ChannelHttp.Create(), TimeProvider.System).SendAsync(Accounts.Text(), closed, TestContext.Current.CancellationToken)).Failure!.Retry);
    }

    [Fact]
    public async Task A_person_who_said_stop_is_told_apart_from_one_who_cannot_be_reached()
    {
        Assert.True((await FailAsync(21610)).IsOptOut);
        Assert.True((await FailAsync(63014)).IsOptOut);
        Assert.False((await FailAsync(21211)).IsOptOut);
    }

    static async Task<SendFailure> FailAsync(int code) =>
        (await new TwilioChannel(new(ProviderStub.Answering(400, $$"""{"code":{{code}},"message":"no","status":400}""")), TimeProvider.System).SendAsync(Accounts.Text(), Accounts.WhatsApp, TestContext.Current.CancellationToken)).Failure!;

    static async Task<(SendResult Result, HttpRequestMessage Request, IReadOnlyList<string> Form)> SendAsync(OutboundMessage message, ChannelAccount account)
    {
        var stub = ProviderStub.Answering(201, Taken);
        var result = await new TwilioChannel(new(stub), TimeProvider.System).SendAsync(message, account, TestContext.Current.CancellationToken);
        return (result, stub.Requests[0].Request, [.. Accounts.Fields(Encoding.UTF8.GetBytes(stub.Requests[0].Body)).Select(field => $"{field.Key}={field.Value}")]);
    }
}
