using System.Collections.Concurrent;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Campaigns.Following;

/// <summary>Follows the messages of campaigns: reads each tenant's feed behind a cursor, and brings recipients to the state of their messages. Whatever moves messages
/// (webhooks, senders) knows nothing of campaigns.
/// :: 1 whose feed has grown · 2 take the cursor, which only one node can · 3 recipients whose message has moved · 4 counted · 5 brakes · 6 who answers in a closed conversation is somebody's work · 7 the cursor moves on, all in one transaction.</summary>
internal sealed class CampaignFeed(SystemDatabase system, TenantDatabase database, FeedNews news, TimeProvider time, ILogger<CampaignFeed> logger) : FeedReader("campaigns", news, time, logger)
{
    const int PageSize = 2000;
    static readonly TimeSpan ToldEvery = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<Guid, bool> _untold = new();   // by tenant: its counts moved, and nobody was told
    readonly ConcurrentDictionary<Guid, long> _told = new();

    // A message of a campaign at full speed moves several times in a moment: its recipient is brought to the last of these states.
    protected override TimeSpan Rest => TimeSpan.FromMilliseconds(250);

    internal override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (await TakeTurnsAsync(cancellationToken)) { }
    }

    /// <summary>A few pages of each tenant that is behind. True when one of them may have more.</summary>
    internal async Task<bool> TakeTurnsAsync(CancellationToken cancellationToken)
    {
        // :: 1
        var cursors = await system.ListAsync<CursorRow>("""
            select c.tenant_id, h.seq > c.seq as is_behind
            from campaign_cursors c
            join feed_heads h on h.tenant_id = c.tenant_id
            order by c.tenant_id
            """, null, cancellationToken);
        ListenTo(cursors.Select(cursor => cursor.TenantId));
        var more = await TakeTurnsAsync(cursors.Where(cursor => cursor.IsBehind).Select(cursor => cursor.TenantId), tenant => ReadAsync(tenant, cancellationToken), cancellationToken);
        foreach (var tenant in _untold.Keys) await ReadAloneAsync(() => TellAsync(tenant, cancellationToken), cancellationToken);
        return more;
    }

    /// <summary>True when there may be more.</summary>
    async Task<bool> ReadAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var (more, moved) = await database.ChangeAsync(tenant, async change =>
        {
            // :: 2
            var seq = await change.FindAsync<long?>("select seq from campaign_cursors where tenant_id = @tenant for update skip locked", null, cancellationToken);
            if (seq is null) return (false, false);
            var page = (await change.FindAsync<PageRow>("""
                with e as (select seq, type, message_id, integration_id from events where tenant_id = @tenant and seq > @seq order by seq limit @PageSize)
                select count(*)::int as lines, coalesce(max(seq), @seq) as last, coalesce(array_agg(distinct message_id) filter (where type = 'message.updated'), '{}') as moved,
                    coalesce(array_agg(distinct message_id) filter (where type = 'message.created'), '{}') as made, coalesce(array_agg(distinct integration_id) filter (where type in ('integration.updated', 'template.updated')), '{}') as accounts
                from e
                """, new { seq, PageSize }, cancellationToken))!;
            if (page.Lines == 0) return (false, false);
            var steps = await FollowAsync(change, page.Moved, cancellationToken);
            foreach (var campaign in steps.GroupBy(step => step.CampaignId))
            {
                // :: 4
                await CampaignCounts.AddAsync(change, campaign.Key, "follow", Differences(campaign), cancellationToken);
                // :: 5
                if (campaign.Any(step => step.Now == "failed")) await Brakes.CheckAsync(change, tenant, campaign.Key, seq.Value, page.Last, cancellationToken);
            }
            if (page.Accounts.Length > 0) await Brakes.CheckAccountsAsync(change, tenant, page.Accounts, cancellationToken);
            await OpenAsync(change, page.Made, cancellationToken);
            // :: 7
            await change.ExecuteAsync("update campaign_cursors set seq = @Last where tenant_id = @tenant", new { page.Last }, cancellationToken);
            return (page.Lines == PageSize, steps.Count > 0);
        }, cancellationToken);
        if (moved) _untold[tenant] = true;
        return more;
    }

    // :: 3
    static async Task<IReadOnlyList<StepRow>> FollowAsync(Change change, Guid[] messages, CancellationToken cancellationToken) => messages.Length == 0 ? [] : await change.ListAsync<StepRow>($"""
        with x as materialized (
            select r.campaign_id, r.id, r.status as was, {CampaignCounts.OfMessage} as now, m.failure_code, m.error_message
            from messages m
            join campaign_recipients r on r.tenant_id = m.tenant_id and r.message_id = m.id
            where m.tenant_id = @tenant and m.id = any (@messages) and m.author like 'campaign:%' and r.status <> {CampaignCounts.OfMessage}
            order by r.campaign_id, r.id
            for no key update of r
        ),
        u as (
            update campaign_recipients r set
                status = x.now, updated_at = @now,
                reason = case when x.now in ('failed', 'skipped', 'needs_review', 'cancelled') then x.failure_code end, detail = case when x.now in ('failed', 'needs_review') then x.error_message end
            from x
            where r.tenant_id = @tenant and r.campaign_id = x.campaign_id and r.id = x.id and r.status = x.was   -- named, so that each index there is leads to one row
        )
        select campaign_id, was, now, count(*)::int as count from x group by campaign_id, was, now order by campaign_id
        """, new { messages, now = change.Now }, cancellationToken);

    static Dictionary<string, int> Differences(IEnumerable<StepRow> steps)
    {
        var differences = new Dictionary<string, int>();
        foreach (var step in steps)
        {
            differences[step.Was] = differences.GetValueOrDefault(step.Was) - step.Count;
            differences[step.Now] = differences.GetValueOrDefault(step.Now) + step.Count;
        }
        return differences;
    }

    // :: 6 A conversation that a campaign began was routed to nobody; with the first answer it is like any other that somebody began.
    static Task<int> OpenAsync(Change change, Guid[] messages, CancellationToken cancellationToken) => messages.Length == 0 ? Task.FromResult(0) : change.ExecuteAsync("""
        with said as materialized (
            select conversation_id, min(created_at) as at from messages where tenant_id = @tenant and id = any (@messages) and direction = 'inbound' group by conversation_id
        ),
        x as materialized (
            select v.id, said.at from said join conversations v on v.tenant_id = @tenant and v.id = said.conversation_id
            where v.is_routed and v.assigned_user_id is null and v.assigned_team_id is null
        )
        update conversations c set is_routed = false
        from x
        where c.tenant_id = @tenant and c.id = x.id
          and (
              -- the first by our clock: providers tell whole seconds, and an answer may seem to come before what it answers
              select o.author
              from (select author, created_at, id from messages where tenant_id = @tenant and conversation_id = x.id order by occurred_at, id limit 5) o
              order by o.created_at, o.id
              limit 1
          ) like 'campaign:%'
          and (select o.id from messages o where o.tenant_id = @tenant and o.conversation_id = x.id and o.direction = 'inbound' and o.id <> all (@messages) and o.created_at < x.at limit 1) is null
        """, new { messages }, cancellationToken);

    // A campaign at full speed moves many times a second: pages are told once.
    async Task TellAsync(Guid tenant, CancellationToken cancellationToken)
    {
        if (_told.TryGetValue(tenant, out var at) && Time.GetElapsedTime(at) < ToldEvery) return;
        _told[tenant] = Time.GetTimestamp();
        _untold.TryRemove(tenant, out _);
        await database.ChangeAsync(tenant, change =>
        {
            change.Publish(new FeedEvent(tenant, "campaign.updated"));
            return Task.FromResult(true);
        }, cancellationToken);
    }

    sealed class CursorRow
    {
        public Guid TenantId { get; init; }
        public bool IsBehind { get; init; }
    }

    sealed class PageRow
    {
        public int Lines { get; init; }
        public long Last { get; init; }
        public Guid[] Moved { get; init; } = [];
        public Guid[] Made { get; init; } = [];
        public Guid[] Accounts { get; init; } = [];
    }

    sealed class StepRow
    {
        public Guid CampaignId { get; init; }
        public string Was { get; init; } = "";
        public string Now { get; init; } = "";
        public int Count { get; init; }
    }
}
