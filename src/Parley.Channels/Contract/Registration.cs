namespace Parley.Channels.Contract;

/// <summary>Tells the provider where to post what happens.</summary>
public interface IRegisterWebhooks : IChannel
{
    /// <summary>Whether the two are behind one registration: the same workspace with the same key. Pure.</summary>
    bool IsOneWorkspace(ChannelAccount one, ChannelAccount other);

    /// <summary>Registers the address for all accounts behind the credentials, then removes <see cref="WebhookRegistration.Replaces"/>; when
    /// the new ones cannot be made the old ones stay. Store the secret first: the next delivery may carry it.</summary>
    Task<RegisteredWebhooks> RegisterAsync(ChannelAccount credentials, WebhookRegistration registration, CancellationToken cancellationToken);

    /// <summary>Null when it is gone, also when it was before.</summary>
    Task<ReadFailure?> UnregisterAsync(ChannelAccount credentials, string webhookId, CancellationToken cancellationToken);

    /// <summary>Those that post to this address: what an earlier registration left behind.</summary>
    Task<Found<IReadOnlyList<string>>> ListRegisteredAsync(ChannelAccount credentials, Uri address, CancellationToken cancellationToken);
}

/// <param name="Secret">Ours; comes back with each delivery and proves it. Visible ASCII.</param>
/// <param name="Replaces">The provider's ids of webhooks that this one makes superfluous.</param>
public sealed record WebhookRegistration(Uri Address, string Secret, string Name, IReadOnlyList<string> Replaces)
{
    /// <summary>The credential that a channel of this kind keeps its secret in.</summary>
    public const string SecretName = "webhook_secret";

    /// <summary>The one before it, which is accepted beside it.</summary>
    public const string PreviousSecretName = "previous_webhook_secret";
}

/// <param name="Ids">The provider's ids, to be kept for the next rotation; empty beside a failure to make them.</param>
/// <param name="Failure">With ids: the new ones stand, but an old one could not be removed.</param>
public sealed record RegisteredWebhooks(IReadOnlyList<string> Ids, ReadFailure? Failure = null);
