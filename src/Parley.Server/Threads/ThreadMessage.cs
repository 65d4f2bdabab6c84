using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Server.Threads;

/// <summary>A message of a provider's chat on its way into the database, from a webhook or from the provider's history.</summary>
/// <param name="ReadAt">When we asked for it, or got it: what was changed here later is newer than it.</param>
/// <param name="IsFirstImport">Part of what was said before we came: marks nothing unread, and the feed does not tell of it.</param>
internal sealed record ThreadMessage(
    Guid TenantId, Guid IntegrationId, string Channel, Guid ConversationId, Guid? SenderContactId, MessageReceived Message, DateTimeOffset ReadAt,
    Guid? WebhookEventId = null, bool IsFirstImport = false)
{
    public bool IsShown => !Message.IsHidden;

    /// <summary>Somebody wants an answer.</summary>
    public bool IsUnread => !Message.IsEcho && IsShown && Message.Type != "event" && !IsFirstImport;

    public string Status => !Message.IsEcho ? "delivered" : Message.IsSeen == true || Message.SeenBy is { Count: > 0 } ? "read" : Message.IsDelivered == true ? "delivered" : "sent";
}

/// <summary>What can change about a message that is here already.</summary>
internal sealed class ThreadMessageRow
{
    public Guid IntegrationId { get; init; }
    public string ExternalMessageId { get; init; } = "";
    public Guid Id { get; init; }
    public Guid ConversationId { get; init; }
    public Guid ContactId { get; init; }
    public string Direction { get; init; } = "";
    public string Author { get; init; } = "";
    public string? Content { get; init; }
    public string Status { get; init; } = "";
    public DateTimeOffset? EditedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public DateTimeOffset? ReadAt { get; init; }
    public string? Reactions { get; init; }
    public string? SeenBy { get; init; }
    public string? Details { get; init; }
    public string? NetworkId { get; init; }
    public bool IsHidden { get; init; }
}

