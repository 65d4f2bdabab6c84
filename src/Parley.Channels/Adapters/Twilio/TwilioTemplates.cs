using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Reads content templates with WhatsApp's judgement of them (https://www.twilio.com/docs/content/content-api-resources).
/// What is sent names the template's SID and fills its variables.</summary>
internal sealed partial class TwilioTemplates(TwilioClient client)
{
    const int MostPages = 100;

    public async Task<TemplateList> ListAsync(ChannelAccount account, CancellationToken cancellationToken)
    {
        var settings = TwilioSettings.Of(account);
        if (TwilioRequest.Problem(settings) is var (problem, field)) return new(null, problem, field);
        if (account.Channel != "whatsapp") return new([]);
        var templates = new List<ProviderTemplate>();
        var query = "PageSize=100";
        for (var page = 0; page < MostPages; page++)
        {
            var (answer, failure) = await client.AskAsync(account, settings.ContentUrl, $"/v1/ContentAndApprovals?{query}", cancellationToken);
            using (answer)
            {
                if (answer is null) return new(null, failure!.ProviderText is { } said ? $"{failure.Words} Twilio says: {said}" : failure.Words);
                foreach (var template in answer.RootElement.Get("contents"u8).Items())
                    if (Read(template) is { } read) templates.Add(read);
                var next = answer.RootElement.Get("meta"u8).Get("next_page_url"u8).Text();
                if (next is null || next.IndexOf('?') is not (>= 0 and var at) || next[(at + 1)..] == query) return new(templates);
                query = next[(at + 1)..];
            }
        }
        return new(templates);
    }

    static ProviderTemplate? Read(JsonElement template)
    {
        if (template.Get("sid"u8).Id() is not { } sid || template.Get("friendly_name"u8).Id() is not { } name) return null;
        var approval = template.Get("approval_requests"u8);
        var (body, footer, header) = ("", default(string), default(TemplateHeader));
        var buttons = new List<TemplateButton>();
        var types = template.Get("types"u8);
        if (types.IsObject())
            foreach (var type in types.EnumerateObject())
            {
                body = type.Value.Get("body"u8).Text() ?? type.Value.Get("title"u8).Text() ?? body;
                footer ??= type.Value.Get("footer"u8).Text() ?? type.Value.Get("subtitle"u8).Text();
                foreach (var action in type.Value.Get("actions"u8).Items())
                    buttons.Add(new(action.Get("type"u8).Text()?.ToLowerInvariant() ?? "quick_reply", action.Get("title"u8).Text() ?? "", null, action.Get("phone"u8).Text()));
            }
        var named = Placeholder().Matches(body).Any(match => !match.Groups[1].Value.All(char.IsAsciiDigit));
        return new(sid, name, template.Get("language"u8).Id() ?? "en", Status(approval.Get("status"u8).Text()), approval.Get("category"u8).Text()?.ToLowerInvariant(),
            new(header, body, footer, buttons, named), approval.Get("rejection_reason"u8).Text() is { Length: > 0 } reason ? reason : null);
    }

    // "unsubmitted" ones can be sent only inside the 24 hours, where nobody needs a template.
    static string Status(string? status) => status?.ToLowerInvariant() switch
    {
        null or "" => "unsubmitted",
        "received" => "pending",
        var known => known,
    };

    [GeneratedRegex(@"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")]
    private static partial Regex Placeholder();
}
