using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Scheduling;

namespace Parley.Server.Messages;

/// <summary>A message as people and programs see it.</summary>
/// <param name="Status">queued sending sent delivered read failed unknown; inbound ones are delivered.</param>
/// <param name="Author">contact, user:&lt;id&gt;, api:&lt;id&gt;, bot, or provider (written in the provider's own app).</param>
/// <param name="WriterName">Who of the team, which key, or who in a group; null where the conversation says it.</param>
/// <param name="OccurredAt">The provider's time for what came in: the order of a conversation.</param>
/// <param name="ErrorCode">The provider's code, or ours where the message never reached the provider.</param>
/// <param name="Failure">Our closed set of reasons, with words.</param>
/// <param name="ReplyTo">The provider's id of the message this one answers.</param>
/// <param name="Answered">That message, when we have it.</param>
/// <param name="SeenBy">Who has read it, where the provider says so of each reader: in groups, mostly.</param>
/// <param name="Steps">Each step the provider told us, with its time; only on a single message.</param>
public record MessageView(
    Guid Id, Guid ConversationId, Guid ContactId, Guid IntegrationId, string Channel, string Direction, string Type, string? Content, string Status,
    string? ExternalMessageId, string Author, string? WriterName, Guid? SenderContactId, string? ReplyTo, JsonNode? Attachments, JsonNode? Reactions, JsonNode? Metadata,
    DateTimeOffset? SentAt, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, DateTimeOffset? FailedAt, string? ErrorCode, string? ErrorMessage,
    FailureView? Failure, int Attempt, DateTimeOffset? EditedAt, DateTimeOffset? DeletedAt, Guid? WebhookEventId, DateTimeOffset OccurredAt,
    DateTimeOffset CreatedAt, AnsweredView? Answered, IReadOnlyList<ReaderView>? SeenBy = null, IReadOnlyList<StepView>? Steps = null)
{
    /// <summary>When it was to leave, where somebody said so.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>While it waits for that time; null once it is on its way.</summary>
    public ScheduleView? Schedule { get; init; }

    internal static MessageView From(MessageRow row) => new(
        row.Id, row.ConversationId, row.ContactId, row.IntegrationId, row.Channel, row.Direction, row.Type, row.DeletedAt is null ? row.Content : null, row.IsScheduled ? "queued" : row.Status,
        row.ExternalMessageId, row.Author, row.WriterName, row.SenderContactId, row.ReplyTo, Parse(row.Attachments), Present(row.Reactions), Parse(row.Metadata),
        row.SentAt, row.DeliveredAt, row.ReadAt, row.FailedAt, row.ErrorCode, row.ErrorMessage,
        row.FailureCode is { } code ? new(code, WordsOf(code, row)) : null,
        row.Attempt, row.EditedAt, row.DeletedAt, row.WebhookEventId, row.OccurredAt, row.CreatedAt,
        row.Answered is { } answered ? AnsweredView.From(JsonNode.Parse(answered)!) : null,
        row.SeenBy is { } readers ? [.. JsonNode.Parse(readers)!.AsArray().Select(reader => ReaderView.From(reader!))] : null)
    {
        ScheduledAt = row.ScheduledAt,
        Schedule = row.IsScheduled ? ScheduleView.From(row.ScheduledAt!.Value, row.ScheduledZone ?? "UTC", row.NeedsDecision) : null,
    };

    // What is wrong with the account was told in words of its own; all other reasons have theirs.
    static string WordsOf(string code, MessageRow row) =>
        code == SendFailure.AccountInvalid.Code && row.ErrorCode == code && row.ErrorMessage is { } own ? own
        : SendFailure.All.TryGetValue(code, out var failure) ? failure.Words : row.ErrorMessage ?? code;

    static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);

    // Reactions that were taken back stay in the row as marks, but are nothing to see.
    static JsonArray? Present(string? json) => json is null ? null
        : new JsonArray([.. JsonNode.Parse(json)!.AsArray().Where(reaction => reaction?["emoji"] is not null).Select(reaction => reaction!.DeepClone())]);
}

public sealed record FailureView(string Code, string Words);

/// <summary>The message that another one answers, as a reader needs it beside the answer.</summary>
/// <param name="Content">Its beginning; null when it was deleted or has no words.</param>
public sealed record AnsweredView(Guid Id, string Direction, string Type, string? Content)
{
    internal static AnsweredView From(JsonNode json) => new((Guid)json["id"]!, (string)json["direction"]!, (string)json["type"]!, (string?)json["content"]);
}

