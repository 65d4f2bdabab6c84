-- Messages that somebody wrote for later. Such a message is a row of messages from the beginning (merges and attachments
-- treat it as what it is) and keeps its id when it goes; until then it has a status that neither threads nor senders look at.
-- The API shows it as queued, with scheduled_at: what waits is queued, only for longer.
alter table messages
    add column scheduled_at timestamptz,                       -- stays when it has gone
    add column scheduled_zone text,                            -- where the wall clock hangs that somebody had in mind
    add column needs_decision boolean not null default false;  -- its time has passed, and a person shall say what becomes of it
alter table messages drop constraint message_status_is_known;
alter table messages add constraint message_status_is_known
    check (status in ('scheduled', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown')) not valid;
alter table messages validate constraint message_status_is_known;
alter table messages add constraint scheduled_messages_have_a_time check (status <> 'scheduled' or scheduled_at is not null) not valid;
alter table messages validate constraint scheduled_messages_have_a_time;
create index messages_scheduled_idx on messages (tenant_id, scheduled_at, id) where status = 'scheduled';

-- How an organisation schedules: where it is, and what becomes of what is late. No row: the defaults of SchedulingSettings.
create table scheduling_settings (
    tenant_id uuid not null,
    time_zone text not null,
    late_messages text not null,
    late_after_minutes int not null,
    updated_at timestamptz not null,
    constraint scheduling_settings_pkey primary key (tenant_id),
    constraint scheduling_settings_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint late_messages_is_known check (late_messages in ('send', 'ask')),
    constraint late_after_minutes_in_range check (late_after_minutes between 1 and 1440)
);
alter table scheduling_settings enable row level security;
alter table scheduling_settings force row level security;
create policy one_tenant on scheduling_settings to parley_app using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
create policy all_tenants on scheduling_settings to parley_system using (true);
grant select, insert, update, delete on scheduling_settings to parley_app, parley_system;
