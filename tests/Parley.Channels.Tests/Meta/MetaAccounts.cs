using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Meta;

static class MetaAccounts
{
    public const string Token = "EAAGm0PX4ZCpsBAKZCtokenOfTheAccount0123456789";
    public const string Secret = "meta_app_secret_0123456789abcdef";

    public static ChannelAccount Ana { get; } = Account();

    public static ChannelAccount Account(params (string Name, string Value)[] config) => new(
        "whatsapp",
        "106540352242922",
        new Dictionary<string, string> { ["waba_id"] = "102290129340398", ["verify_token"] = "open sesame" }
            .Concat(config.Select(one => KeyValuePair.Create(one.Name, one.Value))).ToDictionary(one => one.Key, one => one.Value),
        new Dictionary<string, string> { ["access_token"] = Token, ["app_secret"] = Secret });

    public static OutboundMessage Text(string to = "+5511987654321", string content = "Hello", string? replyTo = null) =>
        new("0197a0000000000000000000000000aa.1", to, false, "text", content, replyTo);
}
