using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Labels;

/// <summary>A word that a team puts on conversations and contacts.</summary>
/// <param name="Colour">gray red orange yellow green teal blue purple pink.</param>
public sealed record LabelView(Guid Id, string Name, string Colour, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>All SQL of labels and of what bears them.</summary>
internal sealed class LabelStore(TenantDatabase database)
{
    /// <summary>Enough to choose from; and bounded, since all of them are listed at once.</summary>
    public const int Most = 200;
    const string Columns = "id, name, colour, created_at, updated_at";

    public async Task<IReadOnlyList<LabelView>> ListAsync(Guid tenant, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"select {Columns} from labels where tenant_id = @tenant order by name, id limit {Most}", null, cancellationToken)).Select(From)];

    /// <summary>Null when there are too many. A name that is taken: SQLSTATE 23505.</summary>
    public static async Task<LabelView?> AddAsync(Change change, Guid tenant, string name, string colour, CancellationToken cancellationToken)
    {
        var row = await change.FindAsync<Row>($"""
            insert into labels (tenant_id, id, name, colour, created_at, updated_at)
            select @tenant, @id, @name, @colour, @now, @now
            where (select count(*) from labels where tenant_id = @tenant) < {Most}
            returning {Columns}
            """, new { id = Ids.New(change.Now), name, colour, now = change.Now }, cancellationToken);
        if (row is null) return null;
        change.Publish(new FeedEvent(tenant, "label.updated"));
        change.Audit(AuditEntry.Of(tenant, "label.created", "label", row.Id, after: Audited(row)));
        return From(row);
    }

    public Task<LabelView?> UpdateAsync(Guid tenant, Guid id, string? name, string? colour, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<Row>($"select {Columns} from labels where tenant_id = @tenant and id = @id for no key update", new { id }, cancellationToken) is not { } before) return null;
            var row = (await change.FindAsync<Row>($"""
                update labels set name = coalesce(@name, name), colour = coalesce(@colour, colour), updated_at = @now
                where tenant_id = @tenant and id = @id
                returning {Columns}
                """, new { id, name, colour, now = change.Now }, cancellationToken))!;
            change.Publish(new FeedEvent(tenant, "label.updated"));
            change.Audit(AuditEntry.Of(tenant, "label.updated", "label", id, Audited(before), Audited(row)));
            return From(row);
        }, cancellationToken);

    /// <summary>It comes off everything that bears it.</summary>
    public Task<bool> DeleteAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<Row>($"delete from labels where tenant_id = @tenant and id = @id returning {Columns}", new { id }, cancellationToken) is not { } gone) return false;
            change.Publish(new FeedEvent(tenant, "label.updated"));
            change.Audit(AuditEntry.Of(tenant, "label.deleted", "label", id, before: Audited(gone)));
            return true;
        }, cancellationToken);

    /// <summary>False when one of the two is not here. Done twice it is done once, and told once.</summary>
    public Task<bool> PutOnConversationAsync(Guid tenant, Guid conversation, Guid label, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => ChangeAsync(change, tenant, "conversation", true, conversation, label, cancellationToken), cancellationToken);

    /// <inheritdoc cref="PutOnConversationAsync"/>
    public Task<bool> TakeOffConversationAsync(Guid tenant, Guid conversation, Guid label, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => ChangeAsync(change, tenant, "conversation", false, conversation, label, cancellationToken), cancellationToken);

    /// <inheritdoc cref="PutOnConversationAsync"/>
    public Task<bool> PutOnContactAsync(Guid tenant, Guid contact, Guid label, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => ChangeAsync(change, tenant, "contact", true, contact, label, cancellationToken), cancellationToken);

    /// <inheritdoc cref="PutOnConversationAsync"/>
    public Task<bool> TakeOffContactAsync(Guid tenant, Guid contact, Guid label, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => ChangeAsync(change, tenant, "contact", false, contact, label, cancellationToken), cancellationToken);

    /// <summary>The labels of a contact; null when it is not here.</summary>
    public async Task<IReadOnlyList<LabelView>?> ListOfContactAsync(Guid tenant, Guid contact, CancellationToken cancellationToken)
    {
        if (!await database.FindAsync<bool>(tenant, "select exists (select 1 from contacts where tenant_id = @tenant and id = @contact)", new { contact }, cancellationToken)) return null;
        return [.. (await database.ListAsync<Row>(tenant, """
            select l.id, l.name, l.colour, l.created_at, l.updated_at
            from contact_labels x
            join labels l on l.tenant_id = x.tenant_id and l.id = x.label_id
            where x.tenant_id = @tenant and x.contact_id = @contact
            order by l.name, l.id
            """, new { contact }, cancellationToken)).Select(From)];
    }

    /// <summary>The same in the caller's transaction.</summary>
    /// <param name="kind">conversation or contact.</param>
    public static async Task<bool> ChangeAsync(Change change, Guid tenant, string kind, bool isPut, Guid bearer, Guid label, CancellationToken cancellationToken)
    {
        // Both rows are held, so that neither goes between the look and the change.
        var contact = await change.FindAsync<Guid?>($"select {(kind == "contact" ? "id" : "contact_id")} from {kind}s where tenant_id = @tenant and id = @bearer for key share", new { bearer }, cancellationToken);
        if (contact is null || await change.FindAsync<Guid?>("select id from labels where tenant_id = @tenant and id = @label for key share", new { label }, cancellationToken) is null) return false;
        var changed = await change.ExecuteAsync(isPut
            ? $"""
                insert into {kind}_labels (tenant_id, {kind}_id, label_id, created_at) values (@tenant, @bearer, @label, @now)
                on conflict (tenant_id, {kind}_id, label_id) do nothing
                """
            : $"delete from {kind}_labels where tenant_id = @tenant and {kind}_id = @bearer and label_id = @label", new { bearer, label, now = change.Now }, cancellationToken);
        if (changed == 0) return true;
        change.Publish(new FeedEvent(tenant, $"{kind}.updated", kind == "conversation" ? bearer : null, ContactId: contact));
        change.Audit(AuditEntry.Of(tenant, $"{kind}.{(isPut ? "labelled" : "unlabelled")}", kind, bearer, after: new { label }));
        return true;
    }

    static object Audited(Row row) => new { row.Name, row.Colour };

    static LabelView From(Row row) => new(row.Id, row.Name, row.Colour, row.CreatedAt, row.UpdatedAt);

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public string Colour { get; init; } = "";
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }
    }
}
