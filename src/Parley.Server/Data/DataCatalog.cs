using System.Text.RegularExpressions;
using Parley.Server.Platform.Database;

namespace Parley.Server.Data;

/// <summary>A table that an admin may look into.</summary>
/// <param name="Key">The columns that tell its rows apart, within the tenant.</param>
/// <param name="ReferencedBy">Columns of other tables that name a row of this one.</param>
public sealed record DataTable(string Name, IReadOnlyList<string> Key, IReadOnlyList<DataColumn> Columns, IReadOnlyList<DataReference> ReferencedBy);

/// <param name="IsHidden">A secret, or raw bytes: it is named, and never shown or searched.</param>
/// <param name="References">The row that its value names.</param>
public sealed record DataColumn(string Name, string Type, bool IsNullable, bool IsHidden, DataReference? References);

public sealed record DataReference(string Table, string Column);

/// <summary>What there is to look into, as the database itself says: tables behind a tenant's policy that the tenant's role may read.
/// Nothing that a caller writes becomes SQL: a name is looked up here, and what is found here is written.</summary>
internal sealed partial class DataCatalog(TenantDatabase database)
{
    /// <summary>Never shown. Raw bytes and search indexes are hidden by their type, and whatever sounds like a secret by its name: here is what sounds harmless.</summary>
    static readonly HashSet<string> Hidden =
    [
        "attachments.provider_url",        // an address that may carry the permission to fetch
        "idempotency_keys.response",       // what was answered once
        "integrations.config",             // the token that a provider's webhook is checked with
        "scheduled_jobs.payload",          // whatever a job needs
    ];

    /// <summary>They sound like secrets and are none. A test fails for a column that sounds so and is in neither list; until somebody decides, it is hidden.</summary>
    internal static readonly HashSet<string> Harmless =
    [
        "audit_heads.hash", "audit_logs.hash", "bot_answers.completion_tokens", "bot_answers.prompt_tokens", "bot_chats.tokens", "bot_usage.completion_tokens", "bot_usage.prompt_tokens",
        "bots.answer_tokens", "bots.conversation_token_limit", "bots.daily_token_limit", "bots.history_tokens", "bots.token_field",
        "automation_runs.event_key", "bot_reservations.tokens", "contact_identities.number_key", "contacts.match_keys", "idempotency_keys.key", "integrations.credentials_changed_at", "scheduled_jobs.key", "webhook_endpoints.previous_secret_until",
    ];

    /// <summary>Decided on already, although they sound like secrets: they are.</summary>
    internal static readonly HashSet<string> Secret = ["automations.credentials", "automations.secret_hash", "bots.api_key", "idempotency_keys.body_hash", "api_keys.secret_hash", "sessions.secret_hash", "users.password_hash", "users.password_history", "webhook_endpoints.credentials"];

    /// <summary>Shown in some rows only, as everywhere else: words that were taken back are gone, and what somebody keeps private (notes, views) is theirs.
    /// What is not shown is not searched either. (@author is who asks.)</summary>
    static readonly Dictionary<string, string> Guards = new()
    {
        ["messages.content"] = "deleted_at is null",
        ["notes.content"] = "deleted_at is null and (type = 'public' or author = @author)",
        ["note_versions.content"] = """
            exists (
                select 1 from notes n
                where n.tenant_id = @tenant and n.id = note_versions.note_id and n.deleted_at is null
                  and (n.author = @author or n.type = 'public' and note_versions.type = 'public')
            )
            """,
        ["saved_views.name"] = OwnView,
        ["saved_views.filter"] = OwnView,
    };

    const string OwnView = "is_shared or 'user:' || user_id = @author";

    [GeneratedRegex("secret|passw|token|credential|hash|salt|key|cipher|signature|nonce|otp", RegexOptions.IgnoreCase)]
    internal static partial Regex SoundsSecret();

    internal static bool IsHidden(string table, string column, string type) =>
        type is "bytea" or "tsvector" || Hidden.Contains($"{table}.{column}") || (SoundsSecret().IsMatch(column) && !Harmless.Contains($"{table}.{column}"));

    /// <summary>A column's value as SQL: null in rows in which it is nobody's to see.</summary>
    public static string Value(string table, string column) =>
        Guards.TryGetValue($"{table}.{column}", out var guard) ? $"case when {guard} then {DataRows.Quote(column)} end" : DataRows.Quote(column);

    public async Task<IReadOnlyList<DataTable>> ListAsync(Guid tenant, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<ColumnRow>(tenant, """
            select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as is_nullable,
                array_position(k.conkey, a.attnum) as key_position, r.relname as referenced_table, ra.attname as referenced_column
            from pg_class c
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
            left join pg_constraint f on f.conrelid = c.oid and f.contype = 'f' and a.attnum = any (f.conkey) and a.attname <> 'tenant_id'
            left join pg_class r on r.oid = f.confrelid
            left join pg_attribute ra on ra.attrelid = f.confrelid and ra.attnum = f.confkey[array_position(f.conkey, a.attnum)]
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity and c.relforcerowsecurity
              and exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'one_tenant')
              and has_table_privilege('parley_app', c.oid, 'select')
              and exists (select 1 from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped)
            order by c.relname, a.attnum
            """, null, cancellationToken);
        var names = rows.Select(row => row.Table).ToHashSet();
        var tables = rows.GroupBy(row => row.Table).Select(table => new DataTable(table.Key,
            [.. table.Where(row => row.KeyPosition is not null && row.Column != "tenant_id").OrderBy(row => row.KeyPosition).Select(row => row.Column).Distinct()],
            [.. table.Where(row => row.Column != "tenant_id").DistinctBy(row => row.Column).Select(row => new DataColumn(row.Column, row.Type, row.IsNullable, IsHidden(row.Table, row.Column, row.Type),
                row.ReferencedTable is not null && row.ReferencedTable != "tenants" ? new(row.ReferencedTable, row.ReferencedColumn!) : row.Type == "uuid" && Meant(row.Column, names) is { } meant && meant != table.Key ? new(meant, "id") : null))],
            [])).Where(table => table.Key.Count > 0).ToList();
        var references = tables.SelectMany(table => table.Columns.Where(column => column.References is { Column: "id" }).Select(column => (column.References!.Table, From: new DataReference(table.Name, column.Name)))).ToLookup(one => one.Table, one => one.From);
        return [.. tables.Select(table => table with { ReferencedBy = [.. references[table.Name]] })];
    }

    // Not every id is a foreign key in the database (some rows outlive what they name): contact_id, and sender_contact_id, name a contact.
    static string? Meant(string column, HashSet<string> tables) => !column.EndsWith("_id", StringComparison.Ordinal) ? null : tables
        .Where(table => table.EndsWith('s') && (column == $"{table[..^1]}_id" || column.EndsWith($"_{table[..^1]}_id", StringComparison.Ordinal)))
        .MaxBy(table => table.Length);

    sealed class ColumnRow
    {
        public string Table { get; init; } = "";
        public string Column { get; init; } = "";
        public string Type { get; init; } = "";
        public bool IsNullable { get; init; }
        public int? KeyPosition { get; init; }
        public string? ReferencedTable { get; init; }
        public string? ReferencedColumn { get; init; }
    }
}
