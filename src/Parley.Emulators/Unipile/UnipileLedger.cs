namespace Parley.Emulators.Unipile;

internal sealed record UnipileSentFile(string Part, string Name, string MimeType, int Size);

/// <summary>One accepted send.</summary>
/// <param name="To">Everybody in the chat, by provider's id.</param>
/// <param name="Format">multipart, urlencoded or json.</param>
internal sealed record UnipileLedgerEntry(
    string Id, string AccountId, string ChatId, IReadOnlyList<string> To, string? Text, string? QuoteId, IReadOnlyList<UnipileSentFile> Files, string Format, bool StartedChat, DateTimeOffset At);

/// <summary>One accepted change: reaction, edit, delete, forward, or an action of PATCH /chats.</summary>
internal sealed record UnipileActionEntry(string Action, string AccountId, string ChatId, string? MessageId, string? Value, DateTimeOffset At);

/// <summary>What was accepted, in order.</summary>
internal sealed class UnipileLedger
{
    readonly List<UnipileLedgerEntry> _sends = [];
    readonly List<UnipileActionEntry> _actions = [];
    readonly Lock _gate = new();

    public IReadOnlyList<UnipileLedgerEntry> Sends()
    {
        lock (_gate) return [.. _sends];
    }

    public IReadOnlyList<UnipileActionEntry> Actions()
    {
        lock (_gate) return [.. _actions];
    }

    public void Add(UnipileLedgerEntry entry)
    {
        lock (_gate) _sends.Add(entry);
    }

    public void Add(UnipileActionEntry entry)
    {
        lock (_gate) _actions.Add(entry);
    }

    public void Clear(string? book)
    {
        lock (_gate)
        {
            if (book is null or "sends") _sends.Clear();
            if (book is null or "actions") _actions.Clear();
        }
    }
}
