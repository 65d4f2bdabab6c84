using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Search;

/// <param name="ContactId">In the conversations with this contact.</param>
internal sealed record SearchFilter(string? Channel = null, Guid? ContactId = null, Guid? IntegrationId = null, DateTimeOffset? After = null, DateTimeOffset? Before = null, Sight? Sight = null);

/// <summary>What is looked for, as the database reads it.</summary>
/// <param name="Query">A tsquery, written.</param>
/// <param name="Handle">A pattern for handles, or null.</param>
internal sealed partial record SearchQuery(string Query, string? Handle)
{
    /// <summary>The index knows words, not their order: it gives all texts that have them, and each is read.</summary>
    public string WithoutOrder { get; } = Following().Replace(Query, "&");
    public bool HasPhrase => WithoutOrder != Query;
    public bool HasBeginning => Query.Contains(":*", StringComparison.Ordinal);

    [GeneratedRegex("<(-|[0-9]+)>")]
    private static partial Regex Following();
}

/// <summary>Something found, and where it stands in the order of its list.</summary>
internal sealed record Hit
{
    public Guid Id { get; init; }

    /// <summary>Of a message: its own; of a conversation: the same as the id.</summary>
    public Guid ConversationId { get; init; }
    public DateTimeOffset At { get; init; }
    public Cursor Position => new(At, Id);
}

/// <summary>Finds ids. Under a policy PostgreSQL uses no index for @@ and ilike (they are not leakproof), so these statements run in the
/// system role and name the tenant themselves; whoever shows what was found reads it in the tenant's own role.
/// Each search takes two steps. :: 1 walk back from now (or the cursor) over a bounded number of rows: a common word fills the page
/// there. :: 2 what that did not fill, the index gives: few matches to collect and sort.</summary>
internal sealed class SearchStore(SystemDatabase database)
{
    // Rows of one step of the walk, taken while the index would have to collect more than that. The first is taken always: a small
    // tenant ends there. For a beginning, the second as well: the index would collect all tenants' words that begin so.
    static readonly int[] Steps = [1_000, 9_000, 20_000];
    const int PeopleWalked = 2_000;
    const string NewestFirst = "order by m.occurred_at desc, m.id desc";

    // Step 2 must not be planned as another walk: the planner does not know how far that would be.
    const string ByIndex = "set local enable_seqscan = off; set local enable_indexscan = off; set local enable_indexonlyscan = off;\n";

    Folding? _folding;

    public async ValueTask<Folding> FoldingAsync(CancellationToken cancellationToken) =>
        _folding ??= new((await database.ListAsync<FoldedRow>(Folding.Sql, null, cancellationToken)).ToDictionary(row => (char)row.Code, row => row.Folded));

    /// <summary>Null when there is no word in it: nothing can be found.</summary>
    public async Task<SearchQuery?> ReadAsync(SearchWords words, CancellationToken cancellationToken)
    {
        // The written form of a tsquery quotes its words: what a person typed never becomes an operator.
        var query = await database.FindAsync<string>("""
            with t as (
                select phraseto_tsquery('simple', search_text(x.term)) as query, x.kind
                from unnest(@terms::text[], @kinds::text[]) as x (term, kind)
            )
            select string_agg(case kind when 'Excluded' then '!(' || query::text || ')' when 'Prefix' then '(' || query::text || ':*)' else '(' || query::text || ')' end, ' & ')
            from t
            where numnode(query) > 0
            having bool_or(kind <> 'Excluded')
            """, new { terms = words.Terms.Select(term => term.Text).ToArray(), kinds = words.Terms.Select(term => term.Kind.ToString()).ToArray() }, cancellationToken);
        if (query is null) return null;
        var handle = words.Handle?.Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_");
        return new(query, handle is null ? null : $"%{handle}%");
    }

