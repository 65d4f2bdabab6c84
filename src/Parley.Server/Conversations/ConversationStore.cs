using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Analytics;
using Parley.Server.Audit;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Conversations;

/// <summary>What a list of conversations is narrowed to; null leaves a part open.</summary>
/// <param name="Status">open, closed, archived; or snoozed, which is short for <paramref name="Snoozed"/>.</param>
/// <param name="Snoozed">Put aside until a time to come: such a conversation keeps its status.</param>
internal sealed record ConversationFilter(string? Status, string? Channel, Guid? IntegrationId, Guid? ContactId, bool? Unread, bool? Snoozed,
    bool IsUnassigned = false, Guid? AssignedUserId = null, Guid? AssignedTeamId = null, Guid? LabelId = null, Sight? Sight = null)
{
    public static readonly string[] Statuses = ["open", "closed", "archived", "snoozed"];
    public static readonly string[] Channels = ["whatsapp", "sms", "instagram", "facebook", "linkedin", "twitter", "telegram", "email"];

    /// <summary>From JSON with the names of the query of GET /api/conversations; a sentence for what is not one of them.</summary>
    /// <param name="me">Who asks: a view of what is assigned to me shows everybody their own.</param>
    public static (ConversationFilter Filter, string? Wrong) Read(JsonObject json, Guid? me)
    {
        var filter = new ConversationFilter(null, null, null, null, null, null);
        foreach (var (name, value) in json)
        {
            ConversationFilter? next = (name, value?.GetValueKind()) switch
            {
                (_, null or JsonValueKind.Null) => filter,
                ("status", JsonValueKind.String) when Statuses.Contains((string)value!) => filter with { Status = (string)value! },
                ("channel", JsonValueKind.String) when Channels.Contains((string)value!) => filter with { Channel = (string)value! },
                ("integration_id", JsonValueKind.String) when Guid.TryParse((string)value!, out var id) => filter with { IntegrationId = id },
                ("contact_id", JsonValueKind.String) when Guid.TryParse((string)value!, out var id) => filter with { ContactId = id },
                ("assigned", JsonValueKind.String) when (string)value! == "none" => filter with { IsUnassigned = true },
                ("assigned", JsonValueKind.String) when (string)value! == "me" => filter with { AssignedUserId = me ?? Guid.Empty },
                ("assigned", JsonValueKind.String) when Guid.TryParse((string)value!, out var id) => filter with { AssignedUserId = id },
                ("team_id", JsonValueKind.String) when Guid.TryParse((string)value!, out var id) => filter with { AssignedTeamId = id },
                ("label_id", JsonValueKind.String) when Guid.TryParse((string)value!, out var id) => filter with { LabelId = id },
                ("unread", JsonValueKind.True or JsonValueKind.False) => filter with { Unread = (bool)value! },
                ("snoozed", JsonValueKind.True or JsonValueKind.False) => filter with { Snoozed = (bool)value! },
                _ => null,
            };
            if (next is null) return (filter, $"{name} is no such filter, or its value is none: there are status, channel, integration_id, contact_id, assigned, team_id, label_id, unread and snoozed.");
            filter = next;
        }
        return (filter, null);
    }

    /// <summary>The same, with what <paramref name="over"/> says in front, as somebody who may see what that one may.</summary>
    public ConversationFilter With(ConversationFilter over) => new(
        over.Status ?? Status, over.Channel ?? Channel, over.IntegrationId ?? IntegrationId, over.ContactId ?? ContactId, over.Unread ?? Unread, over.Snoozed ?? Snoozed,
        over.IsUnassigned || IsUnassigned, over.AssignedUserId ?? AssignedUserId, over.AssignedTeamId ?? AssignedTeamId, over.LabelId ?? LabelId, over.Sight);
}

/// <summary>How many conversations wait where. Nobody reads numbers above <paramref name="Most"/>, so nobody counts further.</summary>
/// <param name="Open">Open and not put aside.</param>
/// <param name="Mine">Open, and the caller takes care of it.</param>
/// <param name="Unassigned">Open, and nobody does.</param>
public sealed record ConversationCounts(int Open, int Unread, int Snoozed, int Closed, int Archived, int Mine, int Unassigned, int Most);

