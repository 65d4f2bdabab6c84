using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Jobs;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Import;

internal sealed class ImportEntry
{
    public Guid Id { get; init; }
    public string? FileName { get; init; }
    public string Sha256 { get; init; } = "";
    public long Size { get; init; }
    public string Encoding { get; init; } = "";
    public string Delimiter { get; init; } = "";
    public string Columns { get; init; } = "[]";
    public string Mapping { get; init; } = "{}";
    public string? Country { get; init; }
    public string? Warning { get; init; }
    public bool UpdatesExisting { get; init; }
    public string State { get; init; } = "";
    public int RowsTotal { get; init; }
    public int RowsDone { get; init; }
    public int CreatedCount { get; init; }
    public int UpdatedCount { get; init; }
    public int UnchangedCount { get; init; }
    public int FailedCount { get; init; }
    public int OptedOutCount { get; init; }
    public string? StoppedBy { get; init; }
    public string Author { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    public CsvShape Shape => new(Encoding, Delimiter);
    public IReadOnlyList<string> Head => JsonSerializer.Deserialize<string[]>(Columns)!;
}

/// <summary>What a file was found to be.</summary>
/// <param name="Rows">Without the head.</param>
/// <param name="Warning">Of the first row that cannot be what was meant.</param>
internal sealed record ImportFile(CsvShape Shape, IReadOnlyList<string> Head, int Rows, string? Warning);

/// <summary>Files of contacts and how far they have been read.</summary>
internal sealed class ImportStore(TenantDatabase database)
{
    const string Columns = """
        id, file_name, sha256, size, encoding, delimiter, columns::text as columns, mapping::text as mapping, country, warning, updates_existing, state, rows_total, rows_done, created_count, updated_count,
        unchanged_count, failed_count, stopped_by, author, created_at, started_at, finished_at
        """;

    public Task<ImportEntry?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<ImportEntry>(tenant, $"select {Columns} from contact_imports where tenant_id = @tenant and id = @id", new { id }, cancellationToken);

    public Task<IReadOnlyList<ImportEntry>> ListAsync(Guid tenant, Cursor? cursor, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<ImportEntry>(tenant, $"""
            select {Columns} from contact_imports where tenant_id = @tenant {(cursor is null ? "" : "and id < @before")} order by id desc limit @limit
            """, new { before = cursor?.Id, limit = limit + 1 }, cancellationToken);

    public static async Task<ImportEntry> AddAsync(
        Change change, string? fileName, string sha256, long size, ImportFile file, string author, CancellationToken cancellationToken) =>
        (await change.FindAsync<ImportEntry>($"""
            with i as (
                insert into contact_imports (tenant_id, id, file_name, sha256, size, encoding, delimiter, columns, mapping, warning, state, rows_total, author, created_at, updated_at)
                values (@tenant, @id, @fileName, @sha256, @size, @Encoding, @Delimiter, @head::jsonb, @mapping::jsonb, @Warning, 'uploaded', @Rows, @author, @now, @now)
                returning *
            )
            select {Columns} from i
            """,
            new
            {
                id = Ids.New(change.Now), fileName, sha256, size, file.Shape.Encoding, file.Shape.Delimiter, head = JsonSerializer.Serialize(file.Head), mapping = ImportMapping.Guess(file.Head).ToJsonString(), file.Warning, file.Rows, author, now = change.Now,
            }, cancellationToken))!;

    /// <summary>Whether it was waiting to be started; its job is added with it.</summary>
    public static async Task<bool> StartAsync(Change change, Guid tenant, Guid id, JsonObject mapping, string? country, bool updatesExisting, CancellationToken cancellationToken)
    {
        if (await change.FindAsync<ImportEntry>("""
            update contact_imports set state = 'running', mapping = @mapping::jsonb, country = @country, updates_existing = @updatesExisting, started_at = @now, updated_at = @now
            where tenant_id = @tenant and id = @id and state = 'uploaded'
            returning id, file_name, rows_total
            """, new { id, mapping = mapping.ToJsonString(), country, updatesExisting, now = change.Now }, cancellationToken) is not { } started) return false;
        change.Audit(AuditEntry.Of(tenant, "contact.imported", "contact_import", id, after: new { started.FileName, rows = started.RowsTotal, country, updatesExisting }));
        await JobStore.AddAsync(change, tenant, ImportContacts.JobType, id.ToString(), change.Now, cancellationToken);
        return true;
    }

    /// <summary>What was imported stays; the rest is not. False when it was over.</summary>
    public Task<bool> CancelAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var stopped = await change.FindAsync<ImportEntry>("""
                update contact_imports set state = 'cancelled', finished_at = @now, updated_at = @now
                where tenant_id = @tenant and id = @id and state in ('uploaded', 'running')
                returning id, rows_done
                """, new { id, now = change.Now }, cancellationToken);
            if (stopped is not null) change.Audit(AuditEntry.Of(tenant, "contact.import_stopped", "contact_import", id, after: new { rows = stopped.RowsDone }));
            return stopped is not null;
        }, cancellationToken);

    /// <summary>How it ended, with the audit log's line: of what it changed, and of whom it took the messages.</summary>
    public static Func<Change, Task> Finished(Guid tenant, Guid id, string? stoppedBy) => async change =>
    {
        if (await change.FindAsync<ImportEntry>("""
            update contact_imports set state = @state, stopped_by = @stoppedBy, finished_at = @now, updated_at = @now
            where tenant_id = @tenant and id = @id and state = 'running'
            returning id, file_name, author, created_count, updated_count, unchanged_count, failed_count, opted_out_count
            """, new { id, state = stoppedBy is null ? "done" : "failed", stoppedBy, now = change.Now }, CancellationToken.None) is { } ended)
            change.Audit(AuditEntry.Of(tenant, "contact.import_ended", "contact_import", id, after: new
            {
                ended.FileName, by = ended.Author, created = ended.CreatedCount, updated = ended.UpdatedCount, unchanged = ended.UnchangedCount, failed = ended.FailedCount, optedOut = ended.OptedOutCount, stoppedBy,
            }));
    };

    /// <summary>Rows that could not be taken, in the file's order.</summary>
    public Task<IReadOnlyList<ErrorRow>> ListErrorsAsync(Guid tenant, Guid id, int after, int limit, CancellationToken cancellationToken) =>
        database.ListAsync<ErrorRow>(tenant, """
            select row_number, cells::text as cells, errors::text as errors from contact_import_errors
            where tenant_id = @tenant and import_id = @id and row_number > @after
            order by row_number
            limit @limit
            """, new { id, after, limit }, cancellationToken);

    internal sealed class ErrorRow
    {
        public int RowNumber { get; init; }
        public string Cells { get; init; } = "[]";
        public string Errors { get; init; } = "[]";
    }
}
