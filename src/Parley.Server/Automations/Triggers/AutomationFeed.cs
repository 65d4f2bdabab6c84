using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Runs;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations.Triggers;

/// <summary>Reads the feed of each tenant that has active automations, behind a cursor. Whatever makes events knows nothing of them.
/// :: 1 who is behind · 2 take the cursor, which only one node can · 3 a page of the feed, and what happened in it · 4 whom that starts, up to where it is enough · 5 what is to come to an end · 6 runs and jobs · 7 the cursor moves on, all in one transaction.</summary>
internal sealed class AutomationFeed(
    SystemDatabase system, TenantDatabase database, AutomationCache cache, SchedulingSettingsStore zones, FeedNews news, JobNews jobs, TimeProvider time, ILogger<AutomationFeed> logger)
    : FeedReader("automations", news, time, logger)
{
    const int PageSize = 500;
    const int MostStarted = 5000;   // by one page: runs, and looks whether somebody answered
    static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);   // for one page

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
            from automation_cursors c
            join feed_heads h on h.tenant_id = c.tenant_id
            where c.is_read
            order by c.tenant_id
            """, null, cancellationToken);
        ListenTo(cursors.Select(cursor => cursor.TenantId));
        return await TakeTurnsAsync(cursors.Where(cursor => cursor.IsBehind).Select(cursor => cursor.TenantId), tenant => ReadAsync(tenant, cancellationToken), cancellationToken);
    }

    /// <summary>True when there may be more.</summary>
    async Task<bool> ReadAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var zone = (await zones.ReadAsync(tenant, cancellationToken)).TimeZone;
        DateTimeOffset? due = null;
        var more = await database.ChangeAsync(tenant, async change =>
        {
            due = null;
            // :: 2
            if (await change.FindAsync<PlaceRow>("select seq, version from automation_cursors where tenant_id = @tenant and is_read for update skip locked", null, cancellationToken) is not { } place) return false;
            var automations = await cache.GetAsync(change, tenant, place.Version, cancellationToken);

            // :: 3
            var page = await FeedLines.PageAsync(change, place.Seq, PageSize, cancellationToken);
            if (page.Count == 0) return false;
            var lines = await FeedLines.ReadAsync(change, page, automations, cancellationToken);
            var happenings = await FeedLines.FindAsync(change, lines, automations, cancellationToken);

            // :: 4
            var started = new List<(CompiledAutomation Automation, Happening Happening)>();
            var cut = new HashSet<Guid>();
            var taken = Start(lines, happenings, automations, zone, started, cut);
            var isWhole = taken == lines.Count;
            var last = isWhole ? page[^1].Seq : lines[taken - 1].Seq;
            if (!isWhole) lines = [.. lines.Take(taken)];
            await AutomationStore.WarnAsync(change, tenant, cut, Patterns.TookTooLong, cancellationToken);
            var runs = started.Count == 0 ? [] : await Loops.BreakAsync(change, automations, started, cancellationToken);   // :: 5

            // :: 6
            var added = await RunStore.AddAsync(change, tenant, runs, cancellationToken);
            if (added.Count > 0) due = change.Now;
            if (await WakeAsync(change, tenant, page, cancellationToken)) due = change.Now;
            if (await AwaitRepliesAsync(change, tenant, lines, automations, cancellationToken) is { } first) due ??= first;

            // :: 7
            await change.ExecuteAsync("update automation_cursors set seq = @last where tenant_id = @tenant", new { last }, cancellationToken);
            return page.Count == PageSize || !isWhole;
        }, cancellationToken);
        if (due is { } at) jobs.PublishAt(at);
        return more;
    }

    // Line by line, until it is enough for one transaction. Returns how many of the lines were looked at.
    static int Start(
        IReadOnlyList<FeedLine> lines, IReadOnlyList<Happening> happenings, CompiledAutomations automations, string zone, List<(CompiledAutomation, Happening)> started, HashSet<Guid> cut)
    {
        var (bySeq, asks, awaited, patterns) = (happenings.ToLookup(happening => happening.Line.Seq), automations.For(TriggerTypes.NoReply).Count, 0, TimeSpan.Zero);
        for (var i = 0; i < lines.Count; i++)
        {
            foreach (var happening in bySeq[lines[i].Seq])
                foreach (var automation in automations.Match(happening.Trigger, happening.Line.Facts(zone), happening.Line.Seq, happening.Label, cut)) started.Add((automation, happening));
            if (lines[i].IsFromCustomer) awaited += asks;
            patterns += lines[i].Facts(zone).PatternTook;
            if (started.Count + awaited > MostStarted || patterns > PatternTime) return i + 1;
        }
        return lines.Count;
    }

    // A run that waits for what becomes of its message goes on.
    static async Task<bool> WakeAsync(Change change, Guid tenant, IReadOnlyList<PageLine> page, CancellationToken cancellationToken)
    {
        var changed = page.Where(line => line is { Type: "message.updated", MessageId: not null }).Select(line => line.MessageId!.Value).Distinct().ToArray();
        if (changed.Length == 0) return false;
        var waiting = await change.ListAsync<Guid>("""
            select distinct s.run_id
            from automation_steps s
            join messages m on m.tenant_id = s.tenant_id and m.id = s.message_id and m.status not in ('queued', 'sending')
            where s.tenant_id = @tenant and s.message_id = any (@changed) and s.status = 'waiting'
            """, new { changed }, cancellationToken);
        await JobStore.AddManyAsync(change, tenant, RunAutomation.JobType, [.. waiting.Select(run => run.ToString())], change.Now, cancellationToken);
        return waiting.Count > 0;
    }

    // Whether somebody has answered is looked at when the time is over.
    static async Task<DateTimeOffset?> AwaitRepliesAsync(Change change, Guid tenant, IReadOnlyList<FeedLine> lines, CompiledAutomations automations, CancellationToken cancellationToken)
    {
        var waiting = automations.For(TriggerTypes.NoReply);
        if (waiting.Count == 0) return null;
        var asked = lines.Where(line => line.IsFromCustomer).GroupBy(line => line.ConversationId!.Value).Select(group => group.First()).ToList();
        var due = (from line in asked from automation in waiting where automation.SinceSeq < line.Seq select (Key: NoReply.KeyOf(automation.Id, line.ConversationId!.Value), At: line.CreatedAt.AddMinutes(NoReply.MinutesOf(automation.Config)))).ToList();
        if (due.Count == 0) return null;
        await JobStore.AddManyAsync(change, tenant, NoReply.JobType, due, cancellationToken);
        return due.Min(one => one.At);
    }

    sealed class CursorRow
    {
        public Guid TenantId { get; init; }
        public bool IsBehind { get; init; }
    }

    sealed class PlaceRow
    {
        public long Seq { get; init; }
        public long Version { get; init; }
    }
}
