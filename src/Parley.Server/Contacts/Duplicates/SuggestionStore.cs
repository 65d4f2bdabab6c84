using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts.Duplicates;

/// <summary>Two contacts that may be one.</summary>
/// <param name="Score">How sure it is, from 50 to 100.</param>
/// <param name="Reasons">Why, in words.</param>
/// <param name="Status">open or dismissed.</param>
public sealed record SuggestionView(Guid Id, ContactView First, ContactView Second, int Score, JsonNode? Reasons, string Status, DateTimeOffset CreatedAt);

/// <param name="MergesExact">Contacts with the same number, address or name on a channel become one by themselves.</param>
public sealed record ContactSettings(bool? MergesExact = null);

/// <summary>Suggestions as people see and settle them, and what the tenant wants done without asking.</summary>
internal sealed class SuggestionStore(TenantDatabase database, ContactStore contacts)
{
    /// <summary>The surest first; one more than <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<SuggestionView>> ListAsync(Guid tenant, string status, Guid? contact, (int Score, Guid Id)? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<Row>(tenant, $"""
            select s.id, s.first_id, s.second_id, s.score, s.reasons::text as reasons, s.status, s.created_at
            from contact_suggestions s
            where s.tenant_id = @tenant and s.status = @status
              {(contact is null ? "" : "and (s.first_id = @contact or s.second_id = @contact)")}
              {(after is null ? "" : "and (s.score, s.id) < (@score, @id)")}
            order by s.score desc, s.id desc
            limit @limit
            """, new { status, contact, score = after?.Score, id = after?.Id, limit = limit + 1 }, cancellationToken);
        return await ShowAsync(tenant, rows, cancellationToken);
    }

    public async Task<SuggestionView?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        (await ShowAsync(tenant, await database.ListAsync<Row>(tenant, """
            select s.id, s.first_id, s.second_id, s.score, s.reasons::text as reasons, s.status, s.created_at from contact_suggestions s where s.tenant_id = @tenant and s.id = @id
            """, new { id }, cancellationToken), cancellationToken)).FirstOrDefault();

    /// <summary>Whether the two are two. False when there is no such suggestion.</summary>
    public Task<bool> SetDismissedAsync(Guid tenant, Guid id, bool isDismissed, string author, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var contact = await change.FindAsync<Guid?>("""
                update contact_suggestions set status = @status, is_asked = @isAsked, dismissed_by = @by, updated_at = @now where tenant_id = @tenant and id = @id returning first_id
                """, new { id, status = isDismissed ? "dismissed" : "open", isAsked = !isDismissed, by = isDismissed ? author : null, now = change.Now }, cancellationToken);
            if (contact is null) return false;
            // How sure it is by now, is found out anew; a person decides about it all the same, who wants to see it.
            if (!isDismissed) await change.ExecuteAsync("update contacts set matched_at = null where tenant_id = @tenant and id = @contact", new { contact }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, isDismissed ? "contact.kept_apart" : "contact.suggested_again", "contact", contact, after: new { suggestion = id }));
            change.Publish(new FeedEvent(tenant, "contact.suggested", ContactId: contact));
            return true;
        }, cancellationToken);

    public async Task<ContactSettings> SettingsAsync(Guid tenant, CancellationToken cancellationToken) =>
        new(await database.FindAsync<bool?>(tenant, "select merges_exact from contact_settings where tenant_id = @tenant", null, cancellationToken) ?? false);

    /// <summary>What is there already is looked at again when it is switched on.</summary>
    public Task SetSettingsAsync(Guid tenant, bool mergesExact, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var before = await change.FindAsync<bool?>("select merges_exact from contact_settings where tenant_id = @tenant for update", null, cancellationToken) ?? false;
            await change.ExecuteAsync("""
                insert into contact_settings (tenant_id, merges_exact, updated_at) values (@tenant, @mergesExact, @now)
                on conflict (tenant_id) do update set merges_exact = excluded.merges_exact, updated_at = excluded.updated_at
                """, new { mergesExact, now = change.Now }, cancellationToken);
            if (mergesExact)
                await change.ExecuteAsync("""
                    update contacts k set matched_at = null
                    from (select first_id from contact_suggestions where tenant_id = @tenant and status = 'open' and score = 100 order by first_id) s
                    where k.tenant_id = @tenant and k.id = s.first_id
                    """, null, cancellationToken);
            if (before != mergesExact) change.Audit(AuditEntry.Of(tenant, "contact.settings_changed", "tenant", tenant, new { mergesExact = before }, new { mergesExact }));
            change.Publish(new FeedEvent(tenant, "contact.settings"));
            return mergesExact;
        }, cancellationToken);

    async Task<IReadOnlyList<SuggestionView>> ShowAsync(Guid tenant, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var people = (await contacts.ListByIdsAsync(tenant, [.. rows.SelectMany(row => new[] { row.FirstId, row.SecondId }).Distinct()], cancellationToken)).ToDictionary(contact => contact.Id);
        return [.. rows.Where(row => people.ContainsKey(row.FirstId) && people.ContainsKey(row.SecondId))
            .Select(row => new SuggestionView(row.Id, people[row.FirstId], people[row.SecondId], row.Score, JsonNode.Parse(row.Reasons), row.Status, row.CreatedAt))];
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public Guid FirstId { get; init; }
        public Guid SecondId { get; init; }
        public int Score { get; init; }
        public string Reasons { get; init; } = "[]";
        public string Status { get; init; } = "";
        public DateTimeOffset CreatedAt { get; init; }
    }
}
