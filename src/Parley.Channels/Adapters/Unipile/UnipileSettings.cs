using System.Globalization;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>What a person fills in to connect an account at Unipile. Key and address belong to a workspace: all its accounts share them.</summary>
public sealed record UnipileSettings
{
    // Unipile has no quota; the networks behind it have, unpublished, and block accounts that write like machines.
    const int MessagesPerSecond = 2;

    [Setting("api_key", Label = "Access token", Required = true, Secret = true,
        Help = "From Unipile's dashboard → Access tokens. It needs read and write access to accounts, messaging and webhooks.")]
    public required string ApiKey { get; init; }

    [Setting(WebhookRegistration.SecretName, Label = "Webhook secret", Secret = true,
        Help = "Any long random word: Unipile sends it along with each webhook. Registering the webhook makes one.")]
    public required string WebhookSecret { get; init; }

    [Setting(WebhookRegistration.PreviousSecretName, Label = "Previous webhook secret", Secret = true,
        Help = "Accepted beside the other one while a new secret comes into use.")]
    public required string PreviousWebhookSecret { get; init; }

    [Setting("dsn", Label = "DSN", Required = true, Help = "The address in the upper right of Unipile's dashboard, e.g. api7.unipile.com:13742.")]
    public required string Dsn { get; init; }

    [Setting("base_url", Label = "API address", IsUrl = true, Help = "Leave empty: it follows from the DSN.")]
    public string? BaseUrl { get; init; }

    [Setting("rate_limit_per_second", Label = "Messages per second", IsNumber = true, Help = "Leave empty for 2. The networks dislike haste.")]
    public string? RateLimitPerSecond { get; init; }

    public int PerSecond =>
        int.TryParse(RateLimitPerSecond, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0 ? given : MessagesPerSecond;

    internal string AddressField => BaseUrl is null ? "config.dsn" : "config.base_url";

    /// <summary>The settings are secrets: leave them out of anything that prints records.</summary>
    public override string ToString() => nameof(UnipileSettings);

    public static UnipileSettings Of(ChannelAccount account) => new()
    {
        ApiKey = Given(account.Credentials, "api_key") ?? "",
        WebhookSecret = Given(account.Credentials, WebhookRegistration.SecretName) ?? "",
        PreviousWebhookSecret = Given(account.Credentials, WebhookRegistration.PreviousSecretName) ?? "",
        Dsn = Given(account.Config, "dsn") ?? "",
        BaseUrl = Given(account.Config, "base_url"),
        RateLimitPerSecond = Given(account.Config, "rate_limit_per_second"),
    };

    static string? Given(IReadOnlyDictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
