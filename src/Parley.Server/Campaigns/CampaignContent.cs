using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Messages;
using Parley.Server.Templates;

namespace Parley.Server.Campaigns;

/// <summary>What is known of one recipient, by the names of variables.</summary>
internal static class RecipientFields
{
    /// <param name="variables">The columns of their line in the file: before what is known of the contact.</param>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string>? defaults, ContactFacts? contact, JsonObject? variables)
    {
        var fields = new Dictionary<string, string>(defaults ?? new Dictionary<string, string>());
        if (contact is not null)
            foreach (var (name, value) in OwnTemplateFill.Known(contact.Name, contact.Phone, contact.Email, contact.ExternalRef, JsonNode.Parse(contact.Metadata ?? "{}") as JsonObject)) fields[name] = value;
        foreach (var (name, value) in variables ?? [])
            if (value?.ToString() is { Length: > 0 } text) fields[name] = text;
        return fields;
    }
}

/// <summary>What of a contact can stand in a message.</summary>
internal class ContactFacts
{
    public string? Name { get; init; }
    public string? Phone { get; init; }
    public string? Email { get; init; }
    public string? ExternalRef { get; init; }
    public string? Metadata { get; init; }
}

/// <summary>A campaign's content, ready to be written for one recipient after the other. Pure.</summary>
internal sealed class CampaignContent
{
    readonly string _message;
    readonly CampaignContentRow _content;
    readonly TemplateRow? _template;
    readonly JsonNode? _request;
    readonly TemplateContent? _body;
    readonly IReadOnlyList<string> _names;

    /// <param name="row">Whose content it is.</param>
    /// <param name="template">The provider's, or one of our own; null without one.</param>
    public CampaignContent(CampaignRow row, TemplateRow? template)
    {
        (_message, _content, _template, File) = (row.Message, row.Content, template, row.File);
        _request = _content.Template is { } request ? JsonNode.Parse(CampaignJson.Write(request with { Name = null, Language = null })) : null;
        _body = template is null ? null : Payloads.Read<TemplateContent>(JsonNode.Parse(template.Content) as JsonObject);
        // Once, and not for each recipient.
        _names = _body is null ? [] : [.. (IsOwn ? OwnTemplateForm.Names(_body) : Placeholders.In(_body.Body)).Where(name => !int.TryParse(name, out _))];
        Needs = [.. Fields().Distinct().Where(name => _content.Defaults?.ContainsKey(name) != true)];
    }

    /// <summary>As it was written, with its variables.</summary>
    public string Words => _body?.Body ?? _message;

    /// <summary>The uploaded file that it carries.</summary>
    public Media.AttachmentView? File { get; }

    bool IsOwn => _template is { IntegrationId: null };

    /// <summary>What must be known of each recipient.</summary>
    public IReadOnlyList<string> Needs { get; }

    IEnumerable<string> Fields()
    {
        if (_body is null) return Placeholders.In(_message).Concat(Placeholders.In(_content.Link));
        var named = Texts(_request).SelectMany(text => Placeholders.In(text));
        // Variables that nobody gave a value are the recipient's own, where they have names.
        return named.Concat(Open());
    }

    IEnumerable<string> Open() => _content.Template?.Variables switch
    {
        JsonObject given => _names.Where(name => !given.ContainsKey(name)),
        null => _names,
        _ => [],
    };

    /// <summary>The message for one recipient; or the variables for which nothing is known; or, in words, why it cannot be written.</summary>
    public (MessageDraft? Draft, IReadOnlyList<string> Missing, string? Wrong) Write(IReadOnlyDictionary<string, string> fields)
    {
        var missing = Needs.Where(name => !fields.ContainsKey(name)).ToList();
        if (missing.Count > 0) return (null, missing, null);
        if (_template is null)
        {
            var link = Placeholders.FillAddress(_content.Link, fields);
            if (link is not null && !MessageDrafts.IsAddress(link)) return (null, [], NoAddress);
            return (new MessageDraft(_content.Type, Empty(Placeholders.Fill(_message, fields)), link is null ? null : new JsonObject { ["link"] = link }, _content.AttachmentId, _content.AttachmentId is null ? null : _content.Type), [], null);
        }
        var request = CampaignJson.Read<TemplateRequest>(Filled(_request!, fields)!.ToJsonString()) with { Name = _template.Name, Language = _template.Language };
        if (request.Header is { Link: not null } header)
        {
            request = request with { Header = header with { Link = Placeholders.FillAddress(_content.Template!.Header!.Link, fields) } };
            if (!MessageDrafts.IsAddress(request.Header.Link!)) return (null, [], NoAddress);
        }
        if (request.Variables is null or JsonObject && _names.Count > 0) request = request with { Variables = With(request.Variables as JsonObject, fields) };
        if (IsOwn)
        {
            var (own, wrong) = OwnTemplateFill.Fill(_template, request.Variables, null);
            return own is null ? (null, [], First(wrong)) : own.Missing.Count > 0 ? (null, own.Missing, null) : (new MessageDraft("text", own.Content), [], null);
        }
        var (filled, errors) = TemplateFill.Fill(_template, request);
        if (filled is null) return (null, [], First(errors));
        return (new MessageDraft("template", filled.Content, filled.Metadata, filled.AttachmentId, filled.AttachmentId is null ? null : filled.Metadata["header_format"]?.ToString()), [], null);
    }

    const string NoAddress = "The link that comes of it is no web address.";

    JsonObject With(JsonObject? given, IReadOnlyDictionary<string, string> fields)
    {
        var all = given?.DeepClone().AsObject() ?? [];
        foreach (var name in _names)
            if (!all.ContainsKey(name) && fields.TryGetValue(name, out var value)) all[name] = value;
        return all;
    }

    static JsonNode? Filled(JsonNode? node, IReadOnlyDictionary<string, string> fields) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Filled(member.Value, fields)))),
        JsonArray items => new JsonArray([.. items.Select(item => Filled(item, fields))]),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String => Placeholders.Fill(value.GetValue<string>(), fields),
        _ => node?.DeepClone(),
    };

    static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Texts(member.Value)),
        JsonArray items => items.SelectMany(Texts),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };

    static string? Empty(string? words) => string.IsNullOrWhiteSpace(words) ? null : words;

    static string First(IReadOnlyDictionary<string, string[]> errors) => errors.Values.SelectMany(words => words).FirstOrDefault() ?? "It cannot be filled.";
}

/// <summary>Finds the template that a campaign names, as it is now.</summary>
internal sealed class CampaignContents(TemplateStore templates)
{
    /// <summary>Null, with words, when it can not be sent any more.</summary>
    public async Task<(CampaignContent? Content, string? Wrong)> FindAsync(Guid tenant, CampaignRow row, CancellationToken cancellationToken)
    {
        if (row.Content.Template is not { Name: { Length: > 0 } name } request) return (new(row, null), null);
        var template = request.LanguageCode is { } language ? await templates.FindByNameAsync(tenant, row.IntegrationId, name, language, cancellationToken) : null;
        template ??= await templates.FindOwnAsync(tenant, row.Channel, name, request.LanguageCode, cancellationToken);
        return template is null ? (null, $"The template {name} is not here any more.")
            : template.Status != "approved" ? (null, $"The template {name} is {template.Status} and cannot be sent.")
            : !template.IsActive ? (null, $"The template {name} is switched off.")
            : (new(row, template), null);
    }
}
