using System.Collections.Concurrent;
using System.Security.Cryptography;
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

/// <summary>Who is where, as the pages said last. What a page says anew is written at once. What it repeats, every fifteen seconds, is
/// kept in memory, and every five seconds one statement for each tenant writes when its pages were last heard: no heartbeat is a write.</summary>
internal sealed class PresenceStore(TenantDatabase database, FeedNews news, TimeProvider time)
{
    /// <summary>A page that is silent for longer is gone.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(25);

    /// <summary>For so long a session that was looked up may repeat itself without being looked up again.</summary>
    static readonly TimeSpan IsProved = TimeSpan.FromMinutes(5);
    readonly ConcurrentDictionary<(Guid Tenant, Guid Page), Heard> _heard = new();

    /// <summary>False when there is no such contact.</summary>
    /// <param name="session">What the page shows to be let in, hashed.</param>
    public async Task<bool> SayAsync(Guid tenant, Sight? sight, PresenceView said, byte[] session, CancellationToken cancellationToken)
    {
        if (_heard.TryGetValue((tenant, said.PageId), out var before) && before.Said == said && Repeat(tenant, said.UserId, said.PageId, session)) return true;
        var now = time.GetUtcNow();
        if (before is not null && before.Said.UserId != said.UserId && now - before.At <= Lasts) return false;   // a page of somebody else has this id
        var written = await database.ExecuteAsync(tenant, $"""
            insert into presence (tenant_id, user_id, page_id, contact_id, status, last_seen)
            select @tenant, @UserId, @PageId, @ContactId, @Status, @now
            where @ContactId is null or exists (select 1 from contacts k where k.tenant_id = @tenant and k.id = @ContactId {Sight.OfContact(sight, "k.id")})
            on conflict (tenant_id, user_id, page_id) do update set contact_id = excluded.contact_id, status = excluded.status, last_seen = excluded.last_seen
            """, Sight.With(sight, new { said.UserId, said.PageId, said.ContactId, said.Status, now }), cancellationToken);
        if (written == 0) return false;
        _heard[(tenant, said.PageId)] = new(said, session, now, now, now);
        news.PublishPresence(tenant);
        return true;
    }

    /// <summary>The page is still where it was. False when this node does not know where.</summary>
    public bool Repeat(Guid tenant, Guid user, Guid page, byte[] session)
    {
        var now = time.GetUtcNow();
        if (!_heard.TryGetValue((tenant, page), out var before) || before.Said.UserId != user || now - before.At > Lasts) return false;
        _heard.TryUpdate((tenant, page), before with { Session = session, ProvedAt = now, At = now }, before);   // when it fails, something newer was said
        return true;
    }

    /// <summary>The same for a request that nobody has looked up, if the page said where it is in the same session not long ago.</summary>
    public bool Repeat(BearerSecret secret, Guid page)
    {
        var now = time.GetUtcNow();
        if (!_heard.TryGetValue((secret.TenantId, page), out var before) || now - before.At > Lasts || now - before.ProvedAt > IsProved) return false;
        if (!CryptographicOperations.FixedTimeEquals(before.Session, secret.Hash)) return false;
        _heard.TryUpdate((secret.TenantId, page), before with { At = now }, before);
        return true;
    }

    public async Task LeaveAsync(Guid tenant, Guid user, Guid page, CancellationToken cancellationToken)
    {
        _heard.TryRemove((tenant, page), out _);
        if (await database.ExecuteAsync(tenant, "delete from presence where tenant_id = @tenant and user_id = @user and page_id = @page", new { user, page }, cancellationToken) > 0) news.PublishPresence(tenant);
    }

    /// <summary>Writes when the pages of this node were last heard, where they have repeated themselves since; forgets those that are gone.</summary>
    public async Task KeepOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var (key, heard) in _heard.Where(one => now - one.Value.At > Lasts).ToList()) _heard.TryRemove(new(key, heard));
        foreach (var tenant in _heard.Where(one => one.Value.At > one.Value.Written).GroupBy(one => one.Key.Tenant))
        {
            var pages = tenant.ToList();
            // A page may speak through another node by now: what it said there last counts.
            var kept = await database.ListAsync<Guid>(tenant.Key, """
                with heard as materialized (
                    select p.user_id, p.page_id, x.contact_id, x.status, x.at
                    from unnest(@users::uuid[], @pages::uuid[], @contacts::uuid[], @statuses::text[], @times::timestamptz[]) as x (user_id, page_id, contact_id, status, at)
                    join presence p on p.tenant_id = @tenant and p.user_id = x.user_id and p.page_id = x.page_id
                    order by p.user_id, p.page_id
                    for no key update of p
                )
                update presence p set last_seen = h.at, contact_id = h.contact_id, status = h.status
                from heard h
                where p.tenant_id = @tenant and p.user_id = h.user_id and p.page_id = h.page_id and p.last_seen < h.at
                returning p.page_id
                """, new
            {
                users = pages.Select(one => one.Value.Said.UserId).ToArray(), pages = pages.Select(one => one.Value.Said.PageId).ToArray(),
                contacts = pages.Select(one => one.Value.Said.ContactId).ToArray(), statuses = pages.Select(one => one.Value.Said.Status).ToArray(),
                times = pages.Select(one => one.Value.At.UtcDateTime).ToArray(),
            }, cancellationToken);
            var found = kept.ToHashSet();
            foreach (var (key, heard) in pages)
            {
                // What is not there any more (an unlogged table is empty after a crash) is written whole when the page repeats itself.
                if (found.Contains(key.Page)) _heard.TryUpdate(key, heard with { Written = heard.At }, heard);
                else _heard.TryRemove(new(key, heard));
            }
        }
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

    sealed record Heard(PresenceView Said, byte[] Session, DateTimeOffset ProvedAt, DateTimeOffset At, DateTimeOffset Written);

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
