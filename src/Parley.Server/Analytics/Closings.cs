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
        // The end before is a value of its own: under row-level security a comparison with coalesce would bound no index.
        : change.ExecuteAsync("""
            insert into closings (tenant_id, id, conversation_id, integration_id, channel, began_at, closed_at)
            select @tenant, x.id, c.id, c.integration_id, c.channel, (
                select first.occurred_at
                from (
                    select case when max(e.closed_at) is not null then max(e.closed_at) else 'epoch'::timestamptz end as at
                    from closings e where e.tenant_id = @tenant and e.conversation_id = c.id and e.reopened_at is null
                ) ended
                cross join lateral (
                    select m.occurred_at from messages m
                    where m.tenant_id = @tenant and m.conversation_id = c.id and m.occurred_at > ended.at
                      and m.direction = 'inbound' and m.type <> 'event' and not m.is_hidden
                    order by m.occurred_at, m.id
                    limit 1
                ) first
            ), @now
            from unnest(@ids::uuid[], @conversations::uuid[]) as x (id, conversation_id)
            join conversations c on c.tenant_id = @tenant and c.id = x.conversation_id
            where not exists (
                select 1 from closings e
                where e.tenant_id = @tenant and e.conversation_id = c.id and e.reopened_at is null and e.closed_at >= coalesce(c.last_inbound_at, 'epoch'))
            """, new { ids = conversations.Select(_ => Ids.New(change.Now)).ToArray(), conversations = conversations.ToArray(), now = change.Now }, cancellationToken);
}
