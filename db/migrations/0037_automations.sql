-- Automations: what starts them, whom they are for, what they do; and a log of each run. A run is made once for each (automation, event): the index says so.

create table automations (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    description text,
    status text not null,                   -- removed: hidden, its rows are being taken away
    version int not null default 1,         -- of the definition: automation_versions has it
    trigger_type text not null,
    trigger_config jsonb not null default '{}'::jsonb,
    conditions jsonb not null default '{}'::jsonb,
    actions jsonb not null,                 -- the steps; values of headers are kept apart, encrypted
    options jsonb not null default '{}'::jsonb,   -- quiet hours, limits
    credentials bytea,                      -- values of the headers of http_request, encrypted
    secret_hash bytea,                      -- of the secret in a webhook's address
    since_seq bigint not null default 0,    -- what happened before it was switched on is none of its business
    next_at timestamptz,                    -- of a schedule
    status_reason text,
    author text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint automations_pkey primary key (tenant_id, id),
    constraint automations_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint automation_has_a_name check (length(name) between 1 and 100),
    constraint automation_status_is_known check (status in ('draft', 'active', 'paused', 'removed')),
    constraint automation_trigger_is_known check (trigger_type in ('webhook', 'schedule', 'manual', 'api',
        'message_received', 'message_failed', 'conversation_opened', 'conversation_closed', 'contact_created', 'label_added', 'no_reply'))
);

-- The definition as it was at each version: a run that waits goes on with the steps that it began with.
create table automation_versions (
    tenant_id uuid not null,
    automation_id uuid not null,
    version int not null,
    actions jsonb not null,
    options jsonb not null,
    author text not null,
    created_at timestamptz not null,
    constraint automation_versions_pkey primary key (tenant_id, automation_id, version),
    constraint automation_versions_automation_fkey foreign key (tenant_id, automation_id) references automations (tenant_id, id) on delete cascade
);

-- Counted in several rows for each automation, of which a run's end takes any: runs of one automation do not wait for each other. Their sum counts.
create table automation_counts (
    tenant_id uuid not null,
    automation_id uuid not null,
    slot smallint not null,
    executions bigint not null default 0,
    successes bigint not null default 0,
    failures bigint not null default 0,
    last_triggered_at timestamptz,
    constraint automation_counts_pkey primary key (tenant_id, automation_id, slot),
    constraint automation_counts_automation_fkey foreign key (tenant_id, automation_id) references automations (tenant_id, id) on delete cascade
);

-- How far a tenant's feed was read for its automations; and the version of all of them, which readers compare with what they have in memory.
create table automation_cursors (
    tenant_id uuid not null,
    seq bigint not null,
    version bigint not null default 0,
    is_read boolean not null default false,   -- one that listens to the feed is active
    constraint automation_cursors_pkey primary key (tenant_id),
    constraint automation_cursors_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

create table automation_runs (
    tenant_id uuid not null,
    id uuid not null,
    automation_id uuid not null,
    version int not null,
    event_key text not null,                -- what it answers to: message:<id>, schedule:<time>, webhook:<id>…
    trigger_type text not null,
    trigger jsonb not null default '{}'::jsonb,   -- what came with it
    conversation_id uuid,
    contact_id uuid,
    message_id uuid,
    chain uuid[] not null default '{}'::uuid[],   -- automations by whose runs it was caused, the first first
    caused_by uuid,                         -- the run whose effect it answers to
    status text not null,
    reason text,                            -- in words: why it waits, failed or was stopped
    next_step int not null default 1,
    resume_at timestamptz,                  -- while it waits
    started_at timestamptz,
    finished_at timestamptz,
    created_at timestamptz not null,
    constraint automation_runs_pkey primary key (tenant_id, id),
    constraint automation_runs_automation_fkey foreign key (tenant_id, automation_id) references automations (tenant_id, id) on delete cascade,
    constraint automation_run_status_is_known check (status in ('queued', 'running', 'waiting', 'succeeded', 'failed', 'stopped', 'cancelled'))
);
create unique index automation_runs_event_key on automation_runs (tenant_id, automation_id, event_key);
create index automation_runs_log_idx on automation_runs (tenant_id, automation_id, id);
create index automation_runs_open_idx on automation_runs (tenant_id, automation_id, status, id) where status in ('queued', 'running', 'waiting');
create index automation_runs_started_idx on automation_runs (tenant_id, automation_id, started_at) where started_at is not null;
create index automation_runs_contact_idx on automation_runs (tenant_id, contact_id, automation_id, created_at) where contact_id is not null;
create index automation_runs_conversation_idx on automation_runs (tenant_id, conversation_id) where conversation_id is not null;
create index automation_runs_age_idx on automation_runs (created_at);

create table automation_steps (
    tenant_id uuid not null,
    id uuid not null,
    run_id uuid not null,
    position int not null,                  -- from 1
    type text not null,
    status text not null,
    attempts int not null default 0,
    input jsonb,                            -- what it was about to do, without values of headers
    result jsonb,
    error text,
    message_id uuid,                        -- what it sent
    started_at timestamptz,
    finished_at timestamptz,
    constraint automation_steps_pkey primary key (tenant_id, id),
    constraint automation_steps_run_fkey foreign key (tenant_id, run_id) references automation_runs (tenant_id, id) on delete cascade,
    constraint automation_step_status_is_known check (status in ('running', 'waiting', 'succeeded', 'failed'))
);
create unique index automation_steps_position_key on automation_steps (tenant_id, run_id, position);
create index automation_steps_message_idx on automation_steps (tenant_id, message_id) where message_id is not null;

-- The run that made a line of the feed: what an automation does is known as its doing, so that two that trigger each other come to an end.
alter table events add column run_id uuid;

do $$
declare name text;
begin
    foreach name in array array['automations', 'automation_versions', 'automation_counts', 'automation_cursors', 'automation_runs', 'automation_steps']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
