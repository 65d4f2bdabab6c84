using Dapper;
using Npgsql;
using Parley.Channels.Contract;
using Parley.Server.Feed;

namespace Parley.Server.Webhooks;

/// <summary>Edits, deletions and reactions: rare beside messages, so one statement each. The newest time wins, so their
/// order of arrival does not matter; one for a message we don't have marks its webhook as failed, to be replayed.</summary>
internal static class MessageUpdates
{
    public static async Task ApplyAsync(
        NpgsqlConnection connection, IReadOnlyList<(PendingWebhook Webhook, RoutedEvent Routed)> updates, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var (webhook, routed) in updates)
        {
            if (routed.Event is TemplateChanged template)
            {
                await ApplyTemplateAsync(connection, webhook.TenantId, template, lines, now, cancellationToken);
                continue;
            }
            var (target, sql, args) = Statement(routed.Event);
            if (target is null) continue;
            var arguments = new DynamicParameters(args);
            arguments.AddDynamicParams(new { tenant = webhook.TenantId, integration = routed.IntegrationId, target, now, webhook = webhook.Id });
            var found = await connection.QueryFirstOrDefaultAsync<Found>(new CommandDefinition(sql, arguments, cancellationToken: cancellationToken));
            if (found is null)
                await connection.ExecuteAsync(new CommandDefinition(
                    "update webhook_events set status = 'failed', error = @error where tenant_id = @tenant and id = @id",
                    new { tenant = webhook.TenantId, id = webhook.Id, error = "It changes a message that is not here (yet). Replay it once the message is known." },
                    cancellationToken: cancellationToken));
            else if (found.Changed)
                lines.Add(new(webhook.TenantId, "message.updated", found.ConversationId, found.Id, found.ContactId, routed.IntegrationId));
        }
    }

    /// <summary>In every account of the group; one that does not know the template reads them all again.</summary>
    static async Task ApplyTemplateAsync(NpgsqlConnection connection, Guid tenant, TemplateChanged template, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var accounts = (await connection.QueryAsync<Guid>(new CommandDefinition(
            "select id from integrations where tenant_id = @tenant and config ->> 'waba_id' = @GroupId order by id", new { tenant, template.GroupId }, cancellationToken: cancellationToken))).AsList();
        foreach (var account in accounts)
        {
            var known = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition("""
                with old as (select status from templates where tenant_id = @tenant and integration_id = @account and name = @Name and language = @Language for update),
                u as (
                    update templates set status = @Status, rejected_reason = @Reason, updated_at = @now
                    where tenant_id = @tenant and integration_id = @account and name = @Name and language = @Language
                    returning status
                )
                select old.status from old, u
                """, new { tenant, account, template.Name, template.Language, template.Status, template.Reason, now }, cancellationToken: cancellationToken));
            if (known is null)
                await connection.ExecuteAsync(new CommandDefinition("""
                    insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
                    values (@tenant, @id, 'templates.sync', @key, 'waiting', @now, @now, @now)
                    on conflict (tenant_id, type, key) do update set scheduled_at = excluded.scheduled_at, status = 'waiting' where scheduled_jobs.status <> 'running'
                    """, new { tenant, id = Platform.Ids.New(now), key = account.ToString(), now }, cancellationToken: cancellationToken));
            else if (known != template.Status) lines.Add(new(tenant, "template.updated", IntegrationId: account));
        }
    }

    /// <summary>The person keeps their conversations under the new handle.</summary>
    public static async Task ApplyHandleChangeAsync(
        NpgsqlConnection connection, Guid tenant, string channel, HandleChanged change, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var owners = (await connection.QueryAsync<Guid>(new CommandDefinition("""
            select contact_id from contact_identities
            where tenant_id = @tenant and channel = @channel and handle in (@OldHandle, @NewHandle)
            group by contact_id
            order by min(created_at)
            """, new { tenant, channel, change.OldHandle, change.NewHandle }, cancellationToken: cancellationToken))).AsList();
        if (owners.Count == 0) return;
        await ContactMerge.JoinAsync(connection, tenant, owners[0], owners.Skip(1), lines, now, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into contact_identities (tenant_id, channel, handle, contact_id, created_at)
            values (@tenant, @channel, @NewHandle, @owner, @now)
            on conflict (tenant_id, channel, handle) do nothing;
            update contacts set phone = @NewHandle, updated_at = @now where tenant_id = @tenant and id = @owner and @NewHandle like '+%';
            update conversations set handle = @NewHandle, updated_at = @now where tenant_id = @tenant and contact_id = @owner and channel = @channel
            """, new { tenant, channel, change.NewHandle, owner = owners[0], now }, cancellationToken: cancellationToken));
        lines.Add(new(tenant, "contact.updated", ContactId: owners[0]));
    }

    const string Target = "tenant_id = @tenant and integration_id = @integration and external_message_id = @target";

    // Each tells apart "not here" (no row) from "here, and already so" (a row that did not change).
    static (string? Target, string Sql, object? Args) Statement(ChannelEvent change) => change switch
    {
        MessageEdited edit => (edit.TargetExternalId, $"""
            with old as (select id, conversation_id, contact_id from messages where {Target} for update),
            u as (update messages set content = @Content, edited_at = @At where {Target} and (edited_at is null or edited_at < @At) returning id)
            select id, conversation_id, contact_id, exists (select 1 from u) as changed from old
            """, new { edit.Content, edit.At }),
        MessageDeleted deletion => (deletion.TargetExternalId, $"""
            with old as (select id, conversation_id, contact_id from messages where {Target} for update),
            u as (update messages set deleted_at = @At where {Target} and deleted_at is null returning id)
            select id, conversation_id, contact_id, exists (select 1 from u) as changed from old
            """, new { deletion.At }),
        // A reaction taken back stays as a mark without emoji, so that an older one that comes later cannot revive it.
        ReactionChanged reaction => (reaction.TargetExternalId, $"""
            with old as (select id, conversation_id, contact_id from messages where {Target} for update),
            u as (
                update messages set reactions = coalesce(reactions, '[]'::jsonb) - coalesce((
                        select (n - 1)::int from jsonb_array_elements(reactions) with ordinality r (r, n) where r ->> 'handle' = @Handle limit 1), 1000000)
                    || jsonb_build_array(jsonb_build_object('handle', @Handle::text, 'emoji', @Emoji::text, 'at', @Stamp::text))
                where {Target} and not exists (
                    select 1 from jsonb_array_elements(coalesce(reactions, '[]'::jsonb)) r
                    where r ->> 'handle' = @Handle and r ->> 'at' >= @Stamp)
                returning id
            )
            select id, conversation_id, contact_id, exists (select 1 from u) as changed from old
            """, new { reaction.Handle, reaction.Emoji, Stamp = reaction.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'") }),
        _ => (null, "", null),
    };

    sealed class Found
    {
        public Guid Id { get; init; }
        public Guid ConversationId { get; init; }
        public Guid ContactId { get; init; }
        public bool Changed { get; init; }
    }
}
