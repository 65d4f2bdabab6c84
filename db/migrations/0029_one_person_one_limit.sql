-- Three things that hold only if the database keeps them: a number that is written in two ways is one person, the newest word about being written to counts, and answers under way count against a limit.
set local lock_timeout = '10s';

alter table contact_identities
    add column number_key text,          -- on the identity that made the person: the one form of a number that networks write in two ways; null for all others
    add column consent_at timestamptz;   -- when the person, or the provider, last said yes or no: what is older changes nothing
update contact_identities set consent_at = opted_out_at where opted_out_at is not null;
-- Two that meet a person at once, each in another writing, meet here.
create unique index contact_identities_number_key on contact_identities (tenant_id, channel, number_key) where number_key is not null;

-- What answers that are under way may still cost; one for each conversation. One that a crash left behind ends by its time.
create table bot_reservations (
    tenant_id uuid not null,
    conversation_id uuid not null,
    integration_id uuid not null,
    tokens bigint not null,
    until timestamptz not null,
    constraint bot_reservations_pkey primary key (tenant_id, conversation_id),
    constraint bot_reservations_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade
);
create index bot_reservations_integration_idx on bot_reservations (tenant_id, integration_id);
alter table bot_reservations enable row level security;
alter table bot_reservations force row level security;
create policy one_tenant on bot_reservations to parley_app using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy all_tenants on bot_reservations to parley_system using (true);
grant select, insert, update, delete on bot_reservations to parley_app, parley_system;
