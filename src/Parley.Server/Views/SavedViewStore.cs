using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Views;

/// <summary>A way to look at the inbox, under a name.</summary>
/// <param name="Filter">status, unread, snoozed, channel, integration_id, assigned (me: whoever looks), team_id and label_id, as in GET /api/conversations.</param>
/// <param name="IsMine">Made by the caller, who may change it.</param>
public sealed record SavedView(Guid Id, string Name, JsonNode Filter, bool IsShared, bool IsMine, DateTimeOffset CreatedAt);

/// <summary>All SQL of saved_views. One that is somebody else's own does not exist for others.</summary>
internal sealed class SavedViewStore(TenantDatabase database)
{
    public const int Most = 100;
    const string Columns = "id, name, filter::text as filter, is_shared, user_id, created_at";
    const string Seen = "(is_shared or user_id = @user)";

    public async Task<IReadOnlyList<SavedView>> ListAsync(Guid tenant, Guid? user, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"select {Columns} from saved_views where tenant_id = @tenant and {Seen} order by name, id limit {Most * 2}", new { user }, cancellationToken)).Select(row => From(row, user))];

    public async Task<SavedView?> FindAsync(Guid tenant, Guid? user, Guid id, CancellationToken cancellationToken) =>
        await database.FindAsync<Row>(tenant, $"select {Columns} from saved_views where tenant_id = @tenant and id = @id and {Seen}", new { user, id }, cancellationToken) is { } row ? From(row, user) : null;

    // Apart: what all share takes nobody's own away.
    static string Among(bool isShared) => $"v.tenant_id = @tenant and {(isShared ? "v.is_shared" : "not v.is_shared and v.user_id = @user")}";

    // One after the other, by the first of them: of two who add at once, the second counts what the first has added.
    static async Task<bool> HasRoomAsync(Change change, bool isShared, Guid? user, CancellationToken cancellationToken)
    {
        await change.FindAsync<Guid?>($"select v.id from saved_views v where {Among(isShared)} order by v.id limit 1 for no key update", new { user }, cancellationToken);
        return await change.FindAsync<bool>($"select (select count(*) from saved_views v where {Among(isShared)}) < {Most}", new { user }, cancellationToken);
    }

    /// <summary>Null when there are too many.</summary>
    public static async Task<SavedView?> AddAsync(Change change, Guid tenant, Guid? user, string name, JsonObject filter, bool isShared, CancellationToken cancellationToken)
    {
        if (!await HasRoomAsync(change, isShared, user, cancellationToken)) return null;
        var row = (await change.FindAsync<Row>($"""
            insert into saved_views (tenant_id, id, user_id, name, filter, is_shared, created_at, updated_at)
            values (@tenant, @id, @user, @name, @filter::jsonb, @isShared, @now, @now)
            returning {Columns}
            """, new { id = Ids.New(change.Now), user, name, filter = filter.ToJsonString(), isShared, now = change.Now }, cancellationToken))!;
        change.Publish(new FeedEvent(tenant, "view.updated"));
        change.Audit(AuditEntry.Of(tenant, "view.created", "view", row.Id, after: Audited(row)));
        return From(row, user);
    }

    /// <param name="isAdmin">An admin keeps everybody's views in order.</param>
    /// <returns>No view: there is none of theirs. Full: there are too many of those that all share, or of its owner's.</returns>
    public Task<(SavedView? View, bool IsFull)> UpdateAsync(Guid tenant, Guid? user, bool isAdmin, Guid id, string? name, JsonObject? filter, bool? isShared, CancellationToken cancellationToken) =>
        database.ChangeAsync<(SavedView?, bool)>(tenant, async change =>
        {
            const string mine = "tenant_id = @tenant and id = @id and (user_id = @user or is_shared and @isAdmin)";
            if (await change.FindAsync<Row>($"select {Columns} from saved_views where {mine} for no key update", new { id, user, isAdmin }, cancellationToken) is not { } before) return (null, false);
            if (isShared is { } shares && shares != before.IsShared && (shares || before.UserId is not null) && !await HasRoomAsync(change, shares, before.UserId, cancellationToken)) return (null, true);
            var row = (await change.FindAsync<Row>($"""
                update saved_views set name = coalesce(@name, name), filter = coalesce(@filter::jsonb, filter), is_shared = coalesce(@isShared, is_shared) or user_id is null, updated_at = @now
                where {mine}
                returning {Columns}
                """, new { id, user, isAdmin, name, filter = filter?.ToJsonString(), isShared, now = change.Now }, cancellationToken))!;
            change.Publish(new FeedEvent(tenant, "view.updated"));
            change.Audit(AuditEntry.Of(tenant, "view.updated", "view", id, Audited(before), Audited(row)));
            return (From(row, user), false);
        }, cancellationToken);

    public Task<bool> DeleteAsync(Guid tenant, Guid? user, bool isAdmin, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var gone = await change.FindAsync<Row>($"delete from saved_views where tenant_id = @tenant and id = @id and (user_id = @user or is_shared and @isAdmin) returning {Columns}", new { id, user, isAdmin }, cancellationToken);
            if (gone is null) return false;
            change.Publish(new FeedEvent(tenant, "view.updated"));
            change.Audit(AuditEntry.Of(tenant, "view.deleted", "view", id, before: Audited(gone)));
            return true;
        }, cancellationToken);

    static object Audited(Row row) => new { row.Name, filter = JsonNode.Parse(row.Filter), row.IsShared };

    static SavedView From(Row row, Guid? user) => new(row.Id, row.Name, JsonNode.Parse(row.Filter)!, row.IsShared, user is not null && row.UserId == user, row.CreatedAt);

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Filter { get; init; } = "{}";
        public bool IsShared { get; init; }
        public Guid? UserId { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
    }
}
