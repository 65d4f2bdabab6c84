using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Parley.Channels;
using Parley.Server.Automations.Runs;
using Parley.Server.Automations.Steps;
using Parley.Server.Automations.Triggers;
using Parley.Server.Jobs;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations;

/// <summary>What a call of a webhook started.</summary>
public sealed record HookAnswer(Guid? RunId);

/// <summary>Addresses that other programs call. The secret in them names the tenant and lets in; what came is a run before it is acknowledged.</summary>
internal static class HookEndpoints
{
    const int Longest = 64 * 1024;

    public static void MapHooks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/hooks/automations/{id:guid}/{secret}", ReceiveAsync).ExcludeFromDescription().AllowAnonymous();

    static async Task<Results<Ok<HookAnswer>, ProblemHttpResult>> ReceiveAsync(
        Guid id, string secret, HttpContext http, TenantDatabase database, JobNews jobs, CancellationToken cancellationToken)
    {
        // The secret is a part of the address: no trace shows it.
        System.Diagnostics.Activity.Current?.SetTag("url.path", $"/hooks/automations/{id}");
        if (BearerSecret.Parse(secret) is not { } bearer) return NoSuchAddress();
        var row = await database.FindAsync<HookRow>(bearer.TenantId, """
            select a.secret_hash, a.status, a.version, a.trigger_config::text as trigger_config, t.status as tenant_status
            from automations a
            join tenants t on t.id = a.tenant_id
            where a.tenant_id = @tenant and a.id = @id and a.trigger_type = 'webhook' and a.status <> 'removed' and a.secret_hash is not null
            """, new { id }, cancellationToken);
        if (row is null || !CryptographicOperations.FixedTimeEquals(row.SecretHash, bearer.Hash)) return NoSuchAddress();
        if (await ReadAsync(http.Request, cancellationToken) is not { } body) return TypedResults.Problem($"A call may have {Longest:N0} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge, title: "Too large");
        if (row.Status != "active" || row.TenantStatus != "active") return TypedResults.Problem("This automation is switched off. Try again later.", statusCode: StatusCodes.Status409Conflict, title: "Switched off");

        var key = http.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 and <= 200 } given ? given : http.Request.Headers["webhook-id"].ToString() is { Length: > 0 and <= 200 } named ? named : null;
        var trigger = new JsonObject { ["body"] = Parse(body, http.Request.ContentType), ["query"] = new JsonObject(http.Request.Query.Take(50).Select(pair => KeyValuePair.Create<string, JsonNode?>(Clean(pair.Key), Clean(pair.Value.ToString())))) };
        var run = await database.ChangeAsync(bearer.TenantId, async change =>
        {
            // Who calls may be one of our own, somewhere in a circle.
            var cause = Guid.TryParse(http.Request.Headers[Egress.EgressClient.RunHeader], out var from) ? await Loops.FindAsync(change, from, cancellationToken) : null;
            var contact = await FindContactAsync(change, JsonNode.Parse(row.TriggerConfig)!.AsObject(), trigger, cancellationToken);
            var stopped = Loops.Stopped(id, cause?.Chain ?? [], new Dictionary<Guid, string>());
            var eventKey = $"webhook:{(key is null ? Ids.New(change.Now).ToString() : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))))}";
            var made = await RunStore.AddAsync(change, bearer.TenantId, [new(id, row.Version, eventKey, TriggerTypes.Webhook, trigger, ContactId: contact, Chain: cause?.Chain, CausedBy: cause?.RunId, Stopped: stopped)], cancellationToken);
            return made.Count > 0 ? made[0].Id : await change.FindAsync<Guid?>("select id from automation_runs where tenant_id = @tenant and automation_id = @id and event_key = @eventKey", new { id, eventKey }, cancellationToken);
        }, cancellationToken);
        jobs.Publish();
        return TypedResults.Ok(new HookAnswer(run));
    }

    static async Task<Guid?> FindContactAsync(Change change, JsonObject config, JsonObject trigger, CancellationToken cancellationToken)
    {
        if (config["contact"] is not JsonObject who) return null;
        string value;
        try { value = TextTemplate.Fill(who.Text("value") ?? "", new() { ["trigger"] = trigger.DeepClone() }).Trim(); }
        catch (StepException) { return null; }   // it names nobody
        return who.Text("by") switch
        {
            "phone" when Recipients.Normalise(value) is { } number => await change.FindAsync<Guid?>("""
                select contact_id from contact_identities where tenant_id = @tenant and channel in ('whatsapp', 'sms') and handle = any (@numbers) order by channel desc, handle limit 1
                """, new { numbers = PhoneNumbers.Variants(number).Prepend(number).ToArray() }, cancellationToken),
            "email" => await change.FindAsync<Guid?>("select id from contacts where tenant_id = @tenant and email = @value order by id limit 1", new { value = value.ToLowerInvariant() }, cancellationToken),
            "external_ref" => await change.FindAsync<Guid?>("select id from contacts where tenant_id = @tenant and external_ref = @value order by id limit 1", new { value }, cancellationToken),
            _ => null,
        };
    }

    // JSON where it is that, the fields of a form, or else the text.
    static JsonNode? Parse(byte[] body, string? type)
    {
        var text = Clean(Encoding.UTF8.GetString(body));
        if (text.Length == 0) return null;
        if (type?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
            return new JsonObject(QueryHelpers.ParseQuery(text).Take(200).Select(field => KeyValuePair.Create<string, JsonNode?>(Clean(field.Key), Clean(field.Value.ToString()))));
        try
        {
            var json = JsonNode.Parse(text, documentOptions: new() { MaxDepth = 32, AllowDuplicateProperties = false });
            return json is null || Platform.Http.Texts.Wrong(json, Longest * 2) is not null ? text : json;
        }
        catch (JsonException) { return text; }
    }

    static string Clean(string text) => Platform.Http.Texts.Storable(text, Longest);

    static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > Longest) return null;
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = Longest * 16;
        var buffer = new byte[Longest + 1];
        var read = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return read > Longest ? null : buffer[..read];
    }

    // Wrong secret, or no such automation: nobody learns which.
    static ProblemHttpResult NoSuchAddress() => TypedResults.Problem("No automation has this address.", statusCode: StatusCodes.Status404NotFound, title: "Not found");

    sealed class HookRow
    {
        public byte[] SecretHash { get; init; } = [];
        public string Status { get; init; } = "";
        public int Version { get; init; }
        public string TriggerConfig { get; init; } = "{}";
        public string TenantStatus { get; init; } = "";
    }
}
