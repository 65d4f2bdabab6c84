using Dapper;
using Npgsql;
using NpgsqlTypes;
using Parley.Channels.Contract;
using Parley.Server.Feed;

namespace Parley.Server.Ingest;

/// <summary>Edits, deletions and reactions, and what else providers tell of messages and accounts (<see cref="ThreadUpdates"/>): rare beside messages, so a statement each, many in one round trip. The newest time wins, so
/// their order of arrival does not matter; one for a message we don't have marks its webhook as failed, to be replayed.</summary>
internal static class MessageUpdates
{
    /// <summary>In one round trip for each hundred. The ids of the webhooks of which something could not be applied.</summary>
    public static async Task<IReadOnlySet<Guid>> ApplyAsync(
        NpgsqlConnection connection, IReadOnlyList<(PendingWebhook Webhook, RoutedEvent Routed)> updates, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var missed = new HashSet<Guid>();
        foreach (var (webhook, routed) in updates)
            switch (routed.Event)
            {
                case QualityWarned warned: await ApplyWarningAsync(connection, webhook.TenantId, warned, lines, now, cancellationToken); break;
                case TemplateChanged template: await ApplyTemplateAsync(connection, webhook.TenantId, template, lines, now, cancellationToken); break;
                case AccountChanged account: await ThreadUpdates.ApplyAccountAsync(connection, webhook.TenantId, routed.IntegrationId, account, lines, now, cancellationToken); break;
                case ThreadRead read: await ThreadUpdates.ApplyReadAsync(connection, webhook.TenantId, routed.IntegrationId, read, lines, now, cancellationToken); break;
                case MessageTouched touched: await Sync.RereadMessage.AddAsync(connection, webhook.TenantId, routed.IntegrationId, touched.TargetExternalId, now, cancellationToken); break;
                case MessageSeen seen when !await ThreadUpdates.ApplySeenAsync(connection, webhook.TenantId, routed.IntegrationId, seen, lines, cancellationToken): missed.Add(webhook.Id); break;
            }
        foreach (var chunk in updates.Where(update => update.Routed.Event is MessageEdited or MessageDeleted or ReactionChanged).Chunk(100))
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var (webhook, routed) in chunk) batch.BatchCommands.Add(Command(webhook.TenantId, routed));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            foreach (var (webhook, routed) in chunk)
            {
                if (!await reader.ReadAsync(cancellationToken)) missed.Add(webhook.Id);
                else if (reader.GetBoolean(3)) lines.Add(new(webhook.TenantId, "message.updated", reader.GetGuid(1), reader.GetGuid(0), reader.GetGuid(2), routed.IntegrationId));
                await reader.NextResultAsync(cancellationToken);
            }
        }
        if (missed.Count > 0)
            await connection.ExecuteAsync(new CommandDefinition("""
                update webhook_events w set status = 'failed', error = @Missed
                from unnest(@tenants::uuid[], @ids::uuid[]) as x (tenant_id, id)
                where w.tenant_id = x.tenant_id and w.id = x.id
                """, new
            {
                Missed, ids = missed.ToArray(), tenants = missed.Select(id => updates.First(update => update.Webhook.Id == id).Webhook.TenantId).ToArray(),
            }, cancellationToken: cancellationToken));
        return missed;
    }

    public const string Missed = "It changes a message that is not here (yet). Replay it once the message is known.";

    /// <summary>Who sends to many hears of it by the feed.</summary>
    static async Task ApplyWarningAsync(NpgsqlConnection connection, Guid tenant, QualityWarned warned, List<FeedEvent> lines, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var account in await connection.QueryAsync<Guid>(new CommandDefinition(
            "update integrations set quality_warning = @Words, quality_warned_at = @now where tenant_id = @tenant and config ->> 'waba_id' = @GroupId returning id", new { tenant, warned.GroupId, warned.Words, now }, cancellationToken: cancellationToken)))
            lines.Add(new(tenant, "integration.updated", IntegrationId: account));
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
                await connection.ExecuteAsync(new CommandDefinition(Jobs.JobStore.Add,
                    Jobs.JobStore.AddArguments(tenant, Templates.TemplateSync.JobType, account.ToString(), now, now), cancellationToken: cancellationToken));
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
        await connection.ExecuteAsync(new CommandDefinition($"""
            insert into contact_identities (tenant_id, channel, handle, contact_id, merge_id, created_at)
            select @tenant, @channel, @NewHandle, @owner, (select i.merge_id from contact_identities i where i.tenant_id = @tenant and i.channel = @channel and i.handle = @OldHandle), @now
            on conflict (tenant_id, channel, handle) do nothing;
            update contacts set phone = @NewHandle, matched_at = null, updated_at = @now where tenant_id = @tenant and id = @owner and @NewHandle like '+%';
            -- The thread keeps nothing of the old number: who gets it next begins a conversation of their own.
            update conversations c set
                handle = case when @NewHandle like '+%' or c.handle not like '+%' then @NewHandle else c.handle end,
                thread_id = case when c.thread_id = @OldHandle and @NewHandle like '+%' then c.id::text else c.thread_id end, updated_at = @now
            from contact_identities x
            where c.tenant_id = @tenant and c.contact_id = @owner and c.channel = @channel
              and x.tenant_id = @tenant and x.channel = @channel and x.handle = @NewHandle and {Contacts.Merging.ConversationOf.Handle}
            """, new { tenant, channel, change.OldHandle, change.NewHandle, owner = owners[0], now }, cancellationToken: cancellationToken));
        lines.Add(new(tenant, "contact.updated", ContactId: owners[0]));
    }

    /// <summary>A number that was given up is nobody's any more. (A business-scoped id stays: it is never given to another person.)</summary>
    public static Task RetireHandleAsync(NpgsqlConnection connection, Guid tenant, string channel, HandleChanged change, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "delete from contact_identities where tenant_id = @tenant and channel = @channel and handle = @OldHandle and @OldHandle like '+%' and @NewHandle like '+%' and @NewHandle <> @OldHandle",
            new { tenant, channel, change.OldHandle, change.NewHandle }, cancellationToken: cancellationToken));

    const string Target = "tenant_id = @tenant and integration_id = @integration and external_message_id = @target";

    /// <summary>The provider's id of the message that an event changes, or null.</summary>
    public static string? TargetOf(ChannelEvent change) => change switch
    {
        MessageEdited edit => edit.TargetExternalId,
        MessageDeleted deletion => deletion.TargetExternalId,
        ReactionChanged reaction => reaction.TargetExternalId,
        MessageSeen seen => seen.TargetExternalId,
        _ => null,
    };

    // Each tells apart "not here" (no row) from "here, and already so" (a row that did not change).
    static NpgsqlBatchCommand Command(Guid tenant, RoutedEvent routed)
    {
        const string old = $"with old as (select id, conversation_id, contact_id from messages where {Target} for no key update)";
        const string told = "select id, conversation_id, contact_id, exists (select 1 from u) as changed from old";
        var command = new NpgsqlBatchCommand
        {
            Parameters = { new("tenant", tenant), new("integration", routed.IntegrationId), new("target", TargetOf(routed.Event)!) },
        };
        switch (routed.Event)
        {
            case MessageEdited edit:
                command.CommandText = $"{old}, u as (update messages set content = @content, edited_at = @at where {Target} and (edited_at is null or edited_at < @at) returning id) {told}";
                command.Parameters.Add(new("content", NpgsqlDbType.Text) { Value = (object?)edit.Content ?? DBNull.Value });
                command.Parameters.Add(new("at", edit.At.UtcDateTime));
                break;
            case MessageDeleted deletion:
                command.CommandText = $"{old}, u as (update messages set deleted_at = @at where {Target} and deleted_at is null returning id) {told}";
                command.Parameters.Add(new("at", deletion.At.UtcDateTime));
                break;
            case ReactionChanged reaction:
                // A reaction taken back stays as a mark without emoji, so that an older one that comes later cannot revive it.
                command.CommandText = $"""
                    {old},
                    u as (
                        update messages set reactions = coalesce(reactions, '[]'::jsonb) - coalesce((
                                select (n - 1)::int from jsonb_array_elements(reactions) with ordinality r (r, n) where r ->> 'handle' = @handle limit 1), 1000000)
                            || jsonb_build_array(jsonb_build_object('handle', @handle, 'emoji', @emoji, 'at', @stamp))
                        where {Target} and not exists (
                            select 1 from jsonb_array_elements(coalesce(reactions, '[]'::jsonb)) r
                            where r ->> 'handle' = @handle and r ->> 'at' >= @stamp)
                        returning id
                    )
                    {told}
                    """;
                command.Parameters.Add(new("handle", reaction.Handle));
                command.Parameters.Add(new("emoji", NpgsqlDbType.Text) { Value = (object?)reaction.Emoji ?? DBNull.Value });
                command.Parameters.Add(new("stamp", reaction.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'")));
                break;
        }
        return command;
    }
}
