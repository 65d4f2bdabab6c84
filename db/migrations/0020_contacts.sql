-- Contacts: what a team knows about a person, which two are the same, and taking that back.
--
-- A merge moves the rows that refer to a contact to who stays, and removes the other's own row, kept whole in the record
-- of the merge. So nothing can be written for somebody who is gone: every foreign key to contacts says so, also those of
-- tables that are yet to come. `contact_aliases` leads from an id that is gone to who stays.
alter table contacts
    add column notes text,
    add column social_handles jsonb not null default '{}',
    add column match_keys text[] not null default '{}',
    add column matched_at timestamptz;
comment on column contacts.matched_at is 'When it was last compared with the others; null: it is new or has changed since.';
comment on column contacts.match_keys is 'What it is compared by: see Contacts/Duplicates/MatchKeys.cs.';

-- The merge by which the identity came to its contact; null where it is the contact's own. People who were joined by hand
-- keep a conversation each, so that taking them apart leaves every message where it belongs.
alter table contact_identities add column merge_id uuid;

create index contacts_email_idx on contacts (tenant_id, email) where email is not null;
create index contacts_external_ref_idx on contacts (tenant_id, external_ref) where external_ref is not null;
create index contacts_status_idx on contacts (tenant_id, status, id desc) where status <> 'active';
create index contacts_metadata_idx on contacts using gin (tenant_id, metadata jsonb_path_ops);
create index contacts_match_idx on contacts using gin (tenant_id, match_keys);
create index contacts_unmatched_idx on contacts (tenant_id, id) where matched_at is null;
create index contact_identities_channel_idx on contact_identities (tenant_id, channel, contact_id);

create table contact_aliases (
    tenant_id uuid not null,
    id uuid not null,
    contact_id uuid not null,
    constraint contact_aliases_pkey primary key (tenant_id, id),
    constraint contact_aliases_contact_fkey foreign key (tenant_id, contact_id) references contacts (tenant_id, id) on delete cascade
);
create index contact_aliases_contact_idx on contact_aliases (tenant_id, contact_id);

-- No foreign keys: who stayed may be merged again, or deleted. `before` and `after` are the fields of who stayed around the
-- merge, `gone` the other's whole row, `moved` what went over or was put aside, for each table.
create table contact_merges (
    tenant_id uuid not null,
    id uuid not null,
    contact_id uuid not null,
    gone_id uuid not null,
    origin text not null,
    author text not null,
    reasons jsonb not null default '[]',
    before jsonb not null,
    after jsonb not null,
    gone jsonb not null,
    moved jsonb not null,
    created_at timestamptz not null,
    undone_at timestamptz,
    undone_by text,
    constraint contact_merges_pkey primary key (tenant_id, id),
    constraint contact_merge_origin_is_known check (origin in ('user', 'rule', 'provider'))
);
create index contact_merges_contact_idx on contact_merges (tenant_id, contact_id, id);
create index contact_merges_gone_idx on contact_merges (tenant_id, gone_id);

create table contact_suggestions (
    tenant_id uuid not null,
    id uuid not null,
    first_id uuid not null,
    second_id uuid not null,
    score int not null,
    reasons jsonb not null,
    status text not null default 'open',
    dismissed_by text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint contact_suggestions_pkey primary key (tenant_id, id),
    constraint contact_suggestions_first_fkey foreign key (tenant_id, first_id) references contacts (tenant_id, id) on delete cascade,
    constraint contact_suggestions_second_fkey foreign key (tenant_id, second_id) references contacts (tenant_id, id) on delete cascade,
    constraint contact_suggestion_status_is_known check (status in ('open', 'dismissed')),
    constraint contact_suggestions_are_pairs check (first_id < second_id)
);
create unique index contact_suggestions_pair_key on contact_suggestions (tenant_id, first_id, second_id);
create index contact_suggestions_second_idx on contact_suggestions (tenant_id, second_id);
create index contact_suggestions_open_idx on contact_suggestions (tenant_id, score desc, id desc) where status = 'open';

create table contact_settings (
    tenant_id uuid not null,
    merges_exact boolean not null default false,
    updated_at timestamptz not null,
    constraint contact_settings_pkey primary key (tenant_id),
    constraint contact_settings_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

do $$
declare name text;
begin
    foreach name in array array['contact_aliases', 'contact_merges', 'contact_suggestions', 'contact_settings']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
