using Parley.Channels.Adapters.Meta;
using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Meta;

public sealed class MetaContract : ChannelContract<MetaChannel>
{
    protected override ChannelAccount Account => MetaAccounts.Ana;

    protected override OutboundMessage Message => MetaAccounts.Text();

    protected override MetaChannel Create(HttpMessageInvoker http) => new(http, TimeProvider.System);

    protected override WebhookRequest Sign(byte[] body, ChannelAccount account) => new(
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            [MetaSignature.Header] = MetaSignature.Of(account.Credentials.GetValueOrDefault("app_secret", ""), body),
        },
        body);
}
