using Parley.Server.Platform.Auth;

namespace Parley.Server.Feed;

/// <summary>One line of a tenant's change feed: what changed, by ids. Readers load the objects as they are when they read.</summary>
/// <param name="Type">message.created, message.updated, conversation.updated, contact.updated, integration.updated…: stored, never rename one.</param>
/// <param name="UserId">Whom it is for, where it is for one person.</param>
internal readonly record struct FeedEvent(
    Guid TenantId, string Type, Guid? ConversationId = null, Guid? MessageId = null, Guid? ContactId = null, Guid? IntegrationId = null, Guid? UserId = null);

/// <summary>How lines get into the feed. The ingest batch says the same inside its own statement.</summary>
internal static class FeedSql
{
    /// <summary>Takes the sequence under the tenants' row locks, in id order, and writes the lines.</summary>
    public const string Append = """
        with line as (
            select * from unnest(@tenants::uuid[], @types::text[], @conversations::uuid[], @messages::uuid[], @contacts::uuid[], @integrations::uuid[], @users::uuid[])
                with ordinality as line (tenant_id, type, conversation_id, message_id, contact_id, integration_id, user_id, n)
        ),
        locked as materialized (
            select tenant_id from feed_heads where tenant_id = any (@tenants::uuid[]) order by tenant_id for no key update
        ),
        counted as (select tenant_id, count(*) as n from line group by tenant_id),
        head as (
            update feed_heads f set seq = f.seq + counted.n
            from counted
            where f.tenant_id = counted.tenant_id and (select count(*) from locked) > 0
            returning f.tenant_id, f.seq
        )
        insert into events (tenant_id, seq, type, conversation_id, message_id, contact_id, integration_id, user_id, created_at, run_id)
        select line.tenant_id,
               head.seq - counted.n + row_number() over (partition by line.tenant_id order by line.n),
               line.type, line.conversation_id, line.message_id, line.contact_id, line.integration_id, line.user_id, @now, @run::uuid
        from line
        join head on head.tenant_id = line.tenant_id
        join counted on counted.tenant_id = line.tenant_id
        """;

    public static object Arguments(IReadOnlyList<FeedEvent> lines, DateTimeOffset now) => new
    {
        tenants = lines.Select(line => line.TenantId).ToArray(),
        types = lines.Select(line => line.Type).ToArray(),
        conversations = lines.Select(line => line.ConversationId).ToArray(),
        messages = lines.Select(line => line.MessageId).ToArray(),
        contacts = lines.Select(line => line.ContactId).ToArray(),
        integrations = lines.Select(line => line.IntegrationId).ToArray(),
        users = lines.Select(line => line.UserId).ToArray(),
        now,
        run = Actor.Current.RunId,
    };
}
