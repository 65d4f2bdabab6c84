using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>What Unipile keeps of its accounts, page by page. It answers from a store of its own, also while an account is
/// disconnected: then what it says is old.</summary>
internal sealed class UnipileHistory(UnipileClient client)
{
    const int LargestPage = 250;

    public Task<HistoryPage<ConnectedAccount>> ListAccountsAsync(ChannelAccount account, string? cursor, CancellationToken cancellationToken) =>
        ListAsync(account, "/accounts", UnipileAccounts.Read, cursor, LargestPage, [], cancellationToken);

    public Task<Found<ConnectedAccount>> FindAccountAsync(ChannelAccount account, CancellationToken cancellationToken) =>
        FindAsync(account, $"/accounts/{UnipileRequest.Escaped(account.ExternalId)}", UnipileAccounts.Read, cancellationToken);

    public Task<HistoryPage<ProviderChat>> ListChatsAsync(ChannelAccount account, string? cursor, int limit, CancellationToken cancellationToken) =>
        ListAsync(account, "/chats", chat => ReadChat(chat, account.Channel), cursor, limit, [("account_id", account.ExternalId)], cancellationToken);

    public Task<Found<ProviderChat>> FindChatAsync(ChannelAccount account, string threadId, CancellationToken cancellationToken) =>
        FindAsync(account, $"/chats/{UnipileRequest.Escaped(threadId)}", chat => ReadChat(chat, account.Channel), cancellationToken);

    public Task<HistoryPage<MessageReceived>> ListMessagesAsync(ChannelAccount account, MessageQuery query, CancellationToken cancellationToken)
    {
        var reader = new UnipileMessageReader(account, query.With, query.People);
        return ListAsync(
            account, $"/chats/{UnipileRequest.Escaped(query.ThreadId)}/messages", message => InThread(reader.Read(message), query.ThreadId), query.Cursor, query.Limit,
            [("after", query.Since is { } since ? UnipileJson.Write(since) : null)], cancellationToken);
    }

    public Task<Found<MessageReceived>> FindMessageAsync(ChannelAccount account, string externalId, Correspondent with, CancellationToken cancellationToken) =>
        FindAsync(account, $"/messages/{UnipileRequest.Escaped(externalId)}", new UnipileMessageReader(account, with, null).Read, cancellationToken);

    public Task<HistoryPage<ChatMember>> ListPeopleAsync(ChannelAccount account, string? cursor, CancellationToken cancellationToken) =>
        ListAsync(account, "/chat_attendees", attendee => UnipilePeople.ReadMember(attendee, account.Channel), cursor, LargestPage, [("account_id", account.ExternalId)], cancellationToken);

    // The SDK's schema allows no paging parameters here, the current reference only a cursor: none that is not needed.
    public Task<HistoryPage<ChatMember>> ListMembersAsync(ChannelAccount account, string threadId, string? cursor, CancellationToken cancellationToken) =>
        ListAsync(account, $"/chats/{UnipileRequest.Escaped(threadId)}/attendees", attendee => UnipilePeople.ReadMember(attendee, account.Channel), cursor, null, [], cancellationToken);

    public async Task<Found<Correspondent>> FindPersonAsync(ChannelAccount account, string name, CancellationToken cancellationToken)
    {
        var asked = name.Trim().TrimStart('@');
        if (asked.Length == 0) return new(null, ReadFailure.NotFound);
        // A number is a handle already, and looking people up counts against the network's patience.
        if (account.Channel == "whatsapp" && UnipilePeople.Find("whatsapp", null, phone: asked) is { } numbered) return new(numbered);
        return await FindAsync(
            account, $"/users/{UnipileRequest.Escaped(asked)}", user => ReadUser(user, account.Channel), cancellationToken, ("account_id", account.ExternalId));
    }

    // Instagram writes to people by another id than the one it shows.
    static Correspondent? ReadUser(JsonElement user, string channel) => UnipilePeople.Find(
        channel,
        user.Get("provider_messaging_id"u8).Id() ?? user.Get("provider_id"u8).Id(),
        user.Get("public_identifier"u8).Id(),
        user.Get("phone_number"u8).Text(),
        user.Get("full_name"u8).Words() ?? Joined(user.Get("first_name"u8).Words(), user.Get("last_name"u8).Words()),
        user.Get("profile_url"u8).Words());

