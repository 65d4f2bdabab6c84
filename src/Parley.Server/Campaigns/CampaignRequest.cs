using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Parley.Server.Templates;

namespace Parley.Server.Campaigns;

/// <summary>A campaign as somebody writes it.</summary>
/// <param name="Type">text (default), image, video, audio, document (with a file) or template.</param>
/// <param name="Message">The words, with {{variables}}; the caption of a file. Of a template, its body counts.</param>
/// <param name="AttachmentId">An uploaded file (POST /api/attachments).</param>
/// <param name="Link">The public address of one, instead.</param>
/// <param name="Template">Its values may hold {{variables}} of the recipient.</param>
/// <param name="Defaults">What is written where nothing is known of a recipient.</param>
/// <param name="Recipients">Numbers with their country codes.</param>
/// <param name="RatePerSecond">Null: as fast as the account may.</param>
/// <param name="Concurrency">Most of its messages in the account's queue at once.</param>
public sealed record CampaignRequest(
    string? Name = null, string? Description = null, Guid? IntegrationId = null, string? Type = null, string? Message = null, Guid? AttachmentId = null, string? Link = null, TemplateRequest? Template = null,
    IReadOnlyDictionary<string, string>? Defaults = null, IReadOnlyList<string>? Recipients = null, CampaignAudience? Audience = null, CampaignHours? Hours = null,
    double? RatePerSecond = null, int? Concurrency = null, CampaignBrake? Brake = null);

/// <summary>Who gets it, beside the numbers. Filter and labels must both hold.</summary>
/// <param name="Everybody">All contacts.</param>
/// <param name="Labels">Contacts with one of these, or with a conversation that has one.</param>
/// <param name="FailedOf">Those whom this campaign failed to reach.</param>
public sealed record CampaignAudience(bool? Everybody = null, CampaignFilter? Filter = null, IReadOnlyList<Guid>? Labels = null, CampaignCsv? Csv = null, Guid? FailedOf = null)
{
    internal bool IsEmpty => !HasContacts && Csv is null && FailedOf is null;
    internal bool HasContacts => Everybody == true || Filter is not null || Labels is { Count: > 0 };
}

/// <summary>As the list of contacts is filtered.</summary>
public sealed record CampaignFilter(
    string? Q = null, string? Status = null, string? Channel = null, string? Kind = null, bool? HasConversation = null, bool? OptedOut = null, string? CreatedAfter = null, string? CreatedBefore = null, IReadOnlyList<string>? Field = null)
{
    internal Contacts.ContactQuery Query => new(Q, Status, Channel, Kind, HasConversation, OptedOut, CreatedAfter, CreatedBefore, Field is null ? null : [.. Field]);
}

/// <summary>A file that was uploaded to /api/contacts/imports.</summary>
/// <param name="Column">The one with the numbers; all others are variables.</param>
/// <param name="Country">The two letters of the country whose numbers are written without +. Null: such numbers are nobody's.</param>
public sealed record CampaignCsv(Guid? ImportId = null, string? Column = null, string? Country = null);

/// <summary>When it may send. From 09:00 to 18:00; from 22:00 to 06:00 is a night.</summary>
/// <param name="TimeZone">An IANA name; the organisation's without one.</param>
/// <param name="Days">1 is Monday; all without them.</param>
public sealed record CampaignHours(string? TimeZone = null, string? From = null, string? To = null, IReadOnlyList<int>? Days = null);

/// <summary>When it pauses by itself.</summary>
/// <param name="FailurePercent">So many failures in a hundred outcomes: 20.</param>
/// <param name="MinSample">Not before there are so many outcomes: 50.</param>
public sealed record CampaignBrake(int? FailurePercent = null, int? MinSample = null);

/// <summary>When a campaign shall start.</summary>
/// <param name="ScheduledAt">2026-12-01T09:00 as the clocks show it in the time zone, or with an offset.</param>
/// <param name="TimeZone">An IANA name; the organisation's without one.</param>
public sealed record CampaignScheduleRequest(string? ScheduledAt = null, string? TimeZone = null);

/// <param name="To">Where the test goes.</param>
/// <param name="ContactId">Whose values fill it; otherwise those of whoever has that number.</param>
public sealed record CampaignTestRequest(string? To = null, Guid? ContactId = null);

/// <summary>What is kept of it beside the words.</summary>
internal sealed record CampaignContentRow(string Type, Guid? AttachmentId = null, string? Link = null, TemplateRequest? Template = null, IReadOnlyDictionary<string, string>? Defaults = null)
{
    /// <summary>The file that it carries: its own, or its template's header's.</summary>
    internal Guid? FileId => AttachmentId ?? Template?.Header?.AttachmentId;

    internal CampaignContentRow WithFile(Guid id) => AttachmentId is not null ? this with { AttachmentId = id } : this with { Template = Template! with { Header = Template.Header! with { AttachmentId = id } } };
}

/// <summary>How the parts of a campaign that are JSON are written.</summary>
internal static class CampaignJson
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;

    public static JsonObject? Variables(string? json) => json is null ? null : JsonNode.Parse(json) as JsonObject;
}