/// <summary>Reads conversations and changes their state. (Ingest and queueing move their last message along.)</summary>
internal sealed class ConversationStore(TenantDatabase database, TimeProvider time)
{
    /// <summary>One more than <paramref name="limit"/>, newest first.</summary>
    public async Task<IReadOnlyList<ConversationView>> ListAsync(
        Guid tenant, ConversationFilter filter, Cursor? cursor, int limit, CancellationToken cancellationToken)
    {
        // Sorted as the index is (activity_at is the time of the last message, rounded down), then exactly.
        // Only the filters in use are in the statement, so that each combination has a plan of its own.
        var conditions = new List<string>();
        if (cursor is not null) conditions.Add("(c.activity_at, c.last_message_at, c.id) < (date_bin('15 seconds', @at, '2000-01-01 00:00:00+00'), @at, @id)");
        if (filter.Status is not (null or "snoozed")) conditions.Add(filter.Status == "open" ? "c.status = 'open'" : "c.status = @Status and c.status <> 'open'");   // as their index says it
        if (filter.Status == "snoozed" || filter.Snoozed == true) conditions.Add("c.snoozed_until > @now");
        else if (filter.Snoozed == false) conditions.Add("(c.snoozed_until is null or c.snoozed_until <= @now)");
        if (filter.Channel is not null) conditions.Add("c.channel = @Channel");
        if (filter.IntegrationId is not null) conditions.Add("c.integration_id = @IntegrationId");
        if (filter.ContactId is not null) conditions.Add($"c.contact_id = {ContactNow.Of("@ContactId")}");   // who was merged is who they are now
        if (filter.Unread is { } unread) conditions.Add(unread ? "not c.is_read" : "c.is_read");
        if (filter.LabelId is not null) conditions.Add("exists (select 1 from conversation_labels l where l.tenant_id = @tenant and l.label_id = @LabelId and l.conversation_id = c.id)");
        if (filter.IsUnassigned) conditions.Add("c.assigned_user_id is null and c.assigned_team_id is null");
        if (filter.AssignedUserId is not null) conditions.Add("c.assigned_user_id = @AssignedUserId");
        if (filter.AssignedTeamId is not null) conditions.Add("c.assigned_team_id = @AssignedTeamId");
        var rows = await database.ListAsync<ConversationRow>(tenant, $"""
            select {ConversationRow.Columns}
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant {string.Concat(conditions.Select(condition => $"and {condition} "))} {Sight.OfConversation(filter.Sight)}
            order by c.activity_at desc, c.last_message_at desc, c.id desc
            limit @limit
            """,
            Sight.With(filter.Sight, new
            {
                at = cursor?.At, id = cursor?.Id, filter.Status, filter.Channel, filter.IntegrationId, filter.ContactId, filter.AssignedUserId, filter.AssignedTeamId, filter.LabelId, now = time.GetUtcNow(),
                limit = limit + 1,
            }), cancellationToken);
        return [.. rows.Select(ConversationView.From)];
    }

    public async Task<ConversationView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        (await ListByIdsAsync(tenant, [id], cancellationToken)).FirstOrDefault();

