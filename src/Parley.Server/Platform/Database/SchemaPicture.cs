using System.Text;
using Dapper;
using Npgsql;

namespace Parley.Server.Platform.Database;

/// <summary>The schema as the catalog has it, in a fixed order: what db/schema.sql shows, for reading and for reviews.</summary>
internal static class SchemaPicture
{
    public static async Task<string> DrawAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var lines = (await connection.QueryAsync<string>(new CommandDefinition("""
            with t as (
                select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
                from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
            ),
            piece as (
                select relname, 0 as part, '' as name, 'create table ' || relname || coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') as text from t
                union all
                select t.relname, 1, lpad(a.attnum::text, 4, '0'),
                    '    ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
                        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
                from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
                left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
                union all
                select t.relname, 2, k.conname, '    constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
                from t join pg_constraint k on k.conrelid = t.oid and k.contype <> 'n'
                union all
                select t.relname, 3, i.relname, '    ' || pg_get_indexdef(x.indexrelid)
                from t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
                where not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u'))
                union all
                select t.relname, 4, '', '    row level security' || case when relforcerowsecurity then ' forced' else ' NOT FORCED' end from t where relrowsecurity
                union all
                select t.relname, 5, p.polname, '    policy ' || p.polname || ' to ' || (select string_agg(rolname, ', ' order by rolname) from pg_roles r where r.oid = any (p.polroles))
                        || ' using ' || pg_get_expr(p.polqual, p.polrelid)
                from t join pg_policy p on p.polrelid = t.oid
                union all
                select g.table_name, 6, g.grantee, '    grant ' || lower(string_agg(g.privilege_type, ', ' order by g.privilege_type)) || ' to ' || g.grantee
                from information_schema.role_table_grants g
                where g.table_schema = 'public' and g.grantee in ('parley_app', 'parley_system') and exists (select 1 from t where t.relname = g.table_name)
                group by g.table_name, g.grantee
            )
            select text from (
                select 0 as kind, relname as owner, part, name, text from piece
                union all
                select 1, c.oid::regclass::text, 0, '', 'create view ' || c.oid::regclass || coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') || ' as' || chr(10) || pg_get_viewdef(c.oid)
                from pg_class c where c.relnamespace in ('public'::regnamespace, 'bot'::regnamespace, 'platform'::regnamespace) and c.relkind in ('v', 'm')
                  and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e')
                union all
                select 2, p.proname, 0, '', rtrim(pg_get_functiondef(p.oid))
                from pg_proc p
                where p.pronamespace in ('public'::regnamespace, 'bot'::regnamespace, 'platform'::regnamespace) and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
            ) all_of_it
            order by kind, owner, part, name
            """, cancellationToken: cancellationToken))).AsList();
        var picture = new StringBuilder("-- Generated from the catalog by: parley migrate --picture db/schema.sql\n");
        foreach (var line in lines)
        {
            if (line.StartsWith("create ", StringComparison.OrdinalIgnoreCase)) picture.Append('\n');
            picture.Append(line).Append('\n');
        }
        return picture.ToString();
    }
}
