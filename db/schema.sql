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

create table assignment_rules
    tenant_id uuid not null
    integration_id uuid not null
    team_id uuid not null
    created_at timestamp with time zone not null
    constraint assignment_rules_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint assignment_rules_pkey PRIMARY KEY (tenant_id, integration_id)
    constraint assignment_rules_team_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES teams(tenant_id, id) ON DELETE CASCADE
    CREATE INDEX assignment_rules_team_idx ON public.assignment_rules USING btree (tenant_id, team_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table assignments
    tenant_id uuid not null
    id uuid not null
    contact_id uuid not null
    user_id uuid
    team_id uuid
    assigned_by text not null
    version uuid not null
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint assigned_to_somebody CHECK (((user_id IS NOT NULL) OR (team_id IS NOT NULL)))
    constraint assignments_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint assignments_pkey PRIMARY KEY (tenant_id, id)
    constraint assignments_team_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES teams(tenant_id, id) ON DELETE CASCADE
    constraint assignments_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
    CREATE UNIQUE INDEX assignments_contact_key ON public.assignments USING btree (tenant_id, contact_id)
    CREATE INDEX assignments_team_idx ON public.assignments USING btree (tenant_id, team_id)
    CREATE INDEX assignments_user_idx ON public.assignments USING btree (tenant_id, user_id)
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
    campaign_id uuid
    constraint attachment_kind_is_known CHECK ((kind = ANY (ARRAY['image'::text, 'video'::text, 'audio'::text, 'document'::text, 'sticker'::text])))
    constraint attachment_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'stored'::text, 'failed'::text])))
    constraint attachments_campaign_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns(tenant_id, id) ON DELETE CASCADE
    constraint attachments_have_one_place CHECK (((message_id IS NULL) OR (campaign_id IS NULL)))
    constraint attachments_message_fkey FOREIGN KEY (tenant_id, message_id) REFERENCES messages(tenant_id, id) ON DELETE CASCADE
    constraint attachments_pkey PRIMARY KEY (tenant_id, id)
    constraint stored_attachments_have_an_address CHECK (((status <> 'stored'::text) OR ((sha256 IS NOT NULL) AND (size IS NOT NULL))))
    CREATE INDEX attachments_bytes_idx ON public.attachments USING btree (tenant_id, sha256) WHERE (sha256 IS NOT NULL)
    CREATE UNIQUE INDEX attachments_campaign_key ON public.attachments USING btree (tenant_id, campaign_id) WHERE (campaign_id IS NOT NULL)
    CREATE INDEX attachments_message_idx ON public.attachments USING btree (tenant_id, message_id)
    CREATE INDEX attachments_unsent_idx ON public.attachments USING btree (created_at) WHERE ((message_id IS NULL) AND (campaign_id IS NULL))
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table audit_heads with (fillfactor=50)
    tenant_id uuid not null
    seq bigint not null
    hash bytea not null
    constraint audit_heads_pkey PRIMARY KEY (tenant_id)
    constraint audit_heads_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant insert, select, update to parley_app
    grant insert, select, update to parley_system

create table audit_logs
    tenant_id uuid not null
    id uuid not null
    seq bigint not null
    actor text not null
    user_id uuid
    action text not null
    resource text not null
    resource_id text
    before json
    after json
    address text
    created_at timestamp with time zone not null
    hash bytea not null
    constraint audit_logs_pkey PRIMARY KEY (tenant_id, id)
    constraint audit_logs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE INDEX audit_logs_action_idx ON public.audit_logs USING btree (tenant_id, action, created_at DESC, id DESC)
    CREATE INDEX audit_logs_resource_idx ON public.audit_logs USING btree (tenant_id, resource, resource_id, created_at DESC, id DESC)
    CREATE UNIQUE INDEX audit_logs_seq_key ON public.audit_logs USING btree (tenant_id, seq)
    CREATE INDEX audit_logs_time_idx ON public.audit_logs USING btree (tenant_id, created_at DESC, id DESC)
    CREATE INDEX audit_logs_user_idx ON public.audit_logs USING btree (tenant_id, user_id, created_at DESC, id DESC)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant insert, select to parley_app
    grant delete, insert, select to parley_system