/// <param name="Name">Null when nobody knows one.</param>
/// <param name="At">Null when the provider tells that it was read, and not when.</param>
public sealed record ReaderView(string Handle, string? Name, DateTimeOffset? At)
{
    internal static ReaderView From(JsonNode json) => new((string)json["handle"]!, (string?)json["name"], (DateTimeOffset?)json["at"]);
}

public sealed record StepView(string Status, DateTimeOffset OccurredAt, string? ErrorCode, string? ErrorMessage);

internal class MessageRow
{
    /// <summary>The select list of this row, of messages as m. The writer, the files and the answered message are one look into an index each for
    /// every message of a page. Whose a message is, its conversation says: it may have been merged since.</summary>
    public const string Columns = $"""
        m.id, m.conversation_id, coalesce((select c.contact_id from conversations c where c.tenant_id = m.tenant_id and c.id = m.conversation_id), m.contact_id) as contact_id, m.integration_id, m.channel, m.direction, m.type, m.content, m.status, m.external_message_id, m.author,
        m.sender_contact_id, m.reply_to, m.reactions::text as reactions, m.metadata::text as metadata, m.sent_at,
        m.delivered_at, m.read_at, m.failed_at, m.failure_code, m.error_code, m.error_message, m.attempt, m.edited_at, m.deleted_at, m.webhook_event_id,
        m.occurred_at, m.created_at, m.scheduled_at, m.scheduled_zone, m.needs_decision,
        case
            when m.author like 'user:%' then (select u.name from users u where u.tenant_id = m.tenant_id and u.id = substring(m.author from 6)::uuid)
            when m.author like 'api:%' then (select a.name from api_keys a where a.tenant_id = m.tenant_id and a.id = substring(m.author from 5)::uuid)
            when m.sender_contact_id is not null then coalesce((select coalesce(k.name, k.phone) from contacts k where k.tenant_id = m.tenant_id and k.id = m.sender_contact_id),
                (select coalesce(k.name, k.phone) from contact_aliases l join contacts k on k.tenant_id = l.tenant_id and k.id = l.contact_id where l.tenant_id = m.tenant_id and l.id = m.sender_contact_id))
        end as writer_name,
        (select jsonb_agg({Media.AttachmentView.Json} order by a.position, a.id)
            from attachments a where a.tenant_id = m.tenant_id and a.message_id = m.id)::text as attachments,
        (select jsonb_agg(jsonb_build_object('handle', s.reader ->> 'handle', 'name', coalesce(k.name, k.phone), 'at', s.reader ->> 'at') order by s.n)
            from jsonb_array_elements(m.seen_by) with ordinality as s (reader, n)
            left join contact_identities i on i.tenant_id = m.tenant_id and i.channel = m.channel and i.handle = s.reader ->> 'handle'
            left join contacts k on k.tenant_id = i.tenant_id and k.id = i.contact_id)::text as seen_by,
        (select jsonb_build_object('id', r.id, 'direction', r.direction, 'type', r.type, 'content', case when r.deleted_at is null then left(r.content, 140) end)
            from messages r where r.tenant_id = m.tenant_id and r.integration_id = m.integration_id and r.external_message_id = m.reply_to)::text as answered
        """;

    public Guid Id { get; init; }
    public Guid ConversationId { get; init; }
    public Guid ContactId { get; init; }
    public Guid IntegrationId { get; init; }
    public string Channel { get; init; } = "";
    public string Direction { get; init; } = "";
    public string Type { get; init; } = "";
    public string? Content { get; init; }
    public string Status { get; init; } = "";
    public string? ExternalMessageId { get; init; }
    public string Author { get; init; } = "";
    public string? WriterName { get; init; }
    public Guid? SenderContactId { get; init; }
    public string? ReplyTo { get; init; }
    public string? Attachments { get; init; }
    public string? Answered { get; init; }
    public string? SeenBy { get; init; }
    public string? Reactions { get; init; }
    public string? Metadata { get; init; }
    public DateTimeOffset? SentAt { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public DateTimeOffset? ReadAt { get; init; }
    public DateTimeOffset? FailedAt { get; init; }
    public string? FailureCode { get; init; }
    public string? ErrorCode { get; init; }
    public string? ErrorMessage { get; init; }
    public int Attempt { get; init; }
    public DateTimeOffset? EditedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public Guid? WebhookEventId { get; init; }
    public DateTimeOffset OccurredAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ScheduledAt { get; init; }
    public string? ScheduledZone { get; init; }
    public bool NeedsDecision { get; init; }
    public bool IsScheduled => Status == "scheduled";
}
