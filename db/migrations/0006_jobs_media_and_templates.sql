-- Later work, the files that messages carry, and the templates that providers approve.

-- The only queue for later work. A job is inserted with the change that causes it and deleted with its effect; what is
-- here is still to be done, or dead and waiting for a person. The fence grows with each claim: an earlier worker that
-- wakes up late finishes nothing.
create table scheduled_jobs (
    tenant_id uuid not null,
    id uuid not null,
    type text not null,
    key text not null,                -- what it is about: one open job for each (type, key)
    payload jsonb not null default '{}',
    status text not null default 'waiting',
    scheduled_at timestamptz not null,
    attempts int not null default 0,
    fence bigint not null default 0,
    lease_until timestamptz,
    last_error text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint scheduled_jobs_pkey primary key (tenant_id, id),
    constraint scheduled_job_status_is_known check (status in ('waiting', 'running', 'dead'))
);
create unique index scheduled_jobs_key on scheduled_jobs (tenant_id, type, key);
create index scheduled_jobs_due_idx on scheduled_jobs (tenant_id, scheduled_at, id) where status = 'waiting';
create index scheduled_jobs_running_idx on scheduled_jobs (tenant_id, lease_until) where status = 'running';
create index scheduled_jobs_dead_idx on scheduled_jobs (tenant_id, id) where status = 'dead';

create table attachments (
    tenant_id uuid not null,
    id uuid not null,
    message_id uuid,                  -- null: uploaded, and not sent yet
    position int not null default 0,
    kind text not null,
    status text not null,             -- pending: still with the provider
    mime_type text,                   -- what the bytes say, where they say something; before that, what the sender says
    file_name text,
    size bigint,
    sha256 text,                      -- hex; with the tenant, the address of the bytes
    provider_id text,
    provider_url text,
    provider_sha256 text,
    error text,
    author text,
    created_at timestamptz not null,
    stored_at timestamptz,
    constraint attachments_pkey primary key (tenant_id, id),
    constraint attachments_message_fkey foreign key (tenant_id, message_id) references messages (tenant_id, id) on delete cascade,
    constraint attachment_kind_is_known check (kind in ('image', 'video', 'audio', 'document', 'sticker')),
    constraint attachment_status_is_known check (status in ('pending', 'stored', 'failed')),
    constraint stored_attachments_have_an_address check (status <> 'stored' or sha256 is not null and size is not null)
);
create index attachments_message_idx on attachments (tenant_id, message_id);
create index attachments_unsent_idx on attachments (created_at) where message_id is null;

-- A file given to a provider once serves all messages that carry it, while the provider keeps it.
create table provider_media (
    tenant_id uuid not null,
    integration_id uuid not null,
    sha256 text not null,
    kind text not null,
    provider_id text not null,
    expires_at timestamptz not null,
    constraint provider_media_pkey primary key (tenant_id, integration_id, sha256, kind),
    constraint provider_media_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade
);

create table templates (
    tenant_id uuid not null,
    id uuid not null,
    integration_id uuid not null,
    channel text not null,
    name text not null,
    language text not null,
    category text,
    status text not null,             -- the provider's word in lower case; "deleted" when it has it no longer
    rejected_reason text,
    quality text,
    content jsonb not null,           -- header body footer buttons, variables as {{1}} or {{name}}
    external_id text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint templates_pkey primary key (tenant_id, id),
    constraint templates_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade
);
create unique index templates_name_key on templates (tenant_id, integration_id, name, language);

-- What was noted in messages so far becomes rows, to be fetched (ids live for seven days).
-- (Forced policies show the owner no rows; for this moment they are not forced.)
alter table messages no force row level security;
alter table integrations no force row level security;
insert into attachments (tenant_id, id, message_id, position, kind, status, mime_type, file_name, size, provider_id, provider_url, provider_sha256, created_at)
select m.tenant_id, gen_random_uuid(), m.id, (x.n - 1)::int, x.a ->> 'kind', 'pending', x.a ->> 'mimeType', x.a ->> 'fileName', (x.a ->> 'size')::bigint,
    x.a ->> 'providerId', x.a ->> 'url', x.a ->> 'sha256', m.created_at
from messages m
cross join lateral jsonb_array_elements(m.attachments) with ordinality x (a, n)
where m.attachments is not null;
insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
select tenant_id, id, 'media.fetch', id::text, 'waiting', created_at, created_at, created_at from attachments;
insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
select tenant_id, gen_random_uuid(), 'templates.sync', id::text, 'waiting', created_at, created_at, created_at from integrations where provider = 'meta';
alter table messages drop column attachments;
alter table messages force row level security;
alter table integrations force row level security;

do $$
declare name text;
begin
    foreach name in array array['scheduled_jobs', 'attachments', 'provider_media', 'templates']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
