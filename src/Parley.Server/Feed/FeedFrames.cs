using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Feed;

/// <summary>A line of the feed as it goes over the wire, made once for all listeners of a tenant.</summary>
internal readonly record struct FeedFrame(long Seq, byte[] Bytes);

/// <summary>What a listener gets in "data:": ids, and the message and conversation as they are when the line is read
/// (so the last line about an object always shows its last state).</summary>
public sealed record FeedView(
    long Seq, string Type, DateTimeOffset At, Guid? ConversationId, Guid? MessageId, Guid? ContactId, Guid? IntegrationId,
    MessageView? Message, ConversationView? Conversation);

/// <summary>Reads lines and what they speak of: three statements for a page of any mix.</summary>
internal sealed class FeedFrames(FeedStore feed, MessageStore messages, ConversationStore conversations, IOptions<JsonOptions> json, TimeProvider time)
{
    public const int PageSize = 500;

    public async Task<IReadOnlyList<FeedFrame>> ReadAfterAsync(Guid tenant, long seq, CancellationToken cancellationToken)
    {
        var rows = await feed.ListAfterAsync(tenant, seq, PageSize, cancellationToken);
        if (rows.Count == 0) return [];
        var messageIds = rows.Select(row => row.MessageId).OfType<Guid>().Distinct().ToList();
        var conversationIds = rows.Select(row => row.ConversationId).OfType<Guid>().Distinct().ToList();
        var messagesById = messageIds.Count == 0 ? [] : (await messages.ListByIdsAsync(tenant, messageIds, cancellationToken)).ToDictionary(message => message.Id);
        var conversationsById = conversationIds.Count == 0 ? [] : (await conversations.ListByIdsAsync(tenant, conversationIds, cancellationToken)).ToDictionary(conversation => conversation.Id);
        Trace(tenant, rows);
        return [.. rows.Select(row => Frame(new FeedView(
            row.Seq, row.Type, row.CreatedAt, row.ConversationId, row.MessageId, row.ContactId, row.IntegrationId,
            row.MessageId is { } message ? messagesById.GetValueOrDefault(message) : null,
            row.ConversationId is { } conversation ? conversationsById.GetValueOrDefault(conversation) : null)))];
    }

    void Trace(Guid tenant, IReadOnlyList<FeedRow> rows)
    {
        var now = time.GetUtcNow();
        foreach (var row in rows)
        {
            // Lines that a listener catches up on say nothing about speed.
            if (now - row.CreatedAt < TimeSpan.FromMinutes(1)) Meters.FeedDelay.Record((now - row.CreatedAt).TotalSeconds);
            if (MessageTrace.IsOn && row is { Type: "message.created", MessageId: { } message }) MessageTrace.Note("message.shown", message, tenant, row.CreatedAt);
        }
    }

    FeedFrame Frame(FeedView view) =>
        new(view.Seq, Encoding.UTF8.GetBytes($"id: {view.Seq}\nevent: {view.Type}\ndata: {JsonSerializer.Serialize(view, json.Value.SerializerOptions)}\n\n"));
}
