using Parley.Server.Audit;
using Parley.Server.Platform.Http;

namespace Parley.Server.Platform.Auth;

/// <summary>How an address is kept from those who may not see everything.</summary>
internal enum SightKind
{
    /// <summary>It shows nothing of any customer.</summary>
    Open,

    /// <summary>A list, whose statement has the condition.</summary>
    Filtered,

    /// <summary>It shows what all customers said: only for those who see everything.</summary>
    Closed,

    // The address names one of these by its id.
    Conversation, Contact, Message, Note, Attachment, Chat,
}

/// <summary>Which address shows what. What is not listed is closed, and a test asks for it.</summary>
internal static class SightRules
{
    static readonly (string Prefix, SightKind Kind)[] Rules =
    [
        ("/api/conversations", SightKind.Filtered), ("/api/conversations/{id}", SightKind.Conversation),
        ("/api/contacts", SightKind.Filtered), ("/api/contacts/{id}", SightKind.Contact),
        ("/api/contacts/{id}/merge", SightKind.Closed), ("/api/contacts/merges", SightKind.Closed), ("/api/contacts/suggestions", SightKind.Closed), ("/api/contacts/imports", SightKind.Closed), ("/api/contacts/settings", SightKind.Open),
        ("/api/messages", SightKind.Filtered), ("/api/messages/{id}", SightKind.Message),
        ("/api/scheduled-messages", SightKind.Filtered), ("/api/scheduled-messages/{id}", SightKind.Message), ("/api/scheduling-settings", SightKind.Open),
        ("/api/labels", SightKind.Open), ("/api/views", SightKind.Open),
        ("/api/notes/{id}", SightKind.Note), ("/api/notifications", SightKind.Filtered),
        ("/api/attachments", SightKind.Open), ("/api/attachments/{id}", SightKind.Attachment),
        ("/api/chats", SightKind.Filtered), ("/api/chats/{id}", SightKind.Chat), ("/api/chats/sync", SightKind.Open),
        ("/api/search", SightKind.Filtered), ("/api/events", SightKind.Filtered), ("/api/presence", SightKind.Filtered),
        ("/api/campaigns", SightKind.Closed), ("/api/webhook-events", SightKind.Closed), ("/api/webhook-endpoints", SightKind.Closed), ("/api/webhook-deliveries", SightKind.Closed), ("/api/automations", SightKind.Closed), ("/api/automation-runs", SightKind.Closed), ("/api/audit", SightKind.Closed), ("/api/analytics", SightKind.Closed), ("/api/data", SightKind.Closed), ("/api/jobs", SightKind.Closed),
        ("/api/session", SightKind.Open), ("/api/me", SightKind.Open), ("/api/members", SightKind.Open), ("/api/teams", SightKind.Open), ("/api/users", SightKind.Open), ("/api/api-keys", SightKind.Open),
        ("/api/integrations", SightKind.Open), ("/api/integration-forms", SightKind.Open), ("/api/templates", SightKind.Open), ("/api/bot", SightKind.Open),
    ];

    /// <summary>The rule with the longest beginning of this route; null when there is none.</summary>
    public static SightKind? Find(string? route)
    {
        var path = Plain(route);
        return Rules.Where(rule => path == rule.Prefix || path.StartsWith(rule.Prefix + "/", StringComparison.Ordinal))
            .OrderByDescending(rule => rule.Prefix.Length).Select(rule => (SightKind?)rule.Kind).FirstOrDefault();
    }

    static string Plain(string? route) => "/" + (route ?? "").TrimStart('/').TrimEnd('/').Replace("{id:guid}", "{id}", StringComparison.Ordinal);
}

/// <summary>What somebody may not see is not there: one place for every address that names a conversation, or something of one.</summary>
internal sealed class SightGuard(RequestDelegate next, SightStore store)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<Caller>() is not { Sight: { } sight } caller || http.GetEndpoint() is not RouteEndpoint endpoint || !http.Request.Path.StartsWithSegments("/api"))
        {
            await next(http);
            return;
        }
        var kind = SightRules.Find(endpoint.RoutePattern.RawText) ?? SightKind.Closed;
        var isSeen = kind switch
        {
            SightKind.Open or SightKind.Filtered => true,
            SightKind.Closed => false,
            _ => http.Request.RouteValues["id"]?.ToString() is { } id && await store.MaySeeAsync(caller.TenantId, sight, kind, id, http.RequestAborted),
        };
        if (isSeen) await next(http);
        else
        {
            http.Features.Set(new Denied("visibility"));
            await Problems.Missing(kind == SightKind.Closed ? "page" : kind.ToString().ToLowerInvariant()).ExecuteAsync(http);
        }
    }
}
