using System.Text;
using Parley.Channels.Adapters.Twilio;
using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Twilio;

static class Accounts
{
    public const string Token = "0123456789abcdef0123456789abcdef", Sid = "AC00000000000000000000000000000002";
    public const string Address = "https://hooks.example.com/webhooks/twilio/0197a000";

    public static ChannelAccount WhatsApp { get; } = Account("whatsapp", "whatsapp:+14155238886");
    public static ChannelAccount Sms { get; } = Account("sms", "+15557650000");

    public static ChannelAccount Account(string channel, string number, params (string Name, string Value)[] config) => new(
        channel, number,
        new Dictionary<string, string> { ["account_sid"] = Sid }.Concat(config.Select(one => KeyValuePair.Create(one.Name, one.Value))).ToDictionary(one => one.Key, one => one.Value),
        new Dictionary<string, string> { ["auth_token"] = Token });

    public static OutboundMessage Text(string to = "+5511987654321", string content = "Hello") =>
        new("0197a0000000000000000000000000aa.1", to, false, "text", content, null) { ReportTo = Address };

    public static WebhookRequest Sign(byte[] body, ChannelAccount account, string address = Address) => new(
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            [TwilioSignature.Header] = TwilioSignature.Of(account.Credentials.GetValueOrDefault("auth_token", ""), address, Fields(body)),
        },
        body)
    { Address = address };

    public static IReadOnlyList<KeyValuePair<string, string>> Fields(byte[] body) =>
        [.. Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(System.Net.WebUtility.UrlDecode(pair[0]), System.Net.WebUtility.UrlDecode(pair.ElementAtOrDefault(1) ?? "")))];
}
