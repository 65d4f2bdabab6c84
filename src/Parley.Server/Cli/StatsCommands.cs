using System.CommandLine;
using System.Text.Json;
using Parley.Server.Analytics;
using Parley.Server.Hosting;
using Spectre.Console;

namespace Parley.Server.Cli;

/// <summary>What there is, and how large it is.</summary>
internal static class StatsCommands
{
    static readonly Option<bool> Json = new("--json") { Description = "Print JSON and nothing else" };

    public static Command Stats()
    {
        var tenant = new Option<Guid?>("--tenant") { Description = "One tenant only" };
        var days = new Option<int>("--days") { Description = "How many days the report covers, at most 400", DefaultValueFactory = _ => 30 };
        var channel = new Option<string?>("--channel") { Description = "The report of one channel only" };
        var command = new Command("stats", "Counts of what there is, what happened lately, and the report of the last days. Examples: parley stats · parley stats --tenant ID --days 90 --json") { tenant, days, channel, Json };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            if (parsed.GetValue(days) is < 1 or > 400) throw new CommandException("--days takes a number from 1 to 400.");
            IReadOnlyList<StatRow> rows = [.. await ReadAsync(running, parsed.GetValue(tenant), cancellationToken), .. await ReportAsync(running, parsed.GetValue(tenant), parsed.GetValue(days), parsed.GetValue(channel), cancellationToken)];
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(JsonSerializer.Serialize(rows.ToDictionary(row => row.Name, row => row.Value)));
                return 0;
            }
            var table = new Table().AddColumn("what").AddColumn("how many", column => column.RightAligned());
            foreach (var row in rows) table.AddRow(row.Name.Replace('_', ' '), row.Value?.ToString("N0") ?? "–");
            AnsiConsole.Write(table);
            return 0;
        }, cancellationToken));
        return command;
    }

    public static Command Sizes()
    {
        var command = new Command("sizes", "How much room each table takes. Examples: parley sizes · parley sizes --json") { Json };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var rows = await running.System.ListAsync<SizeRow>("""
                select c.relname as name, greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0) as rows, pg_table_size(c.oid) as data, pg_indexes_size(c.oid) as indexes
                from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                order by pg_total_relation_size(c.oid) desc, c.relname
                """, null, cancellationToken);
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { tables = rows.Select(row => new { name = row.Name, rows = row.Rows, data_bytes = row.Data, index_bytes = row.Indexes }), total_bytes = rows.Sum(row => row.Data + row.Indexes) }));
                return 0;
            }
            var table = new Table().AddColumn("table");
            foreach (var column in new[] { "rows, about", "data", "indexes", "together" }) table.AddColumn(column, one => one.RightAligned());
            foreach (var row in rows) table.AddRow(row.Name, row.Rows.ToString("N0"), Bytes(row.Data), Bytes(row.Indexes), Bytes(row.Data + row.Indexes));
            table.AddRow("all", rows.Sum(row => row.Rows).ToString("N0"), Bytes(rows.Sum(row => row.Data)), Bytes(rows.Sum(row => row.Indexes)), Bytes(rows.Sum(row => row.Data + row.Indexes)));
            AnsiConsole.Write(table);
            return 0;
        }, cancellationToken));
        return command;
    }

    internal static Task<IReadOnlyList<StatRow>> ReadAsync(Running running, Guid? tenant, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var mine = tenant is null ? "true" : "tenant_id = @tenant";
        return running.System.ListAsync<StatRow>($"""
            select 'tenants' as name, count(*)::double precision as value from tenants where {(tenant is null ? "true" : "id = @tenant")}
            union all select 'contacts', count(*) from contacts where {mine}
            union all select 'conversations', count(*) from conversations where {mine}
            union all select 'conversations_open', count(*) from conversations where {mine} and status = 'open'
            union all select 'conversations_unread', count(*) from conversations where {mine} and not is_read
            union all select 'messages', count(*) from messages where {mine}
            union all select 'messages_in_24_hours', count(*) from messages where {mine} and direction = 'inbound' and created_at > @day
            union all select 'messages_out_24_hours', count(*) from messages where {mine} and direction = 'outbound' and created_at > @day
            union all select 'messages_in_7_days', count(*) from messages where {mine} and direction = 'inbound' and created_at > @week
            union all select 'messages_out_7_days', count(*) from messages where {mine} and direction = 'outbound' and created_at > @week
            union all select 'messages_queued', count(*) from messages where {mine} and status = 'queued'
            union all select 'messages_unknown', count(*) from messages where {mine} and status = 'unknown'
            union all select 'messages_failed_7_days', count(*) from messages where {mine} and status = 'failed' and created_at > @week
            union all select 'milliseconds_from_queued_to_sent_median', percentile_cont(0.5) within group (order by greatest(0, extract(epoch from sent_at - created_at) * 1000)) from messages where {mine} and direction = 'outbound' and author <> 'provider' and created_at > @week and sent_at is not null
            union all select 'milliseconds_from_queued_to_sent_p95', percentile_cont(0.95) within group (order by greatest(0, extract(epoch from sent_at - created_at) * 1000)) from messages where {mine} and direction = 'outbound' and author <> 'provider' and created_at > @week and sent_at is not null
            union all select 'files_not_fetched', count(*) from attachments where {mine} and message_id is not null and status <> 'stored'
            union all select 'webhooks_failed', count(*) from webhook_events where {mine} and status = 'failed'
            union all select 'jobs_waiting', count(*) from scheduled_jobs where {mine} and status = 'waiting'
            union all select 'jobs_dead', count(*) from scheduled_jobs where {mine} and status = 'dead'
            """, new { tenant, day = now.AddDays(-1), week = now.AddDays(-7) }, cancellationToken);
    }

    // From the numbers behind /api/analytics, brought up to date first: no server has to run for them.
    static async Task<IReadOnlyList<StatRow>> ReportAsync(Running running, Guid? tenant, int days, string? channel, CancellationToken cancellationToken)
    {
        var counter = new MessageCounter(running.System, running.Tenants, TimeProvider.System);
        if (tenant is { } one) await counter.CountAsync(one, cancellationToken);
        else await counter.RunOnceAsync(cancellationToken);
        var today = TimeProvider.System.GetUtcNow().UtcDateTime.Date;
        var mine = (tenant is null ? "true" : "tenant_id = @tenant") + (channel is null ? "" : " and channel = @channel");
        const string took = "extract(epoch from ended_at - began_at)::float8";
        return await running.System.ListAsync<StatRow>($"""
            with n as materialized (select * from message_counts where {mine} and slot >= @since),
            r as materialized (select is_first, {took} as took from response_times where {mine} and began_at >= @since and ended_at is not null)
            select 'report_days' as name, @days::float8 as value
            union all select 'report_received', coalesce(sum(total) filter (where direction = 'inbound'), 0) from n
            union all select 'report_total', coalesce(sum(total) filter (where direction = 'outbound'), 0) from n
            union all select 'report_sent', coalesce(sum(sent), 0) from n where direction = 'outbound'
            union all select 'report_delivered', coalesce(sum(delivered), 0) from n where direction = 'outbound'
            union all select 'report_read', coalesce(sum(read), 0) from n where direction = 'outbound'
            union all select 'report_failed', coalesce(sum(failed), 0) from n where direction = 'outbound'
            union all select 'report_delivery_rate', round(100.0 * sum(delivered + read) / nullif(sum(total), 0), 2)::float8 from n where direction = 'outbound'
            union all select 'report_first_answer_seconds_median', percentile_cont(0.5) within group (order by took) from r where is_first
            union all select 'report_every_answer_seconds_median', percentile_cont(0.5) within group (order by took) from r
            union all select 'report_resolution_seconds_median', percentile_cont(0.5) within group (order by extract(epoch from closed_at - began_at)::float8) from closings where {mine} and closed_at >= @since and reopened_at is null and began_at <= closed_at
            """, new { tenant, channel, days, since = new DateTimeOffset(today.AddDays(1 - days), TimeSpan.Zero) }, cancellationToken);
    }

    static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):N1} GB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):N1} MB",
        _ => $"{bytes / 1024.0:N0} kB",
    };

    internal sealed class StatRow
    {
        public string Name { get; init; } = "";
        public double? Value { get; init; }
    }

    sealed class SizeRow
    {
        public string Name { get; init; } = "";
        public long Rows { get; init; }
        public long Data { get; init; }
        public long Indexes { get; init; }
    }
}
