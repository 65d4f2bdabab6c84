-- Providers that keep history: their chats are our conversations, and what is read of them is remembered.
set local lock_timeout = '10s';

-- A conversation is one of the provider's chats where the provider has such. What it tells of a chat's last activity is compared
-- only with what it told before: it may be rounded, or from the future.
alter table conversations
    add column is_thread boolean not null default false,   -- thread_id is the provider's own id of the chat
    add column thread_name text,                            -- the chat's own title
    add column thread_network_id text,                      -- the network's id of it, behind the provider's
    add column thread_details jsonb,                        -- members of the provider's record for which we have no word
    add column thread_activity_at timestamptz,              -- its last activity, as the provider last told
    add column synced_activity_at timestamptz,              -- the activity up to which its messages are here; null: never read to the end
    add column synced_message_at timestamptz,               -- the newest message when they were last read from the top
    add column sync_cursor text,                            -- where a first reading that broke off goes on
    add column is_read_only boolean not null default false,
    add column message_count bigint not null default 0;

alter table messages
    add column network_id text,                             -- the network's id, unique within its chat at best
    add column seen_by jsonb,                               -- [{"handle", "at"}]
    add column details jsonb,                               -- members of the provider's record for which we have no word
    add column is_hidden boolean not null default false;    -- not shown in the thread, never unread

-- How reading an account's history goes, and what came of the last time. The run is its fence: an earlier one writes nothing.
create table account_syncs (
    tenant_id uuid not null,
    integration_id uuid not null,
    run bigint not null default 0,
    state text not null,
    is_full boolean not null default false,
    wants_full boolean not null default false,              -- the next run takes all, not only what is newer
    chats_listed int not null default 0,
    chats_to_sync int not null default 0,
    chats_done int not null default 0,
    messages_fetched bigint not null default 0,
    messages_created bigint not null default 0,
    messages_unread bigint not null default 0,
    chats_with_errors int not null default 0,
    errors jsonb not null default '[]',                     -- the first hundred: [{"chat_id", "code", "words"}]
    stopped_by text,                                        -- what ended a run that failed, in words
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz not null,
    constraint account_syncs_pkey primary key (tenant_id, integration_id),
    constraint account_syncs_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade,
    constraint account_sync_state_is_known check (state in ('waiting', 'running', 'done', 'failed'))
);
alter table account_syncs enable row level security;
alter table account_syncs force row level security;
create policy one_tenant on account_syncs to parley_app using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy all_tenants on account_syncs to parley_system using (true);
grant select, insert, update, delete on account_syncs to parley_app, parley_system;

-- The owner sees no rows: the count is made in the role that sees all.
set local role parley_system;
update conversations c set message_count = m.n
from (select tenant_id, conversation_id, count(*) as n from messages group by tenant_id, conversation_id) m
where c.tenant_id = m.tenant_id and c.id = m.conversation_id;
reset role;
