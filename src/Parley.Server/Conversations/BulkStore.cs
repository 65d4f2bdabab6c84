using Parley.Server.Analytics;
using Parley.Server.Assignments;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Conversations;

/// <summary>What came of a change of many.</summary>
/// <param name="Items">Those that the caller sees, as they are afterwards.</param>
/// <param name="Seen">Those that the caller saw before.</param>
/// <param name="Not">Why nothing was done: there is no such person, team or label, or the person cannot work.</param>
internal sealed record BulkOutcome(IReadOnlyList<ConversationView> Items, IReadOnlyList<Guid> Seen, int Changed, BulkUndo? Undo, AssignmentOutcome? Not = null);

/// <summary>Changes many conversations in one transaction, and tells what takes it back. Statements do not grow with their number.</summary>
internal sealed class BulkStore(TenantDatabase database)
{
    /// <summary>A change of columns: what is set, of which it is not so yet, and, to take it back: whether it is still so, and what it was.</summary>
    sealed record Kind(string Set, string Unless, string Still, string Back);

    const string StatusStill = "c.status = w.left_status and c.snoozed_until is not distinct from w.left_until";
    const string StatusBack = "status = w.was_status, snoozed_until = w.was_until";
    const string ReadStill = "c.is_read = w.left_read and c.unread_count = w.left_unread";
    const string ReadBack = "is_read = w.was_read, unread_count = w.was_unread";
    const string UntilStill = "c.snoozed_until is not distinct from w.left_until";
    const string UntilBack = "snoozed_until = w.was_until";

    static readonly IReadOnlyDictionary<string, Kind> Kinds = new Dictionary<string, Kind>
    {
        ["close"] = new("status = 'closed', snoozed_until = null", "(c.status <> 'closed' or c.snoozed_until is not null)", StatusStill, StatusBack),
        ["reopen"] = new("status = 'open'", "c.status <> 'open'", StatusStill, StatusBack),
        ["archive"] = new("status = 'archived', snoozed_until = null", "(c.status <> 'archived' or c.snoozed_until is not null)", StatusStill, StatusBack),
        ["read"] = new("is_read = true, unread_count = 0", "not c.is_read", ReadStill, ReadBack),
        ["unread"] = new("is_read = false, unread_count = greatest(1, c.unread_count)", "c.is_read", ReadStill, ReadBack),
        ["snooze"] = new("snoozed_until = @until", "c.snoozed_until is distinct from @until", UntilStill, UntilBack),
        ["wake"] = new("snoozed_until = null", "c.snoozed_until is not null", UntilStill, UntilBack),
    };

    /// <summary>What one can do to many.</summary>
    public static readonly IReadOnlyList<string> Changes = [.. Kinds.Keys, "assign", "unassign", "label", "unlabel"];

    public static bool IsOfStatus(string kind) => kind is "close" or "reopen" or "archive";

    public static bool IsOfReading(string kind) => kind is "read" or "unread";

