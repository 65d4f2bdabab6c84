using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Instagram, LinkedIn, Messenger, Telegram, X (Twitter) and WhatsApp accounts that a person connected at Unipile. What it
/// sends and reads, and where that was learned, is in this folder's README.</summary>
public sealed class UnipileChannel(HttpMessageInvoker http, TimeProvider time)
    : ISendMessages, ILimitSending, ITakeFiles, IFetchMedia, IReadWebhooks, IRegisterWebhooks, IReadHistory, IMarkRead, IChangeMessages, IFindPeople, ITestAccounts
{
    readonly UnipileClient client = new(http, time);

    public string Provider => "unipile";

    public IReadOnlyList<string> Channels => UnipileAccounts.Channels;

    public SettingsForm Settings { get; } = SettingsForm.Of<UnipileSettings>();

    /// <summary>How long a send may take: Unipile waits for the network, files included.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(60);

    UnipileSender Sender => new(http, time, SendTimeout);

    UnipileHistory History => new(client);

    UnipileRegistration Registration => new(client);

    public int PerSecond(ChannelAccount account) => UnipileSettings.Of(account).PerSecond;

    public Task<SendResult> SendAsync(OutboundMessage message, ChannelAccount account, CancellationToken cancellationToken) =>
        Sender.SendAsync(message, account, cancellationToken);

    public SendFailure? Check(OutboundMessage message) => UnipileMessageForm.Complaint(message, isDraft: true);

    public string? Complaint(string kind, string mimeType, long size) => UnipileMedia.Complaint(kind, size);

    public Task<SendFailure?> EditAsync(ChannelAccount account, string externalId, string text, CancellationToken cancellationToken) =>
        Sender.ChangeAsync(account, HttpMethod.Patch, $"/messages/{UnipileRequest.Escaped(externalId)}", new() { ["text"] = StorableText.Clean(text) }, cancellationToken);

    public async Task<SendFailure?> DeleteAsync(ChannelAccount account, string externalId, CancellationToken cancellationToken) =>
        await Sender.ChangeAsync(account, HttpMethod.Delete, $"/messages/{UnipileRequest.Escaped(externalId)}", null, cancellationToken) is { ProviderCode: not "resource_not_found" } failure ? failure : null;

    public Task<FetchedMedia> FetchAsync(AttachmentReference reference, ChannelAccount account, Stream into, CancellationToken cancellationToken) =>
        new UnipileMedia(http, time).FetchAsync(reference, account, into, cancellationToken);

    public bool IsAuthentic(WebhookRequest request, ChannelAccount account) => UnipileSecret.Matches(request, account);

    public WebhookContent Read(ReadOnlyMemory<byte> body) => UnipileWebhookReader.Read(body);

    public bool IsOneWorkspace(ChannelAccount one, ChannelAccount other) => UnipileRegistration.IsOneWorkspace(UnipileSettings.Of(one), UnipileSettings.Of(other));

    public Task<RegisteredWebhooks> RegisterAsync(ChannelAccount credentials, WebhookRegistration registration, CancellationToken cancellationToken) =>
        Registration.RegisterAsync(credentials, registration, cancellationToken);

    public Task<ReadFailure?> UnregisterAsync(ChannelAccount credentials, string webhookId, CancellationToken cancellationToken) =>
        Registration.UnregisterAsync(credentials, webhookId, cancellationToken);

    public Task<Found<IReadOnlyList<string>>> ListRegisteredAsync(ChannelAccount credentials, Uri address, CancellationToken cancellationToken) =>
        Registration.ListAsync(credentials, address, cancellationToken);

    public Task<HistoryPage<ConnectedAccount>> ListAccountsAsync(ChannelAccount credentials, string? cursor, CancellationToken cancellationToken) =>
        History.ListAccountsAsync(credentials, cursor, cancellationToken);

    public Task<Found<ConnectedAccount>> FindAccountAsync(ChannelAccount account, CancellationToken cancellationToken) =>
        History.FindAccountAsync(account, cancellationToken);

    public Task<HistoryPage<ProviderChat>> ListChatsAsync(ChannelAccount account, string? cursor, int limit, CancellationToken cancellationToken) =>
        History.ListChatsAsync(account, cursor, limit, cancellationToken);

    public Task<Found<ProviderChat>> FindChatAsync(ChannelAccount account, string threadId, CancellationToken cancellationToken) =>
        History.FindChatAsync(account, threadId, cancellationToken);

    public Task<HistoryPage<MessageReceived>> ListMessagesAsync(ChannelAccount account, MessageQuery query, CancellationToken cancellationToken) =>
        History.ListMessagesAsync(account, query, cancellationToken);

    public Task<Found<MessageReceived>> FindMessageAsync(ChannelAccount account, string externalId, Correspondent with, CancellationToken cancellationToken) =>
        History.FindMessageAsync(account, externalId, with, cancellationToken);

    public Task<HistoryPage<ChatMember>> ListPeopleAsync(ChannelAccount account, string? cursor, CancellationToken cancellationToken) =>
        History.ListPeopleAsync(account, cursor, cancellationToken);

    public Task<HistoryPage<ChatMember>> ListMembersAsync(ChannelAccount account, string threadId, string? cursor, CancellationToken cancellationToken) =>
        History.ListMembersAsync(account, threadId, cursor, cancellationToken);

    public Task<Found<Correspondent>> FindPersonAsync(ChannelAccount account, string name, CancellationToken cancellationToken) =>
        History.FindPersonAsync(account, name, cancellationToken);

    public Task<AccountTest> TestAsync(ChannelAccount account, CancellationToken cancellationToken) =>
        new UnipileAccountTest(History, time).RunAsync(account, cancellationToken);

    // Only WhatsApp and LinkedIn know the call; the others are not asked each time an agent opens a chat.
    public async Task<ReadFailure?> MarkReadAsync(ChannelAccount account, string threadId, bool isRead, CancellationToken cancellationToken)
    {
        if (account.Channel is not ("whatsapp" or "linkedin")) return ReadFailure.Unsupported;
        using var content = UnipileRequest.Json(new JsonObject { ["action"] = "setReadStatus", ["value"] = isRead });
        return await client.DoAsync(account, HttpMethod.Patch, $"/chats/{UnipileRequest.Escaped(threadId)}", cancellationToken, content);
    }
}
