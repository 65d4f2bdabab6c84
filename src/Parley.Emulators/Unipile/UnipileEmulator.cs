using System.Text.Json.Nodes;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Unipile;

/// <summary>What happens in the accounts: we send, customers write and read, accounts fail and come back.</summary>
internal sealed class UnipileEmulator(UnipileStore store, UnipileWebhooks webhooks, UnipileGate gate, UnipileLedger ledger, PhoneChats phones, TimeProvider time)
{
    long _given;

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Accepts our message. Its id as it shall be answered, and a task that ends when its webhook was answered.</summary>
    public (string? Id, Task Echoed) Accept(UnipileChat chat, UnipileForm form, UnipileMessage? quoted, bool startsChat, bool isForwarded = false, UnipileMessage? like = null)
    {
        var (account, faults) = (chat.Account, gate.Faults);
        var providerId = NewProviderId(account);
        UnipileMessage Create(string id) => new(id, chat, providerId, account.Owner, like?.Text ?? form.Text("text"), Now)
        {
            Quoted = quoted, IsForwarded = isForwarded,
            Attachments = like?.Attachments ?? [.. form.Files.Select((file, i) => UnipileFiles.Sent($"{UnipileIds.Digits(UnipileIds.Hash(id), 14)}{i}=", file.MimeType, file.Name, file.Bytes, file.Part == "voice_message"))],
        };
        var isLate = faults.Take(now => now.LateMessageNext, (now, left) => now.LateMessageNext = left);
        var message = isLate ? null : Appear(chat, Create);
        ledger.Add(new UnipileLedgerEntry(message?.Id ?? "", account.Id, chat.Id, [.. chat.People.Select(person => person.ProviderId)], like?.Text ?? form.Text("text"), quoted?.Id,
            [.. form.Files.Select(file => new UnipileSentFile(file.Part, file.Name, file.MimeType, file.Bytes.Length))], form.Format, startsChat, time.GetUtcNow()));
        if (message is null)
        {
            _ = LaterAsync(() => Appear(chat, Create), TimeSpan.FromMilliseconds(faults.LateMessageMs));
            return (null, Task.CompletedTask);
        }
        return (message.Id, EchoAsync(message));
    }

    /// <summary>Somebody writes: the person, or (with "me") the owner on another device. Null, without a message, when the account was not OK: it comes when it is.</summary>
    public async Task<(UnipileMessage? Message, int? Status)> SayAsync(UnipileAccount account, JsonObject said, UnipileChat? chat)
    {
        var at = UnipileQuery.ReadTime(said.Text("timestamp")) ?? Now;
        UnipileMessage? message = null;
        if (account.Postpone(() => _ = webhooks.SendMessageAsync("message_received", Write(), overrule: said["webhook"] as JsonObject))) return (null, null);
        message = Write();
        var status = await webhooks.SendMessageAsync("message_received", message, overrule: said["webhook"] as JsonObject, answered: Answered);
        if (status is null) Answered(null);   // nobody listens
        return (message, status);

        void Answered(int? by)
        {
            if (message is { IsSender: false } && UnipilePhone.PersonOf(message.Chat) is { } person) phones.Answered(account.Id, person, message.Id, by);
        }

        UnipileMessage Write()
        {
            var isOwn = said.Flag("me");
            var (into, person) = Find(account, said.Text("from")!, said.Text("name"), said.Text("username"), chat);
            var quoted = said.Text("reply_to") is { } replyTo ? store.FindMessage(replyTo)?.Message : null;
            return Appear(into, id => new(id, into, said.Text("provider_id") ?? NewProviderId(account), isOwn ? account.Owner : person, said.Text("text"), at)
            {
                Attachments = AttachmentsOf(said, id), Quoted = quoted, Extra = said["message"]?.DeepClone() as JsonObject,
                Hidden = said["message"].Number("hidden") == 1, EventType = said["message"].Number("is_event") == 1 ? (int)(said["message"].Number("event_type") ?? 0) : null,
            });
        }
    }

