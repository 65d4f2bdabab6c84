using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Sync;
using Xunit;

namespace Parley.Server.Tests.Support;

/// <summary>A provider that keeps history, in memory: what its calls answer, a test decides, and what was called is known.</summary>
internal sealed class FakeProvider : IReadHistory, IReadWebhooks, ISendMessages, ITakeFiles, IMarkRead, IFindPeople
{
    readonly ConcurrentDictionary<string, WebhookContent> _webhooks = new();

    public string Provider { get; init; } = "fake";
    public IReadOnlyList<string> Channels => ["instagram"];
    public SettingsForm Settings { get; } = new([new("key", "Key", "", Required: true, Secret: true, IsUrl: false)]);

    public List<FakeChat> Chats { get; } = [];
    public int PageSize { get; set; } = 250;

    /// <summary>Its pages lead back to where they came from.</summary>
    public bool Circles { get; set; }
    public ConnectedAccount? Account { get; set; } = new("acc", "instagram", "The shop", AccountHealth.Ok, "It works.", "shop", "INSTAGRAM");
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Asked before each call with its name ("chats", "messages chat-1"…): a failure is its answer.</summary>
    public Func<string, Task<ReadFailure?>> Before { get; set; } = _ => Task.FromResult<ReadFailure?>(null);

    public ReadFailure? MarkReadAnswer { get; set; }
    public Func<OutboundMessage, SendResult> OnSend { get; set; } = _ => SendResult.Accepted(null);
    public ConcurrentQueue<OutboundMessage> Sent { get; } = new();

    public int CountCalls(string prefix) => Calls.Count(call => call.StartsWith(prefix, StringComparison.Ordinal));

    public Task<HistoryPage<ConnectedAccount>> ListAccountsAsync(ChannelAccount credentials, string? cursor, CancellationToken cancellationToken) =>
        Task.FromResult(new HistoryPage<ConnectedAccount>(Account is null ? [] : [Account], null));

    public async Task<Found<ConnectedAccount>> FindAccountAsync(ChannelAccount account, CancellationToken cancellationToken) =>
        await CalledAsync("account") is { } failure ? new(null, failure) : Account is null ? new(null, ReadFailure.NotFound) : new(Account);

    public async Task<HistoryPage<ProviderChat>> ListChatsAsync(ChannelAccount account, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (await CalledAsync("chats") is { } failure) return HistoryPage<ProviderChat>.Failed(failure);
        lock (Chats) return Page([.. Chats.OrderByDescending(chat => chat.Activity).Select(chat => chat.Told)], cursor, Math.Min(limit, PageSize));
    }

    public async Task<Found<ProviderChat>> FindChatAsync(ChannelAccount account, string threadId, CancellationToken cancellationToken) =>
        await CalledAsync($"chat {threadId}") is { } failure ? new(null, failure) : Chats.Find(chat => chat.Id == threadId) is { } found ? new(found.Told) : new(null, ReadFailure.NotFound);

    public async Task<HistoryPage<MessageReceived>> ListMessagesAsync(ChannelAccount account, MessageQuery query, CancellationToken cancellationToken)
    {
        if (await CalledAsync($"messages {query.ThreadId}{(query.Cursor is { } at ? $" from {at}" : "")}{(query.Since is { } since ? $" since {since:O}" : "")}") is { } failure) return HistoryPage<MessageReceived>.Failed(failure);
        if (Chats.Find(chat => chat.Id == query.ThreadId) is not { } chat) return HistoryPage<MessageReceived>.Failed(ReadFailure.NotFound);
        lock (chat.Messages)
            return Page([.. chat.Messages.Where(message => !(message.SentAt <= query.Since)).OrderByDescending(message => message.SentAt).Select(message => message with { With = query.With })], query.Cursor, Math.Min(query.Limit, PageSize));
    }

    public async Task<Found<MessageReceived>> FindMessageAsync(ChannelAccount account, string externalId, Correspondent with, CancellationToken cancellationToken) =>
        await CalledAsync($"message {externalId}") is { } failure ? new(null, failure)
            : Chats.SelectMany(chat => chat.Messages).FirstOrDefault(message => message.ExternalId == externalId) is { } found ? new(found with { With = with }) : new(null, ReadFailure.NotFound);

    public async Task<HistoryPage<ChatMember>> ListPeopleAsync(ChannelAccount account, string? cursor, CancellationToken cancellationToken) =>
        await CalledAsync("people") is { } failure ? HistoryPage<ChatMember>.Failed(failure) : Page([.. Chats.SelectMany(chat => chat.Members)], cursor, PageSize);

    public async Task<HistoryPage<ChatMember>> ListMembersAsync(ChannelAccount account, string threadId, string? cursor, CancellationToken cancellationToken) =>
        await CalledAsync($"members {threadId}") is { } failure ? HistoryPage<ChatMember>.Failed(failure) : Page([.. Chats.Single(chat => chat.Id == threadId).Members], cursor, PageSize);

    public async Task<ReadFailure?> MarkReadAsync(ChannelAccount account, string threadId, bool isRead, CancellationToken cancellationToken) => await CalledAsync($"read {threadId}") ?? MarkReadAnswer;

