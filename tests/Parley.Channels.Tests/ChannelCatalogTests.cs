using Parley.Channels.Adapters.Meta;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests;

public sealed class ChannelCatalogTests
{
    static readonly HttpMessageInvoker Http = new(ProviderStub.Answering(500, ""));

    [Fact]
    public void A_provider_is_found_by_its_name_and_by_what_it_can_do()
    {
        var catalog = ChannelCatalog.Create(Http, TimeProvider.System);
        Assert.IsType<MetaChannel>(catalog.Find("meta"));
        Assert.NotNull(catalog.Find<IAnswerChallenges>("meta"));
        Assert.NotNull(catalog.Find<IReadHistory>("unipile"));
        Assert.NotNull(catalog.Find<IReadMessageLog>("twilio"));
        Assert.Null(catalog.Find<IReadHistory>("meta"));
        Assert.Null(catalog.Find("Meta"));
        Assert.Null(catalog.Find<ISendMessages>("pigeon"));
    }

    [Fact]
    public void Two_channels_cannot_share_a_provider() =>
        Assert.Throws<ArgumentException>(() => new ChannelCatalog([new MetaChannel(Http, TimeProvider.System), new MetaChannel(Http, TimeProvider.System)]));
}
