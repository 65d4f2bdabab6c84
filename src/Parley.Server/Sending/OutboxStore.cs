using Parley.Channels;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sending;

/// <summary>All SQL of sending: who may drain an integration, what leaves next, what came of it.</summary>
internal sealed class OutboxStore(SystemDatabase database, TimeProvider time)
{
    /// <summary>Priorities of messages: whatever answers somebody goes first (0), what goes to many comes after it, and what a paused campaign has queued is
    /// not looked at until the campaign goes on.</summary>
    internal const short Bulk = 10, Parked = 100;

    internal static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    /// <summary>How long a message of unknown outcome holds back the ones after it in its conversation.</summary>
    internal static readonly TimeSpan UnknownHolds = TimeSpan.FromSeconds(10);

    /// <summary>Integrations with something due, or with attempts that nobody is looking after. One index probe each.</summary>
    public Task<IReadOnlyList<OutboxKey>> ListDueAsync(IReadOnlyCollection<Guid>? tenants, CancellationToken cancellationToken) =>
        database.ListAsync<OutboxKey>($"""
            select i.tenant_id, i.id as integration_id
            from integrations i
            where {(tenants is null ? "true" : "i.tenant_id = any (@tenants)")}
              and (i.status <> 'paused' and exists (select 1 from messages m
                      where m.tenant_id = i.tenant_id and m.integration_id = i.id and m.status = 'queued' and m.priority < {Parked}
                        and (m.send_after is null or m.send_after <= @now))
                  or exists (select 1 from messages m
                      where m.tenant_id = i.tenant_id and m.integration_id = i.id and m.status = 'sending'))
            order by i.tenant_id, i.id
            """, new { tenants = tenants?.ToArray(), now = time.GetUtcNow() }, cancellationToken);

    /// <summary>The fence of the new lease, or null when another node holds it. What an earlier owner left under way becomes
    /// unknown: whether its call was made cannot be told, so it is not made again.</summary>
    public async Task<long?> AcquireAsync(OutboxKey key, Guid owner, CancellationToken cancellationToken) =>
        await database.ChangeAsync(async change =>
        {
            var fence = await change.FindAsync<long?>("""
                insert into sending_leases (tenant_id, integration_id, owner, fence, expires_at)
                values (@TenantId, @IntegrationId, @owner, 1, @expires)
                on conflict (tenant_id, integration_id) do update
                    set owner = excluded.owner, fence = sending_leases.fence + 1, expires_at = excluded.expires_at
                    where sending_leases.expires_at <= @now
                returning fence
                """, new { key.TenantId, key.IntegrationId, owner, expires = change.Now + LeaseTime, now = change.Now }, cancellationToken);
            if (fence is null) return fence;
            var orphans = await change.ListAsync<Settled>("""
                update messages set status = 'unknown', failure_code = 'outcome_unknown', error_code = 'outcome_unknown', error_message = @words
                where tenant_id = @TenantId and integration_id = @IntegrationId and status = 'sending' and fence < @fence
                returning tenant_id, id, conversation_id, contact_id, integration_id
                """, new { key.TenantId, key.IntegrationId, fence, words = Channels.Contract.SendFailure.OutcomeUnknown.Words }, cancellationToken);
            foreach (var message in orphans)
            {
                change.Publish(message.Updated());
                await JobStore.AddAsync(change, key.TenantId, Sync.SettleByReading.JobType, message.Id.ToString(), change.Now, cancellationToken);
            }
            return fence;
        }, cancellationToken);

    /// <summary>Lets go, so that another node need not wait for the lease to end.</summary>
    public Task ReleaseAsync(OutboxKey key, Guid owner, long fence, CancellationToken cancellationToken) =>
        database.ExecuteAsync("""
            update sending_leases set expires_at = @now
            where tenant_id = @TenantId and integration_id = @IntegrationId and owner = @owner and fence = @fence
            """, new { key.TenantId, key.IntegrationId, owner, fence, now = time.GetUtcNow() }, cancellationToken);

    /// <summary>Conversations that must wait: an outcome that became unknown a moment ago, or a head that is put off.</summary>
    public Task<IReadOnlyList<Held>> ListHeldAsync(OutboxKey key, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return database.ListAsync<Held>("""
            select conversation_id, max(claimed_at) + interval '10 seconds' as until
            from messages
            where tenant_id = @TenantId and integration_id = @IntegrationId and status = 'unknown' and claimed_at > @since
            group by conversation_id
            union all
            select conversation_id, max(send_after)
            from messages
            where tenant_id = @TenantId and integration_id = @IntegrationId and status = 'queued' and send_after > @now
            group by conversation_id
            """, new { key.TenantId, key.IntegrationId, since = now - UnknownHolds, now }, cancellationToken);
    }

