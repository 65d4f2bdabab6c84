using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Automations.Triggers;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Automations.Runs;

/// <summary>A run that is to be made.</summary>
/// <param name="EventKey">What it answers to: one run for each automation and key.</param>
/// <param name="Chain">Automations by whose runs it was caused, the first first.</param>
/// <param name="Stopped">Why it is not to begin.</param>
internal sealed record NewRun(
    Guid AutomationId, int Version, string EventKey, string Trigger, JsonObject? Context = null, Guid? ConversationId = null, Guid? ContactId = null, Guid? MessageId = null,
    IReadOnlyList<Guid>? Chain = null, Guid? CausedBy = null, string? Stopped = null)
{
    public Guid Id { get; init; }
}

/// <summary>Runs and their steps. A run's place is moved by whoever finds it where they believed it to be: what was done is done once.</summary>
internal sealed class RunStore(TenantDatabase database)
{
    const int Slots = 8;

    const string Columns = """
        r.id, r.automation_id, a.name as automation_name, r.version, r.event_key, r.trigger_type, r.trigger::text as trigger, r.conversation_id, r.contact_id, k.name as contact_name, r.message_id, r.chain, r.caused_by,
        r.status, case when r.status = 'queued' then coalesce(r.reason, a.hold_reason) else r.reason end as reason, r.next_step, r.resume_at, r.created_at, r.started_at, r.finished_at
        from automation_runs r
        join automations a on a.tenant_id = r.tenant_id and a.id = r.automation_id and a.status <> 'removed'
        left join contact_aliases x on x.tenant_id = r.tenant_id and x.id = r.contact_id
        left join contacts k on k.tenant_id = r.tenant_id and k.id = case when x.contact_id is not null then x.contact_id else r.contact_id end
        """;

    /// <summary>Makes runs, counts them and queues them, in the transaction of what caused them. Those whose automation and key were there already are not among what is returned.</summary>
    public static async Task<IReadOnlyList<NewRun>> AddAsync(Change change, Guid tenant, IEnumerable<NewRun> runs, CancellationToken cancellationToken)
    {
        // One order for all who insert: two at once with the same keys wait for each other, and do not deadlock.
        var all = runs.DistinctBy(run => (run.AutomationId, run.EventKey)).OrderBy(run => run.AutomationId).ThenBy(run => run.EventKey, StringComparer.Ordinal).Select(run => run with { Id = Ids.New(change.Now) }).ToList();
        if (all.Count == 0) return [];
        all = await StopTooManyAboutNobodyAsync(change, await StopTooOftenAsync(change, all, cancellationToken), cancellationToken);
        var made = (await change.ListAsync<Guid>("""
            insert into automation_runs (tenant_id, id, automation_id, version, event_key, trigger_type, trigger, conversation_id, contact_id, message_id, chain, caused_by, status, reason, finished_at, created_at, is_about_nobody)
            select @tenant, x.id, x.automation_id, x.version, x.event_key, x.trigger_type, x.trigger::jsonb, x.conversation_id, x.contact_id, x.message_id, string_to_array(x.chain, ',')::uuid[], x.caused_by,
                case when x.stopped is null then 'queued' else 'stopped' end, x.stopped, case when x.stopped is null then null else @now end, @now, x.contact_id is null
            from unnest(@ids::uuid[], @automations::uuid[], @versions::int[], @keys::text[], @types::text[], @triggers::text[], @conversations::uuid[], @contacts::uuid[], @messages::uuid[], @chains::text[], @causes::uuid[], @stops::text[])
                as x (id, automation_id, version, event_key, trigger_type, trigger, conversation_id, contact_id, message_id, chain, caused_by, stopped)
            on conflict (tenant_id, automation_id, event_key) do nothing
            returning id
            """, new
        {
            ids = all.Select(run => run.Id).ToArray(), automations = all.Select(run => run.AutomationId).ToArray(), versions = all.Select(run => run.Version).ToArray(), keys = all.Select(run => run.EventKey).ToArray(),
            types = all.Select(run => run.Trigger).ToArray(), triggers = all.Select(run => (run.Context ?? []).ToJsonString()).ToArray(), conversations = all.Select(run => run.ConversationId).ToArray(),
            contacts = all.Select(run => run.ContactId).ToArray(), messages = all.Select(run => run.MessageId).ToArray(), chains = all.Select(run => string.Join(',', run.Chain ?? [])).ToArray(),
            causes = all.Select(run => run.CausedBy).ToArray(), stops = all.Select(run => run.Stopped).ToArray(), now = change.Now,
        }, cancellationToken)).ToHashSet();
        var added = all.Where(run => made.Contains(run.Id)).ToList();
        var begun = added.Where(run => run.Stopped is null).ToList();
        if (begun.Count > 0)
        {
            await CountAsync(change, begun.GroupBy(run => run.AutomationId).ToDictionary(group => group.Key, group => (group.Count(), 0, 0)), true, cancellationToken);
            // Where so many may run, the first begin first: one job for all of them.
            var inTurn = (await change.ListAsync<Guid>("""
                select id from automations where tenant_id = @tenant and id = any (@ids) and (options ->> 'max_concurrency' is not null or options ->> 'max_per_minute' is not null)
                """, new { ids = begun.Select(run => run.AutomationId).Distinct().ToArray() }, cancellationToken)).ToHashSet();
            await JobStore.AddManyAsync(change, tenant, RunsInTurn.JobType, [.. inTurn.Select(id => id.ToString())], change.Now, cancellationToken);
            await JobStore.AddManyAsync(change, tenant, RunAutomation.JobType, [.. begun.Where(run => !inTurn.Contains(run.AutomationId)).Select(run => run.Id.ToString())], change.Now, cancellationToken);
        }
        return added;
    }

