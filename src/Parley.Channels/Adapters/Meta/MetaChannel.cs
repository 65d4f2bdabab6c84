using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>WhatsApp through Meta's Cloud API. What it sends and reads, and where that was learned, is in this folder's README.</summary>
public sealed class MetaChannel(HttpMessageInvoker http, TimeProvider time) 
    : ISendMessages, ILimitSending, IReadWebhooks, IAnswerChallenges, ITestAccounts, IFetchMedia, IUploadMedia, ISubmitTemplates
{
    public string Provider => "meta";

    public IReadOnlyList<string> Channels { get; } = ["whatsapp"];

    public SettingsForm Settings { get; } = SettingsForm.Of<MetaSettings>();

    /// <summary>How long a send may take. Meta answers in well under a second; what takes longer is settled by its status.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public int PerSecond(ChannelAccount account) => MetaSettings.Of(account).PerSecond;

    public async Task<SendResult> SendAsync(OutboundMessage message, ChannelAccount account, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = MetaSettings.Of(account);
        var (body, failure) = MetaMessageBody.Write(message);
        if (failure is not null) return SendResult.Failed(failure);
        if (!TryWrite(body!, out var json))
            return SendResult.Failed(SendFailure.ContentInvalid.From(null, "The content holds text that cannot be written as UTF-8."));
        if (MetaRequest.TokenProblem(settings) is { } problem) return SendResult.Failed(SendFailure.AccountInvalid.From(null, problem));
        if (MetaRequest.Address(settings, account.ExternalId, "/messages") is not { } address)
            return SendResult.Failed(SendFailure.Rejected.From(null, "The account's base_url is no http address."));

        using var request = MetaRequest.For(HttpMethod.Post, address, settings);
        request.Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        var (answer, broken) = await OneRequest.SendAsync(http, request, SendTimeout, time, cancellationToken);
        var result = answer is null ? SendResult.Failed(broken!) : MetaAnswer.Read(answer, message, time.GetUtcNow());
        return result.Failure is { ProviderText: { } words } said
            ? result with { Failure = said with { ProviderText = Redaction.Redact(words, account.Credentials.Values) } }
            : result;
    }

    public SendFailure? Check(OutboundMessage message) =>
        MetaMessageBody.Write(message, isDraft: true) switch
        {
            (null, var failure) => failure,
            var (body, _) => TryWrite(body!, out _) ? null : SendFailure.ContentInvalid.From(null, "The content holds text that cannot be written as UTF-8."),
        };

    public Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken) =>
        new MetaMedia(http, time).FetchAsync(reference, account, into, cancellationToken);

    public string? Complaint(string kind, string mimeType, long size) => MetaMedia.Complaint(kind, mimeType, size);

    public Task<UploadedMedia> UploadAsync(OutboundFile file, ChannelAccount account, CancellationToken cancellationToken) =>
        new MetaMedia(http, time).UploadAsync(file, account, cancellationToken);

    public Task<TemplateList> ListTemplatesAsync(ChannelAccount account, CancellationToken cancellationToken) =>
        new MetaTemplates(http).ListAsync(account, cancellationToken);

    public Task<TemplateSubmission> SubmitTemplateAsync(ChannelAccount account, TemplateDraft draft, CancellationToken cancellationToken) =>
        new MetaTemplateSubmission(http).SubmitAsync(account, draft, cancellationToken);

    public Task<string?> DeleteTemplateAsync(ChannelAccount account, string name, string? id, CancellationToken cancellationToken) =>
        new MetaTemplateSubmission(http).DeleteAsync(account, name, id, cancellationToken);

    public bool IsAuthentic(WebhookRequest request, ChannelAccount account) => MetaSignature.Matches(
        request.Headers.GetValueOrDefault(MetaSignature.Header), MetaSettings.Of(account).AppSecret, request.Body.Span);

    public WebhookContent Read(ReadOnlyMemory<byte> body) => MetaWebhookReader.Read(body);

    public string? Answer(IReadOnlyDictionary<string, string> query, ChannelAccount account)
    {
        var expected = MetaSettings.Of(account).VerifyToken;
        var isAsked = query.GetValueOrDefault("hub.mode") == "subscribe"
            && expected is not null
            && query.TryGetValue("hub.verify_token", out var given)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
        return isAsked && query.GetValueOrDefault("hub.challenge") is { Length: > 0 } challenge ? challenge : null;
    }

    public Task<AccountTest> TestAsync(ChannelAccount account, CancellationToken cancellationToken) =>
        new MetaAccountTest(http, time).RunAsync(account, cancellationToken);

    // A payload that came through the API may still hold a lone surrogate, which UTF-8 cannot say.
    static bool TryWrite(JsonObject body, out byte[] json)
    {
        try
        {
            json = Encoding.UTF8.GetBytes(body.ToJsonString());
            return true;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            json = [];
            return false;
        }
    }
}