    /// <summary>Messages, the newest first, from <paramref name="cursor"/> on.</summary>
    public async Task<IReadOnlyList<Hit>> FindMessagesAsync(Guid tenant, SearchQuery query, SearchFilter filter, Cursor? cursor, int most, CancellationToken cancellationToken)
    {
        Guid[]? conversations = null;
        if (filter.ContactId is not null)
        {
            conversations = [.. await database.ListAsync<Guid>("select id from conversations where tenant_id = @tenant and contact_id = @ContactId order by last_message_at desc limit 1000", new { tenant, filter.ContactId }, cancellationToken)];
            if (conversations.Length == 0) return [];
        }
        var conditions = $"""
            and m.search @@ @Query::tsquery and m.deleted_at is null and m.status <> 'scheduled'
            {(filter.Channel is null ? "" : "and m.channel = @Channel")} {(filter.IntegrationId is null ? "" : "and m.integration_id = @IntegrationId")}
            {(filter.Sight is null ? "" : $"and exists (select 1 from conversations c where c.tenant_id = @tenant and c.id = m.conversation_id {Sight.OfConversation(filter.Sight)})")}
            """;
        var expected = await EstimateAsync(tenant, query, cancellationToken);
        var certain = query.HasBeginning ? 2 : 1;   // that much is walked whatever is expected
        var found = new List<Hit>();
        var edge = cursor;

        // :: 1
        for (var step = 0; step < Steps.Length && (step < certain || expected > Steps[step]); step++)
        {
            var walked = Steps[step];
            var args = Arguments(tenant, query, filter, edge, most - found.Count, walked);
            args.AddDynamicParams(new { conversations });
            var walk = conversations is null
                ? $"(select * from messages m where m.tenant_id = @tenant {Range()} {NewestFirst} limit @walked) m"
                : $"unnest(@conversations) c (id) cross join lateral (select * from messages m where m.tenant_id = @tenant and m.conversation_id = c.id {Range()} {NewestFirst} limit @walked) m";
            var near = await database.ListAsync<Hit>($"select m.id, m.conversation_id, m.occurred_at as at from {walk} where true {conditions} {NewestFirst} limit @most", args, cancellationToken);
            found.AddRange(near);
            if (found.Count == most) return found;
            if (conversations is not null) break;   // each has an end of its own: the index looks at all of them again
            if (await database.FindAsync<Edge>($"select m.occurred_at as at, m.id from messages m where m.tenant_id = @tenant {Range()} {NewestFirst} offset @walked - 1 limit 1", args, cancellationToken)
                is not { } end) return found;
            edge = new(end.At, end.Id);
            if (near.Count == 0 && !query.HasPhrase) break;   // common, but not here: it was said at another time
        }

        // :: 2
        var rest = Arguments(tenant, query, filter, edge, most, 0);
        rest.AddDynamicParams(new { conversations });
        var older = await database.ListAsync<Hit>($"""
            {ByIndex}
            select m.id, m.conversation_id, m.occurred_at as at
            from messages m
            where m.tenant_id = @tenant {conditions} {Range()} {(conversations is null ? "" : "and m.conversation_id = any (@conversations)")}
            {NewestFirst}
            limit @most
            """, rest, cancellationToken);
        // Messages that came in between have moved the edge: what stands in both counts once.
        return [.. found.Concat(older).Distinct().OrderByDescending(hit => hit.At).ThenByDescending(hit => hit.Id).Take(most)];

        string Range() => $"""
            {(filter.After is null ? "" : "and m.occurred_at >= @After")} {(filter.Before is null ? "" : "and m.occurred_at < @Before")}
            {(edge is null ? "" : "and (m.occurred_at, m.id) < (@at, @id)")}
            """;
    }