create table automation_counts
    tenant_id uuid not null
    automation_id uuid not null
    slot smallint not null
    executions bigint not null default 0
    successes bigint not null default 0
    failures bigint not null default 0
    last_triggered_at timestamp with time zone
    constraint automation_counts_automation_fkey FOREIGN KEY (tenant_id, automation_id) REFERENCES automations(tenant_id, id) ON DELETE CASCADE
    constraint automation_counts_pkey PRIMARY KEY (tenant_id, automation_id, slot)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table automation_cursors
    tenant_id uuid not null
    seq bigint not null
    version bigint not null default 0
    is_read boolean not null default false
    constraint automation_cursors_pkey PRIMARY KEY (tenant_id)
    constraint automation_cursors_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table automation_runs
    tenant_id uuid not null
    id uuid not null
    automation_id uuid not null
    version integer not null
    event_key text not null
    trigger_type text not null
    trigger jsonb not null default '{}'::jsonb
    conversation_id uuid
    contact_id uuid
    message_id uuid
    chain uuid[] not null default '{}'::uuid[]
    caused_by uuid
    status text not null
    reason text
    next_step integer not null default 1
    resume_at timestamp with time zone
    started_at timestamp with time zone
    finished_at timestamp with time zone
    created_at timestamp with time zone not null
    is_about_nobody boolean not null default false
    constraint automation_run_status_is_known CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text, 'succeeded'::text, 'failed'::text, 'stopped'::text, 'cancelled'::text])))
    constraint automation_runs_automation_fkey FOREIGN KEY (tenant_id, automation_id) REFERENCES automations(tenant_id, id) ON DELETE CASCADE
    constraint automation_runs_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX automation_runs_age_idx ON public.automation_runs USING btree (created_at)
    CREATE INDEX automation_runs_contact_idx ON public.automation_runs USING btree (tenant_id, contact_id, automation_id, created_at) WHERE (contact_id IS NOT NULL)
    CREATE INDEX automation_runs_conversation_idx ON public.automation_runs USING btree (tenant_id, conversation_id) WHERE (conversation_id IS NOT NULL)
    CREATE UNIQUE INDEX automation_runs_event_key ON public.automation_runs USING btree (tenant_id, automation_id, event_key)
    CREATE INDEX automation_runs_failed_idx ON public.automation_runs USING btree (tenant_id, automation_id, id) WHERE (status = 'failed'::text)
    CREATE INDEX automation_runs_log_idx ON public.automation_runs USING btree (tenant_id, automation_id, id)
    CREATE INDEX automation_runs_nobody_idx ON public.automation_runs USING btree (tenant_id, automation_id, created_at) WHERE (is_about_nobody AND (status <> 'stopped'::text))
    CREATE INDEX automation_runs_open_idx ON public.automation_runs USING btree (tenant_id, automation_id, status, id) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text]))
    CREATE INDEX automation_runs_started_idx ON public.automation_runs USING btree (tenant_id, automation_id, started_at) WHERE (started_at IS NOT NULL)
    CREATE INDEX automation_runs_stopped_idx ON public.automation_runs USING btree (tenant_id, automation_id, id) WHERE (status = 'stopped'::text)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table automation_steps
    tenant_id uuid not null
    id uuid not null
    run_id uuid not null
    position integer not null
    type text not null
    status text not null
    attempts integer not null default 0
    input jsonb
    result jsonb
    error text
    message_id uuid
    started_at timestamp with time zone
    finished_at timestamp with time zone
    constraint automation_step_status_is_known CHECK ((status = ANY (ARRAY['running'::text, 'waiting'::text, 'succeeded'::text, 'failed'::text])))
    constraint automation_steps_pkey PRIMARY KEY (tenant_id, id)
    constraint automation_steps_run_fkey FOREIGN KEY (tenant_id, run_id) REFERENCES automation_runs(tenant_id, id) ON DELETE CASCADE
    CREATE INDEX automation_steps_message_idx ON public.automation_steps USING btree (tenant_id, message_id) WHERE (message_id IS NOT NULL)
    CREATE UNIQUE INDEX automation_steps_position_key ON public.automation_steps USING btree (tenant_id, run_id, "position")
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table automation_versions
    tenant_id uuid not null
    automation_id uuid not null
    version integer not null
    actions jsonb not null
    options jsonb not null
    author text not null
    created_at timestamp with time zone not null
    constraint automation_versions_automation_fkey FOREIGN KEY (tenant_id, automation_id) REFERENCES automations(tenant_id, id) ON DELETE CASCADE
    constraint automation_versions_pkey PRIMARY KEY (tenant_id, automation_id, version)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table automations
    tenant_id uuid not null
    id uuid not null
    name text not null
    description text
    status text not null
    version integer not null default 1
    trigger_type text not null
    trigger_config jsonb not null default '{}'::jsonb
    conditions jsonb not null default '{}'::jsonb
    actions jsonb not null
    options jsonb not null default '{}'::jsonb
    credentials bytea
    secret_hash bytea
    since_seq bigint not null default 0
    next_at timestamp with time zone
    status_reason text
    author text not null
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    sweep_after uuid
    hold_reason text
    constraint automation_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 100)))
    constraint automation_status_is_known CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'paused'::text, 'removed'::text])))
    constraint automation_trigger_is_known CHECK ((trigger_type = ANY (ARRAY['webhook'::text, 'schedule'::text, 'manual'::text, 'api'::text, 'message_received'::text, 'message_failed'::text, 'conversation_opened'::text, 'conversation_closed'::text, 'contact_created'::text, 'label_added'::text, 'no_reply'::text])))
    constraint automations_pkey PRIMARY KEY (tenant_id, id)
    constraint automations_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_answers
    tenant_id uuid not null
    id uuid not null
    conversation_id uuid not null
    message_id uuid not null
    outcome text not null
    model text
    prompt_tokens integer not null default 0
    completion_tokens integer not null default 0
    is_estimate boolean not null default false
    created_at timestamp with time zone not null
    constraint bot_answers_conversation_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE
    constraint bot_answers_pkey PRIMARY KEY (tenant_id, id)
    constraint bot_outcome_is_known CHECK ((outcome = ANY (ARRAY['answered'::text, 'handed_over'::text])))
    CREATE INDEX bot_answers_conversation_idx ON public.bot_answers USING btree (tenant_id, conversation_id)
    CREATE UNIQUE INDEX bot_answers_message_key ON public.bot_answers USING btree (tenant_id, message_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_chats
    tenant_id uuid not null
    id uuid not null
    chat_id text not null
    conversation_id uuid not null
    is_active boolean not null default true
    began_at timestamp with time zone not null
    first_message_id uuid not null
    ended_before uuid
    active_until timestamp with time zone not null
    tokens bigint not null default 0
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint bot_chats_conversation_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE
    constraint bot_chats_pkey PRIMARY KEY (tenant_id, id)
    constraint chat_id_is_sixteen_hex_digits CHECK ((chat_id ~ '^[0-9a-f]{16}$'::text))
    CREATE UNIQUE INDEX bot_chats_active_key ON public.bot_chats USING btree (tenant_id, conversation_id) WHERE is_active
    CREATE UNIQUE INDEX bot_chats_chat_key ON public.bot_chats USING btree (tenant_id, chat_id)
    CREATE INDEX bot_chats_conversation_idx ON public.bot_chats USING btree (tenant_id, conversation_id, began_at DESC)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_chunks
    tenant_id uuid not null
    document_id uuid not null
    position integer not null
    title text not null
    heading text
    content text not null
    search tsvector default to_tsvector('simple'::regconfig, search_text(((((title || ' '::text) || COALESCE(heading, ''::text)) || ' '::text) || content)))
    constraint bot_chunks_document_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES bot_documents(tenant_id, id) ON DELETE CASCADE
    constraint bot_chunks_pkey PRIMARY KEY (tenant_id, document_id, "position")
    CREATE INDEX bot_chunks_search_idx ON public.bot_chunks USING gin (tenant_id, search)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_cursors
    tenant_id uuid not null
    seq bigint not null
    constraint bot_cursors_pkey PRIMARY KEY (tenant_id)
    constraint bot_cursors_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_documents
    tenant_id uuid not null
    id uuid not null
    title text not null
    content text not null
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint bot_document_has_a_title CHECK (((length(title) >= 1) AND (length(title) <= 200)))
    constraint bot_documents_pkey PRIMARY KEY (tenant_id, id)
    constraint bot_documents_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_reservations
    tenant_id uuid not null
    conversation_id uuid not null
    integration_id uuid not null
    tokens bigint not null
    until timestamp with time zone not null
    constraint bot_reservations_conversation_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations(tenant_id, id) ON DELETE CASCADE
    constraint bot_reservations_pkey PRIMARY KEY (tenant_id, conversation_id)
    CREATE INDEX bot_reservations_integration_idx ON public.bot_reservations USING btree (tenant_id, integration_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bot_usage
    tenant_id uuid not null
    integration_id uuid not null
    day date not null
    prompt_tokens bigint not null default 0
    completion_tokens bigint not null default 0
    calls integer not null default 0
    answers integer not null default 0
    constraint bot_usage_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint bot_usage_pkey PRIMARY KEY (tenant_id, integration_id, day)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table bots
    tenant_id uuid not null
    integration_id uuid not null
    is_on boolean not null default false
    on_since timestamp with time zone
    base_url text
    api_key bytea
    model text
    system_prompt text not null
    temperature numeric(3,2)
    token_field text not null
    answer_tokens integer not null
    history_messages integer not null
    history_tokens integer not null
    language text
    wait_seconds numeric(5,2) not null
    longest_wait_seconds integer not null
    timeout_seconds integer not null
    hours jsonb
    time_zone text not null
    hand_over_words text[] not null
    fallback text not null
    daily_token_limit bigint
    conversation_token_limit bigint
    session_days integer not null
    last_error text
    last_error_at timestamp with time zone
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint bot_that_is_on_knows_since_when CHECK (((NOT is_on) OR (on_since IS NOT NULL)))
    constraint bot_token_field_is_known CHECK ((token_field = ANY (ARRAY['max_completion_tokens'::text, 'max_tokens'::text])))
    constraint bots_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint bots_pkey PRIMARY KEY (tenant_id, integration_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table campaign_counts with (fillfactor=50)
    tenant_id uuid not null
    campaign_id uuid not null
    at timestamp with time zone not null
    part text not null
    pending integer not null default 0
    queued integer not null default 0
    sent integer not null default 0
    delivered integer not null default 0
    read integer not null default 0
    failed integer not null default 0
    needs_review integer not null default 0
    skipped integer not null default 0
    cancelled integer not null default 0
    constraint campaign_count_part_is_known CHECK ((part = ANY (ARRAY['freeze'::text, 'queue'::text, 'follow'::text])))
    constraint campaign_counts_campaign_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns(tenant_id, id) ON DELETE CASCADE
    constraint campaign_counts_pkey PRIMARY KEY (tenant_id, campaign_id, at, part)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table campaign_cursors
    tenant_id uuid not null
    seq bigint not null
    constraint campaign_cursors_pkey PRIMARY KEY (tenant_id)
    constraint campaign_cursors_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table campaign_recipients with (fillfactor=80)
    tenant_id uuid not null
    campaign_id uuid not null
    id uuid not null
    contact_id uuid
    handle text not null
    address text not null
    variables jsonb
    status text not null
    reason text
    detail text
    message_id uuid
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint campaign_recipient_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'queued'::text, 'sent'::text, 'delivered'::text, 'read'::text, 'failed'::text, 'needs_review'::text, 'skipped'::text, 'cancelled'::text])))
    constraint campaign_recipients_campaign_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns(tenant_id, id) ON DELETE CASCADE
    constraint campaign_recipients_pkey PRIMARY KEY (tenant_id, campaign_id, id)
    CREATE UNIQUE INDEX campaign_recipients_address_key ON public.campaign_recipients USING btree (tenant_id, campaign_id, address)
    CREATE UNIQUE INDEX campaign_recipients_message_key ON public.campaign_recipients USING btree (tenant_id, message_id) WHERE (message_id IS NOT NULL)
    CREATE INDEX campaign_recipients_status_idx ON public.campaign_recipients USING btree (tenant_id, campaign_id, status, id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table campaigns
    tenant_id uuid not null
    id uuid not null
    name text not null
    description text
    message text not null
    recipients text[] not null
    integration_id uuid not null
    channel text not null
    content jsonb not null
    audience jsonb not null
    status text not null default 'draft'::text
    version integer not null default 1
    author text not null
    source_id uuid
    scheduled_at timestamp with time zone
    scheduled_zone text
    hours jsonb
    waits_until timestamp with time zone
    rate_per_second double precision
    concurrency integer
    brake_percent integer not null
    brake_sample integer not null
    brake_ended integer not null default 0
    brake_failed integer not null default 0
    progress jsonb not null default '{}'::jsonb
    duplicate_count integer not null default 0
    invalid_count integer not null default 0
    started_at timestamp with time zone
    frozen_at timestamp with time zone
    paused_at timestamp with time zone
    pause_cause text
    pause_reason text
    completed_at timestamp with time zone
    cancelled_at timestamp with time zone
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    brake_since timestamp with time zone
    recipients_count integer default cardinality(recipients)
    constraint campaign_brake_in_range CHECK ((((brake_percent >= 1) AND (brake_percent <= 100)) AND ((brake_sample >= 1) AND (brake_sample <= 100000))))
    constraint campaign_pause_is_known CHECK ((pause_cause = ANY (ARRAY['user'::text, 'failures'::text, 'quality'::text, 'content'::text])))
    constraint campaign_status_is_known CHECK ((status = ANY (ARRAY['draft'::text, 'scheduled'::text, 'running'::text, 'paused'::text, 'completed'::text, 'cancelled'::text])))
    constraint campaigns_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint campaigns_pkey PRIMARY KEY (tenant_id, id)
    constraint campaigns_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    constraint paused_campaigns_have_a_cause CHECK (((status = 'paused'::text) = (pause_cause IS NOT NULL)))
    constraint scheduled_campaigns_have_a_time CHECK (((status <> 'scheduled'::text) OR (scheduled_at IS NOT NULL)))
    CREATE INDEX campaigns_created_idx ON public.campaigns USING btree (tenant_id, created_at DESC, id DESC)
    CREATE INDEX campaigns_integration_idx ON public.campaigns USING btree (tenant_id, integration_id) WHERE (status = 'running'::text)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table closings
    tenant_id uuid not null
    id uuid not null
    conversation_id uuid not null
    integration_id uuid not null
    channel text not null
    began_at timestamp with time zone
    closed_at timestamp with time zone not null
    reopened_at timestamp with time zone
    constraint closings_pkey PRIMARY KEY (tenant_id, id)
    constraint closings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE INDEX closings_conversation_idx ON public.closings USING btree (tenant_id, conversation_id, closed_at)
    CREATE INDEX closings_time_idx ON public.closings USING btree (tenant_id, closed_at)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_aliases
    tenant_id uuid not null
    id uuid not null
    contact_id uuid not null
    constraint contact_aliases_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint contact_aliases_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX contact_aliases_contact_idx ON public.contact_aliases USING btree (tenant_id, contact_id)
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
    merge_id uuid
    number_key text
    consent_at timestamp with time zone
    user_name text
    constraint contact_identities_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint contact_identities_pkey PRIMARY KEY (tenant_id, channel, handle)
    constraint opt_out_is_whole CHECK (((opted_out_at IS NULL) = (opted_out_by IS NULL)))
    constraint opt_out_source_is_known CHECK ((opted_out_by = ANY (ARRAY['contact'::text, 'provider'::text, 'user'::text])))
    CREATE INDEX contact_identities_channel_idx ON public.contact_identities USING btree (tenant_id, channel, contact_id)
    CREATE INDEX contact_identities_contact_idx ON public.contact_identities USING btree (tenant_id, contact_id)
    CREATE INDEX contact_identities_handle_idx ON public.contact_identities USING gin (tenant_id, ((handle || ''::text)) gin_trgm_ops)
    CREATE UNIQUE INDEX contact_identities_number_key ON public.contact_identities USING btree (tenant_id, channel, number_key) WHERE (number_key IS NOT NULL)
    CREATE INDEX contact_identities_opted_out_idx ON public.contact_identities USING btree (tenant_id, contact_id) WHERE (opted_out_at IS NOT NULL)
    CREATE INDEX contact_identities_user_name_idx ON public.contact_identities USING btree (tenant_id, channel, lower(user_name)) WHERE (user_name IS NOT NULL)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_import_errors
    tenant_id uuid not null
    import_id uuid not null
    row_number integer not null
    cells jsonb not null
    errors jsonb not null
    constraint contact_import_errors_import_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES contact_imports(tenant_id, id) ON DELETE CASCADE
    constraint contact_import_errors_pkey PRIMARY KEY (tenant_id, import_id, row_number)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_imports
    tenant_id uuid not null
    id uuid not null
    file_name text
    sha256 text not null
    size bigint not null
    encoding text not null
    delimiter text not null
    columns jsonb not null
    mapping jsonb not null default '{}'::jsonb
    updates_existing boolean not null default true
    state text not null
    rows_total integer not null default 0
    rows_done integer not null default 0
    created_count integer not null default 0
    updated_count integer not null default 0
    unchanged_count integer not null default 0
    failed_count integer not null default 0
    stopped_by text
    author text not null
    created_at timestamp with time zone not null
    started_at timestamp with time zone
    finished_at timestamp with time zone
    updated_at timestamp with time zone not null
    country text
    warning text
    opted_out_count integer not null default 0
    constraint contact_import_state_is_known CHECK ((state = ANY (ARRAY['uploaded'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text])))
    constraint contact_imports_pkey PRIMARY KEY (tenant_id, id)
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

create table contact_merges
    tenant_id uuid not null
    id uuid not null
    contact_id uuid not null
    gone_id uuid not null
    origin text not null
    author text not null
    reasons jsonb not null default '[]'::jsonb
    before jsonb not null
    after jsonb not null
    gone jsonb not null
    moved jsonb not null
    created_at timestamp with time zone not null
    undone_at timestamp with time zone
    undone_by text
    constraint contact_merge_origin_is_known CHECK ((origin = ANY (ARRAY['user'::text, 'rule'::text, 'provider'::text])))
    constraint contact_merges_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX contact_merges_contact_idx ON public.contact_merges USING btree (tenant_id, contact_id, id)
    CREATE INDEX contact_merges_gone_idx ON public.contact_merges USING btree (tenant_id, gone_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_settings
    tenant_id uuid not null
    merges_exact boolean not null default false
    updated_at timestamp with time zone not null
    constraint contact_settings_pkey PRIMARY KEY (tenant_id)
    constraint contact_settings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table contact_suggestions
    tenant_id uuid not null
    id uuid not null
    first_id uuid not null
    second_id uuid not null
    score integer not null
    reasons jsonb not null
    status text not null default 'open'::text
    dismissed_by text
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    is_asked boolean not null default false
    constraint contact_suggestion_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'dismissed'::text])))
    constraint contact_suggestions_are_pairs CHECK ((first_id < second_id))
    constraint contact_suggestions_first_fkey FOREIGN KEY (tenant_id, first_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint contact_suggestions_pkey PRIMARY KEY (tenant_id, id)
    constraint contact_suggestions_second_fkey FOREIGN KEY (tenant_id, second_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    CREATE INDEX contact_suggestions_open_idx ON public.contact_suggestions USING btree (tenant_id, score DESC, id DESC) WHERE (status = 'open'::text)
    CREATE UNIQUE INDEX contact_suggestions_pair_key ON public.contact_suggestions USING btree (tenant_id, first_id, second_id)
    CREATE INDEX contact_suggestions_second_idx ON public.contact_suggestions USING btree (tenant_id, second_id)
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
    notes text
    social_handles jsonb not null default '{}'::jsonb
    match_keys text[] not null default '{}'::text[]
    matched_at timestamp with time zone
    constraint contact_kind_is_known CHECK ((kind = ANY (ARRAY['person'::text, 'group'::text])))
    constraint contact_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'blocked'::text, 'inactive'::text])))
    constraint contacts_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX contacts_email_idx ON public.contacts USING btree (tenant_id, email) WHERE (email IS NOT NULL)
    CREATE INDEX contacts_external_ref_idx ON public.contacts USING btree (tenant_id, external_ref) WHERE (external_ref IS NOT NULL)
    CREATE INDEX contacts_groups_idx ON public.contacts USING btree (tenant_id, id DESC) WHERE (kind = 'group'::text)
    CREATE INDEX contacts_match_idx ON public.contacts USING gin (tenant_id, match_keys) WITH (gin_pending_list_limit='64')
    CREATE INDEX contacts_metadata_idx ON public.contacts USING gin (tenant_id, metadata jsonb_path_ops)
    CREATE INDEX contacts_phone_idx ON public.contacts USING btree (tenant_id, phone) WHERE (phone IS NOT NULL)
    CREATE INDEX contacts_search_idx ON public.contacts USING gin (tenant_id, search)
    CREATE INDEX contacts_status_idx ON public.contacts USING btree (tenant_id, status, id DESC) WHERE (status <> 'active'::text)
    CREATE INDEX contacts_unmatched_idx ON public.contacts USING btree (tenant_id, id) WHERE (matched_at IS NULL)
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
    bot_state text
    bot_cause text
    bot_reason text
    bot_changed_at timestamp with time zone
    assigned_user_id uuid
    assigned_team_id uuid
    is_routed boolean not null default false
    constraint bot_state_is_known CHECK ((bot_state = ANY (ARRAY['paused'::text, 'handed_over'::text])))
    constraint conversation_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text, 'archived'::text])))
    constraint conversations_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id)
    constraint conversations_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id)
    constraint conversations_pkey PRIMARY KEY (tenant_id, id)
    constraint read_conversations_have_nothing_unread CHECK (((NOT is_read) OR (unread_count = 0)))
    CREATE INDEX conversations_all_assigned_idx ON public.conversations USING btree (tenant_id, assigned_user_id) WHERE (assigned_user_id IS NOT NULL)
    CREATE INDEX conversations_all_of_team_idx ON public.conversations USING btree (tenant_id, assigned_team_id) WHERE (assigned_team_id IS NOT NULL)
    CREATE INDEX conversations_assigned_idx ON public.conversations USING btree (tenant_id, assigned_user_id, activity_at DESC) WHERE ((assigned_user_id IS NOT NULL) AND (status = 'open'::text))
    CREATE INDEX conversations_contact_idx ON public.conversations USING btree (tenant_id, contact_id)
    CREATE INDEX conversations_integration_idx ON public.conversations USING btree (tenant_id, integration_id, activity_at DESC)
    CREATE INDEX conversations_list_idx ON public.conversations USING btree (tenant_id, activity_at DESC)
    CREATE INDEX conversations_open_idx ON public.conversations USING btree (tenant_id, activity_at DESC) WHERE (status = 'open'::text)
    CREATE INDEX conversations_put_away_idx ON public.conversations USING btree (tenant_id, status, activity_at DESC) WHERE (status <> 'open'::text)
    CREATE INDEX conversations_snoozed_idx ON public.conversations USING btree (tenant_id, activity_at DESC) WHERE (snoozed_until IS NOT NULL)
    CREATE INDEX conversations_team_idx ON public.conversations USING btree (tenant_id, assigned_team_id, activity_at DESC) WHERE ((assigned_team_id IS NOT NULL) AND (status = 'open'::text))
    CREATE UNIQUE INDEX conversations_thread_key ON public.conversations USING btree (tenant_id, integration_id, thread_id)
    CREATE INDEX conversations_unassigned_idx ON public.conversations USING btree (tenant_id, id) WHERE ((assigned_user_id IS NULL) AND (assigned_team_id IS NULL) AND (status = 'open'::text))
    CREATE INDEX conversations_unread_idx ON public.conversations USING btree (tenant_id, activity_at DESC) WHERE (NOT is_read)
    CREATE INDEX conversations_unrouted_idx ON public.conversations USING btree (tenant_id, id) WHERE (NOT is_routed)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table count_cursors
    tenant_id uuid not null
    seq bigint not null
    counted_until timestamp with time zone
    constraint count_cursors_pkey PRIMARY KEY (tenant_id)
    constraint count_cursors_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table count_marks
    tenant_id uuid not null
    slot timestamp with time zone not null
    marked_at timestamp with time zone not null
    constraint count_marks_pkey PRIMARY KEY (tenant_id, slot)
    constraint count_marks_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
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
    run_id uuid
    user_id uuid
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
    log_read_until timestamp with time zone
    credentials_changed_at timestamp with time zone
    removed_at timestamp with time zone
    quality_warning text
    quality_warned_at timestamp with time zone
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

