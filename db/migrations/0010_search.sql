-- Search: what was said, in any language, and who said it. The words of a message are kept with it, in the same
-- transaction, as a column that PostgreSQL derives: whoever writes a message, by whatever way, makes it findable.
-- Why like this and not otherwise, with figures: docs/decisions, "search is PostgreSQL".

-- Words as they are compared: small letters, without accents, vowel marks and punctuation. Scripts written without
-- spaces, and emoji, become words of one character each, so that a phrase finds any part of them.
-- The configuration "simple" alone knows no accents, and its parser takes "a-1", "b@c.d" and "e/f" for words.
-- unaccent would need an extension and is not immutable. Text that is plain ASCII takes the short way.
do $$
declare folding text;
begin
    -- Which lower case: that of the database may know ASCII only. pg_c_utf8 is there from PostgreSQL 17 on.
    select collname into folding
    from pg_collation
    where collnamespace = 'pg_catalog'::regnamespace and collname in ('pg_c_utf8', 'und-x-icu') and collencoding in (-1, 6)
    order by array_position(array['pg_c_utf8', 'und-x-icu'], collname::text)
    limit 1;
    execute format($f$
        create function search_text(content text) returns text language sql immutable parallel safe
        return translate(
            case when octet_length(content) = length(content) then content
            else regexp_replace(
                regexp_replace(
                    normalize(regexp_replace(
                        normalize(translate(lower(content collate %I), 'øłđħŧıæœ', 'oldhtiao'), NFKD),
                        '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b\u200d\ufe00-\ufe0f]+', '', 'g'), NFKC),
                    '[\u0080-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4\u2000-\u206f\u3000-\u303f]+', ' ', 'g'),
                '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff])', ' \1 ', 'g')
            end,
            '-./@_<>&+:~', '           ')
    $f$, coalesce(folding, 'default'));
end $$;

-- A hundred thousand characters are more than any channel carries, and less than a tsvector can hold.
alter table messages add column search tsvector
    generated always as (case when deleted_at is null then to_tsvector('simple', search_text(left(content, 100000))) end) stored;
-- The tenant is part of the index, and the account: the words of others are not read. What was just written waits in the index's
-- pending list, which searches read too. Search/SearchIndexWorker.cs empties it every second; an insert would do so only
-- when it has 16 MB, and would take a second for it.
create index messages_search_idx on messages using gin (tenant_id, integration_id, search) with (gin_pending_list_limit = 16384);
-- The newest first: a common word is found by walking back from now, without collecting all its messages.
create index messages_time_idx on messages (tenant_id, occurred_at desc, id desc);

alter table contacts add column search tsvector
    generated always as (to_tsvector('simple', search_text(coalesce(name, '') || ' ' || coalesce(phone, '') || ' ' || coalesce(email, '')))) stored;
create index contacts_search_idx on contacts using gin (tenant_id, search);
-- A part of a number, a user name or an address.
create index contact_identities_handle_idx on contact_identities using gin (tenant_id, handle gin_trgm_ops);
