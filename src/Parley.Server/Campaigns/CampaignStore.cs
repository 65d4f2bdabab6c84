using Parley.Server.Audit;
using Parley.Server.Campaigns.Dispatch;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Notes;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Campaigns;

/// <summary>What came of something that was to be done to a campaign. Neither: there is no such campaign.</summary>
internal sealed record CampaignChange(CampaignRow? Row, string? Refusal);

/// <summary>All SQL of campaigns themselves. Whoever changes one holds its row's lock and asks <see cref="CampaignState"/>.</summary>
internal sealed class CampaignStore(TenantDatabase database)
{
    public const string FileGone = "Its file is not here any more: upload it again.";

    public Task<CampaignRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<CampaignRow>(tenant, $"select {CampaignRow.Columns} from campaigns c where c.tenant_id = @tenant and c.id = @id", new { id }, cancellationToken);

    /// <summary>With its list of numbers.</summary>
    public Task<CampaignRow?> FindWholeAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<CampaignRow>(tenant, $"select {CampaignRow.Whole} from campaigns c where c.tenant_id = @tenant and c.id = @id", new { id }, cancellationToken);

    /// <summary>One more than <paramref name="limit"/>, the newest first.</summary>
    public Task<IReadOnlyList<CampaignRow>> ListAsync(Guid tenant, string? status, string? words, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<CampaignRow>(tenant, $"""
            select {CampaignRow.Columns}
            from campaigns c
            where c.tenant_id = @tenant {(status is null ? "" : "and c.status = @status")} {(words is null ? "" : "and strpos(lower(c.name), lower(@words)) > 0")}
              {(cursor is null ? "" : "and (c.created_at, c.id) < (@at, @id)")}
            order by c.created_at desc, c.id desc
            limit @limit
            """, new { status, words, at = cursor?.At, id = cursor?.Id, limit = limit + 1 }, cancellationToken);

    public Task<IReadOnlyDictionary<Guid, CampaignCounts>> CountAsync(Guid tenant, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) => CampaignCounts.ReadAsync(database, tenant, ids, cancellationToken);

    public async Task<CampaignView> ViewAsync(Guid tenant, CampaignRow row, CancellationToken cancellationToken) =>
        CampaignView.From(row, (await CountAsync(tenant, [row.Id], cancellationToken)).GetValueOrDefault(row.Id) ?? new CampaignCounts());

    /// <summary>Null when its file is not here any more: then nothing is to be kept.</summary>
    public static async Task<CampaignRow?> AddAsync(Change change, Guid tenant, CampaignDraft draft, string author, Guid? source, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        await change.ExecuteAsync("""
            insert into campaigns (tenant_id, id, name, description, message, recipients, integration_id, channel, content, audience, author, source_id, hours, rate_per_second, concurrency,
                brake_percent, brake_sample, created_at, updated_at)
            values (@tenant, @id, @Name, @Description, @Message, @Recipients, @IntegrationId, @Channel, @content::jsonb, @audience::jsonb, @author, @source, @hours::jsonb, @RatePerSecond, @Concurrency,
                @BrakePercent, @BrakeSample, @now, @now)
            """, Arguments(id, draft, change.Now, author, source), cancellationToken);
        if (draft.Content.FileId is { } given)
        {
            if (await AttachmentStore.GiveAsync(change, id, given, draft.FileKind, cancellationToken) is not { } own) return null;
            // Somebody else's: what it names is its own.
            if (own != given) await change.ExecuteAsync("update campaigns set content = @content::jsonb where tenant_id = @tenant and id = @id", new { id, content = CampaignJson.Write(draft.Content.WithFile(own)) }, cancellationToken);
        }
        var added = await GetWholeAsync(change, id, cancellationToken);
        Tell(change, tenant, "created", id, null, Audited(added));
        return added;
    }

    public Task<CampaignChange> UpdateAsync(Guid tenant, Guid id, CampaignDraft draft, int? version, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var (before, refusal) = await LockAsync(change, id, CampaignAct.Edit, version, cancellationToken);
            if (before is null || refusal is not null) return new(null, refusal);
            if (before.Status == CampaignState.Scheduled && draft is { Recipients.Length: 0, Audience.IsEmpty: true }) return new(null, "It waits for its time and would reach nobody: choose contacts, or give numbers.");
            if (draft.Content.FileId is not { } given) await AttachmentStore.LetGoAsync(change, id, null, cancellationToken);
            else if (await AttachmentStore.GiveAsync(change, id, given, draft.FileKind, cancellationToken) is not { } own) return new(null, FileGone);
            else draft = draft with { Content = draft.Content.WithFile(own) };
            await change.ExecuteAsync("""
                update campaigns set
                    name = @Name, description = @Description, message = @Message, recipients = @Recipients, integration_id = @IntegrationId, channel = @Channel, content = @content::jsonb,
                    audience = @audience::jsonb, hours = @hours::jsonb, rate_per_second = @RatePerSecond, concurrency = @Concurrency, brake_percent = @BrakePercent, brake_sample = @BrakeSample,
                    version = version + 1, updated_at = @now
                where tenant_id = @tenant and id = @id
                """, Arguments(id, draft, change.Now, null, null), cancellationToken);
            var after = await GetWholeAsync(change, id, cancellationToken);
            Tell(change, tenant, "updated", id, Audited(before), Audited(after));
            return new CampaignChange(after, null);
        }, cancellationToken);

