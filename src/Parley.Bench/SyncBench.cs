using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Sync;

namespace Parley.Bench;

/// <summary>Reading an account's history from Unipile, played beside: the whole import by the product; the same by the flow it replaces (a
/// select and an insert for each message, on one connection); and the database's part of it against COPY of the same rows.</summary>
internal static class SyncBench
{
    public static async Task<int> RunAsync(Options options)
    {
        var (chats, messages) = (options.Number("chats", 1000), options.Number("messages", 100_000));
        await using var stage = await BenchStage.SetAsync(2, role: "admin");
        var (emulators, played) = await BenchStage.StartAsync(Path.Combine(AppContext.BaseDirectory, "parley.dll"), ["emulators", "--urls", "http://127.0.0.1:0"], Ready, []);
        using var emulator = new HttpClient { BaseAddress = new(played.GetLeftPart(UriPartial.Authority)) };
        try
        {
            await emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = "bench", type = "INSTAGRAM", chats, messages });
            var dsn = new Uri(emulator.BaseAddress!, "/unipile").ToString();

            var import = await ImportAsync(stage, emulator, dsn, messages);
            await stage.StopServerAsync();   // the files it still has to fetch shall not disturb what follows
            var began = Stopwatch.GetTimestamp();
            var pages = await FetchAsync(dsn, Math.Min(messages, MostKept));
            var fetching = Stopwatch.GetElapsedTime(began).TotalSeconds / pages.Sum(page => page.Items.Count);
            var naive = await NaiveAsync(stage, pages, Math.Min(messages, 10_000));
            var (ours, copy, database) = await WriteAsync(stage, pages);
            var perMessage = import.Seconds / import.Messages;
            var whole = (fetching + naive.PerMessage) / perMessage;
            Console.WriteLine($"Import: {import.Messages:N0} messages in {import.Seconds:N1} s ({1 / perMessage:N0}/s), peak {import.PeakMegabytes:N0} MB; page by page with a select and an insert each: {1 / (fetching + naive.PerMessage):N0}/s; {whole:N1} × as fast (goal ≥ 10); against the selects and inserts alone {naive.PerMessage / perMessage:N1} ×");
            Console.WriteLine($"Database part: {ours:N0}/s against {copy:N0}/s by COPY: {database:N2} × (goal ≥ 0.7)");
            Console.WriteLine($"Second sync: {import.ListCalls} calls for the list of {chats:N0} chats, {import.MessageCalls} for messages, {import.SecondSeconds:N2} s");
            Report.Write("sync", whole, 1 / perMessage, 1 / (fetching + naive.PerMessage), "messages/s", 0, 0, new()
            {
                ["database_ratio"] = Math.Round(database, 3), ["peak_mb"] = import.PeakMegabytes, ["second_list_calls"] = import.ListCalls, ["second_message_calls"] = import.MessageCalls,
                ["second_s"] = Math.Round(import.SecondSeconds, 2),
            });
            return 0;
        }
        finally
        {
            emulators.Kill();
            await emulators.WaitForExitAsync();
            emulators.Dispose();
        }
    }

    const int Slices = 5;

    /// <summary>Messages that the database's part is measured with: they are held in memory.</summary>
    const int MostKept = 100_000;

    const string Ready = "The emulators are ready at ";

    static async Task<(long Messages, double Seconds, long PeakMegabytes, int ListCalls, int MessageCalls, double SecondSeconds)> ImportAsync(BenchStage stage, HttpClient emulator, string dsn, int messages)
    {
        using var http = new HttpClient { BaseAddress = stage.Address, Timeout = TimeSpan.FromHours(1) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", stage.Numbers[0].ApiKey);
        var began = Stopwatch.GetTimestamp();
        var created = await (await http.PostAsJsonAsync("/api/integrations", new
        {
            provider = "unipile", channel = "instagram", name = "Bench", external_id = "bench", config = new { dsn }, credentials = new { api_key = "bench", webhook_secret = "bench-secret" },
        })).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>();
        var peak = 0L;
        JsonObject sync;
        do
        {
            await Task.Delay(100);
            stage.Server.Refresh();
            peak = Math.Max(peak, stage.Server.WorkingSet64);
            sync = (await http.GetFromJsonAsync<JsonObject>($"/api/integrations/{created!["id"]}/sync"))!;
        }
        while ((string)sync["state"]! is not ("done" or "failed"));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if ((string)sync["state"]! != "done" || (long)sync["messages_created"]! != messages) throw new InvalidOperationException($"The import is not whole: {sync.ToJsonString()}");

        await emulator.DeleteAsync("/ledger/unipile/calls");
        began = Stopwatch.GetTimestamp();
        (await http.PostAsync("/api/chats/sync", null)).EnsureSuccessStatusCode();
        var second = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var routes = (await emulator.GetFromJsonAsync<JsonObject>("/ledger/unipile/calls?account_id=bench"))!["routes"]!;
        return (messages, seconds, peak / 1_000_000, (int?)routes["GET /chats"] ?? 0, (int?)routes["GET /chats/{chat_id}/messages"] ?? 0, second);
    }

    /// <summary>Pages, in memory, one after the other.</summary>
    static async Task<List<(ProviderChat Chat, IReadOnlyList<MessageReceived> Items)>> FetchAsync(string dsn, int most)
    {
        var channel = (IReadHistory)ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System).Find("unipile")!;
        var account = new ChannelAccount("instagram", "bench", new Dictionary<string, string> { ["dsn"] = dsn }, new Dictionary<string, string> { ["api_key"] = "bench" });
        var pages = new List<(ProviderChat, IReadOnlyList<MessageReceived>)>();
        string? chatCursor = null;
        do
        {
            var list = await channel.ListChatsAsync(account, chatCursor, 250, CancellationToken.None);
            foreach (var chat in list.Items)
            {
                string? cursor = null;
                do
                {
                    var page = await channel.ListMessagesAsync(account, new(chat.ThreadId, chat.With!, Cursor: cursor), CancellationToken.None);
                    pages.Add((chat, page.Items));
                    most -= page.Items.Count;
                    cursor = page.Cursor;
                }
                while (cursor is not null);
                if (most <= 0) return pages;
            }
            chatCursor = list.Cursor;
        }
        while (chatCursor is not null);
        return pages;
    }

    /// <summary>Without the time for fetching.</summary>
    static async Task<(double PerMessage, int Messages)> NaiveAsync(BenchStage stage, List<(ProviderChat Chat, IReadOnlyList<MessageReceived> Items)> pages, int most)
    {
        await using var connection = new NpgsqlConnection(stage.BaselineConnection);
        await connection.OpenAsync();
        await ExecuteAsync(connection, "create table messages_naive (like messages including all)");
        await using var select = new NpgsqlCommand("select 1 from messages_naive where tenant_id = $1 and integration_id = $2 and external_message_id = $3", connection) { Parameters = { new() { Value = Guid.Empty }, new() { Value = Guid.Empty }, new() { Value = "" } } };
        await using var insert = new NpgsqlCommand("""
            insert into messages_naive (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status, author, details, network_id, occurred_at, created_at)
            values ($1, $2, $3, $4, $5, 'instagram', $6, $7, $8, $9, 'delivered', $10, $11::jsonb, $12, $13, $14)
            """, connection);
        for (var i = 0; i < 14; i++) insert.Parameters.Add(new());
        var (tenant, integration) = (stage.Numbers[0].TenantId, stage.Numbers[0].IntegrationId);
        var written = 0;
        var began = Stopwatch.GetTimestamp();
        foreach (var (_, items) in pages)
        {
            var conversation = Guid.CreateVersion7();
            foreach (var message in items)
            {
                (select.Parameters[0].Value, select.Parameters[1].Value, select.Parameters[2].Value) = (tenant, integration, message.ExternalId);
                if (await select.ExecuteScalarAsync() is not null) continue;
                object?[] values =
                [
                    tenant, Guid.CreateVersion7(), conversation, conversation, integration, message.IsEcho ? "outbound" : "inbound", message.Type, message.Content, message.ExternalId,
                    message.IsEcho ? "provider" : "contact", message.Details?.ToJsonString(), message.NetworkId, message.SentAt.UtcDateTime, message.SentAt.UtcDateTime,
                ];
                for (var i = 0; i < values.Length; i++) insert.Parameters[i].Value = values[i] ?? DBNull.Value;
                await insert.ExecuteNonQueryAsync();
                if (++written == most) return (Stopwatch.GetElapsedTime(began).TotalSeconds / written, written);
            }
        }
        return (Stopwatch.GetElapsedTime(began).TotalSeconds / written, written);
    }

    /// <summary>The product's writer against COPY of the rows it made into a table with the same indexes and foreign key, in alternating
    /// slices of the chats: messages a second of both, and the median of the slices' ratios.</summary>
    static async Task<(double Ours, double Copy, double Ratio)> WriteAsync(BenchStage stage, List<(ProviderChat Chat, IReadOnlyList<MessageReceived> Items)> pages)
    {
        var (tenant, integration) = (stage.Numbers[1].TenantId, stage.Numbers[1].IntegrationId);
        await using var source = NpgsqlDataSource.Create(stage.OwnerConnection);
        await using var copying = new NpgsqlConnection(stage.BaselineConnection);
        await copying.OpenAsync();
        await ExecuteAsync(copying, "create table messages_copy (like messages including all, foreign key (tenant_id, conversation_id) references conversations (tenant_id, id))");
        // What is derived from the others, the words to search by, COPY derives too.
        await using var names = new NpgsqlCommand("select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attrelid = 'messages'::regclass and attnum > 0 and not attisdropped and attgenerated = ''", copying);
        var columns = (string)(await names.ExecuteScalarAsync())!;

        var chats = pages.GroupBy(page => page.Chat.ThreadId).Select(chat => chat.ToList()).ToList();
        var ratios = new List<double>();
        var (ours, theirs) = (0.0, 0.0);
        await using var writer = new HistoryWriter(new IngestDatabase(source), new FeedNews(), new JobNews(), TimeProvider.System, tenant, integration, "instagram");
        writer.Start();
        foreach (var slice in chats.Chunk((chats.Count + Slices - 1) / Slices))
        {
            var told = slice.Select(chat => new ChatToSync(chat[0].Chat, chat[0].Chat.With!)).ToList();
            var ids = new Dictionary<string, Guid>();
            foreach (var chunk in told.Chunk(250))
                foreach (var (thread, id) in await writer.ChangeAsync((connection, lines, now) => SyncedChatStore.AddAsync(connection, tenant, integration, "instagram", chunk, lines, now, CancellationToken.None), CancellationToken.None))
                    ids[thread] = id;

            // As the engine does: eight chats at once, a chat's pages one after the other, and nobody waits for the last.
            var ending = new ConcurrentQueue<Task>();
            var began = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(slice, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (chat, token) =>
            {
                var one = new ChatToSync(chat[0].Chat, chat[0].Chat.With!) { ConversationId = ids[chat[0].Chat.ThreadId] };
                Task writing = Task.CompletedTask;
                for (var i = 0; i < chat.Count; i++)
                {
                    await writing;
                    writing = await writer.TakeAsync(new(one, chat[i].Items, TimeProvider.System.GetUtcNow(), IsFirstImport: true, null, null, IsLast: i == chat.Count - 1), token);
                }
                ending.Enqueue(writing);
            });
            await Task.WhenAll(ending);
            var mine = Stopwatch.GetElapsedTime(began).TotalSeconds;

            var rows = new MemoryStream();
            var filter = $"tenant_id = '{tenant}' and conversation_id in ({string.Join(", ", ids.Values.Select(id => $"'{id}'"))})";
            await using (var export = await copying.BeginRawBinaryCopyAsync($"copy (select {columns} from messages where {filter}) to stdout (format binary)")) await export.CopyToAsync(rows);
            rows.Position = 0;
            began = Stopwatch.GetTimestamp();
            await using (var import = await copying.BeginRawBinaryCopyAsync($"copy messages_copy ({columns}) from stdin (format binary)")) await rows.CopyToAsync(import);
            var copy = Stopwatch.GetElapsedTime(began).TotalSeconds;
            ratios.Add(copy / mine);
            (ours, theirs) = (ours + mine, theirs + copy);
        }
        var messages = pages.Sum(page => page.Items.Count);
        return (messages / ours, messages / theirs, Report.Median(ratios));
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
