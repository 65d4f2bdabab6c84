-- The bot: what each account's bot is set to, where it answers and where not, what it answered and what that cost.
set local lock_timeout = '10s';

create table bots (
    tenant_id uuid not null,
    integration_id uuid not null,
    is_on boolean not null default false,
    on_since timestamptz,             -- what was said before it was switched on is nobody's question to it
    base_url text,                    -- null: the installation's; then the installation's key is used, too
    api_key bytea,                    -- Data Protection, purpose-bound to tenant and integration
    model text,                       -- null: the installation's
    system_prompt text not null,
    temperature numeric(3, 2),        -- null: the model's own
    token_field text not null,        -- how the server calls the limit of an answer's tokens
    answer_tokens int not null,
    history_messages int not null,
    history_tokens int not null,
    language text,                    -- null: the customer's
    wait_seconds numeric(5, 2) not null,
    longest_wait_seconds int not null,
    timeout_seconds int not null,
    hours jsonb,                      -- [{"days": ["mon"], "from": "09:00", "to": "18:00"}]; null: always
    time_zone text not null,
    hand_over_words text[] not null,
    fallback text not null,
    daily_token_limit bigint,
    conversation_token_limit bigint,
    session_days int not null,
    last_error text,                  -- what a person must put right, in words; null: nothing
    last_error_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint bots_pkey primary key (tenant_id, integration_id),
    constraint bots_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade,
    constraint bot_that_is_on_knows_since_when check (not is_on or on_since is not null),
    constraint bot_token_field_is_known check (token_field in ('max_completion_tokens', 'max_tokens'))
);

-- How far the bot has read the tenant's feed.
create table bot_cursors (
    tenant_id uuid not null,
    seq bigint not null,
    constraint bot_cursors_pkey primary key (tenant_id),
    constraint bot_cursors_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

-- Null: the bot answers, if the account has one that is on.
alter table conversations
    add column bot_state text,        -- paused: somebody answers himself; handed_over: the bot gave up, and somebody must
    add column bot_cause text,        -- a word for programs
    add column bot_reason text,       -- a sentence for people
    add column bot_changed_at timestamptz;
alter table conversations add constraint bot_state_is_known check (bot_state in ('paused', 'handed_over'));

-- A stretch of a conversation: what the bot remembers. One that has rested too long ends, and the next message begins another.
create table bot_chats (
    tenant_id uuid not null,
    id uuid not null,
    chat_id text not null,            -- 16 hex digits
    conversation_id uuid not null,
    is_active boolean not null default true,
    began_at timestamptz not null,
    first_message_id uuid not null,   -- its messages are those of the conversation from here ...
    ended_before uuid,                -- ... to before this, with which the next one begins (by arrival: providers tell whole seconds)
    active_until timestamptz not null,-- without another message by then, it is over
    tokens bigint not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint bot_chats_pkey primary key (tenant_id, id),
    constraint bot_chats_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
    constraint chat_id_is_sixteen_hex_digits check (chat_id ~ '^[0-9a-f]{16}$')
);
create unique index bot_chats_chat_key on bot_chats (tenant_id, chat_id);
create unique index bot_chats_active_key on bot_chats (tenant_id, conversation_id) where is_active;
create index bot_chats_conversation_idx on bot_chats (tenant_id, conversation_id, began_at desc);

-- What became of a turn. A message is answered, or handed over, at most once: the unique index says so.
create table bot_answers (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    message_id uuid not null,         -- the newest message that it answers
    outcome text not null,
    model text,
    prompt_tokens int not null default 0,
    completion_tokens int not null default 0,
    is_estimate boolean not null default false,   -- the server did not say how many tokens
    created_at timestamptz not null,
    constraint bot_answers_pkey primary key (tenant_id, id),
    constraint bot_answers_conversation_fkey foreign key (tenant_id, conversation_id) references conversations (tenant_id, id) on delete cascade,
    constraint bot_outcome_is_known check (outcome in ('answered', 'handed_over'))
);
create unique index bot_answers_message_key on bot_answers (tenant_id, message_id);
create index bot_answers_conversation_idx on bot_answers (tenant_id, conversation_id);

-- Also what answers cost that were never sent. The day is that of the bot's time zone.
create table bot_usage (
    tenant_id uuid not null,
    integration_id uuid not null,
    day date not null,
    prompt_tokens bigint not null default 0,
    completion_tokens bigint not null default 0,
    calls int not null default 0,
    answers int not null default 0,
    constraint bot_usage_pkey primary key (tenant_id, integration_id, day),
    constraint bot_usage_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade
);

do $$
declare name text;
begin
    foreach name in array array['bots', 'bot_cursors', 'bot_chats', 'bot_answers', 'bot_usage']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
