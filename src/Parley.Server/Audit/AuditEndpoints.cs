using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Audit;

/// <summary>A line of the audit log.</summary>
/// <param name="Seq">Its place in the organisation's chain: from 1, without a gap.</param>
/// <param name="Actor">"user:…", "api:…", "operator" (the command line), "system" or "anonymous".</param>
/// <param name="Hash">Of this line and the one before it, in hex.</param>
public sealed record AuditView(
    Guid Id, long Seq, string Actor, Guid? UserId, string Action, string Resource, string? ResourceId, JsonNode? Before, JsonNode? After, string? Address, DateTimeOffset CreatedAt, string Hash)
{
    internal static AuditView From(AuditLine line) => new(
        line.Id, line.Seq, line.Actor, line.UserId, line.Action, line.Resource, line.ResourceId, line.Before is null ? null : JsonNode.Parse(line.Before),
        line.After is null ? null : JsonNode.Parse(line.After), line.Address, line.CreatedAt, Convert.ToHexStringLower(line.Hash));
}

internal static class AuditEndpoints
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services.AddSingleton<AuditStore>().AddSingleton<AuditVerifier>();

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/api/audit").WithTags("Audit log").RequireAuthorization(Policies.Admin);
        audit.MapGet("", List).WithSummary("Who did what, the newest first.");
        audit.MapGet("/export", Export).WithSummary("The same lines as a file: CSV, or JSON line by line.").Produces(StatusCodes.Status200OK, contentType: "text/csv");
        audit.MapGet("/head", Head).WithSummary("The end of the chain. Keep it elsewhere: it proves later that nothing before it was changed.");
    }

    static async Task<Results<Ok<Page<AuditView>>, ValidationProblem>> List(
        Caller caller, AuditStore store, CancellationToken cancellationToken, Guid? user_id = null, string? actor = null, string? action = null, string? resource = null,
        string? resource_id = null, DateTimeOffset? after = null, DateTimeOffset? before = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (Filter(user_id, actor, action, resource, resource_id, after, before, out var filter) is { } wrong) return wrong;
        var lines = await store.ListAsync(caller.TenantId, filter, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<AuditView>.Of([.. lines.Select(AuditView.From)], page.Size, line => new Cursor(line.CreatedAt, line.Id)));
    }

    static async Task<IResult> Export(
        Caller caller, HttpContext http, AuditStore store, TenantDatabase database, Idempotency json, TimeProvider time, CancellationToken cancellationToken, string? format = null,
        Guid? user_id = null, string? actor = null, string? action = null, string? resource = null, string? resource_id = null, DateTimeOffset? after = null, DateTimeOffset? before = null)
    {
        if (format is not (null or "csv" or "jsonl")) return Problems.Invalid("format", "It must be csv or jsonl.");
        if (Filter(user_id, actor, action, resource, resource_id, after, before, out var filter) is { } wrong) return wrong;
        var isCsv = format is not "jsonl";
        await database.ChangeAsync(caller.TenantId, change =>
        {
            change.Audit(AuditEntry.Of(caller.TenantId, "audit.exported", "audit", null, after: new { format = isCsv ? "csv" : "jsonl", filter.UserId, filter.Actor, filter.Action, filter.Resource, filter.ResourceId, filter.After, filter.Before }));
            return Task.FromResult(true);
        }, cancellationToken);
        http.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit-{time.GetUtcNow():yyyy-MM-dd}.{(isCsv ? "csv" : "jsonl")}\"";
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(false), leaveOpen: true);
        if (isCsv) await writer.WriteAsync(CsvText.Row(["seq", "created_at", "actor", "user_id", "action", "resource", "resource_id", "before", "after", "address", "id", "hash"]));
        Cursor? cursor = null;
        while (true)
        {
            // Page after page: a long log never has to fit into memory.
            const int size = 1000;
            var lines = await store.ListAsync(caller.TenantId, filter, cursor, size, cancellationToken);
            foreach (var line in lines.Take(size))
            {
                if (isCsv)
                    await writer.WriteAsync(CsvText.Row([
                        line.Seq.ToString(CultureInfo.InvariantCulture), line.CreatedAt.ToString("O", CultureInfo.InvariantCulture), line.Actor, line.UserId?.ToString(), line.Action, line.Resource,
                        line.ResourceId, line.Before, line.After, line.Address, line.Id.ToString(), Convert.ToHexStringLower(line.Hash)]));
                else await writer.WriteAsync(json.Json(AuditView.From(line)).ToJsonString() + "\n");
            }
            await writer.FlushAsync(cancellationToken);
            if (lines.Count <= size) return TypedResults.Empty;
            cursor = new(lines[size - 1].CreatedAt, lines[size - 1].Id);
        }
    }

    static async Task<Ok<AuditAnchor>> Head(Caller caller, AuditStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var head = await store.FindHeadAsync(caller.TenantId, cancellationToken) ?? new AuditHead { Hash = AuditChain.Start };
        return TypedResults.Ok(new AuditAnchor(caller.TenantId, head.Seq, Convert.ToHexStringLower(head.Hash), time.GetUtcNow()));
    }

    static ValidationProblem? Filter(
        Guid? user, string? actor, string? action, string? resource, string? resourceId, DateTimeOffset? after, DateTimeOffset? before, out AuditFilter filter)
    {
        filter = new(user, actor, action, resource, resourceId, after?.ToUniversalTime(), before?.ToUniversalTime());
        foreach (var (name, text) in new[] { ("actor", actor), ("action", action), ("resource", resource), ("resource_id", resourceId) })
            if (text is not null && Texts.Wrong(text, 200) is { } wrong) return Problems.Invalid(name, wrong);
        return null;
    }
}