create table message_counts
    tenant_id uuid not null
    slot timestamp with time zone not null
    integration_id uuid not null
    channel text not null
    direction text not null
    author text not null
    total integer not null
    waiting integer not null
    unknown integer not null
    sent integer not null
    delivered integer not null
    read integer not null
    failed integer not null
    constraint message_counts_pkey PRIMARY KEY (tenant_id, slot, integration_id, channel, direction, author)
    constraint message_counts_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
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

create table note_versions
    tenant_id uuid not null
    note_id uuid not null
    version integer not null
    type text not null
    content text not null
    author text not null
    created_at timestamp with time zone not null
    constraint note_versions_note_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES notes(tenant_id, id) ON DELETE CASCADE
    constraint note_versions_pkey PRIMARY KEY (tenant_id, note_id, version)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table notes
    tenant_id uuid not null
    id uuid not null
    contact_id uuid not null
    conversation_id uuid
    user_id uuid
    author text not null
    type text not null
    content text not null
    version integer not null default 1
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    deleted_at timestamp with time zone
    constraint note_says_something CHECK (((length(content) >= 1) AND (length(content) <= 20000)))
    constraint note_type_is_known CHECK ((type = ANY (ARRAY['public'::text, 'private'::text])))
    constraint notes_contact_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts(tenant_id, id) ON DELETE CASCADE
    constraint notes_pkey PRIMARY KEY (tenant_id, id)
    CREATE INDEX notes_contact_idx ON public.notes USING btree (tenant_id, contact_id, created_at DESC, id DESC)
    CREATE INDEX notes_user_idx ON public.notes USING btree (tenant_id, user_id)
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

