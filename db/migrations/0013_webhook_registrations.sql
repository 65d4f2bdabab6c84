-- Where we told a provider to post: by integration, because its address is called, although one registration serves all accounts behind
-- the same credentials. The secret is among the integration's credentials, stored before the provider hears of it.
create table webhook_registrations (
    tenant_id uuid not null,
    integration_id uuid not null,
    address text not null,
    provider_ids text[] not null default '{}',        -- what the next rotation replaces
    is_pending boolean not null default true,         -- the secret of today is not known to have reached the provider: a next attempt takes the same
    claimed_until timestamptz,                        -- somebody is at it
    fence bigint not null default 0,                  -- grows with each attempt: an earlier one writes nothing
    error text,                                       -- why the last attempt failed, or what it left behind, in words
    registered_at timestamptz,
    previous_until timestamptz,                       -- so long the secret before this one is accepted, too
    updated_at timestamptz not null,
    constraint webhook_registrations_pkey primary key (tenant_id, integration_id),
    constraint webhook_registrations_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade
);
alter table webhook_registrations enable row level security;
alter table webhook_registrations force row level security;
create policy one_tenant on webhook_registrations to parley_app using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy all_tenants on webhook_registrations to parley_system using (true);
grant select, insert, update, delete on webhook_registrations to parley_app, parley_system;
