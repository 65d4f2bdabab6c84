-- What somebody of the team sees: everything, or only what is assigned to them or to one of their teams. Admins see everything.
set local lock_timeout = '10s';
alter table users add column sees text not null default 'all';
alter table users add constraint user_sees_is_known check (sees in ('all', 'team'));
