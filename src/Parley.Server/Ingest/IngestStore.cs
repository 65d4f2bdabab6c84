using Dapper;
using Npgsql;
using NpgsqlTypes;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Platform;
using Parley.Server.Platform.Telemetry;
using Parley.Server.Threads;
using static Parley.Server.Platform.Database.Arrays;

namespace Parley.Server.Ingest;

/// <summary>Applies a batch of webhooks in one transaction: journal, people, messages, steps, feed. In the usual case, where
/// everybody is known, that is one round trip.</summary>
internal sealed class IngestStore(CustomerDirectory customers, FeedNews news, JobNews jobs, TimeProvider time)
{
    /// <summary>:: 1 sort what the webhooks say · 2 enter, and for strangers and changed numbers make contacts and conversations; messages of
    /// providers' chats, which have more to them · 3 journal, messages, their files and steps in one round trip · 4 edits, deletions and reactions, which may touch messages of 3, and what
    /// else the feed has to tell · commit. The ids of the webhooks of which something could not be applied.</summary>
    public async Task<IReadOnlySet<Guid>> ApplyAsync(NpgsqlConnection connection, IReadOnlyList<PendingWebhook> webhooks, CancellationToken cancellationToken, bool journal = true)
    {
        var now = time.GetUtcNow();

        // :: 1
        var messages = new List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)>();
        var threaded = new List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)>();
        var steps = new List<(PendingWebhook Webhook, RoutedEvent Routed, StatusChanged Step)>();
        var updates = new List<(PendingWebhook Webhook, RoutedEvent Routed)>();
        var renamed = new List<(PendingWebhook Webhook, RoutedEvent Routed, HandleChanged Change)>();
        var consents = new List<(PendingWebhook Webhook, RoutedEvent Routed, ConsentChanged Change)>();
        foreach (var webhook in webhooks)
            foreach (var routed in webhook.Events)
                switch (routed.Event)
                {
                    case MessageReceived { ThreadId: not null } message: threaded.Add((webhook, routed, message)); break;
                    case MessageReceived message: messages.Add((webhook, routed, message)); break;
                    case StatusChanged step: steps.Add((webhook, routed, step)); break;
                    case HandleChanged change: renamed.Add((webhook, routed, change)); break;
                    case ConsentChanged change: consents.Add((webhook, routed, change)); break;
                    default: updates.Add((webhook, routed)); break;
                }

        // :: 2
        var lines = new List<FeedEvent>();
        IReadOnlySet<Guid> missed = new HashSet<Guid>();
        NpgsqlTransaction? transaction = null;
        EnsuredCustomers? ensured = null;
        ThreadMessageStore.Written? written = null;
        var strangers = Strangers(messages, threaded, now);
        bool hasFiles;
        List<Guid> ids;
        try
        {
            if (strangers.Count + updates.Count + renamed.Count + threaded.Count + consents.Count > 0)
            {
                transaction = await connection.BeginTransactionAsync(cancellationToken);
                await using (var enter = new NpgsqlCommand(IngestSql.Enter, connection)) await enter.ExecuteNonQueryAsync(cancellationToken);
                if (renamed.Count > 0)
                {
                    await ForgetRepeatedAsync(connection, messages, renamed, cancellationToken);
                    foreach (var (webhook, routed, change) in renamed)
                        await MessageUpdates.ApplyHandleChangeAsync(connection, webhook.TenantId, routed.Channel, change, lines, now, cancellationToken);
                    customers.Forget();
                    strangers = Strangers(messages, threaded, now);
                }
                if (strangers.Count > 0) ensured = await CustomerStore.EnsureAsync(connection, strangers, lines, now, cancellationToken);
                // Before the message that says so is here: one that is repeated says nothing new.
                if (consents.Count > 0) await OptOuts.ApplyAsync(connection, consents, lines, now, cancellationToken);
                if (threaded.Count > 0) written = await ThreadMessageStore.WriteAsync(connection, Threaded(threaded, ensured), lines, now, cancellationToken);
            }

            // :: 3
            hasFiles = messages.Exists(row => row.Message.Attachments.Count > 0);
            ids = messages.ConvertAll(_ => Ids.New(now));
            await using (var batch = new NpgsqlBatch(connection))
            {
                if (transaction is null) batch.BatchCommands.Add(new NpgsqlBatchCommand(IngestSql.Enter));
                if (journal) batch.BatchCommands.Add(Journal(webhooks));
                if (messages.Count > 0 && steps.Count + updates.Count > 0 || steps.Count > 0 && updates.Count > 0) batch.BatchCommands.Add(Reserve(steps, updates));
                if (messages.Count > 0)
                {
                    batch.BatchCommands.Add(Messages(messages, ids, ensured, now));
                    if (hasFiles) batch.BatchCommands.Add(Attachments([.. messages.Select((row, n) => (row.Webhook.TenantId, ids[n], row.Message.Attachments))], now));
                }
                if (steps.Count > 0) batch.BatchCommands.Add(Steps(steps, now));
                if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
            }

            // :: 4
            if (updates.Count > 0) missed = await MessageUpdates.ApplyAsync(connection, updates, lines, now, cancellationToken);
            foreach (var (webhook, routed, change) in renamed) await MessageUpdates.RetireHandleAsync(connection, webhook.TenantId, routed.Channel, change, cancellationToken);
            if (lines.Count > 0)
                await connection.ExecuteAsync(new CommandDefinition(FeedSql.Append, FeedSql.Arguments(lines, now), cancellationToken: cancellationToken));
            if (transaction is not null) await transaction.CommitAsync(cancellationToken);
        }
        finally
        {
            if (transaction is not null) await transaction.DisposeAsync();
        }

        // A join, or a person who writes from another number, makes entries of other handles wrong.
        if (renamed.Count > 0 || lines.Exists(line => line.Type == "contact.merged")) customers.Forget();
        else if (ensured is not null)
            foreach (var person in strangers)
            {
                customers.Remember(person.IntegrationId, person.Person, ensured.People[(person.IntegrationId, person.Person.Handle)]);
                if (person is { WithConversation: true, ThreadId: { } thread }) customers.RememberThread(person.IntegrationId, thread, ensured.Threads[(person.IntegrationId, thread)]);
            }
        if (messages.Count + threaded.Count + steps.Count + updates.Count + renamed.Count + consents.Count > 0)
            foreach (var tenant in webhooks.Select(webhook => webhook.TenantId).Distinct()) news.Publish(tenant);
        if (hasFiles || written is { HasFiles: true } || updates.Exists(update => update.Routed.Event is MessageTouched or AccountChanged { MayHaveMissed: true })) jobs.Publish();
        if (MessageTrace.IsOn)
        {
            Trace(messages, ids, steps);
            foreach (var (told, id) in written?.Created ?? []) MessageTrace.Note("message.received", id, told.TenantId, told.ReadAt);
        }
        return missed;
    }

    List<CustomerStore.Wanted> Strangers(
        List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)> messages, List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)> threaded, DateTimeOffset now) =>
        [.. messages.Concat(threaded)
            .SelectMany(row => People(row.Message).Select(person => (row, person, isWith: ReferenceEquals(person, row.Message.With))))
            .Where(x => customers.Find(x.row.Routed.IntegrationId, x.person, x.isWith, x.row.Message.ThreadId) is null)
            .Select(x => new CustomerStore.Wanted(x.row.Webhook.TenantId, x.row.Routed.IntegrationId, x.row.Routed.Channel, x.person, Earlier(x.row.Message.SentAt, x.row.Webhook, now), x.isWith,
                Speaks: x.row.Message.Type != "event" && !x.row.Message.IsEcho, x.isWith ? x.row.Message.ThreadId : null, x.isWith ? x.row.Message.ThreadNetworkId : null))];

    List<ThreadMessage> Threaded(List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)> threaded, EnsuredCustomers? ensured) =>
        threaded.ConvertAll(row => new ThreadMessage(
            row.Webhook.TenantId, row.Routed.IntegrationId, row.Routed.Channel, Customer(row.Routed, row.Message.With, ensured, row.Message.ThreadId).ConversationId!.Value,
            row.Message.Sender is { } sender ? Customer(row.Routed, sender, ensured).ContactId : null, row.Message, row.Webhook.ReceivedAt, row.Webhook.Id));

    KnownCustomer Customer(RoutedEvent routed, Correspondent person, EnsuredCustomers? ensured, string? threadId = null) =>
        ensured?.Find(routed.IntegrationId, person.Handle, threadId) ?? customers.Find(routed.IntegrationId, person, withConversation: threadId is not null, threadId)
        ?? throw new InvalidOperationException("The directory forgot a customer in the middle of a batch.");

    // A change of number that comes again must not undo a later one: what is known of it (its message, too) is left out.
    static async Task ForgetRepeatedAsync(
        NpgsqlConnection connection, List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)> messages,
        List<(PendingWebhook Webhook, RoutedEvent Routed, HandleChanged Change)> renamed, CancellationToken cancellationToken)
    {
        var known = (await connection.QueryAsync<(Guid Integration, string ExternalId)>(new CommandDefinition("""
            select m.integration_id, m.external_message_id
            from unnest(@tenants::uuid[], @integrations::uuid[], @externals::text[]) as x (tenant_id, integration_id, external_id)
            join messages m on m.tenant_id = x.tenant_id and m.integration_id = x.integration_id and m.external_message_id = x.external_id
            """, new
        {
            tenants = renamed.Select(row => row.Webhook.TenantId).ToArray(), integrations = renamed.Select(row => row.Routed.IntegrationId).ToArray(),
            externals = renamed.Select(row => row.Change.MessageExternalId).ToArray(),
        }, cancellationToken: cancellationToken))).ToHashSet();
        renamed.RemoveAll(row => known.Contains((row.Routed.IntegrationId, row.Change.MessageExternalId)));
        messages.RemoveAll(row => known.Contains((row.Routed.IntegrationId, row.Message.ExternalId)));
    }

    static NpgsqlBatchCommand Reserve(List<(PendingWebhook Webhook, RoutedEvent Routed, StatusChanged Step)> steps, List<(PendingWebhook Webhook, RoutedEvent Routed)> updates)
    {
        var targets = steps.Select(row => (row.Webhook.TenantId, row.Routed.IntegrationId, ExternalId: (string?)row.Step.ExternalId, Id: Sending.Reference.Parse(row.Step.Reference)?.MessageId))
            .Concat(updates.Select(row => (row.Webhook.TenantId, row.Routed.IntegrationId, ExternalId: MessageUpdates.TargetOf(row.Routed.Event), Id: (Guid?)null))).ToList();
        return new(IngestSql.Reserve)
        {
            Parameters =
            {
                Uuids(targets, row => row.TenantId), Uuids(targets, row => row.IntegrationId), Texts(targets, row => row.ExternalId),
                Column(targets, row => row.Id, NpgsqlDbType.Uuid),
            },
        };
    }

    static void Trace(List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)> messages, List<Guid> ids, List<(PendingWebhook Webhook, RoutedEvent Routed, StatusChanged Step)> steps)
    {
        for (var n = 0; n < messages.Count; n++) MessageTrace.Note("message.received", ids[n], messages[n].Webhook.TenantId, messages[n].Webhook.ReceivedAt);
        foreach (var (webhook, _, step) in steps)
            if (Sending.Reference.Parse(step.Reference) is { } reference) MessageTrace.Note("message.status", reference.MessageId, webhook.TenantId, webhook.ReceivedAt, step.Status);
    }

    /// <summary>Keeps a webhook that cannot be applied: as failed, with its error, to be looked at and replayed.</summary>
    public static async Task KeepFailedAsync(NpgsqlConnection connection, PendingWebhook webhook, string error, CancellationToken cancellationToken)
    {
        webhook.Error = error;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(IngestSql.Enter));
        batch.BatchCommands.Add(Journal([webhook]));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    static IEnumerable<Correspondent> People(MessageReceived message) => message.Sender is { } sender ? [message.With, sender] : [message.With];

    // A provider's clock may run ahead of ours: a message never comes from the future, or it would stay on top of the list.
    // One without a usable time (the epoch) came now.
    internal static DateTimeOffset Earlier(DateTimeOffset at, DateTimeOffset now) => at > now || at == DateTimeOffset.UnixEpoch ? now : at;

    // …and came when its webhook came, also when that is replayed later.
    internal static DateTimeOffset Earlier(DateTimeOffset at, PendingWebhook webhook, DateTimeOffset now) => at == DateTimeOffset.UnixEpoch ? Earlier(webhook.ReceivedAt, now) : Earlier(at, now);

    static NpgsqlBatchCommand Journal(IReadOnlyList<PendingWebhook> webhooks) => new(IngestSql.Journal)
    {
        Parameters =
        {
            Uuids(webhooks, row => row.TenantId),
            Uuids(webhooks, row => row.Id),
            Uuids(webhooks, row => row.IntegrationId),
            Texts(webhooks, row => row.Provider),
            Texts(webhooks, row => row.Kind),
            Texts(webhooks, row => row.Error is null ? "processed" : "failed"),
            Texts(webhooks, row => row.Error),
            Column(webhooks, row => row.Body, NpgsqlDbType.Bytea),
            Times(webhooks, row => row.ReceivedAt),
        },
    };

    NpgsqlBatchCommand Messages(
        List<(PendingWebhook Webhook, RoutedEvent Routed, MessageReceived Message)> messages, List<Guid> ids,
        EnsuredCustomers? ensured, DateTimeOffset now)
    {
        var rows = messages.ConvertAll(row => (row.Webhook, row.Routed, row.Message, Customer: Customer(row.Routed, row.Message.With, ensured)));
        return new(IngestSql.Messages)
        {
            Parameters =
            {
                Uuids(rows, row => row.Webhook.TenantId),
                Uuids(ids, id => id),
                Uuids(rows, row => row.Customer.ConversationId!.Value),
                Uuids(rows, row => row.Customer.ContactId),
                Uuids(rows, row => row.Routed.IntegrationId),
                Texts(rows, row => row.Routed.Channel),
                Texts(rows, row => row.Message.IsEcho ? "outbound" : "inbound"),
                Texts(rows, row => row.Message.Type),
                Texts(rows, row => row.Message.Content),
                Texts(rows, row => row.Message.Metadata?.ToJsonString()),
                Texts(rows, row => row.Message.ExternalId),
                Texts(rows, row => row.Message.IsEcho ? "sent" : "delivered"),
                Texts(rows, row => row.Message.IsEcho ? "provider" : "contact"),
                Column(rows, row => row.Message.Sender is { } sender ? Customer(row.Routed, sender, ensured).ContactId : (Guid?)null, NpgsqlDbType.Uuid),
                Texts(rows, row => row.Message.ReplyToExternalId),
                Uuids(rows, row => row.Webhook.Id),
                Times(rows, row => Earlier(row.Message.SentAt, row.Webhook, now)),
                Time(now),
            },
        };
    }

    /// <summary>Files of messages that were just inserted, and the jobs that fetch them.</summary>
    /// <param name="due">When they are to be fetched; at once without it.</param>
    internal static NpgsqlBatchCommand Attachments(
        IReadOnlyList<(Guid TenantId, Guid MessageId, IReadOnlyList<AttachmentReference> Files)> messages, DateTimeOffset now, DateTimeOffset? due = null)
    {
        var rows = messages.SelectMany(message => message.Files.Select((file, position) => (message.TenantId, message.MessageId, file, position))).ToList();
        return new(IngestSql.Attachments)
        {
            Parameters =
            {
                Time(now),
                Uuids(rows, row => row.TenantId),
                Uuids(rows, _ => Ids.New(now)),
                Uuids(rows, row => row.MessageId),
                Column(rows, row => row.position, NpgsqlDbType.Integer),
                Texts(rows, row => row.file.Kind),
                Texts(rows, row => row.file.MimeType),
                Texts(rows, row => FileKinds.SafeName(row.file.FileName)),
                Column(rows, row => row.file.Size, NpgsqlDbType.Bigint),
                Texts(rows, row => row.file.ProviderId),
                Texts(rows, row => row.file.Url),
                Texts(rows, row => row.file.Sha256),
                Time(due ?? now),
            },
        };
    }

    static NpgsqlBatchCommand Steps(List<(PendingWebhook Webhook, RoutedEvent Routed, StatusChanged Step)> steps, DateTimeOffset now) => new(IngestSql.Statuses)
    {
        Parameters =
        {
            Time(now),
            Uuids(steps, row => row.Webhook.TenantId),
            Uuids(steps, row => row.Routed.IntegrationId),
            Texts(steps, row => row.Step.ExternalId),
            Texts(steps, row => row.Step.Status),
            Times(steps, row => Earlier(row.Step.At, row.Webhook, now)),
            Texts(steps, row => row.Step.Failure?.Code),
            Texts(steps, row => row.Step.Failure?.ProviderCode ?? row.Step.Failure?.Code),
            Texts(steps, row => row.Step.Failure is { } failure ? Sending.FailureWords.Of(failure) : null),
            Column(steps, row => Sending.Reference.Parse(row.Step.Reference)?.MessageId, NpgsqlDbType.Uuid),
            Column(steps, row => Sending.Reference.Parse(row.Step.Reference)?.Attempt, NpgsqlDbType.Integer),
        },
    };
}