    // For one contact only so often: some circles go through somebody else's server, which passes on nothing. What a person starts is no circle.
    static async Task<List<NewRun>> StopTooOftenAsync(Change change, List<NewRun> all, CancellationToken cancellationToken)
    {
        var asked = all.Where(IsCounted).Select(run => (run.AutomationId, ContactId: run.ContactId!.Value)).Distinct().ToList();
        if (asked.Count == 0) return all;
        // No further than it matters.
        var rooms = (await change.ListAsync<OftenRow>($"""
            select x.id, x.contact_id, x.most, (
                select count(*)::int from (
                    select 1 from automation_runs r
                    where r.tenant_id = @tenant and r.contact_id = x.contact_id and r.automation_id = x.id and r.created_at > @since and r.status <> 'stopped'
                    limit x.most
                ) n) as begun
            from (
                select a.id, p.contact_id, coalesce((a.options ->> 'max_per_contact_hour')::int, {AutomationOptions.UsualPerContactHour}) as most
                from unnest(@automations::uuid[], @contacts::uuid[]) as p (automation_id, contact_id)
                join automations a on a.tenant_id = @tenant and a.id = p.automation_id
            ) x
            """, new { automations = asked.Select(one => one.AutomationId).ToArray(), contacts = asked.Select(one => one.ContactId).ToArray(), since = change.Now.AddHours(-1) }, cancellationToken)).ToDictionary(row => (row.Id, row.ContactId));
        return [.. all.Select(run => IsCounted(run) && rooms.TryGetValue((run.AutomationId, run.ContactId!.Value), out var room) && room.Begun++ >= room.Most ? run with { Stopped = Loops.TooOften(room.Most) } : run)];

        static bool IsCounted(NewRun run) => run is { ContactId: not null, Stopped: null } && run.Trigger != TriggerTypes.Manual;
    }

