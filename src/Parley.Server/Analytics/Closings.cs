using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Analytics;

/// <summary>When conversations were done with, and how long that took: noted in the transaction that closes them.</summary>
internal static class Closings
{
    /// <summary>After the status was set: closed or archived is an end, and opening it again takes that end back. What was at its end already is not ended twice.</summary>
    public static Task NoteAsync(Change change, IReadOnlyList<Guid> conversations, bool isOpen, CancellationToken cancellationToken) => conversations.Count == 0 ? Task.CompletedTask : isOpen
        ? change.ExecuteAsync("""
            update closings e set reopened_at = @now
            from conversations c
            where e.tenant_id = @tenant and e.conversation_id = any (@conversations) and e.reopened_at is null
              and c.tenant_id = @tenant and c.id = e.conversation_id and e.closed_at >= coalesce(c.last_inbound_at, 'epoch')
            """, new { conversations = conversations.ToArray(), now = change.Now }, cancellationToken)
        : change.ExecuteAsync("""
            insert into closings (tenant_id, id, conversation_id, integration_id, channel, began_at, closed_at)
            select @tenant, x.id, c.id, c.integration_id, c.channel, (
                select m.occurred_at from messages m
                where m.tenant_id = @tenant and m.conversation_id = c.id and m.direction = 'inbound' and m.type <> 'event' and not m.is_hidden
                  and m.occurred_at > coalesce((select max(e.closed_at) from closings e where e.tenant_id = @tenant and e.conversation_id = c.id and e.reopened_at is null), 'epoch')
                order by m.occurred_at, m.id
                limit 1
            ), @now
            from unnest(@ids::uuid[], @conversations::uuid[]) as x (id, conversation_id)
            join conversations c on c.tenant_id = @tenant and c.id = x.conversation_id
            where not exists (
                select 1 from closings e
                where e.tenant_id = @tenant and e.conversation_id = c.id and e.reopened_at is null and e.closed_at >= coalesce(c.last_inbound_at, 'epoch'))
            """, new { ids = conversations.Select(_ => Ids.New(change.Now)).ToArray(), conversations = conversations.ToArray(), now = change.Now }, cancellationToken);
}
