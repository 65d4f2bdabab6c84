using System.Globalization;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>What a person fills in to connect a number at Twilio. Token and account are those of the whole account: its numbers share them.</summary>
public sealed record TwilioSettings
{
    const string Twilio = "https://api.twilio.com";
    const string TwilioContent = "https://content.twilio.com";

    // Twilio's own limit for a WhatsApp sender; what goes faster waits there for up to four hours.
    const int WhatsAppPerSecond = 80;

    // Long codes carry 1 to 10 a second, by country and registration; Twilio queues what comes faster.
    const int SmsPerSecond = 10;

    [Setting("account_sid", Label = "Account SID", Required = true, Help = "From the first page of Twilio's console; it begins with AC.")]
    public required string AccountSid { get; init; }

    [Setting("auth_token", Label = "Auth token", Required = true, Secret = true,
        Help = "The primary one, from the first page of Twilio's console. Twilio signs webhooks with it.")]
    public required string AuthToken { get; init; }

    [Setting("previous_auth_token", Label = "Previous auth token", Secret = true,
        Help = "Webhooks signed with it are still believed, while Twilio changes from one token to the next.")]
    public required string PreviousAuthToken { get; init; }

    [Setting("messaging_service_sid", Label = "Messaging service SID", Help = "Leave empty unless the number belongs to a messaging service (MG…).")]
    public string? MessagingServiceSid { get; init; }

    [Setting("base_url", Label = "API address", IsUrl = true, Help = "Leave empty for Twilio itself.")]
    public required string BaseUrl { get; init; }

    [Setting("rate_limit_per_second", Label = "Messages per second", IsNumber = true, Help = "Leave empty for 80 on WhatsApp and 10 by SMS.")]
    public string? RateLimitPerSecond { get; init; }

    internal bool IsTwilioItself => BaseUrl == Twilio;

    /// <summary>Templates are another of Twilio's addresses; whoever stands in for Twilio has one for all.</summary>
    internal string ContentUrl => IsTwilioItself ? TwilioContent : BaseUrl;

    public int PerSecond(string channel) =>
        int.TryParse(RateLimitPerSecond, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0 ? given
        : channel == "whatsapp" ? WhatsAppPerSecond : SmsPerSecond;

    /// <summary>The settings are secrets: leave them out of anything that prints records.</summary>
    public override string ToString() => nameof(TwilioSettings);

    public static TwilioSettings Of(ChannelAccount account) => new()
    {
        AccountSid = Given(account.Config, "account_sid") ?? "",
        AuthToken = Given(account.Credentials, "auth_token") ?? "",
        PreviousAuthToken = Given(account.Credentials, "previous_auth_token") ?? "",
        MessagingServiceSid = Given(account.Config, "messaging_service_sid"),
        BaseUrl = (Given(account.Config, "base_url") ?? Twilio).TrimEnd('/'),
        RateLimitPerSecond = Given(account.Config, "rate_limit_per_second"),
    };

    static string? Given(IReadOnlyDictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
