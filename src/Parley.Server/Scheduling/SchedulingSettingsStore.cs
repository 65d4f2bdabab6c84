using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Scheduling;

/// <summary>How an organisation schedules messages.</summary>
/// <param name="TimeZone">Where it is: an IANA name, such as America/Sao_Paulo.</param>
/// <param name="LateMessages">What becomes of a message whose time passed while Parley was not running, its account was paused or the provider was away: send it all the same, or ask a person.</param>
/// <param name="LateAfterMinutes">From when on it counts as late.</param>
public sealed record SchedulingSettings(string TimeZone, string LateMessages, int LateAfterMinutes)
{
    internal static SchedulingSettings Defaults { get; } = new("UTC", "ask", 15);
}

/// <summary>All SQL of scheduling_settings, and where a contact's clock hangs.</summary>
internal sealed class SchedulingSettingsStore(TenantDatabase database)
{
    const string Select = "select time_zone, late_messages, late_after_minutes from scheduling_settings where tenant_id = @tenant";

    public async Task<SchedulingSettings> ReadAsync(Guid tenant, CancellationToken cancellationToken) =>
        From(await database.FindAsync<Row>(tenant, Select, null, cancellationToken));

    public Task<SchedulingSettings> WriteAsync(Guid tenant, SchedulingSettings settings, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var before = From(await change.FindAsync<Row>(Select + " for no key update", null, cancellationToken));
            await change.ExecuteAsync("""
                insert into scheduling_settings (tenant_id, time_zone, late_messages, late_after_minutes, updated_at)
                values (@tenant, @TimeZone, @LateMessages, @LateAfterMinutes, @now)
                on conflict (tenant_id) do update set
                    time_zone = excluded.time_zone, late_messages = excluded.late_messages, late_after_minutes = excluded.late_after_minutes, updated_at = excluded.updated_at
                """, new { settings.TimeZone, settings.LateMessages, settings.LateAfterMinutes, now = change.Now }, cancellationToken);
            change.Publish(new FeedEvent(tenant, "settings.updated"));
            change.Audit(AuditEntry.Of(tenant, "scheduling_settings.updated", "tenant", tenant, before, settings));
            return settings;
        }, cancellationToken);

    /// <summary>What the metadata of a conversation's contact says under time_zone.</summary>
    public Task<string?> FindZoneOfConversationAsync(Guid tenant, Guid conversation, CancellationToken cancellationToken) =>
        database.FindAsync<string>(tenant, """
            select k.metadata ->> 'time_zone'
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = @conversation
            """, new { conversation }, cancellationToken);

    public Task<string?> FindZoneOfHandleAsync(Guid tenant, string channel, string handle, CancellationToken cancellationToken) =>
        database.FindAsync<string>(tenant, """
            select k.metadata ->> 'time_zone'
            from contact_identities i
            join contacts k on k.tenant_id = i.tenant_id and k.id = i.contact_id
            where i.tenant_id = @tenant and i.channel = @channel and i.handle = @handle
            """, new { channel, handle }, cancellationToken);

    static SchedulingSettings From(Row? row) => row is null ? SchedulingSettings.Defaults : new(row.TimeZone, row.LateMessages, row.LateAfterMinutes);

    sealed class Row
    {
        public string TimeZone { get; init; } = "";
        public string LateMessages { get; init; } = "";
        public int LateAfterMinutes { get; init; }
    }
}