    /// <summary>The chat with this person, who may be new, and the person in it.</summary>
    public (UnipileChat Chat, UnipilePerson Person) Find(UnipileAccount account, string from, string? name, string? username, UnipileChat? chat)
    {
        var providerId = ProviderIdOf(account, from);
        var single = account.FindChatWith(providerId);
        UnipilePerson New(string id) => single?.People[0] ?? new(id, account.Id, providerId, name ?? from, account.Type == "WHATSAPP" ? providerId : username ?? UnipilePeople.Username(name ?? from));
        if (chat is not null) return (chat, chat.Join(providerId, New));
        if (single is not null) return (single, single.People[0]);
        return Start(account, [providerId], name, New);
    }

    /// <summary>A chat with these people that does not exist yet.</summary>
    public (UnipileChat Chat, UnipilePerson First) Start(UnipileAccount account, IReadOnlyList<string> people, string? name, Func<string, UnipilePerson>? create = null)
    {
        var key = UnipileIds.Key(account.Key, UnipileIds.Hash(string.Join(' ', people)), people.Count == 1 ? 0 : (ulong)Interlocked.Increment(ref _given));
        var providerId = account.Type == "WHATSAPP" && people.Count == 1 ? people[0] : UnipileDataset.ThreadId(account.Type, key);
        var chat = new UnipileChat(account, key, providerId, people.Count == 1 ? 0 : 1, null, new(name, null) { Folders = UnipileDataset.FoldersOf(account.Type, "INBOX") });
        foreach (var person in people)
            chat.Join(person, create ?? (id => account.FindChatWith(person)?.People[0] ?? new(id, account.Id, person, UnipilePeople.Name(UnipileIds.Hash(person)), UnipilePeople.PublicIdentifier(account.Type, UnipilePeople.Name(UnipileIds.Hash(person)), UnipileIds.Hash(person)))));
        store.Add(chat);
        return (chat, chat.People[0]);
    }

    /// <summary>What the other side, or the owner on the phone, does to a message. The message afterwards, and how the webhook was answered.</summary>
    public async Task<(UnipileMessage Message, int? Status)> ActAsync(string act, UnipileMessage before, int place, JsonObject request)
    {
        var (chat, account) = (before.Chat, before.Chat.Account);
        var isOwn = request.Flag("me");
        var person = isOwn ? account.Owner : request.Text("from") is { } from ? Find(account, from, null, null, chat).Person : chat.People.FirstOrDefault() ?? account.Owner;
        var at = Now;
        var after = chat.Change(place, message => act switch
        {
            "read" => ReadBy(message, person, at),
            "delivered" => message with { Delivered = true },
            "reaction" => message with { Reactions = [.. message.Reactions.Where(reaction => reaction.SenderId != person.ProviderId), .. request.Text("emoji") is { Length: > 0 } emoji ? new UnipileReaction[] { new(emoji, person.ProviderId, isOwn) } : []] },
            "edited" => message with { Text = request.Text("text") ?? "", Edited = true },
            // The text stays, as it does there: who shows it has overlooked the mark.
            _ => message with { Deleted = true },
        })!;
        if (act == "read")
            for (var i = place - 1; i >= Math.Max(0, place - 50); i--) chat.Change(i, message => message.IsSender && !message.Seen ? ReadBy(message, person, at) : message);
        if (act == "reaction" && UnipilePhone.PersonOf(chat) is { } whose)
            phones.Of(account.Id, whose).Change(shown => shown.Id == after.Id, shown => isOwn ? shown with { TheirReaction = request.Text("emoji") } : shown with { MyReaction = request.Text("emoji") });
        if (request.Flag("silent") || !account.IsOk) return (after, null);
        var attendee = UnipileJson.Attendee(person, account);
        return act switch
        {
            "read" => (after, await webhooks.SendMessageAsync("message_read", after, new JsonObject { ["read_by"] = attendee })),
            "reaction" => (after, await webhooks.SendMessageAsync("message_reaction", after, new JsonObject { ["reaction"] = request.Text("emoji") ?? "", ["reaction_sender"] = attendee })),
            _ => (after, await webhooks.SendMessageAsync($"message_{act}", after)),
        };
    }

