using System.Text;
using Parley.Channels.Adapters.Twilio;
using Xunit;

namespace Parley.Channels.Tests.Twilio;

/// <summary>Vectors that Twilio's own libraries computed, so that our own hashing is not its own judge.</summary>
public sealed class TwilioSignatureTests
{
    const string Inbound = "https://hooks.example.com/twilio/inbound?tenant=acme&ch=wa";
    const string Form = "SmsMessageSid=SM00000000000000000000000000000001&NumMedia=0&ProfileName=Jos%C3%A9+%C3%91and%C3%BA&MessageType=text&SmsSid=SM00000000000000000000000000000001&WaId=5511987654321&SmsStatus=received&Body=Ol%C3%A1+%2B+obrigado+%F0%9F%91%8D+50%25+off+%26+more%3Dyes&To=whatsapp%3A%2B14155238886&ButtonText=&NumSegments=1&ReferralNumMedia=0&MessageSid=SM00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000002&From=whatsapp%3A%2B5511987654321&ApiVersion=2010-04-01";
    const string WithoutPort = "JZKdZPqd3+KgKiomIupVsF4EN0o=", WithPort = "DVBg7sby9BiLgcOrcKTIXiSiN2E=";

    static bool Matches(string? signature, string address, string body, string? contentType = "application/x-www-form-urlencoded", string token = Accounts.Token) =>
        TwilioSignature.Matches(signature, [token], address, contentType, Encoding.UTF8.GetBytes(body));

    [Theory]
    [InlineData(Inbound, WithoutPort)]
    [InlineData(Inbound, WithPort)]
    [InlineData("https://hooks.example.com:443/twilio/inbound?tenant=acme&ch=wa", WithPort)]
    [InlineData("https://hooks.example.com:443/twilio/inbound?tenant=acme&ch=wa", WithoutPort)]
    [InlineData(Inbound + "#rc=2&rp=all", WithoutPort)]
    public void A_form_is_believed_with_and_without_the_default_port(string address, string signature) => Assert.True(Matches(signature, address, Form));

    [Theory]
    [InlineData("https://hooks.example.com/twilio/inbound?tenant=acme")]
    [InlineData("https://hooks.example.com/twilio/inbound?ch=wa&tenant=acme")]
    [InlineData("http://hooks.example.com/twilio/inbound?tenant=acme&ch=wa")]
    [InlineData("https://hooks.example.com/twilio/inbound/?tenant=acme&ch=wa")]
    [InlineData("https://hooks.example.org/twilio/inbound?tenant=acme&ch=wa")]
    [InlineData("")]
    public void Another_address_is_not_believed(string address) => Assert.False(Matches(WithoutPort, address, Form));

    [Fact]
    public void Every_field_counts_known_or_not()
    {
        Assert.False(Matches(WithoutPort, Inbound, Form + "&New=1"));
        Assert.False(Matches(WithoutPort, Inbound, Form.Replace("NumMedia=0", "NumMedia=1")));
        Assert.False(Matches(WithoutPort, Inbound, Form.Replace("&ButtonText=", "&Buttontext=")));
        Assert.False(Matches(WithoutPort, Inbound, ""));
        // Their order on the wire does not.
        Assert.True(Matches(WithoutPort, Inbound, string.Join('&', Form.Split('&').Reverse())));
    }

    [Fact]
    public void A_status_is_believed() => Assert.True(Matches("o/Z95zhBxuHMjdPDx6mk7jDFWc0=", "https://hooks.example.com/twilio/status/9f1c",
        "ErrorCode=63016&ChannelPrefix=whatsapp&MessageStatus=undelivered&MessageSid=SM00000000000000000000000000000003&SmsSid=SM00000000000000000000000000000003&SmsStatus=undelivered&To=whatsapp%3A%2B5511987654321&From=whatsapp%3A%2B14155238886&AccountSid=AC00000000000000000000000000000002&ApiVersion=2010-04-01"));

    [Fact]
    public void Json_is_believed_by_the_hash_in_its_address()
    {
        const string address = "https://hooks.example.com/twilio/events?bodySHA256=8fa75398eb6fabb74c50f59c226f29b9fd74e0015f1ab0004dba719d7aac9e86", body = """{"type":"com.example.event","data":{"text":"Olá","n":1}}""";
        Assert.True(Matches("dGr9W71A3IteI/bAhW35wyrRoDs=", address, body, "application/json"));
        Assert.False(Matches("dGr9W71A3IteI/bAhW35wyrRoDs=", address, body + " ", "application/json"));
    }

    [Theory]
    [InlineData("OOIrU1vLZOf8kqzSXrCVin6Jmec=")]
    [InlineData("MYJvvRNXHRDaBf4FXKJCV6BjJNA=")]
    public void Names_that_come_twice_are_read_in_both_ways_of_twilios_libraries(string signature) =>
        Assert.True(Matches(signature, "https://hooks.example.com/d", "Dup=b&Dup=a&Dup=a&To=%2B15005550006"));

    [Fact]
    public void A_call_without_a_body_is_believed_by_its_address() => Assert.True(Matches("f+g8JjOacZE0a6LnaeJUE2KPnrY=",
        "https://hooks.example.com/twilio/inbound?Body=Hi%20there&From=%2B15005550006&MessageSid=SM00000000000000000000000000000004", "", null));

    [Fact]
    public void The_published_vector_matches() => Assert.Equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=", TwilioSignature.Of("12345", "https://mycompany.com/myapp.php?foo=1&bar=2",
        [new("CallSid", "CA1234567890ABCDE"), new("Caller", "+14158675309"), new("Digits", "1234"), new("From", "+14158675309"), new("To", "+18005551212")]));

    [Fact]
    public void Both_tokens_are_believed_while_one_replaces_the_other_and_an_empty_one_never()
    {
        Assert.True(TwilioSignature.Matches(WithoutPort, ["the-new-one", Accounts.Token], Inbound, null, Encoding.UTF8.GetBytes(Form)));
        Assert.False(TwilioSignature.Matches(TwilioSignature.Of("", Inbound, Accounts.Fields(Encoding.UTF8.GetBytes(Form))), ["", "the-new-one"], Inbound, null, Encoding.UTF8.GetBytes(Form)));
    }

    [Theory]
    [InlineData("https://[::1]/a", "https://[::1]:443/a")]
    [InlineData("http://127.0.0.1:8000/a?b=http://c:80", "http://127.0.0.1/a?b=http://c:80")]
    public void The_port_is_found_where_it_stands(string address, string signedFor) =>
        Assert.True(TwilioSignature.Matches(TwilioSignature.Of(Accounts.Token, signedFor, []), [Accounts.Token], address, null, default));
}
