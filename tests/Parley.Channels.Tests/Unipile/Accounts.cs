using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Unipile;

static class Accounts
{
    public const string Key = "dG9rZW4tb2YtdGhl.d29ya3NwYWNlLTAx";
    public const string Secret = "unipile_webhook_secret_0123456789";
    public const string Id = "Kp3sV9dLQ0mZ-b7XeRt2Ya";
    public const string Chat = "h2Ny_6QwSfKc-TzP0vLm4A";

    public static ChannelAccount Instagram { get; } = Account("instagram");

    public static Correspondent Bia { get; } = new("5551112223334", [], "Bia Prado");

    public static ChannelAccount Account(string channel, params (string Name, string Value)[] config) => new(
        channel,
        Id,
        new Dictionary<string, string> { ["dsn"] = "api7.unipile.example:13742" }
            .Concat(config.Select(one => KeyValuePair.Create(one.Name, one.Value))).GroupBy(one => one.Key).ToDictionary(one => one.Key, one => one.Last().Value),
        new Dictionary<string, string> { ["api_key"] = Key, ["webhook_secret"] = Secret });

    public static OutboundMessage Text(string to = "5551112223334", string content = "Hello", string? replyTo = null, string? thread = Chat) =>
        new("0197a0000000000000000000000000aa.1", to, false, "text", content, replyTo, ThreadId: thread);
}
