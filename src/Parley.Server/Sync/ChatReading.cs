using Npgsql;
using Parley.Channels.Contract;

namespace Parley.Server.Sync;

/// <summary>One chat's messages on their way from the provider to the writer. The next page is fetched while the last one is written; more
/// than one is never under way, so that what is remembered of the reading is never ahead of what is here.</summary>
internal sealed partial class ChatReading(
    ChatToSync chat, Guid integration, HistoryReader reader, HistoryWriter writer, IReadOnlyDictionary<string, Correspondent>? people, SyncProgress progress, TimeProvider time, ILogger logger)
{
    Task<(int Created, int Unread)>? _writing;

    public int Fetched { get; private set; }

    /// <summary>From the top, or from a cursor, to the end. Returns when the last page is with the writer; null when nothing went wrong.</summary>
    /// <param name="completes">Afterwards the chat's messages are here up to the activity that the provider told.</param>
    public async Task<ReadFailure?> ReadAsync(string? cursor, DateTimeOffset? since, bool isFirstImport, bool completes, CancellationToken cancellationToken)
    {
        var fromTop = cursor is null;
        DateTimeOffset? newest = null;
        var cursors = new HashSet<string>();
        while (true)
        {
            var readAt = time.GetUtcNow();
            HistoryPage<MessageReceived> page;
            try
            {
                page = await reader.ListMessagesAsync(new(chat.Told.ThreadId, chat.With, since, cursor, People: people), cancellationToken);
            }
            catch
            {
                await WrittenAsync();   // what was given is counted, whatever ends this
                throw;
            }
            if (await WrittenAsync() is { } unwritten) return unwritten;
            if (page.Failure is { } failure) return failure;
            if (page.Unreadable > 0) Log.Unreadable(logger, page.Unreadable, integration);
            Fetched += page.Items.Count;
            progress.Fetched(page.Items.Count);
            foreach (var message in page.Items)
                if (!(newest >= message.SentAt)) newest = message.SentAt;
            cursor = page.Cursor;
            if (cursor is not null && !cursors.Add(cursor)) return ReadFailure.Unreadable with { Words = "The provider's pages of this chat lead in a circle." };
            var isLast = cursor is null;
            // While later pages are missing, only a first reading remembers where it is and what it began with.
            var remembered = fromTop && (isFirstImport || isLast) ? newest : null;
            _writing = await writer.TakeAsync(new(chat, page.Items, readAt, isFirstImport, isFirstImport ? cursor : null, remembered, isLast && completes), cancellationToken);
            if (isLast) return null;
        }
    }

    /// <summary>Waits until what was given to the writer is here. A message that cannot be stored is the failure of this chat alone.</summary>
    public async Task<ReadFailure?> WrittenAsync()
    {
        if (_writing is not { } writing) return null;
        _writing = null;
        try
        {
            var (created, unread) = await writing;
            progress.Wrote(created, unread);
            return null;
        }
        catch (PostgresException poison) when (poison.SqlState[..2] is "22" or "23")
        {
            return ReadFailure.Unreadable with { Words = $"A message of it cannot be stored: {poison.SqlState}." };
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages of integration {Integration} made no sense and were passed over")]
        public static partial void Unreadable(ILogger logger, int count, Guid integration);
    }
}
