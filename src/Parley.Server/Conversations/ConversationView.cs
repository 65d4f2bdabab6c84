using Parley.Server.Sending;

namespace Parley.Server.Conversations;

/// <summary>A conversation as people and programs see it.</summary>
/// <param name="Status">open, closed or archived; snoozing is <paramref name="SnoozedUntil"/>.</param>
/// <param name="ReplyWindowEndsAt">Until when anything but a template may be sent (WhatsApp); null where there is no window or it never opened.</param>
public record ConversationView(
    Guid Id, Guid ContactId, Guid IntegrationId, string Channel, string Status, bool IsRead, int UnreadCount, DateTimeOffset LastMessageAt,
    string? LastMessagePreview, string? LastMessageDirection, string? ContactName, string Handle, DateTimeOffset? SnoozedUntil,
    DateTimeOffset? ReplyWindowEndsAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>The ids of its labels.</summary>
    public IReadOnlyList<Guid> Labels { get; init; } = [];

    internal static ConversationView From(ConversationRow row) => new(
        row.Id, row.ContactId, row.IntegrationId, row.Channel, row.Status, row.IsRead, row.UnreadCount, row.LastMessageAt, row.LastMessagePreview,
        row.LastMessageDirection, row.ContactName, row.Handle, row.SnoozedUntil,
        row.Channel == "whatsapp" ? row.LastInboundAt + ReplyWindowRule.Window : null, row.CreatedAt, row.UpdatedAt) { Labels = row.LabelIds ?? [] };
}

internal sealed class ConversationRow
{
    /// <summary>The select list of this row, of conversations as c and contacts as k.</summary>
    public const string Columns = """
        c.id, c.contact_id, c.integration_id, c.channel, c.status, c.is_read, c.unread_count, c.last_message_at, c.last_message_preview,
        c.last_message_direction, k.name as contact_name, c.handle, c.snoozed_until, c.last_inbound_at, c.created_at, c.updated_at,
        (select array_agg(x.label_id order by x.label_id) from conversation_labels x where x.tenant_id = c.tenant_id and x.conversation_id = c.id) as label_ids
        """;

    public Guid Id { get; init; }
    public Guid ContactId { get; init; }
    public Guid IntegrationId { get; init; }
    public string Channel { get; init; } = "";
    public string Status { get; init; } = "";
    public bool IsRead { get; init; }
    public int UnreadCount { get; init; }
    public DateTimeOffset LastMessageAt { get; init; }
    public string? LastMessagePreview { get; init; }
    public string? LastMessageDirection { get; init; }
    public string? ContactName { get; init; }
    public string Handle { get; init; } = "";
    public DateTimeOffset? SnoozedUntil { get; init; }
    public DateTimeOffset? LastInboundAt { get; init; }
    public Guid[]? LabelIds { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}
