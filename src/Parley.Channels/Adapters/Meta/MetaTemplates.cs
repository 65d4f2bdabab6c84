using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Reads the templates of a WhatsApp Business account, page by page
/// (…/documentation/business-messaging/whatsapp/templates/template-management).</summary>
internal sealed class MetaTemplates(HttpMessageInvoker http)
{
    const int PageSize = 100;
    const int MostPages = 100;   // 6,000 templates is Meta's limit for one account
    static readonly TimeSpan PerPage = TimeSpan.FromSeconds(20);

    public async Task<TemplateList> ListAsync(ChannelAccount account, CancellationToken cancellationToken)
    {
        var settings = MetaSettings.Of(account);
        if (settings.WabaId is not { } waba) return new(null, "The WhatsApp Business account id is missing: templates belong to it.", "config.waba_id");
        if (MetaRequest.TokenProblem(settings) is { } problem) return new(null, problem, "credentials.access_token");
        var templates = new List<ProviderTemplate>();
        var after = "";
        for (var page = 0; page < MostPages; page++)
        {
            var query = $"/message_templates?limit={PageSize}&fields=id,name,language,status,category,parameter_format,components,rejected_reason,quality_score{(after.Length == 0 ? "" : $"&after={Uri.EscapeDataString(after)}")}";
            if (MetaRequest.Address(settings, waba, query) is not { } address) return new(null, "The Graph API address must start with http:// or https://.", "config.base_url");
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(PerPage);
                using var request = MetaRequest.For(HttpMethod.Get, address, settings);
                using var response = await http.SendAsync(request, limit.Token);
                using var document = JsonDocument.Parse(await OneRequest.ReadAsync(response.Content, limit.Token) ?? []);
                var root = document.RootElement;
                if (MetaErrors.Find(root, (int)response.StatusCode >= 500) is { } failure)
                    return new(null, $"{failure.Words} Meta says: {Redaction.Redact(failure.ProviderText, account.Credentials.Values)}");
                if (root.Get("data"u8).ValueKind != JsonValueKind.Array) return new(null, "The address answered, but not like the Graph API.", "config.base_url");
                foreach (var template in root.Get("data"u8).Items())
                    if (Read(template) is { } read) templates.Add(read);
                var paging = root.Get("paging"u8);
                if (paging.Get("next"u8).Text() is null || paging.Get("cursors"u8).Get("after"u8).Text() is not { Length: > 0 } next || next == after) return new(templates);
                after = next;
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or JsonException || broken is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                return new(null, $"We could not read the templates from {address.Authority}. Try again.");
            }
        }
        return new(templates);
    }

    static ProviderTemplate? Read(JsonElement template)
    {
        if (template.Get("name"u8).Id() is not { } name || template.Get("language"u8).Id() is not { } language) return null;
        TemplateHeader? header = null;
        var (body, footer, buttons) = ("", default(string), new List<TemplateButton>());
        foreach (var component in template.Get("components"u8).Items())
            switch (component.Get("type"u8).Text()?.ToUpperInvariant())
            {
                case "HEADER": header = new(component.Get("format"u8).Text()?.ToLowerInvariant() ?? "text", component.Get("text"u8).Text()); break;
                case "BODY": body = component.Get("text"u8).Text() ?? ""; break;
                case "FOOTER": footer = component.Get("text"u8).Text(); break;
                case "BUTTONS":
                    foreach (var button in component.Get("buttons"u8).Items())
                        buttons.Add(new(button.Get("type"u8).Text()?.ToLowerInvariant() ?? "", button.Get("text"u8).Text() ?? "", button.Get("url"u8).Text(), button.Get("phone_number"u8).Text()));
                    break;
            }
        var named = string.Equals(template.Get("parameter_format"u8).Text(), "NAMED", StringComparison.OrdinalIgnoreCase);
        return new(template.Get("id"u8).Id(), name, Language(language), Status(template.Get("status"u8).Text()), template.Get("category"u8).Text()?.ToLowerInvariant(),
            new(header, body, footer, buttons, named), Reason(template.Get("rejected_reason"u8).Text()), template.Get("quality_score"u8).Get("score"u8).Text());
    }

    public static string Status(string? status) => status?.ToLowerInvariant() switch
    {
        null or "" => "unknown",
        "reinstated" or "unarchived" => "approved",   // events that end a pause
        "flagged" => "approved",                      // a warning: it can still be sent
        var known => known,
    };

    public static string? Reason(string? reason) => reason is null or "" or "NONE" ? null : reason;

    /// <summary>Seen both as en_US and en-US.</summary>
    public static string Language(string language) => language.Replace('-', '_');
}
