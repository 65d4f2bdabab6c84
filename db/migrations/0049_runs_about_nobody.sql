-- Runs that were made without a contact have a cap for each minute, in place of the one for each contact: circles through other people's servers, or our own API, come to an end.
set local lock_timeout = '10s';

alter table automation_runs add column is_about_nobody boolean not null default false;   -- as it was made: it may have met somebody since
create index automation_runs_nobody_idx on automation_runs (tenant_id, automation_id, created_at) where is_about_nobody and status <> 'stopped';
