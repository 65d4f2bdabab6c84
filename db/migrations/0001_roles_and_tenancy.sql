-- Who may see what. Two roles without login own nothing: parley_app sees one tenant, parley_system sees all.
-- They are made by the migration runner before this file (roles belong to the cluster, not to the database).
-- Every transaction enters one of them by the procedures below, in the same round trip as its first statement.

create procedure enter_tenant(tenant uuid) language plpgsql as $$
begin
    -- "set local" and not set_config(): only this form reaches the workers of a Citus cluster.
    set local citus.propagate_set_commands = 'local';
    execute format('set local app.tenant_id = %L', tenant);
    set local role parley_app;
end $$;

create procedure enter_system() language plpgsql as $$
begin
    set local role parley_system;
end $$;

-- A plain expression in a policy is inlined and may use an index; a function of our own might not be.
create table tenants (
    id uuid not null,
    name text not null,
    status text not null default 'active',
    created_at timestamptz not null,
    constraint tenants_pkey primary key (id),
    constraint tenant_status_is_known check (status in ('active', 'inactive')),
    constraint tenant_has_a_name check (length(name) between 1 and 150)
);

create table users (
    tenant_id uuid not null,
    id uuid not null,
    email text not null,
    name text not null,
    role text not null,
    password_hash text not null,
    password_history jsonb not null default '[]',
    is_active boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint users_pkey primary key (tenant_id, id),
    constraint users_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint user_role_is_known check (role in ('viewer', 'editor', 'admin'))
);
create unique index users_email_key on users (tenant_id, email);

create table sessions (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    secret_hash bytea not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    address text,
    user_agent text,
    constraint sessions_pkey primary key (tenant_id, id),
    constraint sessions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create unique index sessions_secret_key on sessions (tenant_id, secret_hash);
create index sessions_user_idx on sessions (tenant_id, user_id);

create table api_keys (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    role text not null,
    secret_hash bytea not null,
    hint text not null,
    created_by uuid,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_keys_pkey primary key (tenant_id, id),
    constraint api_keys_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint api_key_role_is_known check (role in ('viewer', 'editor', 'admin'))
);
create unique index api_keys_secret_key on api_keys (tenant_id, secret_hash);

create table idempotency_keys (
    tenant_id uuid not null,
    key text not null,
    route text not null,
    body_hash bytea not null,
    status_code int not null,
    response jsonb not null,
    created_at timestamptz not null,
    constraint idempotency_keys_pkey primary key (tenant_id, key, route)
);
create index idempotency_keys_age_idx on idempotency_keys (created_at);

-- What is needed before the tenant is known. Small, global, only for the system role.
create table logins (
    email text not null,
    tenant_id uuid not null,
    user_id uuid not null,
    constraint logins_pkey primary key (email)
);

create table login_attempts (
    subject text not null,            -- "account:<sha256 of e-mail>" or "address:<ip>"
    failures int not null,
    last_failed_at timestamptz not null,
    constraint login_attempts_pkey primary key (subject)
);

create table integration_routes (
    integration_id uuid not null,
    tenant_id uuid not null,
    provider text not null,
    constraint integration_routes_pkey primary key (integration_id)
);

create table data_protection_keys (
    id text not null,
    xml text not null,                -- wrapped by the master key
    created_at timestamptz not null,
    constraint data_protection_keys_pkey primary key (id)
);
