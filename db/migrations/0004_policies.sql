-- Row-level security on every tenant table, forced, so that even the owner sees nothing outside the two roles.
do $$
declare name text;
begin
    foreach name in array array['users', 'sessions', 'api_keys', 'idempotency_keys', 'integrations', 'contacts',
        'contact_identities', 'conversations', 'messages', 'message_statuses', 'webhook_events', 'feed_heads', 'events',
        'sending_leases']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
    -- Tables with a tenant_id that are read before the tenant is known: only the system role may.
    foreach name in array array['logins', 'integration_routes']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_system', name);
    end loop;
end $$;

alter table tenants enable row level security;
alter table tenants force row level security;
create policy one_tenant on tenants to parley_app using (id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy all_tenants on tenants to parley_system using (true);
grant select on tenants to parley_app;
grant select, insert, update, delete on tenants to parley_system;

grant select, insert, update, delete on login_attempts, data_protection_keys to parley_system;

-- Foreign keys are checked as the table's owner, whom forced policies would blind: the owner may look (and only that)
-- while such a check runs. PostgreSQL skips row security for these checks itself, so nothing is granted here.

-- The journal for people who read SQL: the body as JSON where it is JSON.
create function json_or_null(body bytea) returns jsonb language plpgsql immutable as $$
begin
    return convert_from(body, 'UTF8')::jsonb;
exception when others then
    return null;
end $$;

create view webhook_payloads with (security_invoker = true) as
select tenant_id, id, integration_id, provider, kind, status, error, json_or_null(body) as payload, created_at, processed_at
from webhook_events;
grant select on webhook_payloads to parley_app, parley_system;
