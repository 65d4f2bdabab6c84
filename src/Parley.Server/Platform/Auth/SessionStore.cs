using Parley.Server.Audit;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Auth;

/// <summary>Sessions of people, on the server: the cookie holds a secret, the row decides.</summary>
internal sealed class SessionStore(TenantDatabase database, ParleySettings settings, TimeProvider time)
{
    public async Task<(string Token, DateTimeOffset ExpiresAt)> CreateAsync(Guid tenant, Guid user, string? address, string? userAgent, CancellationToken cancellationToken)
    {
        var secret = BearerSecret.New(tenant);
        var now = time.GetUtcNow();
        var expires = now + TimeSpan.FromDays(settings.SessionDays);
        Actor.Current = new($"user:{user}", user, address);   // who signs in is nobody yet when the request begins
        await database.ChangeAsync(tenant, async change =>
        {
            var id = Ids.New(now);
            await change.ExecuteAsync("""
                delete from sessions where tenant_id = @tenant and user_id = @user and expires_at < @now;
                insert into sessions (tenant_id, id, user_id, secret_hash, created_at, last_used_at, expires_at, address, user_agent)
                values (@tenant, @id, @user, @hash, @now, @now, @expires, @address, @userAgent)
                """, new { id, user, hash = secret.Hash, now, expires, address, userAgent }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "session.created", "session", id, after: new { userAgent }));
            return id;
        }, cancellationToken);
        return (secret.Text, expires);
    }

    /// <summary>Who is signed in with this token, and the session's id.</summary>
    public async Task<(Caller Caller, Guid Session)?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        if (BearerSecret.Parse(token) is not { } secret) return null;
        var row = await database.FindAsync<Holder>(secret.TenantId, """
            select s.id, s.user_id, u.role,
                case when u.sees = 'team' and u.role <> 'admin' then
                    array(select m.team_id from team_members m where m.tenant_id = u.tenant_id and m.user_id = u.id order by m.team_id) end as teams
            from sessions s
            join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
            join tenants t on t.id = s.tenant_id
            where s.tenant_id = @tenant and s.secret_hash = @hash and s.expires_at > @now and u.is_active and t.status = 'active'
            """, new { hash = secret.Hash, now = time.GetUtcNow() }, cancellationToken);
        return row is null ? null : (new Caller(secret.TenantId, row.UserId, null, row.Role, row.Teams is { } teams ? new Sight(row.UserId, teams) : null), row.Id);
    }

    /// <param name="current">The session that asks; empty when none does.</param>
    public Task<IReadOnlyList<SessionView>> ListAsync(Guid tenant, Guid user, Guid current, CancellationToken cancellationToken) =>
        database.ListAsync<SessionView>(tenant, """
            select id, created_at, expires_at, address, user_agent, id = @current as is_current
            from sessions
            where tenant_id = @tenant and user_id = @user and expires_at > @now
            order by id desc
            limit 100
            """, new { user, current, now = time.GetUtcNow() }, cancellationToken);

    public Task<bool> RevokeAsync(Guid tenant, Guid user, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var ended = await change.ExecuteAsync("delete from sessions where tenant_id = @tenant and user_id = @user and id = @id", new { user, id }, cancellationToken) > 0;
            if (ended) change.Audit(AuditEntry.Of(tenant, "session.ended", "session", id));
            return ended;
        }, cancellationToken);

    sealed class Holder
    {
        public Guid Id { get; init; }
        public Guid UserId { get; init; }
        public string Role { get; init; } = "";

        /// <summary>Null when they see everything.</summary>
        public Guid[]? Teams { get; init; }
    }
}

public sealed class SessionView
{
    public Guid Id { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public string? Address { get; init; }
    public string? UserAgent { get; init; }
    public bool IsCurrent { get; init; }
}
