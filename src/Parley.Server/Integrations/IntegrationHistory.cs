using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Integrations;

/// <summary>When an account began to work, or ceased to.</summary>
/// <param name="Health">ok, failing, or unknown (its settings were changed).</param>
public sealed record HealthEvent(Guid Id, string Health, string? Message, DateTimeOffset CreatedAt);

/// <summary>What is lost when an account is removed. Each is counted no further than <paramref name="Most"/>, files in no more messages than that.</summary>
/// <param name="Words">The same as sentences.</param>
public sealed record RemovalView(
    string Name, long Conversations, long Messages, long Files, long Templates, long Scheduled, long Queued, long Campaigns, IReadOnlyList<string> Words, long Most);

/// <summary>An account's past, and its end. Removing is a mark first, which ends everything at once; the rows go piece by piece.</summary>
internal sealed class IntegrationHistory(TenantDatabase database)
{
    const int Piece = 2000;
    const long Most = 100_000;

    /// <summary>Writes a line when the health is another than the last line says; run after each change of it, in the same transaction.</summary>
    /// <remarks>Takes @tenant, @id, @event (a new id) and @now.</remarks>
    public const string Note = """
        insert into integration_health_events (tenant_id, id, integration_id, health, message, created_at)
        select @tenant, @event, i.id, i.health, i.health_message, @now
        from integrations i
        left join lateral (
            select e.health, e.message from integration_health_events e
            where e.tenant_id = @tenant and e.integration_id = i.id
            order by e.id desc
            limit 1
        ) last on true
        where i.tenant_id = @tenant and i.id = @id
          and (i.health is distinct from coalesce(last.health, 'unknown') or i.health = 'failing' and i.health_message is distinct from last.message);
        delete from integration_health_events e
        where e.tenant_id = @tenant and e.integration_id = @id
          and e.id <= (select o.id from integration_health_events o where o.tenant_id = @tenant and o.integration_id = @id order by o.id desc offset 100 limit 1)
        """;

