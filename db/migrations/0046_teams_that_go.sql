-- A team with very many contacts goes piece by piece: from its mark on nobody is given to it, no list shows it, and its name is free.
set local lock_timeout = '10s';

alter table teams add column going_at timestamptz;
drop index teams_name_key;
create unique index teams_name_key on teams (tenant_id, name) where going_at is null;
