using Parley.Channels.Adapters.Unipile;
using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Unipile;

public sealed class UnipileContract : ChannelContract<UnipileChannel>
{
    protected override ChannelAccount Account => Accounts.Instagram;

    protected override OutboundMessage Message => Accounts.Text();

    protected override UnipileChannel Create(HttpMessageInvoker http) => new(http, TimeProvider.System);

    protected override WebhookRequest Sign(byte[] body, ChannelAccount account) => new(
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            [UnipileSecret.Header] = account.Credentials.GetValueOrDefault("webhook_secret", ""),
        },
        body);
}
