-- Looks that grew with the table, and what a retry must know.

-- Tries since somebody last asked for one; attempt goes on counting, so that an echo of an older attempt is never taken for a newer one.
alter table messages add column tries int not null default 0;
-- Who wrote in groups: found when two contacts turn out to be one.
create index messages_sender_idx on messages (tenant_id, sender_contact_id) where sender_contact_id is not null;

-- Steps that wait for their message, the newest first: those of other systems on the same number stay for ever.
drop index message_statuses_waiting_idx;
create index message_statuses_waiting_idx on message_statuses (created_at) where message_id is null;

-- The filters of the inbox.
create index conversations_unread_idx on conversations (tenant_id, activity_at desc) where not is_read;
create index conversations_put_away_idx on conversations (tenant_id, status, activity_at desc) where status <> 'open';
create index conversations_snoozed_idx on conversations (tenant_id, activity_at desc) where snoozed_until is not null;
create index conversations_integration_idx on conversations (tenant_id, integration_id, activity_at desc);
create index webhook_events_integration_idx on webhook_events (tenant_id, integration_id, id);

-- Addresses from which a user has signed in: never locked out by what others do elsewhere.
create table login_addresses (
    user_id uuid not null,
    address text not null,
    last_used_at timestamptz not null,
    constraint login_addresses_pkey primary key (user_id, address)
);
alter table login_addresses enable row level security;
alter table login_addresses force row level security;
create policy all_tenants on login_addresses to parley_system using (true);
grant select, insert, update, delete on login_addresses to parley_system;
