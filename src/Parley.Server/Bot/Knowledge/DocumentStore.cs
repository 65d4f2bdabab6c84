using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Bot.Knowledge;

/// <summary>What the bots of a tenant may answer from.</summary>
internal sealed class DocumentStore(TenantDatabase database)
{
    public const int LongestTitle = 200;
    public const int LongestContent = 200_000;
    public const int MostDocuments = 200;
    public const int MostCharacters = 2_000_000;   // of all together: a search looks through all of it

    const string Columns = "id, title, length(content) as characters, created_at, updated_at";

    public Task<IReadOnlyList<DocumentRow>> ListAsync(Guid tenant, Guid? after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<DocumentRow>(tenant, $"""
            select {Columns}
            from bot_documents
            where tenant_id = @tenant {(after is null ? "" : "and id > @after")}
            order by id
            limit @limit
            """, new { after, limit }, cancellationToken);

    public Task<DocumentRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<DocumentRow>(tenant, $"select {Columns}, content from bot_documents where tenant_id = @tenant and id = @id", new { id }, cancellationToken);

    /// <summary>Null when there is no room for it.</summary>
    public static async Task<DocumentRow?> CreateAsync(Change change, Guid tenant, string title, string content, CancellationToken cancellationToken)
    {
        if (!await HasRoomAsync(change, content.Length, null, cancellationToken)) return null;
        var row = await change.FindAsync<DocumentRow>($"""
            insert into bot_documents (tenant_id, id, title, content, created_at, updated_at)
            values (@tenant, @id, @title, @content, @now, @now)
            returning {Columns}, content
            """, new { id = Ids.New(change.Now), title, content, now = change.Now }, cancellationToken);
        await CutAsync(change, tenant, row!, cancellationToken);
        change.Audit(AuditEntry.Of(tenant, "bot_document.created", "bot_document", row!.Id, after: new { row.Title, row.Characters }));
        return row;
    }

    /// <summary>The document as it is now; HasRoom is false when the change was too much, and nothing was changed.</summary>
    public Task<(DocumentRow? Row, bool HasRoom)> ReplaceAsync(Guid tenant, Guid id, string title, string content, CancellationToken cancellationToken) =>
        database.ChangeAsync<(DocumentRow?, bool)>(tenant, async change =>
        {
            if (!await HasRoomAsync(change, content.Length, id, cancellationToken)) return (null, false);
            var before = await change.FindAsync<DocumentRow>($"select {Columns} from bot_documents where tenant_id = @tenant and id = @id for update", new { id }, cancellationToken);
            var row = await change.FindAsync<DocumentRow>($"""
                update bot_documents set title = @title, content = @content, updated_at = @now
                where tenant_id = @tenant and id = @id
                returning {Columns}, content
                """, new { id, title, content, now = change.Now }, cancellationToken);
            if (row is null) return (null, true);
            await CutAsync(change, tenant, row, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "bot_document.updated", "bot_document", id, new { before!.Title, before.Characters }, new { row.Title, row.Characters }));
            return (row, true);
        }, cancellationToken);

    public Task<bool> DeleteAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<string>("delete from bot_documents where tenant_id = @tenant and id = @id returning title", new { id }, cancellationToken) is not { } title) return false;
            change.Audit(AuditEntry.Of(tenant, "bot_document.deleted", "bot_document", id, before: new { title }));
            change.Publish(new FeedEvent(tenant, "bot_documents.updated"));
            return true;
        }, cancellationToken);

    static Task<bool> HasRoomAsync(Change change, int characters, Guid? replaced, CancellationToken cancellationToken) =>
        // Two at once may both find the last room: the bound is there to keep searching quick, not to the letter.
        change.FindAsync<bool>("""
            select count(*) < @most and coalesce(sum(length(content)), 0) + @characters <= @mostCharacters
            from bot_documents
            where tenant_id = @tenant and id is distinct from @replaced::uuid
            """, new { most = MostDocuments, characters, mostCharacters = MostCharacters, replaced }, cancellationToken);

    static async Task CutAsync(Change change, Guid tenant, DocumentRow row, CancellationToken cancellationToken)
    {
        var chunks = Chunking.Split(row.Content);
        await change.ExecuteAsync("""
            delete from bot_chunks where tenant_id = @tenant and document_id = @Id;
            insert into bot_chunks (tenant_id, document_id, position, title, heading, content)
            select @tenant, @Id, x.position, @Title, x.heading, x.content
            from unnest(@headings::text[], @contents::text[]) with ordinality as x (heading, content, position)
            """, new { row.Id, row.Title, headings = chunks.Select(chunk => chunk.Heading).ToArray(), contents = chunks.Select(chunk => chunk.Content).ToArray() }, cancellationToken);
        change.Publish(new FeedEvent(tenant, "bot_documents.updated"));
    }
}

internal sealed class DocumentRow
{
    public Guid Id { get; init; }
    public string Title { get; init; } = "";
    public int Characters { get; init; }
    public string Content { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}
