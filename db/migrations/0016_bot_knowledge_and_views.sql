-- What the bot may answer from, and its sessions in the documented form.
set local lock_timeout = '10s';

create table bot_documents (
    tenant_id uuid not null,
    id uuid not null,
    title text not null,
    content text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint bot_documents_pkey primary key (tenant_id, id),
    constraint bot_documents_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint bot_document_has_a_title check (length(title) between 1 and 200)
);

-- Parts of documents, as long as one can quote. The words are folded as those of messages are (0010).
create table bot_chunks (
    tenant_id uuid not null,
    document_id uuid not null,
    position int not null,
    title text not null,              -- of the document, so that a search needs no join
    heading text,
    content text not null,
    search tsvector generated always as (to_tsvector('simple', search_text(title || ' ' || coalesce(heading, '') || ' ' || content))) stored,
    constraint bot_chunks_pkey primary key (tenant_id, document_id, position),
    constraint bot_chunks_document_fkey foreign key (tenant_id, document_id) references bot_documents (tenant_id, id) on delete cascade
);
create index bot_chunks_search_idx on bot_chunks using gin (tenant_id, search);

do $$
declare name text;
begin
    foreach name in array array['bot_documents', 'bot_chunks']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;

-- The two tables of the WhatsApp bot that Parley takes the place of, for whoever queries them: search_path = bot, public.
-- (The schema is made by the migration runner before this file, or by an administrator.)
grant usage on schema bot to parley_app, parley_system;

create view bot.users with (security_invoker = true) as
select k.id as user_id,
    k.email::varchar as email,
    i.phone_number::varchar as phone_number,
    k.name::varchar as full_name,
    null::varchar as hashed_password,
    null::jsonb as password_history,
    k.status = 'active' as is_active,
    k.created_at,
    k.updated_at
from public.contacts k
cross join lateral (
    -- One line for each person: the WhatsApp number where there is one.
    select case i.channel when 'sms' then i.handle else i.channel || ':' || i.handle end as phone_number
    from public.contact_identities i
    where i.tenant_id = k.tenant_id and i.contact_id = k.id
    order by array_position(array['whatsapp', 'sms'], i.channel), left(i.handle, 1) <> '+', i.created_at, i.handle
    limit 1
) i
where k.kind = 'person';

create view bot.userchats with (security_invoker = true) as
select b.chat_id::varchar as chat_id,
    c.contact_id as customer_id,
    b.is_active and b.active_until > now() as is_active,
    (
        select coalesce(jsonb_agg(jsonb_build_object(
                'role', case m.direction when 'inbound' then 'user' else 'assistant' end,
                'content', coalesce(m.content, '[' || m.type || ']'),
                'timestamp', to_char(m.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00') order by m.occurred_at, m.id), '[]')
        from public.messages m
        where m.tenant_id = b.tenant_id and m.conversation_id = b.conversation_id
          and m.occurred_at >= b.began_at and m.id >= b.first_message_id and (b.ended_before is null or m.id < b.ended_before)
          and m.type <> 'event' and not m.is_hidden and m.deleted_at is null and m.status <> 'failed'
    ) as messages,
    b.created_at,
    b.updated_at
from public.bot_chats b
join public.conversations c on c.tenant_id = b.tenant_id and c.id = b.conversation_id;

-- The documented maintenance ends chats through the view. Nothing else of it can be changed: the messages are those of the inbox.
create function bot.change_userchat() returns trigger language plpgsql as $$
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
end $$;
create trigger userchats_change instead of update on bot.userchats for each row execute function bot.change_userchat();

grant select on bot.users to parley_app, parley_system;
grant select, update on bot.userchats to parley_app, parley_system;
