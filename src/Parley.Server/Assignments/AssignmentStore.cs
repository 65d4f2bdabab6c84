using Parley.Server.Audit;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Assignments;

/// <summary>Who takes care of whom. The assignment is the truth; conversations carry a copy, for their list.
/// Locks are taken in one order: the assignment, the user or team, the conversations.</summary>
internal sealed class AssignmentStore(TenantDatabase database)
{
    static readonly string Now = ContactNow.Of("@contact");   // who was merged is who they are now

    const string Columns = """
        a.contact_id, a.user_id, u.name as user_name, a.team_id, t.name as team_name, a.assigned_by, a.version, a.updated_at
        from assignments a
        left join users u on u.tenant_id = a.tenant_id and u.id = a.user_id
        left join teams t on t.tenant_id = a.tenant_id and t.id = a.team_id
        """;

    /// <summary>Null when there is no such contact.</summary>
    public async Task<AssignmentView?> FindAsync(Guid tenant, Guid contact, CancellationToken cancellationToken)
    {
        if (await database.FindAsync<AssignmentRow>(tenant, $"select {Columns} where a.tenant_id = @tenant and a.contact_id = {Now}", new { contact }, cancellationToken) is { } row) return AssignmentView.From(row);
        return await database.FindAsync<Guid?>(tenant, $"select id from contacts where tenant_id = @tenant and id = {Now}", new { contact }, cancellationToken) is { } now ? AssignmentView.Nobody(now) : null;
    }

    /// <summary>Gives a contact to a person, to a team, or to a person of a team. A team that shares out by itself finds the person.</summary>
    public Task<AssignmentOutcome> SetAsync(Guid tenant, Guid contact, Guid? user, Guid? team, Seen seen, string by, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => SetAsync(change, tenant, contact, user, team, seen, by, cancellationToken), cancellationToken);

    /// <summary>The same in the caller's transaction.</summary>
    public static async Task<AssignmentOutcome> SetAsync(Change change, Guid tenant, Guid contact, Guid? user, Guid? team, Seen seen, string by, CancellationToken cancellationToken)
    {
        // Held from here on, and before the assignment, as by who merges: a contact that is being merged away is gone, and not a broken foreign key.
        if (await change.FindAsync<Guid?>($"select id from contacts where tenant_id = @tenant and id = {Now} for key share", new { contact }, cancellationToken) is not { } now) return new AssignmentOutcome.Missing("contact");
        contact = now;
        var before = await LockAsync(change, contact, cancellationToken);
        if (!seen.Matches(before)) return Overtaken(before, contact);
        if (user is { } person && await CannotAsync(change, person, cancellationToken) is { } unable) return unable;
        if (team is { } group)
        {
            if (await change.FindAsync<string>("select strategy from teams where tenant_id = @tenant and id = @group and going_at is null for update", new { group }, cancellationToken) is not { } strategy)
                return new AssignmentOutcome.Missing("team");
            if (user is null && await TeamTurns.PickAsync(change, group, strategy, 1, cancellationToken) is [var found]) user = found;
        }
        var isNew = before is null || before.UserId != user || before.TeamId != team;
        if (isNew)
        {
            var args = new { id = Ids.New(change.Now), version = Ids.New(change.Now), contact, user, team, by, now = change.Now };
            var written = before is not null
                ? await change.ExecuteAsync("""
                    update assignments set user_id = @user, team_id = @team, assigned_by = @by, version = @version, updated_at = @now
                    where tenant_id = @tenant and contact_id = @contact
                    """, args, cancellationToken)
                : await change.ExecuteAsync("""
                    insert into assignments (tenant_id, id, contact_id, user_id, team_id, assigned_by, version, created_at, updated_at)
                    values (@tenant, @id, @contact, @user, @team, @by, @version, @now, @now)
                    on conflict (tenant_id, contact_id) do nothing
                    """, args, cancellationToken);
            // Two that begin at the same moment both see nobody: the index lets one of them in.
            if (written == 0) return Overtaken(await LockAsync(change, contact, cancellationToken), contact);
        }
        await CopyAsync(change, tenant, [new(contact, user, team)], cancellationToken);
        var after = (await LockAsync(change, contact, cancellationToken))!;
        if (isNew) Tell(change, tenant, contact, before, after);
        return new AssignmentOutcome.Done(AssignmentView.From(after));
    }

    /// <summary>Nobody takes care of the contact any more.</summary>
    public Task<AssignmentOutcome> RemoveAsync(Guid tenant, Guid contact, Seen seen, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => RemoveAsync(change, tenant, contact, seen, cancellationToken), cancellationToken);

