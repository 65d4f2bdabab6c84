namespace Parley.Server.Tests.Data;

/// <summary>Two people of one tenant, eight messages, and one row of each kind that the documented queries ask for; the second tenant has nothing.</summary>
internal static class PlatformSeed
{
    public static string Sql(Guid mine, Guid theirs, Func<string, int, Guid> id) => $$$"""
        set local time zone 'UTC';
        insert into tenants (id, name, created_at) values ('{{{mine}}}', 'Mine', '2026-01-01'), ('{{{theirs}}}', 'Theirs', '2026-01-01');
        insert into integrations (tenant_id, id, provider, channel, name, external_id, credentials, created_at, updated_at)
        values ('{{{mine}}}', '{{{id("account", 1)}}}', 'meta', 'whatsapp', 'Shop', '15550001', '', '2026-01-01', '2026-01-01'),
               ('{{{mine}}}', '{{{id("account", 2)}}}', 'unipile', 'instagram', 'Shop', 'shop', '', '2026-01-01', '2026-01-01');
        insert into contacts (tenant_id, id, name, phone, status, created_at, updated_at)
        values ('{{{mine}}}', '{{{id("contact", 1)}}}', 'Nora Vale', '+1234567890', 'active', '2026-02-01', '2026-02-01'), ('{{{mine}}}', '{{{id("contact", 2)}}}', 'Liam Ortiz', null, 'blocked', '2026-02-02', '2026-02-02');
        insert into contact_identities (tenant_id, channel, handle, contact_id, created_at)
        values ('{{{mine}}}', 'instagram', 'nora', '{{{id("contact", 1)}}}', '2026-02-01'), ('{{{mine}}}', 'whatsapp', '+1234567890', '{{{id("contact", 1)}}}', '2026-02-01'), ('{{{mine}}}', 'instagram', 'liam.ortiz', '{{{id("contact", 2)}}}', '2026-02-02');
        insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, status, last_message_at, created_at, updated_at)
        values ('{{{mine}}}', '{{{id("conversation", 1)}}}', '{{{id("contact", 1)}}}', '{{{id("account", 1)}}}', 'whatsapp', '+1234567890', '+1234567890', 'open', '2026-03-02 09:06', '2026-03-01', '2026-03-02'),
               ('{{{mine}}}', '{{{id("conversation", 2)}}}', '{{{id("contact", 2)}}}', '{{{id("account", 2)}}}', 'instagram', 'liam', 'liam.ortiz', 'closed', '2026-03-01 12:00', '2026-03-01', '2026-03-01');
        insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, read_at, error_message, error_code, occurred_at, created_at)
        select '{{{mine}}}', x.id, x.conversation, x.contact, x.account, x.channel, x.direction, x.type, x.content, x.external, x.status, 'user', x.read_at::timestamptz, x.error, x.code, x.at::timestamptz, x.at::timestamptz
        from (values
            ('{{{id("message", 1)}}}'::uuid, '{{{id("conversation", 1)}}}'::uuid, '{{{id("contact", 1)}}}'::uuid, '{{{id("account", 1)}}}'::uuid, 'whatsapp', 'inbound', 'text', 'Hello', 'wamid.1', 'delivered', null, null, null, '2026-03-01 09:01'),
            ('{{{id("message", 2)}}}', '{{{id("conversation", 1)}}}', '{{{id("contact", 1)}}}', '{{{id("account", 1)}}}', 'whatsapp', 'outbound', 'text', 'Number 2', null, 'unknown', null, null, null, '2026-03-01 09:02'),
            ('{{{id("message", 3)}}}', '{{{id("conversation", 1)}}}', '{{{id("contact", 1)}}}', '{{{id("account", 1)}}}', 'whatsapp', 'outbound', 'text', 'Number 3', 'wamid.3', 'sent', null, null, null, '2026-03-01 09:03'),
            ('{{{id("message", 4)}}}', '{{{id("conversation", 1)}}}', '{{{id("contact", 1)}}}', '{{{id("account", 1)}}}', 'whatsapp', 'outbound', 'text', 'Number 4', 'wamid.4', 'delivered', null, null, null, '2026-03-02 09:04'),
            ('{{{id("message", 5)}}}', '{{{id("conversation", 1)}}}', '{{{id("contact", 1)}}}', '{{{id("account", 1)}}}', 'whatsapp', 'outbound', 'text', 'Number 5', 'wamid.5', 'read', '2026-03-02 09:30', null, null, '2026-03-02 09:05'),
            ('{{{id("message", 6)}}}', '{{{id("conversation", 1)}}}', '{{{id("contact", 1)}}}', '{{{id("account", 1)}}}', 'whatsapp', 'outbound', 'image', null, 'wamid.6', 'failed', null, 'The number does not exist.', '131026', '2026-03-02 09:06'),
            ('{{{id("message", 7)}}}', '{{{id("conversation", 2)}}}', '{{{id("contact", 2)}}}', '{{{id("account", 2)}}}', 'instagram', 'inbound', 'text', 'Hi', 'ig.7', 'delivered', null, null, null, '2026-03-01 11:00'),
            ('{{{id("message", 8)}}}', '{{{id("conversation", 2)}}}', '{{{id("contact", 2)}}}', '{{{id("account", 2)}}}', 'instagram', 'outbound', 'text', 'Number 8', null, 'queued', null, null, null, '2026-03-01 12:00'))
            as x (id, conversation, contact, account, channel, direction, type, content, external, status, read_at, error, code, at);
        insert into message_statuses (tenant_id, integration_id, external_message_id, status, message_id, occurred_at, error_code, error_message, created_at)
        values ('{{{mine}}}', '{{{id("account", 1)}}}', 'wamid.5', 'read', '{{{id("message", 5)}}}', '2026-03-02 09:30', null, null, '2026-03-02 09:30'),
               ('{{{mine}}}', '{{{id("account", 1)}}}', 'wamid.6', 'failed', '{{{id("message", 6)}}}', '2026-03-02 09:31', '131026', 'The number does not exist.', '2026-03-02 09:31');
        insert into webhook_events (tenant_id, id, integration_id, provider, kind, status, error, body, created_at)
        values ('{{{mine}}}', '{{{id("webhook", 1)}}}', '{{{id("account", 1)}}}', 'meta', 'messages', 'processed', null, convert_to('{"text": "hello"}', 'UTF8'), '2026-03-01 09:01'),
               ('{{{mine}}}', '{{{id("webhook", 2)}}}', '{{{id("account", 1)}}}', 'meta', 'statuses', 'failed', 'It is not JSON.', convert_to('{', 'UTF8'), '2026-03-01 09:02');
        insert into templates (tenant_id, id, integration_id, channel, name, language, category, status, rejected_reason, content, variables, is_active, created_at, updated_at)
        select '{{{mine}}}', x.id, x.account, 'whatsapp', x.name, 'en', x.category, x.status, x.reason, x.content::jsonb, x.variables, x.is_active, '2026-02-01', '2026-02-01'
        from (values
            ('{{{id("template", 1)}}}'::uuid, '{{{id("account", 1)}}}'::uuid, 'order_ready', 'utility', 'approved', null, '{"header": {"format": "text", "text": "Order"}, "body": "Dear {{name}}, it is ready."}', array['name'], true),
            ('{{{id("template", 2)}}}', '{{{id("account", 1)}}}', 'offer', 'marketing', 'rejected', 'Too loud.', '{"header": {"format": "text", "text": "Spring"}, "body": "All must go."}', array[]::text[], true),
            ('{{{id("template", 3)}}}', '{{{id("account", 1)}}}', 'code', 'authentication', 'pending', null, '{"body": "Your code."}', array[]::text[], true),
            ('{{{id("template", 4)}}}', '{{{id("account", 1)}}}', 'parcel', 'utility', 'paused', null, '{"body": "On its way."}', array[]::text[], true),
            ('{{{id("template", 5)}}}', null, 'hours', 'text', 'approved', null, '{"body": "We open at nine."}', array[]::text[], false),
            ('{{{id("template", 6)}}}', '{{{id("account", 1)}}}', 'gone', 'utility', 'deleted', null, '{"body": "Gone."}', array[]::text[], true))
            as x (id, account, name, category, status, reason, content, variables, is_active);
        insert into campaigns (tenant_id, id, name, message, recipients, integration_id, channel, content, audience, status, author, brake_percent, brake_sample, pause_cause, frozen_at, started_at, created_at, updated_at)
        select '{{{mine}}}', x.id, x.name, 'Hello', x.recipients, '{{{id("account", 1)}}}', 'whatsapp', '{}', '{}', x.status, 'user', 20, 50, x.cause, x.started::timestamptz, x.started::timestamptz, '2026-03-01', '2026-03-01'
        from (values
            ('{{{id("campaign", 1)}}}'::uuid, 'Spring', array['+1234567890', 'nobody'], 'running', null, '2026-03-01 10:00'),
            ('{{{id("campaign", 2)}}}', 'Summer', array['+1234567890'], 'running', null, '2026-03-02 10:00'),
            ('{{{id("campaign", 3)}}}', 'Autumn', array['+1', '+2'], 'draft', null, null),
            ('{{{id("campaign", 4)}}}', 'Winter', array['+1234567890'], 'paused', 'user', '2026-03-03 10:00'))
            as x (id, name, recipients, status, cause, started);
        insert into campaign_recipients (tenant_id, campaign_id, id, handle, address, status, created_at, updated_at)
        values ('{{{mine}}}', '{{{id("campaign", 1)}}}', '{{{id("recipient", 1)}}}', '+1234567890', '1234567890', 'read', '2026-03-01', '2026-03-01'),
               ('{{{mine}}}', '{{{id("campaign", 1)}}}', '{{{id("recipient", 2)}}}', '+4930123', '4930123', 'failed', '2026-03-01', '2026-03-01'),
               ('{{{mine}}}', '{{{id("campaign", 1)}}}', '{{{id("recipient", 3)}}}', '+4930124', '4930124', 'skipped', '2026-03-01', '2026-03-01');
        insert into campaign_counts (tenant_id, campaign_id, at, part, sent, delivered, read, failed, skipped)
        values ('{{{mine}}}', '{{{id("campaign", 1)}}}', '2026-03-01 10:00', 'follow', 10, 5, 1, 1, 0), ('{{{mine}}}', '{{{id("campaign", 1)}}}', '2026-03-01 10:01', 'follow', -2, 1, 1, 0, 0), ('{{{mine}}}', '{{{id("campaign", 1)}}}', '2026-03-01 10:00', 'freeze', 0, 0, 0, 0, 1);
        insert into automations (tenant_id, id, name, status, trigger_type, trigger_config, actions, author, created_at, updated_at)
        select '{{{mine}}}', x.id, x.name, x.status, x.trigger, x.config::jsonb, x.actions::jsonb, 'user', '2026-03-01', '2026-03-01'
        from (values
            ('{{{id("automation", 1)}}}'::uuid, 'Prices', 'active', 'message_received', '{}', '[{"type": "label", "config": {"label_id": "1"}}, {"type": "send_message", "config": {"text": "Here"}}]'),
            ('{{{id("automation", 2)}}}', 'Nightly', 'paused', 'schedule', '{"cron": "0 3 * * *"}', '[{"type": "http_request", "config": {"url": "https://example.com"}}]'),
            ('{{{id("automation", 3)}}}', 'Sorting', 'draft', 'manual', '{}', '[{"type": "assign", "config": {}}]'),
            ('{{{id("automation", 4)}}}', 'Gone', 'removed', 'manual', '{}', '[]'))
            as x (id, name, status, trigger, config, actions);
        insert into automation_counts (tenant_id, automation_id, slot, executions, successes, failures, last_triggered_at)
        values ('{{{mine}}}', '{{{id("automation", 1)}}}', 0, 2, 1, 1, '2026-03-01 10:00'), ('{{{mine}}}', '{{{id("automation", 1)}}}', 3, 1, 1, 0, '2026-03-02 10:00'), ('{{{mine}}}', '{{{id("automation", 2)}}}', 0, 10, 7, 3, '2026-03-02 03:00');
        """;
}