    public Task<CampaignChange> DeleteAsync(Guid tenant, Guid id, int? version, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var (before, refusal) = await LockAsync(change, id, CampaignAct.Delete, version, cancellationToken);
            if (before is null || refusal is not null) return new(null, refusal);
            await AttachmentStore.LetGoAsync(change, id, null, cancellationToken);
            await change.ExecuteAsync("delete from campaigns where tenant_id = @tenant and id = @id", new { id }, cancellationToken);
            Tell(change, tenant, "deleted", id, Audited(before), null);
            return new CampaignChange(before, null);
        }, cancellationToken);

    public Task<CampaignChange> ScheduleAsync(Guid tenant, Guid id, Scheduling.Schedule schedule, int? version, CancellationToken cancellationToken) =>
        ActAsync(tenant, id, CampaignAct.Schedule, version, "scheduled", "scheduled_at = @At, scheduled_zone = @Zone", new { schedule.At, schedule.Zone }, schedule.At, cancellationToken);

    public Task<CampaignChange> UnscheduleAsync(Guid tenant, Guid id, int? version, CancellationToken cancellationToken) =>
        ActAsync(tenant, id, CampaignAct.Unschedule, version, "unscheduled", "scheduled_at = null, scheduled_zone = null", null, null, cancellationToken);

    /// <summary>From now on its audience is what it is at this moment.</summary>
    public Task<CampaignChange> StartAsync(Guid tenant, Guid id, int? version, CancellationToken cancellationToken) =>
        ActAsync(tenant, id, CampaignAct.Start, version, "started", "started_at = @now, brake_since = @now", null, DateTimeOffset.MinValue, cancellationToken);

    /// <summary>What is queued and was not taken by a sender yet goes out of the senders' sight.</summary>
    public Task<CampaignChange> PauseAsync(Guid tenant, Guid id, int? version, CancellationToken cancellationToken) =>
        ActAsync(tenant, id, CampaignAct.Pause, version, "paused", "paused_at = @now, pause_cause = 'user', pause_reason = null, waits_until = null", null, DateTimeOffset.MinValue, cancellationToken, ParkAsync);

    /// <summary>What was queued comes into the senders' sight when the campaign's hours allow it, which its job looks at first.</summary>
    public Task<CampaignChange> ResumeAsync(Guid tenant, Guid id, int? version, CancellationToken cancellationToken) =>
        ActAsync(tenant, id, CampaignAct.Resume, version, "resumed", $"paused_at = null, pause_cause = null, pause_reason = null, waits_until = @now, {ForgetBrake}", null, DateTimeOffset.MinValue, cancellationToken);

    /// <summary>What is queued and was not taken by a sender yet ends as cancelled, at once; those who wait for their turn follow piece by piece.</summary>
    public Task<CampaignChange> CancelAsync(Guid tenant, Guid id, int? version, CancellationToken cancellationToken) =>
        ActAsync(tenant, id, CampaignAct.Cancel, version, "cancelled", "cancelled_at = @now, pause_cause = null, pause_reason = null, paused_at = null, waits_until = null", null, DateTimeOffset.MinValue, cancellationToken, RecallAsync);

    /// <summary>Parley itself stops it, and says so to the admins. False when it does not run.</summary>
    public static async Task<bool> StopAsync(Change change, Guid tenant, Guid id, string cause, string reason, CancellationToken cancellationToken)
    {
        var row = await change.FindAsync<CampaignRow>($"select {CampaignRow.Columns} from campaigns c where c.tenant_id = @tenant and c.id = @id for no key update", new { id }, cancellationToken);
        if (row is null || CampaignState.After(row.Status, CampaignAct.Pause) is not { } state) return false;
        await change.ExecuteAsync("""
            update campaigns set status = @state, paused_at = @now, pause_cause = @cause, pause_reason = @reason, waits_until = null, version = version + 1, updated_at = @now
            where tenant_id = @tenant and id = @id
            """, new { id, state, cause, reason, now = change.Now }, cancellationToken);
        await ParkAsync(change, tenant, row, cancellationToken);
        Tell(change, tenant, "paused", id, new { status = row.Status }, new { status = state, cause, reason });
        await NotificationStore.TellAdminsAsync(change, tenant, "campaign_paused", $"The campaign “{row.Name}” was paused. {reason}", cancellationToken);
        return true;
    }

    /// <summary>Nobody is left. False when somebody is, or it does not run.</summary>
    public Task<bool> CompleteAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await LockAsync(change, id, CampaignAct.Complete, null, cancellationToken) is not { Row: { FrozenAt: not null }, Refusal: null }) return false;
            var completed = await change.ExecuteAsync("""
                update campaigns set status = 'completed', completed_at = @now, waits_until = null, version = version + 1, updated_at = @now
                where tenant_id = @tenant and id = @id
                  and not exists (select 1 from campaign_recipients r where r.tenant_id = @tenant and r.campaign_id = @id and r.status in ('pending', 'queued'))
                """, new { id, now = change.Now }, cancellationToken) > 0;
            if (completed) Tell(change, tenant, "completed", id, null, null);
            return completed;
        }, cancellationToken);

    const string ForgetBrake = """
        brake_since = @now, (brake_ended, brake_failed) = (
            select coalesce(sum(n.sent + n.delivered + n.read + n.failed), 0), coalesce(sum(n.failed), 0) from campaign_counts n where n.tenant_id = @tenant and n.campaign_id = @id)
        """;

    Task<CampaignChange> ActAsync(
        Guid tenant, Guid id, CampaignAct act, int? version, string told, string sets, object? args, DateTimeOffset? job, CancellationToken cancellationToken, Func<Change, Guid, CampaignRow, CancellationToken, Task>? alongside = null) =>
        database.ChangeAsync(tenant, async change =>
        {
            var (before, refusal) = await LockAsync(change, id, act, version, cancellationToken);
            if (before is null || refusal is not null) return new(null, refusal);
            var parameters = new Dapper.DynamicParameters(args);
            parameters.AddDynamicParams(new { id, state = CampaignState.After(before.Status, act), now = change.Now });
            await change.ExecuteAsync($"update campaigns set status = @state, {sets}, version = version + 1, updated_at = @now where tenant_id = @tenant and id = @id", parameters, cancellationToken);
            if (alongside is not null) await alongside(change, tenant, before, cancellationToken);
            if (act == CampaignAct.Start)
                // Who follows its messages begins no later than they do.
                await change.ExecuteAsync("""
                    insert into campaign_cursors (tenant_id, seq) select h.tenant_id, h.seq from feed_heads h where h.tenant_id = @tenant
                    on conflict (tenant_id) do nothing
                    """, null, cancellationToken);
            if (job is { } at) await JobStore.AddAsync(change, tenant, RunCampaign.JobType, id.ToString(), at > change.Now ? at : change.Now, cancellationToken);
            var after = await GetAsync(change, id, cancellationToken);
            Tell(change, tenant, told, id, new { status = before.Status, before.ScheduledAt }, new { status = after.Status, after.ScheduledAt, after.ScheduledZone });
            return new CampaignChange(after, null);
        }, cancellationToken);

    static async Task<CampaignChange> LockAsync(Change change, Guid id, CampaignAct act, int? version, CancellationToken cancellationToken)
    {
        var row = await change.FindAsync<CampaignRow>($"select {CampaignRow.Columns} from campaigns c where c.tenant_id = @tenant and c.id = @id for no key update", new { id }, cancellationToken);
        return row is null ? new(null, null)
            : CampaignState.After(row.Status, act) is null ? new(row, CampaignState.Refusal(row.Status, act))
            : version is { } seen && seen != row.Version ? new(row, "It has changed since you saw it: by somebody else, or by itself. Load it anew.")
            : new(row, null);
    }

    static async Task<CampaignRow> GetAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        (await change.FindAsync<CampaignRow>($"select {CampaignRow.Columns} from campaigns c where c.tenant_id = @tenant and c.id = @id", new { id }, cancellationToken))!;

    static async Task<CampaignRow> GetWholeAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        (await change.FindAsync<CampaignRow>($"select {CampaignRow.Whole} from campaigns c where c.tenant_id = @tenant and c.id = @id", new { id }, cancellationToken))!;

    /// <summary>Out of the senders' sight: they look no further than <see cref="Sending.OutboxStore.Parked"/>.</summary>
    internal static Task ParkAsync(Change change, Guid tenant, CampaignRow row, CancellationToken cancellationToken) => MoveAsync(change, tenant, row, Sending.OutboxStore.Bulk, Sending.OutboxStore.Parked, cancellationToken);

    internal static async Task UnparkAsync(Change change, Guid tenant, CampaignRow row, CancellationToken cancellationToken)
    {
        if (await MoveAsync(change, tenant, row, Sending.OutboxStore.Parked, Sending.OutboxStore.Bulk, cancellationToken) > 0) change.QueuesMessages = true;
    }

    static Task<int> MoveAsync(Change change, Guid tenant, CampaignRow row, short from, short to, CancellationToken cancellationToken) => change.ExecuteAsync("""
        update messages set priority = @to
        where tenant_id = @tenant and integration_id = @IntegrationId and status = 'queued' and priority = @from and author = @MessageAuthor
        """, new { tenant, row.IntegrationId, row.MessageAuthor, from, to }, cancellationToken);

    internal static async Task RecallAsync(Change change, Guid tenant, CampaignRow row, CancellationToken cancellationToken)
    {
        var recalled = await change.ListAsync<RecalledRow>("""
            update messages set status = 'failed', failed_at = @now, failure_code = 'cancelled', error_code = 'cancelled', error_message = @words, send_after = null
            where tenant_id = @tenant and integration_id = @IntegrationId and status = 'queued' and priority in (@bulk, @parked) and author = @MessageAuthor
            returning id, conversation_id, contact_id
            """, new { row.IntegrationId, row.MessageAuthor, bulk = Sending.OutboxStore.Bulk, parked = Sending.OutboxStore.Parked, words = Channels.Contract.SendFailure.Cancelled.Words, now = change.Now }, cancellationToken);
        foreach (var message in recalled) change.Publish(new FeedEvent(tenant, "message.updated", message.ConversationId, message.Id, message.ContactId, row.IntegrationId));
    }

    internal static void Tell(Change change, Guid tenant, string what, Guid id, object? before, object? after)
    {
        change.Audit(AuditEntry.Of(tenant, $"campaign.{what}", "campaign", id, before, after));
        change.Publish(new FeedEvent(tenant, "campaign.updated"));
    }

    // Lists may be long: how long says enough.
    static object Audited(CampaignRow row) => new
    {
        row.Name, row.Status, row.Message, row.IntegrationId, recipients = row.RecipientsCount, content = System.Text.Json.Nodes.JsonNode.Parse(row.ContentJson), audience = System.Text.Json.Nodes.JsonNode.Parse(row.AudienceJson),
        row.RatePerSecond, row.Concurrency,
    };

    static object Arguments(Guid id, CampaignDraft draft, DateTimeOffset now, string? author, Guid? source) => new
    {
        id, draft.Name, draft.Description, draft.Message, draft.Recipients, draft.IntegrationId, draft.Channel, content = CampaignJson.Write(draft.Content), audience = CampaignJson.Write(draft.Audience),
        hours = draft.Hours is null ? null : CampaignJson.Write(draft.Hours), draft.RatePerSecond, draft.Concurrency, draft.BrakePercent, draft.BrakeSample, author, source, now,
    };

    sealed class RecalledRow
    {
        public Guid Id { get; init; }
        public Guid ConversationId { get; init; }
        public Guid ContactId { get; init; }
    }
}