    /// <summary>The same in the caller's transaction.</summary>
    public static async Task<AssignmentOutcome> RemoveAsync(Change change, Guid tenant, Guid contact, Seen seen, CancellationToken cancellationToken)
    {
        if (await change.FindAsync<Guid?>($"select id from contacts where tenant_id = @tenant and id = {Now}", new { contact }, cancellationToken) is not { } now) return new AssignmentOutcome.Missing("contact");
        contact = now;
        var before = await LockAsync(change, contact, cancellationToken);
        if (!seen.Matches(before)) return Overtaken(before, contact);
        if (before is null) return new AssignmentOutcome.Done(AssignmentView.Nobody(contact));
        await change.ExecuteAsync("delete from assignments where tenant_id = @tenant and contact_id = @contact", new { contact }, cancellationToken);
        await CopyAsync(change, tenant, [new(contact, null, null)], cancellationToken);
        Tell(change, tenant, contact, before, null);
        return new AssignmentOutcome.Done(AssignmentView.Nobody(contact));
    }

    /// <summary>For somebody who does not see everything and begins a conversation: a person who is new here is theirs; of the others, those who were already.</summary>
    public static async Task<bool> TakeNewAsync(Change change, Guid tenant, Guid conversation, Sight sight, CancellationToken cancellationToken)
    {
        var contact = await change.FindAsync<Guid>("select contact_id from conversations where tenant_id = @tenant and id = @conversation", new { conversation }, cancellationToken);
        return await TakeAsync(change, tenant, contact, sight, cancellationToken);
    }

    /// <summary>The same for a contact.</summary>
    public static async Task<bool> TakeAsync(Change change, Guid tenant, Guid contact, Sight sight, CancellationToken cancellationToken)
    {
        var before = await LockAsync(change, contact, cancellationToken);
        if (before is null)
        {
            // New is whom this very change made: nobody else's work is in it.
            var written = await change.ExecuteAsync("""
                insert into assignments (tenant_id, id, contact_id, user_id, assigned_by, version, created_at, updated_at)
                select @tenant, @id, k.id, @UserId, 'user:' || @UserId::text, @version, @now, @now
                from contacts k
                where k.tenant_id = @tenant and k.id = @contact and k.created_at = @now
                on conflict (tenant_id, contact_id) do nothing
                """, new { id = Ids.New(change.Now), version = Ids.New(change.Now), contact, sight.UserId, now = change.Now }, cancellationToken);
            if (written == 0) return false;
            Tell(change, tenant, contact, null, await LockAsync(change, contact, cancellationToken));
        }
        else if (!sight.Covers(before.UserId, before.TeamId)) return false;
        var after = before ?? (await LockAsync(change, contact, cancellationToken))!;
        await CopyAsync(change, tenant, [new(contact, after.UserId, after.TeamId)], cancellationToken);
        return true;
    }

    /// <summary>Somebody leaves: what they had goes back to its team, or to nobody; what is more than a piece, and their conversations, by a job.</summary>
    public static async Task LeaveUserAsync(Change change, Guid tenant, Guid user, CancellationToken cancellationToken)
    {
        await LeaveSomeAsync(change, tenant, user, null, cancellationToken);
        await Jobs.JobStore.AddAsync(change, tenant, ReleaseAssignments.JobType, $"user:{user}", change.Now, cancellationToken);
    }

    /// <summary>A piece of what a team had that goes: whoever of it had a contact keeps it. None when it has no more, or does not go.</summary>
    public Task<int> LeaveTeamAsync(Guid tenant, Guid team, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
            await change.FindAsync<bool>("select exists (select 1 from teams where tenant_id = @tenant and id = @team and going_at is not null)", new { team }, cancellationToken)
                ? await LeaveSomeAsync(change, tenant, null, team, cancellationToken) : 0, cancellationToken);

    /// <summary>Another piece of what somebody had who has gone: none when they work again.</summary>
    public Task<int> LeaveMoreAsync(Guid tenant, Guid user, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
            await change.FindAsync<bool>("select exists (select 1 from users where tenant_id = @tenant and id = @user and is_active and role <> 'viewer')", new { user }, cancellationToken)
                ? 0 : await LeaveSomeAsync(change, tenant, user, null, cancellationToken), cancellationToken);

