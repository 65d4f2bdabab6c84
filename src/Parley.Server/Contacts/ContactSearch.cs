using System.Globalization;
using System.Text.Json.Nodes;
using Dapper;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Search;

namespace Parley.Server.Contacts;

/// <param name="Words">What was typed, as the search reads it; null when nothing was.</param>
/// <param name="Fields">Custom fields that must have this value.</param>
/// <param name="Reference">What was typed, if it can be an external reference.</param>
internal sealed record ContactFilter(
    SearchQuery? Words = null, string? Reference = null, string? Status = null, string? Channel = null, string? Kind = null, bool? HasConversation = null, bool? IsOptedOut = null,
    DateTimeOffset? CreatedAfter = null, DateTimeOffset? CreatedBefore = null, IReadOnlyDictionary<string, string>? Fields = null, Guid? LabelId = null, Sight? Sight = null);

/// <summary>Some of the contacts that were looked for.</summary>
/// <param name="Next">From where to look on; null when these are all. There may be fewer than were asked for and more to come: nobody waits while a
/// million contacts are walked over.</param>
internal readonly record struct ContactPage(IReadOnlyList<Guid> Ids, Guid? Next);

/// <summary>Finds ids of contacts, newest first. In the system role, because under a policy PostgreSQL uses no index for words, parts of handles and custom
/// fields; every statement names the tenant, and what is shown is read in the tenant's own role.
/// :: 1 walk back over a bounded number of contacts: a filter that many pass fills the page there. :: 2 what that did not fill, an index gives: those whom
/// words or a custom field find, all at once; what is in an index by itself (a channel, a label, all contacts), so many of it at a time.</summary>
internal sealed class ContactSearch(SystemDatabase database)
{
    const int Walked = 2_000, AtOnce = 10_000;

    /// <summary>Up to <paramref name="most"/> ids that are smaller than <paramref name="before"/> (ids grow with time).</summary>
    public async Task<ContactPage> ListAsync(Guid tenant, ContactFilter filter, Guid? before, int most, CancellationToken cancellationToken)
    {
        var args = Arguments(tenant, filter, before, most);
        // Ids grow with time: nobody walks over those who came later (but for a day of them, because ids may run ahead of the clock), nor on to those who came before.
        var range = $"{(before is null ? "" : "and k.id < @before")} {(filter.CreatedAfter is null ? "" : "and k.id >= @floor")}";

        // :: 1
        var near = await database.ListAsync<Near>($"""
            with w as materialized (select k.* from contacts k where k.tenant_id = @tenant {range} order by k.id desc limit @walked)
            (select k.id, false as is_edge from w k where true {Conditions(filter)} order by k.id desc limit @most)
            union all
            (select id, true from w order by id offset 0 limit case when (select count(*) from w) = @walked then 1 else 0 end)
            """, args, cancellationToken);
        var found = near.Where(row => !row.IsEdge).Select(row => row.Id).ToList();
        if (found.Count == most) return new(found, found[^1]);
        if (near.FirstOrDefault(row => row.IsEdge) is not { } edge) return new(found, null);

        // :: 2 (offset 0: each hit is looked at by itself, whatever the planner believes about how many there are)
        var (source, isOrdered) = Source(filter);
        var rest = most - found.Count;
        args.AddDynamicParams(new { before = edge.Id, rest, step = IsAlone(filter) ? rest : AtOnce });
        var far = await database.ListAsync<Near>($"""
            with hit as materialized ({source} {(isOrdered ? "order by 1 desc limit @step" : "")})
            (select found.id, false as is_edge from hit cross join lateral (select k.id from contacts k where k.tenant_id = @tenant and k.id = hit.id {Conditions(filter)} offset 0) found order by found.id desc limit @rest)
            union all
            (select id, true from hit order by id offset 0 limit case when {(isOrdered ? "(select count(*) from hit) = @step" : "false")} then 1 else 0 end)
            """, args, cancellationToken);
        found.AddRange(far.Where(row => !row.IsEdge).Select(row => row.Id));
        return new(found, found.Count == most ? found[^1] : far.FirstOrDefault(row => row.IsEdge)?.Id);
    }

