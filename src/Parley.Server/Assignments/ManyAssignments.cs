using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Assignments;

/// <summary>An assignment that was changed together with others.</summary>
/// <param name="Version">That it has now; null when the contact is nobody's.</param>
internal sealed record Reassigned(Holding Was, Holding Is, Guid? Version);

/// <summary>The assignments of many contacts changed in one transaction, with a number of statements that does not grow with them. The
/// locks are those of <see cref="AssignmentStore"/>, in its order. The caller writes the audit line.</summary>
internal static class ManyAssignments
{
    /// <summary>Gives contacts to a person or a team; to neither takes them from whoever has them. Those whom somebody else takes in this moment stay theirs.</summary>
    public static async Task<(AssignmentOutcome? Not, IReadOnlyList<Reassigned> Changed)> GiveAsync(
        Change change, Guid tenant, Guid[] contacts, Guid? user, Guid? team, string by, CancellationToken cancellationToken)
    {
        contacts = await HoldAsync(change, contacts, cancellationToken);
        var present = await LockAsync(change, contacts, cancellationToken);
        if (user is { } person && await AssignmentStore.CannotAsync(change, person, cancellationToken) is { } unable) return (unable, []);
        var strategy = "none";
        if (team is { } group)
        {
            if (await change.FindAsync<string>("select strategy from teams where tenant_id = @tenant and id = @group and going_at is null for update", new { group }, cancellationToken) is not { } found)
                return (new AssignmentOutcome.Missing("team"), []);
            strategy = found;
        }
        var isShared = team is not null && user is null && strategy != "none";
        // Whom the team looks after already keeps whoever it found.
        var wanted = contacts.Where(contact => !isShared || present.GetValueOrDefault(contact) is not { UserId: not null } holder || holder.TeamId != team).ToArray();
        var people = isShared ? await TeamTurns.PickAsync(change, team!.Value, strategy, wanted.Length, cancellationToken) : [];
        return (null, await WriteAsync(change, tenant, present, [.. wanted.Select((contact, at) => new Holding(contact, people.Count > 0 ? people[at] : user, team))], by, cancellationToken));
    }

    /// <summary>Gives contacts back to whoever had them: where the assignment is still the one that was left, and the person still works here.</summary>
    /// <param name="steps">Whose each was, and the version that was left; null: nobody's.</param>
    public static async Task<IReadOnlyList<Reassigned>> GiveBackAsync(Change change, Guid tenant, IReadOnlyList<(Holding Was, Guid? Left)> steps, string by, CancellationToken cancellationToken)
    {
        var contacts = await HoldAsync(change, [.. steps.Select(step => step.Was.ContactId)], cancellationToken);
        var present = await LockAsync(change, contacts, cancellationToken);
        var still = steps.Where(step => contacts.Contains(step.Was.ContactId) && present.GetValueOrDefault(step.Was.ContactId)?.Version == step.Left).Select(step => step.Was).ToList();
        var users = await change.ListAsync<Guid>("select id from users where tenant_id = @tenant and id = any (@users) and is_active and role <> 'viewer' order by id for share",
            new { users = still.Select(was => was.UserId).OfType<Guid>().Distinct().ToArray() }, cancellationToken);
        var teams = await change.ListAsync<Guid>("select id from teams where tenant_id = @tenant and id = any (@teams) and going_at is null order by id for share",
            new { teams = still.Select(was => was.TeamId).OfType<Guid>().Distinct().ToArray() }, cancellationToken);
        var wanted = still
            .Select(was => (Was: was, Becomes: new Holding(was.ContactId, was.UserId is { } user && users.Contains(user) ? user : null, was.TeamId is { } team && teams.Contains(team) ? team : null)))
            .Where(step => step.Was.IsNobody || !step.Becomes.IsNobody)
            .Select(step => step.Becomes);
        return await WriteAsync(change, tenant, present, [.. wanted], by, cancellationToken);
    }

    // Those who are here; nobody merges them away until the change is through. Contacts before assignments, as who merges takes them.
    static async Task<Guid[]> HoldAsync(Change change, Guid[] contacts, CancellationToken cancellationToken) =>
        [.. await change.ListAsync<Guid>("select id from contacts where tenant_id = @tenant and id = any (@contacts) order by id for key share", new { contacts }, cancellationToken)];

    static async Task<Dictionary<Guid, Present>> LockAsync(Change change, Guid[] contacts, CancellationToken cancellationToken) =>
        (await change.ListAsync<Present>("select contact_id, user_id, team_id, version from assignments where tenant_id = @tenant and contact_id = any (@contacts) order by contact_id for update",
            new { contacts }, cancellationToken)).ToDictionary(row => row.ContactId);

    static async Task<IReadOnlyList<Reassigned>> WriteAsync(
        Change change, Guid tenant, Dictionary<Guid, Present> present, IReadOnlyList<Holding> wanted, string by, CancellationToken cancellationToken)
    {
        Holding Was(Guid contact) => present.TryGetValue(contact, out var row) ? new(contact, row.UserId, row.TeamId) : new(contact, null, null);
        var rows = wanted.Where(one => one != Was(one.ContactId)).OrderBy(one => one.ContactId).Select(one => (Holding: one, Id: Ids.New(change.Now), Version: Ids.New(change.Now))).ToList();
        var held = rows.Where(row => !row.Holding.IsNobody).ToList();
        var written = (await change.ListAsync<Guid>("""
            with x as (
                select * from unnest(@ids::uuid[], @contacts::uuid[], @users::uuid[], @teams::uuid[], @versions::uuid[]) as x (id, contact_id, user_id, team_id, version)
            ),
            gone as (delete from assignments where tenant_id = @tenant and contact_id = any (@free) returning contact_id),
            given as (
                update assignments a set user_id = x.user_id, team_id = x.team_id, assigned_by = @by, version = x.version, updated_at = @now
                from x
                where a.tenant_id = @tenant and a.contact_id = x.contact_id and x.contact_id = any (@present)
                returning a.contact_id
            ),
            added as (
                insert into assignments (tenant_id, id, contact_id, user_id, team_id, assigned_by, version, created_at, updated_at)
                select @tenant, x.id, x.contact_id, x.user_id, x.team_id, @by, x.version, @now, @now from x where x.contact_id <> all (@present)
                on conflict (tenant_id, contact_id) do nothing
                returning contact_id
            )
            select contact_id from gone union all select contact_id from given union all select contact_id from added
            """, new
        {
            ids = held.Select(row => row.Id).ToArray(), contacts = held.Select(row => row.Holding.ContactId).ToArray(), users = held.Select(row => row.Holding.UserId).ToArray(),
            teams = held.Select(row => row.Holding.TeamId).ToArray(), versions = held.Select(row => row.Version).ToArray(), present = present.Keys.ToArray(),
            free = rows.Where(row => row.Holding.IsNobody).Select(row => row.Holding.ContactId).ToArray(), by, now = change.Now,
        }, cancellationToken)).ToHashSet();
        rows.RemoveAll(row => !written.Contains(row.Holding.ContactId));
        await AssignmentStore.CopyAsync(change, tenant, [.. rows.Select(row => row.Holding)], cancellationToken);
        foreach (var row in rows) change.Publish(new FeedEvent(tenant, "assignment.updated", ContactId: row.Holding.ContactId));
        return [.. rows.Select(row => new Reassigned(Was(row.Holding.ContactId), row.Holding, row.Holding.IsNobody ? null : row.Version))];
    }

    sealed class Present
    {
        public Guid ContactId { get; init; }
        public Guid? UserId { get; init; }
        public Guid? TeamId { get; init; }
        public Guid Version { get; init; }
    }
}
