using Dapper;
using Npgsql;
using Parley.Server.Feed;

namespace Parley.Server.Ingest;

/// <summary>Joins contacts that a provider says are one person: somebody known by a business-scoped id and, apart from
/// that, by a number. The rows move to the first; nothing is lost.</summary>
internal static class ContactMerge
{
    /// <param name="lines">Gets what the feed has to tell: "conversation.merged" for each that is gone, "contact.merged" for who stays.</param>
    public static async Task JoinAsync(
        NpgsqlConnection connection, Guid tenant, Guid into, IEnumerable<Guid> others, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var other in others)
        {
            var gone = await connection.QueryAsync<Guid>(new CommandDefinition("""
                -- In each integration where both have a conversation, the older one keeps the messages of both. (A provider's chats
                -- stay what they are: one person may have several.)
                with pair as (
                    select mine.id as mine, theirs.id as theirs, theirs.unread_count, theirs.message_count, theirs.last_message_at, theirs.last_message_preview,
                        theirs.last_message_direction, theirs.last_inbound_at
                    from conversations mine
                    join conversations theirs on theirs.tenant_id = mine.tenant_id and theirs.integration_id = mine.integration_id
                    where mine.tenant_id = @tenant and mine.contact_id = @into and theirs.contact_id = @other and not mine.is_thread and not theirs.is_thread
                ),
                moved as (
                    update messages m set conversation_id = pair.mine from pair
                    where m.tenant_id = @tenant and m.conversation_id = pair.theirs
                    returning 1
                ),
                ended as (
                    update closings e set conversation_id = pair.mine from pair
                    where e.tenant_id = @tenant and e.conversation_id = pair.theirs
                    returning 1
                )
                update conversations c set
                    unread_count = c.unread_count + pair.unread_count,
                    message_count = c.message_count + pair.message_count,
                    is_read = c.is_read and pair.unread_count = 0,
                    last_message_preview = case when pair.last_message_at > c.last_message_at then pair.last_message_preview else c.last_message_preview end,
                    last_message_direction = case when pair.last_message_at > c.last_message_at then pair.last_message_direction else c.last_message_direction end,
                    last_inbound_at = greatest(c.last_inbound_at, pair.last_inbound_at),
                    last_message_at = greatest(c.last_message_at, pair.last_message_at),
                    updated_at = @now
                from pair
                where c.tenant_id = @tenant and c.id = pair.mine;

                delete from conversations theirs
                using conversations mine
                where theirs.tenant_id = @tenant and theirs.contact_id = @other
                  and mine.tenant_id = @tenant and mine.contact_id = @into and mine.integration_id = theirs.integration_id
                  and not mine.is_thread and not theirs.is_thread
                returning theirs.id;

                update assignments a set contact_id = @into
                where a.tenant_id = @tenant and a.contact_id = @other and not exists (select 1 from assignments mine where mine.tenant_id = @tenant and mine.contact_id = @into);
                update notes set contact_id = @into where tenant_id = @tenant and contact_id = @other;
                update notifications set contact_id = @into where tenant_id = @tenant and contact_id = @other;
                update conversations set contact_id = @into, is_routed = false where tenant_id = @tenant and contact_id = @other;
                update messages m set contact_id = @into
                from conversations c
                where c.tenant_id = @tenant and c.contact_id = @into and m.tenant_id = @tenant and m.conversation_id = c.id and m.contact_id = @other;
                update messages set sender_contact_id = @into where tenant_id = @tenant and sender_contact_id = @other;
                update contact_identities set contact_id = @into where tenant_id = @tenant and contact_id = @other;

                update contacts c set
                    name = coalesce(c.name, o.name), phone = coalesce(c.phone, o.phone), email = coalesce(c.email, o.email),
                    external_ref = coalesce(c.external_ref, o.external_ref), metadata = o.metadata || c.metadata,
                    status = case when 'blocked' in (c.status, o.status) then 'blocked' else c.status end, updated_at = @now
                from contacts o
                where c.tenant_id = @tenant and c.id = @into and o.tenant_id = @tenant and o.id = @other;

                delete from contacts where tenant_id = @tenant and id = @other
                """, new { tenant, into, other, now }, cancellationToken: cancellationToken));
            foreach (var conversation in gone) lines.Add(new(tenant, "conversation.merged", ConversationId: conversation, ContactId: into));
            lines.Add(new(tenant, "contact.merged", ContactId: into));
        }
    }
}