    static string? Joined(string? first, string? last) => first is null || last is null ? first ?? last : $"{first} {last}";

    // A message always names its chat; asked by chat, we know it anyway.
    static MessageReceived? InThread(MessageReceived? message, string threadId) => message is { ThreadId: null } ? message with { ThreadId = threadId } : message;

    static ProviderChat? ReadChat(JsonElement chat, string channel)
    {
        if (chat.Get("id"u8).Id() is not { } id) return null;
        var networkId = chat.Get("provider_id"u8).Id();
        var name = chat.Get("name"u8).Words();
        var isGroup = chat.Get("type"u8).Whole() is 1 or 2;
        var details = new JsonObject();
        foreach (var member in (ReadOnlySpan<string>)["account_type", "attendee_provider_id", "attendee_public_identifier", "muted_until", "read_only", "pinned", "disabledFeatures", "subject", "organization_id", "content_type", "folder"])
            details.Keep(member, chat.Get(Encoding.UTF8.GetBytes(member)));
        return new(id)
        {
            NetworkId = networkId,
            With = isGroup
                ? new(networkId ?? id, [], name ?? chat.Get("subject"u8).Words(), IsGroup: true)
                : UnipilePeople.Find(channel, chat.Get("attendee_provider_id"u8).Id(), chat.Get("attendee_public_identifier"u8).Id(), name: name),
            Name = name,
            LastActivityAt = chat.Get("timestamp"u8).When(),
            UnreadCount = (int)Math.Clamp(chat.Get("unread_count"u8).Whole() ?? (chat.Get("unread"u8).Flag() ? 1 : 0), 0, int.MaxValue),
            IsGroup = isGroup,
            IsArchived = chat.Get("archived"u8).Flag(),
            IsReadOnly = chat.Get("read_only"u8).Flag(),
            Details = details.OrNull(),
        };
    }

    async Task<HistoryPage<T>> ListAsync<T>(
        ChannelAccount account, string path, Func<JsonElement, T?> read, string? cursor, int? limit, (string Name, string? Value)[] filters, CancellationToken cancellationToken) where T : class
    {
        // The cursor holds the filters of the first page; Unipile wants either or.
        (string, string?)[] query =
        [
            .. cursor is null ? filters : [("cursor", cursor)],
            ("limit", limit is { } most ? Math.Clamp(most, 1, LargestPage).ToString(CultureInfo.InvariantCulture) : null),
        ];
        var (answer, failure) = await client.AskAsync(account, HttpMethod.Get, path, cancellationToken, null, query);
        using (answer)
        {
            if (answer is null) return HistoryPage<T>.Failed(failure!);
            var list = answer.Root.Get("items"u8);
            if (list.ValueKind != JsonValueKind.Array) return HistoryPage<T>.Failed(ReadFailure.Unreadable.From(null, "The list has no items."));

            var items = new List<T>(list.GetArrayLength());
            var unreadable = 0;
            foreach (var item in list.EnumerateArray())
                if (item.IsObject() && read(item) is { } one) items.Add(one);
                else unreadable++;
            var next = answer.Root.Get("cursor"u8).Words();
            return next is not null && next == cursor
                ? HistoryPage<T>.Failed(ReadFailure.Unreadable.From(null, "A page leads to itself."))
                : new(items, next, unreadable);
        }
    }

    async Task<Found<T>> FindAsync<T>(
        ChannelAccount account, string path, Func<JsonElement, T?> read, CancellationToken cancellationToken, params (string Name, string? Value)[] query) where T : class
    {
        var (answer, failure) = await client.AskAsync(account, HttpMethod.Get, path, cancellationToken, null, query);
        using (answer)
        {
            if (answer is null) return new(null, failure);
            return read(answer.Root) is { } found ? new(found) : new(null, ReadFailure.Unreadable);
        }
    }
}
