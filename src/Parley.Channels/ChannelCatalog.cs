using Parley.Channels.Adapters.Meta;
using Parley.Channels.Adapters.Twilio;
using Parley.Channels.Adapters.Unipile;
using Parley.Channels.Contract;

namespace Parley.Channels;

/// <summary>Every channel the product speaks. To add one: write its folder under Adapters/, then its line in <see cref="Create"/>.</summary>
public sealed class ChannelCatalog
{
    readonly Dictionary<string, IChannel> byProvider = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two channels call themselves by the same provider.</exception>
    public ChannelCatalog(IEnumerable<IChannel> channels)
    {
        All = [.. channels];
        foreach (var channel in All)
            if (!byProvider.TryAdd(channel.Provider, channel))
                throw new ArgumentException($"Two channels are named \"{channel.Provider}\".", nameof(channels));
    }

    public IReadOnlyList<IChannel> All { get; }

    /// <param name="http">Give one that follows no redirects and adds no retries; <see cref="ChannelHttp.Create"/> makes it.</param>
    public static ChannelCatalog Create(HttpMessageInvoker http, TimeProvider time) => new(
    [
        new MetaChannel(http, time),
        new TwilioChannel(http, time),
        new UnipileChannel(http, time),
    ]);

    public IChannel? Find(string provider) => byProvider.GetValueOrDefault(provider);

    /// <summary>The provider's channel if it exists and can do what <typeparamref name="TCapability"/> says.</summary>
    public TCapability? Find<TCapability>(string provider) where TCapability : class, IChannel => Find(provider) as TCapability;
}