    /// <summary>An account changes its state, and whoever listens hears of it. What was missed comes when it is OK again.</summary>
    public void Become(UnipileAccount account, string status)
    {
        var was = account.Status;
        switch (status)
        {
            case "GONE":
                store.Remove(account.Id);
                return;
            case "DELETED":
                store.Remove(account.Id);
                break;
            case "CREATION_SUCCESS" or "CREATION_FAIL" or "RECONNECTED" or "SYNC_SUCCESS":
                break;
            case "OK" when was != "OK":
                account.SetStatus(status);
                _ = ReviveAsync(account);
                return;
            default:
                account.SetStatus(status);
                break;
        }
        if (status != was) _ = webhooks.SendStatusAsync(account, status);
    }

    /// <summary>A user's id as the network writes it, of a number or a name.</summary>
    public static string ProviderIdOf(UnipileAccount account, string from) =>
        account.Type == "WHATSAPP" && from.TrimStart('+') is var digits && digits.All(char.IsAsciiDigit) ? $"{digits}@s.whatsapp.net" : from;

    UnipileMessage Appear(UnipileChat chat, Func<string, UnipileMessage> create)
    {
        var message = chat.Add(create);
        var at = UnipileDataset.WholeSecond(message.At);
        var counts = !message.IsSender && !message.Hidden && message.EventType is null;
        chat.Account.Change(chat, state => state with { At = Math.Max(state.At ?? 0, at), Unread = message.IsSender ? 0 : state.Unread + (counts ? 1 : 0) });
        if (!message.Hidden && UnipilePhone.PersonOf(chat) is { } person)
            foreach (var bubble in UnipilePhone.Bubbles(message)) phones.Of(chat.Account.Id, person).Add(bubble);
        return message;
    }

    // In the usual order, which deliveries do not keep by themselves; but who does not answer holds nothing up.
    async Task ReviveAsync(UnipileAccount account)
    {
        foreach (var status in new[] { "RECONNECTED", "OK" }) await Task.WhenAny(webhooks.SendStatusAsync(account, status), Task.Delay(TimeSpan.FromSeconds(2), time));
        foreach (var missed in account.TakeMissed()) missed();
    }

    async Task EchoAsync(UnipileMessage message)
    {
        var faults = gate.Faults;
        if (faults.Take(now => now.DropEchoNext, (now, left) => now.DropEchoNext = left)) return;
        await webhooks.SendMessageAsync("message_received", message, after: TimeSpan.FromMilliseconds(faults.EchoDelayMs));
    }

    async Task LaterAsync(Action happens, TimeSpan after)
    {
        await Task.Delay(after, time);
        happens();
    }

    string NewProviderId(UnipileAccount account)
    {
        var hash = UnipileIds.Hash(account.Key, (ulong)Now, (ulong)Interlocked.Increment(ref _given));
        return account.Type == "WHATSAPP" ? "3EB0" + hash.ToString("X16") : "3240" + UnipileIds.Digits(hash, 31);
    }

    static UnipileMessage ReadBy(UnipileMessage message, UnipilePerson person, long at) =>
        message with { Seen = true, SeenBy = new Dictionary<string, long?>(message.SeenBy) { [person.ProviderId] = at } };

    // "media" is a file, or several; "attachments" are written as they are.
    static List<UnipileAttachment> AttachmentsOf(JsonObject said, string messageId)
    {
        var attachments = new List<UnipileAttachment>();
        foreach (var file in said["media"] is JsonArray several ? [.. several] : said["media"] is { } one ? new JsonNode?[] { one } : [])
            attachments.Add(UnipileFiles.Sent($"{UnipileIds.Digits(UnipileIds.Hash(messageId), 14)}{attachments.Count}=", file.Text("mime_type") ?? "application/octet-stream", file.Text("file_name"),
                Convert.FromBase64String(file.Text("base64") ?? ""), file.Flag("voice")) with { Unavailable = file.Flag("unavailable") });
        foreach (var raw in said.List("attachments").OfType<JsonObject>())
            attachments.Add(new(raw.Text("id") ?? $"raw{attachments.Count}", raw.Text("type") ?? "unknown", raw.Text("mimetype")) { Raw = raw.DeepClone().AsObject(), Unavailable = true });
        return attachments;
    }
}
