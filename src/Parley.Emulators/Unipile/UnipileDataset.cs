namespace Parley.Emulators.Unipile;

/// <summary>An account full of chats, the same for the same seed. A few are long, most are short.</summary>
internal sealed record UnipileDataset(UnipileAccount Account, int Chats, long Messages, ulong Seed, DateTimeOffset Until, int Attachments)
{
    const long Hour = 3_600_000, Day = 24 * Hour;

    public void Fill()
    {
        var chats = new UnipileChat[Chats];
        long all = 0, before = 0;
        for (var i = 0; i < Chats; i++) all += Weight(i);
        for (var i = 0; i < Chats; i++)
        {
            var through = before + Weight(i);
            // Rounded at both ends, so that the counts add up to exactly what was asked for.
            chats[i] = Make(i, (int)((Int128)Messages * through / all - (Int128)Messages * before / all), chats);
            before = through;
        }
        Account.AddAll(chats);
    }

    UnipileChat Make(int number, int count, UnipileChat[] siblings)
    {
        var key = UnipileIds.Key(Seed, Account.Key, (ulong)number + 1);
        var hash = UnipileIds.Hash(key, 9);
        var unread = hash % 6 == 0 ? (int)Math.Min((ulong)count, 1 + hash / 7 % 5) : 0;
        var span = Hour + (long)(hash / 11 % (ulong)(300 * Day));
        var history = new UnipileHistory(key, count, Until.ToUnixTimeMilliseconds() - (long)(UnipileIds.Hash(key, 10) % (ulong)(90 * Day)), Math.Clamp(span / Math.Max(1, count), 1, 20 * Hour), unread, Attachments, siblings);
        var type = hash / 13 % 40 == 0 ? 1 : 0;
        var person = UnipilePeople.Name(UnipileIds.Hash(key, 5));
        var state = new UnipileChatState(type == 1 ? UnipilePeople.Group(hash) : hash / 17 % 3 == 0 ? null : person, count == 0 ? null : WholeSecond(history.At(count - 1)), unread,
            Archived: hash / 19 % 25 == 0, MutedUntil: hash / 23 % 30 == 0 ? -1 : hash / 23 % 30 == 1 ? Until.ToUnixTimeMilliseconds() + 7 * Day : null, Pinned: hash / 29 % 50 == 0, ReadOnly: hash / 31 % 100 == 0 ? 1 : 0)
        {
            Folders = FoldersOf(Account.Type, hash / 37 % 60 == 0 ? "SPAM" : hash / 37 % 20 == 1 ? "PENDING" : "INBOX"),
        };
        return new UnipileChat(Account, key, ThreadId(Account.Type, key), type, history, state);
    }

    int Weight(int number)
    {
        var size = (int)(UnipileIds.Hash(Seed, (ulong)number, 11) % 8) + 1;
        return size * size;
    }

    /// <summary>A chat's time is its newest message's, rounded up.</summary>
    public static long WholeSecond(long at) => (at + 999) / 1000 * 1000;

    public static IReadOnlyList<string> FoldersOf(string accountType, string folder) => (folder, accountType) switch
    {
        ("INBOX", "INSTAGRAM") => ["INBOX", "INBOX_INSTAGRAM_GENERAL"],
        ("INBOX", "LINKEDIN") => ["INBOX", "INBOX_LINKEDIN_CLASSIC"],
        _ => [folder],
    };

    /// <summary>A chat's id as the network writes it.</summary>
    public static string ThreadId(string accountType, ulong key) => accountType switch
    {
        "WHATSAPP" => UnipileIds.Digits(UnipileIds.Hash(key, 12), 18) + "@g.us",
        "LINKEDIN" => "2-" + UnipileIds.Letters(UnipileIds.Hash(key, 12), 48) + "==",
        _ => "3402" + UnipileIds.Digits(UnipileIds.Hash(key, 12), 35),
    };
}
