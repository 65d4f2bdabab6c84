using System.Collections.Concurrent;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>Reads what a provider keeps of an account, with as few calls as it takes. Whatever ends it, what was written stays, and the
/// next run goes on from there.
/// :: 1 how the account is · 2 its chats, all of them; those that are new, told otherwise than last time, or never read to the end are
/// needed · 3 names for new ones · 4 the messages of the needed ones, some chats at once, newest first; a chat that fails is an error and the
/// others go on.</summary>
internal sealed partial class AccountSync(
    IngestDatabase database, IntegrationStore integrations, ProviderPaces paces, FeedNews news, JobNews jobs, TimeProvider time, ILogger<AccountSync> logger)
{
    /// <summary>Providers insert late and bend times: so much before the newest message is read again.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    /// <summary>So many new chats without a name are worth a look at everybody instead of one call each.</summary>
    const int ManyNameless = 10;

    /// <summary>Null when it went through, though chats may have failed; otherwise what stopped it, in words.</summary>
    /// <param name="report">Called now and then, never twice at once.</param>
    public async Task<string?> RunAsync(
        ConnectedIntegration integration, IReadHistory channel, bool isFull, SyncProgress progress, Func<CancellationToken, Task> report, CancellationToken cancellationToken)
    {
        var provider = Display(integration.Provider);
        Log.Starting(logger, provider, integration.Id);
        using var reader = new HistoryReader(channel, integration.Account, paces, integration.Id, time);
        await using var writer = Writer(integration);

        // :: 1
        var account = await reader.FindAccountAsync(cancellationToken);
        (bool Works, string Words)? health = account.Item is { } found ? (found.Health is AccountHealth.Ok or AccountHealth.Connecting, found.Words)
            : account.Failure is { Retry: Retry.Never } gone ? (false, gone.Code == "not_found" ? "The provider does not have this account any more. Connect it there again." : gone.Words) : null;
        if (health is var (works, words)) await SetHealthAsync(integration, works, words, cancellationToken);
        if (account.Failure is { } unread) return Stop(integration, provider, health?.Words ?? unread.Words);
        if (account.Item!.Health == AccountHealth.Gone) return Stop(integration, provider, account.Item.Words);

        // :: 2
        var (needed, trouble) = await ListAsync(integration, reader, writer, isFull, progress, cancellationToken);
        if (reader.Stop is { } stop) return await BreakAsync(stop);
        Log.Fetched(logger, progress.ChatsListed, provider);
        if (trouble is not null)
        {
            if (progress.ChatsListed == 0) return Stop(integration, provider, trouble.Words);
            progress.Failed(null, trouble.Code, trouble.Words);   // what was listed is read; the rest comes with the next run
        }

        // :: 3
        var (chats, people) = await AddNewAsync(integration, reader, writer, needed, cancellationToken);
        if (reader.Stop is { } lost) return await BreakAsync(lost);
        progress.ToSync(chats.Count);

        // :: 4
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, reader.Stopped);
        var reported = time.GetTimestamp();
        var reporting = 0;
        var ending = new ConcurrentQueue<Task>();   // chats that are read, and not yet written to the end
        try
        {
            await Parallel.ForEachAsync(chats, new ParallelOptions { MaxDegreeOfParallelism = paces.Pacing.AtOnce, CancellationToken = either.Token }, async (chat, token) =>
            {
                await ForgetAsync(ending);
                ending.Enqueue(await SyncChatAsync(chat, integration, reader, writer, isFull, people, progress, token));
                if (time.GetElapsedTime(Interlocked.Read(ref reported)) < TimeSpan.FromSeconds(1) || Interlocked.Exchange(ref reporting, 1) == 1) return;
                try { await report(token); }
                finally
                {
                    Interlocked.Exchange(ref reported, time.GetTimestamp());
                    Interlocked.Exchange(ref reporting, 0);
                }
            });
            await Task.WhenAll(ending);
        }
        catch (OperationCanceledException) when (reader.Stop is not null && !cancellationToken.IsCancellationRequested) { }
        if (reader.Stop is { } ended) return await BreakAsync(ended);
        Log.Completed(logger, progress.ChatsDone, progress.MessagesCreated, progress.MessagesUnread, progress.ChatsWithErrors);
        return null;

        // Those that have ended; a writer that is broken ends the reading, too.
        static async Task ForgetAsync(ConcurrentQueue<Task> ending)
        {
            while (ending.TryDequeue(out var one))
            {
                if (!one.IsCompleted)
                {
                    ending.Enqueue(one);
                    return;
                }
                await one;
            }
        }

        async Task<string> BreakAsync(ReadFailure failure)
        {
            await SetHealthAsync(integration, false, failure.Words, cancellationToken);
            return Stop(integration, provider, failure.Words);
        }
    }

    /// <summary>One chat by itself. What stopped it, or null; and the conversation's id when it is here now.</summary>
    public async Task<ReadFailure?> RunChatAsync(
        ConnectedIntegration integration, IReadHistory channel, string threadId, bool isFull, SyncProgress progress, CancellationToken cancellationToken)
    {
        using var reader = new HistoryReader(channel, integration.Account, paces, integration.Id, time);
        await using var writer = Writer(integration);
        var chat = await reader.FindChatAsync(threadId, cancellationToken);
        if (chat.Failure is { } failure) return await ToldAsync(failure);
        progress.Listed(1);
        var planned = await PlanAsync(integration, writer, [chat.Item!], isFull: true, cancellationToken);
        var (chats, people) = await AddNewAsync(integration, reader, writer, planned, cancellationToken);
        progress.ToSync(chats.Count);
        foreach (var one in chats) await await SyncChatAsync(one, integration, reader, writer, isFull, people, progress, cancellationToken);
        if (reader.Stop is { } stop) return await ToldAsync(stop);
        return progress.Errors is [var error, ..] ? new ReadFailure(error.Code, error.Words, Retry.Later) : null;

        async Task<ReadFailure> ToldAsync(ReadFailure told)
        {
            if (told.Code is "account_invalid" or "account_disconnected") await SetHealthAsync(integration, false, told.Words, cancellationToken);
            return told;
        }
    }

    HistoryWriter Writer(ConnectedIntegration integration)
    {
        var writer = new HistoryWriter(database, news, jobs, time, integration.TenantId, integration.Id, integration.Account.Channel);
        writer.Start();
        return writer;
    }

    async Task<(List<ChatToSync> Needed, ReadFailure? Trouble)> ListAsync(
        ConnectedIntegration integration, HistoryReader reader, HistoryWriter writer, bool isFull, SyncProgress progress, CancellationToken cancellationToken)
    {
        var needed = new List<ChatToSync>();
        var (seen, cursors) = (new HashSet<string>(), new HashSet<string>());
        string? cursor = null;
        do
        {
            var page = await reader.ListChatsAsync(cursor, cancellationToken);
            if (page.Failure is { } failure) return (needed, failure);
            if (page.Unreadable > 0) Log.Unreadable(logger, page.Unreadable, integration.Id);
            var fresh = page.Items.Where(chat => seen.Add(chat.ThreadId)).ToList();
            progress.Listed(fresh.Count);
            needed.AddRange(await PlanAsync(integration, writer, fresh, isFull, cancellationToken));
            cursor = page.Cursor;
            if (cursor is not null && !cursors.Add(cursor)) return (needed, ReadFailure.Unreadable.From(null, null) with { Words = "The provider's list of chats leads in a circle." });
        }
        while (cursor is not null);
        return (needed, null);
    }

    /// <summary>Which of these chats are needed; and what the provider says of known ones is noted.</summary>
    static async Task<List<ChatToSync>> PlanAsync(
        ConnectedIntegration integration, HistoryWriter writer, IReadOnlyList<ProviderChat> told, bool isFull, CancellationToken cancellationToken)
    {
        if (told.Count == 0) return [];
        return await writer.ChangeAsync(async (connection, lines, now) =>
        {
            var known = await SyncedChatStore.FindAsync(connection, integration.TenantId, integration.Id, [.. told.Select(chat => chat.ThreadId)], cancellationToken);
            var needed = new List<ChatToSync>();
            var here = new List<(KnownChatRow, ChatToSync)>();
            foreach (var chat in told)
            {
                if (!known.TryGetValue(chat.ThreadId, out var row))
                {
                    needed.Add(new(chat, chat.With!));
                    continue;
                }
                var isEmptied = SyncedChatStore.IsEmptied(row);
                var one = new ChatToSync(chat, row.With with { IsGroup = chat.IsGroup || row.With.IsGroup })
                {
                    ConversationId = row.Id, SyncedActivityAt = isEmptied ? null : row.SyncedActivityAt, SyncedMessageAt = isEmptied ? null : row.SyncedMessageAt,
                    SyncCursor = isEmptied ? null : row.SyncCursor,
                };
                here.Add((row, one));
                // Not "newer": a clock that ran ahead once would hide all that comes until then.
                if (isFull || one.SyncedActivityAt is null || one.SyncedActivityAt != one.Activity) needed.Add(one);
            }
            await SyncedChatStore.UpdateAsync(connection, integration.TenantId, integration.Id, here, lines, now, cancellationToken);
            return needed;
        }, cancellationToken);
    }

    /// <summary>Finds out whom new chats are with, and makes their conversations. Also everybody by id, when all of them were read.</summary>
    async Task<(List<ChatToSync> Chats, IReadOnlyDictionary<string, Correspondent>? People)> AddNewAsync(
        ConnectedIntegration integration, HistoryReader reader, HistoryWriter writer, List<ChatToSync> needed, CancellationToken cancellationToken)
    {
        var nameless = needed.Where(chat => chat.ConversationId == default && chat is { Told: { IsGroup: false, With: null or { Name: null } } }).ToList();
        Dictionary<string, Correspondent>? people = null;
        var named = new Dictionary<string, Correspondent>();
        if (nameless.Count >= ManyNameless)
        {
            people = ById(await reader.ListPeopleAsync(null, cancellationToken) ?? []);
            foreach (var chat in nameless)
                if (chat.Told.With is { } with && people.TryGetValue(with.Handle, out var person)) named[chat.Told.ThreadId] = Named(with, person);
        }
        using var slots = new SemaphoreSlim(paces.Pacing.AtOnce);
        await Task.WhenAll(nameless.Where(chat => !named.ContainsKey(chat.Told.ThreadId) && (people is null || chat.Told.With is null)).ToList().ConvertAll(async chat =>
        {
            await slots.WaitAsync(cancellationToken);
            try
            {
                var members = (await reader.ListPeopleAsync(chat.Told.ThreadId, cancellationToken) ?? []).Where(member => !member.IsUs).ToList();
                var other = members.Find(member => member.Person.Handle == chat.Told.With?.Handle || member.ProviderId == chat.Told.With?.Handle) ?? members.FirstOrDefault();
                if (other is not null)
                    lock (named) named[chat.Told.ThreadId] = chat.Told.With is { } with ? Named(with, other.Person) : other.Person;
            }
            finally { slots.Release(); }
        }));
        if (reader.Stop is not null) return ([], people);

        var chats = new List<ChatToSync>(needed.Count);
        foreach (var chunk in needed.Chunk(250))
        {
            var fresh = chunk.Where(chat => chat.ConversationId == default)
                .Select(chat => chat with { With = named.GetValueOrDefault(chat.Told.ThreadId) ?? chat.Told.With ?? new(chat.Told.ThreadId, [], chat.Told.Name, chat.Told.IsGroup) })
                .ToList();
            var ids = fresh.Count == 0 ? null : await writer.ChangeAsync((connection, lines, now) =>
                SyncedChatStore.AddAsync(connection, integration.TenantId, integration.Id, integration.Account.Channel, fresh, lines, now, cancellationToken), cancellationToken);
            var added = fresh.ToDictionary(chat => chat.Told.ThreadId, chat => chat with { ConversationId = ids![chat.Told.ThreadId] });
            chats.AddRange(chunk.Select(chat => added.GetValueOrDefault(chat.Told.ThreadId) ?? chat));
        }
        return (chats, people);
    }

    static Correspondent Named(Correspondent with, Correspondent person) =>
        with with { Name = with.Name ?? person.Name, UserName = with.UserName ?? person.UserName, ProfileUrl = with.ProfileUrl ?? person.ProfileUrl };

    static Dictionary<string, Correspondent> ById(IEnumerable<ChatMember> members)
    {
        var people = new Dictionary<string, Correspondent>();
        foreach (var member in members)
        {
            people.TryAdd(member.ProviderId, member.Person);
            people.TryAdd(member.Person.Handle, member.Person);
        }
        return people;
    }

    /// <summary>:: 1 who is in a group · 2 what is missing of a first reading · 3 what came since, or all · 4 its last page is written while
    /// the next chat is read: what it answers with completes when this one is done.</summary>
    async Task<Task> SyncChatAsync(
        ChatToSync chat, ConnectedIntegration integration, HistoryReader reader, HistoryWriter writer, bool isFull, IReadOnlyDictionary<string, Correspondent>? people, SyncProgress progress,
        CancellationToken cancellationToken)
    {
        // :: 1
        if (chat.With.IsGroup && people is null && (isFull || chat.SyncedActivityAt is null))
            people = ById(await reader.ListPeopleAsync(chat.Told.ThreadId, cancellationToken) ?? []);

        var isFirst = chat.SyncedActivityAt is null;
        var reading = new ChatReading(chat, integration.Id, reader, writer, people, progress, time, logger);
        ReadFailure? failure = null;
        if (isFirst && !isFull && chat.SyncCursor is { } left)
        {
            // :: 2
            failure = await reading.ReadAsync(left, since: null, isFirstImport: true, completes: false, cancellationToken);
            // A cursor the provider does not know any more: from the top, where what is here already costs no more than the reading.
            var isRefused = failure is { Retry: Retry.Never } && reader.Stop is null && reading.Fetched == 0;
            if (failure is null) failure = await reading.ReadAsync(null, chat.SyncedMessageAt - Overlap, isFirstImport: false, completes: true, cancellationToken);
            else if (isRefused) failure = await reading.ReadAsync(null, null, isFirstImport: true, completes: true, cancellationToken);
        }
        else
        {
            // :: 3
            failure = await reading.ReadAsync(null, isFirst || isFull ? null : chat.SyncedMessageAt - Overlap, isFirst, completes: true, cancellationToken);
        }

        // :: 4
        return EndAsync();

        async Task EndAsync()
        {
            failure = await reading.WrittenAsync() ?? failure;
            if (reader.Stop is not null) return;
            if (failure is null) Log.FetchedMessages(logger, reading.Fetched, chat.Told.ThreadId);
            else
            {
                progress.Failed(chat.Told.ThreadId, failure.Code, failure.Words);
                Log.ChatFailed(logger, chat.Told.ThreadId, failure.Code);
            }
            progress.Done();
        }
    }

    string Stop(ConnectedIntegration integration, string provider, string words)
    {
        Log.Stopped(logger, provider, integration.Id);
        return words;
    }

    // Only what is new is written: the feed shall not tell every ten minutes that all is well.
    async Task SetHealthAsync(ConnectedIntegration integration, bool works, string words, CancellationToken cancellationToken)
    {
        var health = works ? "ok" : "failing";
        if (await integrations.FindAsync(integration.TenantId, integration.Id, cancellationToken) is { } row && (row.Health != health || row.HealthMessage != words))
            await integrations.SetHealthAsync(integration.TenantId, integration.Id, health, words, cancellationToken);
    }

    static string Display(string provider) => provider.Length == 0 ? provider : char.ToUpperInvariant(provider[0]) + provider[1..];

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Starting message sync from {Provider}... (integration {Integration})")]
        public static partial void Starting(ILogger logger, string provider, Guid integration);

        [LoggerMessage(Level = LogLevel.Information, Message = "Fetched {Count} chats from {Provider}")]
        public static partial void Fetched(ILogger logger, int count, string provider);

        [LoggerMessage(Level = LogLevel.Information, Message = "Fetched {Count} messages for chat {Chat}")]
        public static partial void FetchedMessages(ILogger logger, int count, string chat);

        [LoggerMessage(Level = LogLevel.Information, Message = "Message sync completed successfully: {{'chats_synced': {Chats}, 'total_messages_created': {Created}, 'total_unread_messages': {Unread}, 'chats_with_errors': {Errors}}}")]
        public static partial void Completed(ILogger logger, int chats, long created, long unread, int errors);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The chat {Chat} could not be read: {Code}")]
        public static partial void ChatFailed(ILogger logger, string chat, string code);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} chats of integration {Integration} made no sense and were passed over")]
        public static partial void Unreadable(ILogger logger, int count, Guid integration);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Message sync from {Provider} stopped (integration {Integration}); what is here stays, and the next run goes on")]
        public static partial void Stopped(ILogger logger, string provider, Guid integration);
    }
}
