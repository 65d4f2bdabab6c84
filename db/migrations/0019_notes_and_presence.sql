-- What colleagues write to each other beside a conversation, and who is where.

create table notes (
    tenant_id uuid not null,
    id uuid not null,
    contact_id uuid not null,
    conversation_id uuid,               -- where it was written; null: at the contact
    user_id uuid,                       -- who wrote it; null: a program
    author text not null,
    type text not null,                 -- private: only for its author and admins
    content text not null,              -- Markdown
    version int not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    constraint notes_pkey primary key (tenant_id, id),
    constraint notes_contact_fkey foreign key (tenant_id, contact_id) references contacts (tenant_id, id) on delete cascade,
    constraint note_type_is_known check (type in ('public', 'private')),
    constraint note_says_something check (length(content) between 1 and 20000)
);
create index notes_contact_idx on notes (tenant_id, contact_id, created_at desc, id desc);
create index notes_user_idx on notes (tenant_id, user_id);

-- What a note said before it was changed.
create table note_versions (
    tenant_id uuid not null,
    note_id uuid not null,
    version int not null,
    type text not null,
    content text not null,
    author text not null,               -- who wrote this version
    created_at timestamptz not null,
    constraint note_versions_pkey primary key (tenant_id, note_id, version),
    constraint note_versions_note_fkey foreign key (tenant_id, note_id) references notes (tenant_id, id) on delete cascade
);

-- Somebody was named in a note.
create table notifications (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    kind text not null,
    note_id uuid not null,
    contact_id uuid not null,
    conversation_id uuid,
    from_user_id uuid,
    created_at timestamptz not null,
    read_at timestamptz,
    constraint notifications_pkey primary key (tenant_id, id),
    constraint notifications_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
    constraint notifications_note_fkey foreign key (tenant_id, note_id) references notes (tenant_id, id) on delete cascade,
    constraint notification_kind_is_known check (kind in ('mention'))
);
create unique index notifications_note_key on notifications (tenant_id, note_id, user_id);
create index notifications_user_idx on notifications (tenant_id, user_id, created_at desc, id desc);
create index notifications_unread_idx on notifications (tenant_id, user_id) where read_at is null;

-- Who is online, where they look, and whether they type: one row for each open page, written when that changes and every fifteen seconds at
-- most. Unlogged: after a crash of the database everybody who is there says so again.
create unlogged table presence (
    tenant_id uuid not null,
    user_id uuid not null,
    page_id uuid not null,
    contact_id uuid,
    status text not null,               -- online, viewing or typing
    last_seen timestamptz not null,
    constraint presence_pkey primary key (tenant_id, user_id, page_id),
    constraint presence_status_is_known check (status in ('online', 'viewing', 'typing'))
) with (fillfactor = 50);
create index presence_contact_idx on presence (tenant_id, contact_id);
create index presence_age_idx on presence (last_seen);

do $$
declare name text;
begin
    foreach name in array array['notes', 'note_versions', 'notifications', 'presence']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
