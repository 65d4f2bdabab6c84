using System.Security.Cryptography;
using System.Text;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Unipile signs nothing. A header that we chose when registering the webhook comes with each delivery instead.</summary>
public static class UnipileSecret
{
    public const string Header = "Unipile-Auth";

    /// <summary>False without a secret: an empty one is one that everybody knows. The previous one counts too, because a delivery
    /// that began before a rotation is repeated with it.</summary>
    public static bool Matches(WebhookRequest request, ChannelAccount account)
    {
        if (request.Headers.GetValueOrDefault(Header) is not { Length: > 0 } given) return false;
        var settings = UnipileSettings.Of(account);
        return Same(given, settings.WebhookSecret) | Same(given, settings.PreviousWebhookSecret);
    }

    static bool Same(string given, string secret) =>
        secret.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(secret));
}
