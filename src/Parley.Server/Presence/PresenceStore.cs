using System.Collections.Concurrent;
using Parley.Server.Feed;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Presence;

/// <summary>An open page of somebody: where it looks, and whether they type.</summary>
/// <param name="Status">online, viewing or typing; gone in a change that tells of its end.</param>
public sealed record PresenceView(Guid UserId, Guid PageId, Guid? ContactId, string Status);

/// <summary>An open page, and whose the contact is at whom it looks.</summary>
internal sealed record Present(PresenceView Page, Guid? AssignedUserId, Guid? AssignedTeamId)
{
    /// <summary>For somebody who does not see everything: a colleague is online, but at whom they look is not told.</summary>
    public PresenceView For(Sight? sight) =>
        sight is null || Page.ContactId is null || Page.UserId == sight.UserId || sight.Covers(AssignedUserId, AssignedTeamId) ? Page : Page with { ContactId = null, Status = "online" };
}

/// <summary>Who is where, as the pages said last. Pages repeat themselves every fifteen seconds; what they repeat is written no more
/// often than that, and told to nobody.</summary>
internal sealed class PresenceStore(TenantDatabase database, FeedNews news, TimeProvider time)
{
    /// <summary>A page that is silent for longer is gone.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(25);
    static readonly TimeSpan WriteAgain = TimeSpan.FromSeconds(14);
    readonly ConcurrentDictionary<(Guid Tenant, Guid Page), (PresenceView Said, DateTimeOffset At)> _written = new();

    /// <summary>False when there is no such contact.</summary>
    public async Task<bool> SayAsync(Guid tenant, Sight? sight, PresenceView said, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var isNew = !_written.TryGetValue((tenant, said.PageId), out var before) || before.Said != said || now - before.At > Lasts;
        if (!isNew && now - before.At < WriteAgain) return true;
        var written = await database.ExecuteAsync(tenant, $"""
            insert into presence (tenant_id, user_id, page_id, contact_id, status, last_seen)
            select @tenant, @UserId, @PageId, @ContactId, @Status, @now
            where @ContactId is null or exists (select 1 from contacts k where k.tenant_id = @tenant and k.id = @ContactId {Sight.OfContact(sight, "k.id")})
            on conflict (tenant_id, user_id, page_id) do update set contact_id = excluded.contact_id, status = excluded.status, last_seen = excluded.last_seen
            """, Sight.With(sight, new { said.UserId, said.PageId, said.ContactId, said.Status, now }), cancellationToken);
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

    public async Task<IReadOnlyList<Present>> ListAsync(Guid tenant, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, """
            select p.user_id, p.page_id, p.contact_id, p.status, a.user_id as assigned_user_id, a.team_id as assigned_team_id
            from presence p
            left join assignments a on a.tenant_id = p.tenant_id and a.contact_id = p.contact_id
            where p.tenant_id = @tenant and p.last_seen > @since
            order by p.user_id, p.page_id
            limit 5000
            """, new { since = time.GetUtcNow() - Lasts }, cancellationToken)).Select(row => new Present(new(row.UserId, row.PageId, row.ContactId, row.Status), row.AssignedUserId, row.AssignedTeamId))];

    sealed class Row
    {
        public Guid UserId { get; init; }
        public Guid PageId { get; init; }
        public Guid? ContactId { get; init; }
        public string Status { get; init; } = "";
        public Guid? AssignedUserId { get; init; }
        public Guid? AssignedTeamId { get; init; }
    }
}
