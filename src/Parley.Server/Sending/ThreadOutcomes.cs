using Parley.Server.Conversations;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sending;

/// <summary>What an outcome means where the provider keeps chats: which chat it was, whether its echo was faster, and who settles what
/// is not known.</summary>
internal static class ThreadOutcomes
{
    /// <summary>Time for the echo to come by itself.</summary>
    static readonly TimeSpan EchoComes = TimeSpan.FromSeconds(15);

    /// <summary>Time for a provider's list to have what it took; the conversation waits for the answer.</summary>
    static readonly TimeSpan ListHas = TimeSpan.FromSeconds(3);

    /// <summary>:: 1 a conversation that began here becomes the provider's chat, or joins it when that is here already · 2 an echo that was
    /// stored as a message of its own, because it was faster and says it otherwise, makes room.</summary>
    public static async Task PrepareAsync(Change change, Outcome outcome, CancellationToken cancellationToken)
    {
        var arguments = new { outcome.TenantId, outcome.Id, outcome.ThreadId, outcome.ExternalId, now = change.Now };

        // :: 1
        if (outcome.ThreadId is not null)
        {
            await change.ExecuteAsync("""
                update conversations c set thread_id = @ThreadId, is_thread = true
                from messages m
                where m.tenant_id = @TenantId and m.id = @Id and c.tenant_id = @TenantId and c.id = m.conversation_id and not c.is_thread
                  and not exists (select 1 from conversations o where o.tenant_id = @TenantId and o.integration_id = m.integration_id and o.thread_id = @ThreadId)
                """, arguments, cancellationToken);
            var joined = await change.ListAsync<ConversationPair>("""
                select o.id as stays, c.id as goes
                from messages m
                join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id and not c.is_thread
                join conversations o on o.tenant_id = m.tenant_id and o.integration_id = m.integration_id and o.thread_id = @ThreadId and o.is_thread
                where m.tenant_id = @TenantId and m.id = @Id
                """, arguments, cancellationToken);
            await ConversationJoin.JoinAsync(change, outcome.TenantId, joined, cancellationToken);
        }

        // :: 2
        if (outcome.ExternalId is not null)
            await change.ExecuteAsync("""
                with echo as (
                    delete from messages e using messages m
                    where m.tenant_id = @TenantId and m.id = @Id and m.external_message_id is null
                      and e.tenant_id = @TenantId and e.integration_id = m.integration_id and e.external_message_id = @ExternalId and e.id <> m.id and e.author = 'provider'
                    returning e.conversation_id, e.occurred_at
                ),
                recounted as (
                    insert into count_marks (tenant_id, slot, marked_at)
                    select @TenantId, date_bin('15 minutes', occurred_at, '2000-01-01 00:00:00+00'), @now from echo
                    on conflict (tenant_id, slot) do update set marked_at = excluded.marked_at
                ),
                timed as (
                    insert into response_marks (tenant_id, conversation_id, since)
                    select @TenantId, conversation_id, occurred_at from echo
                    on conflict (tenant_id, conversation_id) do update set since = least(response_marks.since, excluded.since)
                )
                update conversations c set message_count = c.message_count - 1
                from echo
                where c.tenant_id = @TenantId and c.id = echo.conversation_id
                """, arguments, cancellationToken);
    }

    /// <summary>Taken without an id, or not known whether taken: its chat, or the provider's list, is read, and settles it.</summary>
    public static async Task FollowAsync(Change change, Outcome outcome, CancellationToken cancellationToken)
    {
        if (outcome is { Status: "unknown" } or { Status: "sent", ExternalId: null })
            await change.ExecuteAsync("""
                insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
                values (@TenantId, @id, @JobType, @key, 'waiting', @at, @now, @now)
                on conflict (tenant_id, type, key) do update set scheduled_at = excluded.scheduled_at, status = 'waiting', attempts = 0 where scheduled_jobs.status <> 'running'
                """, new { outcome.TenantId, id = Platform.Ids.New(change.Now), Sync.SettleByReading.JobType, key = outcome.Id.ToString(), at = change.Now + (outcome.IsLogged ? ListHas : EchoComes), now = change.Now }, cancellationToken);
    }
}
