using Parley.Server.Platform.Database;

namespace Parley.Server.Campaigns;

/// <summary>How many recipients of a campaign are in which state; each is in one.</summary>
internal sealed record CampaignCounts
{
    public Guid CampaignId { get; init; }
    public int Pending { get; init; }
    public int Queued { get; init; }
    public int Sent { get; init; }
    public int Delivered { get; init; }
    public int Read { get; init; }
    public int Failed { get; init; }
    public int NeedsReview { get; init; }
    public int Skipped { get; init; }
    public int Cancelled { get; init; }

    /// <summary>More has happened than a look can add: the numbers are a while old.</summary>
    public bool IsBehind { get; init; }

    public int Total => Pending + Queued + Sent + Delivered + Read + Failed + NeedsReview + Skipped + Cancelled;

    /// <summary>So many lines of the feed a look adds at most.</summary>
    const int MostLate = 20_000;

    static readonly string[] States = ["pending", "queued", "sent", "delivered", "read", "failed", "needs_review", "skipped", "cancelled"];

    /// <summary>What a recipient's state is, by their message m.</summary>
    public const string OfMessage = """
        case
            when m.status in ('queued', 'sending', 'scheduled') then 'queued'
            when m.status = 'unknown' then 'needs_review'
            when m.status = 'failed' and m.failure_code = 'cancelled' then 'cancelled'
            when m.status = 'failed' and m.failure_code in ('recipient_opted_out', 'recipient_blocked') then 'skipped'
            else m.status
        end
        """;

    /// <summary>Exactly what is so at this moment, in one statement: what was counted, and what the feed tells since, which is not counted yet. Where that is very much (after a time
    /// in which nobody counted), only what comes first of it, and <see cref="IsBehind"/>.</summary>
    public static async Task<IReadOnlyDictionary<Guid, CampaignCounts>> ReadAsync(TenantDatabase database, Guid tenant, IReadOnlyCollection<Guid> campaigns, CancellationToken cancellationToken)
    {
        if (campaigns.Count == 0) return new Dictionary<Guid, CampaignCounts>();
        var rows = await database.ListAsync<CampaignCounts>(tenant, $"""
            with line as materialized (
                select e.type, e.message_id
                from campaign_cursors s
                cross join lateral (select type, message_id from events where tenant_id = @tenant and seq > s.seq order by seq limit @MostLate + 1) e
                where s.tenant_id = @tenant
            ),
            late as materialized (
                select distinct message_id as id from line where type = 'message.updated' and message_id is not null
            ),
            moved as (
                select r.campaign_id, r.status as was, {OfMessage} as now
                from late
                join campaign_recipients r on r.tenant_id = @tenant and r.message_id = late.id
                join messages m on m.tenant_id = @tenant and m.id = late.id
                where r.campaign_id = any (@campaigns)
            ),
            piece as (
                select campaign_id, {string.Join(", ", States)} from campaign_counts where tenant_id = @tenant and campaign_id = any (@campaigns)
                union all
                select campaign_id, {string.Join(", ", States.Select(state => $"(now = '{state}')::int - (was = '{state}')::int"))} from moved where now <> was
            )
            select campaign_id, {string.Join(", ", States.Select(state => $"sum({state})::int as {state}"))}, (select count(*) from line) > @MostLate as is_behind from piece group by campaign_id
            """, new { campaigns = campaigns.ToArray(), MostLate }, cancellationToken);
        return rows.ToDictionary(row => row.CampaignId);
    }

    /// <summary>Adds differences to the row of this minute and this writer, of which there is one at a time.</summary>
    /// <param name="part">freeze, queue or follow.</param>
    public static Task AddAsync(Change change, Guid campaign, string part, IReadOnlyDictionary<string, int> differences, CancellationToken cancellationToken)
    {
        var given = differences.Where(one => one.Value != 0).ToDictionary();
        if (given.Count == 0) return Task.CompletedTask;
        var names = given.Keys.Where(name => States.Contains(name) ? true : throw new InvalidOperationException($"{name} is no state of a recipient.")).ToList();
        return change.ExecuteAsync($"""
            insert into campaign_counts as n (tenant_id, campaign_id, at, part, {string.Join(", ", names)})
            values (@tenant, @campaign, date_trunc('minute', @now::timestamptz), @part, {string.Join(", ", names.Select(name => given[name]))})
            on conflict (tenant_id, campaign_id, at, part) do update set {string.Join(", ", names.Select(name => $"{name} = n.{name} + excluded.{name}"))}
            """, new { campaign, part, now = change.Now }, cancellationToken);
    }
}
