-- What few contacts are, groups and those who opted out, is found without walking over the many.
set local lock_timeout = '10s';

create index contacts_groups_idx on contacts (tenant_id, id desc) where kind = 'group';
create index contact_identities_opted_out_idx on contact_identities (tenant_id, contact_id) where opted_out_at is not null;
