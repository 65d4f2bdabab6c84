using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;

namespace Parley.Browser.Tests.Support;

/// <summary>Much at once, written as a restore would.</summary>
internal static class Seed
{
    /// <summary>So many more messages in a conversation, from both sides, a minute apart and older than all it has: "line 1 of N" is the oldest.</summary>
    public static Task MessagesAsync(TestTenant tenant, Guid conversation, int count) => tenant.App.Get<SystemDatabase>().ExecuteAsync("""
        insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, delivered_at, occurred_at, created_at)
        select c.tenant_id, gen_random_uuid(), c.id, c.contact_id, c.integration_id, c.channel, case when n % 3 = 0 then 'outbound' else 'inbound' end, 'text',
            'line ' || n || ' of ' || @count || repeat(' and more words', n % 7), 'seed.' || c.id || '.' || n, case when n % 3 = 0 then 'read' else 'delivered' end,
            case when n % 3 = 0 then 'provider' else 'contact' end, t.at, t.at, t.at
        from conversations c, generate_series(1, @count) n, lateral (select c.created_at - (@count - n + 1) * interval '1 minute' as at) t
        where c.tenant_id = @tenant and c.id = @conversation
        """, new { tenant = tenant.Id, conversation, count }, CancellationToken.None);

    /// <summary>So many more conversations, each with nothing but its place in the list.</summary>
    public static Task ConversationsAsync(TestTenant tenant, TestNumber number, int count) => tenant.App.Get<SystemDatabase>().ExecuteAsync("""
        create temporary table people on commit drop as
        select n, gen_random_uuid() as id, gen_random_uuid() as conversation, '+5521' || (900000000 + n) as handle, @now - n * interval '1 minute' as at from generate_series(1, @count) n;
        insert into contacts (tenant_id, id, name, phone, matched_at, created_at, updated_at) select @tenant, id, 'Customer ' || n, handle, at, at, at from people;   -- their duplicates were looked for
        insert into contact_identities (tenant_id, channel, handle, contact_id, created_at) select @tenant, 'whatsapp', handle, id, at from people;
        insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, is_read, unread_count, last_message_at, last_message_preview, last_message_direction, last_inbound_at, created_at, updated_at)
        select @tenant, conversation, id, @integration, 'whatsapp', handle, handle, n % 5 > 0, case when n % 5 > 0 then 0 else n % 7 + 1 end, at, 'the last words of customer ' || n, 'inbound', at, at, at from people;
        insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, delivered_at, occurred_at, created_at)
        select @tenant, gen_random_uuid(), conversation, id, @integration, 'whatsapp', 'inbound', 'text', 'the last words of customer ' || n, 'seed.' || conversation, 'delivered', 'contact', at, at, at from people
        """, new { tenant = tenant.Id, integration = number.Id, count, now = TimeProvider.System.GetUtcNow() }, CancellationToken.None);
}
