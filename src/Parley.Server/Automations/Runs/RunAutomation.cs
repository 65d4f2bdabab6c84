using System.Text.Json.Nodes;
using Npgsql;
using Parley.Server.Automations.Steps;
using Parley.Server.Bot;
using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Egress;
using Parley.Server.Jobs;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations.Runs;

/// <summary>Does a run, step after step. A step of the database is one transaction with its line in the log and the run's next place, so it happens once, whoever does it and wherever they die.
/// A request to somebody else is written down before and after, and carries the same key at each try.
/// :: 1 may it go on · 2 what a step waits for · 3 what the next is about to do · 4 do it, or say why not.</summary>
internal sealed partial class RunAutomation(
    RunStore runs, AutomationStore automations, StepPreparer preparer, ContactStore contacts, ConversationStore conversations, MessageStore messages, SchedulingSettingsStore zones,
    EgressClient egress, TenantDatabase database, TimeProvider time, ILogger<RunAutomation> logger) : IJobHandler
{
    public const string JobType = "automations.run";

    static readonly TimeSpan Turn = TimeSpan.FromSeconds(20);   // then whoever waits for a slot comes first

    public string Type => JobType;

    // Some wait for other people's servers.
    public int AtOnce => 32;
    public int AtOnceOfATenant => 16;

    /// <summary>Nobody looks after it any more: it is over, and counts as under way no longer.</summary>
    public Func<Change, Task> GiveUp(Job job) => async change =>
    {
        var id = Guid.Parse(job.Key);
        if (await RunStore.FindAsync(change, id, CancellationToken.None) is not { } run) return;
        await RunStore.EndAsync(change, id, run.AutomationId, "failed", "It broke off again and again, and was given up. Replayed, it goes on from where it was.", CancellationToken.None);
        await RunsInTurn.AddAsync(change, job.TenantId, run.AutomationId, CancellationToken.None);
    };

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var (outcome, automation) = await RunAsync(job, Guid.Parse(job.Key), stopping);
        // Who ends, or waits, makes room for another.
        return automation is { } id ? outcome with { Effect = async change =>
        {
            if (outcome.Effect is { } effect) await effect(change);
            await RunsInTurn.AddAsync(change, job.TenantId, id, CancellationToken.None);
        } } : outcome;
    }

    // With its automation, where only so many may run at once.
    async Task<(JobOutcome Outcome, Guid? Automation)> RunAsync(Job job, Guid id, CancellationToken stopping)
    {
        for (var begun = time.GetTimestamp(); ;)
        {
            // :: 1
            if (await runs.FindWorkAsync(job.TenantId, id, stopping) is not { IsOver: false } run) return (new JobOutcome.Done(), null);
            var limits = DefinitionJson.Read<AutomationOptions>(run.Limits);
            Guid? counted = limits.MaxConcurrency is null ? null : run.AutomationId;
            // Whoever switches it on again queues its runs.
            if (run.AutomationStatus != "active") return (new JobOutcome.Done(change => RunStore.PauseAsync(change, id, run.ResumeAt ?? change.Now, CancellationToken.None)), null);
            Actor.Current = new Actor($"automation:{run.AutomationId}", RunId: id);
            var options = DefinitionJson.Read<AutomationOptions>(run.Options);
            if (run.StartedAt is null || run.Status == "queued")
            {
                if (limits.IsLimited) return (new JobOutcome.Done(change => RunStore.QueueAsync(change, job.TenantId, id, run.AutomationId, CancellationToken.None)), null);
                await runs.BeginAsync(job.TenantId, id, stopping);
            }
            var actions = DefinitionJson.Read<List<AutomationAction>>(run.Actions);
            if (run.NextStep > actions.Count) return (new JobOutcome.Done(change => RunStore.EndAsync(change, id, run.AutomationId, "succeeded", null, CancellationToken.None)), counted);
            JobOutcome? outcome;
            try
            {
                outcome = await StepAsync(job.TenantId, run, actions[run.NextStep - 1], options, stopping);
            }
            catch (PostgresException unfit) when (unfit.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.CheckViolation or PostgresErrorCodes.UniqueViolation)
            {
                outcome = await FailAsync(job.TenantId, run, actions[run.NextStep - 1], new("failed", Error: "What it names is gone, or is there already."), stopping);
            }
            catch (NpgsqlException)
            {
                return (new JobOutcome.Retry("The database could not be reached."), null);
            }
            catch (Exception broken) when (!stopping.IsCancellationRequested)
            {
                Log.Broke(logger, run.Id, run.NextStep, broken.GetType().Name);
                outcome = await FailAsync(job.TenantId, run, actions[run.NextStep - 1], new("failed", Error: "Something broke here, which is our fault."), stopping);
            }
            if (outcome is not null) return (outcome, counted);
            if (time.GetElapsedTime(begun) > Turn) return (new JobOutcome.Again(time.GetUtcNow()), null);
        }
    }

    // Null when the run has moved on: look again.
    async Task<JobOutcome?> StepAsync(Guid tenant, WorkRow run, AutomationAction action, AutomationOptions options, CancellationToken stopping)
    {
        var (position, now) = (run.NextStep, time.GetUtcNow());
        var steps = await runs.ListStepsAsync(tenant, run.Id, stopping);
        var mine = steps.FirstOrDefault(step => step.Position == position);

        // :: 2
        if (mine is { Status: "waiting", MessageId: { } sent }) return await SettleAsync(tenant, run, action, mine, sent, stopping);
        if (mine is { Status: "waiting" } && run.ResumeAt > now) return new JobOutcome.Again(run.ResumeAt.Value);
        if (mine is { Status: "waiting", Type: "wait" }) return await SucceedAsync(tenant, run, action, new() { ["status"] = "over" }, false, stopping);

        // :: 3
        var context = await ContextAsync(tenant, run, steps, stopping);
        PreparedStep prepared;
        try { prepared = await preparer.PrepareAsync(context, action, position, stopping); }
        catch (StepException unfit) { return await FailAsync(tenant, run, action, new("failed", Error: unfit.Message, IsTry: true), stopping); }
        if (prepared.Speaks && options.QuietHours is { } quiet && await QuietUntilAsync(tenant, quiet, context, now, stopping) is { } until)
            return new JobOutcome.Again(until, change => RunStore.WaitAsync(change, run.Id, "These are quiet hours.", until, CancellationToken.None));

        // :: 4
        return prepared switch
        {
            { Apply: { } apply } => await ApplyAsync(tenant, run, action, prepared.Input, apply, stopping),
            { Http: { } http } => await CallAsync(tenant, run, action, prepared.Input, http, (mine?.Attempts ?? 0) + 1, stopping),
            { Wait: { } wait } => new JobOutcome.Again(now + wait, async change =>
            {
                if (!await RunStore.HoldAsync(change, run.Id, position, CancellationToken.None)) return;
                await RunStore.WriteStepAsync(change, run.Id, position, "wait", new("waiting", prepared.Input, IsTry: true), CancellationToken.None);
                await RunStore.WaitAsync(change, run.Id, "A step waits.", now + wait, CancellationToken.None);
            }),
            _ => throw new InvalidOperationException($"{action.Type} does nothing."),
        };
    }

    async Task<JobOutcome?> ApplyAsync(Guid tenant, WorkRow run, AutomationAction action, JsonObject input, Func<Change, Task<StepEffect>> apply, CancellationToken stopping)
    {
        var effect = await database.ChangeAsync(tenant, async change =>
        {
            if (!await RunStore.HoldAsync(change, run.Id, run.NextStep, stopping)) return null;
            var done = await apply(change);
            if (done.Error is not null) return done;
            if (done.ConversationId is { } conversation) await RunStore.MeetAsync(change, run.Id, conversation, stopping);
            await RunStore.WriteStepAsync(change, run.Id, run.NextStep, action.Type!, new(done.MessageId is null ? "succeeded" : "waiting", input, done.Result, MessageId: done.MessageId, IsTry: true), stopping);
            if (done.MessageId is null) await RunStore.AdvanceAsync(change, run.Id, run.NextStep + 1, stopping);
            else await RunStore.WaitAsync(change, run.Id, "It waits for what becomes of its message.", change.Now, stopping);
            return done;
        }, stopping);
        return effect switch
        {
            { Error: { } error } => await FailAsync(tenant, run, action, new("failed", input, Error: error, IsTry: true), stopping),
            { MessageId: not null } => new JobOutcome.Again(time.GetUtcNow().AddMilliseconds(500)),   // the feed tells earlier
            _ => null,
        };
    }

    // What the gate and the provider make of a message is what the step is about.
    async Task<JobOutcome?> SettleAsync(Guid tenant, WorkRow run, AutomationAction action, StepRow step, Guid sent, CancellationToken stopping)
    {
        var message = (await messages.ListByIdsAsync(tenant, [sent], stopping)).FirstOrDefault();
        switch (message?.Status)
        {
            case "queued" or "sending" or "scheduled":
                var now = time.GetUtcNow();
                var age = now - (step.StartedAt ?? now);
                return new JobOutcome.Again(now + TimeSpan.FromSeconds(Math.Clamp(age.TotalSeconds / 4, 0.5, 60)));
            case "sent" or "delivered" or "read": return await SucceedAsync(tenant, run, action, new() { ["message_id"] = sent.ToString(), ["status"] = message.Status }, false, stopping);
            case "failed" or "unknown":
                return await FailAsync(tenant, run, action, new("failed", Result: new() { ["message_id"] = sent.ToString(), ["status"] = message.Status, ["error_code"] = message.ErrorCode }, Error: message.ErrorMessage ?? "It was not sent."), stopping);
            default: return await FailAsync(tenant, run, action, new("failed", Error: "The message is gone."), stopping);
        }
    }

    async Task<JobOutcome?> CallAsync(Guid tenant, WorkRow run, AutomationAction action, JsonObject input, HttpStep http, int attempt, CancellationToken stopping)
    {
        var isMine = await database.ChangeAsync(tenant, async change =>
        {
            if (!await RunStore.HoldAsync(change, run.Id, run.NextStep, stopping)) return false;
            await RunStore.WriteStepAsync(change, run.Id, run.NextStep, action.Type!, new("running", input, IsTry: true), stopping);
            return true;
        }, stopping);
        if (!isMine) return null;
        var result = await http.SendAsync(egress, stopping);
        if (result.Error is null) return await SucceedAsync(tenant, run, action, result.Result!, false, CancellationToken.None);
        if (!result.IsWorthRepeating || attempt >= http.Tries) return await FailAsync(tenant, run, action, new("failed", input, result.Result, result.Error), CancellationToken.None);
        var at = time.GetUtcNow() + HttpStep.Pause(attempt);
        return new JobOutcome.Again(at, async change =>
        {
            if (!await RunStore.HoldAsync(change, run.Id, run.NextStep, CancellationToken.None)) return;
            await RunStore.WriteStepAsync(change, run.Id, run.NextStep, action.Type!, new("waiting", input, result.Result, result.Error), CancellationToken.None);
            await RunStore.WaitAsync(change, run.Id, $"{result.Error} It is tried again.", at, CancellationToken.None);
        });
    }

    async Task<JobOutcome?> SucceedAsync(Guid tenant, WorkRow run, AutomationAction action, JsonObject result, bool isTry, CancellationToken cancellationToken)
    {
        await database.ChangeAsync(tenant, async change =>
        {
            if (!await RunStore.HoldAsync(change, run.Id, run.NextStep, cancellationToken)) return false;
            await RunStore.WriteStepAsync(change, run.Id, run.NextStep, action.Type!, new("succeeded", Result: result, IsTry: isTry), cancellationToken);
            await RunStore.AdvanceAsync(change, run.Id, run.NextStep + 1, cancellationToken);
            return true;
        }, cancellationToken);
        return null;
    }

    async Task<JobOutcome?> FailAsync(Guid tenant, WorkRow run, AutomationAction action, StepState state, CancellationToken cancellationToken)
    {
        var goesOn = action.OnError == "continue";
        if (!goesOn) return new JobOutcome.Done(change => WriteAsync(change, CancellationToken.None));
        await database.ChangeAsync(tenant, async change =>
        {
            await WriteAsync(change, cancellationToken);
            return true;
        }, cancellationToken);
        return null;

        async Task WriteAsync(Change change, CancellationToken token)
        {
            if (!await RunStore.HoldAsync(change, run.Id, run.NextStep, token)) return;
            await RunStore.WriteStepAsync(change, run.Id, run.NextStep, action.Type!, state, token);
            if (goesOn) await RunStore.AdvanceAsync(change, run.Id, run.NextStep + 1, token);
            else await RunStore.EndAsync(change, run.Id, run.AutomationId, "failed", $"Step {run.NextStep} ({action.Type}): {state.Error}", token);
        }
    }

    async Task<StepContext> ContextAsync(Guid tenant, WorkRow run, IReadOnlyList<StepRow> steps, CancellationToken cancellationToken)
    {
        var conversation = run.ConversationId is { } place ? await conversations.FindAsync(tenant, place, cancellationToken) : null;
        // Whose a conversation is may have changed since: its people were merged.
        var contact = (conversation?.ContactId ?? run.ContactId) is { } person ? await contacts.FindAsync(tenant, person, cancellationToken) : null;
        var message = run.MessageId is { } said ? (await messages.ListByIdsAsync(tenant, [said], cancellationToken)).FirstOrDefault() : null;
        var results = new JsonObject(steps.Where(step => step.Position < run.NextStep).Select(step => KeyValuePair.Create<string, JsonNode?>(step.Position.ToString(), ResultOf(step))));
        return new(tenant, run.AutomationId, run.AutomationName, run.Id, contact, conversation, message, JsonNode.Parse(run.Trigger)!.AsObject(), time.GetUtcNow(), results)
        {
            Headers = automations.OpenHeaders(tenant, run.AutomationId, run.Credentials),
        };

        static JsonObject ResultOf(StepRow step)
        {
            var result = step.Result is null ? [] : JsonNode.Parse(step.Result)!.AsObject();
            if (step.Error is not null) result["error"] = step.Error;
            if (!result.ContainsKey("status")) result["status"] = step.Status;
            return result;
        }
    }

    async Task<DateTimeOffset?> QuietUntilAsync(Guid tenant, AutomationQuietHours quiet, StepContext context, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var named = quiet.TimeZone == "contact" ? (context.Contact?.Metadata as JsonObject).Text("time_zone") : quiet.TimeZone;
        var zone = Schedule.FindZone(named)?.Id ?? (await zones.ReadAsync(tenant, cancellationToken)).TimeZone;
        return QuietUntil(quiet.Hours, zone, now);
    }

    /// <summary>When they end; null when they are not.</summary>
    internal static DateTimeOffset? QuietUntil(IReadOnlyList<BotHours>? hours, string zone, DateTimeOffset now)
    {
        if (hours is null or [] || !BotHours.Contain(hours, zone, now)) return null;
        // To the beginning of a minute, as they are written.
        var at = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute)).AddMinutes(1);
        for (var i = 0; i < 8 * 24 * 60; i++, at = at.AddMinutes(1))
            if (!BotHours.Contain(hours, zone, at)) return at;
        return now.AddDays(1);   // always quiet: somebody may change that
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Step {Step} of the automation's run {Run} broke off: {Kind}")]
        public static partial void Broke(ILogger logger, Guid run, int step, string kind);
    }
}