    // What leads to the few that are wanted, and whether an index gives it in the order of the list. The planner is kept from walking where it
    // cannot know how far that would be.
    static (string Sql, bool IsOrdered) Source(ContactFilter filter) =>
        filter.Words is not null ? ($"""
            select id from (
                select k.id from contacts k where k.tenant_id = @tenant and k.search @@ @Query::tsquery
                {(filter.Words.Handle is null ? "" : "union select i.contact_id from contact_identities i where i.tenant_id = @tenant and (i.handle || '') ilike @Handle")}
                {(filter.Reference is null ? "" : "union select k.id from contacts k where k.tenant_id = @tenant and k.external_ref = @Reference")}
            ) hit where id < @before
            """, false)
        : filter.Fields is { Count: > 0 } ? ($"select k.id from contacts k where k.tenant_id = @tenant and k.id < @before {FieldConditions(filter)}", false)
        : filter.LabelId is not null ? ("select l.contact_id as id from contact_labels l where l.tenant_id = @tenant and l.label_id = @LabelId and l.contact_id < @before", true)
        : filter.Sight is not null ? ("select a.contact_id as id from assignments a where a.tenant_id = @tenant and a.contact_id < @before and (a.user_id = @sightUser or a.team_id = any (@sightTeams))", true)
        : filter.Channel is not null || filter.IsOptedOut == true ? ($"""
            select distinct i.contact_id as id from contact_identities i
            where i.tenant_id = @tenant and i.contact_id < @before {(filter.Channel is null ? "" : "and i.channel = @Channel")} {(filter.IsOptedOut == true ? "and i.opted_out_at is not null" : "")}
            """, true)
        : filter.HasConversation == true ? ("select distinct c.contact_id as id from conversations c where c.tenant_id = @tenant and c.contact_id < @before", true)
        : ($"""
            select k.id from contacts k
            where k.tenant_id = @tenant and k.id < @before {(filter.CreatedAfter is null ? "" : "and k.id >= @floor")}
              {(filter.Status is null or "active" ? "" : "and k.status = @Status")} {(filter.Kind == "group" ? "and k.kind = 'group'" : "")}
            """, true);

    // Everybody in the source is wanted.
    static bool IsAlone(ContactFilter filter) =>
        filter is { Words: null, Sight: null, Status: null, Kind: null, LabelId: null, CreatedAfter: null, CreatedBefore: null } && filter.Fields is null or { Count: 0 } && filter.HasConversation != false && filter.IsOptedOut != false
        && new[] { filter.Channel is not null || filter.IsOptedOut == true, filter.HasConversation == true }.Count(isAsked => isAsked) == 1;

    // A value as it was typed, and as the number or the yes and no that it may be.
    static string FieldConditions(ContactFilter filter) =>
        string.Concat(Enumerable.Range(0, filter.Fields?.Count ?? 0).Select(n => $" and (k.metadata @> @field{n}::jsonb or k.metadata @> @value{n}::jsonb)"));

    /// <summary>As conditions more for a select of contacts k; their parameters are <see cref="Arguments"/>.</summary>
    internal static string Conditions(ContactFilter filter)
    {
        var identity = $"exists (select 1 from contact_identities i where i.tenant_id = @tenant and i.contact_id = k.id {(filter.Channel is null ? "" : "and i.channel = @Channel")}";
        return string.Join(' ', new[]
        {
            Sight.OfContact(filter.Sight, "k.id"),
            filter.Words is null ? null : $"""
                and (k.search @@ @Query::tsquery
                    {(filter.Words.Handle is null ? "" : "or exists (select 1 from contact_identities i where i.tenant_id = @tenant and i.contact_id = k.id and i.handle ilike @Handle)")}
                    {(filter.Reference is null ? "" : "or k.external_ref = @Reference")})
                """,
            filter.Status is null ? null : "and k.status = @Status",
            filter.Kind is null ? null : "and k.kind = @Kind",
            filter.CreatedAfter is null ? null : "and k.created_at >= @CreatedAfter",
            filter.CreatedBefore is null ? null : "and k.created_at < @CreatedBefore",
            FieldConditions(filter),
            filter.LabelId is null ? null : "and exists (select 1 from contact_labels l where l.tenant_id = @tenant and l.contact_id = k.id and l.label_id = @LabelId)",
            filter.IsOptedOut is { } isOut ? $"and {(isOut ? "" : "not ")}{identity} and i.opted_out_at is not null)" : null,
            filter.Channel is null || filter.IsOptedOut == true ? null : $"and {identity})",
            filter.HasConversation is { } has ? $"and {(has ? "" : "not ")}exists (select 1 from conversations c where c.tenant_id = @tenant and c.contact_id = k.id)" : null,
        }.OfType<string>());
    }

    internal static DynamicParameters Arguments(Guid tenant, ContactFilter filter, Guid? before, int most)
    {
        var args = Sight.With(filter.Sight, new
        {
            tenant, before, most, walked = Walked, filter.Words?.Query, filter.Words?.Handle, filter.Reference, filter.Status, filter.Channel, filter.Kind, filter.LabelId,
            CreatedAfter = filter.CreatedAfter?.UtcDateTime, CreatedBefore = filter.CreatedBefore?.UtcDateTime, floor = filter.CreatedAfter is { } after ? Ids.Floor(after) : (Guid?)null,
        });
        foreach (var (n, field) in (filter.Fields ?? new Dictionary<string, string>()).Index())
        {
            args.Add($"field{n}", new JsonObject { [field.Key] = field.Value }.ToJsonString());
            args.Add($"value{n}", new JsonObject { [field.Key] = Plain(field.Value) }.ToJsonString());
        }
        return args;
    }

    static JsonNode? Plain(string text) =>
        bool.TryParse(text, out var isTrue) ? JsonValue.Create(isTrue)
        : decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : JsonValue.Create(text);

    sealed class Near
    {
        public Guid Id { get; init; }
        public bool IsEdge { get; init; }
    }
}
