namespace Parley.Channels.Contract;

/// <summary>One way to reach people. Knows a provider's wire format; knows nothing of tenants, SQL or routing.
/// What a channel can do is what it implements: <see cref="ISendMessages"/>, <see cref="IReadWebhooks"/>,
/// <see cref="IAnswerChallenges"/>, <see cref="ITestAccounts"/>, <see cref="IFetchMedia"/>, <see cref="ITakeFiles"/>,
/// <see cref="IUploadMedia"/>, <see cref="IReadTemplates"/>, <see cref="IReadHistory"/>, <see cref="IMarkRead"/>, <see cref="IChangeMessages"/>,
/// <see cref="IFindPeople"/>, <see cref="IRegisterWebhooks"/>, <see cref="IReadMessageLog"/>, <see cref="ITakeLinks"/>, <see cref="INameAccounts"/>.</summary>
public interface IChannel
{
    /// <summary>The provider, stored in rows and webhook URLs, e.g. "meta": never rename one, add an alias instead.</summary>
    string Provider { get; }

    /// <summary>The channels it can carry, e.g. "whatsapp".</summary>
    IReadOnlyList<string> Channels { get; }

    /// <summary>The record that holds its settings; it draws the form, validates input and names the secrets.</summary>
    SettingsForm Settings { get; }
}

/// <summary>Sends one message to the provider.</summary>
public interface ISendMessages : IChannel
{
    /// <summary>Sends once. Never throws for what a provider or the network does: that is a <see cref="SendResult"/>.
    /// Throws <see cref="OperationCanceledException"/> only when <paramref name="cancellationToken"/> fires before the request left.</summary>
    Task<SendResult> SendAsync(OutboundMessage message, ChannelAccount account, CancellationToken cancellationToken);

    /// <summary>Null when the provider would take this content; otherwise what is wrong with it. Asked before a message is
    /// queued, when a file it carries may not be with the provider yet.</summary>
    SendFailure? Check(OutboundMessage message);
}

/// <summary>Knows how fast an account may send. The server paces; a channel without this has no limit of its own.</summary>
public interface ILimitSending : IChannel
{
    /// <summary>Messages per second over the whole account.</summary>
    int PerSecond(ChannelAccount account);
}

/// <summary>Verifies and reads what a provider posts to us.</summary>
public interface IReadWebhooks : IChannel
{
    /// <summary>True when the provider, holding the account's secret, made this request. Constant time; over the raw bytes.</summary>
    bool IsAuthentic(WebhookRequest request, ChannelAccount account);

    /// <summary>What the request says. Pure: the same bytes give the same events, whoever's account it is.
    /// Bytes that are no known shape give <see cref="WebhookContent.Unreadable"/>, never an exception.</summary>
    WebhookContent Read(ReadOnlyMemory<byte> body);

    /// <summary>The same, with what the address tells beside the body: the provider may call back where we told it to, with words of
    /// ours in it (<see cref="OutboundMessage.ReportTo"/>). A journalled body is read again without them.</summary>
    WebhookContent Read(WebhookRequest request) => Read(request.Body);

    /// <summary>What the provider wants to read when a webhook is stored; null for an empty answer.</summary>
    WebhookReply? Reply => null;
}

/// <summary>Says how a provider writes our own account's id, so that one account has one id.</summary>
public interface INameAccounts : IChannel
{
    /// <summary>As the provider's webhooks write it; null when it is none.</summary>
    string? AccountId(string channel, string given);
}

/// <summary>The answer to a webhook.</summary>
public sealed record WebhookReply(string ContentType, string Body);

/// <summary>Answers the provider's one-time check of a webhook address.</summary>
public interface IAnswerChallenges : IChannel
{
    /// <summary>The text to answer with status 200, or null to refuse with 403.</summary>
    string? Answer(IReadOnlyDictionary<string, string> query, ChannelAccount account);
}

/// <summary>Finds out whether an account works.</summary>
public interface ITestAccounts : IChannel
{
    Task<AccountTest> TestAsync(ChannelAccount account, CancellationToken cancellationToken);
}

/// <summary>An account at a provider, as the person who connected it described it.</summary>
/// <param name="Channel">For example "whatsapp".</param>
/// <param name="ExternalId">The provider's id of the account: for Meta's WhatsApp the phone_number_id.</param>
/// <param name="Config">Settings that are no secrets, e.g. waba_id, base_url.</param>
/// <param name="Credentials">Secrets in clear. Never log them, never put them into an exception.</param>
public sealed record ChannelAccount(
    string Channel,
    string ExternalId,
    IReadOnlyDictionary<string, string> Config,
    IReadOnlyDictionary<string, string> Credentials);

/// <summary>A webhook as it arrived.</summary>
/// <param name="Headers">Case-insensitive.</param>
public sealed record WebhookRequest(IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>The address as the provider called it: what providers sign who sign addresses. As it was written, escapes and all.</summary>
    public string Address { get; init; } = "";
}

/// <summary>The result of trying an account. <paramref name="Field"/> names the setting that is wrong, when one is.</summary>
/// <param name="Message">One sentence for a person.</param>
public sealed record AccountTest(bool Works, string Message, string? Field = null);