    /// <summary>Renews the lease and marks the next messages as sending, the first of each free conversation, replies before
    /// bulk. Null when the lease is no longer ours: then nothing was marked.</summary>
    public Task<IReadOnlyList<Outgoing>?> ClaimAsync(
        OutboxKey key, Guid owner, long fence, IReadOnlyCollection<Guid> busy, int most, CancellationToken cancellationToken) =>
        database.ChangeAsync<IReadOnlyList<Outgoing>?>(async change =>
        {
            var renewed = await change.ExecuteAsync("""
                update sending_leases set expires_at = @expires
                where tenant_id = @TenantId and integration_id = @IntegrationId and owner = @owner and fence = @fence and expires_at > @now
                """, new { key.TenantId, key.IntegrationId, owner, fence, expires = change.Now + LeaseTime, now = change.Now }, cancellationToken);
            if (renewed == 0) return null;
            if (most <= 0) return [];
            return await change.ListAsync<Outgoing>($"""
                with window_of_queue as (
                    select id, conversation_id, priority
                    from messages
                    where tenant_id = @TenantId and integration_id = @IntegrationId and status = 'queued' and priority < {Parked} and conversation_id <> all (@busy)
                      and not exists (select 1 from integrations i where i.tenant_id = @TenantId and i.id = @IntegrationId and i.status = 'paused')
                    order by priority, id
                    limit @window
                ),
                firsts as (
                    select distinct on (conversation_id) id, priority
                    from window_of_queue
                    order by conversation_id, priority, id
                ),
                -- locked last: many are looked at to take a few
                chosen as materialized (
                    select q.id, q.status, q.priority
                    from (select id, priority from firsts order by priority, id limit @most) f
                    join messages q on q.tenant_id = @TenantId and q.id = f.id
                    order by q.id
                    for no key update of q skip locked
                ),
                claimed as (
                    update messages m set status = 'sending', attempt = m.attempt + 1, tries = m.tries + 1, fence = @fence, claimed_at = @now, send_after = null
                    from chosen
                    where m.tenant_id = @TenantId and m.id = chosen.id and chosen.status = 'queued' and chosen.priority < {Parked}
                    returning m.*
                )
                select m.tenant_id, m.id, m.integration_id, m.conversation_id, m.channel, m.type, m.content, m.metadata::text as metadata, m.reply_to,
                    m.priority, m.attempt, m.tries, i.provider, case when c.is_thread then c.thread_id end as thread_id, c.is_read_only, c.handle, k.kind as contact_kind, k.status as contact_status, c.last_inbound_at, o.opted_out_at, m.created_at,
                    m.scheduled_at, case when m.scheduled_at is not null and coalesce(s.late_messages, @asks) = 'ask' then coalesce(s.late_after_minutes, @lateAfter) end as late_after_minutes,
                    t.status as tenant_status, i.status as integration_status, i.health as integration_health, i.health_message as integration_health_message,
                    case
                        when m.author like 'user:%' then exists (
                            select 1 from users u where u.tenant_id = m.tenant_id and u.id = substring(m.author from 6)::uuid and u.is_active and u.role <> 'viewer')
                        when m.author like 'api:%' then exists (
                            select 1 from api_keys a where a.tenant_id = m.tenant_id and a.id = substring(m.author from 5)::uuid and a.revoked_at is null and a.role <> 'viewer')
                        else true
                    end as author_may_send,
                    f.sha256 as file_sha256, f.kind as file_kind, f.mime_type as file_type, f.file_name, f.size as file_size, p.provider_id as file_at_provider
                from claimed m
                join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
                join contacts k on k.tenant_id = m.tenant_id and k.id = c.contact_id
                left join contact_identities o on o.tenant_id = m.tenant_id and o.channel = m.channel and o.handle = c.handle
                join integrations i on i.tenant_id = m.tenant_id and i.id = m.integration_id
                join tenants t on t.id = m.tenant_id
                left join scheduling_settings s on s.tenant_id = m.tenant_id and m.scheduled_at is not null
                left join attachments f on f.tenant_id = m.tenant_id and f.message_id = m.id and f.position = 0
                left join provider_media p on p.tenant_id = m.tenant_id and p.integration_id = m.integration_id and p.sha256 = f.sha256 and p.kind = f.kind and p.expires_at > @now
                order by m.priority, m.id
                """,
                new { key.TenantId, key.IntegrationId, busy = busy.ToArray(), most, window = most * 4 + 50, fence, now = change.Now,
                    asks = Scheduling.SchedulingSettings.Defaults.LateMessages, lateAfter = Scheduling.SchedulingSettings.Defaults.LateAfterMinutes }, cancellationToken);
        }, cancellationToken);