    /// <summary>About how many messages the index would give: what the planner knows of the words.</summary>
    async Task<double> EstimateAsync(Guid tenant, SearchQuery query, CancellationToken cancellationToken)
    {
        var plan = await database.FindAsync<string>("explain (format json) select 1 from messages m where m.tenant_id = @tenant and m.search @@ @WithoutOrder::tsquery", new { tenant, query.WithoutOrder }, cancellationToken);
        return (double)JsonNode.Parse(plan!)![0]!["Plan"]!["Plan Rows"]!;
    }

    /// <summary>Contacts by name, number, address or handle, the newest first.</summary>
    public async Task<IReadOnlyList<Guid>> FindContactsAsync(Guid tenant, SearchQuery query, SearchFilter filter, Guid? before, int most, CancellationToken cancellationToken)
    {
        var conditions = $"""
            {(filter.ContactId is null ? "" : "and k.id = @ContactId")}
            {(filter.Channel is null ? "" : "and exists (select 1 from contact_identities i where i.tenant_id = @tenant and i.contact_id = k.id and i.channel = @Channel)")}
            {(filter.IntegrationId is null ? "" : "and exists (select 1 from conversations c where c.tenant_id = @tenant and c.contact_id = k.id and c.integration_id = @IntegrationId)")}
            {Sight.OfContact(filter.Sight, "k.id")}
            """;
        var range = before is null ? "" : "and k.id < @before";
        var args = Arguments(tenant, query, filter, null, most, PeopleWalked);
        args.AddDynamicParams(new { before });
        var handle = query.Handle is null ? "" : "or exists (select 1 from contact_identities i where i.tenant_id = @tenant and i.contact_id = k.id and i.handle ilike @Handle)";

        // :: 1
        var found = await database.ListAsync<Guid>($"""
            select k.id
            from (select * from contacts k where k.tenant_id = @tenant {range} order by k.id desc limit @walked) k
            where (k.search @@ @Query::tsquery {handle}) {conditions}
            order by k.id desc
            limit @most
            """, args, cancellationToken);
        if (found.Count == most) return found;

        // :: 2
        var end = await database.FindAsync<Guid?>($"select k.id from contacts k where k.tenant_id = @tenant {range} order by k.id desc offset @walked - 1 limit 1", args, cancellationToken);
        if (end is null) return found;
        args.AddDynamicParams(new { before = end });
        var older = await database.ListAsync<Guid>($"""
            with hit as materialized ({People(query)})
            select k.id
            from hit
            join contacts k on k.tenant_id = @tenant and k.id = hit.id
            where k.id <= @before {conditions}
            order by k.id desc
            limit @most
            """, args, cancellationToken);
        return [.. found.Concat(older).Distinct().Take(most)];
    }

    /// <summary>Conversations with somebody of that name or handle, the one with the newest message first.</summary>
    public async Task<IReadOnlyList<Hit>> FindConversationsAsync(Guid tenant, SearchQuery query, SearchFilter filter, Cursor? cursor, int most, CancellationToken cancellationToken)
    {
        // A conversation counts for a period that it overlaps.
        var conditions = $"""
            {(filter.Channel is null ? "" : "and c.channel = @Channel")} {(filter.IntegrationId is null ? "" : "and c.integration_id = @IntegrationId")}
            {(filter.ContactId is null ? "" : "and c.contact_id = @ContactId")}
            {(filter.After is null ? "" : "and c.last_message_at >= @After")} {(filter.Before is null ? "" : "and c.created_at < @Before")}
            {Sight.OfConversation(filter.Sight)}
            """;
        var range = cursor is null ? "" : "and (c.activity_at, c.last_message_at, c.id) < (date_bin('15 seconds', @at, '2000-01-01 00:00:00+00'), @at, @id)";
        const string newestFirst = "order by c.activity_at desc, c.last_message_at desc, c.id desc";
        var args = Arguments(tenant, query, filter, cursor, most, PeopleWalked);

        // :: 1
        var found = await database.ListAsync<Hit>($"""
            select c.id, c.id as conversation_id, c.last_message_at as at
            from (select * from conversations c where c.tenant_id = @tenant {range} {newestFirst} limit @walked) c
            join contacts k on k.tenant_id = @tenant and k.id = c.contact_id
            where (k.search @@ @Query::tsquery {(query.Handle is null ? "" : "or c.handle ilike @Handle")}) {conditions}
            {newestFirst}
            limit @most
            """, args, cancellationToken);
        if (found.Count == most) return found;

        // :: 2
        var end = await database.FindAsync<Edge>($"select c.last_message_at as at, c.id from conversations c where c.tenant_id = @tenant {range} {newestFirst} offset @walked - 1 limit 1", args, cancellationToken);
        if (end is null) return found;
        args.AddDynamicParams(new { at = end.At, id = end.Id });
        var older = await database.ListAsync<Hit>($"""
            with hit as materialized ({People(query)})
            select c.id, c.id as conversation_id, c.last_message_at as at
            from hit
            join conversations c on c.tenant_id = @tenant and c.contact_id = hit.id
            where (c.last_message_at, c.id) <= (@at, @id) {conditions}
            order by c.last_message_at desc, c.id desc
            limit @most
            """, args, cancellationToken);
        return [.. found.Concat(older).Distinct().OrderByDescending(hit => hit.At).ThenByDescending(hit => hit.Id).Take(most)];
    }

