using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Audit;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Campaigns;

/// <summary>What became of each recipient, as it is at this moment: a page and an export look at the messages themselves.</summary>
internal sealed class RecipientStore(TenantDatabase database)
{
    public static readonly IReadOnlyList<string> Statuses = ["pending", "queued", "sent", "delivered", "read", "failed", "needs_review", "skipped", "cancelled"];

    /// <summary>One more than <paramref name="limit"/>, in the order in which they are queued.</summary>
    public async Task<IReadOnlyList<CampaignRecipientView>> ListAsync(Guid tenant, Guid campaign, string? status, Guid? after, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"""
            select r.id, coalesce(a.contact_id, r.contact_id, m.contact_id) as contact_id, k.name, r.handle, case when m.id is null then r.status else {CampaignCounts.OfMessage} end as status,
                coalesce(r.reason, case when m.status in ('failed', 'unknown') then m.failure_code end) as reason, coalesce(r.detail, m.error_message) as detail, r.message_id, m.conversation_id,
                r.variables::text as variables, m.sent_at, m.delivered_at, m.read_at, m.failed_at, r.updated_at
            from (
                select * from campaign_recipients
                where tenant_id = @tenant and campaign_id = @campaign {(status is null ? "" : "and status = @status")} {(after is null ? "" : "and id > @after")}
                order by id
                limit @limit
            ) r
            left join messages m on m.tenant_id = r.tenant_id and m.id = r.message_id
            left join contact_aliases a on a.tenant_id = r.tenant_id and a.id = r.contact_id
            left join contacts k on k.tenant_id = r.tenant_id and k.id = case when a.contact_id is not null then a.contact_id when r.contact_id is not null then r.contact_id else m.contact_id end
            order by r.id
            """, new { campaign, status, after, limit = limit + 1 }, cancellationToken)).Select(row => row.View())];

    /// <summary>Sums until the end of each bucket, of which there are a few hundred at most.</summary>
    public async Task<CampaignSeries> ReadSeriesAsync(Guid tenant, CampaignRow row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var span = (row.CompletedAt ?? row.CancelledAt ?? now) - (row.StartedAt ?? now);
        var seconds = new[] { 60, 300, 900, 3600, 14_400, 86_400 }.FirstOrDefault(size => span.TotalSeconds / size <= 300, 86_400);
        var points = await database.ListAsync<CampaignPointRow>(tenant, """
            select at, sum(sent) over w as sent, sum(delivered) over w as delivered, sum(read) over w as read, sum(failed) over w as failed
            from (
                select to_timestamp((floor(extract(epoch from n.at) / @seconds) + 1) * @seconds) as at, sum(n.sent + n.delivered + n.read)::int as sent, sum(n.delivered + n.read)::int as delivered, sum(n.read)::int as read, sum(n.failed)::int as failed
                from campaign_counts n
                where n.tenant_id = @tenant and n.campaign_id = @Id and n.part = 'follow'
                group by 1
            ) b
            window w as (order by at)
            order by at
            limit 2000
            """, new { row.Id, seconds }, cancellationToken);
        return new(seconds, [.. points.Select(point => new CampaignPoint(point.At < now ? point.At : now, (int)point.Sent, (int)point.Delivered, (int)point.Read, (int)point.Failed))]);
    }

    sealed class CampaignPointRow
    {
        public DateTimeOffset At { get; init; }
        public long Sent { get; init; }
        public long Delivered { get; init; }
        public long Read { get; init; }
        public long Failed { get; init; }
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public Guid? ContactId { get; init; }
        public string? Name { get; init; }
        public string Handle { get; init; } = "";
        public string Status { get; init; } = "";
        public string? Reason { get; init; }
        public string? Detail { get; init; }
        public Guid? MessageId { get; init; }
        public Guid? ConversationId { get; init; }
        public string? Variables { get; init; }
        public DateTimeOffset? SentAt { get; init; }
        public DateTimeOffset? DeliveredAt { get; init; }
        public DateTimeOffset? ReadAt { get; init; }
        public DateTimeOffset? FailedAt { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }

        public CampaignRecipientView View()
        {
            var reason = Status is "failed" or "skipped" or "needs_review" or "cancelled" ? Reason : null;
            return new(Id, ContactId, Name, Handle, Status, reason, SkipWords.Of(reason, Detail), MessageId, ConversationId, Variables is null ? null : JsonNode.Parse(Variables), SentAt, DeliveredAt, ReadAt, FailedAt, UpdatedAt);
        }
    }
}