    /// <summary>Writes outcomes, many at once. Only the attempt that made the call may settle, and only while nothing better is
    /// known: a status webhook may have been faster.</summary>
    public Task<int> SettleAsync(IReadOnlyList<Outcome> outcomes, CancellationToken cancellationToken) =>
        database.ChangeAsync(async change =>
        {
            // Conversations before messages, as everybody takes their locks who writes many: what a chat's message needs comes first.
            foreach (var outcome in outcomes)
                if (outcome.IsOfChats) await ThreadOutcomes.PrepareAsync(change, outcome, cancellationToken);
            foreach (var outcome in outcomes)
                if (outcome.Failure is { IsOptOut: true }) await OptOutAsync(change, outcome, cancellationToken);
            var settled = await change.ListAsync<Settled>($"""
                with x as (
                    select * from unnest(@tenants::uuid[], @ids::uuid[], @attempts::int[], @statuses::text[], @externals::text[],
                            @failures::text[], @codes::text[], @words::text[], @afters::timestamptz[])
                        as x (tenant_id, id, attempt, status, external_id, failure_code, error_code, error_message, send_after)
                )
                update messages m set
                    status = x.status,
                    external_message_id = coalesce(m.external_message_id, x.external_id),
                    sent_at = case when x.status = 'sent' then least(m.sent_at, @now) else m.sent_at end,
                    failed_at = case when x.status = 'failed' then @now else m.failed_at end,
                    failure_code = x.failure_code, error_code = x.error_code, error_message = x.error_message,
                    send_after = x.send_after,
                    -- what was claimed and never called
                    tries = case when x.status = 'queued' and x.failure_code is null then m.tries - 1 else m.tries end,
                    -- what comes back into the queue of a campaign that was stopped meanwhile stays there
                    priority = case when x.status = 'queued' and m.priority = {Bulk} and m.author like 'campaign:%' and exists (
                        select 1 from campaigns p where p.tenant_id = m.tenant_id and p.id = substring(m.author from 10)::uuid and (p.status in ('paused', 'cancelled') or p.waits_until is not null))
                        then {Parked} else m.priority end
                from x
                where m.tenant_id = x.tenant_id and m.id = x.id and m.attempt = x.attempt and m.status in ('sending', 'unknown')
                returning m.tenant_id, m.id, m.conversation_id, m.contact_id, m.integration_id, case when m.status = 'queued' and m.priority = {Parked} then substring(m.author from 10)::uuid end as parked_of
                """,
                new
                {
                    tenants = outcomes.Select(outcome => outcome.TenantId).ToArray(),
                    ids = outcomes.Select(outcome => outcome.Id).ToArray(),
                    attempts = outcomes.Select(outcome => outcome.Attempt).ToArray(),
                    statuses = outcomes.Select(outcome => outcome.Status).ToArray(),
                    externals = outcomes.Select(outcome => outcome.ExternalId).ToArray(),
                    failures = outcomes.Select(outcome => outcome.Failure?.Code).ToArray(),
                    codes = outcomes.Select(outcome => outcome.Failure?.ProviderCode ?? outcome.Failure?.Code).ToArray(),
                    words = outcomes.Select(outcome => outcome.Failure is { } failure ? FailureWords.Of(failure) : null).ToArray(),
                    afters = outcomes.Select(outcome => outcome.SendAfter).ToArray(),
                    now = change.Now,
                }, cancellationToken);
            var renamed = outcomes.Where(outcome => outcome.Handle is not null).ToList();
            if (renamed.Count > 0)
                // The provider knows the person by another handle than the one dialled: what they answer comes from there.
                await change.ExecuteAsync("""
                    insert into contact_identities (tenant_id, channel, handle, contact_id, created_at)
                    select m.tenant_id, m.channel, x.handle, c.contact_id, @now
                    from unnest(@tenants::uuid[], @ids::uuid[], @handles::text[]) as x (tenant_id, id, handle)
                    join messages m on m.tenant_id = x.tenant_id and m.id = x.id
                    join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
                    order by m.tenant_id, m.channel, x.handle
                    on conflict (tenant_id, channel, handle) do nothing
                    """, new
                {
                    tenants = renamed.Select(outcome => outcome.TenantId).ToArray(), ids = renamed.Select(outcome => outcome.Id).ToArray(),
                    handles = renamed.Select(outcome => outcome.Handle).ToArray(), now = change.Now,
                }, cancellationToken);
            foreach (var message in settled) change.Publish(message.Updated());
            // Its job may have been done with it before this came back.
            foreach (var (tenant, campaign) in settled.Where(message => message.ParkedOf is not null).Select(message => (message.TenantId, message.ParkedOf!.Value)).Distinct())
                await JobStore.AddAsync(change, tenant, Campaigns.Dispatch.RunCampaign.JobType, campaign.ToString(), change.Now, cancellationToken);
            foreach (var outcome in outcomes)
                if (outcome.IsOfChats || outcome.IsLogged) await ThreadOutcomes.FollowAsync(change, outcome, cancellationToken);
            return settled.Count;
        }, cancellationToken);

