using Parley.Server.Platform.Database;

namespace Parley.Server.Assignments;

/// <summary>Who of a team gets what comes to it.</summary>
internal static class TeamTurns
{
    /// <summary>Finds somebody for each of so many; nobody when the team does not share out, or has nobody who works. The team's row is
    /// locked by the caller: two at once take turns.</summary>
    public static async Task<IReadOnlyList<Guid>> PickAsync(Change change, Guid team, string strategy, int many, CancellationToken cancellationToken)
    {
        if (strategy == "none" || many == 0) return [];
        var load = TeamStore.Load("m.user_id");
        var members = await change.ListAsync<Member>($"""
            select m.user_id, {(strategy == "least_busy" ? load : "0")} as load, m.last_turn, t.turn
            from team_members m
            join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
            join teams t on t.tenant_id = m.tenant_id and t.id = m.team_id
            where m.tenant_id = @tenant and m.team_id = @team and u.is_active and u.role <> 'viewer'
            order by m.user_id
            for share of u
            """, new { team }, cancellationToken);
        if (members.Count == 0) return [];
        var turn = members[0].Turn;
        var waiting = new SortedSet<Member>(members, Comparer<Member>.Create((one, other) => (one.Load, one.LastTurn, one.UserId).CompareTo((other.Load, other.LastTurn, other.UserId))));
        var picked = new List<Guid>(many);
        while (picked.Count < many)
        {
            var next = waiting.Min!;
            waiting.Remove(next);
            picked.Add(next.UserId);
            next.LastTurn = ++turn;
            if (strategy == "least_busy") next.Load++;
            waiting.Add(next);
        }
        await change.ExecuteAsync("""
            update teams set turn = @turn where tenant_id = @tenant and id = @team;
            update team_members m set last_turn = x.turn
            from unnest(@users::uuid[], @turns::bigint[]) as x (user_id, turn)
            where m.tenant_id = @tenant and m.team_id = @team and m.user_id = x.user_id
            """, new { team, turn, users = members.Select(member => member.UserId).ToArray(), turns = members.Select(member => member.LastTurn).ToArray() }, cancellationToken);
        return picked;
    }

    sealed class Member
    {
        public Guid UserId { get; init; }
        public int Load { get; set; }
        public long LastTurn { get; set; }
        public long Turn { get; init; }
    }
}
