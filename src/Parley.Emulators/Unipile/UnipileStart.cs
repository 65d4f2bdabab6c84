using System.Globalization;

namespace Parley.Emulators.Unipile;

/// <summary>What is there before anybody has asked for anything: start.txt, told as of today's midnight, so that a restart on the same day changes nothing.</summary>
internal static class UnipileStart
{
    static readonly string[] Lines = Read();

    public static IEnumerable<UnipileAccount> Accounts(DateTimeOffset now)
    {
        var midnight = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        UnipileAccount? account = null;
        var chats = new List<UnipileChat>();
        for (var i = 0; i < Lines.Length; i++)
        {
            if (Lines[i].StartsWith('@'))
            {
                if (account is not null) yield return Filled(account, chats);
                var parts = Parts(Lines[i]);
                account = new(parts[1], parts[0], parts[2], parts[3], midnight.AddDays(-400).AddMilliseconds(120 + i));
            }
            else if (Lines[i].StartsWith('#')) chats.Add(Chat(account!, Parts(Lines[i]), Lines.Skip(i + 1).TakeWhile(line => line[0] is '<' or '>' or '-').ToList(), midnight));
        }
        yield return Filled(account!, chats);
    }

    static UnipileAccount Filled(UnipileAccount account, List<UnipileChat> chats)
    {
        account.AddAll(chats);
        chats.Clear();
        return account;
    }

    static UnipileChat Chat(UnipileAccount account, string[] parts, List<string> lines, DateTimeOffset midnight)
    {
        var isGroup = parts[1].StartsWith("group:", StringComparison.Ordinal);
        var key = UnipileIds.Key(UnipileIds.Hash("start"), account.Key, UnipileIds.Hash(parts[0]));
        var flags = parts[3].Split(' ');
        var people = isGroup
            ? parts[1][6..].Split("), ").Select(one => one.TrimEnd(')').Split(" (")).Select(one => (Name: one[0].Trim(), Handle: one[1])).ToList()
            : [(Name: parts[0], Handle: parts[1])];
        var chat = new UnipileChat(account, key, account.Type == "WHATSAPP" && !isGroup ? $"{people[0].Handle}@s.whatsapp.net" : UnipileDataset.ThreadId(account.Type, key), isGroup ? 1 : 0, null, new(parts[0], null));
        foreach (var (name, handle) in people)
        {
            var providerId = account.Type == "WHATSAPP" ? $"{handle}@s.whatsapp.net" : UnipilePeople.ProviderId(account.Type, UnipileIds.Hash(account.Id + handle));
            chat.Join(providerId, id => new(id, account.Id, providerId, name, account.Type == "WHATSAPP" ? providerId : handle));
        }
        var last = midnight.ToUnixTimeMilliseconds() - (long)Age(parts[2]).TotalMilliseconds - (long)(key % 3_000_000);   // nobody writes on the hour
        Say(chat, lines, last);
        var unread = flags.Contains("unread") ? lines.AsEnumerable().Reverse().TakeWhile(line => line[0] == '>').Count() : 0;
        foreach (var place in Enumerable.Range(0, lines.Count(line => line[0] != '-')).TakeLast(unread)) chat.Change(place, message => message with { Seen = false });
        chat.State = chat.State with
        {
            At = UnipileDataset.WholeSecond(last), Unread = unread, Archived = flags.Contains("archived"), Pinned = flags.Contains("pinned"), MutedUntil = flags.Contains("muted") ? -1 : null,
            ReadOnly = flags.Contains("readonly") ? 1 : 0, Folders = UnipileDataset.FoldersOf(account.Type, flags.FirstOrDefault(flag => flag.StartsWith("folder="))?[7..] ?? "INBOX"),
        };
        return chat;
    }

    // From the last line backwards: that one's age is given.
    static void Say(UnipileChat chat, List<string> lines, long last)
    {
        var times = new Stack<long>();
        var at = last;
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            if (lines[i][0] == '-') at -= (long)Age(lines[i].TrimStart('-', ' ')).TotalMilliseconds;
            else
            {
                times.Push(at);
                at -= 20_000 + (long)(UnipileIds.Hash(chat.Key, (ulong)i) % 400_000);
            }
        }
        var speaker = 0;
        foreach (var line in lines.Where(line => line[0] != '-')) Add(chat, line, times.Pop(), line[0] == '<' ? chat.Account.Owner : chat.People[speaker++ % chat.People.Count]);
    }

    static void Add(UnipileChat chat, string line, long at, UnipilePerson sender)
    {
        var (text, reaction) = line[2..].Split(" ^") is [var said, var emoji] ? (said, emoji) : (line[2..], null);
        chat.Add(id => new(id, chat, "3240" + UnipileIds.Digits(UnipileIds.Hash(id), 31), sender, text[0] == '[' ? null : text, at)
        {
            Seen = true, SeenBy = sender.IsSelf ? new Dictionary<string, long?> { [chat.People[0].ProviderId] = at + 15_000 } : new Dictionary<string, long?>(),
            Attachments = text[0] == '[' ? [Attachment(text.Trim('[', ']'), $"{UnipileIds.Digits(UnipileIds.Hash(id), 16)}=")] : [],
            Reactions = reaction is null ? [] : [new(reaction, sender.IsSelf ? chat.People[0].ProviderId : chat.Account.Owner.ProviderId, !sender.IsSelf)],
        });
    }

    static UnipileAttachment Attachment(string what, string id) => what.Split(' ') switch
    {
        ["img"] => UnipileFiles.Image(id),
        ["gone"] => UnipileFiles.Image(id) with { Unavailable = true },
        ["voice"] => UnipileFiles.Voice(id),
        ["file", var name] => UnipileFiles.File(id, name),
        _ => UnipileFiles.Unknown(id, what),
    };

    static TimeSpan Age(string text) => text[^1] == 'd' ? TimeSpan.FromDays(double.Parse(text[..^1], CultureInfo.InvariantCulture)) : TimeSpan.FromHours(double.Parse(text[..^1], CultureInfo.InvariantCulture));

    static string[] Parts(string line) => [.. line[1..].Split('|').Select(part => part.Trim())];

    static string[] Read()
    {
        using var reader = new StreamReader(typeof(UnipileStart).Assembly.GetManifestResourceStream("unipile/start.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
