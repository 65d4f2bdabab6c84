using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Webhooks: made, listed (with other shapes than they were made with) and deleted. There is no way to change one.</summary>
internal static class UnipileWebhookEndpoints
{
    public static void MapUnipileWebhooks(this IEndpointRouteBuilder api)
    {
        api.MapPost("/webhooks", Create);
        api.MapGet("/webhooks", List);
        api.MapDelete("/webhooks/{webhook_id}", (string webhook_id, UnipileWebhooks webhooks) => webhooks.Delete(webhook_id) ? UnipileAnswer.Tagged("WebhookDeleted") : UnipileErrors.NotFound("Webhook"));
    }

    static async Task<IResult> Create(HttpRequest request, UnipileStore store, UnipileWebhooks webhooks)
    {
        JsonObject? body;
        try { body = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body, cancellationToken: request.HttpContext.RequestAborted); }
        catch (JsonException) { return UnipileErrors.Answer("malformed_request", "The body is not valid JSON."); }
        if (!Uri.TryCreate(body.Text("request_url"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return UnipileErrors.Answer("invalid_url", "request_url must be an address.");
        if (body.Text("source") is not { } source || !UnipileWebhooks.Sources.TryGetValue(source, out var possible)) return UnipileErrors.Invalid($"source must be one of {string.Join(", ", UnipileWebhooks.Sources.Keys)}.");
        var events = body.Member("events") is null ? DefaultsOf(source, possible) : Texts(body, "events");
        if (events.FirstOrDefault(one => !possible.Contains(one)) is { } unknown) return UnipileErrors.Invalid($"events: {unknown} is not one of {string.Join(", ", possible)}.");
        var accounts = body.Member("account_ids") is null ? null : Texts(body, "account_ids");
        if (accounts?.FirstOrDefault(id => store.FindAccount(id) is null) is { } missing) return UnipileErrors.NotFound($"Account {missing}");
        if (body.Text("format") is not (null or "json" or "form")) return UnipileErrors.Invalid("format must be json or form.");
        var hook = new UnipileWebhook("we_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), url.AbsoluteUri, source, events, accounts, Pairs(body, "headers", "key", "value"), body.Text("name"), body.Text("format") ?? "json",
            body.Member("enabled")?.GetValueKind() != JsonValueKind.False) { Data = Pairs(body, "data", "name", "key") };
        webhooks.Add(hook);
        return UnipileAnswer.Tagged("WebhookCreated", 201, ("webhook_id", hook.Id));
    }

    static IResult List(HttpContext http, UnipileStore store, UnipileWebhooks webhooks, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var limit = UnipilePages.Limit(query, gate);
        var rest = query.From is { } from ? webhooks.List().SkipWhile(hook => hook.Id != from.Id).Skip(1).ToList() : [.. webhooks.List()];
        var page = rest.Take(limit).ToList();
        var cursor = UnipileGate.CursorOf(http, query.Cursor, rest.Count > limit ? query.CursorAfter(new(null, page[^1].Id)) : null);
        return UnipileAnswer.Ok(json => UnipileJson.List(json, "WebhookList", page, (inner, hook) => Describe(hook, store).WriteTo(inner), cursor));
    }

    // The accounts are objects here, and the secrets stand in clear.
    static JsonObject Describe(UnipileWebhook hook, UnipileStore store) => new()
    {
        ["object"] = "Webhook", ["id"] = hook.Id, ["type"] = "TRIGGER", ["enabled"] = hook.IsEnabled, ["name"] = hook.Name, ["request_url"] = hook.Url, ["format"] = hook.Format,
        ["headers"] = new JsonArray([.. hook.Headers.Select(header => (JsonNode)new JsonObject { ["key"] = header.Key, ["value"] = header.Value })]),
        ["data"] = new JsonArray([.. hook.Data.Select(pair => (JsonNode)new JsonObject { ["name"] = pair.Name, ["key"] = pair.Key })]),
        ["events"] = new JsonArray([.. hook.Events.Select(one => (JsonNode)one)]),
        ["account_ids"] = new JsonArray([.. (hook.Accounts ?? [.. store.Accounts().Select(account => account.Id)]).Select(store.FindAccount).OfType<UnipileAccount>()
            .Select(account => (JsonNode)new JsonObject { ["id"] = account.Id, ["name"] = account.Name, ["type"] = account.Type })]),
    };

    static string[] DefaultsOf(string source, string[] possible) => source is "messaging" or "email" or "email_tracking" ? possible[..1] : possible;

    static string[] Texts(JsonObject? body, string name) => [.. body.List(name).Select(one => one.AsText()).OfType<string>()];

    static List<(string, string)> Pairs(JsonObject? body, string name, string left, string right) =>
        [.. body.List(name).Where(pair => pair.Text(left) is not null).Select(pair => (pair.Text(left)!, pair.Text(right) ?? ""))];
}