/// <summary>How a message is to be from now on.</summary>
internal sealed record ThreadMessageState(
    string? Content, string Status, DateTimeOffset? EditedAt, DateTimeOffset? DeletedAt, DateTimeOffset? ReadAt, string? Reactions, string? SeenBy, string? Details,
    string? NetworkId, bool IsHidden)
{
    static readonly string[] Steps = ["sent", "delivered", "read"];

    /// <summary>As the provider tells it of a message that is new here. When it was edited or deleted is not known: now.</summary>
    public static ThreadMessageState Of(ThreadMessage told, DateTimeOffset now) => new(
        told.Message.IsDeleted ? null : told.Message.Content, told.Status, told.Message.IsEdited ? now : null, told.Message.IsDeleted ? now : null,
        told.Status == "read" ? told.Message.SeenBy?.Max(seen => seen.At) : null,
        told.Message.Reactions is { Count: > 0 } reactions ? new JsonArray([.. reactions.Select(reaction => Reaction(reaction, told.ReadAt))]).ToJsonString() : null,
        told.Message.SeenBy is { Count: > 0 } seenBy ? Write(seenBy) : null, told.Message.Details?.ToJsonString(), told.Message.NetworkId, told.Message.IsHidden);

    /// <summary>Null when nothing is to change. What we wrote ourselves keeps its words unless they were edited, a status only moves
    /// forward, and what was changed here after the provider was asked stays.</summary>
    public static ThreadMessageState? After(ThreadMessageRow row, ThreadMessage told, DateTimeOffset now)
    {
        var (message, before) = (told.Message, new ThreadMessageState(
            row.Content, row.Status, row.EditedAt, row.DeletedAt, row.ReadAt, row.Reactions, row.SeenBy, row.Details, row.NetworkId, row.IsHidden));
        var after = before;
        var isOurs = row.Author is not ("contact" or "provider");
        var isStale = row.EditedAt >= told.ReadAt;
        if (message is { IsDeleted: false, Content: { } content } && row.DeletedAt is null && content != row.Content && !isStale && (!isOurs || message.IsEdited))
            after = after with { Content = content, EditedAt = message.IsEdited ? now : row.EditedAt };
        if (message.IsEdited && after.EditedAt is null) after = after with { EditedAt = now };
        if (message.IsDeleted && row.DeletedAt is null) after = after with { DeletedAt = now };
        if (message.IsHidden != row.IsHidden) after = after with { IsHidden = message.IsHidden };
        if (message.NetworkId is { } network && network != row.NetworkId) after = after with { NetworkId = network };
        if (row.Direction == "outbound" && row.Status is not ("failed" or "queued") && Array.IndexOf(Steps, told.Status) > Array.IndexOf(Steps, row.Status)) after = after with { Status = told.Status };
        if (message.SeenBy is { } seenBy && Join(row.SeenBy, seenBy) is { } joined) after = after with { SeenBy = joined };
        if (after.Status == "read" && row.ReadAt is null && message.SeenBy?.Max(seen => seen.At) is { } readAt) after = after with { ReadAt = readAt };
        if (message.Reactions is { } reactions && Replace(row.Reactions, reactions, told.ReadAt) is { } replaced) after = after with { Reactions = replaced };
        if (message.Details is { } details && !(row.Details is { } known && JsonNode.DeepEquals(JsonNode.Parse(known), details))) after = after with { Details = details.ToJsonString() };
        return after == before ? null : after;
    }

    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Readers by handle, with those who were known before. Null when that is nothing new.</summary>
    public static string? Join(string? before, IReadOnlyList<SeenBy> told)
    {
        var known = (before is null ? [] : JsonNode.Parse(before)!.AsArray()).OfType<JsonObject>().ToDictionary(seen => (string)seen["handle"]!, seen => (DateTimeOffset?)seen["at"]);
        var isNew = false;
        foreach (var seen in told)
        {
            if (known.TryGetValue(seen.Handle, out var at) && (at is not null || seen.At is null)) continue;
            known[seen.Handle] = seen.At;
            isNew = true;
        }
        return isNew ? Write([.. known.Select(seen => new SeenBy(seen.Key, seen.Value))]) : null;
    }

    static string Write(IReadOnlyList<SeenBy> seenBy) => new JsonArray([.. seenBy.Select(seen => (JsonNode)new JsonObject { ["handle"] = seen.Handle, ["at"] = seen.At is { } at ? Stamp(at) : null })]).ToJsonString();

    // One that is gone stays as a mark without emoji, as a reaction taken back does: an older notice cannot revive it.
    static string? Replace(string? before, IReadOnlyList<MessageReaction> told, DateTimeOffset readAt)
    {
        var known = (before is null ? [] : JsonNode.Parse(before)!.AsArray()).OfType<JsonObject>().ToList();
        var stamp = Stamp(readAt);
        if (known.Exists(reaction => string.CompareOrdinal((string?)reaction["at"], stamp) > 0)) return null;
        var present = known.Where(reaction => reaction["emoji"] is not null).Select(reaction => ((string)reaction["handle"]!, (string)reaction["emoji"]!)).ToHashSet();
        if (present.SetEquals(told.Select(reaction => (reaction.Handle, reaction.Emoji)))) return null;
        var after = new JsonArray([.. told.Select(reaction => Reaction(reaction, readAt))]);
        foreach (var handle in known.Select(reaction => (string)reaction["handle"]!).Distinct().Where(handle => told.All(reaction => reaction.Handle != handle)))
            after.Add((JsonNode)new JsonObject { ["handle"] = handle, ["emoji"] = null, ["at"] = stamp });
        return after.ToJsonString();
    }

    static JsonNode Reaction(MessageReaction reaction, DateTimeOffset readAt)
    {
        var json = new JsonObject { ["handle"] = reaction.Handle, ["emoji"] = reaction.Emoji, ["at"] = Stamp(readAt) };
        if (reaction.IsOurs) json["is_ours"] = true;
        return json;
    }
}
