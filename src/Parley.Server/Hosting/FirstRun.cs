using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Team;
using Parley.Server.Tenants;

namespace Parley.Server.Hosting;

/// <summary>The first start makes a tenant and its admin; two nodes that start at once make one.</summary>
internal static class FirstRun
{
    public const string Email = "admin@parley.local";

    /// <summary>The admin's password, to be shown once; null when there is a tenant already.</summary>
    public static async Task<string?> EnsureAsync(SystemDatabase system, CancellationToken cancellationToken)
    {
        var password = BearerSecret.Password();
        // Both or neither: a tenant without anybody who may sign in would be a locked house.
        return await system.ChangeAsync(async change =>
        {
            if (await change.FindAsync<bool>("select exists (select 1 from tenants)", null, cancellationToken)) return null;
            await change.ExecuteAsync("lock table tenants in exclusive mode", null, cancellationToken);
            if (await change.FindAsync<bool>("select exists (select 1 from tenants)", null, cancellationToken)) return null;
            var tenant = await TenantStore.AddAsync(change, "My company", cancellationToken);
            await UserStore.AddAsync(change, tenant, Email, "Admin", "admin", password, cancellationToken);
            return password;
        }, cancellationToken);
    }
}
