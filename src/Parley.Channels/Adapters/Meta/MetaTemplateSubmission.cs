using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Gives templates to Meta for review, changes and deletes them
/// (…/documentation/business-messaging/whatsapp/templates/template-management). What Meta refuses at once is told in its words; what its
/// reviewers say comes by webhook and with the next reading.</summary>
internal sealed partial class MetaTemplateSubmission(HttpMessageInvoker http)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public async Task<TemplateSubmission> SubmitAsync(ChannelAccount account, TemplateDraft draft, CancellationToken cancellationToken)
    {
        var body = new JsonObject { ["category"] = draft.Category.ToUpperInvariant(), ["components"] = Components(draft) };
        if (draft.Content.Named) body["parameter_format"] = "NAMED";
        if (draft.Id is null) (body["name"], body["language"]) = (draft.Name, draft.Language);
        var (root, problem) = await AskAsync(account, HttpMethod.Post, settings => draft.Id is null
            ? MetaRequest.Address(settings, settings.WabaId!, "/message_templates")
            : MetaRequest.Address(settings, draft.Id, ""), body, cancellationToken);
        return problem is not null ? new(null, "", null, problem)
            : new(root.Get("id"u8).Id() ?? draft.Id, root.Get("status"u8).Text() is { } status ? MetaTemplates.Status(status) : "pending", root.Get("category"u8).Text()?.ToLowerInvariant());
    }

    public async Task<string?> DeleteAsync(ChannelAccount account, string name, string? id, CancellationToken cancellationToken) =>
        (await AskAsync(account, HttpMethod.Delete, settings =>
            MetaRequest.Address(settings, settings.WabaId!, $"/message_templates?name={Uri.EscapeDataString(name)}{(id is null ? "" : $"&hsm_id={Uri.EscapeDataString(id)}")}"), null, cancellationToken)).Problem;

    async Task<(JsonElement Root, string? Problem)> AskAsync(
        ChannelAccount account, HttpMethod method, Func<MetaSettings, Uri?> addressOf, JsonObject? body, CancellationToken cancellationToken)
    {
        var settings = MetaSettings.Of(account);
        if (settings.WabaId is null) return (default, "The WhatsApp Business account id is missing: templates belong to it.");
        if (MetaRequest.TokenProblem(settings) is { } problem) return (default, problem);
        if (addressOf(settings) is not { } address) return (default, "The Graph API address must start with http:// or https://.");
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            using var request = MetaRequest.For(method, address, settings);
            if (body is not null) request.Content = JsonContent.Create(body);
            using var response = await http.SendAsync(request, limit.Token);
            using var document = JsonDocument.Parse(await OneRequest.ReadAsync(response.Content, limit.Token) ?? []);
            if (MetaErrors.Find(document.RootElement, (int)response.StatusCode >= 500) is { } failure)
                return (default, $"Meta does not take it: {Redaction.Redact(failure.ProviderText, account.Credentials.Values) ?? failure.Words}");
            return response.IsSuccessStatusCode ? (document.RootElement.Clone(), null) : (default, "The address answered, but not like the Graph API.");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or JsonException || broken is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (default, $"{address.Authority} did not answer as expected. If Meta has taken it, it appears with the next reading; otherwise try again.");
        }
    }

    static JsonArray Components(TemplateDraft draft)
    {
        var components = new JsonArray();
        if (draft.Content.Header is { Text: { Length: > 0 } title }) components.Add(Filled("HEADER", "header_text", title, draft, new JsonObject { ["format"] = "TEXT" }));
        components.Add(Filled("BODY", "body_text", draft.Content.Body, draft, []));
        if (draft.Content.Footer is { Length: > 0 } footer) components.Add(new JsonObject { ["type"] = "FOOTER", ["text"] = footer });
        if (draft.Content.Buttons.Count > 0)
            components.Add(new JsonObject
            {
                ["type"] = "BUTTONS",
                ["buttons"] = new JsonArray([.. draft.Content.Buttons.Select(button =>
                {
                    var written = new JsonObject { ["type"] = button.Type.ToUpperInvariant(), ["text"] = button.Text };
                    if (button.Url is not null) written["url"] = button.Url;
                    if (button.PhoneNumber is not null) written["phone_number"] = button.PhoneNumber;
                    return (JsonNode)written;
                })]),
            });
        return components;
    }

    static JsonObject Filled(string type, string examples, string text, TemplateDraft draft, JsonObject component)
    {
        component["type"] = type;
        component["text"] = text;
        var names = Variable().Matches(text).Select(match => match.Groups[1].Value).Distinct().ToList();
        if (names.Count == 0) return component;
        if (draft.Content.Named)
            component["example"] = new JsonObject { [$"{examples}_named_params"] = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["param_name"] = name, ["example"] = draft.Examples[name] })]) };
        else
        {
            var values = new JsonArray([.. names.OrderBy(name => int.TryParse(name, out var number) ? number : 0).Select(name => (JsonNode)draft.Examples[name])]);
            component["example"] = new JsonObject { [examples] = type == "BODY" ? new JsonArray(values) : values };
        }
        return component;
    }

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")]
    private static partial Regex Variable();
}
