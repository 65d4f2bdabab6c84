-- Campaigns: one message to many people, and what became of each of them.
set local lock_timeout = '10s';

create table campaigns (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    description text,
    message text not null,                       -- the words, with their {{variables}}; of a template, its body
    recipients text[] not null,                  -- the numbers of the list, as they were given
    integration_id uuid not null,
    channel text not null,
    content jsonb not null,                      -- what is sent: type, link, template, values where nothing is known
    audience jsonb not null,                     -- who else: filter, labels, a file, or the failed ones of another campaign
    status text not null default 'draft',
    version int not null default 1,              -- grows with each change by a person
    author text not null,
    source_id uuid,                              -- the campaign whose failed ones this one tries again
    scheduled_at timestamptz,
    scheduled_zone text,
    hours jsonb,                                 -- when it may send: time_zone, from, to, days; null: always
    waits_until timestamptz,                     -- outside of these hours: when they begin
    rate_per_second double precision,            -- null: what the account allows
    concurrency int,                             -- most messages in the account's queue at once; null: what the rate needs
    brake_percent int not null,                  -- failures in a hundred at which it pauses by itself
    brake_sample int not null,                   -- outcomes before that is looked at
    brake_ended int not null default 0,          -- outcomes and failures at its last start: what came before does not count again
    brake_failed int not null default 0,
    progress jsonb not null default '{}',        -- how far the audience is written down: the line at which whoever comes next goes on
    duplicate_count int not null default 0,
    invalid_count int not null default 0,        -- lines of the list, or the file, that are no number
    started_at timestamptz,
    frozen_at timestamptz,                       -- from then on who gets it is settled
    paused_at timestamptz,
    pause_cause text,
    pause_reason text,
    completed_at timestamptz,
    cancelled_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint campaigns_pkey primary key (tenant_id, id),
    constraint campaigns_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint campaigns_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade,
    constraint campaign_status_is_known check (status in ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled')),
    constraint scheduled_campaigns_have_a_time check (status <> 'scheduled' or scheduled_at is not null),
    constraint paused_campaigns_have_a_cause check ((status = 'paused') = (pause_cause is not null)),
    constraint campaign_pause_is_known check (pause_cause in ('user', 'failures', 'quality', 'content')),
    constraint campaign_brake_in_range check (brake_percent between 1 and 100 and brake_sample between 1 and 100000)
);
create index campaigns_created_idx on campaigns (tenant_id, created_at desc, id desc);
create index campaigns_integration_idx on campaigns (tenant_id, integration_id) where status = 'running';

-- Whom a campaign is for, written down when it starts. "Nobody twice" stands on three keys: one row for each person (the id of who is known is
-- their contact's), one for each address, and a message belongs to one row. contact_id is whom it was then (as in messages: no key, an alias leads on).
create table campaign_recipients (
    tenant_id uuid not null,
    campaign_id uuid not null,
    id uuid not null,
    contact_id uuid,                             -- null: nobody known yet
    handle text not null,                        -- whom it is dialled by
    address text not null,                       -- one and the same for all writings of a number
    variables jsonb,                             -- the columns of their line in the file
    status text not null,
    reason text,                                 -- why it was skipped, or failed
    detail text,
    message_id uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint campaign_recipients_pkey primary key (tenant_id, campaign_id, id),
    constraint campaign_recipients_campaign_fkey foreign key (tenant_id, campaign_id) references campaigns (tenant_id, id) on delete cascade,
    constraint campaign_recipient_status_is_known check (status in ('pending', 'queued', 'sent', 'delivered', 'read', 'failed', 'needs_review', 'skipped', 'cancelled'))
) with (fillfactor = 80);
create unique index campaign_recipients_address_key on campaign_recipients (tenant_id, campaign_id, address);
create unique index campaign_recipients_message_key on campaign_recipients (tenant_id, message_id) where message_id is not null;
create index campaign_recipients_status_idx on campaign_recipients (tenant_id, campaign_id, status, id);

-- How many recipients are in which state: differences, to be added up. One row for each minute and each of the writers (who writes the audience
-- down, who queues, who follows the messages): they never wait for one another, and what happened when can be shown.
create table campaign_counts (
    tenant_id uuid not null,
    campaign_id uuid not null,
    at timestamptz not null,                     -- the minute
    part text not null,
    pending int not null default 0,
    queued int not null default 0,
    sent int not null default 0,
    delivered int not null default 0,
    read int not null default 0,
    failed int not null default 0,
    needs_review int not null default 0,
    skipped int not null default 0,
    cancelled int not null default 0,
    constraint campaign_counts_pkey primary key (tenant_id, campaign_id, at, part),
    constraint campaign_counts_campaign_fkey foreign key (tenant_id, campaign_id) references campaigns (tenant_id, id) on delete cascade,
    constraint campaign_count_part_is_known check (part in ('freeze', 'queue', 'follow'))
) with (fillfactor = 50);

-- How far each tenant's feed was read by who follows the messages of campaigns.
create table campaign_cursors (
    tenant_id uuid not null,
    seq bigint not null,
    constraint campaign_cursors_pkey primary key (tenant_id),
    constraint campaign_cursors_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade
);

do $$
declare name text;
begin
    foreach name in array array['campaigns', 'campaign_recipients', 'campaign_counts', 'campaign_cursors']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;

-- The documented counters: who was reached is counted as sent as well, and who read it as delivered.
create view campaign_totals with (security_invoker = true) as
select c.tenant_id, c.id as campaign_id,
    coalesce(sum(n.pending), 0)::int as pending, coalesce(sum(n.queued), 0)::int as queued, coalesce(sum(n.needs_review), 0)::int as needs_review,
    coalesce(sum(n.skipped), 0)::int as skipped, coalesce(sum(n.cancelled), 0)::int as cancelled,
    coalesce(sum(n.sent + n.delivered + n.read), 0)::int as sent_count, coalesce(sum(n.delivered + n.read), 0)::int as delivered_count,
    coalesce(sum(n.read), 0)::int as read_count, coalesce(sum(n.failed), 0)::int as failed_count
from campaigns c
left join campaign_counts n on n.tenant_id = c.tenant_id and n.campaign_id = c.id
group by c.tenant_id, c.id;
grant select on campaign_totals to parley_app, parley_system;

alter table notifications drop constraint notification_kind_is_known;
alter table notifications add constraint notification_kind_is_known check (kind in ('mention', 'webhook_disabled', 'campaign_paused'));
