using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Merging;

/// <summary>A merge, as people see it.</summary>
/// <param name="ContactId">Who stayed.</param>
/// <param name="GoneId">Whose id leads to them now.</param>
/// <param name="Origin">user; rule: an exact duplicate, where the settings allow it; provider: it says that two addresses are one person.</param>
/// <param name="Reasons">Why, in words.</param>
public sealed record MergeView(
    Guid Id, Guid ContactId, Guid GoneId, string? GoneName, string Origin, string Author, JsonNode? Reasons, DateTimeOffset CreatedAt, DateTimeOffset? UndoneAt, string? UndoneBy)
{
    internal static MergeView From(MergeStore.Row row) =>
        new(row.Id, row.ContactId, row.GoneId, row.GoneName, row.Origin, row.Author, JsonNode.Parse(row.Reasons), row.CreatedAt, row.UndoneAt, row.UndoneBy);
}

/// <summary>Reads the record of merges.</summary>
internal sealed class MergeStore(TenantDatabase database)
{
    const string Columns = """
        m.id, m.contact_id, m.gone_id, coalesce(m.gone->>'name', m.gone->>'phone', m.gone->>'email') as gone_name, m.origin, m.author, m.reasons::text as reasons,
        m.created_at, m.undone_at, m.undone_by
        """;

    public async Task<MergeView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        await database.FindAsync<Row>(tenant, $"select {Columns} from contact_merges m where m.tenant_id = @tenant and m.id = @id", new { id }, cancellationToken) is { } row ? MergeView.From(row) : null;

    public static async Task<MergeView> GetAsync(Change change, Guid id, CancellationToken cancellationToken) =>
        MergeView.From((await change.FindAsync<Row>($"select {Columns} from contact_merges m where m.tenant_id = @tenant and m.id = @id", new { id }, cancellationToken))!);

    /// <summary>The newest first; of one contact, or of all.</summary>
    public async Task<IReadOnlyList<MergeView>> ListAsync(Guid tenant, Guid? contact, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Row>(tenant, $"""
            select {Columns}
            from contact_merges m
            where m.tenant_id = @tenant {(contact is null ? "" : "and m.contact_id = @contact")} {(cursor is null ? "" : "and m.id < @before")}
            order by m.id desc
            limit @limit
            """, new { contact, before = cursor?.Id, limit = limit + 1 }, cancellationToken)).Select(MergeView.From)];

    internal sealed class Row
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid GoneId { get; init; }
        public string? GoneName { get; init; }
        public string Origin { get; init; } = "";
        public string Author { get; init; } = "";
        public string Reasons { get; init; } = "[]";
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? UndoneAt { get; init; }
        public string? UndoneBy { get; init; }
    }
}
