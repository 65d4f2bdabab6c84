-- Webhooks out: where a tenant wants to be told what happens, and what was, or is to be, told there.

create table webhook_endpoints (
    tenant_id uuid not null,
    id uuid not null,
    url text not null,
    description text not null,
    event_types text[] not null,        -- empty: all
    credentials bytea not null,         -- the signing secret, and the one before it while a rotation lasts; encrypted
    previous_secret_until timestamptz,
    status text not null,               -- removed: its rows are being taken away
    disabled_reason text,               -- in words; null where a person switched it off
    disabled_at timestamptz,
    seq bigint not null,                -- read in the feed up to here; what it has no room for stays in the feed
    failures int not null default 0,    -- in a row; it is left alone until blocked_until
    blocked_until timestamptz,
    failing_since timestamptz,          -- nothing has succeeded since
    last_error text,
    last_success_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint webhook_endpoints_pkey primary key (tenant_id, id),
    constraint webhook_endpoint_status_is_known check (status in ('active', 'disabled', 'removed'))
);

create table webhook_deliveries (
    tenant_id uuid not null,
    id uuid not null,                   -- the receiver's webhook-id, the same at each try
    endpoint_id uuid not null,
    seq bigint,                         -- of the line of the feed; null: a ping
    event_type text not null,
    payload bytea not null,             -- what is signed and sent, byte for byte
    status text not null,               -- skipped: the endpoint went on from later
    attempts int not null default 0,
    next_at timestamptz,                -- while it is pending
    status_code int,                    -- of the last try, as all that follows
    error text,
    excerpt text,
    took_ms int,
    attempted_at timestamptz,
    delivered_at timestamptz,
    created_at timestamptz not null,
    constraint webhook_deliveries_pkey primary key (tenant_id, id),
    constraint webhook_deliveries_endpoint_fkey foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade,
    constraint webhook_delivery_status_is_known check (status in ('pending', 'delivered', 'failed', 'skipped')),
    constraint pending_deliveries_have_a_time check ((status = 'pending') = (next_at is not null))
);
create unique index webhook_deliveries_key on webhook_deliveries (tenant_id, endpoint_id, seq);
create index webhook_deliveries_log_idx on webhook_deliveries (tenant_id, endpoint_id, id);
create index webhook_deliveries_pending_idx on webhook_deliveries (tenant_id, endpoint_id, id) where status = 'pending';
create index webhook_deliveries_failed_idx on webhook_deliveries (tenant_id, endpoint_id, id) where status = 'failed';
create index webhook_deliveries_age_idx on webhook_deliveries (created_at) where status <> 'pending';

do $$
declare name text;
begin
    foreach name in array array['webhook_endpoints', 'webhook_deliveries']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
