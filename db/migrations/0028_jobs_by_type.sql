-- Due jobs are looked for by type, so that thousands of files that wait are not read through to find one chat that was read.
drop index scheduled_jobs_due_idx;
create index scheduled_jobs_due_idx on scheduled_jobs (tenant_id, type, scheduled_at, id) where status = 'waiting';
