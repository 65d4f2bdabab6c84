using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Conversations;

/// <summary>Two conversations of one integration that are one at the provider.</summary>
internal readonly record struct ConversationPair(Guid Stays, Guid Goes);

/// <summary>Makes one conversation of two, in the caller's transaction: because the provider says that their people are one, or that the chat is here already.
/// All that was said, and all that colleagues and the bot put there, moves. A test fails when a table with a conversation_id is not decided about.</summary>
internal static class ConversationJoin
{
    public static async Task JoinAsync(Change change, Guid tenant, IReadOnlyList<ConversationPair> pairs, CancellationToken cancellationToken)
    {
        if (pairs.Count == 0) return;
        // Conversations before messages, as everybody takes their locks.
        await change.ListAsync<Guid>("select id from conversations where tenant_id = @tenant and id = any (@all) order by id for update",
            new { tenant, all = pairs.SelectMany(pair => new[] { pair.Stays, pair.Goes }).Distinct().ToArray() }, cancellationToken);
        var stayed = await change.ListAsync<Stayed>("""
            update messages m set conversation_id = x.stays, contact_id = c.contact_id
            from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes)
            join conversations c on c.tenant_id = @tenant and c.id = x.stays
            where m.tenant_id = @tenant and m.conversation_id = x.goes;

            insert into conversation_labels (tenant_id, conversation_id, label_id, created_at)
            select @tenant, x.stays, l.label_id, l.created_at
            from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes)
            join conversation_labels l on l.tenant_id = @tenant and l.conversation_id = x.goes
            on conflict (tenant_id, conversation_id, label_id) do nothing;

            -- The bot has one chat under way in a conversation: that of who stays.
            update bot_chats b set
                is_active = false, ended_before = coalesce(b.ended_before, @until), updated_at = @now
            from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes)
            join bot_chats mine on mine.tenant_id = @tenant and mine.conversation_id = x.stays and mine.is_active
            where b.tenant_id = @tenant and b.conversation_id = x.goes and b.is_active;
            update bot_chats t set conversation_id = x.stays from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes) where t.tenant_id = @tenant and t.conversation_id = x.goes;
            update bot_answers t set conversation_id = x.stays from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes) where t.tenant_id = @tenant and t.conversation_id = x.goes;
            update notes t set conversation_id = x.stays from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes) where t.tenant_id = @tenant and t.conversation_id = x.goes;
            -- How long people waited is measured anew, as of one conversation; what was measured of the one that is gone goes with its mark.
            insert into response_marks (tenant_id, conversation_id, since)
            select @tenant, x.id, 'epoch'::timestamptz from unnest(@stays::uuid[] || @goes::uuid[]) as x (id) group by x.id order by x.id
            on conflict (tenant_id, conversation_id) do update set since = excluded.since;
            update closings t set conversation_id = x.stays from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes) where t.tenant_id = @tenant and t.conversation_id = x.goes;
            update notifications t set conversation_id = x.stays from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes) where t.tenant_id = @tenant and t.conversation_id = x.goes;

            update conversations c set
                unread_count = c.unread_count + t.unread_count,
                message_count = c.message_count + t.message_count,
                is_read = c.is_read and t.unread_count = 0,
                status = case when t.status = 'open' then 'open' else c.status end,
                -- It sleeps when both do; one that is done with, and has nothing new, wakes nobody.
                snoozed_until = case
                    when t.status <> 'open' and t.unread_count = 0 then c.snoozed_until
                    when c.status <> 'open' and c.unread_count = 0 then t.snoozed_until
                    when c.snoozed_until is not null and t.snoozed_until is not null then least(c.snoozed_until, t.snoozed_until)
                end,
                last_message_preview = case when t.last_message_at > c.last_message_at then t.last_message_preview else c.last_message_preview end,
                last_message_direction = case when t.last_message_at > c.last_message_at then t.last_message_direction else c.last_message_direction end,
                last_inbound_at = greatest(c.last_inbound_at, t.last_inbound_at),
                last_message_at = greatest(c.last_message_at, t.last_message_at),
                updated_at = @now
            from unnest(@stays::uuid[], @goes::uuid[]) as x (stays, goes)
            join conversations t on t.tenant_id = @tenant and t.id = x.goes
            where c.tenant_id = @tenant and c.id = x.stays;

            delete from conversations where tenant_id = @tenant and id = any (@goes);

            select id, contact_id, integration_id from conversations where tenant_id = @tenant and id = any (@stays)
            """,
            new
            {
                tenant, stays = pairs.Select(pair => pair.Stays).ToArray(), goes = pairs.Select(pair => pair.Goes).ToArray(), until = Ids.New(change.Now), now = change.Now,
            }, cancellationToken);
        foreach (var pair in pairs)
        {
            if (stayed.FirstOrDefault(one => one.Id == pair.Stays) is not { } mine) continue;
            change.Publish(new FeedEvent(tenant, "conversation.merged", pair.Goes, ContactId: mine.ContactId, IntegrationId: mine.IntegrationId));
            change.Publish(new FeedEvent(tenant, "conversation.updated", mine.Id, ContactId: mine.ContactId, IntegrationId: mine.IntegrationId));
        }
    }

    sealed class Stayed
    {
        public Guid Id { get; init; }
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
    }
}
