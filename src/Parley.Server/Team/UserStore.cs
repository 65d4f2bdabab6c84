using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Npgsql;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Team;

/// <summary>What came of a change of password.</summary>
internal enum PasswordChange { Done, WrongPresent, UsedBefore }

/// <summary>The people of a tenant's team. An e-mail address signs in once per installation.</summary>
internal sealed class UserStore(SystemDatabase system, TenantDatabase database)
{
    const int ShortestPassword = 10, LongestPassword = 1000;
    const int Remembered = 5;
    const string Columns = "id, email, name, role, sees, is_active, created_at, updated_at";

    static readonly PasswordHasher<object> Hasher = new();
    static readonly string Decoy = Hasher.HashPassword(Hasher, "decoy");

    /// <summary>Null when the address is taken, in whatever tenant.</summary>
    /// <param name="alongside">More of the same transaction.</param>
    public async Task<UserRow?> CreateAsync(Guid tenant, string email, string name, string role, string password, CancellationToken cancellationToken,
        Func<Change, UserRow, Task>? alongside = null)
    {
        try
        {
            return await system.ChangeAsync(async change =>
            {
                var user = await AddAsync(change, tenant, email, name, role, password, cancellationToken);
                if (alongside is not null) await alongside(change, user);
                return user;
            }, cancellationToken);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return null;
        }
    }

    /// <summary>As a part of the caller's transaction, in the system role. An address that is taken: SQLSTATE 23505.</summary>
    public static async Task<UserRow> AddAsync(Change change, Guid tenant, string email, string name, string role, string password, CancellationToken cancellationToken)
    {
        var user = (await change.FindAsync<UserRow>($"""
            with u as (
                insert into users (tenant_id, id, email, name, role, password_hash, created_at, updated_at)
                values (@tenant, @id, @email, @name, @role, @hash, @now, @now)
                returning tenant_id, {Columns}
            ),
            l as (insert into logins (email, tenant_id, user_id) select email, tenant_id, id from u)
            select {Columns} from u
            """, new { tenant, id = Ids.New(change.Now), email = Normalise(email), name, role, hash = Hasher.HashPassword(Hasher, password), now = change.Now }, cancellationToken))!;
        change.Publish(new FeedEvent(tenant, "user.updated"));
        change.Audit(AuditEntry.Of(tenant, "user.created", "user", user.Id, after: new { user.Email, user.Name, user.Role }));
        return user;
    }

    public Task<IReadOnlyList<UserRow>> ListAsync(Guid tenant, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<UserRow>(tenant, $"""
            select {Columns}
            from users
            where tenant_id = @tenant {(after is null ? "" : "and id > @after")}
            order by id
            limit @limit
            """, new { after, limit = limit + 1 }, cancellationToken);

    public Task<UserRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<UserRow>(tenant, $"select {Columns} from users where tenant_id = @tenant and id = @id", new { id }, cancellationToken);

    /// <summary>Changes what is given. Not done (false) when it would leave the tenant without an active admin.</summary>
    public Task<(UserRow? User, bool Done)> UpdateAsync(Guid tenant, Guid id, string? name, string? role, bool? isActive, string? sees, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            // All admins are locked, in order: two that demote each other at once cannot both succeed.
            var admins = await change.ListAsync<Guid>("select id from users where tenant_id = @tenant and role = 'admin' and is_active order by id for update", null, cancellationToken);
            var losesAdmin = role is not (null or "admin") || isActive == false;
            if (await change.FindAsync<UserRow>($"select {Columns} from users where tenant_id = @tenant and id = @id for update", new { id }, cancellationToken) is not { } before) return (null, false);
            if (losesAdmin && admins.Count == 1 && admins[0] == id) return (before, false);
            var user = await change.FindAsync<UserRow>($"""
                update users set name = coalesce(@name, name), role = coalesce(@role, role), sees = coalesce(@sees, sees), is_active = coalesce(@isActive, is_active), updated_at = @now
                where tenant_id = @tenant and id = @id
                returning {Columns}
                """, new { id, name, role, isActive, sees, now = change.Now }, cancellationToken);
            // Whoever cannot work any more takes care of nobody.
            if (user is { IsActive: false } or { Role: "viewer" } && before is { IsActive: true } and not { Role: "viewer" }) await Assignments.AssignmentStore.LeaveUserAsync(change, tenant, id, cancellationToken);
            if (user is { IsActive: false }) await change.ExecuteAsync("delete from sessions where tenant_id = @tenant and user_id = @id", new { id }, cancellationToken);
            var (was, becomes) = (Audited(before), Audited(user!));
            if (was == becomes) return (user, true);
            change.Audit(AuditEntry.Of(tenant, "user.updated", "user", id, was, becomes));
            change.Publish(new FeedEvent(tenant, "user.updated"));
            return (user, true);
        }, cancellationToken);

    /// <summary>The user whose address and password these are; null otherwise. Takes as long for an unknown address.</summary>
    public async Task<(Guid TenantId, UserRow User)?> SignInAsync(string email, string password, CancellationToken cancellationToken)
    {
        var found = await FindLoginAsync(email, cancellationToken);
        var verdict = Hasher.VerifyHashedPassword(Hasher, found?.PasswordHash ?? Decoy, password);
        if (found is null || verdict == PasswordVerificationResult.Failed || !found.MaySignIn)
        {
            // An address that nobody has is no organisation's business.
            if (found is not null)
                await database.ChangeAsync(found.TenantId, change =>
                {
                    change.Audit(AuditEntry.Of(found.TenantId, "session.refused", "user", found.Id, after: new { reason = verdict == PasswordVerificationResult.Failed ? "wrong password" : "inactive" }));
                    return Task.FromResult(true);
                }, cancellationToken);
            return null;
        }
        return (found.TenantId, (await FindAsync(found.TenantId, found.Id, cancellationToken))!);
    }