    sealed class OftenRow
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public int Most { get; init; }
        public int Begun { get; set; }
    }

    // Those about nobody have no contact whose runs could be counted: so many in a minute.
    static async Task<List<NewRun>> StopTooManyAboutNobodyAsync(Change change, List<NewRun> all, CancellationToken cancellationToken)
    {
        var asked = all.Where(run => run is { ContactId: null, Stopped: null }).Select(run => run.AutomationId).Distinct().ToArray();
        if (asked.Length == 0) return all;
        var rooms = (await change.ListAsync<RoomRow>($"""
            select x.id, x.most, (
                select count(*)::int from (
                    select 1 from automation_runs r
                    where r.tenant_id = @tenant and r.automation_id = x.id and r.is_about_nobody and r.status <> 'stopped' and r.created_at > @since
                    limit x.most
                ) n) as begun
            from (select id, greatest({Loops.UsualAboutNobody}, (options ->> 'max_per_minute')::int) as most from automations where tenant_id = @tenant and id = any (@asked)) x
            """, new { asked, since = change.Now.AddMinutes(-1) }, cancellationToken)).ToDictionary(row => row.Id);
        return [.. all.Select(run => run is { ContactId: null, Stopped: null } && rooms.TryGetValue(run.AutomationId, out var room) && room.Begun++ >= room.Most ? run with { Stopped = Loops.TooManyAboutNobody(room.Most) } : run)];
    }

    sealed class RoomRow
    {
        public Guid Id { get; init; }
        public int Most { get; init; }
        public int Begun { get; set; }
    }

    static async Task CountAsync(Change change, IReadOnlyDictionary<Guid, (int Executions, int Successes, int Failures)> counts, bool triggers, CancellationToken cancellationToken)
    {
        var sorted = counts.OrderBy(count => count.Key).ToList();
        await change.ExecuteAsync("""
            insert into automation_counts (tenant_id, automation_id, slot, executions, successes, failures, last_triggered_at)
            select @tenant, x.id, @slot, x.executions, x.successes, x.failures, case when @triggers then @now end
            from unnest(@ids::uuid[], @executions::int[], @successes::int[], @failures::int[]) as x (id, executions, successes, failures)
            on conflict (tenant_id, automation_id, slot) do update set
                executions = automation_counts.executions + excluded.executions, successes = automation_counts.successes + excluded.successes, failures = automation_counts.failures + excluded.failures,
                last_triggered_at = greatest(automation_counts.last_triggered_at, excluded.last_triggered_at)
            """, new
        {
            slot = Random.Shared.Next(Slots), triggers, now = change.Now, ids = sorted.Select(count => count.Key).ToArray(), executions = sorted.Select(count => count.Value.Executions).ToArray(),
            successes = sorted.Select(count => count.Value.Successes).ToArray(), failures = sorted.Select(count => count.Value.Failures).ToArray(),
        }, cancellationToken);
    }

    /// <summary>One more than <paramref name="limit"/>, the newest first.</summary>
    /// <param name="status">One of those that there are: it is written out, as the indexes of the rare ones say it.</param>
    public Task<IReadOnlyList<RunRow>> ListAsync(Guid tenant, Guid automation, string? status, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<RunRow>(tenant, $"""
            select {Columns}
            where r.tenant_id = @tenant and r.automation_id = @automation {(status is null ? "" : $"and r.status = '{status}'")} {(cursor is null ? "" : "and r.id < @after")}
            order by r.id desc
            limit @limit
            """, new { automation, after = cursor?.Id, limit = limit + 1 }, cancellationToken);

    public Task<RunRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<RunRow>(tenant, $"select {Columns} where r.tenant_id = @tenant and r.id = @id", new { id }, cancellationToken);

    public static async Task<RunRow?> FindAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        await change.FindAsync<RunRow>($"select {Columns} where r.tenant_id = @tenant and r.id = @id", new { id }, cancellationToken);

    /// <summary>In their order, with what became of what they sent.</summary>
    public Task<IReadOnlyList<StepRow>> ListStepsAsync(Guid tenant, Guid run, CancellationToken cancellationToken) =>
        database.ListAsync<StepRow>(tenant, """
            select s.position, s.type, s.status, s.attempts, s.input::text as input, s.result::text as result, s.error, s.message_id, s.started_at, s.finished_at
            from automation_steps s
            where s.tenant_id = @tenant and s.run_id = @run
            order by s.position
            """, new { run }, cancellationToken);

    /// <summary>What a worker needs to go on with a run; null when it is gone.</summary>
    public Task<WorkRow?> FindWorkAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<WorkRow>(tenant, """
            select r.id, r.automation_id, a.name as automation_name, a.status as automation_status, a.credentials, a.options::text as limits, v.actions::text as actions, v.options::text as options,
                r.trigger_type, r.trigger::text as trigger, r.conversation_id, r.contact_id, r.message_id, r.chain, r.status, r.next_step, r.resume_at, r.started_at
            from automation_runs r
            join automations a on a.tenant_id = r.tenant_id and a.id = r.automation_id
            join automation_versions v on v.tenant_id = r.tenant_id and v.automation_id = r.automation_id and v.version = r.version
            where r.tenant_id = @tenant and r.id = @id
            """, new { id }, cancellationToken);

    /// <summary>Begins it. Those of an automation with limits begin in turn: <see cref="RunsInTurn"/>.</summary>
    public Task BeginAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => change.ExecuteAsync("""
            update automation_runs set status = 'running', started_at = coalesce(started_at, @now), resume_at = null, reason = null
            where tenant_id = @tenant and id = @id and status in ('queued', 'waiting')
            """, new { id, now = change.Now }, cancellationToken), cancellationToken);

    /// <summary>It begins when it is its turn.</summary>
    public static async Task QueueAsync(Change change, Guid tenant, Guid id, Guid automation, CancellationToken cancellationToken)
    {
        await change.ExecuteAsync("update automation_runs set status = 'queued', reason = null, resume_at = null where tenant_id = @tenant and id = @id and status in ('queued', 'waiting')", new { id }, cancellationToken);
        await RunsInTurn.AddAsync(change, tenant, automation, cancellationToken);
    }

    /// <summary>Its automation is not active: it stays where it is.</summary>
    public static Task PauseAsync(Change change, Guid id, DateTimeOffset at, CancellationToken cancellationToken) => change.ExecuteAsync("""
        update automation_runs set status = case when started_at is null then 'queued' else 'waiting' end, reason = 'The automation is not active.', resume_at = case when started_at is null then null else @at end
        where tenant_id = @tenant and id = @id and status in ('queued', 'running', 'waiting')
        """, new { id, at }, cancellationToken);

    /// <summary>It waits, and says why.</summary>
    public static Task WaitAsync(Change change, Guid run, string? reason, DateTimeOffset at, CancellationToken cancellationToken) =>
        change.ExecuteAsync("update automation_runs set status = 'waiting', reason = @reason, resume_at = @at where tenant_id = @tenant and id = @run and status in ('queued', 'running', 'waiting')", new { run, reason, at }, cancellationToken);

    /// <summary>True for who finds the run at this step, and has it until the transaction ends.</summary>
    public static Task<bool> HoldAsync(Change change, Guid run, int step, CancellationToken cancellationToken) =>
        change.FindAsync<bool>("select true from automation_runs where tenant_id = @tenant and id = @run and next_step = @step and status in ('queued', 'running', 'waiting') for no key update", new { run, step }, cancellationToken);

    /// <summary>Writes how a step stands.</summary>
    public static Task WriteStepAsync(Change change, Guid run, int position, string type, StepState state, CancellationToken cancellationToken) => change.ExecuteAsync("""
        insert into automation_steps (tenant_id, id, run_id, position, type, status, attempts, input, result, error, message_id, started_at, finished_at)
        values (@tenant, @id, @run, @position, @type, @Status, @tries, @input::jsonb, @result::jsonb, @Error, @MessageId, @now, case when @Status in ('succeeded', 'failed') then @now end)
        on conflict (tenant_id, run_id, position) do update set
            status = excluded.status, attempts = automation_steps.attempts + excluded.attempts, input = coalesce(excluded.input, automation_steps.input), result = excluded.result, error = excluded.error,
            message_id = coalesce(excluded.message_id, automation_steps.message_id), finished_at = excluded.finished_at
        """, new
    {
        id = Ids.New(change.Now), run, position, type, state.Status, tries = state.IsTry ? 1 : 0, input = state.Input?.ToJsonString(), result = state.Result?.ToJsonString(), state.Error, state.MessageId, now = change.Now,
    }, cancellationToken);

    /// <summary>To the next step.</summary>
    public static Task AdvanceAsync(Change change, Guid run, int next, CancellationToken cancellationToken) =>
        change.ExecuteAsync("update automation_runs set next_step = @next, status = 'running', resume_at = null, reason = null where tenant_id = @tenant and id = @run", new { run, next }, cancellationToken);

    /// <summary>Whom it is about from now on, when it was about nobody.</summary>
    public static Task MeetAsync(Change change, Guid run, Guid conversation, CancellationToken cancellationToken) => change.ExecuteAsync("""
        update automation_runs r set conversation_id = c.id, contact_id = coalesce(r.contact_id, c.contact_id)
        from conversations c
        where r.tenant_id = @tenant and r.id = @run and r.conversation_id is null and c.tenant_id = @tenant and c.id = @conversation
        """, new { run, conversation }, cancellationToken);

    /// <summary>Ends it, once, and counts it.</summary>
    public static async Task EndAsync(Change change, Guid run, Guid automation, string status, string? reason, CancellationToken cancellationToken)
    {
        var ended = await change.ExecuteAsync("""
            update automation_runs set status = @status, reason = @reason, resume_at = null, finished_at = @now
            where tenant_id = @tenant and id = @run and status in ('queued', 'running', 'waiting')
            """, new { run, status, reason, now = change.Now }, cancellationToken);
        if (ended > 0 && status is "succeeded" or "failed")
            await CountAsync(change, new Dictionary<Guid, (int, int, int)> { [automation] = (0, status == "succeeded" ? 1 : 0, status == "failed" ? 1 : 0) }, false, cancellationToken);
    }

    /// <summary>From the step that failed on; from the one behind it, where its message has left after all. Null: there is no such run.</summary>
    public static async Task<ReplayOutcome?> ReplayAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await change.FindAsync<FailedRow>("""
            select r.automation_id, r.status, r.next_step, s.message_id, m.status as message_status
            from automation_runs r
            join automations a on a.tenant_id = r.tenant_id and a.id = r.automation_id and a.status <> 'removed'
            left join automation_steps s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.position = r.next_step
            left join messages m on m.tenant_id = s.tenant_id and m.id = s.message_id
            where r.tenant_id = @tenant and r.id = @id
            for no key update of r
            """, new { id }, cancellationToken) is not { } run) return null;
        if (run.Status != "failed") return ReplayOutcome.IsNoFailure;
        var hasLeft = run.MessageStatus is "sent" or "delivered" or "read";
        // What its message came to is not known: the same again might come twice.
        if (!hasLeft && run.MessageStatus is not (null or "failed")) return ReplayOutcome.MayHaveLeft;
        if (hasLeft)
            await change.ExecuteAsync("""
                update automation_steps set status = 'succeeded', error = null, result = @result::jsonb, finished_at = @now where tenant_id = @tenant and run_id = @id and position = @NextStep
                """, new { id, run.NextStep, result = new JsonObject { ["message_id"] = run.MessageId.ToString(), ["status"] = run.MessageStatus }.ToJsonString(), now = change.Now }, cancellationToken);
        else
            await change.ExecuteAsync("""
                update automation_steps set status = 'running', attempts = 0, message_id = null, finished_at = null where tenant_id = @tenant and run_id = @id and position = @NextStep
                """, new { id, run.NextStep }, cancellationToken);
        await change.ExecuteAsync("""
            update automation_runs set status = 'queued', reason = null, finished_at = null, resume_at = null, next_step = @next where tenant_id = @tenant and id = @id
            """, new { id, next = run.NextStep + (hasLeft ? 1 : 0) }, cancellationToken);
        await CountAsync(change, new Dictionary<Guid, (int, int, int)> { [run.AutomationId] = (0, 0, -1) }, false, cancellationToken);
        await JobStore.AddAsync(change, tenant, RunAutomation.JobType, id.ToString(), change.Now, cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "automation_run.replayed", "automation_run", id));
        return ReplayOutcome.GoesOn;
    }

    sealed class FailedRow
    {
        public Guid AutomationId { get; init; }
        public string Status { get; init; } = "";
        public int NextStep { get; init; }
        public Guid? MessageId { get; init; }
        public string? MessageStatus { get; init; }
    }

    /// <summary>Null: there is no such run; false: it is over, or a step of it is being done.</summary>
    public static async Task<bool?> CancelAsync(Change change, Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(change, id, cancellationToken) is null) return null;
        var changed = await change.ExecuteAsync("""
            update automation_runs set status = 'cancelled', reason = 'Somebody cancelled it.', resume_at = null, finished_at = @now
            where tenant_id = @tenant and id = @id and status in ('queued', 'waiting')
            """, new { id, now = change.Now }, cancellationToken);
        if (changed > 0) change.Audit(AuditEntry.Of(tenant, "automation_run.cancelled", "automation_run", id));
        return changed > 0;
    }
}

/// <summary>What came of the wish that a run goes on.</summary>
internal enum ReplayOutcome { GoesOn, IsNoFailure, MayHaveLeft }

/// <summary>How a step stands.</summary>
/// <param name="IsTry">It was tried once more.</param>
internal sealed record StepState(string Status, JsonObject? Input = null, JsonObject? Result = null, string? Error = null, Guid? MessageId = null, bool IsTry = false);