internal static class RecipientEndpoints
{
    const int PageSize = 500;

    public static void MapCampaignRecipients(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/campaigns/{id:guid}").WithTags("Campaigns").RequireAuthorization(Policies.Viewer);
        read.MapGet("/recipients", List).WithSummary("What became of each recipient.");
        read.MapGet("/recipients/export", Export).WithSummary("The same as a CSV file.").Produces(StatusCodes.Status200OK, contentType: "text/csv");
        read.MapGet("/series", Series).WithSummary("How it went, over time: for a chart.");
    }

    static async Task<Results<Ok<Page<CampaignRecipientView>>, ValidationProblem, ProblemHttpResult>> List(
        Guid id, Caller caller, CampaignStore campaigns, RecipientStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null, string? status = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not null && !RecipientStore.Statuses.Contains(status)) return Problems.Invalid("status", $"It must be one of {string.Join(", ", RecipientStore.Statuses)}.");
        if (await campaigns.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("campaign");
        var rows = await store.ListAsync(caller.TenantId, id, status, page.After?.Id, page.Size, cancellationToken);
        return TypedResults.Ok(Page<CampaignRecipientView>.Of(rows, page.Size, row => new Cursor(row.UpdatedAt, row.Id)));
    }

    static async Task<IResult> Export(Guid id, Caller caller, HttpContext http, CampaignStore campaigns, RecipientStore store, TenantDatabase database, CancellationToken cancellationToken, string? status = null)
    {
        if (status is not null && !RecipientStore.Statuses.Contains(status)) return Problems.Invalid("status", $"It must be one of {string.Join(", ", RecipientStore.Statuses)}.");
        if (await campaigns.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("campaign");
        await database.ChangeAsync(caller.TenantId, change =>
        {
            change.Audit(AuditEntry.Of(caller.TenantId, "campaign.exported", "campaign", id, after: new { status }));
            return Task.FromResult(true);
        }, cancellationToken);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"campaign.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), 32 * 1024, leaveOpen: true);
        await writer.WriteAsync(CsvText.Row(["name", "recipient", "status", "why", "sent_at", "delivered_at", "read_at", "failed_at", "contact_id", "message_id"]));
        for (Guid? after = null; ;)
        {
            var rows = await store.ListAsync(caller.TenantId, id, status, after, PageSize, cancellationToken);
            foreach (var row in rows.Take(PageSize))
                await writer.WriteAsync(CsvText.Row([row.Name, row.Handle, row.Status, row.Words, Time(row.SentAt), Time(row.DeliveredAt), Time(row.ReadAt), Time(row.FailedAt), row.ContactId?.ToString(), row.MessageId?.ToString()]));
            await writer.FlushAsync(cancellationToken);
            if (rows.Count <= PageSize) return TypedResults.Empty;
            after = rows[PageSize - 1].Id;
        }
    }

    static async Task<Results<Ok<CampaignSeries>, ProblemHttpResult>> Series(Guid id, Caller caller, CampaignStore campaigns, RecipientStore store, TimeProvider time, CancellationToken cancellationToken) =>
        await campaigns.FindAsync(caller.TenantId, id, cancellationToken) is { } row ? TypedResults.Ok(await store.ReadSeriesAsync(caller.TenantId, row, time.GetUtcNow(), cancellationToken)) : Problems.Missing("campaign");

    static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