    /// <summary>Which of these conversations stand elsewhere in the list of found ones: because of the person, or because of a newer
    /// message above the cursor.</summary>
    public async Task<IReadOnlySet<Guid>> ListOthersAsync(
        Guid tenant, SearchQuery query, SearchFilter filter, Cursor? cursor, IReadOnlyList<Guid> conversations, CancellationToken cancellationToken)
    {
        var args = Arguments(tenant, query, filter, cursor, 0, 0);
        args.AddDynamicParams(new { conversations = conversations.ToArray() });
        var newer = cursor is null ? "" : $"""
            or exists (
                select 1 from messages m
                where m.tenant_id = @tenant and m.conversation_id = c.id and (m.occurred_at, m.id) >= (@at, @id) and m.search @@ @Query::tsquery and m.deleted_at is null and m.status <> 'scheduled'
                  {(filter.Before is null ? "" : "and m.occurred_at < @Before")}
                order by m.occurred_at, m.id
                limit 1)
            """;
        return (await database.ListAsync<Guid>($"""
            select c.id
            from conversations c
            join contacts k on k.tenant_id = @tenant and k.id = c.contact_id
            where c.tenant_id = @tenant and c.id = any (@conversations)
              and (k.search @@ @Query::tsquery {(query.Handle is null ? "" : "or c.handle ilike @Handle")} {newer})
            """, args, cancellationToken)).ToHashSet();
    }

    static string People(SearchQuery query) => $"""
        select k.id from contacts k where k.tenant_id = @tenant and k.search @@ @Query::tsquery
        {(query.Handle is null ? "" : "union select i.contact_id from contact_identities i where i.tenant_id = @tenant and (i.handle || '') ilike @Handle")}
        """;

    static DynamicParameters Arguments(Guid tenant, SearchQuery query, SearchFilter filter, Cursor? cursor, int most, int walked)
    {
        var args = new DynamicParameters(new
        {
            tenant, query.Query, query.Handle, filter.Channel, filter.ContactId, filter.IntegrationId, After = filter.After?.UtcDateTime, Before = filter.Before?.UtcDateTime, most, walked,
        });
        if (filter.Sight is { } sight) args.AddDynamicParams(new { sightUser = sight.UserId, sightTeams = sight.Teams });
        if (cursor is { } position) args.AddDynamicParams(new { at = position.At, id = position.Id });
        return args;
    }

    sealed class FoldedRow
    {
        public int Code { get; init; }
        public string Folded { get; init; } = "";
    }

    sealed class Edge
    {
        public DateTimeOffset At { get; init; }
        public Guid Id { get; init; }
    }
}
