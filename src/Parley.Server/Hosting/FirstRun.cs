using Parley.Server.Platform.Auth;
using Parley.Server.Team;
using Parley.Server.Tenants;

namespace Parley.Server.Hosting;

/// <summary>The first start makes a tenant and its admin; two nodes that start at once make one.</summary>
internal static class FirstRun
{
    public const string Email = "admin@parley.local";

    /// <summary>The admin's password, to be shown once; null when there is a tenant already.</summary>
    public static async Task<string?> EnsureAsync(Running running, CancellationToken cancellationToken)
    {
        // The address is unique in the whole installation: who inserts it first is first.
        var tenants = new TenantStore(running.System);
        if ((await tenants.ListAsync(cancellationToken)).Count > 0) return null;
        var mine = await running.System.ChangeAsync(async change =>
        {
            await change.ExecuteAsync("lock table tenants in exclusive mode", null, cancellationToken);
            if (await change.FindAsync<bool>("select exists (select 1 from tenants)", null, cancellationToken)) return Guid.Empty;
            var id = Platform.Ids.New(change.Now);
            await change.ExecuteAsync("""
                insert into tenants (id, name, created_at) values (@id, 'My company', @now);
                insert into feed_heads (tenant_id) values (@id)
                """, new { id, now = change.Now }, cancellationToken);
            return id;
        }, cancellationToken);
        if (mine == Guid.Empty) return null;
        var password = BearerSecret.Password();
        var users = new UserStore(running.System, running.Tenants);
        return await users.CreateAsync(mine, Email, "Admin", "admin", password, cancellationToken) is null ? null : password;
    }
}
