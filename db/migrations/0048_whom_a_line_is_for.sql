-- A line of the feed that concerns one person says whom, so that nobody else's page asks what it was.
set local lock_timeout = '10s';

alter table events add column user_id uuid;