    public async Task<IReadOnlyList<ConversationView>> ListByIdsAsync(Guid tenant, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<ConversationRow>(tenant, $"""
            select {ConversationRow.Columns}
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = any (@ids)
            order by c.id
            """, new { ids = ids.ToArray() }, cancellationToken)).Select(ConversationView.From)];

    /// <summary>Of each of these contacts, the conversation with the newest message.</summary>
    public async Task<IReadOnlyDictionary<Guid, Guid>> ListLatestAsync(Guid tenant, Sight? sight, IReadOnlyList<Guid> contacts, CancellationToken cancellationToken) =>
        (await database.ListAsync<LatestRow>(tenant, $"""
            select distinct on (contact_id) contact_id, id
            from conversations c
            where c.tenant_id = @tenant and c.contact_id = any (@contacts) {Sight.OfConversation(sight)}
            order by contact_id, last_message_at desc, id desc
            """, Sight.With(sight, new { contacts = contacts.ToArray() }), cancellationToken)).ToDictionary(row => row.ContactId, row => row.Id);

    public async Task<ConversationCounts> CountAsync(Guid tenant, Guid? user, Sight? sight, CancellationToken cancellationToken)
    {
        const int most = 100;
        const string open = "c.status = 'open' and (c.snoozed_until is null or c.snoozed_until <= @now)";
        string Of(string from) => $"(select count(*)::int from (select 1 from {from} limit @most) counted)";
        string All(string condition) => Of($"conversations c where c.tenant_id = @tenant and {condition}");
        // For who does not see everything, over what they see: an index leads to it (offset 0: and to nothing else, however many others there are).
        string Seen(string condition, string within = "true") => sight is null ? All(condition) : Of($"""
            (
                select * from (select c.status, c.snoozed_until, c.is_read from conversations c where c.tenant_id = @tenant and c.assigned_user_id = @sightUser and {within} offset 0) own
                union all
                select * from (select c.status, c.snoozed_until, c.is_read from conversations c where c.tenant_id = @tenant and c.assigned_team_id = any (@sightTeams) and c.assigned_user_id is distinct from @sightUser and {within} offset 0) teams
            ) c where {condition}
            """);
        var row = await database.FindAsync<CountsRow>(tenant, $"""
            select
                {Seen(open, "c.status = 'open'")} as open,
                {Seen("not c.is_read")} as unread,
                {Seen("c.snoozed_until > @now")} as snoozed,
                {Seen("c.status = 'closed'")} as closed,
                {Seen("c.status = 'archived'")} as archived,
                {All($"c.assigned_user_id = @user and {open}")} as mine,
                {(sight is null ? All($"c.assigned_user_id is null and c.assigned_team_id is null and {open}") : "0")} as unassigned
            """, Sight.With(sight, new { most, user, now = time.GetUtcNow() }), cancellationToken);
        return new(row!.Open, row.Unread, row.Snoozed, row.Closed, row.Archived, row.Mine, row.Unassigned, most);
    }

    /// <summary>Here at once; the provider is told by a job, where it keeps chats.</summary>
    /// <param name="upTo">The message up to which somebody has read: what came after it stays unread. Null: all there is.</param>
    /// <returns>Null when there is no such conversation, or no such message in it.</returns>
    public Task<ConversationView?> MarkReadAsync(Guid tenant, Guid id, Guid? upTo, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var later = 0;
            if (upTo is not null)
            {
                // Locked first: a message that is being stored is counted by the next statement, or comes after this change.
                await change.FindAsync<Guid>("select id from conversations where tenant_id = @tenant and id = @id for no key update", new { id }, cancellationToken);
                var counted = await change.FindAsync<int?>("""
                    select (
                        select count(*)::int from messages m
                        where m.tenant_id = @tenant and m.conversation_id = @id and m.direction = 'inbound' and not m.is_hidden and (m.occurred_at, m.id) > (seen.occurred_at, seen.id)
                    )
                    from messages seen
                    where seen.tenant_id = @tenant and seen.conversation_id = @id and seen.id = @upTo
                    """, new { id, upTo }, cancellationToken);
                if (counted is null) return null;
                later = counted.Value;
            }
            return await SetInAsync(change, tenant, id, "is_read = @later = 0, unread_count = @later", "not c.is_read and (@later = 0 or c.unread_count > @later)", new { later }, cancellationToken, async () =>
            {
                if (later == 0 && await change.FindAsync<bool>("select is_thread from conversations where tenant_id = @tenant and id = @id", new { id }, cancellationToken))
                    await JobStore.AddAsync(change, tenant, Sync.TellRead.JobType, id.ToString(), change.Now, cancellationToken);
            });
        }, cancellationToken);

    public Task<ConversationView?> MarkUnreadAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        SetAsync(tenant, id, "is_read = false, unread_count = greatest(1, c.unread_count)", "c.is_read", null, cancellationToken);

    /// <summary>What is done with is not put aside any more: nothing brings it back but the customer, or somebody here.</summary>
    /// <param name="status">open, closed or archived.</param>
    public Task<ConversationView?> SetStatusAsync(Guid tenant, Guid id, string status, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => SetStatusAsync(change, tenant, id, status, cancellationToken), cancellationToken);

    /// <inheritdoc cref="SetStatusAsync(Guid, Guid, string, CancellationToken)"/>
    public static Task<ConversationView?> SetStatusAsync(Change change, Guid tenant, Guid id, string status, CancellationToken cancellationToken) =>
        SetInAsync(change, tenant, id, status == "open" ? "status = @status" : "status = @status, snoozed_until = null", status == "open" ? "c.status <> @status" : "(c.status <> @status or c.snoozed_until is not null)", new { status }, cancellationToken, () => Ended(tenant, id, status == "open" ? "reopened" : status, cancellationToken)(change));

    /// <param name="from">closed or archived: taking back one must not undo the other.</param>
    public Task<ConversationView?> ReopenAsync(Guid tenant, Guid id, string from, CancellationToken cancellationToken) =>
        SetAsync(tenant, id, "status = 'open'", "c.status = @from", new { from }, cancellationToken, Ended(tenant, id, "reopened", cancellationToken));

    public Task<ConversationView?> SnoozeAsync(Guid tenant, Guid id, DateTimeOffset? until, CancellationToken cancellationToken) =>
        SetAsync(tenant, id, "snoozed_until = @until", "c.snoozed_until is distinct from @until", new { until }, cancellationToken,
            async change =>
            {
                if (until is { } at) await JobStore.AddAsync(change, tenant, WakeSnoozed.JobType, WakeSnoozed.JobKey, at, cancellationToken);
                await Noted(tenant, id, until is null ? "woken" : "snoozed", until)(change);
            });

    /// <summary>Ends the snoozes that are due, at most so many: open again, unread, and told to everybody who listens.</summary>
    public Task<int> WakeDueAsync(Guid tenant, int most, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var woken = await change.ListAsync<ChangedRow>("""
                with due as (
                    select id, status as was_status from conversations
                    where tenant_id = @tenant and snoozed_until <= @now
                    order by id
                    limit @most
                    for no key update
                )
                update conversations c set snoozed_until = null, status = 'open', is_read = false, unread_count = greatest(1, c.unread_count), updated_at = @now
                from due
                where c.tenant_id = @tenant and c.id = due.id
                returning c.id, c.contact_id, c.integration_id, due.was_status
                """, new { most, now = change.Now }, cancellationToken);
            await Closings.NoteAsync(change, [.. woken.Where(row => row.WasStatus != "open").Select(row => row.Id)], true, cancellationToken);
            foreach (var row in woken) change.Audit(AuditEntry.Of(tenant, "conversation.woken", "conversation", row.Id));
            foreach (var row in woken) change.Publish(new FeedEvent(tenant, "conversation.woken", row.Id, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
            return woken.Count;
        }, cancellationToken);

    public Task<DateTimeOffset?> FindNextWakeAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.FindAsync<DateTimeOffset?>(tenant, "select min(snoozed_until) from conversations where tenant_id = @tenant and snoozed_until is not null", null, cancellationToken);

    // Who reads what is not noted: a line for each opened conversation would bury the rest.
    static Func<Change, Task> Noted(Guid tenant, Guid id, string what, DateTimeOffset? until = null) => change =>
    {
        change.Audit(AuditEntry.Of(tenant, $"conversation.{what}", "conversation", id, after: until is null ? null : new { until }));
        return Task.CompletedTask;
    };

    static Func<Change, Task> Ended(Guid tenant, Guid id, string what, CancellationToken cancellationToken) => async change =>
    {
        await Closings.NoteAsync(change, [id], what == "reopened", cancellationToken);
        await Noted(tenant, id, what)(change);
    };

    Task<ConversationView?> SetAsync(Guid tenant, Guid id, string set, string unless, object? args, CancellationToken cancellationToken, Func<Change, Task>? alongside = null) =>
        database.ChangeAsync(tenant, change => SetInAsync(change, tenant, id, set, unless, args, cancellationToken, alongside is null ? null : () => alongside(change)), cancellationToken);

    // One statement, no check before: setting what is set already changes nothing and tells nobody.
    static async Task<ConversationView?> SetInAsync(Change change, Guid tenant, Guid id, string set, string unless, object? args, CancellationToken cancellationToken, Func<Task>? alongside = null)
    {
        var parameters = new Dapper.DynamicParameters(args);
        parameters.AddDynamicParams(new { id, now = change.Now });
        var changed = await change.ExecuteAsync($"update conversations c set {set}, updated_at = @now where c.tenant_id = @tenant and c.id = @id and {unless}", parameters, cancellationToken);
        var row = await change.FindAsync<ConversationRow>($"""
            select {ConversationRow.Columns}
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = @id
            """, new { id }, cancellationToken);
        if (changed > 0 && alongside is not null) await alongside();
        if (changed > 0) change.Publish(new FeedEvent(tenant, "conversation.updated", id, ContactId: row!.ContactId, IntegrationId: row.IntegrationId));
        return row is null ? null : ConversationView.From(row);
    }

    sealed class ChangedRow
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
        public string WasStatus { get; init; } = "";
    }

    sealed class LatestRow
    {
        public Guid ContactId { get; init; }
        public Guid Id { get; init; }
    }

    sealed class CountsRow
    {
        public int Open { get; init; }
        public int Unread { get; init; }
        public int Snoozed { get; init; }
        public int Closed { get; init; }
        public int Archived { get; init; }
        public int Mine { get; init; }
        public int Unassigned { get; init; }
    }
}
