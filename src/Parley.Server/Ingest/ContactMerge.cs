using Dapper;
using Npgsql;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;

namespace Parley.Server.Ingest;

/// <summary>Joins contacts that a provider says are one person: somebody known by a business-scoped id and, apart from that, by a number.
/// They were one thread at the provider all the time, so (other than when a person merges them) their conversations become one too.</summary>
internal static class ContactMerge
{
    /// <param name="lines">Gets what the feed has to tell: "conversation.merged" for each that is gone, "contact.merged" for who stays.</param>
    public static async Task JoinAsync(
        NpgsqlConnection connection, Guid tenant, Guid into, IEnumerable<Guid> others, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var other in others)
        {
            var change = Change.Within(connection, tenant, now);
            await ContactMerger.LockAsync(change, [into, other], cancellationToken);   // before their conversations, as every merge does
            // In each integration where both have a conversation of their own, the older one keeps the messages of both. (A provider's
            // chats stay what they are: one person may have several. So do conversations of people whom a person joined with them.)
            var pairs = await change.ListAsync<ConversationPair>("""
                select distinct on (mine.integration_id) mine.id as mine, theirs.id as theirs
                from conversations mine
                join conversations theirs on theirs.tenant_id = mine.tenant_id and theirs.integration_id = mine.integration_id
                where mine.tenant_id = @tenant and mine.contact_id = @into and theirs.contact_id = @other and not mine.is_thread and not theirs.is_thread
                  and not exists (
                    select 1 from contact_identities i
                    where i.tenant_id = @tenant and i.channel = mine.channel and i.handle in (mine.handle, theirs.handle) and i.merge_id is not null)
                order by mine.integration_id, mine.id, theirs.id
                """, new { into, other }, cancellationToken);
            if (pairs.Count > 0) await JoinConversationsAsync(connection, tenant, pairs, now, cancellationToken);
            await ContactMerger.MergeAsync(change, tenant, new(into, other, "provider", "provider", ["The provider says that they are one person."]), cancellationToken);
            foreach (var pair in pairs) lines.Add(new(tenant, "conversation.merged", ConversationId: pair.Theirs, ContactId: into));
            lines.AddRange(change.Events);
        }
    }

    static Task JoinConversationsAsync(NpgsqlConnection connection, Guid tenant, IReadOnlyList<ConversationPair> pairs, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition("""
            with pair as (
                select x.mine, x.theirs, t.unread_count, t.message_count, t.last_message_at, t.last_message_preview, t.last_message_direction, t.last_inbound_at
                from unnest(@mine::uuid[], @theirs::uuid[]) as x (mine, theirs)
                join conversations t on t.tenant_id = @tenant and t.id = x.theirs
            ),
            moved as (
                update messages m set conversation_id = pair.mine from pair
                where m.tenant_id = @tenant and m.conversation_id = pair.theirs
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

            delete from conversations where tenant_id = @tenant and id = any (@theirs)
            """, new { tenant, mine = pairs.Select(pair => pair.Mine).ToArray(), theirs = pairs.Select(pair => pair.Theirs).ToArray(), now }, cancellationToken: cancellationToken));

    sealed class ConversationPair
    {
        public Guid Mine { get; init; }
        public Guid Theirs { get; init; }
    }
}
