namespace Parley.Server.Cli.Psql;

/// <summary>Questions to the catalog.</summary>
internal static class PsqlCatalog
{
    public const string Tables = """
        select c.relname as "table", case c.relkind when 'v' then 'view' when 'm' then 'materialised view' else 'table' end as kind,
            greatest(c.reltuples, 0)::bigint as "rows, about", pg_size_pretty(pg_total_relation_size(c.oid)) as size
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
        order by c.relname
        """;

    public const string Indexes = """
        select i.tablename as "table", i.indexname as "index", pg_size_pretty(pg_relation_size(format('%I.%I', i.schemaname, i.indexname)::regclass)) as size, i.indexdef as definition
        from pg_indexes i
        where i.schemaname = 'public'
        order by 1, 2
        """;

    /// <summary>With @table to be replaced by a literal.</summary>
    public static readonly (string Title, string Sql)[] Describe =
    [
        ("Columns", """
            select a.attname as "column", format_type(a.atttypid, a.atttypmod) as type, case when a.attnotnull then 'not null' else '' end as "null", coalesce(pg_get_expr(d.adbin, d.adrelid), '') as "default"
            from pg_attribute a
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = format('public.%I', @table)::regclass and a.attnum > 0 and not a.attisdropped
            order by a.attnum
            """),
        ("Indexes", "select indexname as \"index\", indexdef as definition from pg_indexes where schemaname = 'public' and tablename = @table order by 1"),
        ("Constraints", "select conname as \"constraint\", pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = format('public.%I', @table)::regclass and contype <> 'n' order by contype desc, conname"),
        ("Policies", "select policyname as policy, array_to_string(roles, ', ') as roles, qual as condition from pg_policies where schemaname = 'public' and tablename = @table order by 1"),
    ];
}
