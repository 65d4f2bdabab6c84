-- Reports are read from numbers kept along the way, never by counting messages. Messages change after they were counted (ticks, failures, merges),
-- so nothing is added up: what changed marks a quarter of an hour, or a conversation, and the marked one is counted anew. A quarter of an hour fits
-- every time zone there is.
set local lock_timeout = '10s';

-- How far the counting has read the tenant's feed. Without a row, everything is counted anew.
create table count_cursors (
    tenant_id uuid not null,
    seq bigint not null,
    counted_until timestamptz,        -- every change up to here is in the numbers; null: the first count is under way
    constraint count_cursors_pkey primary key (tenant_id),
    constraint count_cursors_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

create table count_marks (
    tenant_id uuid not null,
    slot timestamptz not null,
    marked_at timestamptz not null,
    constraint count_marks_pkey primary key (tenant_id, slot),
    constraint count_marks_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

create table message_counts (
    tenant_id uuid not null,
    slot timestamptz not null,
    integration_id uuid not null,
    channel text not null,
    direction text not null,
    author text not null,
    total int not null,
    waiting int not null,             -- queued or sending
    unknown int not null,
    sent int not null,                -- got as far as this, and no further
    delivered int not null,
    read int not null,
    failed int not null,
    constraint message_counts_pkey primary key (tenant_id, slot, integration_id, channel, direction, author),
    constraint message_counts_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

-- A person waits from their first message after our last one to our next one.
create table response_marks (
    tenant_id uuid not null,
    conversation_id uuid not null,
    since timestamptz not null,       -- what happened before stays as it was counted
    constraint response_marks_pkey primary key (tenant_id, conversation_id),
    constraint response_marks_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

create table response_times (
    tenant_id uuid not null,
    conversation_id uuid not null,
    message_id uuid not null,         -- the first that waits
    integration_id uuid not null,
    channel text not null,
    began_at timestamptz not null,
    ended_at timestamptz,             -- null: still waits
    author text,                      -- who answered
    is_first boolean not null,        -- since the conversation was closed last, or ever
    constraint response_times_pkey primary key (tenant_id, conversation_id, message_id),
    constraint response_times_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);
create index response_times_time_idx on response_times (tenant_id, began_at);

-- Each time a conversation was done with.
create table closings (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    integration_id uuid not null,
    channel text not null,
    began_at timestamptz,             -- the first message since the closing before; null: the person said nothing
    closed_at timestamptz not null,
    reopened_at timestamptz,          -- somebody took it back
    constraint closings_pkey primary key (tenant_id, id),
    constraint closings_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);
create index closings_time_idx on closings (tenant_id, closed_at);
create index closings_conversation_idx on closings (tenant_id, conversation_id, closed_at);

do $$
declare name text;
begin
    foreach name in array array['count_cursors', 'count_marks', 'message_counts', 'response_marks', 'response_times', 'closings']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