    public bool IsAuthentic(WebhookRequest request, ChannelAccount account) => true;

    public WebhookContent Read(ReadOnlyMemory<byte> body) => _webhooks[Encoding.UTF8.GetString(body.Span)];

    public Task<SendResult> SendAsync(OutboundMessage message, ChannelAccount account, CancellationToken cancellationToken)
    {
        Sent.Enqueue(message);
        return Task.FromResult(OnSend(message));
    }

    public SendFailure? Check(OutboundMessage message) => null;

    public string? Complaint(string kind, string mimeType, long size) => null;

    public Task<Found<Correspondent>> FindPersonAsync(ChannelAccount account, string name, CancellationToken cancellationToken) =>
        Task.FromResult(name == "nobody" ? new Found<Correspondent>(null, ReadFailure.NotFound) : new(new($"person-{name.TrimStart('@')}", [], name)));

    async Task<ReadFailure?> CalledAsync(string call)
    {
        Calls.Enqueue(call);
        return await Before(call);
    }

    HistoryPage<T> Page<T>(List<T> all, string? cursor, int size)
    {
        var from = cursor is null ? 0 : int.Parse(cursor);
        return new(all.GetRange(from, Math.Min(size, all.Count - from)), from + size < all.Count ? (from + size).ToString() : Circles ? "0" : null);
    }

    /// <summary>The product on a database of its own, with this provider in it and no patience.</summary>
    public Task<TestApp> StartAsync(string connectionString, TimeProvider? time = null, Hosting.Role role = Hosting.Role.All, Dictionary<string, string?>? settings = null) =>
        TestApp.StartAsync(connectionString, role, time: time, settings: settings, services: services => services
            .AddSingleton(new ChannelCatalog([this])).AddSingleton(new SyncPacing(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20))));

    /// <summary>Connects the account "acc" without anything else happening.</summary>
    public async Task<FakeAccount> ConnectAsync(TestApp app)
    {
        var tenant = await app.NewTenantAsync();
        var json = await tenant.Admin.PostJsonAsync("/api/integrations", new { provider = "fake", channel = "instagram", name = "The shop", external_id = "acc", credentials = new { key = "a-key-of-the-fake-provider" } }, 201);
        return new(this, tenant, (Guid)json["id"]!, (string)json["webhook_url"]!);
    }

    /// <summary>The webhook with these events arrives.</summary>
    public async Task<HttpResponseMessage> DeliverAsync(FakeAccount account, params ChannelEvent[] events)
    {
        var body = Guid.CreateVersion7().ToString("N");
        _webhooks[body] = new("test", events);
        return await account.Tenant.App.Http.PostAsync(account.WebhookUrl, new StringContent(body));
    }
}

internal sealed record FakeAccount(FakeProvider Provider, TestTenant Tenant, Guid Id, string WebhookUrl)
{
    /// <summary>Asks for a run and waits for its end.</summary>
    public async Task<AccountSyncRow> SyncAsync(bool isFull = false)
    {
        var requests = Tenant.App.Get<SyncRequests>();
        var run = await requests.RequestAsync(Tenant.Id, Id, isFull, default);
        var row = await requests.WaitAsync(Tenant.Id, Id, run, TimeSpan.FromSeconds(30), default);
        Assert.True(row.State is "done" or "failed", $"the run is still {row.State}");
        return row;
    }

    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args = null) =>
        Tenant.App.Get<Platform.Database.TenantDatabase>().ListAsync<T>(Tenant.Id, sql, args, default);
}

internal sealed class FakeChat(string id)
{
    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public string Id => id;
    public string? Name { get; set; }
    public Correspondent? With { get; set; } = new($"person-{id}", [], $"Person {id}");
    public bool IsGroup { get; set; }
    public int Unread { get; set; }
    public bool IsArchived { get; set; }
    public DateTimeOffset? Activity { get; set; }
    public List<MessageReceived> Messages { get; } = [];
    public List<ChatMember> Members { get; } = [];

    public ProviderChat Told => new(id) { NetworkId = $"net-{id}", With = With, Name = Name, IsGroup = IsGroup, UnreadCount = Unread, IsArchived = IsArchived, LastActivityAt = Activity };

    /// <summary>A message at so many minutes; the chat's activity is that, rounded up to the second.</summary>
    public MessageReceived Say(double minute, string? text = null, bool ours = false, string? externalId = null, Func<MessageReceived, MessageReceived>? with = null)
    {
        var at = Start.AddMinutes(minute);
        var message = new MessageReceived("acc")
        {
            ExternalId = externalId ?? $"{id}-{Messages.Count}", With = With ?? new(id, [], null, IsGroup), SentAt = at, Type = "text", Content = text ?? $"words {Messages.Count} of {id}", IsEcho = ours, ThreadId = id,
            NetworkId = $"net-{Messages.Count}",
        };
        message = with?.Invoke(message) ?? message;
        lock (Messages) Messages.Add(message);
        if (!(Activity >= at)) Activity = DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds() + 1);
        return message;
    }

    public FakeChat Talk(int messages, double from = 0)
    {
        for (var i = 0; i < messages; i++) Say(from + i, ours: i % 2 == 1);
        return this;
    }
}
