using Parley.Server.Sending;

namespace Parley.Server.Conversations;

/// <summary>A conversation as people and programs see it.</summary>
/// <param name="Status">open, closed or archived; snoozing is <paramref name="SnoozedUntil"/>.</param>
/// <param name="AssignedUserId">Who takes care of the contact.</param>
/// <param name="ReplyWindowEndsAt">Until when anything but a template may be sent (WhatsApp); null where there is no window or it never opened.</param>
public record ConversationView(
    Guid Id, Guid ContactId, Guid IntegrationId, string Channel, string Status, bool IsRead, int UnreadCount, DateTimeOffset LastMessageAt,
    string? LastMessagePreview, string? LastMessageDirection, string? ContactName, string Handle, DateTimeOffset? SnoozedUntil,
    DateTimeOffset? ReplyWindowEndsAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, Guid? AssignedUserId, Guid? AssignedTeamId)
{
    internal static ConversationView From(ConversationRow row) => new(
        row.Id, row.ContactId, row.IntegrationId, row.Channel, row.Status, row.IsRead, row.UnreadCount, row.LastMessageAt, row.LastMessagePreview,
        row.LastMessageDirection, row.ContactName, row.Handle, row.SnoozedUntil,
        row.Channel == "whatsapp" ? row.LastInboundAt + ReplyWindowRule.Window : null, row.CreatedAt, row.UpdatedAt, row.AssignedUserId, row.AssignedTeamId);
}

internal sealed class ConversationRow
{
    /// <summary>The select list of this row, of conversations as c and contacts as k.</summary>
    public const string Columns = """
        c.id, c.contact_id, c.integration_id, c.channel, c.status, c.is_read, c.unread_count, c.last_message_at, c.last_message_preview,
        c.last_message_direction, k.name as contact_name, c.handle, c.snoozed_until, c.last_inbound_at, c.created_at, c.updated_at, c.assigned_user_id, c.assigned_team_id
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
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public Guid? AssignedUserId { get; init; }
    public Guid? AssignedTeamId { get; init; }
}
