using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Media;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Templates;

namespace Parley.Server.Messages;

/// <summary>From what a caller asks for to what can be queued. Whatever the provider is known to refuse is refused here, in
/// words, before anything is stored.</summary>
internal sealed class MessageDrafts(
    ChannelCatalog catalog, AttachmentStore attachments, TemplateStore templates, Contacts.ContactStore contacts, IntegrationDirectory integrations, SightStore sights)
{
    public const int LongestContent = 65_536;
    const int LargestJson = 65_536;
    static readonly string[] Types = ["text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "template"];

    /// <param name="contact">Who it is for, where that is known: what is known of them fills our own templates.</param>
    /// <summary>:: 1 is it whole · 2 its file or template · 3 would the provider take it.</summary>
    public async Task<(MessageDraft? Draft, ValidationProblem? Wrong)> ReadAsync(Caller caller, Guid integrationId, MessageBody body, CancellationToken cancellationToken, Guid? contact = null)
    {
        // :: 1
        var type = body.Type switch { null => "text", "doc" => "document", var given => given };
        if (!Types.Contains(type)) return Wrong("type", $"It must be one of {string.Join(", ", Types)}.");
        if (body.Content is { } words && Texts.Wrong(words, LongestContent) is { } bad) return Wrong("content", bad);
        if (type is "text" or "interactive" && string.IsNullOrWhiteSpace(body.Content)) return Wrong("content", "It is empty: there is nothing to send.");
        if (await integrations.FindByIdAsync(integrationId) is not { } integration || catalog.Find(integration.Provider) is not ISendMessages channel)
            return Wrong("type", "This account's provider cannot send.");

        // :: 2
        var (draft, wrong) = type switch
        {
            "text" => (new MessageDraft(type, body.Content), null),
            "location" when body.Location is { } place => (new MessageDraft(type, body.Content ?? place.Name ?? place.Address, Payloads.Write(place)), null),
            "location" => Wrong("location", "It is missing: latitude and longitude."),
            "contacts" when body.Contacts is { } people => (new MessageDraft(type, body.Content ?? Names(people), new JsonObject { ["contacts"] = people.DeepClone() }), null),
            "contacts" => Wrong("contacts", "It is missing: a list of contacts."),
            "interactive" when body.Interactive is { } choices => (new MessageDraft(type, body.Content, Payloads.Write(choices)), null),
            "interactive" => Wrong("interactive", "It is missing: its kind (buttons, list, link or location_request) and what belongs to it."),
            "template" => await TemplateAsync(caller, integration, channel, body, contact, cancellationToken),
            _ => await FileAsync(caller, channel, type, body, cancellationToken),
        };
        if (draft is null) return (null, wrong);
        if (draft.Metadata is { } metadata && Texts.Wrong(metadata, LargestJson) is { } unfit) return Wrong(type, unfit);

        // :: 3
        var outbound = new OutboundMessage("", "+10000000000", ToIsGroup: false, draft.Type, draft.Content, null, draft.Metadata);
        return channel.Check(outbound) is { Code: "content_invalid" or "unsupported" or "template_invalid" } refusal
            ? Wrong(type == "text" ? "content" : type, refusal.ProviderText ?? refusal.Words)
            : (draft, null);
    }

    async Task<(MessageDraft?, ValidationProblem?)> FileAsync(Caller caller, ISendMessages channel, string type, MessageBody body, CancellationToken cancellationToken)
    {
        if (body.AttachmentId is { } id)
        {
            if (await FileProblemAsync(caller, channel, type, id, cancellationToken) is { } problem) return Wrong("attachment_id", problem);
            return (new MessageDraft(type, Empty(body.Content), null, id, type), null);
        }
        if (body.Link is not { } link) return Wrong("attachment_id", "It is missing: upload the file to /api/attachments first, or give a link.");
        return IsAddress(link) ? (new MessageDraft(type, Empty(body.Content), new JsonObject { ["link"] = link }), null) : Wrong("link", "It must be a web address.");
    }

    async Task<(MessageDraft?, ValidationProblem?)> TemplateAsync(
        Caller caller, ConnectedIntegration integration, ISendMessages channel, MessageBody body, Guid? contact, CancellationToken cancellationToken)
    {
        var (tenant, integrationId) = (caller.TenantId, integration.Id);
        if (body.Template is not { Name: { Length: > 0 } name } request) return Wrong("template", "It is missing: name, language and variables.");
        var atProvider = request.LanguageCode is { } named ? await templates.FindByNameAsync(tenant, integrationId, name, named, cancellationToken) : null;
        if (atProvider is null && await templates.FindOwnAsync(tenant, integration.Account.Channel, name, request.LanguageCode, cancellationToken) is { } own) return await OwnAsync(tenant, own, request, contact, cancellationToken);
        if (request.LanguageCode is not { } language) return Wrong("template.language", "It is missing, for example en_US.");
        if (atProvider is not { } template)
            return await templates.ListLanguagesAsync(tenant, integrationId, name, cancellationToken) is { Count: > 0 } languages
                ? Wrong("template.language", $"{name} is not known in {language}. There is: {string.Join(", ", languages)}.")
                : Wrong("template.name", $"This account has no template named {name}. If it is new, read the templates again (POST /api/templates/sync).");
        var (filled, errors) = TemplateFill.Fill(template, request);
        if (filled is null) return (null, TypedResults.ValidationProblem(errors.ToDictionary(error => error.Key, error => error.Value)));
        var format = filled.Metadata["header_format"]?.ToString();
        if (filled.AttachmentId is { } file && await FileProblemAsync(caller, channel, format!, file, cancellationToken) is { } problem) return Wrong("template.header.attachment_id", problem);
        return (new MessageDraft("template", filled.Content, filled.Metadata, filled.AttachmentId, filled.AttachmentId is null ? null : format), null);
    }

    // Our own goes out as the words it says.
    async Task<(MessageDraft?, ValidationProblem?)> OwnAsync(Guid tenant, TemplateRow own, TemplateRequest request, Guid? contact, CancellationToken cancellationToken)
    {
        if (!own.IsActive) return Wrong("template.name", $"{own.Name} is switched off.");
        var (filled, errors) = OwnTemplateFill.Fill(own, request.Variables, contact is { } id ? await contacts.FindAsync(tenant, id, cancellationToken) : null);
        foreach (var name in filled?.Missing ?? []) errors[$"variables.{name}"] = [$"It lacks a value for {{{{{name}}}}}: nothing is known of it."];
        return errors.Count > 0
            ? (null, TypedResults.ValidationProblem(errors.ToDictionary(error => $"template.{error.Key}", error => error.Value)))
            : (new MessageDraft("text", filled!.Content), null);
    }

    /// <summary>What is wrong with sending a stored file as this kind through an account, in words; null when nothing is.</summary>
    public async Task<string?> FileProblemAsync(Caller caller, Guid integrationId, string kind, Guid id, CancellationToken cancellationToken) =>
        await integrations.FindByIdAsync(integrationId) is { } integration && catalog.Find(integration.Provider) is ISendMessages channel
            ? await FileProblemAsync(caller, channel, kind, id, cancellationToken)
            : "This account's provider cannot send.";

    async Task<string?> FileProblemAsync(Caller caller, ISendMessages channel, string kind, Guid id, CancellationToken cancellationToken) =>
        await attachments.FindAsync(caller.TenantId, id, cancellationToken) is not { } file || caller.Sight is { } sight && !await sights.MaySeeAsync(caller.TenantId, sight, SightKind.Attachment, id.ToString(), cancellationToken) ? "There is no such attachment."
        : file.Status != "stored" ? "This file is not here yet."
        : channel is not ITakeFiles takes ? "This provider takes no files."
        : takes.Complaint(kind, file.MimeType ?? FileKinds.Unknown, file.Size ?? 0);

    static string? Names(JsonArray contacts)
    {
        var names = contacts.OfType<JsonObject>().Select(contact => (contact["name"] as JsonObject)?["formatted_name"]).OfType<JsonValue>().Select(name => name.ToString()).ToList();
        return names.Count == 0 ? null : string.Join(", ", names);
    }

    internal static bool IsAddress(string link) => link.Length <= 2048 && Uri.TryCreate(link, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    static string? Empty(string? words) => string.IsNullOrWhiteSpace(words) ? null : words;

    static (MessageDraft?, ValidationProblem?) Wrong(string field, string sentence) => (null, Problems.Invalid(field, sentence));
}
