using System.Text;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>WhatsApp and SMS through Twilio's Programmable Messaging. What it sends and reads, and where that was learned, is in this
/// folder's README.</summary>
public sealed class TwilioChannel(HttpMessageInvoker http, TimeProvider time)
    : ISendMessages, ILimitSending, IReadWebhooks, INameAccounts, ITestAccounts, IFetchMedia, ITakeLinks, IReadTemplates, IReadMessageLog
{
    static readonly WebhookReply Empty = new("text/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>");

    readonly TwilioClient client = new(http, time);

    public string Provider => "twilio";

    public IReadOnlyList<string> Channels { get; } = ["whatsapp", "sms"];

    public SettingsForm Settings { get; } = SettingsForm.Of<TwilioSettings>();

    /// <summary>How long a send may take. Twilio answers in well under a second; what takes longer is settled by its status or its list.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>WhatsApp messages may wait at Twilio for four hours.</summary>
    public TimeSpan FetchesWithin => TimeSpan.FromHours(4);

    /// <summary>No answer by way of the webhook: whatever we say has a SID of its own.</summary>
    public WebhookReply? Reply => Empty;

    public int PerSecond(ChannelAccount account) => TwilioSettings.Of(account).PerSecond(account.Channel);

    public string? AccountId(string channel, string given) => TwilioAddresses.Account(channel, given);

    public async Task<SendResult> SendAsync(OutboundMessage message, ChannelAccount account, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = TwilioSettings.Of(account);
        var (fields, failure) = TwilioMessageForm.Write(message, account);
        if (failure is not null) return SendResult.Failed(failure);
        if (TwilioRequest.Problem(settings) is var (problem, _)) return SendResult.Failed(SendFailure.AccountInvalid.From(null, problem));
        if (TwilioRequest.Address(settings.BaseUrl, TwilioRequest.Account(settings, "/Messages.json")) is not { } address)
            return SendResult.Failed(SendFailure.Rejected.From(null, "The account's base_url is no http address."));

        using var request = TwilioRequest.For(HttpMethod.Post, address, settings);
        request.Content = new FormUrlEncodedContent(fields!);
        var (answer, broken) = await OneRequest.SendAsync(http, request, SendTimeout, time, cancellationToken);
        var result = answer is null ? SendResult.Failed(broken!) : TwilioAnswer.Read(answer, time.GetUtcNow());
        return result.Failure is { ProviderText: { } words } said
            ? result with { Failure = said with { ProviderText = Redaction.Redact(words, account.Credentials.Values) } }
            : result;
    }

    public SendFailure? Check(OutboundMessage message) => TwilioMessageForm.Write(message, null).Failure;

    public string? Complaint(string kind, string mimeType, long size) => TwilioMedia.Complaint(mimeType, size);

    public bool IsAuthentic(WebhookRequest request, ChannelAccount account)
    {
        var settings = TwilioSettings.Of(account);
        return TwilioSignature.Matches(
            request.Headers.GetValueOrDefault(TwilioSignature.Header), [settings.AuthToken, settings.PreviousAuthToken], request.Address, request.Headers.GetValueOrDefault("Content-Type"), request.Body);
    }

    public WebhookContent Read(ReadOnlyMemory<byte> body) => TwilioWebhookReader.Read(body, null);

    public WebhookContent Read(WebhookRequest request) => TwilioWebhookReader.Read(
        request.Body, request.Address.Split('?', 2) is [_, var query] ? new TwilioForm(Encoding.UTF8.GetBytes(query)).Text(TwilioMessageForm.ReferenceName) : null);

    public Task<AccountTest> TestAsync(ChannelAccount account, CancellationToken cancellationToken) => new TwilioAccountTest(client).RunAsync(account, cancellationToken);

    public Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken) =>
        new TwilioMedia(http, time).FetchAsync(reference, account, into, cancellationToken);

    public Task<TemplateList> ListTemplatesAsync(ChannelAccount account, CancellationToken cancellationToken) => new TwilioTemplates(client).ListAsync(account, cancellationToken);

    public Task<HistoryPage<LoggedMessage>> ListLogAsync(ChannelAccount account, LogQuery query, CancellationToken cancellationToken) =>
        new TwilioLog(client).ListAsync(account, query, cancellationToken);

    public Task<Found<LoggedMessage>> CompleteAsync(ChannelAccount account, LoggedMessage message, CancellationToken cancellationToken) =>
        new TwilioLog(client).CompleteAsync(account, message, cancellationToken);
}
