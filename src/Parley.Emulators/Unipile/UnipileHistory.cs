namespace Parley.Emulators.Unipile;

/// <summary>The generated past of one chat. Nothing of it is kept: a message is a function of the chat's key and its place, and so is its time,
/// which never decreases with the place. A list call of a chat of any length costs what its page costs.</summary>
/// <param name="End">The newest message's time, about.</param>
/// <param name="Gap">Milliseconds between two messages, about.</param>
/// <param name="Attachments">Of a hundred messages, so many carry one.</param>
/// <param name="Siblings">All chats of the data set, in the order in which they were generated.</param>
internal sealed record UnipileHistory(ulong Key, int Count, long End, long Gap, int Unread, int Attachments, UnipileChat[] Siblings)
{
    public long At(int place)
    {
        // Some share their millisecond with the one before: "after" is exclusive, and loses them.
        var tie = place > 0 && UnipileIds.Hash(Key, 1, (ulong)place) % 23 == 0;
        return Spread(tie ? place - 1 : place);
    }

    /// <summary>How many are older than this position.</summary>
    public int CountBefore(UnipilePosition position)
    {
        if (position.At is not { } at) return 0;
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle) < at) low = middle + 1;
            else high = middle;
        }
        while (low < Count && At(low) == at && string.CompareOrdinal(UnipileIds.Of(UnipileKind.Message, Key, low), position.Id) < 0) low++;
        return low;
    }

    /// <summary>The other one of a single chat; of a group also people who have a chat of their own.</summary>
    public List<UnipilePerson> People(UnipileChat chat)
    {
        var hash = UnipileIds.Hash(Key, 2);
        if (chat.Type == 0) return [Own(chat, 0)];
        var people = new List<UnipilePerson> { Own(chat, 0), Own(chat, 1) };
        for (ulong i = 0; i < 3; i++)
            if (Siblings[UnipileIds.Hash(hash, i) % (ulong)Siblings.Length] is { Type: 0 } other && people.TrueForAll(known => known.ProviderId != other.People[0].ProviderId)) people.Add(other.People[0]);
        return people;
    }

    public UnipileMessage Message(UnipileChat chat, int place) => Message(chat, place, isQuoted: false);

    UnipileMessage Message(UnipileChat chat, int place, bool isQuoted)
    {
        var hash = UnipileIds.Hash(Key, 3, (ulong)place);
        var dice = UnipileIds.Hash(hash);
        var isNew = place >= Count - Unread;
        var at = At(place);
        var other = chat.PersonAt(chat.Type == 0 ? 0 : (int)(dice % 3))!;
        var isOwn = !isNew && hash % 100 < 45;
        var message = new UnipileMessage(UnipileIds.Of(UnipileKind.Message, Key, place), chat, ProviderId(chat.Account.Type, place), isOwn ? chat.Account.Owner : other, UnipileWords.Text(hash), at)
        {
            Seen = isOwn ? place < Count - 3 || dice % 2 == 0 : !isNew,
            SeenBy = isOwn && (place < Count - 3 || dice % 2 == 0) ? new Dictionary<string, long?> { [other.ProviderId] = dice % 3 == 0 ? null : at + (long)(dice % 60_000) } : NotSeen,
            Deleted = dice / 7 % 200 == 0 && !isNew,
            Edited = dice / 11 % 100 == 0,
            IsForwarded = dice / 13 % 200 == 0,
        };
        if ((int)(dice / 17 % 100) < Attachments)
            message = message with { Attachments = [UnipileFiles.Generated(dice / 100, place)], Text = dice / 19 % 2 == 0 ? null : message.Text };
        if (dice / 23 % 50 == 0) message = message with { Reactions = [new("❤️", isOwn ? other.ProviderId : chat.Account.Owner.ProviderId, !isOwn)] };
        if (dice / 29 % 150 == 0 && !isNew) message = message with { Hidden = true, EventType = 1, Text = $"{message.Sender.Name} reacted ❤️", Attachments = [] };
        if (dice / 31 % 40 == 0 && place > 0 && !isQuoted) message = message with { Quoted = Message(chat, place - 1 - (int)(dice % (ulong)Math.Min(place, 5)), isQuoted: true) };
        return message;
    }

    // Unique in its chat and no further: every tenth one is the same in all chats, of all accounts.
    string ProviderId(string accountType, int place)
    {
        var hash = place % 10 == 0 ? UnipileIds.Hash((ulong)place) : UnipileIds.Hash(Key, 4, (ulong)place);
        return accountType switch
        {
            "WHATSAPP" => "3EB0" + hash.ToString("X16"),
            "LINKEDIN" => "2-" + UnipileIds.Letters(hash, 40),
            _ => "3240" + UnipileIds.Digits(hash, 31),
        };
    }

    UnipilePerson Own(UnipileChat chat, int place) => UnipilePeople.Make(UnipileIds.Of(UnipileKind.Person, Key, place), chat.Account, UnipileIds.Hash(Key, 5, (ulong)place));

    long Spread(int place) => End - (Count - 1 - place) * Gap - (place == Count - 1 ? 0 : (long)(UnipileIds.Hash(Key, 6, (ulong)place) % (ulong)Gap));

    static readonly IReadOnlyDictionary<string, long?> NotSeen = new Dictionary<string, long?>();
}
