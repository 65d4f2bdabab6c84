-- The few open ones among a hundred thousand closed: found without reading the others.
create index conversations_open_idx on conversations (tenant_id, activity_at desc) where status = 'open';
