-- A file of contacts that was uploaded, and how far it has been read. Contacts and progress of a batch are one transaction:
-- whoever goes on after a crash goes on behind it. Rows that could not be taken are kept with the reason, to be downloaded.
create table contact_imports (
    tenant_id uuid not null,
    id uuid not null,
    file_name text,
    sha256 text not null,
    size bigint not null,
    encoding text not null,
    delimiter text not null,
    columns jsonb not null,
    mapping jsonb not null default '{}',
    updates_existing boolean not null default true,
    state text not null,
    rows_total int not null default 0,
    rows_done int not null default 0,
    created_count int not null default 0,
    updated_count int not null default 0,
    unchanged_count int not null default 0,
    failed_count int not null default 0,
    stopped_by text,
    author text not null,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz not null,
    constraint contact_imports_pkey primary key (tenant_id, id),
    constraint contact_import_state_is_known check (state in ('uploaded', 'running', 'done', 'failed', 'cancelled'))
);

create table contact_import_errors (
    tenant_id uuid not null,
    import_id uuid not null,
    row_number int not null,
    cells jsonb not null,
    errors jsonb not null,
    constraint contact_import_errors_pkey primary key (tenant_id, import_id, row_number),
    constraint contact_import_errors_import_fkey foreign key (tenant_id, import_id) references contact_imports (tenant_id, id) on delete cascade
);

do $$
declare name text;
begin
    foreach name in array array['contact_imports', 'contact_import_errors']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
