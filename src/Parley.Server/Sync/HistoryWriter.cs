using System.Collections.Concurrent;
using System.Threading.Channels;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Ingest;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Threads;
using static Parley.Server.Platform.Database.Arrays;

namespace Parley.Server.Sync;

/// <summary>One page of a chat's messages, with what the conversation is to remember when they are written.</summary>
/// <param name="IsFirstImport">What was said before we came.</param>
/// <param name="Cursor">Where the first reading goes on; null otherwise.</param>
/// <param name="Newest">The newest message of this reading so far, when it began at the top.</param>
/// <param name="IsLast">The chat is read: its messages are here up to the activity the provider told.</param>
internal sealed record HistoryPageToWrite(
    ChatToSync Chat, IReadOnlyList<MessageReceived> Messages, DateTimeOffset ReadAt, bool IsFirstImport, string? Cursor, DateTimeOffset? Newest, bool IsLast);

/// <summary>Writes what is read of one account's history. Pages that come while a commit is under way are the next batch: a thousand
/// chats with ten messages each cost a few commits, not a thousand. Two batches are under way at once, so that one is put together while
/// the database works on the other; they are about different chats, as each has one page here at a time.</summary>
internal sealed class HistoryWriter(IngestDatabase database, FeedNews news, JobNews jobs, TimeProvider time, Guid tenant, Guid integration, string channel) : IAsyncDisposable
{
    const int MostMessages = 2500;
    const int AtOnce = 2;
    readonly Channel<(HistoryPageToWrite Page, TaskCompletionSource<(int Created, int Unread)> Done)> _waiting =
        Channel.CreateBounded<(HistoryPageToWrite, TaskCompletionSource<(int, int)>)>(64);
    readonly ConcurrentDictionary<string, Guid> _people = [];   // who wrote in groups, as far as this run met them
    readonly CancellationTokenSource _abandon = new();
    Task? _running;

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => RunAsync()));

    /// <summary>Takes a page as soon as there is room for it. What it answers with completes after the commit, with how many messages were
    /// new, and how many of them somebody wants answered. A chat's next page may only come then: who loses one must not go on behind it.</summary>
    public async Task<Task<(int Created, int Unread)>> TakeAsync(HistoryPageToWrite page, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<(int, int)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _waiting.Writer.WriteAsync((page, done), cancellationToken);
        return done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs work in a transaction of the same connection's kind, outside the batches: chats that are listed.</summary>
    public async Task<T> ChangeAsync<T>(Func<NpgsqlConnection, List<FeedEvent>, DateTimeOffset, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await ChangeAsync(connection, work, cancellationToken);
    }

    async Task<T> ChangeAsync<T>(NpgsqlConnection connection, Func<NpgsqlConnection, List<FeedEvent>, DateTimeOffset, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var now = time.GetUtcNow();
                var lines = new List<FeedEvent>();
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await using (var enter = new NpgsqlCommand(IngestSql.Enter, connection)) await enter.ExecuteNonQueryAsync(cancellationToken);
                var result = await work(connection, lines, now);
                if (lines.Count > 0) await connection.ExecuteAsync(new CommandDefinition(FeedSql.Append, FeedSql.Arguments(lines, now), cancellationToken: cancellationToken));
                await transaction.CommitAsync(cancellationToken);
                if (lines.Count > 0) news.Publish(tenant);
                return result;
            }
            catch (PostgresException broken) when (attempt < 6 && broken.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                await Task.Delay(Random.Shared.Next(1, 20 * attempt), cancellationToken);
            }
        }
    }

    async Task RunAsync()
    {
        await Task.Yield();
        NpgsqlConnection? connection = null;
        var batch = new List<(HistoryPageToWrite Page, TaskCompletionSource<(int Created, int Unread)> Done)>();
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            for (var messages = 0; messages < MostMessages && _waiting.Reader.TryRead(out var next); messages += next.Page.Messages.Count) batch.Add(next);
            if (batch.Count == 0) continue;
            try
            {
                connection ??= await database.OpenAsync(_abandon.Token);
                await WriteBatchAsync(connection, batch);
            }
            catch (Exception failure)
            {
                foreach (var (_, done) in batch) done.TrySetException(failure);
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
            }
        }
        if (connection is not null) await connection.DisposeAsync();
    }

    async Task WriteBatchAsync(NpgsqlConnection writing, List<(HistoryPageToWrite Page, TaskCompletionSource<(int Created, int Unread)> Done)> batch)
    {
        try
        {
            var (written, met) = await ChangeAsync(writing, (connection, lines, now) => WriteAsync(connection, [.. batch.Select(one => one.Page)], lines, now), _abandon.Token);
            foreach (var (handle, contact) in met) _people[handle] = contact;
            for (var i = 0; i < batch.Count; i++) batch[i].Done.TrySetResult(written[i]);
        }
        catch (PostgresException poison) when (poison.SqlState[..2] is "22" or "23" && batch.Count > 1)
        {
            // One of them cannot be stored: each by itself, and only that one's chat suffers.
            _people.Clear();
            foreach (var one in batch) await WriteBatchAsync(writing, [one]);
        }
        catch (PostgresException poison) when (poison.SqlState[..2] is "22" or "23")
        {
            batch[0].Done.TrySetException(poison);
        }
    }

    // :: 1 who wrote in groups · 2 the messages · 3 what the conversations remember · 4 what the feed tells of a first import: one line.
    async Task<((int Created, int Unread)[] Written, IReadOnlyDictionary<string, Guid> Met)> WriteAsync(NpgsqlConnection connection, IReadOnlyList<HistoryPageToWrite> pages, List<FeedEvent> lines, DateTimeOffset now)
    {
        // :: 1
        var senders = pages.SelectMany(page => page.Messages).Select(message => message.Sender).OfType<Correspondent>().DistinctBy(writer => writer.Handle).ToList();
        var met = new Dictionary<string, Guid>();
        foreach (var sender in senders)
            if (_people.TryGetValue(sender.Handle, out var known)) met[sender.Handle] = known;
        var writers = senders.Where(writer => !met.ContainsKey(writer.Handle)).ToList();
        if (writers.Count > 0)
        {
            var ensured = await CustomerStore.EnsureAsync(connection, writers.ConvertAll(writer => new CustomerStore.Wanted(tenant, integration, channel, writer, now, WithConversation: false, Speaks: false)), lines, now, _abandon.Token);
            foreach (var writer in writers) met[writer.Handle] = ensured.People[(integration, writer.Handle)].ContactId;
        }

        // :: 2
        var messages = new List<ThreadMessage>(pages.Sum(page => page.Messages.Count));
        foreach (var page in pages)
            for (var i = page.Messages.Count - 1; i >= 0; i--)   // the newest comes first
                messages.Add(new(
                    tenant, integration, channel, page.Chat.ConversationId, page.Messages[i].Sender is { } sender ? met[sender.Handle] : null, page.Messages[i], page.ReadAt,
                    IsFirstImport: page.IsFirstImport));
        var written = messages.Count == 0 ? null : await ThreadMessageStore.WriteAsync(connection, messages, lines, now, _abandon.Token);

        // :: 3
        var rows = pages.OrderBy(page => page.Chat.ConversationId).ToList();
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.BatchCommands.Add(new("""
                update conversations c set
                    sync_cursor = x.cursor,
                    synced_message_at = coalesce(x.newest, c.synced_message_at),
                    synced_activity_at = coalesce(x.activity, c.synced_activity_at)
                from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as x (id, cursor, newest, activity)
                where c.tenant_id = $1 and c.id = x.id
                """)
            {
                Parameters =
                {
                    new() { Value = tenant, NpgsqlDbType = NpgsqlDbType.Uuid }, Uuids(rows, page => page.Chat.ConversationId), Texts(rows, page => page.IsLast ? null : page.Cursor),
                    TimesOrNull(rows, page => page.Newest is { } newest ? IngestStore.Earlier(newest, now) : null),
                    TimesOrNull(rows, page => page.IsLast ? page.Chat.Activity : null),
                },
            });
            await batch.ExecuteNonQueryAsync(_abandon.Token);
        }

        // :: 4
        foreach (var page in pages)
            if (page is { IsLast: true, Chat.SyncedActivityAt: null }) lines.Add(new(tenant, "conversation.updated", page.Chat.ConversationId, IntegrationId: integration));

        if (written is { HasFiles: true }) jobs.Publish();
        var created = (written?.Created ?? []).GroupBy(row => row.Told.ConversationId).ToDictionary(group => group.Key, group => (group.Count(), group.Count(row => row.Told.IsUnread)));
        return ([.. pages.Select(page => created.GetValueOrDefault(page.Chat.ConversationId))], met);
    }

    /// <summary>Writes what was given, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _abandon.CancelAfter(TimeSpan.FromSeconds(20));
        if (_running is not null) await _running;
        _abandon.Dispose();
    }
}
