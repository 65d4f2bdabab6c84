-- The spine: accounts, people, conversations, messages, and the journal of what providers sent.

create table integrations (
    tenant_id uuid not null,
    id uuid not null,
    provider text not null,
    channel text not null,
    name text not null,
    external_id text not null,
    config jsonb not null default '{}',
    credentials bytea not null,       -- Data Protection, purpose-bound to tenant and integration
    status text not null default 'active',
    health text not null default 'unknown',
    health_message text,
    health_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint integrations_pkey primary key (tenant_id, id),
    constraint integrations_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint integration_status_is_known check (status in ('active', 'disabled')),
    constraint integration_health_is_known check (health in ('unknown', 'ok', 'failing'))
);
create unique index integrations_account_key on integrations (tenant_id, provider, channel, external_id);

create table contacts (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null default 'person',
    name text,
    phone text,
    email text,
    external_ref text,
    status text not null default 'active',
    metadata jsonb not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint contacts_pkey primary key (tenant_id, id),
    constraint contact_kind_is_known check (kind in ('person', 'group')),
    constraint contact_status_is_known check (status in ('active', 'blocked', 'inactive'))
);
create index contacts_phone_idx on contacts (tenant_id, phone) where phone is not null;

create table contact_identities (
    tenant_id uuid not null,
    channel text not null,
    handle text not null,
    contact_id uuid not null,
    created_at timestamptz not null,
    constraint contact_identities_pkey primary key (tenant_id, channel, handle),
    constraint contact_identities_contact_fkey foreign key (tenant_id, contact_id) references contacts (tenant_id, id) on delete cascade
);
create index contact_identities_contact_idx on contact_identities (tenant_id, contact_id);

create table conversations (
    tenant_id uuid not null,
    id uuid not null,
    contact_id uuid not null,
    integration_id uuid not null,
    channel text not null,
    thread_id text not null,          -- the provider's thread; for WhatsApp the handle it began with
    handle text not null,             -- where a reply goes
    status text not null default 'open',
    is_read boolean not null default true,
    unread_count int not null default 0,
    snoozed_until timestamptz,
    last_message_at timestamptz not null,
    last_message_preview text,
    last_message_direction text,
    last_inbound_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint conversations_pkey primary key (tenant_id, id),
    constraint conversations_contact_fkey foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
    constraint conversations_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id),
    constraint conversation_status_is_known check (status in ('open', 'closed', 'archived')),
    constraint read_conversations_have_nothing_unread check (not is_read or unread_count = 0)
);
create unique index conversations_thread_key on conversations (tenant_id, integration_id, thread_id);
create index conversations_contact_idx on conversations (tenant_id, contact_id);
-- The inbox list: newest first, keyset by (last_message_at, id).
create index conversations_list_idx on conversations (tenant_id, last_message_at desc, id desc);

create table messages (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    contact_id uuid not null,
    integration_id uuid not null,
    channel text not null,
    direction text not null,
    type text not null,
    content text,
    metadata jsonb,
    external_message_id text,
    status text not null,
    author text not null,             -- "contact", "user:<id>", "api:<id>", "provider" (written in the provider's own app)
    sender_contact_id uuid,           -- who wrote it, in a group
    reply_to text,                    -- the provider's id of the message it answers
    attachments jsonb,
    reactions jsonb,
    edited_at timestamptz,
    deleted_at timestamptz,
    attempt int not null default 0,
    fence bigint,                     -- the lease under which the running attempt was claimed
    priority smallint not null default 0,   -- 0 replies, 1 bulk
    send_after timestamptz,
    claimed_at timestamptz,
    failure_code text,
    error_code text,
    error_message text,
    webhook_event_id uuid,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    occurred_at timestamptz not null, -- the provider's time for what came in, ours for what goes out; the order of a conversation
    created_at timestamptz not null,
    constraint messages_pkey primary key (tenant_id, id),
    constraint messages_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
    constraint message_direction_is_known check (direction in ('inbound', 'outbound')),
    constraint message_type_is_known check (type in ('text', 'template', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'contacts', 'interactive', 'event', 'unsupported')),
    constraint message_status_is_known check (status in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown'))
);
-- Deduplication is this index, without a time window.
create unique index messages_external_key on messages (tenant_id, integration_id, external_message_id);
create index messages_conversation_idx on messages (tenant_id, conversation_id, occurred_at desc, id desc);
-- What waits to be sent, replies before bulk, first in first out.
create index messages_queued_idx on messages (tenant_id, integration_id, priority, id) where status = 'queued';
-- What is under way or unsettled: holds its conversation's order for a while.
create index messages_unsettled_idx on messages (tenant_id, integration_id, conversation_id) where status in ('sending', 'unknown');

create table message_statuses (
    tenant_id uuid not null,
    integration_id uuid not null,
    external_message_id text not null,
    status text not null,
    message_id uuid,                  -- null: it came before the message was known, and waits
    occurred_at timestamptz not null,
    failure_code text,
    error_code text,
    error_message text,
    created_at timestamptz not null,
    constraint message_statuses_pkey primary key (tenant_id, integration_id, external_message_id, status),
    constraint message_status_step_is_known check (status in ('sent', 'delivered', 'read', 'failed'))
);
create index message_statuses_message_idx on message_statuses (tenant_id, message_id);
create index message_statuses_waiting_idx on message_statuses (tenant_id, integration_id, external_message_id) where message_id is null;

create table webhook_events (
    tenant_id uuid not null,
    id uuid not null,
    integration_id uuid not null,
    provider text not null,
    kind text not null,
    status text not null,
    error text,
    body bytea not null,              -- as it was signed: JSON columns refuse NUL and lone surrogates
    attempts int not null default 1,
    created_at timestamptz not null,
    processed_at timestamptz,
    constraint webhook_events_pkey primary key (tenant_id, id),
    constraint webhook_event_status_is_known check (status in ('unprocessed', 'processed', 'failed'))
);
create index webhook_events_failed_idx on webhook_events (tenant_id, id) where status <> 'processed';
