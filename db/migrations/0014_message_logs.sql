-- Providers that keep a list of messages and do not repeat a webhook that failed: up to when the list was compared with what is here.
set local lock_timeout = '10s';

alter table integrations add column log_read_until timestamptz;
