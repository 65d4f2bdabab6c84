-- Who did what. Each line is chained to the one before it by its hash, so that a change, a gap, another order and a missing end
-- can all be seen afterwards (parley audit verify). The application may add lines and read them, and nothing else.

create table audit_logs (
    tenant_id uuid not null,
    id uuid not null,
    seq bigint not null,              -- without a gap, from 1
    actor text not null,              -- "user:<id>", "api:<id>", "operator" (the command line), "system" or "anonymous"
    user_id uuid,                     -- the user who acted; stays when the user goes
    action text not null,
    resource text not null,
    resource_id text,
    before json,                      -- json and not jsonb: the very text is what was hashed
    after json,
    address text,
    created_at timestamptz not null,
    hash bytea not null,              -- of this line and the hash of the one before it
    constraint audit_logs_pkey primary key (tenant_id, id),
    constraint audit_logs_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);
create unique index audit_logs_seq_key on audit_logs (tenant_id, seq);
create index audit_logs_time_idx on audit_logs (tenant_id, created_at desc, id desc);
create index audit_logs_user_idx on audit_logs (tenant_id, user_id, created_at desc, id desc);
create index audit_logs_action_idx on audit_logs (tenant_id, action, created_at desc, id desc);
create index audit_logs_resource_idx on audit_logs (tenant_id, resource, resource_id, created_at desc, id desc);

-- The end of each tenant's chain, locked while a line is added. What comes in by webhook and what is sent never waits for it.
create table audit_heads (
    tenant_id uuid not null,
    seq bigint not null,
    hash bytea not null,
    constraint audit_heads_pkey primary key (tenant_id),
    constraint audit_heads_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
) with (fillfactor = 50);

do $$
declare name text;
begin
    foreach name in array array['audit_logs', 'audit_heads']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
    end loop;
end $$;
grant select, insert on audit_logs to parley_app;
grant select, insert, delete on audit_logs to parley_system;   -- delete: retention, which leaves a line that says so
grant select, insert, update on audit_heads to parley_app, parley_system;
