using Parley.Channels.Contract;
using Parley.Server.Sending;

namespace Parley.Server.Conversations;

/// <summary>A conversation as people and programs see it.</summary>
/// <param name="Status">open, closed or archived; snoozing is <paramref name="SnoozedUntil"/>.</param>
/// <param name="HasReplyWindow">Anything but a template may be sent only for a while after the person wrote (WhatsApp, but for a phone's own account).</param>
/// <param name="AssignedUserId">Who takes care of the contact.</param>
/// <param name="ReplyWindowEndsAt">Until when anything but a template may be sent (WhatsApp); null where there is no window or it never opened.</param>
/// <param name="LastMessageStatus">How far the last message has come when it is ours; null when the customer wrote last.</param>
/// <param name="LastMessageError">Why it was not sent, or is not known to be, in words.</param>
/// <param name="BotState">active, paused or handed_over; null where the account has no bot that is on.</param>
/// <param name="BotCause">Why it does not answer, for programs: person_answered, team, word, model_failed, instructions_repeated, daily_limit, conversation_limit.</param>
/// <param name="BotReason">The same as a sentence.</param>
public record ConversationView(
    Guid Id, Guid ContactId, Guid IntegrationId, string Channel, string Status, bool IsRead, int UnreadCount, DateTimeOffset LastMessageAt,
    string? LastMessagePreview, string? LastMessageDirection, string? ContactName, string Handle, DateTimeOffset? SnoozedUntil,
    bool HasReplyWindow, DateTimeOffset? ReplyWindowEndsAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? LastMessageStatus = null, string? LastMessageError = null,
    string? BotState = null, string? BotCause = null, string? BotReason = null, DateTimeOffset? BotChangedAt = null,
    Guid? AssignedUserId = null, Guid? AssignedTeamId = null)
{
    /// <summary>The ids of its labels.</summary>
    public IReadOnlyList<Guid> Labels { get; init; } = [];

    internal static ConversationView From(ConversationRow row) => new(
        row.Id, row.ContactId, row.IntegrationId, row.Channel, row.Status, row.IsRead, row.UnreadCount, row.LastMessageAt, row.LastMessagePreview,
        row.LastMessageDirection, row.ContactName, row.Handle, row.SnoozedUntil,
        row.HasReplyWindow, row.HasReplyWindow ? row.LastInboundAt + ReplyWindowRule.Window : null, row.CreatedAt, row.UpdatedAt,
        row.LastMessageSteps?[0], row.LastMessageSteps is [_, { } code, var words] ? SendFailure.All.TryGetValue(code, out var failure) ? failure.Words : words ?? code : null,
        row.BotState, row.BotState is null or "active" ? null : row.BotCause, row.BotState is null or "active" ? null : row.BotReason, row.BotState is null ? null : row.BotChangedAt,
        row.AssignedUserId, row.AssignedTeamId) { Labels = row.LabelIds ?? [] };
}

internal sealed class ConversationRow
{
    /// <summary>The select list of this row, of conversations as c and contacts as k. How far our last message has come is read where it is
    /// written, in the message: one look into the index of the thread for each row of the page whose last words are ours, and nothing to keep in
    /// step when thousands of steps come in.</summary>
    public const string Columns = """
        c.id, c.contact_id, c.integration_id, c.channel, c.status, c.is_read, c.unread_count, c.last_message_at, c.last_message_preview,
        c.last_message_direction, k.name as contact_name, c.handle, c.is_thread, c.snoozed_until, c.last_inbound_at, c.created_at, c.updated_at, c.assigned_user_id, c.assigned_team_id,
        case when c.last_message_direction = 'outbound' then (
            select case when m.direction = 'outbound' then array[m.status, m.failure_code, m.error_message] end
            from messages m
            where m.tenant_id = c.tenant_id and m.conversation_id = c.id and not m.is_hidden
            order by m.occurred_at desc, m.id desc
            limit 1
        ) end as last_message_steps,
        case when k.kind = 'person' and exists (select 1 from bots b where b.tenant_id = c.tenant_id and b.integration_id = c.integration_id and b.is_on)
            then coalesce(c.bot_state, 'active') end as bot_state, c.bot_cause, c.bot_reason, c.bot_changed_at,
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

    /// <summary>One of a provider's chats: there is no window in which it must be answered.</summary>
    public bool IsThread { get; init; }
    public bool HasReplyWindow => Channel == "whatsapp" && !IsThread;
    public DateTimeOffset? SnoozedUntil { get; init; }
    public DateTimeOffset? LastInboundAt { get; init; }
    public Guid[]? LabelIds { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Of our last message: its status, the code of its failure, and the words that came with it.</summary>
    public string?[]? LastMessageSteps { get; init; }
    public string? BotState { get; init; }
    public string? BotCause { get; init; }
    public string? BotReason { get; init; }
    public DateTimeOffset? BotChangedAt { get; init; }
    public Guid? AssignedUserId { get; init; }
    public Guid? AssignedTeamId { get; init; }
}