    // The provider knows what we did not: nobody shall try again.
    static async Task OptOutAsync(Change change, Outcome outcome, CancellationToken cancellationToken)
    {
        var told = await change.FindAsync<Settled>("""
            select m.tenant_id, m.id, m.conversation_id, c.contact_id, m.integration_id, m.channel, c.handle
            from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            where m.tenant_id = @TenantId and m.id = @Id and m.attempt = @Attempt
            """, new { outcome.TenantId, outcome.Id, outcome.Attempt }, cancellationToken);
        if (told is null) return;
        var changed = await change.ExecuteAsync("""
            update contact_identities set opted_out_at = @now, opted_out_by = 'provider', consent_at = @now
            where tenant_id = @TenantId and channel = @Channel and handle = any (@handles) and opted_out_at is null
            """, new { told.TenantId, told.Channel, handles = PhoneNumbers.Variants(told.Handle).Prepend(told.Handle).ToArray(), now = change.Now }, cancellationToken);
        if (changed > 0) change.Publish(new FeedEvent(told.TenantId, "contact.updated", ContactId: told.ContactId));
    }

    /// <summary>Steps that came before their message was known: the net under the race between our answer and the webhook.</summary>
    /// <param name="isFirst">True for the first look of a process: then all that waits is looked at.</param>
    public async Task SweepWaitingStepsAsync(bool isFirst, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await database.ExecuteAsync(Ingest.IngestSql.Waiting.Replace("$1", "@now").Replace("$2", "@before").Replace("$3", "@after"),
            new { now, before = now - TimeSpan.FromSeconds(1), after = isFirst ? DateTimeOffset.UnixEpoch : now - TimeSpan.FromMinutes(15) }, cancellationToken);
    }

    internal sealed class Settled
    {
        public Guid TenantId { get; init; }
        public Guid Id { get; init; }
        public Guid ConversationId { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
        public string Channel { get; init; } = "";
        public string Handle { get; init; } = "";

        /// <summary>The campaign in which it waits, out of the senders' sight.</summary>
        public Guid? ParkedOf { get; init; }

        public FeedEvent Updated() => new(TenantId, "message.updated", ConversationId, Id, ContactId, IntegrationId);
    }
}

/// <summary>One integration's queue.</summary>
internal sealed record OutboxKey
{
    public Guid TenantId { get; init; }
    public Guid IntegrationId { get; init; }
}

/// <summary>A conversation whose next message must wait.</summary>
internal sealed class Held
{
    public Guid ConversationId { get; init; }
    public DateTimeOffset Until { get; init; }
}

/// <summary>What came of one attempt. <paramref name="Status"/>: sent, failed, unknown, or queued: to try again after <paramref name="SendAfter"/>, or, without a failure, because it was never called.</summary>
/// <param name="ThreadId">The provider's chat it went to.</param>
/// <param name="IsLogged">The provider keeps a list of messages: what is not known is looked for there.</param>
/// <param name="IsOfChats">The provider keeps chats: what we sent comes back as an echo.</param>
internal sealed record Outcome(
    Guid TenantId, Guid Id, int Attempt, string Status, string? ExternalId = null, Channels.Contract.SendFailure? Failure = null, DateTimeOffset? SendAfter = null, string? Handle = null,
    string? ThreadId = null, bool IsOfChats = false, bool IsLogged = false);