create table notifications
    tenant_id uuid not null
    id uuid not null
    user_id uuid not null
    kind text not null
    note_id uuid
    contact_id uuid
    conversation_id uuid
    from_user_id uuid
    created_at timestamp with time zone not null
    read_at timestamp with time zone
    content text
    constraint mentions_have_a_note CHECK (((kind <> 'mention'::text) OR ((note_id IS NOT NULL) AND (contact_id IS NOT NULL))))
    constraint notification_kind_is_known CHECK ((kind = ANY (ARRAY['mention'::text, 'webhook_disabled'::text, 'campaign_paused'::text])))
    constraint notifications_note_fkey FOREIGN KEY (tenant_id, note_id) REFERENCES notes(tenant_id, id) ON DELETE CASCADE
    constraint notifications_pkey PRIMARY KEY (tenant_id, id)
    constraint notifications_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
    CREATE UNIQUE INDEX notifications_note_key ON public.notifications USING btree (tenant_id, note_id, user_id)
    CREATE INDEX notifications_unread_idx ON public.notifications USING btree (tenant_id, user_id) WHERE (read_at IS NULL)
    CREATE INDEX notifications_user_idx ON public.notifications USING btree (tenant_id, user_id, created_at DESC, id DESC)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table presence with (fillfactor=50)
    tenant_id uuid not null
    user_id uuid not null
    page_id uuid not null
    contact_id uuid
    status text not null
    last_seen timestamp with time zone not null
    constraint presence_pkey PRIMARY KEY (tenant_id, user_id, page_id)
    constraint presence_status_is_known CHECK ((status = ANY (ARRAY['online'::text, 'viewing'::text, 'typing'::text])))
    CREATE INDEX presence_contact_idx ON public.presence USING btree (tenant_id, contact_id)
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

