namespace Parley.Server.Campaigns.Audience;

/// <summary>Whoever may become a recipient, and why not: one piece of SQL for the look before and for writing down.</summary>
internal static class Candidates
{
    /// <summary>People on whom a list's lines fall: x (n, id, contact_id, handle, address, variables).</summary>
    public const string OfLines = """
        x as materialized (
            select l.n, l.id, coalesce(g.contact_id, o.contact_id) as contact_id, coalesce(g.handle, o.handle, l.handle) as handle, l.address, l.variables::jsonb as variables, k.name, k.phone, k.email, k.external_ref, k.metadata, k.kind, k.status
            from unnest(@ns::int[], @ids::uuid[], @handles::text[], @others::text[], @addresses::text[], @variables::text[]) as l (n, id, handle, other, address, variables)
            -- of two writings of a number the one that was given, then the other, where that is known; each by its whole key
            left join contact_identities g on g.tenant_id = @tenant and g.channel = @channel and g.handle = l.handle
            left join contact_identities o on g.handle is null and o.tenant_id = @tenant and o.channel = @channel and o.handle = l.other
            left join contacts k on k.tenant_id = @tenant and k.id = case when g.handle is not null then g.contact_id else o.contact_id end
        )
        """;

    /// <summary>Those whom another campaign failed to reach, between two ids, and whom no other second try has reached. Who was merged since is who they are now.</summary>
    public const string OfFailed = """
        x as materialized (
            select row_number() over (order by r.id)::int as n, r.id, coalesce(a.contact_id, r.contact_id) as contact_id, r.handle, r.address, r.variables,
                k.name, k.phone, k.email, k.external_ref, k.metadata, k.kind, k.status
            from campaign_recipients r
            left join contact_aliases a on a.tenant_id = @tenant and a.id = r.contact_id
            left join contacts k on k.tenant_id = @tenant and k.id = case when a.contact_id is not null then a.contact_id else r.contact_id end
            where r.tenant_id = @tenant and r.campaign_id = @source and r.status = 'failed' and r.id > @after and r.id <= @upTo
              and not exists (
                  select 1 from campaigns o
                  join campaign_recipients t on t.tenant_id = @tenant and t.campaign_id = o.id and t.address = r.address
                  where o.tenant_id = @tenant and o.source_id = @source and o.id <> @self and t.status not in ('failed', 'skipped', 'cancelled'))
        )
        """;

    /// <summary>Contacts between two ids that pass the conditions.</summary>
    /// <param name="conditions">About contacts k.</param>
    public static string OfContacts(string conditions) => $"""
        x as materialized (
            select 0 as n, k.id, k.id as contact_id, null::text as handle, null::text as address, null::jsonb as variables,
                k.name, k.phone, k.email, k.external_ref, k.metadata, k.kind, k.status
            from contacts k
            where k.tenant_id = @tenant and k.id > @after and k.id <= @upTo and k.created_at <= @frozen {conditions}
        )
        """;

    /// <summary>x, with their address: c (n, id, contact_id, name …, handle, address, variables, reason, detail). reason is null for who will get it.</summary>
    public static string Judged(string x) => $"""
        {x},
        y as (
            select x.*, coalesce(x.handle, i.handle, case when @channel in ('whatsapp', 'sms') then x.phone end) as to_handle,
                coalesce(x.address, i.number_key, i.handle, case when @channel in ('whatsapp', 'sms') then x.phone end, x.contact_id::text) as to_address, coalesce(i.is_out, false) as is_out
            from x
            -- one look into an index for each: no guess about how many there are can make it worse
            left join lateral (
                select (array_agg(i.handle order by i.created_at desc, i.handle))[1] as handle, max(i.number_key) as number_key, bool_or(i.opted_out_at is not null) as is_out
                from contact_identities i
                where i.tenant_id = @tenant and i.channel = @channel and i.contact_id = x.contact_id
            ) i on true
        ),
        c as materialized (
            select y.n, y.id, y.contact_id, y.name, y.phone, y.email, y.external_ref, y.metadata, coalesce(y.to_handle, '') as handle, y.to_address as address, y.variables, lacks.names as detail,
                case
                    when y.kind = 'group' then 'group'
                    when y.to_handle is null then 'no_address'
                    when y.status = 'blocked' then 'blocked'
                    when y.is_out then 'opted_out'
                    when lacks.names is not null then 'missing_variables'
                end as reason
            from y
            left join lateral (
                select string_agg(need.name, ', ' order by need.name) as names
                from unnest(@needs::text[]) as need (name)
                where coalesce(
                    nullif(trim(y.variables ->> need.name), ''),
                    nullif(trim(case need.name
                        when 'name' then y.name when 'full_name' then y.name when 'first_name' then y.name when 'phone' then y.phone when 'email' then y.email when 'external_ref' then y.external_ref end), ''),
                    nullif(trim(case when jsonb_typeof(y.metadata -> need.name) in ('string', 'number') then y.metadata ->> need.name end), '')) is null
            ) lacks on cardinality(@needs::text[]) > 0
        )
        """;
}
