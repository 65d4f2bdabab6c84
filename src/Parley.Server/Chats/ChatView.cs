using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Server.Sync;

namespace Parley.Server.Chats;

/// <summary>A conversation in the words of Unipile's world.</summary>
/// <param name="Id">Unipile's own for its chats, ours otherwise; both find it.</param>
/// <param name="ProviderId">The network's id of it, or the handle of whom it is with.</param>
/// <param name="AccountType">INSTAGRAM, WHATSAPP, MESSENGER…</param>
/// <param name="Timestamp">Of the last message, ISO 8601; null when there is none and never was.</param>
/// <param name="ConversationId">Ours, of /api/conversations.</param>
public sealed record ChatView(
    string Id, string AccountId, string AccountType, string ProviderId, string? Name, string? Timestamp, int UnreadCount, bool IsRead, string CreatedAt, string UpdatedAt, Guid ConversationId)
{
    internal static ChatView From(ChatRow row) => new(
        row.ChatId, row.AccountId, TypeOf(row.Channel), row.ThreadNetworkId ?? (row.IsThread ? row.ThreadId : row.Handle), row.ThreadName ?? row.ContactName ?? (row.IsThread ? null : row.Handle),
        row.LastMessagePreview is not null || !row.IsThread ? Iso(row.LastMessageAt) : row.ThreadActivityAt is { } at && at > DateTimeOffset.UnixEpoch ? Iso(at) : null,
        row.UnreadCount, row.IsRead, Iso(row.CreatedAt), Iso(row.UpdatedAt), row.Id);

    internal static string TypeOf(string channel) => channel == "facebook" ? "MESSENGER" : channel.ToUpperInvariant();

    internal static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A message in the words of Unipile's world: flags are 0 or 1.</summary>
/// <param name="Text">Null when it has no words, or was taken back.</param>
/// <param name="SeenBy">Who has read it: true, or when.</param>
/// <param name="Attachments">As the provider describes them, with the address of our own copy.</param>
public sealed record ChatMessageView(
    string Id, string ChatId, string AccountId, string ChatProviderId, string? ProviderId, string? SenderId, string? SenderAttendeeId, string? Text, string Timestamp, int IsSender,
    JsonArray Attachments, JsonArray Reactions, JsonObject SeenBy, JsonNode? Quoted, JsonNode? ReplyTo, int Seen, int Hidden, int Deleted, int Edited, int Delivered, int IsEvent,
    string Status, string CreatedAt, Guid MessageId)
{
    internal static ChatMessageView From(ChatMessageRow row, ChatRow chat)
    {
        var details = row.Details is null ? null : JsonNode.Parse(row.Details) as JsonObject;
        var isOurs = row.Direction == "outbound";
        var view = ChatView.From(chat);
        return new(
            chat.IsThread ? row.ExternalMessageId ?? row.Id.ToString() : row.Id.ToString(), view.Id, view.AccountId, Detail(details, "chat_provider_id") ?? view.ProviderId,
            row.NetworkId ?? row.ExternalMessageId, Detail(details, "sender_id") ?? (isOurs ? chat.AccountExternalId : row.SenderHandle ?? chat.Handle), Detail(details, "sender_attendee_id"),
            row.DeletedAt is null ? row.Content : null, ChatView.Iso(row.OccurredAt), isOurs ? 1 : 0, Files(row, details), ReactionsOf(row), Readers(row),
            details?["quoted"]?.DeepClone(), details?["reply_to"]?.DeepClone() ?? Answered(row),
            row.Status == "read" || !isOurs && chat.IsRead ? 1 : 0, row.IsHidden ? 1 : 0, row.DeletedAt is null ? 0 : 1, row.EditedAt is null ? 0 : 1,
            row.Status is "delivered" or "read" ? 1 : 0, row.Type == "event" ? 1 : 0, row.Status, ChatView.Iso(row.CreatedAt), row.Id);
    }

    static string? Detail(JsonObject? details, string name) => details?[name] is JsonValue value ? value.ToString() : null;

    static JsonArray Files(ChatMessageRow row, JsonObject? details)
    {
        var given = details?["attachments"] as JsonArray;
        var files = new JsonArray();
        var stored = row.Attachments is null ? [] : JsonNode.Parse(row.Attachments)!.AsArray();
        for (var i = 0; i < Math.Max(stored.Count, given?.Count ?? 0); i++)
        {
            var file = i < given?.Count && given[i]?.DeepClone() is JsonObject told ? told : [];
            if (i < stored.Count && stored[i] is JsonObject ours)
            {
                file["id"] ??= ours["id"]!.DeepClone();
                file["type"] ??= (string?)ours["kind"] switch { "image" => "img", "document" => "file", var kind => kind };
                file["mimetype"] = ours["mime_type"]?.DeepClone() ?? file["mimetype"]?.DeepClone();
                file["file_name"] = ours["file_name"]?.DeepClone() ?? file["file_name"]?.DeepClone();
                file["file_size"] = ours["size"]?.DeepClone() ?? file["file_size"]?.DeepClone();
                file["url"] = ours["url"]!.DeepClone();
                file["unavailable"] = (string?)ours["status"] == "failed";
            }
            files.Add((JsonNode)file);
        }
        return files;
    }

    static JsonArray ReactionsOf(ChatMessageRow row) => row.Reactions is null ? [] : new([.. JsonNode.Parse(row.Reactions)!.AsArray().OfType<JsonObject>()
        .Where(reaction => reaction["emoji"] is not null)
        .Select(reaction => (JsonNode)new JsonObject { ["value"] = reaction["emoji"]!.DeepClone(), ["sender_id"] = reaction["handle"]!.DeepClone(), ["is_sender"] = (bool?)reaction["is_ours"] ?? false })]);

    static JsonObject Readers(ChatMessageRow row)
    {
        var readers = new JsonObject();
        foreach (var reader in row.SeenBy is null ? [] : JsonNode.Parse(row.SeenBy)!.AsArray().OfType<JsonObject>())
            readers[(string)reader["handle"]!] = reader["at"]?.DeepClone() ?? true;
        return readers;
    }

    static JsonObject? Answered(ChatMessageRow row) => row.ReplyTo is null ? null : new JsonObject { ["id"] = row.ReplyTo };
}

public sealed record ChatList(IReadOnlyList<ChatView> Items, long Total, int Limit, long Offset);

public sealed record ChatMessageList(IReadOnlyList<ChatMessageView> Items, long Total, int Limit, long Offset);

public sealed record ChatSyncStats(long MessagesFetched, long MessagesCreated, long NewUnreadMessages, string? LatestTimestamp);

public sealed record ChatSyncResult(bool Success, string Message, ChatSyncStats Stats);

/// <param name="ChatsSynced">Chats whose messages were read; those that had nothing new cost nothing and do not count.</param>
public sealed record ChatsSyncStats(long ChatsSynced, long TotalMessagesCreated, long TotalUnreadMessages, int ChatsWithErrors);

/// <param name="Errors">Why chats, or whole accounts, could not be read.</param>
public sealed record ChatsSyncResult(bool Success, string Message, ChatsSyncStats Stats, IReadOnlyList<SyncError> Errors);

internal sealed class ChatRow
{
    public Guid Id { get; init; }
    public Guid IntegrationId { get; init; }
    public string AccountExternalId { get; init; } = "";
    public string Channel { get; init; } = "";
    public bool IsThread { get; init; }
    public string ThreadId { get; init; } = "";
    public string? ThreadNetworkId { get; init; }
    public string? ThreadName { get; init; }
    public DateTimeOffset? ThreadActivityAt { get; init; }
    public string Handle { get; init; } = "";
    public string? ContactName { get; init; }
    public int UnreadCount { get; init; }
    public bool IsRead { get; init; }
    public long MessageCount { get; init; }
    public DateTimeOffset LastMessageAt { get; init; }
    public string? LastMessagePreview { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }

    public string ChatId => IsThread ? ThreadId : Id.ToString();
    public string AccountId => IsThread ? AccountExternalId : IntegrationId.ToString();
}

internal sealed class ChatMessageRow
{
    public Guid Id { get; init; }
    public string? ExternalMessageId { get; init; }
    public string? NetworkId { get; init; }
    public string Direction { get; init; } = "";
    public string Type { get; init; } = "";
    public string? Content { get; init; }
    public string Status { get; init; } = "";
    public string? ReplyTo { get; init; }
    public string? Reactions { get; init; }
    public string? SeenBy { get; init; }
    public string? Details { get; init; }
    public bool IsHidden { get; init; }
    public string? SenderHandle { get; init; }
    public string? Attachments { get; init; }
    public DateTimeOffset? EditedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public DateTimeOffset OccurredAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}
