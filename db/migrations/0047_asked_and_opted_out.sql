-- A pair that somebody wants suggested again is theirs to decide, and never merged by itself; and how many addresses an import opted out is told when it ends.
set local lock_timeout = '10s';

alter table contact_suggestions add column is_asked boolean not null default false;
alter table contact_imports add column opted_out_count integer not null default 0;
