-- One job for each automation queues and begins its runs, a piece at a time: how far it is is kept here, and why the rest waits.
set local lock_timeout = '10s';

alter table automations add column sweep_after uuid;   -- since it was switched on, its open runs were queued again up to here; null: all of them
alter table automations add column hold_reason text;   -- why queued runs do not begin