create table response_marks
    tenant_id uuid not null
    conversation_id uuid not null
    since timestamp with time zone not null
    constraint response_marks_pkey PRIMARY KEY (tenant_id, conversation_id)
    constraint response_marks_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table response_times
    tenant_id uuid not null
    conversation_id uuid not null
    message_id uuid not null
    integration_id uuid not null
    channel text not null
    began_at timestamp with time zone not null
    ended_at timestamp with time zone
    author text
    is_first boolean not null
    constraint response_times_pkey PRIMARY KEY (tenant_id, conversation_id, message_id)
    constraint response_times_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE INDEX response_times_time_idx ON public.response_times USING btree (tenant_id, began_at)
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
    CREATE INDEX scheduled_jobs_due_idx ON public.scheduled_jobs USING btree (tenant_id, type, scheduled_at, id) WHERE (status = 'waiting'::text)
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

create table team_members
    tenant_id uuid not null
    team_id uuid not null
    user_id uuid not null
    last_turn bigint not null default 0
    created_at timestamp with time zone not null
    constraint team_members_pkey PRIMARY KEY (tenant_id, team_id, user_id)
    constraint team_members_team_fkey FOREIGN KEY (tenant_id, team_id) REFERENCES teams(tenant_id, id) ON DELETE CASCADE
    constraint team_members_user_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES users(tenant_id, id) ON DELETE CASCADE
    CREATE INDEX team_members_user_idx ON public.team_members USING btree (tenant_id, user_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table teams
    tenant_id uuid not null
    id uuid not null
    name text not null
    strategy text not null default 'none'::text
    turn bigint not null default 0
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    going_at timestamp with time zone
    constraint team_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 150)))
    constraint team_strategy_is_known CHECK ((strategy = ANY (ARRAY['none'::text, 'round_robin'::text, 'least_busy'::text])))
    constraint teams_pkey PRIMARY KEY (tenant_id, id)
    constraint teams_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE UNIQUE INDEX teams_name_key ON public.teams USING btree (tenant_id, name) WHERE (going_at IS NULL)
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
    sees text not null default 'all'::text
    constraint user_role_is_known CHECK ((role = ANY (ARRAY['viewer'::text, 'editor'::text, 'admin'::text])))
    constraint user_sees_is_known CHECK ((sees = ANY (ARRAY['all'::text, 'team'::text])))
    constraint users_pkey PRIMARY KEY (tenant_id, id)
    constraint users_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE
    CREATE UNIQUE INDEX users_email_key ON public.users USING btree (tenant_id, email)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table webhook_deliveries
    tenant_id uuid not null
    id uuid not null
    endpoint_id uuid not null
    seq bigint
    event_type text not null
    payload bytea not null
    status text not null
    attempts integer not null default 0
    next_at timestamp with time zone
    status_code integer
    error text
    excerpt text
    took_ms integer
    attempted_at timestamp with time zone
    delivered_at timestamp with time zone
    created_at timestamp with time zone not null
    constraint pending_deliveries_have_a_time CHECK (((status = 'pending'::text) = (next_at IS NOT NULL)))
    constraint webhook_deliveries_endpoint_fkey FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoints(tenant_id, id) ON DELETE CASCADE
    constraint webhook_deliveries_pkey PRIMARY KEY (tenant_id, id)
    constraint webhook_delivery_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'skipped'::text])))
    CREATE INDEX webhook_deliveries_age_idx ON public.webhook_deliveries USING btree (created_at) WHERE (status <> 'pending'::text)
    CREATE INDEX webhook_deliveries_failed_idx ON public.webhook_deliveries USING btree (tenant_id, endpoint_id, id) WHERE (status = 'failed'::text)
    CREATE UNIQUE INDEX webhook_deliveries_key ON public.webhook_deliveries USING btree (tenant_id, endpoint_id, seq)
    CREATE INDEX webhook_deliveries_log_idx ON public.webhook_deliveries USING btree (tenant_id, endpoint_id, id)
    CREATE INDEX webhook_deliveries_pending_idx ON public.webhook_deliveries USING btree (tenant_id, endpoint_id, id) WHERE (status = 'pending'::text)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create table webhook_endpoints
    tenant_id uuid not null
    id uuid not null
    url text not null
    description text not null
    event_types text[] not null
    credentials bytea not null
    previous_secret_until timestamp with time zone
    status text not null
    disabled_reason text
    disabled_at timestamp with time zone
    seq bigint not null
    failures integer not null default 0
    blocked_until timestamp with time zone
    failing_since timestamp with time zone
    last_error text
    last_success_at timestamp with time zone
    created_at timestamp with time zone not null
    updated_at timestamp with time zone not null
    constraint webhook_endpoint_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text, 'removed'::text])))
    constraint webhook_endpoints_pkey PRIMARY KEY (tenant_id, id)
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

