using System.Text.Json.Nodes;
using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Runs;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations.Triggers;

/// <summary>Looks, when the time is over, whether a customer still waits: one job for each automation and conversation. Answers of people and bots count, those of automations and campaigns do not.</summary>
internal sealed class NoReply(TenantDatabase database, SchedulingSettingsStore zones, JobNews jobs, TimeProvider time) : IJobHandler
{
    public const string JobType = "automations.no_reply";

    public string Type => JobType;

    public static string KeyOf(Guid automation, Guid conversation) => $"{automation}:{conversation}";

    public static int MinutesOf(JsonObject config) => Math.Clamp(config.Number("minutes") ?? 60, 1, 10_080);

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var (id, conversation) = (Guid.Parse(job.Key.Split(':')[0]), Guid.Parse(job.Key.Split(':')[1]));
        var row = await database.FindAsync<WaitingRow>(job.TenantId, """
            select a.name, a.version, a.trigger_config::text as trigger_config, a.conditions::text as conditions, a.options::text as options,
                m.id as message_id, m.content, m.created_at, m.integration_id, m.channel, c.contact_id, k.name as contact_name, k.phone, k.email, k.external_ref, k.status as contact_status, k.metadata::text as metadata,
                array(
                    select l.label_id from conversation_labels l where l.tenant_id = @tenant and l.conversation_id = c.id
                    union
                    select l.label_id from contact_labels l where l.tenant_id = @tenant and l.contact_id = k.id) as labels
            from automations a
            join conversations c on c.tenant_id = a.tenant_id and c.id = @conversation and c.status = 'open'
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            cross join lateral (
                -- As a value of its own: under row-level security a comparison with coalesce would bound no index.
                select case when max(o.occurred_at) is not null then max(o.occurred_at) else 'epoch'::timestamptz end as at
                from messages o
                where o.tenant_id = @tenant and o.conversation_id = c.id and o.direction = 'outbound' and o.status not in ('failed', 'scheduled') and o.type <> 'event'
                  and o.author not like 'automation:%' and o.author not like 'campaign:%'
            ) answered
            join lateral (
                select m.id, m.content, m.created_at, m.integration_id, m.channel
                from messages m
                where m.tenant_id = @tenant and m.conversation_id = c.id and m.direction = 'inbound' and m.type <> 'event' and not m.is_hidden
                  and m.occurred_at > answered.at
                order by m.occurred_at, m.id
                limit 1
            ) m on true
            where a.tenant_id = @tenant and a.id = @id and a.status = 'active' and a.trigger_type = 'no_reply'
            """, new { id, conversation }, stopping);
        if (row is null) return new JobOutcome.Done();
        var at = row.CreatedAt.AddMinutes(MinutesOf(JsonNode.Parse(row.TriggerConfig)!.AsObject()));
        if (at > time.GetUtcNow()) return new JobOutcome.Again(at);
        var automation = CompiledAutomation.Of(id, row.Name, row.Version, new(TriggerTypes.NoReply), DefinitionJson.Read<AutomationConditions>(row.Conditions), DefinitionJson.Read<AutomationOptions>(row.Options), 0);
        var facts = row.Facts((await zones.ReadAsync(job.TenantId, stopping)).TimeZone, time.GetUtcNow());
        if (!automation.Holds(facts)) return new JobOutcome.Done(change => AutomationStore.WarnAsync(change, job.TenantId, facts.IsCut ? [id] : [], Patterns.TookTooLong, CancellationToken.None));
        var run = new NewRun(id, row.Version, $"no_reply:{row.MessageId}", TriggerTypes.NoReply, null, conversation, row.ContactId, row.MessageId);
        return new JobOutcome.Done(async change =>
        {
            await RunStore.AddAsync(change, job.TenantId, [run], CancellationToken.None);
            jobs.PublishAt(change.Now.AddMilliseconds(50));
        });
    }

    sealed class WaitingRow
    {
        public string Name { get; init; } = "";
        public int Version { get; init; }
        public string TriggerConfig { get; init; } = "{}";
        public string Conditions { get; init; } = "{}";
        public string Options { get; init; } = "{}";
        public Guid MessageId { get; init; }
        public string? Content { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
        public Guid IntegrationId { get; init; }
        public string Channel { get; init; } = "";
        public Guid ContactId { get; init; }
        public string? ContactName { get; init; }
        public string? Phone { get; init; }
        public string? Email { get; init; }
        public string? ExternalRef { get; init; }
        public string? ContactStatus { get; init; }
        public string? Metadata { get; init; }
        public Guid[] Labels { get; init; } = [];

        public Facts Facts(string zone, DateTimeOffset now) => new()
        {
            Channel = Channel, IntegrationId = IntegrationId, Text = Content, Labels = Labels, ContactName = ContactName, Phone = Phone, Email = Email, ExternalRef = ExternalRef, ContactStatus = ContactStatus, Metadata = Metadata,
            At = now, Zone = zone,
        };
    }
}
