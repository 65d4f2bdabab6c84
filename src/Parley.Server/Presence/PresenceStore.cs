using System.Collections.Concurrent;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Presence;

/// <summary>An open page of somebody: where it looks, and whether they type.</summary>
/// <param name="Status">online, viewing or typing; gone in a change that tells of its end.</param>
public sealed record PresenceView(Guid UserId, Guid PageId, Guid? ContactId, string Status);

/// <summary>Who is where, as the pages said last. Pages repeat themselves every fifteen seconds; what they repeat is written no more
/// often than that, and told to nobody.</summary>
internal sealed class PresenceStore(TenantDatabase database, FeedNews news, TimeProvider time)
{
    /// <summary>A page that is silent for longer is gone.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(25);
    static readonly TimeSpan WriteAgain = TimeSpan.FromSeconds(14);
    readonly ConcurrentDictionary<(Guid Tenant, Guid Page), (PresenceView Said, DateTimeOffset At)> _written = new();

    /// <summary>False when there is no such contact.</summary>
    public async Task<bool> SayAsync(Guid tenant, PresenceView said, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var isNew = !_written.TryGetValue((tenant, said.PageId), out var before) || before.Said != said || now - before.At > Lasts;
        if (!isNew && now - before.At < WriteAgain) return true;
        var written = await database.ExecuteAsync(tenant, """
            insert into presence (tenant_id, user_id, page_id, contact_id, status, last_seen)
            select @tenant, @UserId, @PageId, @ContactId, @Status, @now
            where @ContactId is null or exists (select 1 from contacts where tenant_id = @tenant and id = @ContactId)
            on conflict (tenant_id, user_id, page_id) do update set contact_id = excluded.contact_id, status = excluded.status, last_seen = excluded.last_seen
            """, new { said.UserId, said.PageId, said.ContactId, said.Status, now }, cancellationToken);
        if (written == 0) return false;
        if (_written.Count > 20_000) _written.Clear();
        _written[(tenant, said.PageId)] = (said, now);
        if (isNew) news.PublishPresence(tenant);
        return true;
    }

    public async Task LeaveAsync(Guid tenant, Guid user, Guid page, CancellationToken cancellationToken)
    {
        _written.TryRemove((tenant, page), out _);
        if (await database.ExecuteAsync(tenant, "delete from presence where tenant_id = @tenant and user_id = @user and page_id = @page", new { user, page }, cancellationToken) > 0) news.PublishPresence(tenant);
    }

    public Task<IReadOnlyList<PresenceView>> ListAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.ListAsync<PresenceView>(tenant, """
            select p.user_id, p.page_id, p.contact_id, p.status
            from presence p
            where p.tenant_id = @tenant and p.last_seen > @since
            order by p.user_id, p.page_id
            limit 5000
            """, new { since = time.GetUtcNow() - Lasts }, cancellationToken);
}