    /// <param name="kind">One of the changes of columns: close, reopen, archive, read, unread, snooze, wake.</param>
    public Task<BulkOutcome> SetAsync(Guid tenant, Sight? sight, Guid[] ids, string kind, DateTimeOffset? until, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var (set, unless, _, _) = Kinds[kind];
            var rows = await change.ListAsync<ChangedRow>($"""
                with locked as materialized (
                    select c.id, c.status as was_status, c.snoozed_until as was_until, c.is_read as was_read, c.unread_count as was_unread
                    from conversations c
                    where c.tenant_id = @tenant and c.id = any (@ids) and {unless} {Sight.OfConversation(sight)}
                    order by c.id
                    for no key update
                )
                update conversations c set {set}, updated_at = @now
                from locked
                where c.tenant_id = @tenant and c.id = locked.id
                returning c.id, c.contact_id, c.integration_id, c.is_thread, c.status, c.snoozed_until, c.is_read, c.unread_count,
                    locked.was_status, locked.was_until, locked.was_read, locked.was_unread
                """, Sight.With(sight, new { ids, until, now = change.Now }), cancellationToken);
            if (kind == "read") await JobStore.AddManyAsync(change, tenant, Sync.TellRead.JobType, [.. rows.Where(row => row.IsThread).Select(row => row.Id.ToString())], change.Now, cancellationToken);
            await FollowAsync(change, tenant, rows, cancellationToken);
            NoteChanged(change, tenant, kind, kind, rows);
            var items = await ReadAsync(change, sight, ids, cancellationToken);
            return new BulkOutcome(items, [.. items.Select(item => item.Id)], rows.Count, rows.Count == 0 ? null : new BulkUndo(kind, [.. rows.Select(row => row.Step(kind))]));
        }, cancellationToken);

    /// <summary>The contacts of these conversations to a person or a team; to neither: from whoever has them.</summary>
    public Task<BulkOutcome> AssignAsync(Guid tenant, Sight? sight, Guid[] ids, Guid? user, Guid? team, string by, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var seen = await ListSeenAsync(change, sight, ids, cancellationToken);
            var (not, changed) = await ManyAssignments.GiveAsync(change, tenant, [.. seen.Select(row => row.ContactId).Distinct().Order()], user, team, by, cancellationToken);
            if (not is not null) return new BulkOutcome([], [.. seen.Select(row => row.Id)], 0, null, not);
            var kind = user is null && team is null ? "unassign" : "assign";
            NoteAssigned(change, tenant, changed);
            var of = changed.ToDictionary(one => one.Was.ContactId);
            var steps = seen.Where(row => of.ContainsKey(row.ContactId)).Select(row => of[row.ContactId] is var one ? new BulkStep(row.Id,
                new BulkState(AssignedUserId: one.Was.UserId, AssignedTeamId: one.Was.TeamId), new BulkState(AssignedUserId: one.Is.UserId, AssignedTeamId: one.Is.TeamId, AssignmentVersion: one.Version)) : null!).ToList();
            return new BulkOutcome(await ReadAsync(change, sight, ids, cancellationToken), [.. seen.Select(row => row.Id)], steps.Count, steps.Count == 0 ? null : new BulkUndo(kind, steps));
        }, cancellationToken);

    /// <summary>Puts a label on them, or takes it off.</summary>
    public Task<BulkOutcome> LabelAsync(Guid tenant, Sight? sight, Guid[] ids, Guid label, bool isPut, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var seen = await ListSeenAsync(change, sight, ids, cancellationToken, "for key share");
            if (await change.FindAsync<Guid?>("select id from labels where tenant_id = @tenant and id = @label for key share", new { label }, cancellationToken) is null)
                return new BulkOutcome([], [.. seen.Select(row => row.Id)], 0, null, new AssignmentOutcome.Missing("label"));
            var changed = (await change.ListAsync<Guid>(isPut
                ? """
                    insert into conversation_labels (tenant_id, conversation_id, label_id, created_at)
                    select @tenant, x.id, @label, @now from unnest(@seen::uuid[]) as x (id) order by x.id
                    on conflict (tenant_id, conversation_id, label_id) do nothing
                    returning conversation_id
                    """
                : "delete from conversation_labels where tenant_id = @tenant and label_id = @label and conversation_id = any (@seen) returning conversation_id",
                new { seen = seen.Select(row => row.Id).ToArray(), label, now = change.Now }, cancellationToken)).ToHashSet();
            var kind = isPut ? "label" : "unlabel";
            foreach (var row in seen.Where(row => changed.Contains(row.Id))) change.Publish(new FeedEvent(tenant, "conversation.updated", row.Id, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
            foreach (var id in changed.Order()) change.Audit(AuditEntry.Of(tenant, "conversation.bulk_changed", "conversation", id, after: new { change = kind, label }));
            return new BulkOutcome(await ReadAsync(change, sight, ids, cancellationToken), [.. seen.Select(row => row.Id)], changed.Count,
                changed.Count == 0 ? null : new BulkUndo(kind, [.. changed.Order().Select(id => new BulkStep(id, new BulkState(), new BulkState()))], label));
        }, cancellationToken);

    /// <summary>Takes a change back, of those that are still as it left them.</summary>
    public Task<BulkOutcome> UndoAsync(Guid tenant, Sight? sight, BulkUndo undo, string by, CancellationToken cancellationToken) => undo.Change switch
    {
        "label" or "unlabel" => LabelAsync(tenant, sight, [.. undo.Steps.Select(step => step.Id)], undo.LabelId!.Value, undo.Change == "unlabel", cancellationToken),
        "assign" or "unassign" => GiveBackAsync(tenant, sight, undo, by, cancellationToken),
        _ => RestoreAsync(tenant, sight, undo, cancellationToken),
    };

    Task<BulkOutcome> RestoreAsync(Guid tenant, Sight? sight, BulkUndo undo, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var (_, _, still, back) = Kinds[undo.Change];
            var steps = undo.Steps;
            var ids = steps.Select(step => step.Id).ToArray();
            var rows = await change.ListAsync<ChangedRow>($"""
                with w as (
                    select * from unnest(@ids::uuid[], @wasStatus::text[], @wasUntil::timestamptz[], @wasRead::boolean[], @wasUnread::int[], @leftStatus::text[], @leftUntil::timestamptz[], @leftRead::boolean[], @leftUnread::int[])
                        as w (id, was_status, was_until, was_read, was_unread, left_status, left_until, left_read, left_unread)
                ),
                locked as materialized (
                    select c.id
                    from w
                    join conversations c on c.tenant_id = @tenant and c.id = w.id
                    where {still} {Sight.OfConversation(sight)}
                    order by c.id
                    for no key update of c
                )
                update conversations c set {back}, updated_at = @now
                from locked
                join w on w.id = locked.id
                where c.tenant_id = @tenant and c.id = locked.id
                returning c.id, c.contact_id, c.integration_id, c.is_thread, c.status, c.snoozed_until, c.is_read, c.unread_count,
                    w.left_status as was_status, w.left_until as was_until, w.left_read as was_read, w.left_unread as was_unread
                """,
                Sight.With(sight, new
                {
                    ids, now = change.Now,
                    wasStatus = steps.Select(step => step.Was.Status).ToArray(), wasUntil = Times(step => step.Was.SnoozedUntil), wasRead = steps.Select(step => step.Was.IsRead).ToArray(), wasUnread = steps.Select(step => step.Was.UnreadCount).ToArray(),
                    leftStatus = steps.Select(step => step.Left.Status).ToArray(), leftUntil = Times(step => step.Left.SnoozedUntil), leftRead = steps.Select(step => step.Left.IsRead).ToArray(), leftUnread = steps.Select(step => step.Left.UnreadCount).ToArray(),
                }), cancellationToken);
            await FollowAsync(change, tenant, rows, cancellationToken);
            NoteChanged(change, tenant, undo.Change, "undo", rows);
            var items = await ReadAsync(change, sight, ids, cancellationToken);
            return new BulkOutcome(items, [.. items.Select(item => item.Id)], rows.Count, null);

            DateTime?[] Times(Func<BulkStep, DateTimeOffset?> time) => [.. steps.Select(step => time(step)?.UtcDateTime)];
        }, cancellationToken);

    Task<BulkOutcome> GiveBackAsync(Guid tenant, Sight? sight, BulkUndo undo, string by, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var ids = undo.Steps.Select(step => step.Id).ToArray();
            // Who gave away what they could see sees it no more, and may still take it back: the version says that it was they.
            var seen = await change.ListAsync<SeenRow>($"""
                select c.id, c.contact_id, c.integration_id
                from conversations c
                where c.tenant_id = @tenant and c.id = any (@ids) and ((true {Sight.OfConversation(sight)}) or exists (
                    select 1 from assignments a where a.tenant_id = @tenant and a.contact_id = c.contact_id and a.version = any (@versions) and a.assigned_by = @by))
                order by c.id
                """, Sight.With(sight, new { ids, by, versions = undo.Steps.Select(step => step.Left.AssignmentVersion).OfType<Guid>().ToArray() }), cancellationToken);
            var contactOf = seen.ToDictionary(row => row.Id, row => row.ContactId);
            var steps = undo.Steps.Where(step => contactOf.ContainsKey(step.Id)).DistinctBy(step => contactOf[step.Id]).OrderBy(step => contactOf[step.Id])
                .Select(step => (new Holding(contactOf[step.Id], step.Was.AssignedUserId, step.Was.AssignedTeamId), step.Left.AssignmentVersion)).ToList();
            var changed = await ManyAssignments.GiveBackAsync(change, tenant, steps, by, cancellationToken);
            NoteAssigned(change, tenant, changed);
            var contacts = changed.Select(one => one.Is.ContactId).ToHashSet();
            return new BulkOutcome(await ReadAsync(change, sight, ids, cancellationToken), [.. seen.Select(row => row.Id)], seen.Count(row => contacts.Contains(row.ContactId)), null);
        }, cancellationToken);

    // What goes with a change of columns, there and back: the reports' closings, the job that wakes, the feed.
    static async Task FollowAsync(Change change, Guid tenant, IReadOnlyList<ChangedRow> rows, CancellationToken cancellationToken)
    {
        await Closings.NoteAsync(change, [.. rows.Where(row => row.Status != row.WasStatus && row.WasStatus is not null && row.Status == "open").Select(row => row.Id)], true, cancellationToken);
        await Closings.NoteAsync(change, [.. rows.Where(row => row.Status != row.WasStatus && row.WasStatus is not null && row.Status != "open").Select(row => row.Id)], false, cancellationToken);
        if (rows.Min(row => row.SnoozedUntil) is { } at) await JobStore.AddAsync(change, tenant, WakeSnoozed.JobType, WakeSnoozed.JobKey, at, cancellationToken);
        foreach (var row in rows) change.Publish(new FeedEvent(tenant, "conversation.updated", row.Id, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
    }

    // A line of the audit log for each, because it is looked for by the conversation; none for what is read.
    static void NoteChanged(Change change, Guid tenant, string kind, string said, IReadOnlyList<ChangedRow> rows)
    {
        if (IsOfReading(kind)) return;
        foreach (var row in rows.OrderBy(row => row.Id))
            change.Audit(AuditEntry.Of(tenant, "conversation.bulk_changed", "conversation", row.Id, new { status = row.WasStatus, snoozedUntil = row.WasUntil }, new { change = said, row.Status, row.SnoozedUntil }));
    }

    static void NoteAssigned(Change change, Guid tenant, IReadOnlyList<Reassigned> changed)
    {
        foreach (var one in changed)
            change.Audit(AuditEntry.Of(tenant, "assignment.changed", "assignment", one.Is.ContactId, Audited(one.Was), Audited(one.Is)));

        static object? Audited(Holding holding) => holding.IsNobody ? null : new { holding.UserId, holding.TeamId };
    }

    static Task<IReadOnlyList<SeenRow>> ListSeenAsync(Change change, Sight? sight, Guid[] ids, CancellationToken cancellationToken, string locked = "") =>
        change.ListAsync<SeenRow>($"""
            select c.id, c.contact_id, c.integration_id
            from conversations c
            where c.tenant_id = @tenant and c.id = any (@ids) {Sight.OfConversation(sight)}
            order by c.id
            {locked}
            """, Sight.With(sight, new { ids }), cancellationToken);

    static async Task<IReadOnlyList<ConversationView>> ReadAsync(Change change, Sight? sight, Guid[] ids, CancellationToken cancellationToken) =>
        [.. (await change.ListAsync<ConversationRow>($"""
            select {ConversationRow.Columns}
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = any (@ids) {Sight.OfConversation(sight)}
            order by c.id
            """, Sight.With(sight, new { ids }), cancellationToken)).Select(ConversationView.From)];

    sealed class SeenRow
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
    }

    sealed class ChangedRow
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
        public bool IsThread { get; init; }
        public string Status { get; init; } = "";
        public DateTimeOffset? SnoozedUntil { get; init; }
        public bool IsRead { get; init; }
        public int UnreadCount { get; init; }
        public string? WasStatus { get; init; }
        public DateTimeOffset? WasUntil { get; init; }
        public bool? WasRead { get; init; }
        public int? WasUnread { get; init; }

        public BulkStep Step(string kind) =>
            IsOfStatus(kind) ? new(Id, new(WasStatus, WasUntil), new(Status, SnoozedUntil))
            : IsOfReading(kind) ? new(Id, new(IsRead: WasRead, UnreadCount: WasUnread), new(IsRead: IsRead, UnreadCount: UnreadCount))
            : new(Id, new(SnoozedUntil: WasUntil), new(SnoozedUntil: SnoozedUntil));
    }
}
