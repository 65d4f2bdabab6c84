using System.Collections.Concurrent;
using Parley.Server.Audit;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Auth;

/// <summary>Keys for programs: shown once, stored hashed, revocable at once.</summary>
internal sealed class ApiKeyStore(TenantDatabase database, TimeProvider time)
{
    const string Prefix = "pk_";
    static readonly TimeSpan UseIsNoted = TimeSpan.FromMinutes(1);
    readonly ConcurrentDictionary<Guid, DateTimeOffset> _noted = new();

    public async Task<(ApiKeyRow Row, string Key)> CreateAsync(Guid tenant, string name, string role, Guid? createdBy, CancellationToken cancellationToken,
        Func<Change, ApiKeyRow, Task>? alongside = null)
    {
        var secret = BearerSecret.New(tenant);
        var row = await database.ChangeAsync(tenant, async change =>
        {
            var made = await change.FindAsync<ApiKeyRow>("""
            insert into api_keys (tenant_id, id, name, role, secret_hash, hint, created_by, created_at)
            values (@tenant, @id, @name, @role, @hash, @hint, @createdBy, @now)
            returning id, name, role, hint, created_at, last_used_at, revoked_at
            """, new { id = Ids.New(change.Now), name, role, hash = secret.Hash, hint = secret.Text[^4..], createdBy, now = change.Now }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "api_key.created", "api_key", made!.Id, after: new { made.Name, made.Role, made.Hint }));
            if (alongside is not null) await alongside(change, made);
            return made;
        }, cancellationToken);
        return (row!, Prefix + secret.Text);
    }

    public Task<IReadOnlyList<ApiKeyRow>> ListAsync(Guid tenant, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<ApiKeyRow>(tenant, $"""
            select id, name, role, hint, created_at, last_used_at, revoked_at
            from api_keys
            where tenant_id = @tenant {(after is null ? "" : "and id > @after")}
            order by id
            limit @limit
            """, new { after, limit = limit + 1 }, cancellationToken);

    public Task<bool> RevokeAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var revoked = await change.FindAsync<ApiKeyRow>("""
                update api_keys set revoked_at = @now where tenant_id = @tenant and id = @id and revoked_at is null
                returning id, name, role, hint, created_at, last_used_at, revoked_at
                """, new { id, now = change.Now }, cancellationToken);
            if (revoked is not null) change.Audit(AuditEntry.Of(tenant, "api_key.revoked", "api_key", id, before: new { revoked.Name, revoked.Role, revoked.Hint }));
            return revoked is not null || await change.FindAsync<bool>("select exists (select 1 from api_keys where tenant_id = @tenant and id = @id)", new { id }, cancellationToken);
        }, cancellationToken);

    /// <summary>Who holds this key; null when nobody does any more.</summary>
    public async Task<Caller?> AuthenticateAsync(string key, CancellationToken cancellationToken)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || BearerSecret.Parse(key[Prefix.Length..]) is not { } secret) return null;
        var row = await database.FindAsync<Holder>(secret.TenantId, """
            select k.id, k.role
            from api_keys k
            join tenants t on t.id = k.tenant_id
            where k.tenant_id = @tenant and k.secret_hash = @hash and k.revoked_at is null and t.status = 'active'
            """, new { hash = secret.Hash }, cancellationToken);
        if (row is null) return null;
        await NoteUseAsync(secret.TenantId, row.Id, cancellationToken);
        return new Caller(secret.TenantId, null, row.Id, row.Role);
    }

    // Once a minute and node is exact enough for "last used", and spares the row a write per request.
    async Task NoteUseAsync(Guid tenant, Guid id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_noted.TryGetValue(id, out var at) && now - at < UseIsNoted) return;
        if (_noted.Count > 10_000) _noted.Clear();
        _noted[id] = now;
        await database.ExecuteAsync(tenant, "update api_keys set last_used_at = @now where tenant_id = @tenant and id = @id", new { id, now }, cancellationToken);
    }

    sealed class Holder
    {
        public Guid Id { get; init; }
        public string Role { get; init; } = "";
    }
}

internal sealed class ApiKeyRow
{
    public Guid Id { get; init; }
    public string Name { get; init; } = "";
    public string Role { get; init; } = "";
    public string Hint { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}