    /// <summary>Changes the password and ends all other sessions.</summary>
    public Task<PasswordChange> ChangePasswordAsync(Guid tenant, Guid id, string present, string next, Guid? keepSession, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var row = await change.FindAsync<PasswordRow>("select password_hash, password_history::text as password_history from users where tenant_id = @tenant and id = @id for update", new { id }, cancellationToken);
            if (row is null || Hasher.VerifyHashedPassword(Hasher, row.PasswordHash, present) == PasswordVerificationResult.Failed) return PasswordChange.WrongPresent;
            var used = (JsonSerializer.Deserialize<List<string>>(row.PasswordHistory) ?? []).Prepend(row.PasswordHash).Take(Remembered).ToList();
            if (used.Any(hash => Hasher.VerifyHashedPassword(Hasher, hash, next) != PasswordVerificationResult.Failed)) return PasswordChange.UsedBefore;
            await change.ExecuteAsync("""
                update users set password_hash = @hash, password_history = @history::jsonb, updated_at = @now where tenant_id = @tenant and id = @id;
                delete from sessions where tenant_id = @tenant and user_id = @id and id is distinct from @keepSession
                """, new { id, hash = Hasher.HashPassword(Hasher, next), history = JsonSerializer.Serialize(used), now = change.Now, keepSession }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "user.password_changed", "user", id));
            return PasswordChange.Done;
        }, cancellationToken);

    /// <summary>For an operator at the machine: a new password, and no session left. False when nobody signs in with that address.</summary>
    public Task<bool> ResetPasswordAsync(string email, string password, CancellationToken cancellationToken) =>
        system.ChangeAsync(async change =>
        {
            var arguments = new { email = Normalise(email), hash = Hasher.HashPassword(Hasher, password), now = change.Now };
            var user = await change.FindAsync<Login>("""
                update users u set password_hash = @hash, updated_at = @now
                from logins l
                where l.email = @email and u.tenant_id = l.tenant_id and u.id = l.user_id
                returning u.tenant_id, u.id
                """, arguments, cancellationToken);
            await change.ExecuteAsync("delete from sessions s using logins l where l.email = @email and s.tenant_id = l.tenant_id and s.user_id = l.user_id", arguments, cancellationToken);
            if (user is not null) change.Audit(AuditEntry.Of(user.TenantId, "user.password_reset", "user", user.Id));
            return user is not null;
        }, cancellationToken);

    /// <summary>Null when it can be an e-mail address; otherwise a sentence.</summary>
    public static string? WrongEmail(string? email)
    {
        if (string.IsNullOrWhiteSpace(email)) return "It is missing.";
        var trimmed = email.Trim();
        if (trimmed.Length > 320) return "At most 320 characters are possible.";
        return trimmed.Count(character => character == '@') == 1 && !trimmed.StartsWith('@') && !trimmed.EndsWith('@') && !trimmed.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)) && Texts.Wrong(trimmed, 320) is null
            ? null
            : "It must be an e-mail address, such as ana@example.com.";
    }

    /// <summary>Null when it can be a password; otherwise a sentence.</summary>
    public static string? WrongPassword(string? password) =>
        password is null or { Length: < ShortestPassword } ? $"It must have at least {ShortestPassword} characters." : TooLong(password);

    public static string? TooLong(string password) => password.Length > LongestPassword ? $"It can have at most {LongestPassword:N0} characters." : null;

    public static string Normalise(string email) => email.Trim().ToLowerInvariant();

    static AuditedUser Audited(UserRow user) => new(user.Name, user.Role, user.Sees, user.IsActive);

    Task<Login?> FindLoginAsync(string email, CancellationToken cancellationToken) =>
        system.FindAsync<Login>("""
            select l.tenant_id, u.id, u.password_hash, (u.is_active and t.status = 'active') as may_sign_in
            from logins l
            join users u on u.tenant_id = l.tenant_id and u.id = l.user_id
            join tenants t on t.id = l.tenant_id
            where l.email = @email
            """, new { email = Normalise(email) }, cancellationToken);

    sealed class Login
    {
        public Guid TenantId { get; init; }
        public Guid Id { get; init; }
        public string PasswordHash { get; init; } = "";
        public bool MaySignIn { get; init; }
    }

    sealed record AuditedUser(string Name, string Role, string Sees, bool IsActive);

    sealed class PasswordRow
    {
        public string PasswordHash { get; init; } = "";
        public string PasswordHistory { get; init; } = "[]";
    }
}

/// <summary>A member of the team.</summary>
public sealed class UserRow
{
    public Guid Id { get; init; }
    public string Email { get; init; } = "";
    public string Name { get; init; } = "";
    public string Role { get; init; } = "";
    public bool IsActive { get; init; }

    /// <summary>all, or team: only what is assigned to them or to one of their teams. Admins see everything all the same.</summary>
    public string Sees { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}
