-- Generated from the catalog by: parley migrate --picture db/schema.sql

create table account_syncs
    tenant_id uuid not null
    integration_id uuid not null
    run bigint not null default 0
    state text not null
    is_full boolean not null default false
    wants_full boolean not null default false
    chats_listed integer not null default 0
    chats_to_sync integer not null default 0
    chats_done integer not null default 0
    messages_fetched bigint not null default 0
    messages_created bigint not null default 0
    messages_unread bigint not null default 0
    chats_with_errors integer not null default 0
    errors jsonb not null default '[]'::jsonb
    stopped_by text
    started_at timestamp with time zone
    finished_at timestamp with time zone
    updated_at timestamp with time zone not null
    constraint account_sync_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
    constraint account_syncs_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint account_syncs_pkey PRIMARY KEY (tenant_id, integration_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table api_keys
    tenant_id uuid not null
    id uuid not null
    name text not null
    role text not null
    secret_hash bytea not null
    hint text not null
    created_by uuid
    created_at timestamp with time zone not null
    last_used_at timestamp with time zone
    revoked_at timestamp with time zone
    constraint api_key_role_is_known CHECK ((role = ANY (ARRAY['viewer'::text, 'editor'::text, 'admin'::text])))
    constraint api_keys_pkey PRIMARY KEY (tenant_id, id)
    constraint api_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE UNIQUE INDEX api_keys_secret_key ON public.api_keys USING btree (tenant_id, secret_hash)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table attachments
    tenant_id uuid not null
    id uuid not null
    message_id uuid
    position integer not null default 0
    kind text not null
    status text not null
    mime_type text
    file_name text
    size bigint
    sha256 text
    provider_id text
    provider_url text
    provider_sha256 text
    error text
    author text
    created_at timestamp with time zone not null
    stored_at timestamp with time zone
    constraint attachment_kind_is_known CHECK ((kind = ANY (ARRAY['image'::text, 'video'::text, 'audio'::text, 'document'::text, 'sticker'::text])))
    constraint attachment_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'stored'::text, 'failed'::text])))
    constraint attachments_message_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES messages(tenant_id, id) ON DELETE CASCADE
    constraint attachments_pkey PRIMARY KEY (tenant_id, id)
    constraint stored_attachments_have_an_address CHECK (((status <> 'stored'::text) OR ((sha256 IS NOT NULL) AND (size IS NOT NULL))))
    CREATE INDEX attachments_message_idx ON public.attachments USING btree (tenant_id, message_id)
    CREATE INDEX attachments_unsent_idx ON public.attachments USING btree (created_at) WHERE (message_id IS NULL)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_identities
    tenant_id uuid not null
    channel text not null
    handle text not null
    contact_id uuid not null
    created_at timestamp with time zone not null
    opted_out_at timestamp with time zone
    opted_out_by text
    constraint contact_identities_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint contact_identities_pkey PRIMARY KEY (tenant_id, channel, handle)
    constraint opt_out_is_whole CHECK (((opted_out_at IS NULL) = (opted_out_by IS NULL)))
    constraint opt_out_source_is_known CHECK ((opted_out_by = ANY (ARRAY['contact'::text, 'provider'::text, 'user'::text])))
    CREATE INDEX contact_identities_contact_idx ON public.contact_identities USING btree (tenant_id, contact_id)
    CREATE INDEX contact_identities_handle_idx ON public.contact_identities USING gin (tenant_id, handle gin_trgm_ops)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_labels
    tenant_id uuid not null
    contact_id uuid not null
    label_id uuid not null
    created_at timestamp with time zone not null
    constraint contact_labels_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint contact_labels_label_fkey FOREIGN KEY (tenant_id, label_id) REFERENCES labels(tenant_id, id) ON DELETE CASCADE
    constraint contact_labels_pkey PRIMARY KEY (tenant_id, contact_id, label_id)
    CREATE INDEX contact_labels_label_idx ON public.contact_labels USING btree (tenant_id, label_id, contact_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contacts
    tenant_id uuid not null
    id uuid not null
    kind text not null default 'person'::text
    name text
    phone text
    email text
    external_ref text
    status text not null default 'active'::text
    metadata jsonb not null default '{}'::jsonb
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    search tsvector default to_tsvector('simple'::regconfig, search_text(((((COALESCE(name, ''::text) || ' '::text) || COALESCE(phone, ''::text)) || ' '::text) || COALESCE(email, ''::text))))
    constraint contact_kind_is_known CHECK ((kind = ANY (ARRAY['person'::text, 'group'::text])))
    constraint contact_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'blocked'::text, 'inactive'::text])))
    constraint contacts_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX contacts_phone_idx ON public.contacts USING btree (tenant_id, phone) WHERE (phone IS NOT NULL)
    CREATE INDEX contacts_search_idx ON public.contacts USING gin (tenant_id, search)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table conversation_labels
    tenant_id uuid not null
    conversation_id uuid not null
    label_id uuid not null
    created_at timestamp with time zone not null
    constraint conversation_labels_conversation_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE
    constraint conversation_labels_label_fkey FOREIGN KEY (tenant_id, label_id) REFERENCES labels(tenant_id, id) ON DELETE CASCADE
    constraint conversation_labels_pkey PRIMARY KEY (tenant_id, conversation_id, label_id)
    CREATE INDEX conversation_labels_label_idx ON public.conversation_labels USING btree (tenant_id, label_id, conversation_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table conversations with (fillfactor=70)
    tenant_id uuid not null
    id uuid not null
    contact_id uuid not null
    integration_id uuid not null
    channel text not null
    thread_id text not null
    handle text not null
    status text not null default 'open'::text
    is_read boolean not null default true
    unread_count integer not null default 0
    snoozed_until timestamp with time zone
    last_message_at timestamp with time zone not null
    last_message_preview text
    last_message_direction text
    last_inbound_at timestamp with time zone
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    activity_at timestamp with time zone default date_bin('00:00:15'::interval, last_message_at, '2000-01-01 00:00:00+00'::timestamp with time zone)
    is_thread boolean not null default false
    thread_name text
    thread_network_id text
    thread_details jsonb
    thread_activity_at timestamp with time zone
    synced_activity_at timestamp with time zone
    synced_message_at timestamp with time zone
    sync_cursor text
    is_read_only boolean not null default false
    message_count bigint not null default 0
    constraint conversation_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text, 'archived'::text])))
    constraint conversations_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id)
    constraint conversations_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id)
    constraint conversations_pkey PRIMARY KEY (tenant_id, id)
    constraint read_conversations_have_nothing_unread CHECK (((NOT is_read) OR (unread_count = 0)))
    CREATE INDEX conversations_contact_idx ON public.conversations USING btree (tenant_id, contact_id)
    CREATE INDEX conversations_integration_idx ON public.conversations USING btree (tenant_id, integration_id, activity_at DESC)
    CREATE INDEX conversations_list_idx ON public.conversations USING btree (tenant_id, activity_at DESC)
    CREATE INDEX conversations_open_idx ON public.conversations USING btree (tenant_id, activity_at DESC) WHERE (status = 'open'::text)
    CREATE INDEX conversations_put_away_idx ON public.conversations USING btree (tenant_id, status, activity_at DESC) WHERE (status <> 'open'::text)
    CREATE INDEX conversations_snoozed_idx ON public.conversations USING btree (tenant_id, activity_at DESC) WHERE (snoozed_until IS NOT NULL)
    CREATE UNIQUE INDEX conversations_thread_key ON public.conversations USING btree (tenant_id, integration_id, thread_id)
    CREATE INDEX conversations_unread_idx ON public.conversations USING btree (tenant_id, activity_at DESC) WHERE (NOT is_read)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table data_protection_keys
    id text not null
    xml text not null
    created_at timestamp with time zone not null
    constraint data_protection_keys_pkey PRIMARY KEY (id)
    grant delete, insert, select, update to parley_system