    // A line of the audit log for each contact: it is looked for by the contact.
    static async Task<int> LeaveSomeAsync(Change change, Guid tenant, Guid? user, Guid? team, CancellationToken cancellationToken)
    {
        var rows = await change.ListAsync<AssignmentRow>($"""
            select contact_id, user_id, team_id, assigned_by, version, updated_at from assignments
            where tenant_id = @tenant and {(user is not null ? "user_id = @user" : "team_id = @team")}
            order by contact_id
            limit 500
            for update
            """, new { user, team }, cancellationToken);
        if (rows.Count == 0) return 0;
        await change.ExecuteAsync($"""
            update assignments set {(user is not null ? "user_id = null" : "team_id = null")}, version = @version, assigned_by = 'system', updated_at = @now
            where tenant_id = @tenant and contact_id = any (@contacts) and {(user is not null ? "team_id is not null" : "user_id is not null")};
            delete from assignments where tenant_id = @tenant and contact_id = any (@contacts) and {(user is not null ? "user_id = @user" : "team_id = @team")}
            """, new { user, team, contacts = rows.Select(row => row.ContactId).ToArray(), version = Ids.New(change.Now), now = change.Now }, cancellationToken);
        foreach (var row in rows)
        {
            change.Audit(AuditEntry.Of(tenant, "assignment.changed", "assignment", row.ContactId, new { row.UserId, row.TeamId },
                new { userId = user is null ? row.UserId : null, teamId = team is null ? row.TeamId : null }));
            change.Publish(new FeedEvent(tenant, "assignment.updated", ContactId: row.ContactId));
        }
        return rows.Count;
    }

    static Task<AssignmentRow?> LockAsync(Change change, Guid contact, CancellationToken cancellationToken) =>
        change.FindAsync<AssignmentRow>($"select {Columns} where a.tenant_id = @tenant and a.contact_id = @contact for update of a", new { contact }, cancellationToken);

    static AssignmentOutcome.Overtaken Overtaken(AssignmentRow? present, Guid contact) => new(present is null ? AssignmentView.Nobody(contact) : AssignmentView.From(present));

    // Shared with those who assign, and not with whoever deactivates the person just now: they wait for each other.
    internal static async Task<AssignmentOutcome?> CannotAsync(Change change, Guid user, CancellationToken cancellationToken) =>
        await change.FindAsync<Person>("select name, role, is_active from users where tenant_id = @tenant and id = @user for share", new { user }, cancellationToken) switch
        {
            null => new AssignmentOutcome.Missing("user"),
            { IsActive: false } person => new AssignmentOutcome.Unable($"{person.Name} is switched off."),
            { Role: "viewer" } person => new AssignmentOutcome.Unable($"{person.Name} may only read."),
            _ => null,
        };

    /// <summary>The conversations of these contacts show who has them.</summary>
    public static async Task CopyAsync(Change change, Guid tenant, IReadOnlyList<Holding> holdings, CancellationToken cancellationToken)
    {
        var changed = await change.ListAsync<Copied>("""
            with locked as materialized (
                select c.id, w.user_id, w.team_id
                from unnest(@contacts::uuid[], @users::uuid[], @teams::uuid[]) as w (contact_id, user_id, team_id)
                join conversations c on c.tenant_id = @tenant and c.contact_id = w.contact_id
                where c.assigned_user_id is distinct from w.user_id or c.assigned_team_id is distinct from w.team_id or not c.is_routed
                order by c.id
                for no key update of c
            )
            update conversations c set assigned_user_id = locked.user_id, assigned_team_id = locked.team_id, is_routed = true
            from locked
            where c.tenant_id = @tenant and c.id = locked.id
            returning c.id, c.contact_id, c.integration_id
            """,
            new { contacts = holdings.Select(one => one.ContactId).ToArray(), users = holdings.Select(one => one.UserId).ToArray(), teams = holdings.Select(one => one.TeamId).ToArray() }, cancellationToken);
        foreach (var conversation in changed) change.Publish(new FeedEvent(tenant, "conversation.updated", conversation.Id, ContactId: conversation.ContactId, IntegrationId: conversation.IntegrationId));
    }

    static void Tell(Change change, Guid tenant, Guid contact, AssignmentRow? before, AssignmentRow? after)
    {
        change.Audit(AuditEntry.Of(tenant, "assignment.changed", "assignment", contact, Audited(before), Audited(after)));
        change.Publish(new FeedEvent(tenant, "assignment.updated", ContactId: contact));
    }

    static object? Audited(AssignmentRow? row) => row is null ? null : new { row.UserId, row.UserName, row.TeamId, row.TeamName };

    sealed class Person
    {
        public string Name { get; init; } = "";
        public string Role { get; init; } = "";
        public bool IsActive { get; init; }
    }

    sealed class Copied
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
    }
}
