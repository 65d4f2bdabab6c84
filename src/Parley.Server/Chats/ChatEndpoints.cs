using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Conversations;
using Parley.Server.Integrations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Sync;

namespace Parley.Server.Chats;

/// <summary>Conversations of every channel as programs written for the earlier Instagram service ask for them. What they send in query
/// strings is read as leniently, and what is wrong refused as they expect: with 422.</summary>
internal static class ChatEndpoints
{
    const int DefaultLimit = 100;
    const int MostAtOnce = 1000;

    /// <summary>A first import may take long: whoever waits for it is told to look again.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static void MapChats(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/chats").WithTags("Chats").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("Chats, the most recent first.").Produces<ChatList>().ProducesProblem(422);
        read.MapGet("/{id}", Show).WithSummary("A chat.");
        read.MapGet("/{id}/messages", Messages).WithSummary("A chat's messages, the newest first unless order_desc is false.").Produces<ChatMessageList>().ProducesProblem(404).ProducesProblem(422);

        var write = routes.MapGroup("/api/chats").WithTags("Chats").RequireAuthorization(Policies.Editor);
        write.MapPost("/{id}/mark-read", MarkRead).WithSummary("Marks it read, also at the provider where that is possible.");
        write.MapPost("/{id}/sync", SyncOne).WithSummary("Reads a chat's messages from the provider, now: those since the last time, or all with full_sync.").Produces<ChatSyncResult>().ProducesProblem(404).ProducesProblem(422).ProducesProblem(502);
        write.MapPost("/sync", SyncAll).WithSummary("Reads all accounts from their providers and waits for the end; joins a run that is under way.")
            .Produces<ChatsSyncResult>().Produces<ChatsSyncResult>(StatusCodes.Status202Accepted).ProducesProblem(404).ProducesProblem(422);
    }

    static async Task<IResult> List(
        Caller caller, ChatStore store, CancellationToken cancellationToken, string? is_read = null, string? account_id = null, string? limit = null, string? offset = null)
    {
        var wrong = new Dictionary<string, string[]>();
        var (isRead, size, from) = (Flag(wrong, "is_read", is_read), Limit(wrong, limit), Offset(wrong, offset));
        if (wrong.Count > 0) return Unprocessable(wrong);
        IReadOnlyList<Guid>? accounts = null;
        if (account_id is not null) accounts = [.. (Storable(account_id) ? await store.ListAccountsAsync(caller.TenantId, account_id, cancellationToken) : []).Select(account => account.Id)];
        var rows = await store.ListAsync(caller.TenantId, caller.Sight, isRead, accounts, size, from, cancellationToken);
        return TypedResults.Ok(new ChatList([.. rows.Select(ChatView.From)], await store.CountAsync(caller.TenantId, caller.Sight, isRead, accounts, cancellationToken), size, from));
    }

    static async Task<Results<Ok<ChatView>, ProblemHttpResult>> Show(string id, Caller caller, ChatStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } chat ? TypedResults.Ok(ChatView.From(chat)) : Problems.Missing("chat");

    static async Task<IResult> Messages(
        string id, Caller caller, ChatStore store, CancellationToken cancellationToken, string? limit = null, string? offset = null, string? order_desc = null)
    {
        var wrong = new Dictionary<string, string[]>();
        var (size, from, isNewestFirst) = (Limit(wrong, limit), Offset(wrong, offset), Flag(wrong, "order_desc", order_desc) ?? true);
        if (wrong.Count > 0) return Unprocessable(wrong);
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } chat) return Problems.Missing("chat");
        var rows = await store.ListMessagesAsync(caller.TenantId, chat.Id, isNewestFirst, size, from, cancellationToken);
        return TypedResults.Ok(new ChatMessageList([.. rows.Select(row => ChatMessageView.From(row, chat))], chat.MessageCount, size, from));
    }

    static async Task<Results<Ok<ChatView>, ProblemHttpResult>> MarkRead(string id, Caller caller, ChatStore store, ConversationStore conversations, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } chat) return Problems.Missing("chat");
        await conversations.MarkReadAsync(caller.TenantId, chat.Id, null, cancellationToken);
        return TypedResults.Ok(ChatView.From((await store.FindAsync(caller.TenantId, id, cancellationToken))!));
    }

    static async Task<IResult> SyncOne(
        string id, Caller caller, ChatStore store, IntegrationDirectory integrations, ChannelCatalog catalog, AccountSync sync, CancellationToken cancellationToken, string? full_sync = null)
    {
        var wrong = new Dictionary<string, string[]>();
        var isFull = Flag(wrong, "full_sync", full_sync) ?? false;
        if (wrong.Count > 0) return Unprocessable(wrong);
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } chat) return Problems.Missing("chat");
        var progress = new SyncProgress();
        if (chat.IsThread && await integrations.FindByIdAsync(chat.IntegrationId) is { } integration && catalog.Find(integration.Provider) is IReadHistory channel)
        {
            if (integration.Status != "active") return Problems.Conflict("This integration is switched off.");
            if (await sync.RunChatAsync(integration, channel, chat.ThreadId, isFull, progress, cancellationToken) is { } failure)
                return failure.Code == "not_found" ? Problems.Missing("chat at the provider")
                    : TypedResults.Problem(failure.Words, statusCode: StatusCodes.Status502BadGateway, title: "Not synced", extensions: new Dictionary<string, object?> { ["code"] = failure.Code });
        }
        var after = (await store.FindAsync(caller.TenantId, id, cancellationToken))!;
        return TypedResults.Ok(new ChatSyncResult(true, $"Successfully synced chat {after.ChatId}",
            new(progress.MessagesFetched, progress.MessagesCreated, progress.MessagesUnread, after.MessageCount == 0 ? null : ChatView.Iso(after.LastMessageAt))));
    }

    static async Task<IResult> SyncAll(
        Caller caller, ChatStore store, ChannelCatalog catalog, SyncRequests requests, CancellationToken cancellationToken, string? full_sync = null, string? account_id = null)
    {
        var wrong = new Dictionary<string, string[]>();
        var isFull = Flag(wrong, "full_sync", full_sync) ?? false;
        if (wrong.Count > 0) return Unprocessable(wrong);
        var accounts = account_id is null || Storable(account_id) ? await store.ListAccountsAsync(caller.TenantId, account_id, cancellationToken) : [];
        if (account_id is not null && accounts.Count == 0) return Problems.Missing("account");

        // All are asked for before one is waited for.
        var runs = new List<(ChatStore.AccountRow Account, long Run)>();
        foreach (var account in accounts)
            if (account.Status == "active" && catalog.Find(account.Provider) is IReadHistory) runs.Add((account, await requests.RequestAsync(caller.TenantId, account.Id, isFull, cancellationToken)));
        var rows = await Task.WhenAll(runs.Select(async run => (run.Account, run.Run, Row: await requests.WaitAsync(caller.TenantId, run.Account.Id, run.Run, Patience, cancellationToken))));

        var errors = rows.SelectMany(row => SyncView.ReadErrors(row.Row)).ToList();
        foreach (var (account, _, row) in rows)
            if (row.State == "failed") errors.Add(new(null, "account_not_synced", $"{account.ExternalId}: {row.StoppedBy}"));
        var stats = new ChatsSyncStats(
            rows.Sum(row => (long)Math.Max(0, row.Row.ChatsDone - row.Row.ChatsWithErrors)), rows.Sum(row => row.Row.MessagesCreated), rows.Sum(row => row.Row.MessagesUnread), rows.Sum(row => row.Row.ChatsWithErrors));
        if (rows.Any(row => row.Row.State is not ("done" or "failed") || row.Row.Run < row.Run))
            return TypedResults.Accepted((string?)null, new ChatsSyncResult(false, "The sync goes on; ask again to see how far it is", stats, errors));
        return TypedResults.Ok(rows.Any(row => row.Row.State == "failed")
            ? new ChatsSyncResult(false, "Not all accounts could be synced", stats, errors)
            : new ChatsSyncResult(true, "Successfully synced all chats", stats, errors));
    }

    static int Limit(Dictionary<string, string[]> wrong, string? text) => (int)Number(wrong, "limit", text, DefaultLimit, 1, MostAtOnce);

    static long Offset(Dictionary<string, string[]> wrong, string? text) => Number(wrong, "offset", text, 0, 0, long.MaxValue);

    static long Number(Dictionary<string, string[]> wrong, string name, string? text, long otherwise, long least, long most)
    {
        if (text is null) return otherwise;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        wrong[name] = [most == long.MaxValue ? $"It must be a whole number from {least}." : $"It must be a whole number from {least} to {most}."];
        return otherwise;
    }

    // As Python's frameworks read a flag.
    static bool? Flag(Dictionary<string, string[]> wrong, string name, string? text)
    {
        switch (text?.Trim().ToLowerInvariant())
        {
            case null: return null;
            case "true" or "1" or "yes" or "on" or "t" or "y": return true;
            case "false" or "0" or "no" or "off" or "f" or "n": return false;
            default:
                wrong[name] = ["It must be true or false."];
                return null;
        }
    }

    static bool Storable(string text) => Texts.Wrong(text, 300) is null;

    static ProblemHttpResult Unprocessable(Dictionary<string, string[]> wrong) =>
        TypedResults.Problem(new HttpValidationProblemDetails(wrong) { Status = StatusCodes.Status422UnprocessableEntity, Title = "A parameter is wrong" });
}
