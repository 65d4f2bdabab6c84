using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Feed;

/// <summary>Lines of the feed as they go over the wire, made once for all listeners of a tenant. The numbers have no gap.</summary>
internal sealed class FeedPage(long first, byte[] bytes, int[] starts)
{
    /// <summary>What has no number and is not kept, such as who is typing.</summary>
    public static FeedPage Passing(byte[] bytes) => new(0, bytes, []);

    public int Count => starts.Length;
    public long Last => first + starts.Length - 1;

    /// <summary>The lines after <paramref name="seq"/>; nothing when there are none.</summary>
    public ReadOnlyMemory<byte> After(long seq) => starts.Length == 0 ? bytes : seq >= Last ? default : bytes.AsMemory(seq < first ? 0 : starts[seq + 1 - first]);
}

/// <summary>What a listener gets in "data:": ids, and the message and conversation as they are when the line is read
/// (so the last line about an object always shows its last state).</summary>
public sealed record FeedView(
    long Seq, string Type, DateTimeOffset At, Guid? ConversationId, Guid? MessageId, Guid? ContactId, Guid? IntegrationId,
    MessageView? Message, ConversationView? Conversation);

/// <summary>Reads lines and what they speak of: three statements for a page of any mix.</summary>
internal sealed class FeedFrames(FeedStore feed, MessageStore messages, ConversationStore conversations, IOptions<JsonOptions> json, TimeProvider time)
{
    public const int PageSize = 500;

    /// <summary>Null when there is nothing after <paramref name="seq"/>.</summary>
    public async Task<FeedPage?> ReadAfterAsync(Guid tenant, long seq, CancellationToken cancellationToken)
    {
        var rows = await feed.ListAfterAsync(tenant, seq, PageSize, cancellationToken);
        if (rows.Count == 0) return null;
        var messageIds = rows.Select(row => row.MessageId).OfType<Guid>().Distinct().ToList();
        var conversationIds = rows.Select(row => row.ConversationId).OfType<Guid>().Distinct().ToList();
        var messagesById = messageIds.Count == 0 ? [] : (await messages.ListByIdsAsync(tenant, messageIds, cancellationToken)).ToDictionary(message => message.Id);
        var conversationsById = conversationIds.Count == 0 ? [] : (await conversations.ListByIdsAsync(tenant, conversationIds, cancellationToken)).ToDictionary(conversation => conversation.Id);
        Trace(tenant, rows);
        var bytes = new ArrayBufferWriter<byte>(rows.Count * 1500);
        var starts = new int[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            starts[i] = bytes.WrittenCount;
            Write(bytes, new FeedView(
                row.Seq, row.Type, row.CreatedAt, row.ConversationId, row.MessageId, row.ContactId, row.IntegrationId,
                row.MessageId is { } message ? messagesById.GetValueOrDefault(message) : null,
                row.ConversationId is { } conversation ? conversationsById.GetValueOrDefault(conversation) : null));
        }
        return new(rows[0].Seq, bytes.WrittenSpan.ToArray(), starts);
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
