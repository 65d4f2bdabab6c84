using System.CommandLine;
using System.Text.Json;
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
        var command = new Command("stats", "Counts of what there is and what happened lately. Examples: parley stats · parley stats --tenant ID --json") { tenant, Json };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var rows = await ReadAsync(running, parsed.GetValue(tenant), cancellationToken);
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
