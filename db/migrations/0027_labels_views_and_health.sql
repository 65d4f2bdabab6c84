-- What a team sorts its conversations by, what each member wants to be told, and what became of connected accounts.
create table labels (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    colour text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint labels_pkey primary key (tenant_id, id),
    constraint labels_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint label_colour_is_known check (colour in ('gray', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'))
);
create unique index labels_name_key on labels (tenant_id, name);

create table conversation_labels (
    tenant_id uuid not null,
    conversation_id uuid not null,
    label_id uuid not null,
    created_at timestamptz not null,
    constraint conversation_labels_pkey primary key (tenant_id, conversation_id, label_id),
    constraint conversation_labels_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
    constraint conversation_labels_label_fkey foreign key (tenant_id, label_id) references labels (tenant_id, id) on delete cascade
);
create index conversation_labels_label_idx on conversation_labels (tenant_id, label_id, conversation_id);

create table contact_labels (
    tenant_id uuid not null,
    contact_id uuid not null,
    label_id uuid not null,
    created_at timestamptz not null,
    constraint contact_labels_pkey primary key (tenant_id, contact_id, label_id),
    constraint contact_labels_contact_fkey foreign key (tenant_id, contact_id) references contacts (tenant_id, id) on delete cascade,
    constraint contact_labels_label_fkey foreign key (tenant_id, label_id) references labels (tenant_id, id) on delete cascade
);
create index contact_labels_label_idx on contact_labels (tenant_id, label_id, contact_id);

-- A way to look at the inbox under a name: somebody's own, or everybody's.
create table saved_views (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid,                     -- null: made with an API key, which has no own views
    name text not null,
    filter jsonb not null,
    is_shared boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint saved_views_pkey primary key (tenant_id, id),
    constraint saved_views_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
    constraint own_views_have_an_owner check (is_shared or user_id is not null)
);
create index saved_views_user_idx on saved_views (tenant_id, user_id);

create table notification_preferences (
    tenant_id uuid not null,
    user_id uuid not null,
    notify_about text not null,
    sound boolean not null,
    desktop boolean not null,
    updated_at timestamptz not null,
    constraint notification_preferences_pkey primary key (tenant_id, user_id),
    constraint notification_preferences_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
    constraint notify_about_is_known check (notify_about in ('own', 'assigned', 'all'))
);

-- Each time that an account began to work, or ceased to: the newest hundred are kept.
create table integration_health_events (
    tenant_id uuid not null,
    id uuid not null,
    integration_id uuid not null,
    health text not null,
    message text,
    created_at timestamptz not null,
    constraint integration_health_events_pkey primary key (tenant_id, id),
    constraint integration_health_events_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade
);
create index integration_health_events_integration_idx on integration_health_events (tenant_id, integration_id, id);

-- A paused account takes messages and sends none: what is queued waits. (A disabled one takes none either.)
-- A removed one is only a mark until a job has taken its rows away.
alter table integrations
    add column credentials_changed_at timestamptz,
    add column removed_at timestamptz;
alter table integrations drop constraint integration_status_is_known;
alter table integrations add constraint integration_status_is_known check (status in ('active', 'paused', 'disabled'));

-- Snoozes end by a job from now on: those that are under way get theirs. (Forced policies show the owner no rows; for this moment they are not forced.)
alter table conversations no force row level security;
insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
select tenant_id, gen_random_uuid(), 'conversations.wake', 'all', 'waiting', min(snoozed_until), now(), now()
from conversations
where snoozed_until is not null
group by tenant_id;
alter table conversations force row level security;

do $$
declare name text;
begin
    foreach name in array array['labels', 'conversation_labels', 'contact_labels', 'saved_views', 'notification_preferences', 'integration_health_events']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
