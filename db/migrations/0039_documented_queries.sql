-- The tables of the messaging platform that Parley takes the place of, for whoever queries them: search_path = platform, public.
-- Views under their documented names and columns; who looks sees what row-level security shows to them.
-- (The schema is made by the migration runner before this file, or by an administrator.)
grant usage on schema platform to parley_app, parley_system;

-- The documented rates round a double to two places; PostgreSQL rounds to places only what is numeric.
create function platform.round(value double precision, places integer) returns numeric language sql immutable strict parallel safe
    return pg_catalog.round(value::numeric, places);

-- "Store all sent messages": what went out. What came in is delivered from the first and would count as such.
create view platform.messages with (security_invoker = true) as
select m.id,
    v.handle::varchar as "phoneNumber",
    case when m.deleted_at is null then coalesce(m.content, '[' || m.type || ']') else '[deleted]' end as message,
    m.external_message_id::varchar as "messageId",
    (case when m.status in ('scheduled', 'queued', 'sending', 'unknown') then 'pending' else m.status end)::varchar as status,
    m.error_message as "errorMessage",
    m.created_at as "createdAt",
    greatest(m.created_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.edited_at, m.deleted_at) as "updatedAt"
from public.messages m
join public.conversations v on v.tenant_id = m.tenant_id and v.id = m.conversation_id
where m.direction = 'outbound' and m.type <> 'event' and not m.is_hidden;

create view platform.webhook_events with (security_invoker = true) as
select e.id,
    e.kind::varchar as "eventType",
    public.json_or_null(e.body) as payload,
    e.status::varchar as status,
    e.error as "processingError",
    e.created_at as "createdAt"
from public.webhook_events e;

create view platform.contacts with (security_invoker = true) as
select k.id,
    coalesce(i.handle, k.phone, k.email)::varchar as "phoneNumber",
    k.name::varchar as "displayName",
    k.notes,
    k.status::varchar as status,
    k.created_at as "createdAt",
    k.updated_at as "updatedAt"
from public.contacts k
left join lateral (
    -- One line for each person: the number that messages go to, where there is one.
    select i.handle
    from public.contact_identities i
    where i.tenant_id = k.tenant_id and i.contact_id = k.id and (i.channel in ('whatsapp', 'sms') or k.phone is null)
    order by array_position(array['whatsapp', 'sms'], i.channel), left(i.handle, 1) <> '+', i.created_at, i.handle
    limit 1
) i on true
where k.kind = 'person';

-- What providers told of each message. It has no id of its own: one is made of what is unique about it.
create view platform.message_statuses with (security_invoker = true) as
select md5(s.integration_id || ' ' || s.external_message_id || ' ' || s.status)::uuid as id,
    s.external_message_id::varchar as "messageId",
    v.handle::varchar as "phoneNumber",
    s.status::varchar as status,
    (case when s.external_message_id like 'wamid.%' then s.external_message_id end)::varchar as wamid,
    s.error_message as error,
    s.error_code::varchar as "errorCode",
    s.occurred_at as "createdAt",
    s.created_at as "updatedAt"
from public.message_statuses s
left join public.messages m on m.tenant_id = s.tenant_id and m.id = s.message_id
left join public.conversations v on v.tenant_id = m.tenant_id and v.id = m.conversation_id;

create view platform.templates with (security_invoker = true) as
select t.id,
    t.name::varchar as name,
    coalesce(t.content ->> 'body', '') as body,
    (t.content #>> '{header,text}')::varchar as "headerText",
    (t.content ->> 'footer')::varchar as "footerText",
    (case t.category when 'marketing' then 'marketing' when 'otp' then 'otp' when 'authentication' then 'otp' when 'transactional' then 'transactional' when 'utility' then 'transactional' else 'text' end)::varchar as category,
    t.variables as parameters,
    (case
        when not t.is_active then 'disabled'
        when t.status in ('approved', 'pending', 'rejected') then t.status
        when t.status in ('in_appeal', 'unsubmitted', 'unknown') then 'pending'
        else 'disabled'
    end)::varchar as status,
    t.rejected_reason as "rejectionReason",
    t.created_at as "createdAt",
    t.updated_at as "updatedAt"
from public.templates t
where t.status <> 'deleted';

-- Whom a campaign is for is the list as it was given, until it is settled; then those who are written down, whoever named them.
create view platform.campaigns with (security_invoker = true) as
select c.id,
    c.name::varchar as name,
    c.description,
    c.message,
    case
        when c.frozen_at is null then c.recipients
        else array(select r.handle from public.campaign_recipients r where r.tenant_id = c.tenant_id and r.campaign_id = c.id and r.status <> 'skipped' order by r.id)
    end as recipients,
    n.sent_count as "sentCount",
    n.delivered_count as "deliveredCount",
    n.read_count as "readCount",
    n.failed_count as "failedCount",
    c.status::varchar as status,
    c.scheduled_at as "scheduledAt",
    c.started_at as "startedAt",
    c.completed_at as "completedAt",
    c.created_at as "createdAt",
    c.updated_at as "updatedAt"
from public.campaigns c
cross join lateral (
    -- As in campaign_totals, of this campaign alone.
    select coalesce(sum(x.sent + x.delivered + x.read), 0)::int as sent_count, coalesce(sum(x.delivered + x.read), 0)::int as delivered_count,
        coalesce(sum(x.read), 0)::int as read_count, coalesce(sum(x.failed), 0)::int as failed_count
    from public.campaign_counts x
    where x.tenant_id = c.tenant_id and x.campaign_id = c.id
) n;

-- The documented automation has one action, and four triggers. Of several steps the first of a documented kind is shown, all of them beside it;
-- what the feed starts is shown as started by a webhook, with the event's name.
create view platform.automations with (security_invoker = true) as
select a.id,
    a.name::varchar as name,
    a.description,
    (case when a.trigger_type in ('webhook', 'schedule', 'manual', 'api') then a.trigger_type else 'webhook' end)::varchar as "triggerType",
    case when a.trigger_type in ('webhook', 'schedule', 'manual', 'api') then a.trigger_config else a.trigger_config || jsonb_build_object('event', a.trigger_type) end as "triggerConfig",
    coalesce(s.type, 'update_contact')::varchar as "actionType",
    coalesce(s.config, '{}') || case when jsonb_array_length(a.actions) = 1 and s.type is not null then '{}' else jsonb_build_object('steps', a.actions) end as "actionConfig",
    (case when a.status = 'draft' then 'inactive' else a.status end)::varchar as status,
    n.executions as "executionCount",
    n.successes as "successCount",
    n.failures as "failureCount",
    n.last_triggered_at as "lastTriggeredAt",
    a.created_at as "createdAt",
    a.updated_at as "updatedAt"
from public.automations a
left join lateral (
    select step.value ->> 'type' as type, coalesce(step.value -> 'config', '{}') as config
    from jsonb_array_elements(a.actions) with ordinality as step (value, position)
    where step.value ->> 'type' in ('send_message', 'send_template', 'update_contact', 'http_request')
    order by step.position
    limit 1
) s on true
cross join lateral (
    select coalesce(sum(x.executions), 0)::int as executions, coalesce(sum(x.successes), 0)::int as successes, coalesce(sum(x.failures), 0)::int as failures,
        max(x.last_triggered_at) as last_triggered_at
    from public.automation_counts x
    where x.tenant_id = a.tenant_id and x.automation_id = a.id
) n
where a.status <> 'removed';

grant select on platform.messages, platform.webhook_events, platform.contacts, platform.message_statuses, platform.templates, platform.campaigns, platform.automations
    to parley_app, parley_system;
