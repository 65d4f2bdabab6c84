using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Feed;

/// <summary>What a listener gets in "data:": ids, and the message and conversation as they are when the line is read
/// (so the last line about an object always shows its last state). A line for one person has ids only: whether they still see what it speaks of, they ask.</summary>
/// <param name="UserId">Whom it is for, where it is for one person: a mention, a notice.</param>
public sealed record FeedView(
    long Seq, string Type, DateTimeOffset At, Guid? ConversationId, Guid? MessageId, Guid? ContactId, Guid? IntegrationId, Guid? UserId,
    MessageView? Message, ConversationView? Conversation);

/// <summary>Reads lines and what they speak of: four statements for a page of any mix.</summary>
internal sealed class FeedFrames(FeedStore feed, MessageStore messages, ConversationStore conversations, IOptions<JsonOptions> json, TimeProvider time)
{
    public const int PageSize = 500;

    /// <summary>Null when there is nothing after <paramref name="seq"/>.</summary>
    public async Task<FeedPage?> ReadAfterAsync(Guid tenant, long seq, CancellationToken cancellationToken)
    {
        var rows = await feed.ListAfterAsync(tenant, seq, PageSize, cancellationToken);
        if (rows.Count == 0) return null;
        var messageIds = rows.Where(row => row.UserId is null).Select(row => row.MessageId).OfType<Guid>().Distinct().ToList();
        var conversationIds = rows.Where(row => row.UserId is null).Select(row => row.ConversationId).OfType<Guid>().Distinct().ToList();
        var messagesById = messageIds.Count == 0 ? [] : (await messages.ListByIdsAsync(tenant, messageIds, cancellationToken)).ToDictionary(message => message.Id);
        var conversationsById = conversationIds.Count == 0 ? [] : (await conversations.ListByIdsAsync(tenant, conversationIds, cancellationToken)).ToDictionary(conversation => conversation.Id);
        var contactIds = rows.Where(row => row.ConversationId is null).Select(row => row.ContactId).OfType<Guid>().Distinct().ToList();
        var ownersByContact = contactIds.Count == 0 ? new Dictionary<Guid, FeedOwner>() : await feed.ListOwnersAsync(tenant, contactIds, cancellationToken);
        Trace(tenant, rows);
        var bytes = new ArrayBufferWriter<byte>(rows.Count * 1500);
        var lines = new FeedLine[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            lines[i] = new(bytes.WrittenCount, row.Type, OwnerOf(row));
            Write(bytes, new FeedView(
                row.Seq, row.Type, row.CreatedAt, row.ConversationId, row.MessageId, row.ContactId, row.IntegrationId, row.UserId,
                row is { MessageId: { } message, UserId: null } ? messagesById.GetValueOrDefault(message) : null,
                row is { ConversationId: { } conversation, UserId: null } ? conversationsById.GetValueOrDefault(conversation) : null));
        }
        return new(rows[0].Seq, bytes.WrittenSpan.ToArray(), lines);

        FeedOwner OwnerOf(FeedRow row) =>
            row.UserId is not null ? new(false, row.UserId, null)
            : row.ConversationId is { } about ? conversationsById.TryGetValue(about, out var view) ? new(false, view.AssignedUserId, view.AssignedTeamId) : default
            : row.ContactId is { } contact ? ownersByContact.GetValueOrDefault(contact)
            : new(true, null, null);
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

    void Write(ArrayBufferWriter<byte> bytes, FeedView view)
    {
        Encoding.UTF8.GetBytes($"id: {view.Seq}\nevent: {view.Type}\ndata: ", bytes);
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = json.Value.SerializerOptions.Encoder }))
            JsonSerializer.Serialize(writer, view, json.Value.SerializerOptions);
        bytes.Write("\n\n"u8);
    }
}
