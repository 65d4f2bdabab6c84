using System.Collections.Concurrent;

namespace Parley.Emulators.Unipile;

/// <summary>All accounts of the workspace, and the way from an id to what it names.</summary>
internal sealed class UnipileStore
{
    readonly ConcurrentDictionary<string, UnipileAccount> _accounts = new();
    readonly ConcurrentDictionary<ulong, UnipileChat> _chats = new();

    /// <summary>In the order in which they were created.</summary>
    public IReadOnlyList<UnipileAccount> Accounts() => [.. _accounts.Values.OrderBy(account => account.CreatedAt).ThenBy(account => account.Id, StringComparer.Ordinal)];

    public UnipileAccount? FindAccount(string? id) => _accounts.GetValueOrDefault(id ?? "");

    /// <summary>With its chats. One of the same id goes.</summary>
    public void Put(UnipileAccount account)
    {
        Remove(account.Id);
        _accounts[account.Id] = account;
        foreach (var chat in account.AllChats()) _chats[chat.Key] = chat;
    }

    public UnipileAccount? Remove(string id)
    {
        if (!_accounts.TryRemove(id, out var account)) return null;
        foreach (var chat in account.AllChats()) _chats.TryRemove(chat.Key, out _);
        return account;
    }

    public void Add(UnipileChat chat)
    {
        _chats[chat.Key] = chat;
        chat.Account.Add(chat);
    }

    public void Remove(UnipileChat chat)
    {
        _chats.TryRemove(chat.Key, out _);
        chat.Account.Remove(chat);
    }

    /// <summary>By Unipile's id, or by the provider's together with the account.</summary>
    public UnipileChat? FindChat(string id, string? accountId = null) =>
        UnipileIds.TryRead(UnipileKind.Chat, id, out var key, out _) && _chats.TryGetValue(key, out var chat) ? chat : FindAccount(accountId)?.FindByProviderId(id);

    public (UnipileMessage Message, int Place)? FindMessage(string id) =>
        UnipileIds.TryRead(UnipileKind.Message, id, out var key, out var place) && _chats.TryGetValue(key, out var chat) && chat.Find(place) is { } message ? (message, place) : null;

    public UnipilePerson? FindPerson(string id)
    {
        if (!UnipileIds.TryRead(UnipileKind.Person, id, out var key, out var place)) return null;
        return _chats.TryGetValue(key, out var chat) ? chat.PersonAt(place) : _accounts.Values.FirstOrDefault(account => account.Key == key)?.Owner;
    }

    /// <summary>The account that an id belongs to, whatever it names.</summary>
    public UnipileAccount? AccountOf(string id)
    {
        foreach (var kind in Enum.GetValues<UnipileKind>())
            if (UnipileIds.TryRead(kind, id, out var key, out _) && _chats.TryGetValue(key, out var chat)) return chat.Account;
        return FindAccount(id);
    }
}
