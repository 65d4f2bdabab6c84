using System.Globalization;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>What a person fills in to connect a WhatsApp number. Each setting has a default, so that an account
/// which lacks one still reads webhooks.</summary>
public sealed record MetaSettings
{
    const string GraphUrl = "https://graph.facebook.com";
    const string Version = "v23.0";
    const int MessagesPerSecond = 80;   // Meta's own limit per number; numbers shared with the phone app have 20

    [Setting("access_token", Label = "Access token", Required = true, Secret = true,
        Help = "A system user's token with whatsapp_business_messaging, from Business settings → System users.")]
    public required string AccessToken { get; init; }

    [Setting("app_secret", Label = "App secret", Required = true, Secret = true,
        Help = "From your app's dashboard → App settings → Basic. It proves that webhooks come from Meta.")]
    public required string AppSecret { get; init; }

    [Setting("waba_id", Label = "WhatsApp Business account id", Help = "From WhatsApp Manager; needed for templates.")]
    public string? WabaId { get; init; }

    [Setting("verify_token", Label = "Verify token", AlsoCredential = true,
        Help = "Any words you choose; enter the same ones beside the callback URL in your app's webhook settings.")]
    public string? VerifyToken { get; init; }

    [Setting("base_url", Label = "Graph API address", IsUrl = true, Help = "Leave empty for Meta itself.")]
    public required string BaseUrl { get; init; }

    [Setting("api_version", Label = "Graph API version", Help = $"Leave empty for {Version}.")]
    public required string ApiVersion { get; init; }

    [Setting("rate_limit_per_second", Label = "Messages per second", IsNumber = true,
        Help = "Leave empty for 80; use 20 when the number is also used in the WhatsApp Business app.")]
    public string? RateLimitPerSecond { get; init; }

    public int PerSecond =>
        int.TryParse(RateLimitPerSecond, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0 ? given : MessagesPerSecond;

    internal bool IsGraphItself => BaseUrl == GraphUrl;

    /// <summary>The settings are secrets: leave them out of anything that prints records.</summary>
    public override string ToString() => nameof(MetaSettings);

    public static MetaSettings Of(ChannelAccount account) => new()
    {
        AccessToken = Given(account.Credentials, "access_token") ?? "",
        AppSecret = Given(account.Credentials, "app_secret") ?? "",
        WabaId = Given(account.Config, "waba_id"),
        VerifyToken = Given(account.Config, "verify_token") ?? Given(account.Credentials, "verify_token"),
        BaseUrl = (Given(account.Config, "base_url") ?? GraphUrl).TrimEnd('/'),
        ApiVersion = (Given(account.Config, "api_version") ?? Version).Trim('/'),
        RateLimitPerSecond = Given(account.Config, "rate_limit_per_second"),
    };

    static string? Given(IReadOnlyDictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
