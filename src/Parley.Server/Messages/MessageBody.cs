using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Templates;

namespace Parley.Server.Messages;

/// <summary>What a message shall say; which members count depends on the type.</summary>
public record MessageBody
{
    /// <summary>text (default), image, video, audio, document, sticker, location, contacts, interactive or template.</summary>
    public string? Type { get; init; }

    /// <summary>The text; the caption of a file; the words above choices.</summary>
    public string? Content { get; init; }

    /// <summary>An uploaded file (POST /api/attachments).</summary>
    public Guid? AttachmentId { get; init; }

    /// <summary>The public address of a file, instead: the provider fetches it.</summary>
    public string? Link { get; init; }

    public FilledLocation? Location { get; init; }

    /// <summary>As Meta writes them: [{"name":{"formatted_name":"Bia"},"phones":[{"phone":"+55…"}]}].</summary>
    public JsonArray? Contacts { get; init; }

    public Interactive? Interactive { get; init; }

    public TemplateRequest? Template { get; init; }

    /// <summary>When it shall leave, instead of now: 2026-12-01T09:00 as the clocks show it in <see cref="TimeZone"/>, or with an offset.</summary>
    public string? ScheduledAt { get; init; }

    /// <summary>An IANA name (America/Sao_Paulo), contact or tenant; without it, the contact's where it is known, else the organisation's.</summary>
    public string? TimeZone { get; init; }
}

/// <summary>An answer in a conversation.</summary>
public sealed record ReplyRequest : MessageBody
{
    /// <summary>The id of a message of this conversation that this one answers.</summary>
    public Guid? ReplyToMessageId { get; init; }
}

/// <summary>A message to somebody.</summary>
public sealed record NewMessageRequest : MessageBody
{
    public Guid? IntegrationId { get; init; }

    /// <summary>A phone number with its country code (with + or 00; digits alone are read as if a + stood before them, as WhatsApp writes numbers), or a business-scoped id.</summary>
    public string? To { get; init; }
}

/// <summary>A message that has been looked at and may be queued.</summary>
/// <param name="Metadata">Everything beside the words; what the adapter takes as its payload.</param>
/// <param name="FileKind">As what the attachment goes out: the type, or the format of a template's header.</param>
internal sealed record MessageDraft(string Type, string? Content, JsonObject? Metadata = null, Guid? AttachmentId = null, string? FileKind = null);