create table webhook_registrations
    tenant_id uuid not null
    integration_id uuid not null
    address text not null
    provider_ids text[] not null default '{}'::text[]
    is_pending boolean not null default true
    claimed_until timestamp with time zone
    fence bigint not null default 0
    error text
    registered_at timestamp with time zone
    previous_until timestamp with time zone
    updated_at timestamp with time zone not null
    constraint webhook_registrations_integration_fkey FOREIGN KEY (tenant_id, integration_id) REFERENCES integrations(tenant_id, id) ON DELETE CASCADE
    constraint webhook_registrations_pkey PRIMARY KEY (tenant_id, integration_id)
    row level security forced
    policy all_tenants to parley_system using true
    policy one_tenant to parley_app using (tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)
    grant delete, insert, select, update to parley_app
    grant delete, insert, select, update to parley_system

create view bot.userchats with (security_invoker=true) as
 SELECT (b.chat_id)::character varying AS chat_id,
    c.contact_id AS customer_id,
    (b.is_active AND (b.active_until > now())) AS is_active,
    ( SELECT COALESCE(jsonb_agg(jsonb_build_object('role',
                CASE m.direction
                    WHEN 'inbound'::text THEN 'user'::text
                    ELSE 'assistant'::text
                END, 'content', COALESCE(m.content, (('['::text || m.type) || ']'::text)), 'timestamp', (to_char((m.occurred_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US'::text) || '+00:00'::text)) ORDER BY m.occurred_at, m.id), '[]'::jsonb) AS "coalesce"
           FROM messages m
          WHERE ((m.tenant_id = b.tenant_id) AND (m.conversation_id = b.conversation_id) AND (m.occurred_at >= b.began_at) AND (m.id >= b.first_message_id) AND ((b.ended_before IS NULL) OR (m.id < b.ended_before)) AND (m.type <> 'event'::text) AND (NOT m.is_hidden) AND (m.deleted_at IS NULL) AND (m.status <> 'failed'::text))) AS messages,
    b.created_at,
    b.updated_at
   FROM (bot_chats b
     JOIN conversations c ON (((c.tenant_id = b.tenant_id) AND (c.id = b.conversation_id))));

create view bot.users with (security_invoker=true) as
 SELECT k.id AS user_id,
    (k.email)::character varying AS email,
    (i.phone_number)::character varying AS phone_number,
    (k.name)::character varying AS full_name,
    NULL::character varying AS hashed_password,
    NULL::jsonb AS password_history,
    (k.status = 'active'::text) AS is_active,
    k.created_at,
    k.updated_at
   FROM (contacts k
     CROSS JOIN LATERAL ( SELECT
                CASE i_1.channel
                    WHEN 'sms'::text THEN i_1.handle
                    ELSE ((i_1.channel || ':'::text) || i_1.handle)
                END AS phone_number
           FROM contact_identities i_1
          WHERE ((i_1.tenant_id = k.tenant_id) AND (i_1.contact_id = k.id))
          ORDER BY (array_position(ARRAY['whatsapp'::text, 'sms'::text], i_1.channel)), ("left"(i_1.handle, 1) <> '+'::text), i_1.created_at, i_1.handle
         LIMIT 1) i)
  WHERE (k.kind = 'person'::text);

create view campaign_totals with (security_invoker=true) as
 SELECT c.tenant_id,
    c.id AS campaign_id,
    (COALESCE(sum(n.pending), (0)::bigint))::integer AS pending,
    (COALESCE(sum(n.queued), (0)::bigint))::integer AS queued,
    (COALESCE(sum(n.needs_review), (0)::bigint))::integer AS needs_review,
    (COALESCE(sum(n.skipped), (0)::bigint))::integer AS skipped,
    (COALESCE(sum(n.cancelled), (0)::bigint))::integer AS cancelled,
    (COALESCE(sum(((n.sent + n.delivered) + n.read)), (0)::bigint))::integer AS sent_count,
    (COALESCE(sum((n.delivered + n.read)), (0)::bigint))::integer AS delivered_count,
    (COALESCE(sum(n.read), (0)::bigint))::integer AS read_count,
    (COALESCE(sum(n.failed), (0)::bigint))::integer AS failed_count
   FROM (campaigns c
     LEFT JOIN campaign_counts n ON (((n.tenant_id = c.tenant_id) AND (n.campaign_id = c.id))))
  GROUP BY c.tenant_id, c.id;

create view platform.automations with (security_invoker=true) as
 SELECT a.id,
    (a.name)::character varying AS name,
    a.description,
    (
        CASE
            WHEN (a.trigger_type = ANY (ARRAY['webhook'::text, 'schedule'::text, 'manual'::text, 'api'::text])) THEN a.trigger_type
            ELSE 'webhook'::text
        END)::character varying AS "triggerType",
        CASE
            WHEN (a.trigger_type = ANY (ARRAY['webhook'::text, 'schedule'::text, 'manual'::text, 'api'::text])) THEN a.trigger_config
            ELSE (a.trigger_config || jsonb_build_object('event', a.trigger_type))
        END AS "triggerConfig",
    (COALESCE(s.type, 'update_contact'::text))::character varying AS "actionType",
    (COALESCE(s.config, '{}'::jsonb) ||
        CASE
            WHEN ((jsonb_array_length(a.actions) = 1) AND (s.type IS NOT NULL)) THEN '{}'::jsonb
            ELSE jsonb_build_object('steps', a.actions)
        END) AS "actionConfig",
    (
        CASE
            WHEN (a.status = 'draft'::text) THEN 'inactive'::text
            ELSE a.status
        END)::character varying AS status,
    n.executions AS "executionCount",
    n.successes AS "successCount",
    n.failures AS "failureCount",
    n.last_triggered_at AS "lastTriggeredAt",
    a.created_at AS "createdAt",
    a.updated_at AS "updatedAt"
   FROM ((automations a
     LEFT JOIN LATERAL ( SELECT (step.value ->> 'type'::text) AS type,
            COALESCE((step.value -> 'config'::text), '{}'::jsonb) AS config
           FROM jsonb_array_elements(a.actions) WITH ORDINALITY step(value, "position")
          WHERE ((step.value ->> 'type'::text) = ANY (ARRAY['send_message'::text, 'send_template'::text, 'update_contact'::text, 'http_request'::text]))
          ORDER BY step."position"
         LIMIT 1) s ON (true))
     CROSS JOIN LATERAL ( SELECT (COALESCE(sum(x.executions), (0)::numeric))::integer AS executions,
            (COALESCE(sum(x.successes), (0)::numeric))::integer AS successes,
            (COALESCE(sum(x.failures), (0)::numeric))::integer AS failures,
            max(x.last_triggered_at) AS last_triggered_at
           FROM automation_counts x
          WHERE ((x.tenant_id = a.tenant_id) AND (x.automation_id = a.id))) n)
  WHERE (a.status <> 'removed'::text);

create view platform.campaigns with (security_invoker=true) as
 SELECT c.id,
    (c.name)::character varying AS name,
    c.description,
    c.message,
        CASE
            WHEN (c.frozen_at IS NULL) THEN c.recipients
            ELSE ARRAY( SELECT r.handle
               FROM campaign_recipients r
              WHERE ((r.tenant_id = c.tenant_id) AND (r.campaign_id = c.id) AND (r.status <> 'skipped'::text))
              ORDER BY r.id)
        END AS recipients,
    n.sent_count AS "sentCount",
    n.delivered_count AS "deliveredCount",
    n.read_count AS "readCount",
    n.failed_count AS "failedCount",
    (c.status)::character varying AS status,
    c.scheduled_at AS "scheduledAt",
    c.started_at AS "startedAt",
    c.completed_at AS "completedAt",
    c.created_at AS "createdAt",
    c.updated_at AS "updatedAt"
   FROM (campaigns c
     CROSS JOIN LATERAL ( SELECT (COALESCE(sum(((x.sent + x.delivered) + x.read)), (0)::bigint))::integer AS sent_count,
            (COALESCE(sum((x.delivered + x.read)), (0)::bigint))::integer AS delivered_count,
            (COALESCE(sum(x.read), (0)::bigint))::integer AS read_count,
            (COALESCE(sum(x.failed), (0)::bigint))::integer AS failed_count
           FROM campaign_counts x
          WHERE ((x.tenant_id = c.tenant_id) AND (x.campaign_id = c.id))) n);

create view platform.contacts with (security_invoker=true) as
 SELECT k.id,
    (COALESCE(i.handle, k.phone, k.email))::character varying AS "phoneNumber",
    (k.name)::character varying AS "displayName",
    k.notes,
    (k.status)::character varying AS status,
    k.created_at AS "createdAt",
    k.updated_at AS "updatedAt"
   FROM (contacts k
     LEFT JOIN LATERAL ( SELECT i_1.handle
           FROM contact_identities i_1
          WHERE ((i_1.tenant_id = k.tenant_id) AND (i_1.contact_id = k.id) AND ((i_1.channel = ANY (ARRAY['whatsapp'::text, 'sms'::text])) OR (k.phone IS NULL)))
          ORDER BY (array_position(ARRAY['whatsapp'::text, 'sms'::text], i_1.channel)), ("left"(i_1.handle, 1) <> '+'::text), i_1.created_at, i_1.handle
         LIMIT 1) i ON (true))
  WHERE (k.kind = 'person'::text);

create view platform.message_statuses with (security_invoker=true) as
 SELECT (md5(((((s.integration_id || ' '::text) || s.external_message_id) || ' '::text) || s.status)))::uuid AS id,
    (s.external_message_id)::character varying AS "messageId",
    (v.handle)::character varying AS "phoneNumber",
    (s.status)::character varying AS status,
    (
        CASE
            WHEN (s.external_message_id ~~ 'wamid.%'::text) THEN s.external_message_id
            ELSE NULL::text
        END)::character varying AS wamid,
    s.error_message AS error,
    (s.error_code)::character varying AS "errorCode",
    s.occurred_at AS "createdAt",
    s.created_at AS "updatedAt"
   FROM ((message_statuses s
     LEFT JOIN messages m ON (((m.tenant_id = s.tenant_id) AND (m.id = s.message_id))))
     LEFT JOIN conversations v ON (((v.tenant_id = m.tenant_id) AND (v.id = m.conversation_id))));

create view platform.messages with (security_invoker=true) as
 SELECT m.id,
    (v.handle)::character varying AS "phoneNumber",
        CASE
            WHEN (m.deleted_at IS NULL) THEN COALESCE(m.content, (('['::text || m.type) || ']'::text))
            ELSE '[deleted]'::text
        END AS message,
    (m.external_message_id)::character varying AS "messageId",
    (
        CASE
            WHEN (m.status = ANY (ARRAY['scheduled'::text, 'queued'::text, 'sending'::text, 'unknown'::text])) THEN 'pending'::text
            ELSE m.status
        END)::character varying AS status,
    m.error_message AS "errorMessage",
    m.created_at AS "createdAt",
    GREATEST(m.created_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.edited_at, m.deleted_at) AS "updatedAt"
   FROM (messages m
     JOIN conversations v ON (((v.tenant_id = m.tenant_id) AND (v.id = m.conversation_id))))
  WHERE ((m.direction = 'outbound'::text) AND (m.type <> 'event'::text) AND (NOT m.is_hidden));

create view platform.templates with (security_invoker=true) as
 SELECT id,
    (name)::character varying AS name,
    COALESCE((content ->> 'body'::text), ''::text) AS body,
    ((content #>> '{header,text}'::text[]))::character varying AS "headerText",
    ((content ->> 'footer'::text))::character varying AS "footerText",
    (
        CASE category
            WHEN 'marketing'::text THEN 'marketing'::text
            WHEN 'otp'::text THEN 'otp'::text
            WHEN 'authentication'::text THEN 'otp'::text
            WHEN 'transactional'::text THEN 'transactional'::text
            WHEN 'utility'::text THEN 'transactional'::text
            ELSE 'text'::text
        END)::character varying AS category,
    variables AS parameters,
    (
        CASE
            WHEN (NOT is_active) THEN 'disabled'::text
            WHEN (status = ANY (ARRAY['approved'::text, 'pending'::text, 'rejected'::text])) THEN status
            WHEN (status = ANY (ARRAY['in_appeal'::text, 'unsubmitted'::text, 'unknown'::text])) THEN 'pending'::text
            ELSE 'disabled'::text
        END)::character varying AS status,
    rejected_reason AS "rejectionReason",
    created_at AS "createdAt",
    updated_at AS "updatedAt"
   FROM templates t
  WHERE (status <> 'deleted'::text);

create view platform.webhook_events with (security_invoker=true) as
 SELECT id,
    (kind)::character varying AS "eventType",
    json_or_null(body) AS payload,
    (status)::character varying AS status,
    error AS "processingError",
    created_at AS "createdAt"
   FROM webhook_events e;

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

CREATE OR REPLACE FUNCTION bot.change_userchat()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
    if new.chat_id is distinct from old.chat_id or new.customer_id is distinct from old.customer_id then
        raise exception 'Only is_active can be changed here.' using errcode = 'feature_not_supported';
    end if;
    if new.is_active and not old.is_active then
        raise exception 'A chat that has ended stays so: the next message begins another.' using errcode = 'feature_not_supported';
    end if;
    update public.bot_chats b set is_active = new.is_active, updated_at = now()
    from public.conversations c
    where b.chat_id = old.chat_id and b.is_active and c.tenant_id = b.tenant_id and c.id = b.conversation_id and c.contact_id = old.customer_id;
    return new;
end $function$


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


CREATE OR REPLACE FUNCTION platform.round(value double precision, places integer)
 RETURNS numeric
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN round((value)::numeric, places)


CREATE OR REPLACE FUNCTION public.search_text(content text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN translate(CASE WHEN (octet_length(content) = length(content)) THEN content ELSE regexp_replace(regexp_replace(NORMALIZE(regexp_replace(NORMALIZE(translate(lower((content COLLATE pg_c_utf8)), 'øłđħŧıæœ'::text, 'oldhtiao'::text), NFKD), '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b\u200d\ufe00-\ufe0f]+'::text, ''::text, 'g'::text), NFKC), '[\u0080-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4\u2000-\u206f\u3000-\u303f]+'::text, ' '::text, 'g'::text), '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff])'::text, ' \1 '::text, 'g'::text) END, '-./@_<>&+:~'::text, '           '::text)

