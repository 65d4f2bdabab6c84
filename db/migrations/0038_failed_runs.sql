-- Runs that failed are looked for among very many that did not.

create index automation_runs_failed_idx on automation_runs (tenant_id, automation_id, id) where status = 'failed';
create index automation_runs_stopped_idx on automation_runs (tenant_id, automation_id, id) where status = 'stopped';
