using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Assignments;

/// <summary>A contact for whom somebody has to be found.</summary>
/// <param name="Version">The assignment that was seen: a team without a person. Null: none.</param>
internal sealed record ToAssign(Guid ContactId, Guid TeamId, Guid? Version);

/// <summary>Conversations that ingest made, or that lost their person: whose are they?</summary>
internal sealed class RoutingStore(TenantDatabase database, SystemDatabase system)
{
    const int AtOnce = 500;

    /// <summary>From tenant to tenant, one look into the index each.</summary>
    public Task<IReadOnlyList<Guid>> ListTenantsAsync(CancellationToken cancellationToken) =>
        system.ListAsync<Guid>("""
            with recursive t as (
                (select tenant_id from conversations where not is_routed order by tenant_id limit 1)
                union all
                select (select c.tenant_id from conversations c where not c.is_routed and c.tenant_id > t.tenant_id order by c.tenant_id limit 1)
                from t where t.tenant_id is not null
            )
            select tenant_id from t where tenant_id is not null
            """, null, cancellationToken);

    /// <summary>Copies the contact's assignment to some conversations and gives back those for whom somebody has to be found. In two
    /// statements: an assignment that is made between them either is seen by the second, or waits for the rows that the first holds.</summary>
    public Task<(int Claimed, IReadOnlyList<ToAssign> Open)> RouteAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.ChangeAsync<(int, IReadOnlyList<ToAssign>)>(tenant, async change =>
        {
            var ids = await change.ListAsync<Guid>("""
                select id from conversations where tenant_id = @tenant and not is_routed order by id limit @AtOnce for update skip locked
                """, new { AtOnce }, cancellationToken);
            if (ids.Count == 0) return (0, []);
            var rows = await change.ListAsync<Row>("""
                select c.id, c.contact_id, c.integration_id, a.user_id, a.team_id, a.version, t.strategy,
                    case when c.status = 'open' and not c.is_read then r.team_id end as rule_team_id,
                    (c.assigned_user_id is distinct from a.user_id or c.assigned_team_id is distinct from a.team_id) as is_new
                from conversations c
                left join assignments a on a.tenant_id = c.tenant_id and a.contact_id = c.contact_id
                left join teams t on t.tenant_id = a.tenant_id and t.id = a.team_id and t.going_at is null
                left join assignment_rules r on r.tenant_id = c.tenant_id and r.integration_id = c.integration_id
                where c.tenant_id = @tenant and c.id = any (@ids)
                order by c.id
                """, new { ids = ids.ToArray() }, cancellationToken);
            var rest = rows.Where(row => row.Wants is not null).ToList();
            var ready = rows.Except(rest).ToList();
            await change.ExecuteAsync("""
                update conversations c set assigned_user_id = ready.user_id, assigned_team_id = ready.team_id, is_routed = true
                from unnest(@ids::uuid[], @users::uuid[], @teams::uuid[]) as ready (id, user_id, team_id)
                where c.tenant_id = @tenant and c.id = ready.id
                """, new { ids = ready.Select(row => row.Id).ToArray(), users = ready.Select(row => row.UserId).ToArray(), teams = ready.Select(row => row.TeamId).ToArray() }, cancellationToken);
            foreach (var row in ready.Where(row => row.IsNew))
                change.Publish(new FeedEvent(tenant, "conversation.updated", row.Id, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
            return (ids.Count, [.. rest.DistinctBy(row => row.ContactId).Select(row => new ToAssign(row.ContactId, row.Wants!.Value, row.Version))]);
        }, cancellationToken);

    /// <summary>Marks some conversations that still show somebody who has gone, to be routed again. How many.</summary>
    public Task<int> ReleaseAsync(Guid tenant, Guid? user, Guid? team, CancellationToken cancellationToken) =>
        database.ExecuteAsync(tenant, $"""
            update conversations set is_routed = false
            where tenant_id = @tenant and id in (
                select c.id from conversations c
                where c.tenant_id = @tenant and c.is_routed and {(user is not null ? "c.assigned_user_id = @user" : "c.assigned_team_id = @team")}
                  and not exists (
                    select 1 from assignments a
                    where a.tenant_id = @tenant and a.contact_id = c.contact_id and {(user is not null ? "a.user_id = @user" : "a.team_id = @team")})
                limit @AtOnce)
            """, new { user, team, AtOnce }, cancellationToken);

    sealed class Row
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
        public Guid? UserId { get; init; }
        public Guid? TeamId { get; init; }
        public Guid? Version { get; init; }
        public string? Strategy { get; init; }
        public Guid? RuleTeamId { get; init; }
        public bool IsNew { get; init; }

        /// <summary>The team that has to find somebody: its own when that shares out, that of the account's rule when nobody has the contact.</summary>
        public Guid? Wants => Version is null ? RuleTeamId : UserId is null && Strategy is not (null or "none") ? TeamId : null;
    }
}
