using Npgsql;
using Parley.Server.Contacts.Merging;
using Parley.Server.Conversations;
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
                select distinct on (mine.integration_id) mine.id as stays, theirs.id as goes
                from conversations mine
                join conversations theirs on theirs.tenant_id = mine.tenant_id and theirs.integration_id = mine.integration_id
                where mine.tenant_id = @tenant and mine.contact_id = @into and theirs.contact_id = @other and not mine.is_thread and not theirs.is_thread
                  and not exists (
                    select 1 from contact_identities i
                    where i.tenant_id = @tenant and i.channel = mine.channel and i.handle in (mine.handle, theirs.handle) and i.merge_id is not null)
                order by mine.integration_id, mine.id, theirs.id
                """, new { into, other }, cancellationToken);
            await ConversationJoin.JoinAsync(change, tenant, pairs, cancellationToken);
            await ContactMerger.MergeAsync(change, tenant, new(into, other, "provider", "provider", ["The provider says that they are one person."]), cancellationToken);
            lines.AddRange(change.Events);
        }
    }
}