    /// <summary>The newest first; there are never more than a hundred.</summary>
    public async Task<IReadOnlyList<HealthEvent>> ListAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, """
            select id, health, message, created_at
            from integration_health_events
            where tenant_id = @tenant and integration_id = @id
            order by id desc
            limit 100
            """, new { id }, cancellationToken)).Select(row => new HealthEvent(row.Id, row.Health, row.Message, row.CreatedAt))];

    public async Task<RemovalView> CountAsync(Guid tenant, IntegrationRow integration, CancellationToken cancellationToken)
    {
        const string mine = "where tenant_id = @tenant and integration_id = @Id";
        var row = (await database.FindAsync<Counts>(tenant, $"""
            select
                (select count(*) from (select 1 from conversations {mine} limit @Most) counted) as conversations,
                (select coalesce(sum(message_count), 0)::bigint from (select message_count from conversations {mine} limit @Most) counted) as messages,
                (select count(*) from (select id from messages {mine} limit @Most) m join attachments a on a.tenant_id = @tenant and a.message_id = m.id) as files,
                (select count(*) from (select 1 from templates {mine} and status <> 'deleted' limit @Most) counted) as templates,
                (select count(*) from (select 1 from messages {mine} and status = 'scheduled' limit @Most) counted) as scheduled,
                (select count(*) from (select 1 from messages {mine} and status = 'queued' limit @Most) counted) as queued,
                (select count(*) from (select 1 from campaigns {mine} limit @Most) counted) as campaigns
            """, new { integration.Id, Most }, cancellationToken))!;
        var isPart = row.Messages >= Most;
        string[] words =
        [
            .. Line(row.Conversations, "conversation"), .. Line(row.Messages, "message"), .. Line(row.Files, "file", isAtLeast: isPart), .. Line(row.Templates, "template", " of this account (the provider keeps its own)"),
            .. Line(row.Scheduled, "scheduled message", ", which will not leave"), .. Line(row.Queued, "message", " that is queued and will not leave"),
            .. Line(row.Campaigns, "campaign", ", with what became of it for each recipient"),
            "Contacts stay; the reports forget this account. What the provider delivers to this account's address is refused from then on.",
        ];
        return new(integration.Name, row.Conversations, row.Messages, row.Files, row.Templates, row.Scheduled, row.Queued, row.Campaigns, words, Most);

        static string[] Line(long count, string what, string more = "", bool isAtLeast = false) =>
            count == 0 ? [] : [$"{(count >= Most ? $"More than {Most:N0}" : isAtLeast ? $"At least {count:N0}" : $"{count:N0}")} {what}{(count == 1 ? "" : "s")}{more}."];
    }

    /// <summary>Takes away one piece of a removed account; false when nothing of it is left.</summary>
    public Task<bool> RemovePieceAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<DateTimeOffset?>("select removed_at from integrations where tenant_id = @tenant and id = @id", new { id }, cancellationToken) is null) return false;
            var some = await change.ListAsync<Guid>("select id from conversations where tenant_id = @tenant and integration_id = @id order by id limit 200", new { id }, cancellationToken);
            if (some.Count == 0)
            {
                // A campaign may have had a million recipients.
                if (await change.ExecuteAsync("""
                    delete from campaign_recipients r
                    using (select x.campaign_id, x.id from campaign_recipients x join campaigns c on c.tenant_id = x.tenant_id and c.id = x.campaign_id where c.tenant_id = @tenant and c.integration_id = @id limit 10000) gone
                    where r.tenant_id = @tenant and r.campaign_id = gone.campaign_id and r.id = gone.id
                    """, new { id }, cancellationToken) > 0) return true;
                var carried = await change.ListAsync<string>("""
                    select distinct a.sha256
                    from campaigns c
                    join attachments a on a.tenant_id = c.tenant_id and a.campaign_id = c.id
                    where c.tenant_id = @tenant and c.integration_id = @id
                    """, new { id }, cancellationToken);
                await JobStore.AddManyAsync(change, tenant, Media.RemoveFile.JobType, [.. carried], change.Now, cancellationToken);
                // What counts for the reports waits, or is done: nothing counted before this is written after it.
                await change.ExecuteAsync("""
                    select seq from count_cursors where tenant_id = @tenant for update;
                    delete from message_counts where tenant_id = @tenant and integration_id = @id;
                    delete from response_times where tenant_id = @tenant and integration_id = @id;
                    delete from closings where tenant_id = @tenant and integration_id = @id;
                    delete from message_statuses where tenant_id = @tenant and integration_id = @id;
                    delete from sending_leases where tenant_id = @tenant and integration_id = @id;
                    delete from integrations where tenant_id = @tenant and id = @id
                    """, new { id }, cancellationToken);
                return false;
            }
            var conversations = some.ToArray();
            var messages = (await change.ListAsync<Guid>("select id from messages where tenant_id = @tenant and conversation_id = any (@conversations) limit @Piece", new { conversations, Piece }, cancellationToken)).ToArray();
            // The bytes go when nobody names them any more; whoever else has the same file keeps it.
            var files = await change.ListAsync<string>("select distinct sha256 from attachments where tenant_id = @tenant and message_id = any (@messages) and sha256 is not null", new { messages }, cancellationToken);
            await JobStore.AddManyAsync(change, tenant, Media.RemoveFile.JobType, [.. files], change.Now, cancellationToken);
            await change.ExecuteAsync("delete from messages where tenant_id = @tenant and id = any (@messages)", new { messages }, cancellationToken);
            if (messages.Length == Piece) return true;
            await change.ExecuteAsync("delete from conversations where tenant_id = @tenant and id = any (@conversations)", new { conversations }, cancellationToken);
            return true;
        }, cancellationToken);

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Health { get; init; } = "";
        public string? Message { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
    }

    sealed class Counts
    {
        public long Conversations { get; init; }
        public long Messages { get; init; }
        public long Files { get; init; }
        public long Templates { get; init; }
        public long Scheduled { get; init; }
        public long Queued { get; init; }
        public long Campaigns { get; init; }
    }
}

/// <summary>Takes a removed account's rows away, piece by piece: killed anywhere, it goes on.</summary>
internal sealed class RemoveIntegration(IntegrationHistory history) : IJobHandler
{
    public const string JobType = "integration.remove";

    public string Type => JobType;

    public int AtOnce => 2;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        while (await history.RemovePieceAsync(job.TenantId, id, stopping)) stopping.ThrowIfCancellationRequested();
        return new JobOutcome.Done(change =>
        {
            change.Publish(new FeedEvent(job.TenantId, "integration.removed", IntegrationId: id));
            return Task.CompletedTask;
        });
    }
}