create table events
    tenant_id uuid not null
    seq bigint not null
    type text not null
    conversation_id uuid
    message_id uuid
    contact_id uuid
    integration_id uuid
    created_at timestamp with time zone not null
    constraint events_pkey PRIMARY KEY (tenant_id, seq)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table feed_heads with (fillfactor=10)
    tenant_id uuid not null
    seq bigint not null default 0
    constraint feed_heads_pkey PRIMARY KEY (tenant_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table idempotency_keys
    tenant_id uuid not null
    key text not null
    route text not null
    body_hash bytea not null
    status_code integer not null
    response jsonb not null
    created_at timestamp with time zone not null
    constraint idempotency_keys_pkey PRIMARY KEY (tenant_id, key, route)
    CREATE INDEX idempotency_keys_age_idx ON public.idempotency_keys USING btree (created_at)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table integration_health_events
    tenant_id uuid not null
    id uuid not null
    integration_id uuid not null
    health text not null
    message text
    created_at timestamp with time zone not null
    constraint integration_health_events_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint integration_health_events_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX integration_health_events_integration_idx ON public.integration_health_events USING btree (tenant_id, integration_id, id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table integration_routes
    integration_id uuid not null
    tenant_id uuid not null
    provider text not null
    constraint integration_routes_pkey PRIMARY KEY (integration_id)
    row level security forced
    policy all_tenants to parley_system using true
    grant delete, insert, select, update to parley_system

create table integrations
    tenant_id uuid not null
    id uuid not null
    provider text not null
    channel text not null
    name text not null
    external_id text not null
    config jsonb not null default '{}'::jsonb
    credentials bytea not null
    status text not null default 'active'::text
    health text not null default 'unknown'::text
    health_message text
    health_at timestamp with time zone
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    credentials_changed_at timestamp with time zone
    removed_at timestamp with time zone
    constraint integration_health_is_known CHECK ((health = ANY (ARRAY['unknown'::text, 'ok'::text, 'failing'::text])))
    constraint integration_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text])))
    constraint integrations_pkey PRIMARY KEY (tenant_id, id)
    constraint integrations_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE UNIQUE INDEX integrations_account_key ON public.integrations USING btree (tenant_id, provider, channel, external_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table labels
    tenant_id uuid not null
    id uuid not null
    name text not null
    colour text not null
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint label_colour_is_known CHECK ((colour = ANY (ARRAY['gray'::text, 'red'::text, 'orange'::text, 'yellow'::text, 'green'::text, 'teal'::text, 'blue'::text, 'purple'::text, 'pink'::text])))
    constraint labels_pkey PRIMARY KEY (tenant_id, id)
    constraint labels_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE UNIQUE INDEX labels_name_key ON public.labels USING btree (tenant_id, name)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table login_addresses
    user_id uuid not null
    address text not null
    last_used_at timestamp with time zone not null
    constraint login_addresses_pkey PRIMARY KEY (user_id, address)
    row level security forced
    policy all_tenants to parley_system using true
    grant delete, insert, select, update to parley_system

create table login_attempts
    subject text not null
    failures integer not null
    last_failed_at timestamp with time zone not null
    constraint login_attempts_pkey PRIMARY KEY (subject)
    grant delete, insert, select, update to parley_system

create table logins
    email text not null
    tenant_id uuid not null
    user_id uuid not null
    constraint logins_pkey PRIMARY KEY (email)
    row level security forced
    policy all_tenants to parley_system using true
    grant delete, insert, select, update to parley_system

create table message_statuses
    tenant_id uuid not null
    integration_id uuid not null
    external_message_id text not null
    status text not null
    message_id uuid
    occurred_at timestamp with time zone not null
    failure_code text
    error_code text
    error_message text
    created_at timestamp with time zone not null
    constraint message_status_step_is_known CHECK ((status = ANY (ARRAY['sent'::text, 'delivered'::text, 'read'::text, 'failed'::text])))
    constraint message_statuses_pkey PRIMARY KEY (tenant_id, integration_id, external_message_id, status)
    CREATE INDEX message_statuses_message_idx ON public.message_statuses USING btree (tenant_id, message_id)
    CREATE INDEX message_statuses_waiting_idx ON public.message_statuses USING btree (created_at) WHERE (message_id IS NULL)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table messages
    tenant_id uuid not null
    id uuid not null
    conversation_id uuid not null
    contact_id uuid not null
    integration_id uuid not null
    channel text not null
    direction text not null
    type text not null
    content text
    metadata jsonb
    external_message_id text
    status text not null
    author text not null
    sender_contact_id uuid
    reply_to text
    reactions jsonb
    edited_at timestamp with time zone
    deleted_at timestamp with time zone
    attempt integer not null default 0
    fence bigint
    priority smallint not null default 0
    send_after timestamp with time zone
    claimed_at timestamp with time zone
    failure_code text
    error_code text
    error_message text
    webhook_event_id uuid
    sent_at timestamp with time zone
    delivered_at timestamp with time zone
    read_at timestamp with time zone
    failed_at timestamp with time zone
    occurred_at timestamp with time zone not null
    created_at timestamp with time zone not null
    tries integer not null default 0
    network_id text
    seen_by jsonb
    details jsonb
    is_hidden boolean not null default false
    search tsvector default 
CASE
    WHEN (deleted_at IS NULL) THEN to_tsvector('simple'::regconfig, search_text("left"(content, 100000)))
    ELSE NULL::tsvector
END
    scheduled_at timestamp with time zone
    scheduled_zone text
    needs_decision boolean not null default false
    constraint message_direction_is_known CHECK ((direction = ANY (ARRAY['inbound'::text, 'outbound'::text])))
    constraint message_status_is_known CHECK ((status = ANY (ARRAY['scheduled'::text, 'queued'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'read'::text, 'failed'::text, 'unknown'::text])))
    constraint message_type_is_known CHECK ((type = ANY (ARRAY['text'::text, 'template'::text, 'image'::text, 'video'::text, 'audio'::text, 'document'::text, 'sticker'::text, 'location'::text, 'contacts'::text, 'interactive'::text, 'event'::text, 'unsupported'::text])))
    constraint messages_conversation_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id)
    constraint messages_pkey PRIMARY KEY (tenant_id, id)
    constraint scheduled_messages_have_a_time CHECK (((status <> 'scheduled'::text) OR (scheduled_at IS NOT NULL)))
    CREATE INDEX messages_conversation_idx ON public.messages USING btree (tenant_id, conversation_id, occurred_at DESC, id DESC)
    CREATE UNIQUE INDEX messages_external_key ON public.messages USING btree (tenant_id, integration_id, external_message_id)
    CREATE INDEX messages_queued_idx ON public.messages USING btree (tenant_id, integration_id, priority, id) WHERE (status = 'queued'::text)
    CREATE INDEX messages_scheduled_idx ON public.messages USING btree (tenant_id, scheduled_at, id) WHERE (status = 'scheduled'::text)
    CREATE INDEX messages_search_idx ON public.messages USING gin (tenant_id, integration_id, search) WITH (gin_pending_list_limit='16384')
    CREATE INDEX messages_sender_idx ON public.messages USING btree (tenant_id, sender_contact_id) WHERE (sender_contact_id IS NOT NULL)
    CREATE INDEX messages_time_idx ON public.messages USING btree (tenant_id, occurred_at DESC, id DESC)
    CREATE INDEX messages_unsettled_idx ON public.messages USING btree (tenant_id, integration_id, conversation_id) WHERE (status = ANY (ARRAY['sending'::text, 'unknown'::text]))
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table notification_preferences
    tenant_id uuid not null
    user_id uuid not null
    notify_about text not null
    sound boolean not null
    desktop boolean not null
    updated_at timestamp with time zone not null
    constraint notification_preferences_pkey PRIMARY KEY (tenant_id, user_id)
    constraint notification_preferences_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
    constraint notify_about_is_known CHECK ((notify_about = ANY (ARRAY['own'::text, 'assigned'::text, 'all'::text])))
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table provider_media
    tenant_id uuid not null
    integration_id uuid not null
    sha256 text not null
    kind text not null
    provider_id text not null
    expires_at timestamp with time zone not null
    constraint provider_media_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint provider_media_pkey PRIMARY KEY (tenant_id, integration_id, sha256, kind)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table saved_views
    tenant_id uuid not null
    id uuid not null
    user_id uuid
    name text not null
    filter jsonb not null
    is_shared boolean not null
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint own_views_have_an_owner CHECK ((is_shared OR (user_id IS NOT NULL)))
    constraint saved_views_pkey PRIMARY KEY (tenant_id, id)
    constraint saved_views_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
    CREATE INDEX saved_views_user_idx ON public.saved_views USING btree (tenant_id, user_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table scheduled_jobs
    tenant_id uuid not null
    id uuid not null
    type text not null
    key text not null
    payload jsonb not null default '{}'::jsonb
    status text not null default 'waiting'::text
    scheduled_at timestamp with time zone not null
    attempts integer not null default 0
    fence bigint not null default 0
    lease_until timestamp with time zone
    last_error text
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint scheduled_job_status_is_known CHECK ((status = ANY (ARRAY['waiting'::text, 'running'::text, 'dead'::text])))
    constraint scheduled_jobs_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX scheduled_jobs_dead_idx ON public.scheduled_jobs USING btree (tenant_id, id) WHERE (status = 'dead'::text)
    CREATE INDEX scheduled_jobs_due_idx ON public.scheduled_jobs USING btree (tenant_id, scheduled_at, id) WHERE (status = 'waiting'::text)
    CREATE UNIQUE INDEX scheduled_jobs_key ON public.scheduled_jobs USING btree (tenant_id, type, key)
    CREATE INDEX scheduled_jobs_running_idx ON public.scheduled_jobs USING btree (tenant_id, lease_until) WHERE (status = 'running'::text)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table scheduling_settings
    tenant_id uuid not null
    time_zone text not null
    late_messages text not null
    late_after_minutes integer not null
    updated_at timestamp with time zone not null
    constraint late_after_minutes_in_range CHECK (((late_after_minutes >= 1) AND (late_after_minutes <= 1440)))
    constraint late_messages_is_known CHECK ((late_messages = ANY (ARRAY['send'::text, 'ask'::text])))
    constraint scheduling_settings_pkey PRIMARY KEY (tenant_id)
    constraint scheduling_settings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table schema_migrations
    name text not null
    checksum text not null
    applied_at timestamp with time zone not null
    constraint schema_migrations_pkey PRIMARY KEY (name)

create table sending_leases
    tenant_id uuid not null
    integration_id uuid not null
    owner uuid not null
    fence bigint not null
    expires_at timestamp with time zone not null
    constraint sending_leases_pkey PRIMARY KEY (tenant_id, integration_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table sessions
    tenant_id uuid not null
    id uuid not null
    user_id uuid not null
    secret_hash bytea not null
    created_at timestamp with time zone not null
    last_used_at timestamp with time zone not null
    expires_at timestamp with time zone not null
    address text
    user_agent text
    constraint sessions_pkey PRIMARY KEY (tenant_id, id)
    constraint sessions_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
    CREATE UNIQUE INDEX sessions_secret_key ON public.sessions USING btree (tenant_id, secret_hash)
    CREATE INDEX sessions_user_idx ON public.sessions USING btree (tenant_id, user_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table templates
    tenant_id uuid not null
    id uuid not null
    integration_id uuid
    channel text not null
    name text not null
    language text not null
    category text
    status text not null
    rejected_reason text
    quality text
    content jsonb not null
    external_id text
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    variables text[] not null default '{}'::text[]
    is_active boolean not null default true
    shortcut text
    constraint own_templates_alone_have_a_shortcut CHECK (((shortcut IS NULL) OR (integration_id IS NULL)))
    constraint templates_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint templates_pkey PRIMARY KEY (tenant_id, id)
    CREATE UNIQUE INDEX templates_name_key ON public.templates USING btree (tenant_id, integration_id, name, language)
    CREATE UNIQUE INDEX templates_own_name_key ON public.templates USING btree (tenant_id, name, language, channel) WHERE (integration_id IS NULL)
    CREATE UNIQUE INDEX templates_shortcut_key ON public.templates USING btree (tenant_id, shortcut) WHERE (shortcut IS NOT NULL)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table tenants
    id uuid not null
    name text not null
    status text not null default 'active'::text
    created_at timestamp with time zone not null
    constraint tenant_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 150)))
    constraint tenant_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])))
    constraint tenants_pkey PRIMARY KEY (id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant select to parley_app
    grant delete, insert, select, update to parley_system

create table users
    tenant_id uuid not null
    id uuid not null
    email text not null
    name text not null
    role text not null
    password_hash text not null
    password_history jsonb not null default '[]'::jsonb
    is_active boolean not null default true
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint user_role_is_known CHECK ((role = ANY (ARRAY['viewer'::text, 'editor'::text, 'admin'::text])))
    constraint users_pkey PRIMARY KEY (tenant_id, id)
    constraint users_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE UNIQUE INDEX users_email_key ON public.users USING btree (tenant_id, email)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table webhook_events
    tenant_id uuid not null
    id uuid not null
    integration_id uuid not null
    provider text not null
    kind text not null
    status text not null
    error text
    body bytea not null
    attempts integer not null default 1
    created_at timestamp with time zone not null
    processed_at timestamp with time zone
    constraint webhook_event_status_is_known CHECK ((status = ANY (ARRAY['unprocessed'::text, 'processed'::text, 'failed'::text])))
    constraint webhook_events_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX webhook_events_failed_idx ON public.webhook_events USING btree (tenant_id, id) WHERE (status <> 'processed'::text)
    CREATE INDEX webhook_events_integration_idx ON public.webhook_events USING btree (tenant_id, integration_id, id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create view webhook_payloads with (security_invoker=true) as
 SELECT tenant_id,
    id,
    integration_id,
    provider,
    kind,
    status,
    error,
    json_or_null(body) AS payload,
    created_at,
    processed_at
   FROM webhook_events;

CREATE OR REPLACE PROCEDURE public.enter_system()
 LANGUAGE plpgsql
AS $procedure$
begin
    set local role parley_system;
end $procedure$


CREATE OR REPLACE PROCEDURE public.enter_tenant(IN tenant uuid)
 LANGUAGE plpgsql
AS $procedure$
begin
    -- "set local" and not set_config(): only this form reaches the workers of a Citus cluster.
    set local citus.propagate_set_commands = 'local';
    execute format('set local app.tenant_id = %L', tenant);
    set local role parley_app;
end $procedure$


CREATE OR REPLACE FUNCTION public.json_or_null(body bytea)
 RETURNS jsonb
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
    return convert_from(body, 'UTF8')::jsonb;
exception when others then
    return null;
end $function$


CREATE OR REPLACE FUNCTION public.search_text(content text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN translate(CASE WHEN (octet_length(content) = length(content)) THEN content ELSE regexp_replace(regexp_replace(NORMALIZE(regexp_replace(NORMALIZE(translate(lower((content COLLATE pg_c_utf8)), 'øłđħŧıæœ'::text, 'oldhtiao'::text), NFKD), '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b\u200d\ufe00-\ufe0f]+'::text, ''::text, 'g'::text), NFKC), '[\u0080-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4\u2000-\u206f\u3000-\u303f]+'::text, ' '::text, 'g'::text), '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff])'::text, ' \1 '::text, 'g'::text) END, '-./@_<>&+:~'::text, '           '::text)

