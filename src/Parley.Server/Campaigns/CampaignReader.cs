using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Contacts.Import;
using Parley.Server.Integrations;
using Parley.Server.Labels;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Scheduling;
using Parley.Server.Search;

namespace Parley.Server.Campaigns;

/// <summary>From what somebody writes to what can be stored. What the provider is known to refuse is refused here, in words.</summary>
internal sealed class CampaignReader(
    IntegrationStore integrations, ChannelCatalog catalog, MessageDrafts drafts, CampaignContents contents, SearchStore search, LabelStore labels, ImportStore imports, CampaignStore campaigns,
    SchedulingSettingsStore settings, TimeProvider time)
{
    public const int MostNumbers = 100_000;
    static readonly string[] Types = ["text", "image", "video", "audio", "document", "template"];

    /// <summary>:: 1 its name and account · 2 what it says · 3 who gets it · 4 when and how fast · 5 would the provider take it.</summary>
    public async Task<(CampaignDraft? Draft, IResult? Wrong)> ReadAsync(Caller caller, CampaignRequest request, CancellationToken cancellationToken)
    {
        // :: 1
        if (string.IsNullOrWhiteSpace(request.Name)) return Wrong("name", "It is missing.");
        if (Texts.Wrong(request.Name, 100) is { } badName) return Wrong("name", badName);
        if (request.Description is { } description && Texts.Wrong(description, 2000) is { } badDescription) return Wrong("description", badDescription);
        if (request.IntegrationId is not { } integrationId) return Wrong("integration_id", "It is missing: which account shall send it?");
        if (await integrations.FindAsync(caller.TenantId, integrationId, cancellationToken) is not { } integration) return Wrong("integration_id", "There is no such account.");
        if (catalog.Find(integration.Provider) is not ISendMessages) return Wrong("integration_id", "This account's provider cannot send.");

        // :: 2
        var type = request.Type ?? (request.Template is null ? "text" : "template");
        if (!Types.Contains(type)) return Wrong("type", $"It must be one of {string.Join(", ", Types)}.");
        if (type == "template" != request.Template is not null) return Wrong("template", type == "template" ? "It is missing: name, language and variables." : "It goes with the type template.");
        if (type is "text" or "template")
        {
            if (request.Link is not null) return Wrong("link", "It goes with image, video, audio and document.");
            if (request.AttachmentId is not null) return Wrong("attachment_id", "It goes with image, video, audio and document.");
        }
        else
        {
            if (request.Link is null && request.AttachmentId is null) return Wrong("attachment_id", "It is missing: upload the file to /api/attachments first, or give a link.");
            if (request.Link is not null && request.AttachmentId is not null) return Wrong("attachment_id", "Give a file or a link, not both.");
        }
        if (request.Template?.Header is { AttachmentId: not null, Link: not null }) return Wrong("template.header.attachment_id", "Give a file or a link, not both.");
        if (request.Message is { } words && Texts.Wrong(words, MessageDrafts.LongestContent) is { } badWords) return Wrong("message", badWords);
        foreach (var (name, value) in request.Defaults ?? new Dictionary<string, string>())
            if (request.Defaults!.Count > 100 || Texts.Wrong(name, 60) is not null || string.IsNullOrWhiteSpace(value) || Texts.Wrong(value, 1024) is not null) return Wrong("defaults", "Names have up to 60, values up to 1,024 characters; there are at most 100.");

        // :: 3
        if (await AudienceWrongAsync(caller, request, integration, cancellationToken) is { } wrongAudience) return (null, wrongAudience);

        // :: 4
        var zone = (await settings.ReadAsync(caller.TenantId, cancellationToken)).TimeZone;
        string? badHours = null;
        if (request.Hours is { } given && SendingHours.Read(given, zone, out badHours) is null) return Wrong("hours", badHours!);
        if (request.RatePerSecond is { } rate && !(rate is >= 0.01 and <= 10_000)) return Wrong("rate_per_second", "It must be from 0.01 to 10,000.");
        if (request.Concurrency is < 1 or > 10_000) return Wrong("concurrency", "It must be from 1 to 10,000.");
        if (request.Brake?.FailurePercent is < 1 or > 100) return Wrong("brake.failure_percent", "It must be from 1 to 100.");
        if (request.Brake?.MinSample is < 1 or > 100_000) return Wrong("brake.min_sample", "It must be from 1 to 100,000.");
        var draft = new CampaignDraft(
            request.Name.Trim(), request.Description, request.Message ?? "", [.. request.Recipients ?? []], integrationId, integration.Channel, new(type, request.AttachmentId, request.Link, request.Template, request.Defaults), request.Audience ?? new(),
            request.Hours is { } hours ? hours with { TimeZone = hours.TimeZone ?? zone } : null, request.RatePerSecond, request.Concurrency, request.Brake?.FailurePercent ?? 20, request.Brake?.MinSample ?? 50);

        // :: 5
        return await CheckAsync(caller, draft, cancellationToken);
    }

    // Written once, as if everything were known of somebody.
    async Task<(CampaignDraft?, IResult?)> CheckAsync(Caller caller, CampaignDraft draft, CancellationToken cancellationToken)
    {
        var row = new CampaignRow
        {
            Message = draft.Message, IntegrationId = draft.IntegrationId, Channel = draft.Channel, ContentJson = CampaignJson.Write(draft.Content),
        };
        var (content, gone) = await contents.FindAsync(caller.TenantId, row, cancellationToken);
        if (content is null) return Wrong("template", gone!);
        var (sample, _, wrong) = content.Write(content.Needs.Concat(draft.Content.Defaults?.Keys ?? []).Distinct().ToDictionary(name => name, name => draft.Content.Defaults?.GetValueOrDefault(name) ?? "Sample"));
        if (wrong is not null) return Wrong("template", wrong);
        draft = draft with { Message = content.Words, FileKind = sample!.FileKind };
        if (draft.Content.Template?.Header?.AttachmentId is { } file)
        {
            if (sample.AttachmentId is null) return Wrong("template.header.attachment_id", "Its header takes no file.");
            if (await drafts.FileProblemAsync(caller, draft.IntegrationId, sample.FileKind!, file, cancellationToken) is { } problem) return Wrong("template.header.attachment_id", problem);
        }
        if (sample.Type == "template") return (draft, null);
        var body = new MessageBody { Type = sample.Type, Content = sample.Content, AttachmentId = sample.AttachmentId, Link = (string?)sample.Metadata?["link"] };
        var (_, refused) = await drafts.ReadAsync(caller, draft.IntegrationId, body, cancellationToken);
        if (refused is not null)
            return (null, TypedResults.ValidationProblem(refused.ProblemDetails.Errors.ToDictionary(error => error.Key == "content" ? draft.Content.Template is null ? "message" : "template" : error.Key, error => error.Value)));
        return (draft, null);
    }

    async Task<IResult?> AudienceWrongAsync(Caller caller, CampaignRequest request, IntegrationRow integration, CancellationToken cancellationToken)
    {
        var audience = request.Audience ?? new();
        var hasNumbers = request.Recipients is { Count: > 0 } || audience.Csv is not null;
        if (request.Recipients is { } numbers)
        {
            if (numbers.Count > MostNumbers) return Problems.Invalid("recipients", $"At most {MostNumbers:N0} numbers are possible; for more, upload a file.");
            if (numbers.Any(number => number is null || Texts.Wrong(number, 200) is not null)) return Problems.Invalid("recipients", "Each must be a text of at most 200 characters.");
        }
        if (hasNumbers && (integration.Channel is not ("whatsapp" or "sms") || catalog.Find(integration.Provider) is IFindPeople))
            return Problems.Invalid("recipients", "This account cannot write to numbers that it does not know. Choose contacts instead.");
        if (audience.Filter is { } filter && (await filter.Query.ReadAsync(search, null, cancellationToken)).Wrong is { } badFilter) return badFilter;
        if (audience.Labels is { Count: > 0 } wanted)
        {
            var known = (await labels.ListAsync(caller.TenantId, cancellationToken)).Select(label => label.Id).ToHashSet();
            if (wanted.Any(id => !known.Contains(id))) return Problems.Invalid("audience.labels", "There is no such label.");
        }
        if (audience.Csv is { } csv)
        {
            if (csv.ImportId is not { } import || await imports.FindAsync(caller.TenantId, import, cancellationToken) is not { } file) return Problems.Invalid("audience.csv.import_id", "There is no such file. Upload it to /api/contacts/imports first.");
            if (csv.Column is null || !file.Head.Contains(csv.Column.Trim())) return Problems.Invalid("audience.csv.column", $"It must be one of the file's columns: {string.Join(", ", file.Head.Take(50))}.");
        }
        if (audience.Csv?.Country is { } country && !NationalNumbers.Plans.ContainsKey(country)) return Problems.Invalid("audience.csv.country", "It must be the two letters of a country, as DE.");
        if (audience.FailedOf is { } source && await campaigns.FindAsync(caller.TenantId, source, cancellationToken) is null) return Problems.Invalid("audience.failed_of", "There is no such campaign.");
        return null;
    }

    /// <summary>When it shall start: in the zone that is named, or the organisation's.</summary>
    public async Task<(Schedule? Schedule, ValidationProblem? Wrong)> ReadScheduleAsync(Guid tenant, CampaignScheduleRequest request, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.ScheduledAt)) return (null, Problems.Invalid("scheduled_at", "It is missing."));
        var zone = Schedule.FindZone(request.TimeZone ?? (await settings.ReadAsync(tenant, cancellationToken)).TimeZone);
        if (zone is null) return (null, Problems.Invalid("time_zone", "It must be a time zone such as America/Sao_Paulo."));
        return Schedule.Read(request.ScheduledAt, zone, time.GetUtcNow(), out var wrong) is { } schedule ? (schedule, null) : (null, Problems.Invalid("scheduled_at", wrong!));
    }

    static (CampaignDraft?, IResult?) Wrong(string field, string sentence) => (null, Problems.Invalid(field, sentence));
}
