using Dapper;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Search;

namespace Parley.Server.Contacts;

/// <param name="Words">What was typed, as the search reads it; null when nothing was.</param>
/// <param name="Fields">Custom fields that must have this value.</param>
/// <param name="Reference">What was typed, if it can be an external reference.</param>
internal sealed record ContactFilter(
    SearchQuery? Words = null, string? Reference = null, string? Status = null, string? Channel = null, string? Kind = null, bool? HasConversation = null, bool? IsOptedOut = null,
    DateTimeOffset? CreatedAfter = null, DateTimeOffset? CreatedBefore = null, IReadOnlyDictionary<string, string>? Fields = null, Sight? Sight = null);

/// <summary>Finds ids of contacts, newest first. In the system role, because under a policy PostgreSQL uses no index for words, parts of handles and custom
/// fields; every statement names the tenant, and what is shown is read in the tenant's own role.
/// :: 1 walk back over a bounded number of contacts: a filter that many pass fills the page there. :: 2 what that did not fill, an index gives.</summary>
internal sealed class ContactSearch(SystemDatabase database)
{
    const int Walked = 2_000;

    /// <summary>Up to <paramref name="most"/> ids that are smaller than <paramref name="before"/> (ids grow with time).</summary>
    public async Task<IReadOnlyList<Guid>> ListAsync(Guid tenant, ContactFilter filter, Guid? before, int most, CancellationToken cancellationToken)
    {
        var args = Arguments(tenant, filter, before, most);
        var range = before is null ? "" : "and k.id < @before";

        // :: 1
        var near = await database.ListAsync<Near>($"""
            with w as materialized (select k.* from contacts k where k.tenant_id = @tenant {range} order by k.id desc limit @walked)
            (select k.id, false as is_edge from w k where true {Conditions(filter)} order by k.id desc limit @most)
            union all
            (select id, true from w order by id offset 0 limit case when (select count(*) from w) = @walked then 1 else 0 end)
            """, args, cancellationToken);
        var found = near.Where(row => !row.IsEdge).Select(row => row.Id).ToList();
        if (found.Count == most || near.FirstOrDefault(row => row.IsEdge) is not { } edge) return found;

        // :: 2
        args.AddDynamicParams(new { before = edge.Id, rest = most - found.Count });
        return [.. found, .. await database.ListAsync<Guid>($"""
            {Source(filter)}
            where k.tenant_id = @tenant and k.id < @before {Conditions(filter)}
            order by k.id desc
            limit @rest
            """, args, cancellationToken)];
    }

    // What leads to the few that are wanted: words, a custom field, an address on a channel, a conversation. The planner is kept from walking where it
    // cannot know how far that would be.
    static string Source(ContactFilter filter) =>
        filter.Words is not null ? $"""
            with hit as materialized (
                select k.id from contacts k where k.tenant_id = @tenant and k.search @@ @Query::tsquery
                {(filter.Words.Handle is null ? "" : "union select i.contact_id from contact_identities i where i.tenant_id = @tenant and i.handle ilike @Handle")}
                {(filter.Reference is null ? "" : "union select k.id from contacts k where k.tenant_id = @tenant and k.external_ref = @Reference")}
            )
            select k.id from hit join contacts k on k.tenant_id = @tenant and k.id = hit.id
            """
        : filter.Fields is { Count: > 0 } ? """
            with hit as materialized (select k.id from contacts k where k.tenant_id = @tenant and k.metadata @> @fields::jsonb and k.id < @before)
            select k.id from hit join contacts k on k.tenant_id = @tenant and k.id = hit.id
            """
        : filter.Channel is not null || filter.IsOptedOut == true ? $"""
            select k.id
            from (
                select distinct i.contact_id as id from contact_identities i
                where i.tenant_id = @tenant and i.contact_id < @before {(filter.Channel is null ? "" : "and i.channel = @Channel")} {(filter.IsOptedOut == true ? "and i.opted_out_at is not null" : "")}
                order by 1 desc
                {(IsAlone(filter) ? "limit @rest" : "")}
            ) hit
            join contacts k on k.tenant_id = @tenant and k.id = hit.id
            """
        : filter.HasConversation == true ? $"""
            select k.id
            from (
                select distinct c.contact_id as id from conversations c where c.tenant_id = @tenant and c.contact_id < @before order by 1 desc
                {(IsAlone(filter) ? "limit @rest" : "")}
            ) hit
            join contacts k on k.tenant_id = @tenant and k.id = hit.id
            """
        : "select k.id from contacts k";

    static bool IsAlone(ContactFilter filter) =>
        filter is { Words: null, Sight: null, Status: null, Kind: null, CreatedAfter: null, CreatedBefore: null } && filter.Fields is null or { Count: 0 } && filter.HasConversation != false && filter.IsOptedOut != false
        && new[] { filter.Channel is not null || filter.IsOptedOut == true, filter.HasConversation == true }.Count(isAsked => isAsked) == 1;

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
            filter.Fields is null or { Count: 0 } ? null : "and k.metadata @> @fields::jsonb",
            filter.IsOptedOut is { } isOut ? $"and {(isOut ? "" : "not ")}{identity} and i.opted_out_at is not null)" : null,
            filter.Channel is null || filter.IsOptedOut == true ? null : $"and {identity})",
            filter.HasConversation is { } has ? $"and {(has ? "" : "not ")}exists (select 1 from conversations c where c.tenant_id = @tenant and c.contact_id = k.id)" : null,
        }.OfType<string>());
    }

    internal static DynamicParameters Arguments(Guid tenant, ContactFilter filter, Guid? before, int most) => Sight.With(filter.Sight, new
    {
        tenant, before, most, walked = Walked, filter.Words?.Query, filter.Words?.Handle, filter.Reference, filter.Status, filter.Channel, filter.Kind,
        CreatedAfter = filter.CreatedAfter?.UtcDateTime, CreatedBefore = filter.CreatedBefore?.UtcDateTime,
        fields = System.Text.Json.JsonSerializer.Serialize(filter.Fields ?? new Dictionary<string, string>()),
    });

    sealed class Near
    {
        public Guid Id { get; init; }
        public bool IsEdge { get; init; }
    }
}
