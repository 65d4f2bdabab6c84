-- Who was taken apart is two people by the same row that says it when somebody dismisses a suggestion: one thing to look at, and to carry along when either is
-- merged again. What was taken apart before gets its row.
set local lock_timeout = '10s';

-- The owner sees no rows: both are written in the role that sees all.
set local role parley_system;

insert into contact_suggestions (tenant_id, id, first_id, second_id, score, reasons, status, dismissed_by, created_at, updated_at)
select distinct on (m.tenant_id, least(m.contact_id, m.gone_id), greatest(m.contact_id, m.gone_id))
    m.tenant_id, gen_random_uuid(), least(m.contact_id, m.gone_id), greatest(m.contact_id, m.gone_id), 100, m.reasons, 'dismissed', 'undo:' || m.id::text, m.undone_at, m.undone_at
from contact_merges m
join contacts a on a.tenant_id = m.tenant_id and a.id = m.contact_id
join contacts b on b.tenant_id = m.tenant_id and b.id = m.gone_id
where m.undone_at is not null
on conflict (tenant_id, first_id, second_id) do update set status = 'dismissed', dismissed_by = excluded.dismissed_by;

-- 0029 meant this, and was blind.
update contact_identities set consent_at = opted_out_at where opted_out_at is not null and consent_at is null;
reset role;
