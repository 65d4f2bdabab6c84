namespace Parley.Emulators.Unipile;

/// <summary>Lists, newest first, that may be drawn from several chats or accounts. Only the end of a list has no cursor; a page may be shorter than its limit.</summary>
internal static class UnipilePages
{
    public static int Limit(UnipileQuery query, UnipileGate gate) => gate.Faults.PageSize is > 0 and var most ? Math.Min(query.Limit, most) : query.Limit;

    public static IResult Chats(HttpContext http, UnipileQuery query, IReadOnlyList<UnipileAccount> accounts, UnipileGate gate, Func<UnipileChat, bool>? also = null)
    {
        var limit = Limit(query, gate);
        var hasTimes = query.Before is not null || query.After is not null;
        var found = accounts.Where(account => query.AccountType is null || account.Type == query.AccountType).SelectMany(account => account.List(query.Start, limit + 1, chat =>
            (query.Unread is not { } unread || chat.State.Unread > 0 == unread)
            && (!hasTimes || chat.State.At is { } at && !(at <= query.After))
            && also?.Invoke(chat) is not false));
        var page = found.OrderByDescending(chat => chat.Position).Take(limit + 1).ToList();
        var cursor = UnipileGate.CursorOf(http, query.Cursor, page.Count > limit ? query.CursorAfter(page[limit - 1].Position) : null);
        return UnipileAnswer.Ok(json => UnipileJson.List(json, "ChatList", page.Take(limit), UnipileJson.Chat, cursor));
    }

    public static IResult Messages(HttpContext http, UnipileQuery query, IReadOnlyList<UnipileChat> chats, UnipileGate gate)
    {
        var limit = Limit(query, gate);
        Func<UnipileMessage, bool>? claim = query.SenderId is { } sender ? message => message.Sender.ProviderId == sender || message.Sender.Id == sender : null;
        var page = chats is [var only] ? only.List(query.Start, limit + 1, query.After, claim) : Merge(chats, query.Start, limit + 1, query.After, claim);
        var cursor = UnipileGate.CursorOf(http, query.Cursor, page.Count > limit ? query.CursorAfter(page[limit - 1].Position) : null);
        return UnipileAnswer.Ok(json => UnipileJson.List(json, "MessageList", page.Take(limit), UnipileJson.Message, cursor));
    }

    // The newest of each chat, of which the newest goes, and the next of that chat comes.
    static List<UnipileMessage> Merge(IReadOnlyList<UnipileChat> chats, UnipilePosition? start, int limit, long? after, Func<UnipileMessage, bool>? claim)
    {
        var newest = new PriorityQueue<UnipileMessage, UnipilePosition>(Comparer<UnipilePosition>.Create((left, right) => right.CompareTo(left)));
        foreach (var chat in chats)
            if (chat.List(start, 1, after, claim) is [var first]) newest.Enqueue(first, first.Position);
        var page = new List<UnipileMessage>();
        while (page.Count < limit && newest.TryDequeue(out var message, out var position))
        {
            page.Add(message);
            if (message.Chat.List(position, 1, after, claim) is [var next]) newest.Enqueue(next, next.Position);
        }
        return page;
    }
}
