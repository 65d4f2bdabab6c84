using Parley.Server.Platform.Database;

namespace Parley.Server.Analytics;

/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Zone">Whose days they are.</param>
internal sealed record AnalyticsPeriod(DateOnly From, DateOnly To, string Zone, string? Channel, Guid? IntegrationId);

/// <summary>Reads the reports from what <see cref="MessageCounter"/> keeps. No message is read for them: a period costs what it has of quarters of an hour, and of waitings.</summary>
internal sealed class AnalyticsStore(TenantDatabase database, TimeProvider time)
{
    const string Most = "set local statement_timeout = '10s';\n";

    public async Task<PeriodView> DescribeAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken)
    {
        var state = await database.FindAsync<StateRow>(tenant, """
            select c.counted_until, c.seq = h.seq and c.counted_until is not null
                and not exists (select 1 from count_marks k where k.tenant_id = @tenant) and not exists (select 1 from response_marks k where k.tenant_id = @tenant) as is_current
            from count_cursors c
            join feed_heads h on h.tenant_id = c.tenant_id
            where c.tenant_id = @tenant
            """, null, cancellationToken);
        return new(period.From.ToString("yyyy-MM-dd"), period.To.ToString("yyyy-MM-dd"), period.Zone, state is { IsCurrent: true } ? time.GetUtcNow() : state?.CountedUntil);
    }

    public Task<IReadOnlyList<VolumeDay>> VolumeAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken) =>
        ListAsync<VolumeDay>(tenant, period, $"""
            select to_char(n.slot at time zone @zone, 'YYYY-MM-DD') as day, n.channel,
                coalesce(sum(n.total) filter (where n.direction = 'inbound'), 0)::bigint as received, coalesce(sum(n.total) filter (where n.direction = 'outbound'), 0)::bigint as sent
            from message_counts n
            where {Within("n", "slot", period)}
            group by 1, 2
            order by 1, 2
            """, cancellationToken);

    /// <summary>The line without a channel is the sum of the others, and always there.</summary>
    public Task<IReadOnlyList<DeliveryCounts>> DeliveryAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken) =>
        ListAsync<DeliveryCounts>(tenant, period, $"""
            select n.channel, coalesce(sum(n.total), 0)::bigint as total, coalesce(sum(n.waiting), 0)::bigint as waiting, coalesce(sum(n.unknown), 0)::bigint as unknown, coalesce(sum(n.sent), 0)::bigint as sent,
                coalesce(sum(n.delivered), 0)::bigint as delivered, coalesce(sum(n.read), 0)::bigint as read, coalesce(sum(n.failed), 0)::bigint as failed,
                round(100.0 * sum(n.delivered + n.read) / nullif(sum(n.total), 0), 2)::float8 as delivery_rate
            from message_counts n
            where {Within("n", "slot", period)} and n.direction = 'outbound'
            group by grouping sets ((), (n.channel))
            order by n.channel nulls first
            """, cancellationToken);

    /// <summary>Four lines: first, every, resolution, waiting.</summary>
    public Task<IReadOnlyList<TimesView>> TimesAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken)
    {
        const string took = "extract(epoch from r.ended_at - r.began_at)";
        const string figures = "count(*) as count, percentile_cont(0.5) within group (order by took) as median, percentile_cont(0.9) within group (order by took) as p90";
        return ListAsync<TimesView>(tenant, period, $"""
            with r as materialized (
                select r.is_first, r.ended_at is null as waits, {took}::float8 as took from response_times r where {Within("r", "began_at", period)}
            )
            select * from (
                select 1 as n, {figures} from r where is_first and not waits
                union all select 2, {figures} from r where not waits
                union all select 3, {figures} from (select extract(epoch from e.closed_at - e.began_at)::float8 as took from closings e where {Within("e", "closed_at", period)} and e.reopened_at is null and e.began_at <= e.closed_at) e
                union all select 4, count(*), null, null from r where waits
            ) x
            order by n
            """, cancellationToken);
    }

    public Task<IReadOnlyList<ResponseDay>> ResponseDaysAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken) =>
        ListAsync<ResponseDay>(tenant, period, $"""
            select to_char(r.began_at at time zone @zone, 'YYYY-MM-DD') as day, count(*) as count, percentile_cont(0.5) within group (order by extract(epoch from r.ended_at - r.began_at)::float8) as median
            from response_times r
            where {Within("r", "began_at", period)} and r.ended_at is not null and r.is_first
            group by 1
            order by 1
            """, cancellationToken);

    public Task<IReadOnlyList<HourCount>> HoursAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken) =>
        ListAsync<HourCount>(tenant, period, $"""
            select extract(isodow from n.slot at time zone @zone)::int as weekday, extract(hour from n.slot at time zone @zone)::int as hour, sum(n.total)::bigint as received
            from message_counts n
            where {Within("n", "slot", period)} and n.direction = 'inbound'
            group by 1, 2
            order by 1, 2
            """, cancellationToken);

    public Task<IReadOnlyList<TeamReportLine>> TeamAsync(Guid tenant, AnalyticsPeriod period, CancellationToken cancellationToken) =>
        ListAsync<TeamReportLine>(tenant, period, $"""
            with spoke as (
                select n.author, sum(n.total)::bigint as sent, sum(n.failed)::bigint as failed from message_counts n where {Within("n", "slot", period)} and n.direction = 'outbound' group by n.author
            ),
            answered as (
                select r.author, count(*) as answered, percentile_cont(0.5) within group (order by extract(epoch from r.ended_at - r.began_at)::float8) as median_response
                from response_times r where {Within("r", "began_at", period)} and r.ended_at is not null group by r.author
            ),
            who as (
                select coalesce(s.author, a.author) as author, coalesce(s.sent, 0) as sent, coalesce(s.failed, 0) as failed, coalesce(a.answered, 0) as answered, a.median_response
                from spoke s full join answered a on a.author = s.author
                order by 2 desc, 1
                limit 200
            )
            select split_part(w.author, ':', 1) as kind, coalesce(u.id, k.id, a.id) as id, coalesce(u.name, k.name, a.name) as name, w.sent, w.failed, w.answered, w.median_response
            from who w
            left join users u on u.tenant_id = @tenant and w.author = 'user:' || u.id
            left join api_keys k on k.tenant_id = @tenant and w.author = 'api:' || k.id
            left join automations a on a.tenant_id = @tenant and w.author = 'automation:' || a.id
            order by w.sent desc, w.author
            """, cancellationToken);

    // The days of a zone are as long as it says: its own midnights are the bounds, and the index is read between them.
    static string Within(string table, string column, AnalyticsPeriod period) =>
        $"{table}.tenant_id = @tenant and {table}.{column} >= (@from::date::timestamp at time zone @zone) and {table}.{column} < (@until::date::timestamp at time zone @zone)"
        + (period.Channel is null ? "" : $" and {table}.channel = @channel") + (period.IntegrationId is null ? "" : $" and {table}.integration_id = @integration");

    Task<IReadOnlyList<T>> ListAsync<T>(Guid tenant, AnalyticsPeriod period, string sql, CancellationToken cancellationToken) =>
        database.ListAsync<T>(tenant, Most + sql, new
        {
            from = period.From.ToString("yyyy-MM-dd"), until = period.To.AddDays(1).ToString("yyyy-MM-dd"), zone = period.Zone, channel = period.Channel, integration = period.IntegrationId,
        }, cancellationToken);

    sealed class StateRow
    {
        public DateTimeOffset? CountedUntil { get; init; }
        public bool IsCurrent { get; init; }
    }
}
