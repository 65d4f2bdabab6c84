using Parley.Server.Platform.Database;

namespace Parley.Server.Views;

/// <summary>What somebody wants to be told, and how.</summary>
/// <param name="NotifyAbout">own: what is assigned to me; assigned: that, and what is assigned to nobody; all.</param>
/// <param name="Desktop">A notification of the browser, where it allows them.</param>
public sealed record NotificationPreferences(string NotifyAbout, bool Sound, bool Desktop)
{
    internal static NotificationPreferences Defaults { get; } = new("all", Sound: false, Desktop: true);
}

/// <summary>All SQL of notification_preferences.</summary>
internal sealed class PreferenceStore(TenantDatabase database)
{
    public async Task<NotificationPreferences> ReadAsync(Guid tenant, Guid user, CancellationToken cancellationToken) =>
        await database.FindAsync<Row>(tenant, "select notify_about, sound, desktop from notification_preferences where tenant_id = @tenant and user_id = @user", new { user }, cancellationToken) is { } row
            ? new(row.NotifyAbout, row.Sound, row.Desktop)
            : NotificationPreferences.Defaults;

    public async Task<NotificationPreferences> WriteAsync(Guid tenant, Guid user, NotificationPreferences wanted, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await database.ExecuteAsync(tenant, """
            insert into notification_preferences (tenant_id, user_id, notify_about, sound, desktop, updated_at)
            values (@tenant, @user, @NotifyAbout, @Sound, @Desktop, @now)
            on conflict (tenant_id, user_id) do update set notify_about = excluded.notify_about, sound = excluded.sound, desktop = excluded.desktop, updated_at = excluded.updated_at
            """, new { user, wanted.NotifyAbout, wanted.Sound, wanted.Desktop, now }, cancellationToken);
        return wanted;
    }

    sealed class Row
    {
        public string NotifyAbout { get; init; } = "";
        public bool Sound { get; init; }
        public bool Desktop { get; init; }
    }
}
