-- Parts of handles are looked for by this index, and only these: where it could answer "is equal" as well, it was taken for cheaper than the key of
-- (tenant_id, channel, handle), and was a thousand times slower. So it holds an expression that nobody compares.
set local lock_timeout = '10s';

drop index contact_identities_handle_idx;
create index contact_identities_handle_idx on contact_identities using gin (tenant_id, (handle || '') gin_trgm_ops);
