using System.Collections.Concurrent;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Assignments;

/// <summary>A part of the team that shares its contacts.</summary>
/// <param name="Strategy">Who gets what comes to the team: none (nobody by itself), round_robin (each in turn) or least_busy (who has the fewest open conversations).</param>
/// <param name="IntegrationIds">Accounts whose new conversations come to this team.</param>
public sealed record TeamView(Guid Id, string Name, string Strategy, IReadOnlyList<Guid> MemberIds, IReadOnlyList<Guid> IntegrationIds, DateTimeOffset CreatedAt);

/// <summary>A colleague, as everybody in the team may know them.</summary>
/// <param name="OpenConversations">That they take care of; counted no further than two hundred, and some seconds old.</param>
public sealed record MemberView(Guid Id, string Name, string Role, bool IsActive, int OpenConversations);

/// <summary>What shall be; null leaves it.</summary>
internal sealed record TeamEdit(string? Name, string? Strategy, IReadOnlyList<Guid>? MemberIds, IReadOnlyList<Guid>? IntegrationIds);

/// <summary>Teams, their members, and the accounts that they look after.</summary>
internal sealed class TeamStore(TenantDatabase database, TimeProvider time)
{
    /// <summary>Nobody is asked to hold more than this in their head, so nobody counts further; who has more is as busy as the others.</summary>
    const int MostLoad = 200;
    static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);
    readonly ConcurrentDictionary<Guid, (DateTimeOffset At, Task<IReadOnlyDictionary<Guid, int>> Loads)> _loads = new();

    /// <summary>How many open conversations somebody takes care of: an expression of at most so many looks into one index.</summary>
    internal static string Load(string user) => $"""
        (select count(*)::int from (
            select 1 from conversations c where c.tenant_id = @tenant and c.assigned_user_id = {user} and c.status = 'open' limit {MostLoad}) open)
        """;

    const string Columns = """
        t.id, t.name, t.strategy, t.created_at,
        array(select m.user_id from team_members m where m.tenant_id = t.tenant_id and m.team_id = t.id order by m.user_id) as member_ids,
        array(select r.integration_id from assignment_rules r where r.tenant_id = t.tenant_id and r.team_id = t.id order by r.integration_id) as integration_ids
        """;

    public async Task<IReadOnlyList<TeamView>> ListAsync(Guid tenant, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"select {Columns} from teams t where t.tenant_id = @tenant and t.going_at is null order by lower(t.name), t.id limit 500", null, cancellationToken)).Select(From)];

    public async Task<TeamView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        await database.FindAsync<Row>(tenant, $"select {Columns} from teams t where t.tenant_id = @tenant and t.id = @id and t.going_at is null", new { id }, cancellationToken) is { } row ? From(row) : null;

    /// <summary>Every page asks for it, and again whenever somebody of the team is changed: their loads are counted once in some seconds for all of them.</summary>
    public async Task<IReadOnlyList<MemberView>> ListMembersAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var members = await database.ListAsync<MemberRow>(tenant, "select id, name, role, is_active from users where tenant_id = @tenant order by lower(name), id limit 1000", null, cancellationToken);
        var loads = await LoadsAsync(tenant).WaitAsync(cancellationToken);
        return [.. members.Select(one => new MemberView(one.Id, one.Name, one.Role, one.IsActive, loads.GetValueOrDefault(one.Id)))];
    }

    Task<IReadOnlyDictionary<Guid, int>> LoadsAsync(Guid tenant)
    {
        var now = time.GetUtcNow();
        // Of tenants that nobody works in any more nothing is kept.
        foreach (var (other, kept) in _loads)
            if (now - kept.At >= Kept && other != tenant) _loads.TryRemove(new(other, kept));
        return _loads.AddOrUpdate(tenant, _ => (now, CountAsync()), (_, kept) => now - kept.At < Kept && !kept.Loads.IsFaulted ? kept : (now, CountAsync())).Loads;

        // For all who wait, so it ends with none of them.
        async Task<IReadOnlyDictionary<Guid, int>> CountAsync() =>
            (await database.ListAsync<(Guid Id, int Load)>(tenant, $"select u.id, {Load("u.id")} from users u where u.tenant_id = @tenant and u.is_active limit 1000", null, CancellationToken.None)).ToDictionary(row => row.Id, row => row.Load);
    }

    /// <summary>The new team's id. A name that is taken: SQLSTATE 23505; a member or account that is not here: null.</summary>
    public static async Task<TeamView?> AddAsync(Change change, Guid tenant, TeamEdit team, CancellationToken cancellationToken)
    {
        var id = Ids.New(change.Now);
        await change.ExecuteAsync("insert into teams (tenant_id, id, name, strategy, created_at, updated_at) values (@tenant, @id, @Name, coalesce(@Strategy, 'none'), @now, @now)",
            new { id, team.Name, team.Strategy, now = change.Now }, cancellationToken);
        if (!await FillAsync(change, id, team, cancellationToken)) return null;
        var made = await FindAsync(change, id, cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "team.created", "team", id, after: Audited(made!)));
        change.Publish(new FeedEvent(tenant, "team.updated"));
        return made;
    }

    /// <summary>Changes what is given. Null: there is no such team; false: a member or account is not here, and nothing was changed.</summary>
    public async Task<(TeamView? Team, bool Done)> UpdateAsync(Guid tenant, Guid id, TeamEdit edit, CancellationToken cancellationToken)
    {
        try
        {
            return await database.ChangeAsync<(TeamView?, bool)>(tenant, async change =>
            {
                if (await change.FindAsync<Guid?>("select id from teams where tenant_id = @tenant and id = @id and going_at is null for update", new { id }, cancellationToken) is null) return (null, false);
                var before = await FindAsync(change, id, cancellationToken);
                await change.ExecuteAsync("update teams set name = coalesce(@Name, name), strategy = coalesce(@Strategy, strategy), updated_at = @now where tenant_id = @tenant and id = @id",
                    new { id, edit.Name, edit.Strategy, now = change.Now }, cancellationToken);
                if (!await FillAsync(change, id, edit, cancellationToken)) throw new NotHereException();
                var after = await FindAsync(change, id, cancellationToken);
                change.Audit(AuditEntry.Of(tenant, "team.updated", "team", id, Audited(before!), Audited(after!)));
                change.Publish(new FeedEvent(tenant, "team.updated"));
                return (after, true);
            }, cancellationToken);
        }
        catch (NotHereException)
        {
            return (await FindAsync(tenant, id, cancellationToken), false);
        }
    }

    /// <summary>From now on there is no such team for anybody. What it has is given back by <see cref="ReleaseAssignments"/>, which takes its row away at the end.</summary>
    public Task<bool> DeleteAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<Guid?>("select id from teams where tenant_id = @tenant and id = @id and going_at is null for update", new { id }, cancellationToken) is null) return false;
            var before = await FindAsync(change, id, cancellationToken);
            await change.ExecuteAsync("""
                update teams set going_at = @now, updated_at = @now where tenant_id = @tenant and id = @id;
                delete from team_members where tenant_id = @tenant and team_id = @id;
                delete from assignment_rules where tenant_id = @tenant and team_id = @id
                """, new { id, now = change.Now }, cancellationToken);
            await Jobs.JobStore.AddAsync(change, tenant, ReleaseAssignments.JobType, $"team:{id}", change.Now, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "team.deleted", "team", id, Audited(before!)));
            change.Publish(new FeedEvent(tenant, "team.updated"));
            return true;
        }, cancellationToken);

    /// <summary>Takes away the row of a team that goes and has nobody any more. False while it has.</summary>
    public Task<bool> RemoveAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            await change.FindAsync<Guid?>("select id from teams where tenant_id = @tenant and id = @id for update", new { id }, cancellationToken);
            if (await change.FindAsync<bool>("select exists (select 1 from assignments where tenant_id = @tenant and team_id = @id)", new { id }, cancellationToken)) return false;
            await change.ExecuteAsync("delete from teams where tenant_id = @tenant and id = @id and going_at is not null", new { id }, cancellationToken);
            return true;
        }, cancellationToken);

    // What is not of this tenant is not found by the select, and so not written.
    static async Task<bool> FillAsync(Change change, Guid team, TeamEdit edit, CancellationToken cancellationToken)
    {
        if (edit.MemberIds is { } members)
        {
            var ids = members.Distinct().ToArray();
            await change.ExecuteAsync("delete from team_members where tenant_id = @tenant and team_id = @team and user_id <> all (@ids)", new { team, ids }, cancellationToken);
            // Whoever joins comes after the others, not before them for as long as it takes to catch up.
            await change.ExecuteAsync("""
                insert into team_members (tenant_id, team_id, user_id, last_turn, created_at)
                select @tenant, @team, u.id, t.turn, @now from users u, teams t where u.tenant_id = @tenant and u.id = any (@ids) and t.tenant_id = @tenant and t.id = @team
                on conflict (tenant_id, team_id, user_id) do nothing
                """, new { team, ids, now = change.Now }, cancellationToken);
            if (await change.FindAsync<int>("select count(*)::int from team_members where tenant_id = @tenant and team_id = @team", new { team }, cancellationToken) != ids.Length) return false;
        }
        if (edit.IntegrationIds is { } integrations)
        {
            var ids = integrations.Distinct().ToArray();
            await change.ExecuteAsync("delete from assignment_rules where tenant_id = @tenant and team_id = @team and integration_id <> all (@ids)", new { team, ids }, cancellationToken);
            await change.ExecuteAsync("""
                insert into assignment_rules (tenant_id, integration_id, team_id, created_at)
                select @tenant, i.id, @team, @now from integrations i where i.tenant_id = @tenant and i.id = any (@ids)
                on conflict (tenant_id, integration_id) do update set team_id = excluded.team_id, created_at = excluded.created_at
                """, new { team, ids, now = change.Now }, cancellationToken);
            if (await change.FindAsync<int>("select count(*)::int from assignment_rules where tenant_id = @tenant and team_id = @team", new { team }, cancellationToken) != ids.Length) return false;
        }
        return true;
    }

    static async Task<TeamView?> FindAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        await change.FindAsync<Row>($"select {Columns} from teams t where t.tenant_id = @tenant and t.id = @id and t.going_at is null", new { id }, cancellationToken) is { } row ? From(row) : null;

    static object Audited(TeamView team) => new { team.Name, team.Strategy, team.MemberIds, team.IntegrationIds };

    static TeamView From(Row row) => new(row.Id, row.Name, row.Strategy, row.MemberIds, row.IntegrationIds, row.CreatedAt);

    sealed class NotHereException : Exception;

    sealed class MemberRow
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Role { get; init; } = "";
        public bool IsActive { get; init; }
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Strategy { get; init; } = "";
        public Guid[] MemberIds { get; init; } = [];
        public Guid[] IntegrationIds { get; init; } = [];
        public DateTimeOffset CreatedAt { get; init; }
    }
}
