using Parley.Channels.Adapters.Twilio;
using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Twilio;

public sealed class TwilioContract : ChannelContract<TwilioChannel>
{
    protected override ChannelAccount Account => Accounts.WhatsApp;

    protected override OutboundMessage Message => Accounts.Text();

    protected override TwilioChannel Create(HttpMessageInvoker http) => new(http, TimeProvider.System);

    protected override WebhookRequest Sign(byte[] body, ChannelAccount account) => Accounts.Sign(body, account);
}
